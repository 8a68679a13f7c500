"""The two engines give the same answers to the same questions, whatever the order of events.

One machine drives a store on SQLite and a store on PostgreSQL with the same entries and compares
every answer, refusals included, and in the end what both have kept, ledger and all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import ClassVar, Final, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from exchange.codes.status_changes import StatusChangeCode
from exchange.core.deliveries import Leased
from exchange.core.entry import Entry, NewAttestation, NewStatusChange, Verdict
from exchange.core.hold import Lapse
from exchange.core.lifecycle import CHANGES, Change
from exchange.core.model import BodyId, MessageId, Status
from exchange.errors import ExchangeError
from exchange.store.store import Store
from tests.store.samples import HUB, Samples, later

T = TypeVar("T")
MOVES: Final = sorted((change, *move) for change, moves in CHANGES.items() for move in moves)
PARTS: Final = ("product A", "product B", "site S1")
SEEN: Final[set[str]] = set()
"""The types of all answers, so that the test sees whether it has asked enough."""


class Engines(RuleBasedStateMachine):
    """Two stores that must not be told apart by what they answer."""

    runner: ClassVar[asyncio.Runner]
    stores: ClassVar[tuple[Store, Store]]
    numbers: ClassVar[Iterator[int]]

    def __init__(self) -> None:
        """Begin with names of its own: what earlier runs left in the databases stays there."""
        super().__init__()
        number = next(self.numbers)
        self.samples = Samples(seed=number, size=300)
        self.puller = BodyId(f"BR-RA-{number}")
        self.entries: list[Entry] = []
        self.leased: list[Leased] = []
        self.minutes = 0

    def both(self, ask: Callable[..., Awaitable[object]], *about: object) -> object:
        """Ask both stores, one after the other, and return the answer that both give."""

        async def answer(store: Store) -> object:
            try:
                return await ask(store, *about)
            except ExchangeError as error:
                return (type(error).__name__, error.findings)

        lite, post = (self.runner.run(answer(store)) for store in self.stores)
        assert lite == post
        SEEN.add(lite[0] if isinstance(lite, tuple) and lite else type(lite).__name__)
        return lite

    def now(self) -> datetime:
        """Return an instant that moves on with every question."""
        self.minutes += 1
        return later(minutes=self.minutes)

    def commit(self, entry: Entry) -> None:
        """Commit on both, as the service does: what is refused or early is kept as such."""
        answer = self.both(Store.commit, entry)
        if not isinstance(answer, tuple):
            self.entries.append(entry)
        elif answer[0] == "RuleError":
            self.both(Store.commit, self.rejected(entry))
        elif answer[0] == "UndecidedError":
            held = replace(entry, verdict=Verdict.HELD, hold_until=later(minutes=self.minutes + 5))
            self.both(Store.commit, held)

    def rejected(self, entry: Entry) -> Entry:
        """Return a refusal whose receipt does not differ between the two stores."""
        return replace(
            entry,
            verdict=Verdict.REJECTED,
            statement=None,
            deliveries=(),
            receipt=replace(entry.receipt, stage="rejected", outcome="rejected"),
        )

    @rule(push=st.booleans(), parts=st.sets(st.sampled_from(PARTS)))
    def attest(self, push: bool, parts: set[str]) -> None:  # noqa: FBT001
        """Commit a new attestation."""
        self.commit(
            self.samples.attestation(
                pull=(self.puller,),
                push=(BodyId(f"{self.puller}-P"),) if push else (),
                parts=frozenset(parts),
            )
        )

    @precondition(lambda self: self.entries)
    @rule(
        of=st.integers(0, 9),
        sequence=st.integers(1, 3),
        move=st.sampled_from(MOVES),
        removed=st.sets(st.sampled_from(PARTS), max_size=2),
    )
    def change(
        self, of: int, sequence: int, move: tuple[Change, Status, Status], removed: set[str]
    ) -> None:
        """Commit a status change, in turn or not, possible or not."""
        entry = self.attestations()[of % len(self.attestations())]
        change, previous, new = move
        self.commit(
            self.samples.status_change(
                entry, sequence, previous, new, change, removed=frozenset(removed)
            )
        )

    @precondition(lambda self: self.entries)
    @rule(of=st.integers(0, 9), revision=st.integers(0, 2))
    def revise(self, of: int, revision: int) -> None:
        """Commit a revision, in turn or not."""
        entry = self.attestations()[of % len(self.attestations())]
        self.commit(self.samples.revision(entry, revision, pull=(self.puller,)))

    @precondition(lambda self: self.entries)
    @rule(of=st.integers(0, 9), how=st.sampled_from(["same", "other octets", "other message"]))
    def repeat(self, of: int, how: str) -> None:
        """Send something again, honestly or not."""
        entry = self.entries[of % len(self.entries)]
        match how:
            case "other octets":
                other = self.samples.attestation(pull=())
                message = replace(other.message, message_id=entry.message.message_id)
                again = replace(other, message=replace(message, sender=entry.message.sender))
            case "other message":
                again = self.samples.again(entry)
            case _:
                again = entry
        self.both(Store.commit, again)

    @rule(many=st.integers(2, 5))
    def crowd(self, many: int) -> None:
        """Commit several at once, two of them under one message id."""
        entries = [self.samples.attestation(pull=(self.puller,)) for _ in range(many)]
        name = MessageId(entries[0].message.message_id)
        entries[-1] = replace(entries[-1], message=replace(entries[-1].message, message_id=name))

        async def together(store: Store) -> object:
            answers = await asyncio.gather(
                *(store.commit(entry) for entry in entries), return_exceptions=True
            )
            return [str(one) if isinstance(one, Exception) else one for one in answers]

        self.both(together)
        self.entries += entries[:-1]

    @rule(limit=st.integers(1, 3), minutes=st.integers(0, 2))
    def lease(self, limit: int, minutes: int) -> None:
        """Take deliveries; a lease of no time comes back at once."""
        at = self.now()
        until = later(minutes=self.minutes + minutes)
        leased = self.both(lambda store: store.lease(self.puller, limit=limit, at=at, until=until))
        assert isinstance(leased, tuple)
        self.leased += leased

    @precondition(lambda self: self.leased)
    @rule(which=st.integers(0, 9), wrong=st.sampled_from(["", "digest", "chain"]))
    def acknowledge(self, which: int, wrong: str) -> None:
        """Acknowledge a delivery, once or again, rightly or not."""
        leased = self.leased[which % len(self.leased)]
        field = {"digest": "message_digest", "chain": "previous"}.get(wrong)
        changed = {} if field is None else {field: b"\x07" * 32}
        answer = self.samples.acknowledgement(leased, **changed)
        self.both(Store.acknowledge, answer)

    @rule(gives_up=st.booleans())
    def push(self, gives_up: bool) -> None:  # noqa: FBT001
        """Let pushes fail, some for the last time, and begin one of those again."""
        at = self.now()
        claims = self.both(
            lambda store: store.claim_pushes(limit=2, at=at, until=later(minutes=self.minutes + 1))
        )
        assert isinstance(claims, tuple)
        then = None if gives_up else later(minutes=self.minutes + 2)
        for claim in claims:
            self.fail(claim, at, then)
        for claim in claims[:1]:
            again = partial(Store.resend, at=at, deadline=None)
            self.both(again, claim.delivery_id)

    def fail(self, claim: Leased, at: datetime, then: datetime | None) -> None:
        """Note a failed attempt."""
        note = partial(Store.attempted, at=at, next_at=then, code="peer.timeout")
        self.both(note, claim.delivery_id)

    @rule()
    def give_up_holds(self) -> None:
        """End what waits in vain."""
        self.end_holds(later(minutes=self.minutes))

    def end_holds(self, at: datetime) -> None:
        """End what waits in vain at an instant."""
        for hold in (
            *self.asked(lambda store: store.lapsed_holds(at=at, limit=100)),
            *self.asked(lambda store: store.untold_holds(limit=100)),
        ):
            receipt = self.samples.receipt(hold.message.digest, hold.content_digest, "failed", HUB)
            code = hold.fault or StatusChangeCode.STC_02
            self.both(Store.lapse, Lapse(hold=hold, receipt=receipt, at=at, code=code))

    def asked(self, ask: Callable[[Store], Awaitable[tuple[T, ...]]]) -> tuple[T, ...]:
        """Return the tuple that both give."""
        found = self.both(ask)
        assert isinstance(found, tuple)
        return found

    def attestations(self) -> list[Entry]:
        """Return the entries that status changes and revisions can be about."""
        return [e for e in self.entries if e.statement and not is_change(e)]

    def teardown(self) -> None:
        """Compare everything that was kept, and leave nothing open for the next run."""
        tomorrow = later(days=1)
        self.end_holds(tomorrow)
        while claims := self.asked(
            lambda store: store.claim_pushes(limit=100, at=tomorrow, until=tomorrow)
        ):
            for claim in claims:
                self.fail(claim, tomorrow, None)
        size = self.both(Store.tree_size)
        assert isinstance(size, int)
        self.both(Store.root, size)
        self.both(Store.dead_letters)
        self.both(Store.next_push_at)
        for entry in self.entries:
            statement = entry.statement
            assert statement is not None
            digest = statement.content_digest
            self.both(Store.statement, digest)
            self.both(Store.receipts, digest)
            self.both(Store.deliveries, digest)
            if isinstance(statement.claim, NewAttestation):
                self.both(Store.register, statement.claim.attestation_id)


def is_change(entry: Entry) -> bool:
    """Tell whether an entry brings a status change."""
    return entry.statement is not None and isinstance(entry.statement.claim, NewStatusChange)


def test_engines_give_the_same_answers(tmp_path: Path, postgres_url: str) -> None:
    urls = (f"sqlite:///{tmp_path}/hub.sqlite3", postgres_url)
    SEEN.clear()
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()

        async def opened(url: str) -> Store:
            return await stack.enter_async_context(Store.open(url))

        Engines.runner = runner
        Engines.numbers = count(1)
        lite, post = (runner.run(opened(url)) for url in urls)
        Engines.stores = (lite, post)
        try:
            run_state_machine_as_test(
                Engines,
                settings=settings(
                    max_examples=25,
                    stateful_step_count=20,
                    deadline=None,
                    derandomize=True,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        finally:
            runner.run(stack.aclose())

    assert {"Committed", "Acknowledged", "RuleError", "RefusedError", "UndecidedError"} <= SEEN


@pytest.mark.parametrize("other", ["lite", "post"])
def test_machine_sees_a_difference(other: str) -> None:
    machine = Engines.__new__(Engines)

    async def answer(store: object) -> object:
        return store == other

    with asyncio.Runner() as runner:
        Engines.runner = runner
        Engines.stores = ("lite", "post")  # type: ignore[assignment]
        with pytest.raises(AssertionError):
            machine.both(answer)
