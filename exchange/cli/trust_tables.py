"""What a hub says about trust, as tables that a person can read.

Everything here comes from the hub's JSON and is only shown: names were written by strangers, so
nothing in them steers a terminal. What is decided on is verified elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exchange.cli.foreign_text import shown

SHORT: Final = 8
"""Digits of a digest that a table shows; enough to name it in a command."""
_MANY: Final = 4
"""Lists from which on they are counted instead of named."""
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
    for one in _rows(values, "administrators"):
        people.add_row(
            _text(one.get("person")),
            _text(one.get("role")),
            _text(one.get("name")),
            _short(one.get("key")),
            _day(one.get("not_after")),
        )
    console.print(people)
    keys = table_of("body", "role", "key", "stands", "signs until", "accepted")
    for body in _rows(values, "bodies"):
        found = _rows(body, "keys")
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
    for key in _rows(values, "keys"):
        legal = key.get("legal_basis")
        law = f"{legal['instrument']} ({legal['level']})" if isinstance(legal, dict) else "none"
        keys.add_row(*_key_cells(key), _text(key.get("custody")), _text(law))
    console.print(keys)
    events = table_of("key", "stands", "since", "on the word of", "because", "action")
    for record in _rows(values, "history"):
        for index, event in enumerate(_rows(record, "events")):
            events.add_row(
                _short(record.get("fingerprint")) if index == 0 else Text(),
                _state(event.get("state")),
                _instant(event.get("at")),
                lines_of(event.get("persons") or ("the founding",)),
                _text(event.get("reason")),
                _short(event.get("action")),
            )
    console.print(events)


def show_proposals(values: Mapping[str, Any], console: Console) -> None:
    """Print proposals, oldest first."""
    rows = _rows(values, "proposals")
    if not rows:
        console.print("no proposals")
        return
    table = table_of(
        "proposal", "state", "by", "at", "takes effect", "about", "because", "decided by"
    )
    for one in rows:
        table.add_row(
            _short(one.get("digest")),
            _state(one.get("state")),
            _text(one.get("proposer")),
            _instant(one.get("at")),
            _text(_activation(one)),
            _text(", ".join(str(c.get("subject")) for c in _rows(one, "changes"))),
            _text(one.get("reason")),
            _text(one.get("decided_by")),
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
        for change in _rows(values, "changes")
        for arrival in _rows(change, "arrivals")
    ]
    if arriving:
        table = table_of(
            "key that arrives", "for", "letter", "sent by", "confirmed by", "with", "how"
        )
        for change, arrival in arriving:
            evidence = arrival.get("evidence")
            given = evidence if isinstance(evidence, dict) else {}
            table.add_row(
                _short(arrival.get("fingerprint")),
                _text(change.get("subject")),
                _text(given.get("title", "none yet: approval needs it")),
                _text(given.get("sent_by")),
                _text(given.get("confirmed_by")),
                _text(given.get("confirmed_with")),
                _text(given.get("channel")),
            )
        console.print(table)
    show_effects(values, console)


def show_effects(values: Mapping[str, Any], console: Console) -> None:
    """Print what will change, and the digest by which an approval names it."""
    table = table_of("", "what will change")
    for number, one in enumerate(_rows(values, "effects"), start=1):
        table.add_row(str(number), _text(one.get("sentence")))
    if table.row_count:
        console.print(table)
    for one in _rows(values, "obstacles"):
        console.print(
            Text.assemble((f"{one.get('code')}", "red"), shown(f": {one.get('message')}")),
            soft_wrap=True,
        )
        console.print(Text(f"  next: {one.get('remedy')}", style="dim"), soft_wrap=True)
    if values.get("shown"):
        _facts(console, (("shown", values.get("shown")),))


def show_suspensions(values: Mapping[str, Any], console: Console) -> None:
    """Print emergency suspensions, and what was refused meanwhile."""
    rows = _rows(values, "suspensions")
    table = table_of("suspension", "of", "key", "by", "at", "because", "alarms", "lifted")
    for one in rows:
        table.add_row(
            _short(one.get("digest")),
            _text(one.get("body")),
            _short(one.get("key")),
            _text(one.get("person")),
            _instant(one.get("at")),
            _text(one.get("reason")),
            _instant(one.get("alarms_at")),
            _instant(one.get("ended_at")),
        )
    console.print(table if rows else "nothing was suspended by one person")
    refused = _rows(values, "refused")
    if refused:
        documents = table_of("refused meanwhile", "from", "at", "under", "told")
        for one in refused:
            documents.add_row(
                _text(one.get("message_id")),
                _text(one.get("sender")),
                _instant(one.get("received_at")),
                Text(" ").join((_text(one.get("body")), _short(one.get("key")))),
                _instant(one.get("told_at")),
            )
        console.print(documents)


def show_freshness(values: Mapping[str, Any], console: Console) -> None:
    """Print which partner holds which version of which list."""
    table = table_of("partner", "lists", "fresh", "holds", "keys", "asked", "because")
    told = [_freshness(one) for one in _rows(values, "partners")]
    for (partner, *rest), group in groupby(told, key=lambda one: one[:2]):
        names = [name for _, _, name in group]
        fresh, holds, keys, asked, because = rest[0]
        few = ", ".join(names) if len(names) < _MANY else f"{len(names)} lists"
        table.add_row(
            _text(partner),
            _text(few),
            _state(fresh),
            _text(holds),
            _text(keys),
            _instant(asked),
            _text(because),
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
    rows = _rows(values, "expiring")
    table = table_of("what", "ends", "days left", "warned at", "followed by")
    for one in rows:
        days = one.get("days_left")
        late = isinstance(days, int) and days < 0
        table.add_row(
            _text(one.get("name")),
            _instant(one.get("ends_at")),
            shown(str(days), "bold red" if late else ""),
            _text(one.get("threshold")),
            _short(one.get("follower")),
        )
    console.print(table if rows else "nothing ends within 60 days")


def show_rehearsal(values: Mapping[str, Any], console: Console) -> None:
    """Print what would break."""
    show_effects(values, console)
    show_touched(values, console)


def show_touched(values: Mapping[str, Any], console: Console) -> None:
    """Print which deliveries, partners and documents a change touches."""
    flight = _rows(values, "in_flight")
    if flight:
        table = table_of("document in flight", "kind", "from", "to", "since", "key")
        for one in flight:
            table.add_row(
                _short(one.get("content_digest")),
                _text(one.get("kind")),
                _text(one.get("issuer")),
                _text(one.get("addressee") or "waiting for the one before it"),
                _instant(one.get("received_at")),
                _short(one.get("key")),
            )
        console.print(table)
    behind = _rows(values, "behind")
    if behind:
        table = table_of("partner behind", "list", "holds", "newest")
        for one in behind:
            held = one.get("held")
            table.add_row(
                _text(one.get("partner")),
                _text(one.get("list")),
                _text("never asked" if held is None else held),
                _text(one.get("current")),
            )
        console.print(table)
    verdicts = _rows(values, "verdicts")
    if verdicts:
        table = table_of("verdict that changes", "from", "received", "now", "then")
        for one in verdicts:
            table.add_row(
                _short(one.get("content_digest")),
                _text(one.get("issuer")),
                _instant(one.get("received_at")),
                _text(one.get("before")),
                _text(one.get("after")),
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
        return _text(body.get("id"))
    return Text("\n").join((_text(body.get("id")), _state(state)))


def _key_cells(key: Mapping[str, Any]) -> tuple[Text, ...]:
    return (
        _text(key.get("role")),
        _short(key.get("fingerprint")),
        _state(key.get("state")),
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


def _rows(values: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = values.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _text(value: object) -> Text:
    return shown("" if value is None else str(value))


def _state(value: object) -> Text:
    text = "" if value is None else str(value)
    return shown(text, _STYLES.get(text, ""))


def _short(value: object) -> Text:
    text = "" if value is None else str(value)
    return shown(f"{text[:SHORT]}…" if len(text) > SHORT else text)


def _instant(value: object) -> Text:
    return shown("" if value is None else str(value)[:16].replace("T", " "))


def _day(value: object) -> Text:
    return shown("" if value is None else str(value)[:10])
