"""The boards of a hub, as tables that a person can read: suspensions, freshness, what ends soon.

As everything that `exchange.cli.trust_tables` shows, they come from the hub's JSON and are only
shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from exchange.cli.foreign_text import shown
from exchange.cli.trust_tables import (
    instant_of,
    rows_of,
    short_of,
    state_of,
    table_of,
    text_of,
)

_MANY: Final = 4
"""Lists from which on they are counted instead of named."""


def show_suspensions(values: Mapping[str, Any], console: Console) -> None:
    """Print emergency suspensions, and what was refused meanwhile."""
    rows = rows_of(values, "suspensions")
    table = table_of("suspension", "of", "key", "by", "at", "because", "alarms", "lifted")
    for one in rows:
        table.add_row(
            short_of(one.get("digest")),
            text_of(one.get("body")),
            short_of(one.get("key")),
            text_of(one.get("person")),
            instant_of(one.get("at")),
            text_of(one.get("reason")),
            instant_of(one.get("alarms_at")),
            instant_of(one.get("ended_at")),
        )
    console.print(table if rows else "nothing was suspended by one person")
    refused = rows_of(values, "refused")
    if refused:
        documents = table_of("refused meanwhile", "from", "at", "under", "told")
        for one in refused:
            documents.add_row(
                text_of(one.get("message_id")),
                text_of(one.get("sender")),
                instant_of(one.get("received_at")),
                Text(" ").join((text_of(one.get("body")), short_of(one.get("key")))),
                instant_of(one.get("told_at")),
            )
        console.print(documents)


def show_freshness(values: Mapping[str, Any], console: Console) -> None:
    """Print which partner holds which version of which list."""
    table = table_of("partner", "lists", "fresh", "holds", "keys", "asked", "because")
    told = [_freshness(one) for one in rows_of(values, "partners")]
    for (partner, *rest), group in groupby(told, key=lambda one: one[:2]):
        names = [name for _, _, name in group]
        fresh, holds, keys, asked, because = rest[0]
        few = ", ".join(names) if len(names) < _MANY else f"{len(names)} lists"
        table.add_row(
            text_of(partner),
            text_of(few),
            state_of(fresh),
            text_of(holds),
            text_of(keys),
            instant_of(asked),
            text_of(because),
        )
    console.print(table if told else "no partners")


def _freshness(one: Mapping[str, Any]) -> tuple[str, tuple[Any, ...], str]:
    """Return partner, how fresh it is, and the list: what agrees in the first two is one row."""
    held, current = one.get("held"), one.get("current")
    holds = "newest" if held == current else f"{held} of {current}" if held is not None else ""
    fresh = (one.get("colour"), holds, one.get("keys"), one.get("at"), one.get("reason"))
    return str(one.get("partner")), fresh, str(one.get("list"))


def show_expiring(values: Mapping[str, Any], console: Console) -> None:
    """Print what ends soon."""
    rows = rows_of(values, "expiring")
    table = table_of("what", "ends", "days left", "warned at", "followed by")
    for one in rows:
        days = one.get("days_left")
        late = isinstance(days, int) and days < 0
        table.add_row(
            text_of(one.get("name")),
            instant_of(one.get("ends_at")),
            shown(str(days), "bold red" if late else ""),
            text_of(one.get("threshold")),
            short_of(one.get("follower")),
        )
    console.print(table if rows else "nothing ends within 60 days")
