"""`exchange examine`: the five gates, off line, with the reader's own trust lists."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from exchange.cli.arguments import At, ExistingFile, Json, alone, epilog
from exchange.cli.exits import ExitCode, exit_code
from exchange.cli.trusting import Hub, Roots, TrustLists, load_snapshot
from exchange.cli.verdict import Verdict, as_json, show
from exchange.core.examine import examine
from exchange.core.snapshot import Snapshot
from exchange.errors import RejectedError, UndecidedError

app = alone()


@app.command(
    help="""Run a document through all five gates.

    The gates are parse, schema, signature, trust and rules. Nothing is fetched and nothing
    is stored: the verdict depends on the file, the trust lists, the pinned key and the
    instant alone. What only a hub's register knows (is this number taken?) is not asked.
    """,
    epilog=epilog(
        "exchange examine attestation.xml --trust-list lists/ --root 5b0c…",
        "exchange examine attestation.xml --trust-list lists/ --root 5b0c… --json",
        "exchange examine old.xml --trust-list lists/ --root 5b0c… --at 2026-11-22T10:00:00Z",
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
) -> None:
    """Examine one file and end with the number of its verdict."""
    instant = at or datetime.now(UTC)
    snapshot = load_snapshot(trust_list, root, instant, hub=hub, production=production)
    verdict = _examined(str(file), file.read_bytes(), snapshot, instant)
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
