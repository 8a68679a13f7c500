"""Seven verdicts: each passed, failed and unknown, reached from signed documents."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from exchange.core.certificates import CertificateKey, KeptCertificate, KeptStatement
from exchange.core.competence import AccreditationState
from exchange.core.declarations import Coverage, Declared, Disclosure
from exchange.core.entry import Sequence
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import ContentDigest, Economy, KeyRole
from exchange.core.sentences import LANGUAGES, TEXTS, sentence
from exchange.core.snapshot import Snapshot
from exchange.core.verification import Asked, Goods, Match, Question, Result, Verification
from exchange.core.verification_kept import Inquiry, verify_together
from exchange.core.verification_shown import Sight
from tests.world import ISSUER, World

NUMBER = "10326Q10286R0M"
CCC = "cn-ccc-luminaire"


def kept(world: World, *documents: bytes) -> KeptCertificate:
    """Return a certificate as the register keeps it."""
    statements = []
    for number, data in enumerate(documents):
        signed = world.signed(data)
        statements.append(
            KeptStatement(
                sequence=Sequence(number),
                kind=signed.kind,
                issuer=ISSUER,
                content_digest=signed.content_digest,
                received_at=world.clock.now,
                data=data,
            )
        )
    return KeptCertificate(
        key=CertificateKey(0),
        issuer=ISSUER,
        attestation_id="a",
        certificate_number=NUMBER,
        scheme="urn:mrhub:scheme:management-systems",
        token=bytes(16),
        former_numbers=("OLD-1",),
        statements=tuple(statements),
    )


def verified(
    world: World,
    certificate: KeptCertificate,
    *,
    snapshot: Snapshot | None = None,
    asked: Asked | None = None,
    sight: Sight = Sight.CONTENT,
    declared: Declared | None = None,
    document: ContentDigest | None = None,
) -> Verification:
    inquiry = Inquiry(
        certificate=certificate,
        declared=declared,
        asked=asked or Asked(),
        sight=sight,
        at=world.clock.now,
        document=document,
    )
    (found,) = verify_together([inquiry], snapshot or world.snapshot)
    return found


def change(world: World, about: bytes, sample: str, **texts: str) -> bytes:
    """Return a signed status change about an attestation of the world."""
    signed = world.signed(about)
    text = world.draft(sample, kind="status-change").decode()
    claims = signed.content.decode()

    def put(name: str, value: str) -> None:
        nonlocal text
        text = re.sub(rf"(<(?:c:)?{name}\b[^>]*>)[^<]*", rf"\g<1>{value}", text, count=1)

    for name in ("AttestationID", "CertificateNumber", "SchemeID"):
        put(name, re.search(rf"<{name}>([^<]+)", claims)[1])  # type: ignore[index]
    put("Issuer", "CN-CB-0103")
    put("Digest", base64.b64encode(signed.content_digest).decode())
    put("DocumentID", f"urn:uuid:{uuid.uuid4()}")
    put("IssueDateTime", f"{world.clock.now:%Y-%m-%dT%H:%M:%SZ}")
    put("Sequence", "1")
    put("DecisionDate", f"{world.clock.now:%Y-%m-%d}")
    put("EffectiveDateTime", f"{world.clock.now:%Y-%m-%dT%H:%M:%SZ}")
    for name, value in texts.items():
        put(name, value)
    return world.sign(text.encode(), "CN-CB-0103", KeyRole.STATUS)


def result(found: Verification, question: Question) -> tuple[str, str]:
    one = next(one for one in found.verdicts if one.question is question)
    return one.result.value, one.code.value


def stopped(world: World, what: Stopped, *, body: bool = False) -> Snapshot:
    stop = Interruption(what=what, since=world.clock.now + timedelta(hours=1))
    key = world.signed(world.attestation()).certificate.fingerprint
    if body:
        return world.snapshot.with_interruptions(Interruptions.of(bodies={ISSUER: stop}))
    return world.snapshot.with_interruptions(Interruptions.of(keys={key: stop}))


def test_everything_passes_and_recognition_is_unknown(world: World) -> None:
    found = verified(world, kept(world, world.attestation()))

    assert [one.result for one in found.verdicts] == [Result.PASSED] * 6 + [Result.UNKNOWN]
    assert (found.overall.value, found.because) == ("valid", ())


BROKEN: list[tuple[Question, Callable[[bytes], bytes]]] = [
    (Question.WELL_FORMED, lambda data: data[:-20]),
    (
        Question.SCHEMA,
        lambda data: data.replace(b"<CertificateNumber>", b"<Number>", 1).replace(
            b"</CertificateNumber>", b"</Number>", 1
        ),
    ),
    (Question.SIGNATURE, lambda data: data.replace(b"2029-03-15", b"2028-03-15")),
]


@pytest.mark.parametrize(("question", "damage"), BROKEN, ids=[one[0].value for one in BROKEN])
def test_a_gate_that_fails_leaves_what_follows_unknown(
    world: World, question: Question, damage: Callable[[bytes], bytes]
) -> None:
    whole = kept(world, world.attestation())
    broken = replace(whole.statements[0], data=damage(whole.statements[0].data or b""))

    found = verified(world, replace(whole, statements=(broken,)))

    order = list(Question)
    at = order.index(question)
    results = [one.result for one in found.verdicts]
    assert results[:at] == [Result.PASSED] * at
    assert results[at] is Result.FAILED
    assert results[at + 1 :] == [Result.UNKNOWN] * (len(order) - at - 1)
    assert {one.code.value for one in found.verdicts[at + 1 : 6]} == {"verification.not-reached"}
    assert (found.overall.value, found.because[0]) == ("not-valid", question.value)


def test_key_of_another_body_fails_the_fourth_question(world: World) -> None:
    data = world.sign(world.draft(), "SG-CB-0601", KeyRole.ATTESTATION)

    found = verified(world, kept(world, data))

    assert result(found, Question.KEY)[0] == "failed"


def test_rules_that_are_broken_fail_the_fifth_question(world: World) -> None:
    data = world.attestation(changes={"<Number>GB/T 19001<": "<Number>ISO 13485<"})

    found = verified(world, kept(world, data))

    assert result(found, Question.ISSUER)[0] == "failed"
    assert result(found, Question.KEY)[0] == "passed"


@pytest.mark.parametrize(
    ("what", "body", "question", "expected"),
    [
        (Stopped.SUSPENDED, False, Question.KEY, ("unknown", "verification.key-suspended-since")),
        (Stopped.REVOKED, False, Question.KEY, ("failed", "verification.key-revoked-since")),
        (
            Stopped.SUSPENDED,
            True,
            Question.ISSUER,
            ("unknown", "verification.body-suspended-since"),
        ),
        (Stopped.REVOKED, True, Question.ISSUER, ("failed", "verification.body-ended-since")),
    ],
)
def test_what_is_stopped_marks_everything_that_rests_on_it_at_once(
    world: World,
    what: Stopped,
    body: bool,  # noqa: FBT001
    question: Question,
    expected: tuple[str, str],
) -> None:
    certificate = kept(world, world.attestation())
    snapshot = stopped(world, what, body=body)
    world.clock.forward(timedelta(hours=2))

    found = verified(world, certificate, snapshot=snapshot)

    assert result(found, question) == expected
    lasting = next(one.permanence for one in found.verdicts if one.question is question)
    assert lasting is not None
    assert (lasting.value == "final") == (what is Stopped.REVOKED)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (AccreditationState.SUSPENDED, ("unknown", "verification.accreditation-suspended-since")),
        (AccreditationState.WITHDRAWN, ("failed", "verification.accreditation-withdrawn-since")),
    ],
)
def test_accreditation_that_was_stopped_marks_the_certificate(
    world: World, state: AccreditationState, expected: tuple[str, str]
) -> None:
    certificate = kept(world, world.attestation())
    body = next(one for one in world.description.bodies if one.id == ISSUER)
    accreditations = tuple(
        replace(
            one,
            history=(replace(one.history[0], state=state, since=date(2026, 11, 22)), *one.history),
        )
        for one in body.accreditations
    )
    later = world.with_body(ISSUER, accreditations=accreditations)

    found = verified(world, certificate, snapshot=later.snapshot)

    assert result(found, Question.ISSUER) == expected


@pytest.mark.parametrize(
    ("sample", "code", "lasting"),
    [
        ("suspend", "verification.suspended", "temporary"),
        ("withdraw", "verification.withdrawn", "final"),
        ("cancel", "verification.cancelled", "final"),
    ],
)
def test_what_does_not_stand_fails_for_the_time_being_or_for_ever(
    world: World, sample: str, code: str, lasting: str
) -> None:
    attestation = world.attestation()
    texts = {"PreviousStatus": "active"}

    found = verified(
        world,
        kept(world, attestation, change(world, attestation, sample, **texts)),
        asked=Asked(on=date(2026, 6, 1)),
    )

    verdict = found.verdicts[5]
    assert (verdict.result.value, verdict.code.value) == ("failed", code)
    assert verdict.permanence is not None
    assert verdict.permanence.value == lasting
    assert found.then is not None
    assert found.then.status.value == "active"
    for language in LANGUAGES:
        assert TEXTS[language][lasting] in sentence(found, language)


def test_expired_by_the_clock_and_not_begun_on_the_day(world: World) -> None:
    certificate = kept(world, world.attestation())
    world.clock.forward(timedelta(days=150))

    early = verified(world, certificate, asked=Asked(on=date(2020, 1, 1)))

    assert result(early, Question.STANDING) == ("unknown", "verification.unconfirmed")
    assert [note.value for note in early.notes] == ["verification.not-yet"]


def test_a_declaration_confirms_for_a_month(world: World) -> None:
    certificate = kept(world, world.attestation())
    world.clock.forward(timedelta(days=60))
    declared = Declared(
        issuer=ISSUER,
        scheme=certificate.scheme,
        disclosure=Disclosure.PUBLIC,
        coverage=Coverage.ALL,
        as_of=world.clock.now - timedelta(days=30),
        statement=ContentDigest(bytes(32)),
    )

    assert result(verified(world, certificate, declared=declared), Question.STANDING)[0] == "passed"
    world.clock.forward(timedelta(days=1))
    late = verified(world, certificate, declared=declared)
    assert result(late, Question.STANDING) == ("unknown", "verification.unconfirmed")


def test_removed_octets_are_told_and_nothing_is_guessed(world: World) -> None:
    whole = kept(world, world.attestation())
    gone = replace(whole, statements=(replace(whole.statements[0], data=None),))

    found = verified(world, gone)

    assert found.removed == (whole.statements[0].content_digest,)
    assert (found.overall.value, found.code.value) == ("cannot-tell", "verification.removed")


def test_unsound_status_change_makes_the_standing_unknown(world: World) -> None:
    attestation = world.attestation()
    whole = kept(world, attestation, change(world, attestation, "suspend"))
    damaged = replace(whole.statements[1], data=(whole.statements[1].data or b"")[:-9])

    found = verified(world, replace(whole, statements=(whole.statements[0], damaged)))

    assert result(found, Question.STANDING) == ("unknown", "verification.statement-unsound")


def test_older_document_and_former_number_lead_to_the_present(world: World) -> None:
    certificate = kept(world, world.attestation())

    found = verified(
        world,
        certificate,
        asked=Asked(number="OLD-1"),
        document=ContentDigest(b"\x01" * 32),
    )

    assert result(found, Question.STANDING) == ("failed", "verification.older-revision")
    assert found.leads_to == NUMBER


def test_recognition_counts_only_where_an_economy_is_named(world: World) -> None:
    found = verified(world, kept(world, world.attestation()), asked=Asked(economy=Economy("KZ")))

    assert (found.overall.value, found.because) == ("cannot-tell", ("recognised",))


@pytest.mark.parametrize(
    ("goods", "covered", "code"),
    [
        (Goods(gtin="6901234567890"), "not-covered", "verification.goods-gtin-digit"),
        (Goods(hs="9405.11.40"), "covered", "verification.goods-covered"),
        (Goods(hs="010121"), "not-covered", "verification.goods-hs"),
        (Goods(model="no such model"), "not-covered", "verification.goods-model"),
        (Goods(batch="ANY"), "covered", "verification.goods-covered"),
        (Goods(factory="nowhere at all"), "not-covered", "verification.goods-factory"),
    ],
)
def test_goods_are_covered_or_not(world: World, goods: Goods, covered: str, code: str) -> None:
    data = world.attestation(CCC)

    found = verified(world, kept(world, data), asked=Asked(goods=goods))

    assert (found.goods[0].covered.value, found.goods[0].code.value) == (covered, code)
    assert ("goods" in found.because) == (covered != "covered")


def test_management_system_is_about_no_goods(world: World) -> None:
    found = verified(world, kept(world, world.attestation()), asked=Asked(goods=Goods(model="x")))

    assert found.goods[0].code.value == "verification.goods-not-certified"
    assert found.overall.value == "cannot-tell"


@pytest.mark.parametrize(
    ("typed", "match"),
    [
        ("SHANDONG HAIJIA FOODS CO LTD", Match.MATCH),
        ("山东海岬食品", Match.MATCH),
        ("Shandong Haijia Food", Match.CLOSE),
        ("Shandong", Match.MISMATCH),
        ("", Match.MISMATCH),
        ("。。。", Match.MISMATCH),
    ],
)
def test_holder_is_compared_and_never_told(world: World, typed: str, match: Match) -> None:
    found = verified(
        world,
        kept(world, world.attestation()),
        asked=Asked(holder=typed),
        sight=Sight.VERDICT,
    )

    assert found.holder is match
    assert found.certificate is not None
    assert found.certificate.holder == ()


def test_every_language_has_every_text_with_the_same_gaps() -> None:
    english = TEXTS["en"]
    for language in LANGUAGES:
        texts = TEXTS[language]
        assert texts.keys() == english.keys()
        for key in english:
            if key not in {"months", "date"}:
                gaps = set(re.findall(r"\{(\w+)\}", texts[key]))
                assert gaps == set(re.findall(r"\{(\w+)\}", english[key])), (language, key)
