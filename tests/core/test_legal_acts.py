"""What an authority may change by legal act, for a body that it vouches for (STC-09)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from exchange.codes.status_changes import StatusChangeCode
from exchange.core.lifecycle import Change
from exchange.core.model import Status
from exchange.core.register import RegisterFacts
from tests.core.test_admission import CHANGE, RECORD, codes, statement
from tests.store.samples import ISSUER, NOW, OTHER

FOREIGN = RegisterFacts(at=NOW, same_identifier=(replace(RECORD, issuer=OTHER),))
SUSPENDED = replace(
    FOREIGN, same_identifier=(replace(RECORD, issuer=OTHER, status=Status.SUSPENDED),)
)
LEGAL_ACT = replace(CHANGE, vouches_for=frozenset({OTHER}))
RESTORED = replace(LEGAL_ACT, previous=Status.SUSPENDED, new=Status.ACTIVE, change=Change.RESTORE)


@pytest.mark.parametrize(
    ("change", "new"),
    [
        (Change.SUSPEND, Status.SUSPENDED),
        (Change.REDUCE, Status.ACTIVE),
        (Change.WITHDRAW, Status.WITHDRAWN),
        (Change.CANCEL, Status.CANCELLED),
        (Change.EXPIRE, Status.EXPIRED),
        (Change.TRANSFER, Status.ACTIVE),
    ],
)
def test_authority_restricts_and_transfers(change: Change, new: Status) -> None:
    assert codes(FOREIGN, statement(replace(LEGAL_ACT, change=change, new=new))) == ["admit"]


@pytest.mark.parametrize("sequence", [5, 6])
@pytest.mark.parametrize("change", ["extend", "renew", "correct", "maintain"])
def test_authority_does_nothing_else_and_a_successor_everything(change: str, sequence: int) -> None:
    claim = replace(LEGAL_ACT, change=Change(change), new=Status.ACTIVE, sequence=sequence)

    assert codes(FOREIGN, statement(claim)) == [StatusChangeCode.STC_09]
    heir = replace(claim, acts_for=frozenset({OTHER}))
    assert codes(FOREIGN, statement(heir)) == ["admit" if sequence == 5 else "hold"]


def test_authority_lifts_only_what_it_suspended_itself() -> None:
    restored = statement(RESTORED)

    assert codes(SUSPENDED, restored) == [StatusChangeCode.STC_09]
    for by, said in (
        ({OTHER}, StatusChangeCode.STC_09),
        ({OTHER, ISSUER}, StatusChangeCode.STC_09),
        ({ISSUER}, "admit"),
    ):
        assert codes(replace(SUSPENDED, suspended_by=frozenset(by)), restored) == [said]
    assert codes(SUSPENDED, statement(replace(RESTORED, acts_for=frozenset({OTHER})))) == ["admit"]


def test_authority_lifts_nothing_by_a_reduction_and_brings_nothing_into_a_scope() -> None:
    lifts = replace(RESTORED, change=Change.REDUCE, removed=frozenset({"site S1"}))
    widens = replace(LEGAL_ACT, added=frozenset({"site S9"}))

    for facts, claim in ((SUSPENDED, lifts), (FOREIGN, widens)):
        own = replace(facts, suspended_by=frozenset({ISSUER}))
        assert codes(own, statement(claim)) == [StatusChangeCode.STC_09]
        assert codes(own, statement(replace(claim, sequence=6))) == [StatusChangeCode.STC_09]
