"""What a body's commands share: who it is, which hub it talks to, and whom it believes.

One TOML file says it, so that no command needs seven options. Relative paths are relative to
the folder of the file. Unknown names are refused: a misspelt one must not mean a default.
"""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from exchange.cli.trusting import load_snapshot
from exchange.cli.vaults import pass_phrase
from exchange.codes.service import SettingsCode
from exchange.core.model import BodyId, KeyRole
from exchange.core.snapshot import Snapshot
from exchange.errors import Finding, SettingsError
from exchange.peer.hub import HubClient
from exchange.peer.partner import client_context
from exchange.service.identify import transport_keys
from exchange.vault.files import FileVault
from exchange.vault.vault import key_name


def _said(text: str, default: str = "") -> Any:
    return field(default=default, metadata={"text": text})


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFile:
    """Everything that the file can say; a name without default is needed."""

    body: str = _said("the body that you are, as on the trust lists")
    hub: str = _said("the body that operates the hub")
    address: str = _said("base address of the hub's partner listener, `https://…`")
    vault: str = _said("folder of your vault; it holds your transport key", "vault")
    trust: str = _said("folder of the signed trust lists", "trust")
    root: str = _said("fingerprint of the key that signs the list of lists")
    database: str = _said("your database, for `exchange pull`", "sqlite:///inbox.sqlite3")


_NEEDED: Final = ("body", "hub", "address", "root")

PartnerOption = Annotated[
    Path,
    typer.Option(
        "--partner",
        metavar="PARTNER.toml",
        exists=True,
        dir_okay=False,
        readable=True,
        help="Who you are, and which hub you talk to.",
    ),
]
To = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="ADDRESSEE",
        help="A body, an economy, or register-only; may be given again.",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A body with its open vault, its lists and its connection to the hub."""

    body: BodyId
    hub: BodyId
    vault: FileVault
    snapshot: Snapshot
    client: HubClient
    database: str


def read_partner(path: Path) -> PartnerFile:
    """Return what the file says, its paths made whole.

    Raises:
        SettingsError: With one finding for each thing to mend.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        raise SettingsError(_fault(SettingsCode.FILE, str(path), str(exc).lower())) from exc
    known = {item.name for item in fields(PartnerFile)}
    faults = [
        _fault(SettingsCode.UNKNOWN, name, "no such setting")
        for name in sorted(given.keys() - known)
    ]
    faults += [
        _fault(SettingsCode.VALUE, name, f"expected a text, found {value!r}")
        for name, value in given.items()
        if name in known and not isinstance(value, str)
    ]
    faults += [
        _fault(SettingsCode.VALUE, name, "expected a value, found none")
        for name in _NEEDED
        if not given.get(name)
    ]
    if faults:
        raise SettingsError(*faults)
    return PartnerFile(**given)


def now() -> datetime:
    """Return now."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_partner(path: Path) -> AsyncIterator[Partner]:
    """Open vault, lists and connection; nothing is sent yet.

    Raises:
        SettingsError: The file has to be mended.
        VaultError: The vault cannot be opened.
        TrustError: The lists are not what they pretend to be.
        PeerError: The hub has no transport key in force on the lists.
    """
    said = read_partner(path)
    folder = path.parent
    at = now()
    vault = await FileVault.open(folder / said.vault, pass_phrase())
    snapshot = load_snapshot([folder / said.trust], [said.root], at, hub=said.hub)
    name = key_name(BodyId(said.body), KeyRole.TRANSPORT)

    def present(context: ssl.SSLContext) -> None:
        vault.identify(context, name)

    anchors = [key.certificate.der for key in transport_keys(snapshot, at, BodyId(said.hub))]
    async with HubClient.open(said.address, client_context(present, anchors)) as client:
        yield Partner(
            body=BodyId(said.body),
            hub=BodyId(said.hub),
            vault=vault,
            snapshot=snapshot,
            client=client,
            database=_database(folder, said.database),
        )


def _database(folder: Path, url: str) -> str:
    """Return the address of the database, a relative file beside the partner file."""
    scheme, separator, rest = url.partition(":///")
    if scheme.startswith("sqlite") and separator and not rest.startswith("/"):
        return f"{scheme}:///{(folder / rest).absolute()}"
    return url


def _fault(code: SettingsCode, path: str, message: str) -> Finding:
    return Finding(code=code, path=path, message=message)
