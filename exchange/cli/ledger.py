"""`exchange ledger`: proofs that a receipt stands in the public ledger, checked off line.

What is checked: the checkpoint carries the signature of the ledger's key; each record is in
the tree of that checkpoint; the records are those of the receipts and of the statement that
the reader has; and, with an earlier checkpoint, the ledger only grew since.
"""

from __future__ import annotations

import asyncio
import base64
import json as jsonlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from exchange.cli.arguments import ExistingFile, Json, epilog, group
from exchange.cli.files import write_new
from exchange.cli.partner import PartnerOption, open_partner
from exchange.codes.store import LedgerCode
from exchange.core.checkpoint import Checkpoint, read_verifier_key, verify_note
from exchange.core.foreign import check
from exchange.core.ledger import (
    Leaf,
    LeafKind,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)
from exchange.core.limits import Limits
from exchange.core.signature_policy import STATEMENT
from exchange.core.xml import parse
from exchange.errors import Finding, RejectedError

app = group("The public ledger: proofs that a receipt stands in it.")

_RECORD: Final = 66
_DIGEST: Final = 32

_File = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, readable=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """One record with the place that was proven for it."""

    index: int
    leaf: Leaf


@app.command(
    "verify",
    help="""Check that a statement is in the ledger.

    Off line: from the proof as the hub gave it and the ledger's public key as its operator
    published it. Give your own receipts and the statement, so that the proof is about them
    and not about somebody else's.
    """,
    epilog=epilog(
        "exchange ledger verify proof.json --key xx-hub-01/ledger+1a2b3c4d+A…=",
        "exchange ledger verify proof.json --key … --receipt receipt.xml --statement signed.xml",
        "exchange ledger verify proof.json --key … --earlier old.note --consistency grown.json",
    ),
)
def verify_command(
    proof: ExistingFile,
    *,
    key: Annotated[
        str, typer.Option(metavar="KEY", help="The ledger's verifier key, as published.")
    ],
    receipt: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A receipt that must be in it."),
    ] = None,
    statement: _File = None,
    earlier: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A checkpoint that you kept."),
    ] = None,
    consistency: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="That the ledger only grew since."),
    ] = None,
    json: Json = False,
) -> None:
    """Check the proof, and that it is about what the reader has."""
    if (earlier is None) is not (consistency is None):
        raise typer.BadParameter("--earlier and --consistency are given together")
    name, public_key = read_verifier_key(key)
    given = _object(proof.read_bytes(), str(proof))
    note = _text(given, "checkpoint").encode()
    checkpoint = verify_note(note, name=name, public_key=public_key)
    shown = _proven(given, checkpoint)
    _about(shown, [path.read_bytes() for path in receipt or ()], statement)
    if earlier is not None and consistency is not None:
        old = verify_note(earlier.read_bytes(), name=name, public_key=public_key)
        _grown(old, checkpoint, _object(consistency.read_bytes(), str(consistency)))
    _tell(shown, checkpoint, json=json)


@app.command(
    "fetch",
    help="""Fetch the proofs of a statement from the hub.

    Writes the proof as the hub gives it, to be checked with `exchange ledger verify`, and
    prints the verifier key that the hub names: compare it with the one that was published.
    """,
    epilog=epilog(
        "exchange ledger fetch 8a1b128e… --partner partner.toml --out proof.json",
    ),
)
def fetch_command(
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="Content digest, hexadecimal.")],
    *,
    partner: PartnerOption,
    out: Annotated[Path, typer.Option(metavar="FILE", help="A file that does not exist yet.")],
) -> None:
    """Fetch one proof."""
    try:
        octets = bytes.fromhex(digest)
    except ValueError:
        octets = b""
    if len(octets) != _DIGEST:
        raise typer.BadParameter("expected 64 hexadecimal digits")
    data, verifier = asyncio.run(_fetch(octets, partner))
    write_new(out, data)
    console = Console(highlight=False)
    console.print(f"{out}  written", soft_wrap=True)
    console.print(f"key {verifier}", soft_wrap=True)


async def _fetch(digest: bytes, settings: Path) -> tuple[bytes, str]:
    async with open_partner(settings) as partner:
        data = await partner.client.proof(digest)
        keys = await partner.client.verification()
        return data, str(keys.get("checkpoint_key", ""))


def _proven(given: dict[str, Any], checkpoint: Checkpoint) -> tuple[_Shown, ...]:
    """Return the records that are in the tree of the checkpoint; one that is not raises."""
    leaves = given.get("leaves")
    if not isinstance(leaves, list) or not leaves:
        # No record proves nothing, whatever the checkpoint says.
        raise _invalid("expected proofs of records, found none")
    return tuple(_one(leaf, checkpoint) for leaf in leaves)


def _one(given: Any, checkpoint: Checkpoint) -> _Shown:
    try:
        index = given["index"]
        if type(index) is not int:
            raise _invalid("expected the index of each leaf as a whole number")
        record = base64.b64decode(given["record"], validate=True)
        path = [base64.b64decode(step, validate=True) for step in given["path"]]
        leaf = Leaf(
            kind=LeafKind(record[1]),
            content_digest=record[2 : 2 + _DIGEST],
            receipt_digest=record[2 + _DIGEST :],
        )
    except (KeyError, TypeError, ValueError, IndexError) as exc:
        raise _invalid("expected index, record and path of each leaf") from exc
    if len(record) != _RECORD or leaf.record() != record:
        raise _invalid("expected a record of version 1, found something else")
    verify_inclusion(
        leaf_hash(record), index=index, size=checkpoint.size, proof=path, root=checkpoint.root
    )
    return _Shown(index=index, leaf=leaf)


def _about(shown: Sequence[_Shown], receipts: Sequence[bytes], statement: Path | None) -> None:
    """Hold the records against the reader's own documents."""
    proven = {one.leaf.receipt_digest for one in shown}
    for data in receipts:
        digest = sha256(data).digest()
        if digest not in proven:
            raise _invalid(f"no record is about the receipt with digest {digest.hex()[:16]}…")
    if statement is None:
        return
    limits = Limits()
    content = check(parse(statement.read_bytes(), limits), policy=STATEMENT).content_digest
    if any(one.leaf.content_digest != content for one in shown):
        raise _invalid(f"a record is not about the statement with digest {content.hex()[:16]}…")


def _grown(old: Checkpoint, new: Checkpoint, given: dict[str, Any]) -> None:
    try:
        path = [base64.b64decode(step, validate=True) for step in given["path"]]
    except (KeyError, TypeError, ValueError) as exc:
        raise _invalid("expected the path of a consistency proof") from exc
    verify_consistency(
        first=old.size, second=new.size, proof=path, first_root=old.root, second_root=new.root
    )


def _tell(shown: Sequence[_Shown], checkpoint: Checkpoint, *, json: bool) -> None:
    if json:
        values = {
            "verified": True,
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
            "records": [
                {
                    "index": one.index,
                    "kind": one.leaf.kind.name.lower(),
                    "content_digest": one.leaf.content_digest.hex(),
                    "receipt_digest": one.leaf.receipt_digest.hex(),
                }
                for one in shown
            ],
        }
        sys.stdout.write(jsonlib.dumps(values, indent=2) + "\n")
        return
    console = Console(highlight=False)
    console.print(
        Text.assemble(
            ("in the ledger", "bold green"),
            f"  {checkpoint.origin}, {checkpoint.size} entries, root {checkpoint.root.hex()}",
        ),
        soft_wrap=True,
    )
    for one in shown:
        console.print(
            f"  {one.index:>8}  {one.leaf.kind.name.lower():<13}"
            f"receipt {one.leaf.receipt_digest.hex()}",
            soft_wrap=True,
        )


def _object(data: bytes, name: str) -> dict[str, Any]:
    try:
        values = jsonlib.loads(data)
    except (ValueError, RecursionError) as exc:
        raise typer.BadParameter(f"{name} is not JSON") from exc
    if not isinstance(values, dict):
        raise typer.BadParameter(f"{name} is not a JSON object")
    return values


def _text(values: dict[str, Any], name: str) -> str:
    found = values.get(name)
    if not isinstance(found, str):
        raise _invalid(f"expected a text in {name}")
    return found


def _invalid(message: str) -> RejectedError:
    return RejectedError(Finding(code=LedgerCode.INCLUSION, message=message))
