"""`exchange receipt verify`: a signed receipt, off line, with the reader's own trust lists."""

from __future__ import annotations

import json as jsonlib
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from exchange.cli.arguments import At, ExistingFile, Json, epilog, group
from exchange.cli.foreign_text import reported, shown
from exchange.cli.trusting import Roots, TrustLists, load_snapshot
from exchange.core.model import MessageDigest
from exchange.core.periods import in_zulu
from exchange.core.receipt import GOOD, read_receipt
from exchange.core.receipt_document import Receipt

app = group("Receipts: what they say, and whether they may be believed.")

OptionalFile = Annotated[Path | None, typer.Option(exists=True, dir_okay=False, readable=True)]


@app.command(
    "verify",
    help="""Check a signed receipt.

    Checks form, schema, signature, the key on the trust lists and what the receipt says
    about itself; with the message or the receipt before it, also that it is about those.
    A genuine receipt of a refusal is genuine: the exit code tells about the receipt, the
    output what it says.
    """,
    epilog=epilog(
        "exchange receipt verify receipt.xml --trust-list lists/ --root 5b0c…",
        "exchange receipt verify receipt.xml --message attestation.xml "
        "--trust-list lists/ --root 5b0c…",
    ),
)
def verify_command(
    file: ExistingFile,
    *,
    trust_list: TrustLists,
    root: Roots,
    message: OptionalFile = None,
    previous: OptionalFile = None,
    at: At = None,
    json: Json = False,
) -> None:
    """Check one receipt and print what it says."""
    instant = at or datetime.now(UTC)
    snapshot = load_snapshot(trust_list, root, instant)
    receipted = read_receipt(
        file.read_bytes(),
        snapshot,
        instant,
        message_digest=MessageDigest(_digest(message)) if message is not None else None,
        previous=_digest(previous) if previous is not None else None,
    )
    values = facts(receipted.receipt)
    if json:
        values |= {"file": str(file), "verified": True, "digest": receipted.digest.hex()}
        sys.stdout.write(jsonlib.dumps(values, ensure_ascii=False, indent=2) + "\n")
        return
    console = Console(highlight=False)
    good = receipted.receipt.outcome in GOOD
    console.print(
        Text.assemble(
            (str(file), "bold"),
            "  genuine receipt: ",
            (receipted.receipt.outcome.value, "bold green" if good else "bold yellow"),
        ),
        soft_wrap=True,
    )
    for name, value in values.items():
        if isinstance(value, str) and value:
            label = Text(f"  {name.replace('_', ' '):<18}")
            console.print(label.append_text(shown(value)), soft_wrap=True)
    for finding in receipted.receipt.findings:
        console.print(reported(finding, "yellow"), soft_wrap=True)


def _digest(path: Path) -> bytes:
    return sha256(path.read_bytes()).digest()


def facts(receipt: Receipt) -> dict[str, Any]:
    """Return what a receipt says, as JSON has it."""
    return {
        "stage": receipt.stage.value,
        "outcome": receipt.outcome.value,
        "issuer": receipt.issuer,
        "sender": receipt.sender,
        "addressees": list(receipt.addressees),
        "message_id": receipt.message_id,
        "message_digest": receipt.message_digest.hex(),
        "kind": receipt.kind.value if receipt.kind else "",
        "content_digest": receipt.content_digest.hex() if receipt.content_digest else "",
        "custody": receipt.custody.value if receipt.custody else "",
        "previous": receipt.previous.hex() if receipt.previous else "",
        "received_at": in_zulu(receipt.received_at),
        "produced_at": in_zulu(receipt.produced_at),
        "snapshot": receipt.snapshot_id,
        "findings": [
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "path": finding.path,
                "message": finding.message,
            }
            for finding in receipt.findings
        ],
    }
