"""`exchange examine`: the five gates, off line, with the reader's own trust lists.

The proof time is now, or the instant given, or what a receipt or a time-stamp proves.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from exchange.cli.arguments import At, ExistingFile, Json, alone, epilog
from exchange.cli.exits import ExitCode, exit_code
from exchange.cli.trusting import Hub, Roots, TrustLists, load_snapshot
from exchange.cli.verdict import Verdict, as_json, show
from exchange.core.examine import examine
from exchange.core.existence import by_receipt
from exchange.core.snapshot import Snapshot
from exchange.errors import RejectedError, UndecidedError
from exchange.service.revocation_files import facts_from_files, unarmored
from exchange.service.time_stamps import by_time_stamp, read_anchors

app = alone()


@app.command(
    help="""Run a document through all five gates.

    The gates are parse, schema, signature, trust and rules. Nothing is fetched and nothing
    is stored: the verdict depends on the file, the trust lists, the pinned key and the
    instant alone. What only a hub's register knows (is this number taken?) is not asked.

    The instant is the proof time: when the document is known to have existed. It is now,
    unless a hub's receipt or a time-stamp proves an earlier one. A key that was revoked
    afterwards was good before.
    """,
    epilog=epilog(
        "exchange examine attestation.xml --trust-list lists/ --root 5b0c…",
        "exchange examine attestation.xml --trust-list lists/ --root 5b0c… --json",
        "exchange examine old.xml --trust-list lists/ --root 5b0c… --at 2026-11-22T10:00:00Z",
        "exchange examine old.xml --trust-list lists/ --root 5b0c… --receipt receipt.xml",
        "exchange examine old.xml --trust-list lists/ --root 5b0c… "
        "--time-stamp old.tsr --tsa authority.pem --revocation authority.crl",
    ),
)
def examine_command(
    file: ExistingFile,
    *,
    trust_list: TrustLists,
    root: Roots,
    at: At = None,
    json: Json = False,
    hub: Hub = "XX-HUB-01",
    production: Annotated[
        bool, typer.Option(help="Refuse documents that carry the test indicator.")
    ] = False,
    receipt: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A hub's receipt of exactly these octets: proves since when they exist.",
        ),
    ] = None,
    time_stamp: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A time-stamp (RFC 3161) of exactly these octets: proves the same.",
        ),
    ] = None,
    tsa: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Anchor of the time-stamping authority, PEM or DER; may be given again.",
        ),
    ] = None,
    tsa_crl: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A revocation list about the time-stamping authority; may be given again.",
        ),
    ] = None,
    revocation: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="A revocation list or OCSP answer, PEM or DER; may be given again.",
        ),
    ] = None,
) -> None:
    """Examine one file and end with the number of its verdict."""
    if receipt is not None and time_stamp is not None:
        raise typer.BadParameter("expected a receipt or a time-stamp, found both")
    data = file.read_bytes()
    now = at or datetime.now(UTC)
    snapshot = load_snapshot(trust_list, root, now, hub=hub, production=production)
    if revocation:
        files = [path.read_bytes() for path in revocation]
        # What was made after the instant of judgement tells what was before it.
        facts = facts_from_files(files, snapshot, at=max(now, datetime.now(UTC)))
        snapshot = snapshot.with_revocation(facts)
    existence = None
    if receipt is not None:
        existence = by_receipt(receipt.read_bytes(), data, snapshot, now=now)
    if time_stamp is not None:
        anchors = read_anchors([path.read_bytes() for path in tsa or ()])
        crls = [unarmored(path.read_bytes()) for path in tsa_crl or ()]
        existence = by_time_stamp(
            time_stamp.read_bytes(), data, anchors, now=now, revocation_lists=crls
        )
    instant = now if existence is None else existence.at
    verdict = replace(_examined(str(file), data, snapshot, instant), existence=existence)
    if json:
        sys.stdout.write(as_json(verdict) + "\n")
    else:
        show(verdict, Console(highlight=False))
    raise typer.Exit(ExitCode.DONE if verdict.error is None else exit_code(verdict.error))


def _examined(file: str, data: bytes, snapshot: Snapshot, at: datetime) -> Verdict:
    """Return the verdict, whichever way the road ended."""
    try:
        ending = examine(data, snapshot, at)
    except (RejectedError, UndecidedError) as error:
        return Verdict.of(file, data, at=at, snapshot_id=snapshot.id, ending=error)
    return Verdict.of(file, data, at=at, snapshot_id=snapshot.id, ending=ending)
