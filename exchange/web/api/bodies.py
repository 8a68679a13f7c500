"""JSON bodies of the interface, read into values: nothing unknown, nothing of another type."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from exchange.codes.service import RefusedCode
from exchange.core.model import Kind
from exchange.errors import Finding, RefusedError
from exchange.service.issue import Authorisation
from exchange.service.pull import Pull
from exchange.settings import Settings

_MAX_NAMES = 50
"""Kinds or schemes in one filter."""


def read_pull(document: Mapping[str, Any], settings: Settings) -> Pull:
    """Return what an addressee asks for.

    Raises:
        RefusedError: A member is unknown, of another type or out of bounds.
    """
    _only(document, {"max", "kinds", "schemes", "wait_seconds", "lease_seconds"})
    kinds = _texts(document, "kinds")
    known = {kind.value for kind in Kind}
    if not kinds <= known:
        raise _refused("kinds", f"expected some of {', '.join(sorted(known))}")
    return Pull(
        most=_number(document, "max", default=10, least=1, most=settings.max_leases),
        kinds=frozenset(Kind(kind) for kind in kinds),
        schemes=_texts(document, "schemes"),
        wait_seconds=_number(
            document, "wait_seconds", default=0, least=0, most=settings.max_wait_seconds
        ),
        lease_seconds=_number(
            document, "lease_seconds", default=300, least=1, most=settings.max_lease_seconds
        ),
    )


def read_issuance(document: Mapping[str, Any]) -> tuple[bytes, tuple[str, ...], Authorisation]:
    """Return draft, addressees and authorisation.

    Raises:
        RefusedError: A member is missing, unknown or of another type.
    """
    _only(document, {"draft", "addressees", "authorisation"})
    given = document.get("authorisation")
    if not isinstance(given, dict):
        raise _refused("authorisation", "expected an object")
    _only(given, {"person", "role", "authorised_at", "draft_digest"})
    names = document.get("addressees")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _refused("addressees", "expected a list of texts")
    return (
        _octets(_text(document, "draft"), "draft"),
        tuple(names),
        Authorisation(
            person=_text(given, "person"),
            role=_text(given, "role"),
            authorised_at=_instant(_text(given, "authorised_at")),
            draft_digest=_digest(_text(given, "draft_digest")),
        ),
    )


def _only(document: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(document.keys() - known)
    if unknown:
        raise _refused(unknown[0][:60], f"expected some of {', '.join(sorted(known))}")


def _number(document: Mapping[str, Any], name: str, *, default: int, least: int, most: int) -> int:
    value = document.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise _refused(name, f"expected a whole number from {least} to {most}")
    return value


def _texts(document: Mapping[str, Any], name: str) -> frozenset[str]:
    values = document.get(name, [])
    if (
        not isinstance(values, list)
        or len(values) > _MAX_NAMES
        or not all(isinstance(value, str) and len(value) <= 200 for value in values)  # noqa: PLR2004
    ):
        raise _refused(name, f"expected a list of at most {_MAX_NAMES} texts")
    return frozenset(values)


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise _refused(name, "expected a text")
    return value


def _octets(text: str, name: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as exc:
        raise _refused(name, "expected base64") from exc


def _instant(text: str) -> datetime:
    try:
        value = datetime.fromisoformat(text)
    except ValueError as exc:
        raise _refused("authorised_at", "expected an instant of RFC 3339") from exc
    if value.tzinfo is None:
        raise _refused("authorised_at", "expected an instant with its offset")
    return value


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError as exc:
        raise _refused("draft_digest", "expected 64 hexadecimal digits") from exc


def _refused(path: str, message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.BODY, path=path, message=message))
