"""The fold of a certificate: at any instant, known at any instant, in any order of arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any, Final

import pytest

from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.admission import decide
from exchange.core.certificates import CertificateKey
from exchange.core.entry import NewAttestation, NewStatusChange
from exchange.core.life import Life, Standing, Told
from exchange.core.lifecycle import CHANGES, Change
from exchange.core.model import ContentDigest, Status
from exchange.core.register import RegisterFacts, RegisterRecord
from exchange.errors import RuleError
from tests.core.test_admission import CHANGE, FIRST, LATEST, NEW, RECORD, codes, statement
from tests.store.samples import NOW, OTHER

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
INSTANT: Final = timedelta(microseconds=1)
PARTS: Final = frozenset({"site S1", "site S2", "site S3"})
ISSUED: Final = replace(
    FIRST,
    status=Status.ACTIVE,
    since=NOW,
    expires_at=NOW + 30 * DAY,
    parts=PARTS,
    next_surveillance=date(2027, 3, 15),
)


def digest(number: int) -> ContentDigest:
    return ContentDigest(bytes([number]) * 32)


def told(number: int, claim: NewAttestation | NewStatusChange, hours: float = 0) -> Told:
    """Return what arrives as the number-th, that many hours after the first."""
    return Told(content_digest=digest(number), received_at=NOW + hours * HOUR, claim=claim)


def change(
    kind: Change, sequence: int, previous: Status, new: Status, hours: float, **more: Any
) -> NewStatusChange:
    return replace(
        CHANGE,
        change=kind,
        sequence=sequence,
        previous=previous,
        new=new,
        effective_at=NOW + hours * HOUR,
        **more,
    )


BEGIN: Final = told(1, ISSUED)
SUSPEND: Final = told(
    2,
    change(
        Change.SUSPEND,
        1,
        Status.ACTIVE,
        Status.SUSPENDED,
        2,
        reasons=("failedRequirements",),
        suspension_end=NOW + 10 * DAY,
    ),
    1,
)
RESTORE: Final = told(3, change(Change.RESTORE, 2, Status.SUSPENDED, Status.ACTIVE, 5), 4)
REDUCE: Final = told(
    4,
    change(Change.REDUCE, 3, Status.ACTIVE, Status.ACTIVE, 8, removed=frozenset({"site S3"})),
    7,
)
MAINTAIN: Final = told(
    5,
    change(
        Change.MAINTAIN,
        4,
        Status.ACTIVE,
        Status.ACTIVE,
        11,
        next_surveillance=date(2028, 3, 15),
    ),
    10,
)
WITHDRAW: Final = told(6, change(Change.WITHDRAW, 5, Status.ACTIVE, Status.WITHDRAWN, 14), 13)
WHOLE: Final = (BEGIN, SUSPEND, RESTORE, REDUCE, MAINTAIN, WITHDRAW)


def at(hours: float, *statements: Told) -> Standing:
    found = Life.of(statements or WHOLE).at(NOW + hours * HOUR)
    assert found is not None
    return found


def test_there_is_nothing_before_the_certificate_began() -> None:
    assert Life.of(WHOLE).at(NOW - INSTANT) is None
    assert at(0).status is Status.ACTIVE


def test_nothing_told_is_no_certificate() -> None:
    with pytest.raises(ValueError, match="expected a certificate"):
        _ = Life.of(()).latest


@pytest.mark.parametrize(
    ("hours", "status", "by", "change"),
    [
        (0, Status.ACTIVE, 1, None),
        (1, Status.ACTIVE, 1, None),
        (2, Status.SUSPENDED, 2, Change.SUSPEND),
        (4.9, Status.SUSPENDED, 2, Change.SUSPEND),
        (5, Status.ACTIVE, 3, Change.RESTORE),
        (13.9, Status.ACTIVE, 3, Change.RESTORE),
        (14, Status.WITHDRAWN, 6, Change.WITHDRAW),
        (24 * 60, Status.WITHDRAWN, 6, Change.WITHDRAW),
    ],
)
def test_standing_at_an_instant_of_the_past_is_what_had_taken_effect(
    hours: float, status: Status, by: int, change: Change | None
) -> None:
    found = at(hours)

    assert (found.status, found.by, found.change) == (status, digest(by), change)


def test_change_takes_effect_at_its_instant_and_not_one_before() -> None:
    life = Life.of((BEGIN, SUSPEND))
    begins = NOW + 2 * HOUR
    before, then = life.at(begins - INSTANT), life.at(begins)
    assert before is not None
    assert then is not None
    assert (before.status, then.status) == (Status.ACTIVE, Status.SUSPENDED)
    assert then.since == begins
    assert then.reasons == ("failedRequirements",)


def test_known_at_tells_what_could_be_known_then_even_of_a_later_instant() -> None:
    for hours, status in ((0, Status.ACTIVE), (1, Status.SUSPENDED), (4, Status.ACTIVE)):
        life = Life.of(WHOLE, known_at=NOW + hours * HOUR)
        found = life.at(NOW + 20 * HOUR)
        assert found is not None
        assert found.status is status
    just_before = Life.of(WHOLE, known_at=NOW + HOUR - INSTANT).at(NOW + 20 * HOUR)
    assert just_before is not None
    assert just_before.status is Status.ACTIVE


def test_suspension_has_an_end_while_it_lasts_and_outlives_it_aloud() -> None:
    end = NOW + 10 * DAY
    found = at(3, BEGIN, SUSPEND)

    assert found.suspension_end == end
    assert not found.suspension_is_overdue(end - INSTANT)
    assert found.suspension_is_overdue(end)
    assert at(6).suspension_end is None


def test_expiry_speaks_for_itself_and_ends_a_suspension() -> None:
    last = 30 * 24
    for statements in ((BEGIN,), (BEGIN, SUSPEND)):
        before = at(last - 0.001, *statements)
        after = at(last, *statements)
        assert before.status is not Status.EXPIRED
        assert (after.status, after.since) == (Status.EXPIRED, NOW + 30 * DAY)
        assert (after.change, after.reasons, after.suspension_end) == (None, (), None)
    assert at(last).status is Status.WITHDRAWN


def test_renewal_after_the_expiry_is_active_again_from_its_arrival() -> None:
    renewed = replace(ISSUED, revision=1, since=NOW + 31 * DAY, expires_at=NOW + 400 * DAY)
    life = (BEGIN, told(2, renewed, 31 * 24))

    assert [at(hours, *life).status for hours in (29 * 24, 30 * 24, 31 * 24, 400 * 24)] == [
        Status.ACTIVE,
        Status.EXPIRED,
        Status.ACTIVE,
        Status.EXPIRED,
    ]
    assert at(31 * 24, *life).revision == 1


def test_next_surveillance_and_scope_follow_the_changes() -> None:
    assert at(0).next_surveillance == date(2027, 3, 15)
    assert at(10.9).next_surveillance == date(2027, 3, 15)
    assert at(11).next_surveillance == date(2028, 3, 15)
    assert at(7.9).parts == PARTS
    assert at(8).parts == PARTS - {"site S3"}
    revised = replace(ISSUED, revision=1, parts=frozenset({"site S9"}))
    assert at(9, BEGIN, told(9, revised, 9)).parts == {"site S9"}


RESTRICTIONS: Final = {2, 4, 6}


@pytest.mark.parametrize("order", tuple(permutations(WHOLE[1:])), ids=lambda _: "")
def test_every_order_of_arrival_ends_alike_and_a_restriction_never_waits(
    order: tuple[Told, ...],
) -> None:
    """All 120 orders; after each arrival nothing that was taken away has come back too early."""
    arrived: list[Told] = [BEGIN]
    for one in order:
        arrived.append(one)
        life = Life.of(arrived)
        numbers = {claim.sequence for told in arrived[1:] if (claim := _change_of(told))}
        through = next(n for n in range(1, 7) if n not in numbers)
        standing = life.latest
        assert standing.sequence == through - 1
        early = {claim.sequence for told in life.early if (claim := _change_of(told))}
        waits = {claim.sequence for told in life.waiting if (claim := _change_of(told))}
        assert early | waits == {n for n in numbers if n > through}
        assert early == {n for n in early if WHOLE[n].content_digest[0] in RESTRICTIONS}
        if WITHDRAW in arrived:
            assert standing.status is Status.WITHDRAWN
        if REDUCE in arrived:
            assert "site S3" not in standing.parts
        if SUSPEND in arrived and RESTORE not in arrived and WITHDRAW not in arrived:
            assert standing.status is Status.SUSPENDED
        highest = max(early, default=0)
        assert standing.missing == tuple(n for n in range(through, highest) if n not in early)
    whole = Life.of(arrived)
    assert whole.latest == Life.of(WHOLE).latest
    assert whole.ordered == WHOLE
    assert [whole.at(NOW + n * HOUR) for n in range(16)] == [at(n) for n in range(16)]


def _change_of(one: Told) -> NewStatusChange | None:
    return one.claim if isinstance(one.claim, NewStatusChange) else None


def test_revision_behind_a_restriction_ahead_of_its_turn_waits_for_the_gap() -> None:
    early = told(2, change(Change.SUSPEND, 2, Status.ACTIVE, Status.SUSPENDED, 1), 1)
    revision = told(3, replace(ISSUED, revision=1), 2)
    missing = told(4, change(Change.MAINTAIN, 1, Status.ACTIVE, Status.ACTIVE, 3), 3)

    waiting = Life.of((BEGIN, early, revision))
    assert waiting.waiting == (revision,)
    assert (waiting.latest.revision, waiting.latest.missing) == (0, (1,))
    closed = Life.of((BEGIN, early, revision, missing))
    assert closed.waiting == ()
    assert closed.latest.revision == 1


def test_second_change_with_a_number_that_is_used_has_no_effect() -> None:
    again = told(9, change(Change.WITHDRAW, 1, Status.ACTIVE, Status.WITHDRAWN, 6), 6)

    assert Life.of((BEGIN, SUSPEND, again)).latest.status is Status.SUSPENDED
    twice = told(8, change(Change.CANCEL, 3, Status.ACTIVE, Status.CANCELLED, 6), 6)
    other = told(9, change(Change.WITHDRAW, 3, Status.ACTIVE, Status.WITHDRAWN, 6), 7)
    assert Life.of((BEGIN, twice, other)).latest.status is Status.CANCELLED


@pytest.mark.parametrize(
    ("kind", "previous", "new"),
    sorted((kind, *move) for kind, moves in CHANGES.items() for move in moves),
)
def test_every_move_of_the_table_ends_where_it_says(
    kind: Change, previous: Status, new: Status
) -> None:
    begun = told(1, replace(ISSUED, status=previous))
    moved = told(2, change(kind, 1, previous, new, 1), 1)

    assert Life.of((begun, moved)).latest.status is new


@pytest.mark.parametrize("status", Status)
def test_final_and_valid_are_told_apart(status: Status) -> None:
    found = at(0, told(1, replace(ISSUED, status=status)))

    assert found.is_valid is (status is Status.ACTIVE)
    assert found.is_final is (status in {Status.WITHDRAWN, Status.CANCELLED, Status.SUPERSEDED})


# What only the register knows of others: TRF-01, TRF-02, REL-01.

OLD: Final = replace(RECORD, issuer=OTHER, first=CertificateKey(7))
TAKING: Final = replace(FIRST, taken_from=(LATEST,))
LEAVING: Final = replace(
    CHANGE, new=Status.SUPERSEDED, change=Change.TRANSFER, successor=ContentDigest(b"\x09" * 32)
)


def facts_of(**related: RegisterRecord) -> RegisterFacts:
    digests = {"latest": LATEST, "new": NEW, "nine": ContentDigest(b"\x09" * 32)}
    return RegisterFacts(at=NOW, related={digests[name]: one for name, one in related.items()})


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (OLD, ["admit"]),
        (None, [StatusChangeCode.TRF_01]),
        (replace(OLD, issuer=RECORD.issuer), [StatusChangeCode.TRF_01]),
        (replace(OLD, scheme="urn:other"), [StatusChangeCode.TRF_01]),
        (replace(OLD, content_digest=NEW), [StatusChangeCode.TRF_01]),
        (replace(OLD, status=Status.SUSPENDED), [StatusChangeCode.TRF_01]),
        (replace(OLD, status=Status.WITHDRAWN), [StatusChangeCode.TRF_01]),
        (replace(OLD, expires_at=NOW), [StatusChangeCode.TRF_01]),
        (replace(OLD, expires_at=NOW + INSTANT), ["admit"]),
    ],
)
def test_accepting_body_takes_over_what_is_active_and_latest(
    old: RegisterRecord | None, expected: list[str]
) -> None:
    facts = RegisterFacts(at=NOW) if old is None else facts_of(latest=old)

    assert codes(facts, statement(TAKING)) == expected


def test_accepting_body_takes_over_one_certificate_at_a_time() -> None:
    two = replace(TAKING, taken_from=(LATEST, NEW))
    facts = facts_of(latest=OLD, new=replace(OLD, content_digest=NEW))

    assert codes(facts, statement(two)) == [StatusChangeCode.TRF_01]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, ["admit"]),
        (None, [StatusChangeCode.TRF_02]),
        ({"predecessor": None}, [StatusChangeCode.TRF_02]),
        ({"predecessor": CertificateKey(8)}, [StatusChangeCode.TRF_02]),
        ({"status": Status.SUSPENDED}, [StatusChangeCode.TRF_02]),
        ({"expires_at": NOW}, [StatusChangeCode.TRF_02]),
    ],
)
def test_old_body_transfers_to_the_certificate_that_took_this_one_over(
    changed: dict[str, Any] | None, expected: list[str]
) -> None:
    mine = replace(RECORD, first=CertificateKey(7))
    facts = RegisterFacts(at=NOW, same_identifier=(mine,))
    if changed is not None:
        accepted = replace(
            RECORD, issuer=OTHER, first=CertificateKey(9), predecessor=CertificateKey(7)
        )
        facts = replace(facts, related=facts_of(nine=replace(accepted, **changed)).related)

    assert codes(facts, statement(LEAVING)) == expected
    if expected == ["admit"]:
        (record,) = decide(facts, statement(LEAVING)).records
        assert (record.status, record.successor) == (Status.SUPERSEDED, 9)


CHILD: Final = replace(
    FIRST, certificate_number=f"{RECORD.certificate_number}-2", parents=(LATEST,)
)


@pytest.mark.parametrize(
    ("parent", "claim", "expected"),
    [
        (RECORD, CHILD, ["admit"]),
        (None, CHILD, [RuleCode.REL_01]),
        (replace(RECORD, issuer=OTHER), CHILD, [RuleCode.REL_01]),
        (RECORD, replace(CHILD, certificate_number="another-2"), [RuleCode.REL_01]),
        (replace(RECORD, status=Status.SUSPENDED), CHILD, [RuleCode.REL_01]),
        (replace(RECORD, expires_at=NOW), CHILD, [RuleCode.REL_01]),
        (
            replace(RECORD, status=Status.SUSPENDED),
            replace(CHILD, status=Status.DRAFT),
            ["admit"],
        ),
    ],
)
def test_sub_certificate_has_the_number_of_an_active_parent_of_its_body(
    parent: RegisterRecord | None, claim: NewAttestation, expected: list[str]
) -> None:
    facts = RegisterFacts(at=NOW) if parent is None else facts_of(latest=parent)

    assert codes(facts, statement(claim)) == expected


def test_everything_wrong_is_said_at_once() -> None:
    claim = replace(CHILD, revision=3, taken_from=(NEW,))

    with pytest.raises(RuleError) as caught:
        decide(facts_of(latest=replace(RECORD, issuer=OTHER)), statement(claim))

    assert {finding.code for finding in caught.value.findings} == {
        RuleCode.ATT_03,
        RuleCode.REL_01,
        StatusChangeCode.TRF_01,
    }
