"""What the rules of a list say about entries that nobody has published yet.

An entry that hubs would refuse on a list is refused when it is proposed, by the same rules and
in the same words (TSL-06 to TSL-11).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from exchange.core.code_lists import CodeLists
from exchange.core.model import Economy, Fingerprint, Kind
from exchange.core.trust_index import TrustList
from exchange.core.trust_list_rules import (
    RULES,
    capabilities_are_registered,
    economies_are_known,
)
from exchange.core.trust_values import Body, ListType, Operator, Place
from exchange.errors import Finding

_NOBODY: Final = Operator(
    names=MappingProxyType({}),
    scheme_names=MappingProxyType({}),
    place=Place(street="", locality="", economy=Economy(""), contact="", information=""),
)


def list_findings(bodies: Iterable[Body], at: datetime) -> Iterator[Finding]:
    """Yield what a list with these entries would break by itself."""
    for one in _lists(bodies, at):
        for rule in RULES:
            yield from rule(one)


def register_findings(
    bodies: Iterable[Body],
    at: datetime,
    code_lists: CodeLists,
    registered: Collection[tuple[Kind, str]],
) -> Iterator[Finding]:
    """Yield what a list with these entries would break of code lists and schemas."""
    for one in _lists(bodies, at):
        yield from capabilities_are_registered(one, registered)
        yield from economies_are_known(one, code_lists)


def _lists(bodies: Iterable[Body], at: datetime) -> Iterator[TrustList]:
    by_territory: dict[Economy, list[Body]] = {}
    for body in bodies:
        by_territory.setdefault(body.economy, []).append(body)
    for territory, its in by_territory.items():
        yield TrustList(
            type=ListType.ECONOMY,
            territory=territory,
            version=0,
            sequence=0,
            issued_at=at,
            next_update=at,
            history_period=timedelta.max,
            operator=_NOBODY,
            bodies=tuple(its),
            pointers=(),
            announces=frozenset(),
            signer=Fingerprint(b""),
            signed_at=at,
            data=b"",
            digest=b"",
            findings=(),
        )
