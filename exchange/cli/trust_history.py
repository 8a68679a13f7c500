"""`exchange trust history`: every action since the founding, and whether each of them counts.

Verifying needs the sealed statements and the fingerprint of the root, and nothing else: no hub,
no database, no network. Whoever has an export can do it in a hundred years.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json as jsonlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final, assert_never

import typer
from rich.console import Console
from rich.progress import track

from exchange.cli.administrator import (
    AdminOption,
    HubAddress,
    KeyFile,
    PinnedRoot,
    Who,
    administering,
    who,
)
from exchange.cli.arguments import Json, alone, epilog, fingerprint
from exchange.cli.files import progress_console, write_new
from exchange.cli.foreign_text import shown
from exchange.cli.trust_propose import write_json
from exchange.cli.trust_tables import SHORT, lines_of, table_of
from exchange.codes.actions import ActionCode
from exchange.codes.service import RefusedCode, SettingsCode
from exchange.core.actions.history import open_action, verify_history
from exchange.core.actions.values import (
    Activate,
    AdministratorChange,
    Approve,
    BodyChange,
    Change,
    Found,
    ListChange,
    PersonId,
    Propose,
    Reject,
    SealedAction,
    Suspend,
    Word,
)
from exchange.core.algorithms import ALGORITHMS
from exchange.core.limits import Limits
from exchange.core.periods import in_zulu
from exchange.errors import Finding, RefusedError, RuleError, SettingsError
from exchange.service.materials import load_catalogue

app = alone()

_BAR_FROM: Final = 200
"""Actions from which on a progress bar is shown; so many take about a second."""
_NAMED: Final = 3
"""Changes of one proposal that the table names; JSON names all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """One action as the hub hands it out."""

    number: int
    """1 for the founding."""
    received_at: datetime
    statement: bytes
    receipt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One action with those on whose word it counts."""

    number: int
    sealed: SealedAction
    persons: tuple[PersonId, ...]


@app.command(
    "history",
    help="""Show every action, and check that each of them counts.

    Without FILE the history is fetched from the hub. With --verify every seal, every person's
    own signature and every quorum is computed again from the statements alone, under the root:
    an edited row, a forged approval or a missing action is found. With FILE, an export that
    --out has written, this works off line; only --root is needed then.
    """,
    epilog=epilog(
        "exchange trust history --admin li-wei.toml",
        "exchange trust history --admin li-wei.toml --out history.jsonl",
        "exchange trust history --verify --root 5b0c… history.jsonl",
    ),
)
def history_command(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", exists=True, dir_okay=False, readable=True),
    ] = None,
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Compute every quorum again, under the root.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write an export; a file that is new.")
    ] = None,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Fetch or read, verify if asked, and print."""
    if file is not None:
        exported, pinned = _read(file), root
    else:
        said = who(admin, hub, key, root)
        exported, pinned = asyncio.run(_fetch(said)), said.root
    if out is not None:
        write_new(out, b"".join(map(_line, exported)))
    told = _verified(exported, pinned) if verify else _opened(exported)
    if json:
        write_json({"verified": verify, "actions": [_plain(one) for one in told]})
    else:
        _show(told, Console(highlight=False), verified=verify)


async def _fetch(said: Who) -> tuple[Exported, ...]:
    found: list[Exported] = []
    async with administering(said) as administration:
        after: int | None = 0
        with progress_console().status("fetching"):
            while after is not None:
                page = await administration.client.history(after=after, limit=200)
                found += [_exported(one, f"action {n}") for n, one in enumerate(page.records)]
                after = page.after
    return tuple(found)


def _read(path: Path) -> tuple[Exported, ...]:
    found: list[Exported] = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.strip():
            try:
                values = jsonlib.loads(line)
            except (ValueError, RecursionError) as exc:
                raise _broken(f"line {number}") from exc
            found.append(_exported(values, f"line {number}"))
    return tuple(found)


def _exported(values: Any, place: str) -> Exported:
    try:
        received_at = datetime.fromisoformat(values["received_at"])
        if received_at.tzinfo is None:
            raise _broken(place)
        # An `int` alone: JSON's true is none.
        if type(values["number"]) is not int:
            raise _broken(place)
        return Exported(
            number=values["number"],
            received_at=received_at,
            statement=base64.b64decode(values["statement"], validate=True),
            receipt=base64.b64decode(values.get("receipt", ""), validate=True),
        )
    except (KeyError, TypeError, AttributeError, ValueError, binascii.Error) as exc:
        raise _broken(place) from exc


def _line(one: Exported) -> bytes:
    values = {
        "number": one.number,
        "received_at": one.received_at.isoformat(),
        "statement": base64.b64encode(one.statement).decode("ascii"),
        "receipt": base64.b64encode(one.receipt).decode("ascii"),
    }
    return jsonlib.dumps(values).encode() + b"\n"


def _verified(exported: tuple[Exported, ...], root: str | None) -> tuple[Told, ...]:
    """Return the actions of a history that holds.

    Raises:
        SettingsError: No root is pinned.
        RuleError: It does not hold; the findings say which action, and why.
    """
    if not root:
        raise SettingsError(
            Finding(
                code=SettingsCode.VALUE,
                path="--root",
                message="expected the fingerprint of the root, as it was read aloud",
            )
        )
    _demand_all(exported)
    history = verify_history(
        ((one.statement, one.received_at) for one in _tracked(exported, "verifying")),
        root=fingerprint(root),
        catalogue=load_catalogue(),
        limits=Limits(),
        algorithms=ALGORITHMS,
    )
    return tuple(
        Told(number=one.number, sealed=one.sealed, persons=one.persons) for one in history.actions
    )


def _demand_all(exported: tuple[Exported, ...]) -> None:
    """Refuse a history in which a number is missing, before anything dearer is computed.

    An action on which no other one rests would leave no other trace.
    """
    for number, one in enumerate(exported, start=1):
        if one.number != number:
            raise RuleError(
                Finding(
                    code=ActionCode.ORDER,
                    path=f"/History/Action[{number}]",
                    message=f"expected action number {number}, found number {one.number}",
                )
            )


def _opened(exported: tuple[Exported, ...]) -> tuple[Told, ...]:
    """Return what the actions say; only their seals are checked."""
    catalogue, limits = load_catalogue(), Limits()
    found = []
    for number, one in enumerate(_tracked(exported, "reading"), start=1):
        sealed = open_action(
            one.statement, catalogue=catalogue, limits=limits, algorithms=ALGORITHMS
        )
        person = sealed.action.person
        found.append(Told(number=number, sealed=sealed, persons=(person,) if person else ()))
    return tuple(found)


def _tracked(exported: tuple[Exported, ...], what: str) -> Iterable[Exported]:
    few = len(exported) < _BAR_FROM
    return track(exported, what, disable=few, console=progress_console())


def _show(told: tuple[Told, ...], console: Console, *, verified: bool) -> None:
    table = table_of("", "at", "says", "about", "on the word of", "because", "action")
    for one in told:
        word = one.sealed.action.word
        table.add_row(
            str(one.number),
            f"{one.sealed.at:%Y-%m-%d %H:%M}",
            type(word).__name__.lower(),
            shown(_shortly(word)),
            lines_of(one.persons or ("the root" if one.number == 1 else "the hub",)),
            shown(_reason(word)),
            f"{one.sealed.digest.hex()[:SHORT]}…",
        )
    console.print(table)
    console.print(
        f"verified: {len(told)} actions, every seal, signature and quorum holds"
        if verified
        else "not verified: add --verify to compute every quorum again"
    )


def _plain(one: Told) -> Mapping[str, Any]:
    action = one.sealed.action
    return {
        "number": one.number,
        "at": in_zulu(one.sealed.at),
        "action": one.sealed.digest.hex(),
        "says": type(action.word).__name__.lower(),
        "about": _about(action.word),
        "person": action.person,
        "persons": list(one.persons),
        "reason": _reason(action.word),
        "sealed_by": one.sealed.sealed_by.hex(),
    }


def _shortly(word: Word) -> str:
    if isinstance(word, Propose) and len(word.changes) > _NAMED:
        first = ", ".join(map(_subject, word.changes[:_NAMED]))
        return f"{first} and {len(word.changes) - _NAMED} more"
    return _about(word)


def _about(word: Word) -> str:
    match word:
        case Found():
            return f"{word.hub.id}, {len(word.officers)} officers"
        case Propose():
            return ", ".join(map(_subject, word.changes))
        case Approve() | Reject() | Activate():
            return f"{word.proposal.hex()[:SHORT]}…"
        case Suspend():
            key = f" key {word.key.hex()[:SHORT]}…" if word.key is not None else ""
            return f"{word.body}{key}"
        case _:
            assert_never(word)


def _subject(change: Change) -> str:
    match change:
        case BodyChange():
            return change.body.id
        case AdministratorChange():
            return change.administrator.person
        case ListChange():
            return f"list of {change.territory}"
        case _:
            assert_never(change)


def _reason(word: Word) -> str:
    return word.reason if isinstance(word, Propose | Reject | Suspend) else ""


def _broken(place: str) -> RefusedError:
    return RefusedError(
        Finding(
            code=RefusedCode.BODY,
            path=place,
            message="expected a line of an export of history, found something else",
        )
    )
