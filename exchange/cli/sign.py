"""`exchange sign`: a drafted document becomes a statement, off line, with a key of one's own."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from exchange.cli.arguments import alone, documents, epilog, instant
from exchange.cli.files import progress_console, write_new
from exchange.cli.vaults import VaultFolder, vault_place
from exchange.core.algorithms import ALGORITHMS
from exchange.core.limits import Limits
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.signing import complete, prepare
from exchange.core.xml import parse
from exchange.service.materials import load_catalogue
from exchange.vault.opening import opened
from exchange.vault.vault import KeyName, Vault

app = alone()


@app.command(
    help="""Sign a drafted document with a key of your own.

    The draft is held against its schema before it is signed, and the signature is verified
    before it is written: what this command writes passes gates 1 to 3. No hub is asked and
    nothing is sent. An existing file is never overwritten.
    """,
    epilog=epilog(
        "exchange sign draft.xml --vault vault/ --key CN-CB-0103/attestation --out signed.xml",
        "exchange sign drafts/ --vault vault/ --key CN-CB-0103/attestation --out signed/",
        "exchange sign draft.xml --vault vault/ --key CN-CB-0103/status --algorithm rsa-pss-sha256",
    ),
)
def sign_command(
    drafts: Annotated[
        list[Path],
        typer.Argument(metavar="DRAFT …", exists=True, help="Files, or folders of `*.xml`."),
    ],
    *,
    vault: VaultFolder,
    key: Annotated[str, typer.Option(metavar="NAME", help="Body and role, as in the vault.")],
    out: Annotated[
        Path | None,
        typer.Option(help="File or folder to write; one draft goes to standard output without."),
    ] = None,
    algorithm: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Signature algorithm; by default the key's first."),
    ] = None,
    signed_at: Annotated[
        datetime | None,
        typer.Option(parser=instant, metavar="INSTANT", help="Claimed signing time; default now."),
    ] = None,
) -> None:
    """Sign every draft."""
    found = documents(drafts)
    if out is None and len(found) != 1:
        raise typer.BadParameter("several drafts need --out FOLDER")
    if out is not None and (len(found) > 1 or any(path.is_dir() for path in drafts)):
        out.mkdir(parents=True, exist_ok=True)
    into = None if out is None else tuple(_target(out, path) for path in found)
    asyncio.run(_sign(found, into, vault, KeyName(key), _uri(algorithm), signed_at))


async def _sign(
    drafts: tuple[Path, ...],
    into: tuple[Path, ...] | None,
    folder: Path,
    key: KeyName,
    algorithm: str | None,
    signed_at: datetime | None,
) -> None:
    async with opened(vault_place(folder)) as vault:
        await _sign_with(vault, drafts, into, key, algorithm, signed_at)


async def _sign_with(
    vault: Vault,
    drafts: tuple[Path, ...],
    into: tuple[Path, ...] | None,
    key: KeyName,
    algorithm: str | None,
    signed_at: datetime | None,
) -> None:
    certificates = await vault.certificates(key)
    catalogue, limits = load_catalogue(), Limits()
    shown = track(drafts, "signing", disable=len(drafts) == 1, console=progress_console())
    for number, path in enumerate(shown):
        draft = await asyncio.to_thread(path.read_bytes)
        conform(parse(draft, limits), catalogue, limits)
        to_sign = prepare(
            draft,
            certificates=certificates,
            signed_at=signed_at or datetime.now(UTC),
            algorithm=algorithm,
        )
        data = complete(to_sign, await vault.sign(key, to_sign.octets, to_sign.algorithm))
        verify(conform(parse(data, limits), catalogue, limits), ALGORITHMS)
        if into is None:
            sys.stdout.buffer.write(data)
        else:
            write_new(into[number], data)


def _target(out: Path, draft: Path) -> Path:
    """Return where the signed form of a draft goes."""
    return out / draft.name if out.is_dir() else out


def _uri(name: str | None) -> str | None:
    """Return the identifier of an algorithm that people know by a short name."""
    if name is None:
        return None
    known = {row.name: row.uri for row in ALGORITHMS.signatures.values()}
    if name not in known:
        raise typer.BadParameter(f"expected one of {', '.join(sorted(known))}, found {name!r}")
    return known[name]
