"""`exchange trust`: the group, and signed lists from a description that a person wrote.

The other commands stand in files of their own: `trust_propose.py`, `trust_decide.py`,
`trust_show.py`, `trust_history.py` and `trust_fetch.py`.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rich.console import Console

from exchange.cli import (
    trust_decide,
    trust_fetch,
    trust_history,
    trust_national,
    trust_propose,
    trust_show,
)
from exchange.cli.arguments import ExistingFile, epilog, group
from exchange.cli.vaults import VaultFolder, vault_place
from exchange.core.limits import Limits
from exchange.service.build_lists import build_lists
from exchange.service.list_files import read_folder, write_lists
from exchange.service.materials import load_catalogue, load_code_lists
from exchange.service.publish import BuiltLists, Release
from exchange.service.trust_description import read_description
from exchange.vault.opening import opened

app = group("Trust: who may sign what, decided by two persons, published on signed lists.")
for part in (
    trust_propose,
    trust_decide,
    trust_show,
    trust_history,
    trust_fetch,
    trust_national,
):
    app.add_typer(part.app)


@app.command(
    "build",
    help="""Build and sign the trust lists.

    Makes one list for each economy and the list of lists above them (ETSI TS 119 612) from a
    description in TOML. Key certificates are PEM files beside the description, or come from
    the vault. A list whose content did not change keeps its number and octets until a third
    of its life is left. What is written was read back as a stranger reads it.
    """,
    epilog=epilog(
        "exchange trust build bodies.toml --vault vault/ --out trust/",
    ),
)
def build_command(
    description: ExistingFile,
    *,
    vault: VaultFolder,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", file_okay=False, help="Where the lists are kept.")
    ],
    confirm_shrinking: Annotated[
        bool,
        typer.Option(
            "--confirm-shrinking", help="A second yes: a list becomes empty or much shorter."
        ),
    ] = False,
) -> None:
    """Build the lists and print what readers pin."""
    certificates = {path.name: _der(path) for path in sorted(description.parent.glob("*.pem"))}
    text = description.read_text(encoding="utf-8")
    built = asyncio.run(
        _build(text, certificates, vault, out, confirms_shrinking=confirm_shrinking)
    )
    console = Console(highlight=False)
    for name in sorted(built.files):
        state = "written" if name in built.changed else "unchanged"
        console.print(f"{out / name}  {state}", soft_wrap=True)
    console.print(f"root {built.root.hex()}", soft_wrap=True)


async def _build(
    text: str,
    certificates: dict[str, bytes],
    folder: Path,
    out: Path,
    *,
    confirms_shrinking: bool,
) -> BuiltLists:
    async with opened(vault_place(folder)) as vault:
        built = await build_lists(
            read_description(text),
            vault,
            at=datetime.now(UTC),
            release=Release(
                catalogue=load_catalogue(), code_lists=load_code_lists(), limits=Limits()
            ),
            certificates=certificates,
            before=await read_folder(out),
            confirms_shrinking=confirms_shrinking,
        )
    await write_lists(built.files, out)
    return built


def _der(path: Path) -> bytes:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER)
    except ValueError as exc:
        raise typer.BadParameter(f"{path} is not a key certificate in PEM") from exc
