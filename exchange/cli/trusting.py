"""What a verdict off line depends on: the trust lists that the reader has, and one pinned key.

Nothing is fetched. The reader pins the fingerprint of the key that signs the list of lists
(or the only list); what that list names must be among the files.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from exchange.cli.arguments import documents, fingerprint
from exchange.core.algorithms import ALGORITHMS
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Fingerprint
from exchange.core.snapshot import Snapshot
from exchange.core.trust_chain import read_lists
from exchange.core.trust_index import Trust
from exchange.errors import TrustError
from exchange.service.materials import load_catalogue, load_code_lists

TrustLists = Annotated[
    list[Path],
    typer.Option(
        "--trust-list",
        metavar="PATH",
        exists=True,
        readable=True,
        help="A signed trust list, or a folder of them; may be given again.",
    ),
]
Roots = Annotated[
    list[str],
    typer.Option(
        "--root",
        metavar="FINGERPRINT",
        help="SHA-256 of the key certificate that signs the list of lists, as published.",
    ),
]
Hub = Annotated[
    str, typer.Option("--hub", metavar="BODY", help="The hub in whose place is judged.")
]


def load_snapshot(
    lists: Sequence[Path],
    roots: Sequence[str],
    at: datetime,
    *,
    hub: str = "XX-HUB-01",
    production: bool = False,
) -> Snapshot:
    """Return the snapshot that the reader's own files make.

    Raises:
        TrustError: A list is not what it pretends to be, or nobody signed it that is pinned.
        UndecidedError: The lists are past their next update.
    """
    return snapshot_of(
        [path.read_bytes() for path in documents(lists)],
        frozenset(fingerprint(text) for text in roots),
        at,
        hub=hub,
        production=production,
    )


def snapshot_of(
    data: Sequence[bytes],
    pinned: frozenset[Fingerprint],
    at: datetime,
    *,
    hub: str,
    production: bool = False,
) -> Snapshot:
    """Return the snapshot that signed lists make, wherever they came from.

    Raises:
        TrustError: A list is not what it pretends to be, or nobody signed it that is pinned.
        UndecidedError: The lists are past their next update.
    """
    catalogue = load_catalogue()
    limits = Limits()
    read = partial(
        read_lists, data, catalogue=catalogue, limits=limits, algorithms=ALGORITHMS, pinned=pinned
    )
    try:
        trusted = read(at=at)
    except TrustError:
        # Today's lists tell the history too: whoever looks back may hold newer ones.
        if at >= (now := datetime.now(UTC)):
            raise
        trusted = read(at=now)
    return Snapshot.build(
        catalogue=catalogue,
        limits=limits,
        algorithms=ALGORITHMS,
        trust=Trust.build(trusted),
        code_lists=load_code_lists(),
        hub=BodyId(hub),
        production=production,
    )
