"""Whatever people say, in whatever order: what was true stays true, and lists can be published."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache

import pytest

from exchange.core.actions.entries import entry_digest, key_state
from exchange.core.actions.fold import advance, fold
from exchange.core.actions.founding import begin
from exchange.core.actions.life import KeyState, ProposalState
from exchange.core.actions.listing import list_findings
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import (
    Activate,
    AdministratorChange,
    Change,
    SealedAction,
)
from exchange.core.competence import AccreditationPeriod, AccreditationState
from exchange.core.model import BodyId, BodyRole
from exchange.core.trust_values import Body, BodyPeriod, BodyState, KeyStatus
from exchange.errors import RuleError
from tests.core.actions.provocations import certifier, officers_of_authority
from tests.founded import (
    CB,
    CNAS,
    FOUNDED_AT,
    HUB,
    FoundedHub,
    Person,
    admitted,
    bring,
    make_list,
    make_person,
)

STEPS = 60
SEEDS = 8
BODIES = (HUB, CNAS, CB, BodyId("CN-CB-0777"), BodyId("CN-CB-0778"))


class Walk:
    """People who do one thing after the other, most of it refused."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - a die, not a key
        self.hub = admitted()
        self.people: list[Person] = [self.hub.li, self.hub.anna, self.hub.omar]
        self.people += officers_of_authority(self.hub)
        zhao = make_person("zhao", CB)
        self.hub.change(AdministratorChange(administrator=zhao.administrator))
        self.people.append(zhao)
        self.proposals: list[SealedAction] = []
        self.counted = 0
        self.reached: set[KeyState | None] = set()

    def step(self) -> None:
        """Let somebody do something, and time pass."""
        before = self.hub.state
        hours = self.dice.choice((0, 0, 1, 5, 24, 24 * 20))
        self.hub.clock.forward(timedelta(hours=hours, seconds=self.dice.randrange(2)))
        try:
            self.dice.choice(
                (
                    self.propose,
                    self.propose,
                    self.approve,
                    self.approve,
                    self.approve,
                    self.reject,
                    self.suspend,
                    self.activate,
                    self.bring,
                    self.agree,
                )
            )()
        except RuleError:
            # At most the first of two words counted.
            assert self.hub.state.count <= before.count + 1
        else:
            self.counted += 1
        self.check(before)

    def propose(self) -> None:
        changes = [self.change() for _ in range(self.dice.choice((1, 1, 1, 2)))]
        day = self.hub.clock.now + timedelta(hours=self.dice.choice((-1, 0, 30, 24 * 9)))
        person = self.dice.choice((self.hub.li, *self.people))
        proposal = self.hub.propose(person, *changes, at=day, when_fetched=self.dice.random() < 0.3)
        self.proposals.append(proposal)

    def bring(self) -> None:
        """Two who agree bring a key for a day."""
        key = bring(CB, seed=str(self.dice.randrange(8)))
        day = self.hub.clock.now + timedelta(hours=self.dice.choice((2, 30)))
        proposal = self.hub.propose(self.hub.li, self.hub.arrival_change(CB, key), at=day)
        self.proposals.append(proposal)
        self.hub.approve(self.hub.anna, proposal)

    def agree(self) -> None:
        """Two who agree change anything."""
        proposal = self.hub.propose(self.hub.li, self.change())
        self.hub.approve(self.hub.anna, proposal, shrinking=True)

    def change(self) -> Change:
        known = [body for body in BODIES if body in self.hub.state.bodies]
        body = self.dice.choice(known)
        number = self.dice.randrange(len(self.hub.state.bodies[body].keys))
        until = self.hub.clock.now + timedelta(days=self.dice.choice((-1, 1, 30)))
        state = self.dice.choice(list(BodyState))
        key = str(self.dice.randrange(6))
        again = make_person("omar-haddad", key=f"omar {key}").administrator
        makers: list[Callable[[], Change]] = [
            lambda: self.hub.status_change(body, self.dice.choice(list(KeyStatus)), number),
            lambda: self.hub.key_change(body, number, signs_until=until, accepted_until=until),
            lambda: self.hub.arrival_change(body, bring(body, seed=key)),
            lambda: certifier(self.dice.choice(BODIES[3:])),
            lambda: self.hub.entry(body, history=(BodyPeriod(state=state, since=FOUNDED_AT),)),
            lambda: self.hub.entry(body, names={"en": f"Name {key}"}),
            lambda: self.accreditation(CB),
            lambda: make_list(self.dice.choice(("SG", "SA"))),
            lambda: AdministratorChange(administrator=again),
        ]
        return self.dice.choice(makers)()

    def accreditation(self, body: BodyId) -> Change:
        one, *more = self.hub.state.bodies[body].accreditations
        state = self.dice.choice(list(AccreditationState))
        period = AccreditationPeriod(state=state, since=FOUNDED_AT.date())
        return self.hub.entry(body, accreditations=(replace(one, history=(period,)), *more))

    def approve(self) -> None:
        if self.proposals:
            proposal = self.dice.choice(self.proposals[-3:])
            self.hub.approve(
                self.dice.choice((self.hub.anna, self.hub.anna, *self.people)),
                proposal,
                shrinking=self.dice.random() < 0.7,
            )

    def reject(self) -> None:
        if self.proposals and self.dice.random() < 0.3:
            self.hub.reject(self.dice.choice(self.people), self.dice.choice(self.proposals))

    def suspend(self) -> None:
        body = self.dice.choice(list(self.hub.state.bodies.values()))
        key = None if self.dice.random() < 0.2 else self.dice.choice(body.keys).fingerprint
        self.hub.suspend(self.dice.choice(self.people), body.id, key)

    def activate(self) -> None:
        if self.proposals:
            self.hub.do(None, Activate(proposal=self.dice.choice(self.proposals).digest))

    # What has to hold whatever happened

    def check(self, before: TrustState) -> None:
        now = self.hub.clock.now
        state = advance(self.hub.state, now)
        self.past_is_kept(advance(before, now - timedelta(seconds=1)), state)
        for bodies in state.published(now).values():
            assert list(list_findings(bodies, now)) == []
        assert state.digests == {name: entry_digest(one) for name, one in state.bodies.items()}
        self.stops_are_those_of_the_entries(state)
        self.waiting_are_those_that_wait(state)
        self.reached |= {state.key_state(key, now) for key in state.keys}

    def past_is_kept(self, before: TrustState, after: TrustState) -> None:
        """What a key or a body was at an instant that has passed, it was for ever."""
        for body in before.bodies.values():
            now = after.bodies[body.id]
            known = {key.fingerprint: key for key in now.keys}
            for at in (before.at - timedelta(minutes=n) for n in (1, 61, 60 * 25)):
                if at < FOUNDED_AT:
                    continue
                assert now.state_at(at) is body.state_at(at)
                for key in body.keys:
                    then = known[key.fingerprint]
                    assert then.status_at(at) is key.status_at(at)
                    assert key_state(then, at) is key_state(key, at)

    def stops_are_those_of_the_entries(self, state: TrustState) -> None:
        stopped = (KeyStatus.SUSPENDED, KeyStatus.REVOKED)
        keys = [key for body in state.bodies.values() for key in body.keys]
        assert set(state.interruptions().keys) == {
            key.fingerprint for key in keys if key.status in stopped
        }
        assert set(state.interruptions().bodies) == {
            body.id for body in state.bodies.values() if body.history[0].state != "active"
        }
        for suspension in state.open_suspensions():
            body = state.bodies[suspension.body]
            assert self.is_suspended(body, suspension.key)

    def is_suspended(self, body: Body, key: object) -> bool:
        if key is None:
            return body.history[0].state is BodyState.SUSPENDED
        return any(
            one.fingerprint == key and one.status is KeyStatus.SUSPENDED for one in body.keys
        )

    def waiting_are_those_that_wait(self, state: TrustState) -> None:
        assert set(state.waiting) == {
            digest
            for digest, one in state.proposals.items()
            if one.state in (ProposalState.OPEN, ProposalState.APPROVED)
        }
        for one in state.proposals.values():
            if one.state in (ProposalState.APPROVED, ProposalState.ACTIVE):
                assert one.decided_by not in (None, one.proposer)


@cache
def walked(seed: int) -> Walk:
    """Return a walk that has come to its end; everything was checked at each step."""
    walk = Walk(seed)
    for _ in range(STEPS):
        walk.step()
    return walk


@pytest.mark.parametrize("seed", range(SEEDS))
def test_whatever_people_say_what_was_true_stays_true(seed: int) -> None:
    walk = walked(seed)

    assert walk.counted >= STEPS // 6
    first, *more = map(walk.hub.opened, walk.hub.data)
    assert fold(begin(first), more) == walk.hub.state


def test_walks_reach_every_state_of_a_listed_key() -> None:
    reached = {state for seed in range(SEEDS) for state in walked(seed).reached}

    assert reached >= {
        KeyState.APPROVED,
        KeyState.ACTIVE,
        KeyState.SUSPENDED,
        KeyState.RETIRED,
        KeyState.REVOKED,
    }


# Bodies have a life too


def ended(hub: FoundedHub, body: BodyId) -> Change:
    return hub.entry(body, history=(BodyPeriod(state=BodyState.ENDED, since=FOUNDED_AT),))


def test_two_bodies_merge_into_a_third_in_one_proposal() -> None:
    hub = admitted()
    hub.change(certifier())
    new = BodyId("CN-CB-0999")
    merged = certifier(new)
    merged = replace(
        merged, body=replace(merged.body, predecessors=frozenset({CB, BodyId("CN-CB-0777")}))
    )

    hub.change(merged, ended(hub, CB), ended(hub, BodyId("CN-CB-0777")), shrinking=True)

    assert hub.state.bodies[new].predecessors == {CB, "CN-CB-0777"}
    assert set(hub.state.interruptions().bodies) == {CB, "CN-CB-0777"}
    assert hub.state.bodies[new].state_at(hub.clock.now) is BodyState.ACTIVE


def test_a_body_splits_into_two() -> None:
    hub = admitted()
    parts = [certifier(BodyId(name)) for name in ("CN-CB-0777", "CN-CB-0778")]
    parts = [replace(one, body=replace(one.body, predecessors=frozenset({CB}))) for one in parts]

    hub.change(*parts, ended(hub, CB), shrinking=True)

    assert [one.id for one in hub.state.bodies.values() if CB in one.predecessors] == [
        "CN-CB-0777",
        "CN-CB-0778",
    ]


def test_a_body_serves_several_economies_and_gets_another_role() -> None:
    hub = admitted()
    roles = frozenset({BodyRole.CERTIFICATION_BODY, BodyRole.LABORATORY})

    hub.change(hub.entry(CB, economies=frozenset({"CN", "RU"}), roles=roles))

    assert hub.state.bodies[CB].economies == {"CN", "RU"}
    assert hub.state.bodies[CB].roles == roles
