"""What a person means: a key, a body or a proposal, named as shortly as is unmistakable.

The hub's boards say what there is; a name that fits nothing, or two things, is never guessed at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from exchange.cli.administrator import Administration
from exchange.codes.service import SettingsCode
from exchange.core.model import BodyId, ContentDigest, Fingerprint
from exchange.errors import Finding, SettingsError
from exchange.service.redraft import SHORTEST_BEGINNING

_WHOLE: Final = 64
"""Hexadecimal digits of a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A key of a body, or a body."""

    body: BodyId
    key: Fingerprint | None


async def locate(administration: Administration, name: str) -> Subject:
    """Return the key or body that is meant.

    Args:
        administration: Asked for what there is.
        name: `BODY`, `BODY/ROLE` for the only active key of a role, or the beginning of a
            fingerprint.

    Raises:
        SettingsError: There is none, or more than one.
    """
    state = await administration.client.state()
    bodies = [one for one in state.get("bodies", ()) if isinstance(one, dict)]
    body_id, slash, role = name.partition("/")
    if not slash:
        if any(one.get("id") == name for one in bodies):
            return Subject(body=BodyId(name), key=None)
        digits = _digits(name)
        found = [(one, key) for one, key in _keys(bodies) if key["fingerprint"].startswith(digits)]
    else:
        found = [
            (one, key)
            for one, key in _keys(bodies)
            if one.get("id") == body_id
            and key.get("role") == role
            and key.get("state") in {"active", "retiring", "approved"}
        ]
    if len(found) != 1:
        listed = ", ".join(f"{one['id']} {key['fingerprint'][:16]}…" for one, key in found)
        raise _fault(name, f"expected one key, found {listed or 'none'}")
    one, key = found[0]
    return Subject(body=BodyId(one["id"]), key=Fingerprint(bytes.fromhex(key["fingerprint"])))


async def full_digest(administration: Administration, beginning: str) -> str:
    """Return the digest of the proposal that is meant by its beginning.

    Raises:
        SettingsError: There is none, or more than one.
    """
    digits = _digits(beginning)
    if len(digits) == _WHOLE:
        return digits
    values = await administration.client.proposals()
    found = [
        str(one["digest"])
        for one in values.get("proposals", ())
        if isinstance(one, dict) and str(one.get("digest", "")).startswith(digits)
    ]
    if len(found) != 1:
        listed = ", ".join(f"{digest[:16]}…" for digest in found) or "none"
        raise _fault(beginning, f"expected one proposal that begins so, found {listed}")
    return found[0]


def proposal_digest(values: Mapping[str, Any]) -> ContentDigest:
    """Return the digest of a proposal that the hub has sent."""
    return ContentDigest(bytes.fromhex(str(values.get("digest", ""))))


def _keys(bodies: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [
        (one, key)
        for one in bodies
        for key in one.get("keys", ())
        if isinstance(key, dict) and isinstance(key.get("fingerprint"), str)
    ]


def _digits(text: str) -> str:
    digits = text.replace(":", "").lower()
    if len(digits) < SHORTEST_BEGINNING or not all(one in "0123456789abcdef" for one in digits):
        raise _fault(
            text,
            f"expected a body, or at least {SHORTEST_BEGINNING} hexadecimal digits of a digest",
        )
    return digits


def _fault(path: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.CHANGE, path=path, message=message))
