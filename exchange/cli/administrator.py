"""Who an administrator is, for every command about trust: a TOML file, or three options.

    address = "https://hub.example:8443"       # a listener of the hub
    key = "li-wei.pem"                         # your own key, made by `exchange keys person`
    root = "5b0c…"                             # fingerprint of the root, as read aloud
    hub = "XX-HUB-01"                          # optional; by default what the hub says it is

- Paths in the file are relative to it; the pass phrase of the key stands in neither.
- The other end is believed because of the root alone: the lists are fetched from it as anyone
  fetches them, and must be the root's; the connection that counts is then made to a transport
  key that those lists grant the hub.
- What is signed is shown before: who, what, and the digest of what will change.
"""

from __future__ import annotations

import re
import tomllib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from exchange.cli.arguments import fingerprint
from exchange.cli.fetching import fetch_lists_from, unbelieving
from exchange.cli.trusting import snapshot_of
from exchange.cli.vaults import person_pass_phrase
from exchange.codes.service import SettingsCode
from exchange.core.actions.person import person_octets
from exchange.core.actions.values import Action, PersonId, Word
from exchange.core.actions.writing import write_action
from exchange.core.model import BodyId, BodyRole, DocumentId
from exchange.errors import Finding, SettingsError
from exchange.peer.administration import ActedAnswer, AdministrationClient
from exchange.peer.partner import client_context
from exchange.service.identify import transport_keys
from exchange.vault.person_key import PersonKey

# The attribute type of RFC 4519, section 2.39, as RFC 4514 writes it.
_PERSON: Final = re.compile(r"(?:^|,)UID=([^,+]+)")

AdminOption = Annotated[
    Path | None,
    typer.Option(
        "--admin",
        metavar="ADMIN.toml",
        exists=True,
        dir_okay=False,
        readable=True,
        help="Who you are, and which hub you administer; or say it with the options below.",
    ),
]
HubAddress = Annotated[
    str | None, typer.Option("--hub", metavar="URL", help="Address of a listener of the hub.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--key",
        metavar="PERSON.pem",
        exists=True,
        dir_okay=False,
        help="Your own key, made by `exchange keys person`.",
    ),
]
PinnedRoot = Annotated[
    str | None,
    typer.Option("--root", metavar="FINGERPRINT", help="The root, as it was read aloud."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Everything that file and options can say."""

    address: str = ""
    key: str = ""
    root: str = ""
    hub: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """A person with their open key and their connection to the hub."""

    person: PersonId
    key: PersonKey
    hub: BodyId
    client: AdministrationClient

    def draft(self, word: Word) -> Action:
        """Return an action that says a word now, not signed yet."""
        return Action(
            action_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
            hub=self.hub,
            made_at=now(),
            word=word,
            person=self.person,
            key=self.key.fingerprint,
            signature=None,
        )

    def signed(self, word: Word) -> bytes:
        """Return an action that says a word, signed by the person and not sealed yet."""
        draft = self.draft(word)
        return write_action(replace(draft, signature=self.key.sign(person_octets(draft))))

    async def act(self, word: Word) -> ActedAnswer:
        """Say a word: sign it and send it.

        Raises:
            RefusedError: The hub refuses it; the findings say why.
            UndecidedError: Nothing was committed; say it again later.
            PeerError: The hub could not be reached, or answered with a failure.
        """
        return await self.client.act(self.signed(word))


def now() -> datetime:
    """Return now in whole seconds, as documents write it."""
    return datetime.now(UTC).replace(microsecond=0)


def who(admin: Path | None, hub: str | None, key: Path | None, root: str | None) -> Who:
    """Return what file and options say together; options win.

    Raises:
        SettingsError: With one finding for each thing to mend.
    """
    said = _read(admin) if admin is not None else Who()
    said = replace(
        said,
        **{
            name: str(value)
            for name, value in (("address", hub), ("key", key), ("root", root))
            if value is not None
        },
    )
    missing = [name for name in ("address", "key", "root") if not getattr(said, name)]
    if missing:
        options = {"address": "--hub", "key": "--key", "root": "--root"}
        raise SettingsError(
            *(
                _fault(name, f"expected a value in --admin ADMIN.toml, or {options[name]}")
                for name in missing
            )
        )
    if not said.address.startswith("https://"):
        raise SettingsError(_fault("address", f"expected https://…, found {said.address[:60]!r}"))
    return said


def _read(path: Path) -> Who:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(
            Finding(code=SettingsCode.FILE, path=str(path), message=str(exc).lower())
        ) from exc
    known = {item.name for item in fields(Who)}
    faults = [
        Finding(code=SettingsCode.UNKNOWN, path=name, message="no such setting")
        for name in sorted(given.keys() - known)
    ]
    faults += [
        _fault(name, f"expected a text, found {value!r}")
        for name, value in given.items()
        if name in known and not isinstance(value, str)
    ]
    if faults:
        raise SettingsError(*faults)
    if "key" in given:
        given["key"] = str(path.parent / given["key"])
    return Who(**given)


@asynccontextmanager
async def administering(said: Who) -> AsyncIterator[Administration]:
    """Open key and connection; nothing is sent in the person's name yet.

    Raises:
        SettingsError: The key is none of a person, or its pass phrase is not given.
        VaultError: The key cannot be opened.
        TrustError: The lists of the other end are not the root's.
        PeerError: It cannot be reached, or its key is not on the lists.
    """
    key = await PersonKey.open(Path(said.key), person_pass_phrase())
    person = person_of(key)
    hub, anchors = await _hub_and_anchors(said, key)
    context = client_context(key.identify, anchors)
    async with AdministrationClient.open(said.address, context) as client:
        yield Administration(person=person, key=key, hub=hub, client=client)


def person_of(key: PersonKey) -> PersonId:
    """Return whose key it is, as its certificate says.

    Raises:
        SettingsError: It does not say.
    """
    found = _PERSON.search(key.certificate.subject)
    if found is None:
        raise SettingsError(
            _fault("key", "expected a key that `exchange keys person` made, found another")
        )
    return PersonId(found[1])


async def _hub_and_anchors(said: Who, key: PersonKey) -> tuple[BodyId, tuple[bytes, ...]]:
    """Return which body is at the other end, and its transport keys, as the lists say."""
    files = await fetch_lists_from(said.address, key.identify)
    if said.hub:
        hub = BodyId(said.hub)
    else:
        async with AdministrationClient.open(said.address, unbelieving(key.identify)) as client:
            hub = await client.hub()
    at = datetime.now(UTC)
    snapshot = snapshot_of(tuple(files.values()), frozenset({fingerprint(said.root)}), at, hub=hub)
    body = snapshot.trust.bodies.get(hub)
    if body is None or BodyRole.HUB_OPERATOR not in body.roles:
        raise SettingsError(
            _fault("hub", f"expected a hub operator on the lists of this root, found {hub[:60]!r}")
        )
    return hub, tuple(one.certificate.der for one in transport_keys(snapshot, at, hub))


def _fault(path: str, message: str) -> Finding:
    return Finding(code=SettingsCode.VALUE, path=path, message=message)
