"""Before and after a revocation, told apart by when the document is known to have existed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.codes.revocation import RevocationCode
from exchange.core.examine import examine
from exchange.core.model import KeyRole, Kind
from exchange.core.revocation import POLICIES, RevocationPolicy, judge_revocation
from exchange.core.revocation_facts import (
    RevocationFact,
    RevocationFacts,
    RevocationSource,
    RevocationStatus,
    settle,
)
from exchange.core.trust import KEY_ROLE_OF
from exchange.core.trust_values import KeyEntry
from exchange.errors import ExchangeError, Finding, Severity, TrustError, UndecidedError
from exchange.service.revocation_questions import chain_of
from tests.certified import certified_world, key_of
from tests.pki_certomancer import REVOKED_AT, CertomancerPki, make_pki
from tests.world import START, World, make_world

Change = dict[str, Any]
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> CertomancerPki:
    return make_pki(tmp_path_factory.mktemp("keys"))


@pytest.fixture(scope="module")
def certified(pki: CertomancerPki) -> World:
    return certified_world(make_world(), pki)


@pytest.fixture
def key(certified: World) -> KeyEntry:
    return key_of(certified)


def facts(key: KeyEntry, **leaf: Any) -> RevocationFacts:
    """Return fresh good facts about a key and those above it, the first one changed."""
    made = [
        RevocationFact(
            certificate=asked.certificate.fingerprint,
            status=RevocationStatus.GOOD,
            source=RevocationSource.OCSP,
            this_update=START - HOUR,
            next_update=START + HOUR,
            digest=b"\x01" * 32,
        )
        for asked in chain_of(key)
    ]
    made[0] = replace(made[0], **leaf)
    return RevocationFacts.of(made)


def revoked(since: datetime | None, reason: str = "key_compromise", **more: object) -> Change:
    return {
        "status": RevocationStatus.REVOKED,
        "revoked_at": since,
        "reason": reason,
        **more,
    }


UNKNOWN: Change = {
    "status": RevocationStatus.UNKNOWN,
    "this_update": None,
    "problem": Finding(code=RevocationCode.UNREACHABLE, message="ocsp.example: status 500"),
}
BROKEN: Change = {
    **UNKNOWN,
    "problem": Finding(code=RevocationCode.PATH, message="no path"),
}
OLD: Change = {"this_update": START - 8 * DAY, "next_update": None}

ENDINGS: dict[str, tuple[Change, datetime, RevocationCode | None]] = {
    "good": ({}, START, None),
    "revoked a second before": (
        revoked(START - timedelta(seconds=1)),
        START,
        RevocationCode.REVOKED,
    ),
    "revoked at the same instant": (revoked(START), START, RevocationCode.REVOKED),
    "revoked a second after": (revoked(START + SECOND), START, None),
    "revoked long after a document that was receipted": (revoked(START), START - 300 * DAY, None),
    "revoked without saying since when": (revoked(None), START, RevocationCode.REVOKED),
    "revoked by an answer that is old by now": (
        revoked(REVOKED_AT, this_update=START - 30 * DAY, next_update=START - 29 * DAY),
        START,
        RevocationCode.REVOKED,
    ),
    "on hold": (revoked(REVOKED_AT, "certificate_hold"), START, RevocationCode.ON_HOLD),
    "put on hold afterwards": (revoked(START + HOUR, "certificate_hold"), START, None),
    "answer past its next update": ({"next_update": START}, START, RevocationCode.NOT_KNOWN),
    "answer still in date": ({"next_update": START + SECOND}, START, None),
    "answer without next update, young": ({"next_update": None}, START, None),
    "answer without next update, old": (OLD, START, RevocationCode.NOT_KNOWN),
    "answer in date but too old": (
        {**OLD, "next_update": START + 30 * DAY},
        START,
        RevocationCode.NOT_KNOWN,
    ),
    "answer made after the proof time": (
        {"this_update": START + 300 * DAY, "next_update": START + 301 * DAY},
        START,
        None,
    ),
    "answer made when the certificate had ended": (
        {"this_update": datetime(2028, 1, 2, tzinfo=UTC), "next_update": None},
        START,
        RevocationCode.NOT_KNOWN,
    ),
    "no answer": (UNKNOWN, START, RevocationCode.NOT_KNOWN),
    "a path that does not hold": (BROKEN, START, RevocationCode.PATH),
    "before the certificate was valid": (
        {},
        datetime(2025, 12, 31, tzinfo=UTC),
        RevocationCode.OUT_OF_VALIDITY,
    ),
    "after the certificate was valid": (
        {},
        datetime(2028, 1, 1, tzinfo=UTC),
        RevocationCode.OUT_OF_VALIDITY,
    ),
}


@pytest.mark.parametrize(("leaf", "at", "code"), ENDINGS.values(), ids=ENDINGS)
def test_a_hard_policy_accepts_what_is_known_to_be_good_and_nothing_else(
    key: KeyEntry, leaf: Change, at: datetime, code: RevocationCode | None
) -> None:
    known = facts(key, **leaf)
    if code is None:
        assert judge_revocation(key, known, at) == ()
        return
    family = UndecidedError if code is RevocationCode.NOT_KNOWN else TrustError
    with pytest.raises(family) as caught:
        judge_revocation(key, known, at)
    assert caught.value.code is code


@pytest.mark.parametrize(("leaf", "at", "code"), ENDINGS.values(), ids=ENDINGS)
def test_a_soft_policy_differs_only_where_nothing_fresh_is_known(
    key: KeyEntry, leaf: Change, at: datetime, code: RevocationCode | None
) -> None:
    soft = dict.fromkeys(KeyRole, RevocationPolicy(hard=False, max_age=7 * DAY))
    known = facts(key, **leaf)
    if code not in {None, RevocationCode.NOT_KNOWN}:
        with pytest.raises(TrustError):
            judge_revocation(key, known, at, soft)
        return
    warnings = judge_revocation(key, known, at, soft)
    expected = [] if code is None else [(RevocationCode.UNCHECKED, Severity.WARNING)]
    assert [(one.code, one.severity) for one in warnings] == expected


def test_nothing_known_at_all_is_come_back_later_with_a_time(key: KeyEntry) -> None:
    with pytest.raises(UndecidedError) as caught:
        judge_revocation(key, RevocationFacts.of(()), START)
    assert caught.value.retry_after == POLICIES[key.role].retry_after


def test_why_there_is_no_answer_is_said(key: KeyEntry) -> None:
    with pytest.raises(UndecidedError) as caught:
        judge_revocation(key, facts(key, **UNKNOWN), START)
    assert "revocation.unreachable, ocsp.example: status 500" in str(caught.value)


def test_a_revoked_authority_stops_every_key_below_it(key: KeyEntry) -> None:
    issuer = key.path[0].fingerprint
    good = facts(key)
    known = RevocationFacts.of(
        replace(one, **revoked(REVOKED_AT, "ca_compromise")) if one.certificate == issuer else one
        for one in good.by_certificate.values()
    )
    with pytest.raises(TrustError) as caught:
        judge_revocation(key, known, START)
    assert caught.value.code is RevocationCode.REVOKED
    assert "authority 1 of the path" in str(caught.value)


def test_a_revocation_weighs_more_than_a_missing_answer_elsewhere(key: KeyEntry) -> None:
    """A key whose authority's answer is missing is refused when it is itself revoked."""
    leaf = replace(
        facts(key).by_certificate[key.fingerprint],
        **revoked(REVOKED_AT),
    )
    with pytest.raises(TrustError):
        judge_revocation(key, RevocationFacts.of([leaf]), START)


def test_the_anchor_is_named_by_the_list_and_asked_about_by_nobody(key: KeyEntry) -> None:
    asked = {one.certificate.fingerprint for one in chain_of(key)}
    assert key.path[-1].fingerprint not in asked
    assert judge_revocation(key, facts(key), START) == ()


def test_a_key_without_authorities_rests_on_its_list_alone(key: KeyEntry) -> None:
    assert judge_revocation(replace(key, path=()), RevocationFacts.of(()), START) == ()


def test_every_role_has_a_policy_and_what_opens_a_market_a_hard_one() -> None:
    assert set(POLICIES) == set(KeyRole)
    assert POLICIES[KEY_ROLE_OF[Kind.ATTESTATION]].hard
    assert POLICIES[KeyRole.RECOGNITION].hard
    assert not POLICIES[KEY_ROLE_OF[Kind.STATUS_CHANGE]].hard


GATE: dict[str, tuple[Callable[[KeyEntry], RevocationFacts], type[ExchangeError] | None]] = {
    "good": (facts, None),
    "revoked": (lambda key: facts(key, **revoked(REVOKED_AT)), TrustError),
    "nothing known": (lambda _: RevocationFacts.of(()), UndecidedError),
}


@pytest.mark.parametrize(("known", "family"), GATE.values(), ids=GATE)
def test_gate_four_asks_the_facts_of_its_snapshot(
    certified: World,
    key: KeyEntry,
    known: Callable[[KeyEntry], RevocationFacts],
    family: type[ExchangeError] | None,
) -> None:
    snapshot = certified.snapshot.with_revocation(known(key))
    document = certified.attestation(at=START)
    if family is None:
        assert examine(document, snapshot, START).findings == ()
        return
    with pytest.raises(family):
        examine(document, snapshot, START)


def test_a_document_known_before_the_revocation_is_accepted_again_at_that_time(
    certified: World, key: KeyEntry
) -> None:
    """The same octets, the same facts: only the proof of existence differs."""
    document = certified.attestation(at=START)
    snapshot = certified.snapshot.with_revocation(facts(key, **revoked(START + HOUR)))

    assert examine(document, snapshot, START).trusted.key == key
    with pytest.raises(TrustError) as caught:
        examine(document, snapshot, START + HOUR)
    assert caught.value.code is RevocationCode.REVOKED


def test_a_status_change_is_accepted_with_a_warning_while_no_authority_answers(
    pki: CertomancerPki,
) -> None:
    world = certified_world(make_world(), pki, role=KeyRole.STATUS)

    accepted = world.examine(world.status_change())

    assert [one.code for one in accepted.findings] == [RevocationCode.UNCHECKED]


SETTLED: dict[str, tuple[list[Change], RevocationStatus]] = {
    "nothing": ([], RevocationStatus.UNKNOWN),
    "one good": ([{}], RevocationStatus.GOOD),
    "revoked, and good later": (
        [revoked(REVOKED_AT), {"this_update": START}],
        RevocationStatus.REVOKED,
    ),
    "on hold, and good later": (
        [revoked(REVOKED_AT, "certificate_hold"), {"this_update": START}],
        RevocationStatus.GOOD,
    ),
    "good, and on hold later": (
        [{}, revoked(REVOKED_AT, "certificate_hold", this_update=START)],
        RevocationStatus.REVOKED,
    ),
}


@pytest.mark.parametrize(("answers", "status"), SETTLED.values(), ids=SETTLED)
def test_of_several_answers_a_revocation_is_for_ever_and_a_hold_is_not(
    key: KeyEntry, answers: list[Change], status: RevocationStatus
) -> None:
    good = facts(key).by_certificate[key.fingerprint]
    made = [replace(good, **change) for change in answers]

    assert settle(key.fingerprint, made, None).status is status
    assert settle(key.fingerprint, reversed(made), None).status is status


def test_of_several_revocations_the_earliest_counts(key: KeyEntry) -> None:
    good = facts(key).by_certificate[key.fingerprint]
    two = [replace(good, **revoked(START - n * DAY)) for n in (1, 2)]

    assert settle(key.fingerprint, two, None).revoked_at == START - 2 * DAY


def test_every_code_of_revocation_is_provoked_somewhere() -> None:
    tests = Path(__file__).parents[2]
    files = (*tests.glob("core/revocation/*.py"), *tests.glob("service/test_revocation*.py"))

    named = {
        name
        for file in files
        for name in re.findall(r"RevocationCode\.(\w+)", file.read_text("utf-8"))
    }

    assert {code.name for code in RevocationCode} <= named
