"""The postcard: five gates, in order, each taking what the one before it made.

    octets ── parse ──> Parsed ── conform ──> Conforming ── verify ──> Signed
                                                                         │
                                   Accepted <── judge ── Trusted <── establish

A gate can be neither skipped nor swapped: the type checker refuses it. Every gate returns
the next value or raises one `ExchangeError`; there is no third ending. What only the
database knows (is this number taken?) is decided afterwards, inside the transaction of
`commit`, by a table in `exchange.core.lifecycle`.
"""

from __future__ import annotations

from datetime import datetime

from exchange.core.rules.judge import Accepted, judge
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.snapshot import Snapshot
from exchange.core.trust import establish
from exchange.core.xml import parse


def examine(data: bytes, snapshot: Snapshot, at: datetime) -> Accepted:
    """Return the accepted statement, or raise the one error that says why not.

    Args:
        data: The octets exactly as they arrived.
        snapshot: Everything beside the document that the verdict depends on.
        at: The proof time: when the document is known to have existed, aware UTC.

    Raises:
        MalformedError: Gate 1: the octets are not a document that we read.
        SchemaError: Gate 2: the document is not one of the shared documents.
        SignatureError: Gate 3: the signature does not prove who signed what.
        TrustError: Gate 4: the key is not entitled to say this.
        RuleError: Gate 5: the content breaks rules; all of them are listed.
        UndecidedError: Fresh evidence is missing; come back later.
    """
    parsed = parse(data, snapshot.limits)
    conforming = conform(parsed, snapshot.catalogue, snapshot.limits)
    signed = verify(conforming, snapshot.algorithms)
    trusted = establish(signed, snapshot, at)
    return judge(trusted, snapshot, at)
