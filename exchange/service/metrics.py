"""The figures of a running hub for a monitoring system: what ends, what is old, what is stopped.

Every figure is made from the state of the moment; only what happened since the start (warnings,
mails, fetches) is counted on the way (`service.watch`).

Example:
    >>> (await page(hub)).splitlines()[2]
    'exchange_refuses_to_sign 0'
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime

from exchange.core.expiry import Expiring
from exchange.core.exposition import Metric, counters, gauge, gauges, written
from exchange.core.freshness import Colour, Freshness, worst
from exchange.core.notices import LATE_AFTER
from exchange.core.trust_index import TrustList
from exchange.service.expiry import ending_soon
from exchange.service.freshness import freshness
from exchange.service.hub import Hub
from exchange.service.list_serving import names_of


async def page(hub: Hub) -> str:
    """Return the metrics of a hub in the text exposition format.

    Raises:
        StoreError: The database did not answer.
    """
    at = hub.clock()
    return written(
        [
            gauge(
                "exchange_refuses_to_sign",
                "1 while an operator has to decide before anything, or a checkpoint, is signed",
                bool(hub.refuses_to_sign or hub.checkpoints_stopped),
            ),
            gauge("exchange_ledger_entries", "leaves of the ledger", await hub.store.tree_size()),
            *_of_lists(hub.trust.lists, at),
            *_of_ends(await ending_soon(hub)),
            *_of_suspensions(hub, at),
            gauge(
                "exchange_notices_late",
                "notices, status changes and revisions that a recipient has not acknowledged "
                "within 24 hours",
                await hub.store.count_late(at=at - LATE_AFTER),
            ),
            *_of_partners(await freshness(hub)),
            *_of_watch(hub, at),
        ]
    )


def _of_lists(lists: Iterable[TrustList], at: datetime) -> Iterator[Metric]:
    named = [({"list": names_of(one)[0]}, one) for one in lists]
    yield gauges(
        "exchange_trust_list_sequence",
        "number of the list in force",
        ((labels, one.sequence) for labels, one in named),
    )
    yield gauges(
        "exchange_trust_list_keys",
        "keys on the list, whatever their status",
        ((labels, sum(len(body.keys) for body in one.bodies)) for labels, one in named),
    )
    yield gauges(
        "exchange_trust_list_age_seconds",
        "time since the list was issued",
        ((labels, (at - one.issued_at).total_seconds()) for labels, one in named),
    )
    yield gauges(
        "exchange_trust_list_left_seconds",
        "time until the next update of the list; negative when it has passed",
        ((labels, (one.next_update - at).total_seconds()) for labels, one in named),
    )


def _of_ends(found: Iterable[Expiring]) -> Iterator[Metric]:
    ends = tuple(found)
    reached = Counter((one.subject.value, one.threshold) for one in ends)
    yield gauges(
        "exchange_expiring",
        "keys, lists and delegations by the shortest threshold that they have reached, in days; "
        "0 has ended",
        (
            ({"subject": subject, "days": str(days)}, count)
            for (subject, days), count in sorted(
                (key, count) for key, count in reached.items() if key[1] is not None
            )
        ),
    )
    yield gauges(
        "exchange_left_seconds",
        "time until the end of each thing that ends within 60 days; negative when it has passed",
        (
            (
                {"subject": one.subject.value, "name": one.name, "identity": one.identity},
                one.left.total_seconds(),
            )
            for one in ends
        ),
    )


def _of_suspensions(hub: Hub, at: datetime) -> Iterator[Metric]:
    known = () if hub.keeper is None else tuple(hub.keeper.state.suspensions.values())
    unanswered = [one for one in known if one.ended_at is None]
    yield gauge(
        "exchange_suspensions_open",
        "emergency suspensions that two persons have not answered yet",
        len(unanswered),
    )
    yield gauge(
        "exchange_suspensions_overdue",
        "those of them that are older than 24 hours",
        sum(one.alarms_at <= at for one in unanswered),
    )


def _of_partners(rows: tuple[Freshness, ...]) -> Iterator[Metric]:
    partners: dict[str, list[Freshness]] = {}
    for row in rows:
        partners.setdefault(row.partner, []).append(row)
    colours = Counter(worst(mine) for mine in partners.values())
    yield gauges(
        "exchange_partners",
        "partners by the worst colour of their lists",
        (({"colour": colour.value}, colours[colour]) for colour in Colour),
    )
    said = [({"partner": row.partner, "list": row.name}, row) for row in rows]
    yield gauges(
        "exchange_partner_list_age_seconds",
        "time since a partner last said that it holds the list",
        ((labels, row.age.total_seconds()) for labels, row in said if row.age is not None),
    )
    yield gauges(
        "exchange_partner_list_sequence",
        "number of the list that a partner holds",
        ((labels, row.sequence) for labels, row in said if row.sequence is not None),
    )
    yield gauges(
        "exchange_partner_keys_held",
        "keys that a partner holds from all lists",
        ((labels, row.keys) for labels, row in said if row.keys is not None),
    )


def _of_watch(hub: Hub, at: datetime) -> Iterator[Metric]:
    watch = hub.watch
    yield counters(
        "exchange_warnings_total",
        "warnings of ends given by this process",
        (
            ({"subject": subject, "days": str(days)}, count)
            for (subject, days), count in sorted(watch.warnings.items())
        ),
    )
    yield counters(
        "exchange_mails_total",
        "mails handed in, by outcome",
        (({"outcome": outcome}, count) for outcome, count in sorted(watch.mails.items())),
    )
    yield counters(
        "exchange_list_fetches_total",
        "turns of fetching lists from another hub, by outcome",
        (({"outcome": outcome}, count) for outcome, count in sorted(watch.fetches.items())),
    )
    fetched = watch.fetched_at
    yield gauges(
        "exchange_lists_fetched_seconds",
        "time since lists were last fetched from another hub and found good",
        () if fetched is None else (({}, (at - fetched).total_seconds()),),
    )
