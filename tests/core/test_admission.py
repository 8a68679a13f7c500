"""What only the register knows, decided: one table for each rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from exchange.codes.rules import RuleCode
from exchange.codes.status_changes import StatusChangeCode
from exchange.core.admission import Admission, decide
from exchange.core.entry import (
    NewAttestation,
    NewStatusChange,
    Sequence,
    Statement,
)
from exchange.core.lifecycle import Change
from exchange.core.model import BodyId, ContentDigest, DocumentId, Kind, Status
from exchange.core.register import KnownStatement, RegisterFacts, RegisterRecord
from exchange.errors import RuleError
from tests.store.samples import ISSUER, NOW, OTHER, SCHEME

LATEST = ContentDigest(b"\x01" * 32)
NEW = ContentDigest(b"\x02" * 32)
DOCUMENT = DocumentId("urn:uuid:00000000-0000-4000-8000-000000000001")
RECORD = RegisterRecord(
    issuer=ISSUER,
    attestation_id="urn:a:1",
    certificate_number="00126Q30001R0M",
    scheme=SCHEME,
    revision=3,
    content_digest=LATEST,
    status=Status.ACTIVE,
    since=NOW,
    expires_at=NOW + timedelta(days=30),
    sequence=4,
    taken_over=False,
)
CLAIM = NewAttestation(
    attestation_id="urn:a:1",
    certificate_number="00126Q30001R0M",
    scheme=SCHEME,
    revision=4,
    status=Status.ACTIVE,
    since=NOW + timedelta(hours=1),
    expires_at=NOW + timedelta(days=60),
)
CHANGE = NewStatusChange(
    attestation_id="urn:a:1",
    certificate_number="00126Q30001R0M",
    attestation_digest=LATEST,
    sequence=5,
    previous=Status.ACTIVE,
    new=Status.SUSPENDED,
    change=Change.SUSPEND,
    effective_at=NOW,
)
REDUCTION = replace(CHANGE, new=Status.ACTIVE, change=Change.REDUCE)
REGISTERED = RegisterFacts(at=NOW, same_identifier=(RECORD,), same_number=(RECORD,))
EMPTY = RegisterFacts(at=NOW)


def statement(claim: NewAttestation | NewStatusChange | None, issuer: BodyId = ISSUER) -> Statement:
    return Statement(
        content_digest=NEW,
        document_id=DOCUMENT,
        kind=Kind.ATTESTATION,
        issuer=issuer,
        scheme=SCHEME,
        claim=claim,
    )


def registered(**changed: Any) -> RegisterFacts:
    record = replace(RECORD, **changed)
    return RegisterFacts(at=NOW, same_identifier=(record,), same_number=(record,))


def codes(facts: RegisterFacts, given: Statement) -> list[str]:
    try:
        return [decide(facts, given).admission]
    except RuleError as exc:
        return [finding.code for finding in exc.findings]


FIRST = replace(CLAIM, revision=0)
OVER = replace(CLAIM, revision=7, taken_over=True)

ATTESTATIONS = {
    "first": (EMPTY, FIRST, ["admit"]),
    "first as a draft": (EMPTY, replace(FIRST, status=Status.DRAFT), ["admit"]),
    "first that begins with 1": (EMPTY, replace(FIRST, revision=1), [RuleCode.ATT_03]),
    "first that is suspended": (EMPTY, replace(FIRST, status=Status.SUSPENDED), [RuleCode.STA_01]),
    "first wrong twice": (
        EMPTY,
        replace(FIRST, revision=9, status=Status.EXPIRED),
        [RuleCode.ATT_03, RuleCode.STA_01],
    ),
    "taken over at 7": (EMPTY, OVER, ["admit"]),
    "taken over suspended": (EMPTY, replace(OVER, status=Status.SUSPENDED), ["admit"]),
    "taken over as a draft": (EMPTY, replace(OVER, status=Status.DRAFT), [RuleCode.STA_01]),
    "next": (REGISTERED, CLAIM, ["admit"]),
    "same revision": (REGISTERED, replace(CLAIM, revision=3), [RuleCode.ATT_03]),
    "revision left out": (REGISTERED, replace(CLAIM, revision=5), [RuleCode.ATT_03]),
    "taken over a second time": (REGISTERED, OVER, [RuleCode.ATT_03]),
    "other number": (
        registered(certificate_number="other"),
        CLAIM,
        [RuleCode.ATT_01],
    ),
    "other scheme": (registered(scheme="urn:other"), CLAIM, [RuleCode.ATT_01]),
    "identifier of another issuer": (
        RegisterFacts(at=NOW, same_identifier=(replace(RECORD, issuer=OTHER),)),
        FIRST,
        ["admit"],
    ),
    "number of another attestation": (
        RegisterFacts(at=NOW, same_number=(replace(RECORD, attestation_id="urn:a:2"),)),
        FIRST,
        [RuleCode.ATT_01],
    ),
    "suspended stays suspended": (
        registered(status=Status.SUSPENDED),
        replace(CLAIM, status=Status.SUSPENDED),
        ["admit"],
    ),
    "suspended cannot be revised into active": (
        registered(status=Status.SUSPENDED),
        CLAIM,
        [RuleCode.STA_01],
    ),
    "withdrawn takes no revision": (registered(status=Status.WITHDRAWN), CLAIM, [RuleCode.STA_01]),
    "expired is renewed": (registered(status=Status.EXPIRED), CLAIM, ["admit"]),
    "expired by its date is renewed": (registered(expires_at=NOW), CLAIM, ["admit"]),
}


@pytest.mark.parametrize("case", ATTESTATIONS)
def test_attestation_is_decided_by_the_register(case: str) -> None:
    facts, claim, expected = ATTESTATIONS[case]

    assert codes(facts, statement(claim)) == expected


CHANGES = {
    "next": (REGISTERED, CHANGE, ["admit"]),
    "unknown attestation": (EMPTY, CHANGE, [StatusChangeCode.STC_01, StatusChangeCode.STC_09]),
    "other number": (
        REGISTERED,
        replace(CHANGE, certificate_number="other"),
        [StatusChangeCode.STC_01],
    ),
    "older revision": (
        REGISTERED,
        replace(CHANGE, attestation_digest=NEW),
        [StatusChangeCode.STC_01],
    ),
    "used sequence": (REGISTERED, replace(CHANGE, sequence=4), [StatusChangeCode.STC_02]),
    "gap": (REGISTERED, replace(CHANGE, sequence=6), ["ahead"]),
    "gap before another revision": (
        REGISTERED,
        replace(CHANGE, sequence=6, attestation_digest=NEW),
        ["ahead"],
    ),
    "gap and a move that never is": (
        REGISTERED,
        replace(CHANGE, sequence=6, new=Status.ACTIVE),
        [StatusChangeCode.STC_03],
    ),
    "other status before": (
        registered(status=Status.SUSPENDED),
        CHANGE,
        [StatusChangeCode.STC_03],
    ),
    "withdrawn is final": (
        registered(status=Status.WITHDRAWN),
        replace(CHANGE, previous=Status.WITHDRAWN, new=Status.ACTIVE, change=Change.RESTORE),
        [StatusChangeCode.STC_03, StatusChangeCode.STC_03],
    ),
    "change does not make the move": (
        REGISTERED,
        replace(CHANGE, change=Change.RESTORE),
        [StatusChangeCode.STC_03],
    ),
    "maintain stays": (
        REGISTERED,
        replace(CHANGE, new=Status.ACTIVE, change=Change.MAINTAIN),
        ["admit"],
    ),
    "restore after the date": (
        registered(status=Status.SUSPENDED, expires_at=NOW),
        replace(CHANGE, previous=Status.SUSPENDED, new=Status.ACTIVE, change=Change.RESTORE),
        [StatusChangeCode.STC_03],
    ),
    "expiry recorded after the date": (
        registered(expires_at=NOW),
        replace(CHANGE, new=Status.EXPIRED, change=Change.EXPIRE),
        ["admit"],
    ),
    "reduction that leaves something": (
        registered(parts=frozenset({"product A", "product B"})),
        replace(REDUCTION, removed=frozenset({"product A"})),
        ["admit"],
    ),
    "reduction that takes all of one kind": (
        registered(parts=frozenset({"sector IAF-ID1 3", "site S1", "site S2"})),
        replace(REDUCTION, removed=frozenset({"site S1", "site S2"})),
        [StatusChangeCode.STC_07],
    ),
    "maintenance that takes everything": (
        registered(parts=frozenset({"product A"})),
        replace(REDUCTION, change=Change.MAINTAIN, removed=frozenset({"product A"})),
        [StatusChangeCode.STC_07],
    ),
    "withdrawal that takes everything": (
        registered(parts=frozenset({"product A"})),
        replace(
            CHANGE,
            new=Status.WITHDRAWN,
            change=Change.WITHDRAW,
            removed=frozenset({"product A"}),
        ),
        ["admit"],
    ),
    "reduction of parts that nobody noted": (
        REGISTERED,
        replace(REDUCTION, removed=frozenset({"product A"})),
        ["admit"],
    ),
    "reduction whose turn has not come": (
        registered(parts=frozenset({"product A"})),
        replace(REDUCTION, sequence=6, removed=frozenset({"product A"})),
        [StatusChangeCode.STC_07],
    ),
    "foreign issuer": (
        RegisterFacts(at=NOW, same_identifier=(replace(RECORD, issuer=OTHER),)),
        CHANGE,
        [StatusChangeCode.STC_01, StatusChangeCode.STC_09],
    ),
    "scheme of another key": (
        registered(scheme="urn:other"),
        CHANGE,
        [StatusChangeCode.STC_01],
    ),
    "authority or successor": (
        RegisterFacts(at=NOW, same_identifier=(replace(RECORD, issuer=OTHER),)),
        replace(CHANGE, acts_for=frozenset({OTHER})),
        ["admit"],
    ),
}


@pytest.mark.parametrize("case", CHANGES)
def test_status_change_is_decided_by_the_register(case: str) -> None:
    facts, claim, expected = CHANGES[case]

    assert codes(facts, statement(claim)) == expected


def test_reductions_add_up() -> None:
    facts = registered(parts=frozenset({"product A", "product B"}))
    (record,) = decide(
        facts, statement(replace(REDUCTION, removed=frozenset({"product A"})))
    ).records
    assert record.parts == {"product B"}

    second = replace(REDUCTION, sequence=6, removed=frozenset({"product B"}))

    assert codes(replace(facts, same_identifier=(record,)), statement(second)) == [
        StatusChangeCode.STC_07
    ]


def test_extension_brings_parts_that_may_stay_alone() -> None:
    extension = replace(REDUCTION, change=Change.EXTEND, added=frozenset({"product B"}))
    (record,) = decide(registered(parts=frozenset({"product A"})), statement(extension)).records
    second = replace(REDUCTION, sequence=6, removed=frozenset({"product A"}))

    facts = replace(REGISTERED, same_identifier=(record,))

    assert codes(facts, statement(second)) == ["admit"]


def known(**changed: Any) -> KnownStatement:
    return replace(
        KnownStatement(
            sequence=Sequence(1), content_digest=LATEST, document_id=DOCUMENT, issuer=ISSUER
        ),
        **changed,
    )


def test_document_id_in_use_is_refused_and_its_document_not_described() -> None:
    facts = replace(EMPTY, same_document=known(issuer=OTHER))

    with pytest.raises(RuleError) as refused:
        decide(facts, statement(FIRST))

    assert refused.value.code is RuleCode.HDR_01
    assert OTHER not in str(refused.value)


def test_same_content_is_a_duplicate_and_changes_nothing() -> None:
    facts = replace(
        REGISTERED, same_content=known(content_digest=NEW), same_document=known(content_digest=NEW)
    )

    decision = decide(facts, statement(CLAIM))

    assert decision.admission is Admission.DUPLICATE
    assert decision.records == ()


@pytest.mark.parametrize(
    "found", [None, known(issuer=OTHER), known(content_digest=NEW), known(document_id="other")]
)
def test_replaced_document_that_does_not_fit_is_refused(found: KnownStatement | None) -> None:
    claim = replace(FIRST, replaces=((DOCUMENT, LATEST),))

    assert codes(replace(EMPTY, replaced=(found,)), statement(claim)) == [RuleCode.HDR_06]


def test_replaced_attestation_is_superseded_where_the_table_allows_it() -> None:
    claim = replace(FIRST, attestation_id="urn:a:2", replaces=((DOCUMENT, LATEST),))
    for status, expected in ((Status.ACTIVE, 2), (Status.SUSPENDED, 1)):
        record = replace(RECORD, status=status)
        facts = replace(EMPTY, replaced=(known(),), replaced_records=(record,))

        records = decide(facts, statement(claim)).records

        assert len(records) == expected
        assert records[-1].attestation_id == "urn:a:2"


def test_revision_keeps_the_sequence_and_the_time_of_an_unchanged_status() -> None:
    (record,) = decide(REGISTERED, statement(CLAIM)).records

    assert (record.revision, record.sequence, record.since) == (4, 4, NOW)
    assert record.content_digest == NEW
    assert record.expires_at == CLAIM.expires_at


@pytest.mark.parametrize("taken_over", [True, False])
def test_revision_keeps_how_the_certificate_came_here(taken_over: bool) -> None:  # noqa: FBT001
    (record,) = decide(registered(taken_over=taken_over), statement(CLAIM)).records

    assert record.taken_over is taken_over


def test_change_sets_the_time_of_the_status_that_it_moves_and_of_no_other() -> None:
    then = NOW + timedelta(hours=5)
    (moved,) = decide(REGISTERED, statement(replace(CHANGE, effective_at=then))).records
    maintained = replace(CHANGE, new=Status.ACTIVE, change=Change.MAINTAIN, effective_at=then)
    (stayed,) = decide(REGISTERED, statement(maintained)).records

    assert (moved.status, moved.since, moved.sequence) == (Status.SUSPENDED, then, 5)
    assert (stayed.status, stayed.since, stayed.sequence) == (Status.ACTIVE, NOW, 5)


def test_statement_without_a_claim_changes_nothing() -> None:
    assert decide(EMPTY, statement(None)).records == ()
