"""From the octets alone: whoever edits a row, a seal, a signature or an order is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from exchange.codes.actions import ActionCode
from exchange.core.actions.history import VerifiedHistory, verify_history
from exchange.core.actions.values import Approve, Propose, Suspend
from exchange.core.actions.writing import write_action
from exchange.core.algorithms import ALGORITHMS
from exchange.core.limits import Limits
from exchange.core.model import Fingerprint
from exchange.core.trust_values import KeyStatus
from exchange.errors import RuleError
from tests.core.actions.provocations import certifier
from tests.founded import (
    CB,
    FOUNDED_AT,
    HUB,
    FoundedHub,
    admitted,
    bring,
    make_person,
    open_sealed,
    root_entry,
    seal,
    sign,
)
from tests.world import catalogue_and_lists, make_world

Rows = list[tuple[bytes, datetime]]


def told() -> tuple[FoundedHub, Rows]:
    """Return a hub with a history of nine actions, and its rows."""
    hub = admitted()
    hub.change(hub.arrival_change(CB, bring(CB, seed="2")))
    hub.clock.forward(timedelta(hours=1))
    hub.suspend(hub.omar, CB, hub.key_of(CB).fingerprint)
    hub.clock.forward(timedelta(hours=1))
    hub.change(hub.status_change(CB, KeyStatus.GRANTED))
    hub.reject(hub.anna, hub.propose(hub.li, certifier()))
    return hub, [(data, open_sealed(data).at) for data in hub.data]


def verified(rows: Rows, root: Fingerprint | None = None) -> VerifiedHistory:
    """Verify a history as a stranger who has pinned the root."""
    return verify_history(
        rows,
        root=root or root_entry().fingerprint,
        catalogue=catalogue_and_lists()[0],
        limits=Limits(),
        algorithms=ALGORITHMS,
    )


def test_history_gives_the_state_of_the_hub_and_every_quorum() -> None:
    hub, rows = told()

    found = verified(rows)

    assert found.state == hub.state
    li, anna, omar = hub.li.id, hub.anna.id, hub.omar.id
    assert [one.persons for one in found.actions] == [
        (),
        (li,),
        (li, anna),
        (li,),
        (li, anna),
        (omar,),
        (li,),
        (li, anna),
        (li,),
        (anna,),
    ]


Edit = Callable[[FoundedHub, Rows], None]
EDITS: dict[str, tuple[Edit, str, str]] = {}


def edited(path: str, code: str) -> Callable[[Edit], Edit]:
    """Note what an edit is found by, and where."""

    def note(edit: Edit) -> Edit:
        EDITS[edit.__name__.replace("_", " ")] = (edit, path, code)
        return edit

    return note


@edited("/History/Action[6]", "signature.digest-mismatch")
def one_word_in_a_row_is_changed(_hub: FoundedHub, rows: Rows) -> None:
    data, at = rows[5]
    rows[5] = (data.replace(b"<Reason>lost<", b"<Reason>lent<"), at)


@edited("/History/Action[6]", ActionCode.PERSON_SIGNATURE)
def the_hub_itself_seals_a_changed_word(hub: FoundedHub, rows: Rows) -> None:
    data, at = rows[5]
    action = open_sealed(data).action
    assert isinstance(action.word, Suspend)
    other = replace(action, word=replace(action.word, key=hub.key_of(CB, 1).fingerprint))
    rows[5] = (seal(write_action(other), hub.seal, "", at), at)


@edited("/History/Action[5]", ActionCode.PERSON_KEY)
def the_hub_approves_with_a_key_of_its_own_making(hub: FoundedHub, rows: Rows) -> None:
    data, at = rows[4]
    forged = sign(open_sealed(data).action, make_person("anna-berg", key="made by the hub"))
    rows[4] = (seal(write_action(forged), hub.seal, "", at), at)


@edited("/History/Action[5]", ActionCode.SAME_PERSON)
def the_hub_lets_the_proposer_approve(hub: FoundedHub, rows: Rows) -> None:
    data, at = rows[4]
    action = sign(open_sealed(data).action, hub.li)
    rows[4] = (seal(write_action(action), hub.seal, "", at), at)


@edited("/History/Action[4]", ActionCode.PROPOSAL_UNKNOWN)
def a_proposal_is_left_out(_hub: FoundedHub, rows: Rows) -> None:
    del rows[3]


@edited("/History/Action[6]", ActionCode.BASE_OUTDATED)
def a_suspension_is_left_out(_hub: FoundedHub, rows: Rows) -> None:
    del rows[5]


@edited("/History/Action[4]", ActionCode.PROPOSAL_UNKNOWN)
def two_rows_change_places(_hub: FoundedHub, rows: Rows) -> None:
    rows[3], rows[4] = rows[4], rows[3]


@edited("/History/Action[7]", ActionCode.SPENT)
def a_row_is_repeated(_hub: FoundedHub, rows: Rows) -> None:
    rows.insert(6, rows[5])


@edited("/History/Action[6]", ActionCode.RECEIVED_AT)
def a_row_says_that_it_was_received_earlier(_hub: FoundedHub, rows: Rows) -> None:
    data, at = rows[5]
    rows[5] = (data, at - timedelta(minutes=10))


@edited("/History/Action[6]", ActionCode.MADE_AT)
def an_action_is_sealed_again_for_another_day(hub: FoundedHub, rows: Rows) -> None:
    data, at = rows[5]
    later = at + timedelta(days=2)
    rows[5] = (seal(write_action(open_sealed(data).action), hub.seal, "", later), later)


@edited("/History/Action[6]", ActionCode.SEAL)
def an_action_is_sealed_by_a_key_of_somebody_else(hub: FoundedHub, rows: Rows) -> None:
    data, at = rows[5]
    other = bring(HUB, seed="another").entry
    rows[5] = (seal(write_action(open_sealed(data).action), other, "another", at), at)
    del hub


@edited("/History/Action[1]", ActionCode.ROOT)
def another_root_founds(hub: FoundedHub, rows: Rows) -> None:
    word = open_sealed(rows[0][0]).action
    rows[0] = (
        seal(write_action(word), bring(HUB, seed="root 2").entry, "root 2", FOUNDED_AT),
        FOUNDED_AT,
    )
    del hub


@edited("/History/Action[1]", ActionCode.ROOT)
def the_founding_is_left_out(_hub: FoundedHub, rows: Rows) -> None:
    del rows[0]


@edited("", ActionCode.FOUNDING)
def everything_is_left_out(_hub: FoundedHub, rows: Rows) -> None:
    rows.clear()


@edited("/History/Action[2]", ActionCode.UNREADABLE)
def an_attestation_stands_among_the_actions(_hub: FoundedHub, rows: Rows) -> None:
    rows.insert(1, (make_world().attestation(), rows[0][1]))


@edited("/History/Action[3]", ActionCode.SHOWN_OUTDATED)
def an_approval_is_given_another_proposal(hub: FoundedHub, rows: Rows) -> None:
    """The hub itself makes and seals another proposal, signed by its own officer."""
    data, at = rows[1]
    proposal = open_sealed(data).action
    assert isinstance(proposal.word, Propose)
    word = replace(proposal.word, changes=proposal.word.changes[:1])
    other = seal(write_action(sign(replace(proposal, word=word), hub.li)), hub.seal, "", at)
    rows[1] = (other, at)
    approval, then = rows[2]
    action = open_sealed(approval).action
    assert isinstance(action.word, Approve)
    named = replace(action.word, proposal=open_sealed(other).digest)
    again = sign(replace(action, word=named), hub.anna)
    rows[2] = (seal(write_action(again), hub.seal, "", then), then)


@pytest.mark.parametrize("name", EDITS)
def test_edited_history_is_found_with_the_number_of_the_action(name: str) -> None:
    edit, path, code = EDITS[name]
    hub, rows = told()
    edit(hub, rows)

    with pytest.raises(RuleError) as caught:
        verified(rows)

    first = caught.value.findings[0]
    assert first.code == code, first
    assert first.path.startswith(path)


def test_history_under_another_pinned_root_is_refused() -> None:
    _, rows = told()

    with pytest.raises(RuleError) as caught:
        verified(rows, Fingerprint(bytes(32)))

    assert caught.value.code is ActionCode.ROOT


def test_history_without_its_last_actions_is_an_older_state() -> None:
    """What is missing at the end is shown by the ledger and never by the rows themselves."""
    hub, rows = told()

    found = verified(rows[:5])

    assert found.state.count == 5
    assert found.state != hub.state
