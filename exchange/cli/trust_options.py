"""The options with which an officer says what shall change; several commands take them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.arguments import duration, instant

Key = Annotated[
    str,
    typer.Argument(metavar="KEY", help="BODY/ROLE, or the beginning of a fingerprint."),
]
Reason = Annotated[str, typer.Option(help="Why; it stands in the history for good.")]
On = Annotated[
    datetime | None,
    typer.Option(
        parser=instant,
        metavar="INSTANT",
        help="When it takes effect (RFC 3339, with zone); without, with the approval.",
    ),
]
WhenFetched = Annotated[
    bool,
    typer.Option(
        "--when-fetched", help="Earlier than --on: once every partner has fetched the list."
    ),
]
Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--file",
        metavar="WISHES.toml",
        exists=True,
        dir_okay=False,
        help="Bodies, lists, accreditations or persons as they shall stand.",
    ),
]
Rotate = Annotated[
    tuple[str, Path] | None,
    typer.Option(metavar="OLD NEW.pem", help="A new key takes the place of an old one."),
]
Overlap = Annotated[
    timedelta | None,
    typer.Option(
        parser=duration,
        metavar="14d",
        help="How long the old key signs beside the new one; 14 days unless told.",
    ),
]
Late = Annotated[
    timedelta | None,
    typer.Option(
        parser=duration,
        metavar="90d",
        help="How long late arrivals under a retired key are taken; 90 days unless told.",
    ),
]
Retire = Annotated[
    list[str] | None, typer.Option(metavar="KEY", help="Signs until --on, then no more.")
]
Revoke = Annotated[
    list[str] | None, typer.Option(metavar="KEY", help="Is compromised, and never counts again.")
]
Restore = Annotated[
    list[str] | None,
    typer.Option(metavar="KEY|BODY", help="Lift a suspension."),
]
Rescope = Annotated[
    tuple[str, Path] | None,
    typer.Option(metavar="KEY SCOPE.toml", help="What a key may speak about from now on."),
]
End = Annotated[list[str] | None, typer.Option(metavar="BODY", help="The body ends.")]
Rename = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="BODY NAMES", help="New names by language: 'en=New name; zh=新名'."),
]
Successor = Annotated[
    tuple[str, str] | None,
    typer.Option(metavar="BODY FORMER", help="A body takes the place of a former one."),
]
Accredit = Annotated[
    tuple[str, str, str] | None,
    typer.Option(
        "--accreditation",
        metavar="BODY NUMBER STATE",
        help="An accreditation is active, suspended or withdrawn from now on.",
    ),
]
Enrol = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="PERSONS.toml", exists=True, dir_okay=False, help="Who may act from now on."
    ),
]
Discharge = Annotated[
    list[str] | None, typer.Option(metavar="PERSON", help="Who may not act any more.")
]
Proofs = Annotated[
    list[Path] | None,
    typer.Option(
        "--proof",
        metavar="PROOF.toml",
        exists=True,
        dir_okay=False,
        help="Proof of possession of a key that arrives; those beside the files are found.",
    ),
]
EvidenceFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--evidence",
        metavar="EVIDENCE.toml",
        exists=True,
        dir_okay=False,
        help="Who sent a key, and how its fingerprint was confirmed.",
    ),
]
