"""What a hub says about trust, as tables that a person can read.

Everything here comes from the hub's JSON and is only shown: names were written by strangers, so
nothing in them steers a terminal. What is decided on is verified elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exchange.cli.foreign_text import shown

SHORT: Final = 8
"""Digits of a digest that a table shows; enough to name it in a command."""
_STYLES: Final[Mapping[str, str]] = {
    "proposed": "cyan",
    "open": "cyan",
    "approved": "cyan",
    "active": "green",
    "green": "green",
    "retiring": "yellow",
    "amber": "yellow",
    "outdated": "yellow",
    "retired": "dim",
    "rejected": "dim",
    "suspended": "bold red",
    "revoked": "bold red",
    "red": "bold red",
    "stopped": "bold red",
    "ended": "dim",
}


def show_state(values: Mapping[str, Any], console: Console) -> None:
    """Print who may act, who is trusted, and what waits."""
    caller = values.get("caller", {})
    _facts(
        console,
        (
            ("hub", values.get("hub")),
            ("root", values.get("root")),
            ("actions", values.get("actions")),
            ("you", f"{caller.get('person')}, {caller.get('role')} of {caller.get('body')}"),
            ("waiting", values.get("waiting")),
            ("suspended", values.get("suspensions")),
        ),
    )
    people = table_of("person", "role", "name", "key", "until")
    for one in rows_of(values, "administrators"):
        people.add_row(
            text_of(one.get("person")),
            text_of(one.get("role")),
            text_of(one.get("name")),
            short_of(one.get("key")),
            _day(one.get("not_after")),
        )
    console.print(people)
    keys = table_of("body", "role", "key", "stands", "signs until", "accepted")
    for body in rows_of(values, "bodies"):
        found = rows_of(body, "keys")
        for index, key in enumerate(found):
            keys.add_row(
                _body_cell(body) if index == 0 else Text(),
                *_key_cells(key),
                end_section=index == len(found) - 1,
            )
    console.print(keys)


def show_entry(values: Mapping[str, Any], console: Console) -> None:
    """Print the entry of a body with the history of its keys."""
    names = values.get("names", {})
    _facts(
        console,
        (
            ("body", values.get("id")),
            ("name", " / ".join(map(str, names.values())) if isinstance(names, dict) else ""),
            ("roles", ", ".join(map(str, values.get("roles", ())))),
            ("state", "stopped" if values.get("stopped") else values.get("state")),
            ("entry", values.get("digest")),
        ),
    )
    keys = table_of("role", "key", "stands", "signs until", "accepted", "custody", "law")
    for key in rows_of(values, "keys"):
        legal = key.get("legal_basis")
        law = f"{legal['instrument']} ({legal['level']})" if isinstance(legal, dict) else "none"
        keys.add_row(*_key_cells(key), text_of(key.get("custody")), text_of(law))
    console.print(keys)
    events = table_of("key", "stands", "since", "on the word of", "because", "action")
    for record in rows_of(values, "history"):
        for index, event in enumerate(rows_of(record, "events")):
            events.add_row(
                short_of(record.get("fingerprint")) if index == 0 else Text(),
                state_of(event.get("state")),
                instant_of(event.get("at")),
                lines_of(event.get("persons") or ("the founding",)),
                text_of(event.get("reason")),
                short_of(event.get("action")),
            )
    console.print(events)


def show_proposals(values: Mapping[str, Any], console: Console) -> None:
    """Print proposals, oldest first."""
    rows = rows_of(values, "proposals")
    if not rows:
        console.print("no proposals")
        return
    table = table_of(
        "proposal", "state", "by", "at", "takes effect", "about", "because", "decided by"
    )
    for one in rows:
        table.add_row(
            short_of(one.get("digest")),
            state_of(one.get("state")),
            text_of(one.get("proposer")),
            instant_of(one.get("at")),
            text_of(_activation(one)),
            text_of(", ".join(str(c.get("subject")) for c in rows_of(one, "changes"))),
            text_of(one.get("reason")),
            text_of(one.get("decided_by")),
        )
    console.print(table)


def show_proposal(values: Mapping[str, Any], console: Console) -> None:
    """Print one proposal with what will change."""
    _facts(
        console,
        (
            ("proposal", values.get("digest")),
            ("state", values.get("state")),
            ("by", values.get("proposer")),
            ("at", values.get("at")),
            ("takes effect", _activation(values)),
            ("because", values.get("reason")),
            ("decided by", values.get("decided_by")),
            ("objection", values.get("objection")),
        ),
    )
    arriving = [
        (change, arrival)
        for change in rows_of(values, "changes")
        for arrival in rows_of(change, "arrivals")
    ]
    if arriving:
        table = table_of(
            "key that arrives", "for", "letter", "sent by", "confirmed by", "with", "how"
        )
        for change, arrival in arriving:
            evidence = arrival.get("evidence")
            given = evidence if isinstance(evidence, dict) else {}
            table.add_row(
                short_of(arrival.get("fingerprint")),
                text_of(change.get("subject")),
                text_of(given.get("title", "none yet: approval needs it")),
                text_of(given.get("sent_by")),
                text_of(given.get("confirmed_by")),
                text_of(given.get("confirmed_with")),
                text_of(given.get("channel")),
            )
        console.print(table)
    show_effects(values, console)


def show_effects(values: Mapping[str, Any], console: Console) -> None:
    """Print what will change, and the digest by which an approval names it."""
    table = table_of("", "what will change")
    for number, one in enumerate(rows_of(values, "effects"), start=1):
        table.add_row(str(number), text_of(one.get("sentence")))
    if table.row_count:
        console.print(table)
    for one in rows_of(values, "obstacles"):
        console.print(
            Text.assemble((f"{one.get('code')}", "red"), shown(f": {one.get('message')}")),
            soft_wrap=True,
        )
        console.print(Text(f"  next: {one.get('remedy')}", style="dim"), soft_wrap=True)
    if values.get("shown"):
        _facts(console, (("shown", values.get("shown")),))


def show_rehearsal(values: Mapping[str, Any], console: Console) -> None:
    """Print what would break."""
    show_effects(values, console)
    show_touched(values, console)


def show_touched(values: Mapping[str, Any], console: Console) -> None:
    """Print which deliveries, partners and documents a change touches."""
    flight = rows_of(values, "in_flight")
    if flight:
        table = table_of("document in flight", "kind", "from", "to", "since", "key")
        for one in flight:
            table.add_row(
                short_of(one.get("content_digest")),
                text_of(one.get("kind")),
                text_of(one.get("issuer")),
                text_of(one.get("addressee") or "waiting for the one before it"),
                instant_of(one.get("received_at")),
                short_of(one.get("key")),
            )
        console.print(table)
    behind = rows_of(values, "behind")
    if behind:
        table = table_of("partner behind", "list", "holds", "newest")
        for one in behind:
            held = one.get("held")
            table.add_row(
                text_of(one.get("partner")),
                text_of(one.get("list")),
                text_of("never asked" if held is None else held),
                text_of(one.get("current")),
            )
        console.print(table)
    verdicts = rows_of(values, "verdicts")
    if verdicts:
        table = table_of("verdict that changes", "from", "received", "now", "then")
        for one in verdicts:
            table.add_row(
                short_of(one.get("content_digest")),
                text_of(one.get("issuer")),
                instant_of(one.get("received_at")),
                text_of(one.get("before")),
                text_of(one.get("after")),
            )
        console.print(table)
    judged = f"{values.get('judged')}{'' if values.get('complete') else ', the newest ones'}"
    _facts(
        console,
        (
            ("takes effect", str(values.get("at", ""))[:19].replace("T", " ")),
            ("judged again", judged),
            ("would change", len(verdicts)),
            ("in flight", len(flight)),
            ("behind", len(behind)),
        ),
    )


def lines_of(texts: Iterable[object]) -> Text:
    """Return foreign texts, one a line."""
    return Text("\n").join(shown(str(one)) for one in texts)


def _body_cell(body: Mapping[str, Any]) -> Text:
    """Return the id of a body, with its state where that is not as usual."""
    state = "stopped" if body.get("stopped") else body.get("state")
    if state == "active":
        return text_of(body.get("id"))
    return Text("\n").join((text_of(body.get("id")), state_of(state)))


def _key_cells(key: Mapping[str, Any]) -> tuple[Text, ...]:
    return (
        text_of(key.get("role")),
        short_of(key.get("fingerprint")),
        state_of(key.get("state")),
        _day(key.get("signs_until")),
        _day(key.get("accepted_until")),
    )


def _activation(values: Mapping[str, Any]) -> str:
    given = values.get("activation")
    activation = given if isinstance(given, dict) else {}
    at = str(activation.get("at", ""))[:16].replace("T", " ")
    return f"when all have fetched, at the latest {at}" if activation.get("when_fetched") else at


def table_of(*columns: str) -> Table:
    """Return an empty table in the manner of the house."""
    table = Table(header_style="bold", expand=False)
    for name in columns:
        # Names are folded, never cut: what is cut cannot be typed again.
        table.add_column(name, overflow="fold")
    return table


def _facts(console: Console, facts: Iterable[tuple[str, object]]) -> None:
    for name, value in facts:
        if value not in (None, ""):
            console.print(Text(f"{name:<14}").append_text(shown(str(value))), soft_wrap=True)


def rows_of(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a list; what is none is passed over."""
    found = values.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def text_of(value: object) -> Text:
    """Return foreign text, nothing for nothing."""
    return shown("" if value is None else str(value))


def state_of(value: object) -> Text:
    """Return a state in its colour."""
    text = "" if value is None else str(value)
    return shown(text, _STYLES.get(text, ""))


def short_of(value: object) -> Text:
    """Return the beginning of a digest, enough to name it in a command."""
    text = "" if value is None else str(value)
    return shown(f"{text[:SHORT]}…" if len(text) > SHORT else text)


def instant_of(value: object) -> Text:
    """Return an instant in minutes."""
    return shown("" if value is None else str(value)[:16].replace("T", " "))


def _day(value: object) -> Text:
    return shown("" if value is None else str(value)[:10])
