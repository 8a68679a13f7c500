"""What is answered along the life of a certificate: corrected, transferred, held, removed."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest

from exchange.core.certificates import KeptCertificate
from exchange.core.declarations import Declarations
from exchange.core.differences import MAX_DIFFERENCES, differences
from exchange.core.model import ContentDigest, KeyRole
from exchange.core.notices import Removal
from exchange.core.sentences import sentence
from exchange.core.verification import (
    Asked,
    EvidenceKind,
    Goods,
    Question,
    Result,
    Verification,
)
from exchange.core.verification_absent import absent
from exchange.core.verification_document import asked_words
from exchange.core.verification_kept import Inquiry, verify_together
from exchange.core.verification_shown import Sight
from tests.core.test_verification import change, kept, result, verified
from tests.living import begun
from tests.world import ISSUER, World

ADAPTER = "cn-ccc-adapter"
BATCHES = "cn-ccc-kettle-batch"
ORDER = "Beijing Fourth Court, (2026) 123, 2026-11-20"


def standing(found: Verification) -> tuple[str, str]:
    return result(found, Question.STANDING)


def told(found: Verification) -> dict[str, tuple[str | None, str | None]]:
    return {one.path.rpartition("/")[2]: (one.before, one.after) for one in found.differences}


def test_each_question_that_is_passed_says_why_with_its_evidence(world: World) -> None:
    found = verified(world, kept(world, world.attestation()))

    assert [one.code.value for one in found.verdicts] == [
        "verification.well-formed",
        "verification.schema",
        "verification.signature",
        "verification.key-trusted",
        "verification.issuer-entitled",
        "verification.in-force",
        "verification.recognition-not-asked",
    ]
    assert all(one.evidence for one in found.verdicts[:6])


def test_draft_is_not_valid_for_the_time_being(world: World) -> None:
    data = world.attestation(changes={'"MRHUB-STATUS">active<': '"MRHUB-STATUS">draft<'})

    found = verified(world, kept(world, data))

    assert standing(found) == ("failed", "verification.draft")
    assert found.now is not None
    assert found.now.permanence is not None
    assert found.now.permanence.value == "temporary"


def test_valid_on_the_last_day_where_the_issuer_lives_and_expired_on_the_next(
    world: World,
) -> None:
    last = world.clock.now.date() + timedelta(days=5)
    certificate = kept(world, begun(world, 1, expires=last).data)
    # 15:59:59 UTC is the last second of a day in China.
    world.clock.now = world.clock.now.replace(hour=15, minute=59, second=59) + timedelta(days=5)
    assert standing(verified(world, certificate)) == ("passed", "verification.in-force")

    world.clock.forward(timedelta(seconds=1))
    found = verified(world, certificate, asked=Asked(on=last))

    assert standing(found) == ("failed", "verification.expired")
    assert found.then is not None
    assert found.then.status.value == "active"
    # The day that was the last valid one is not the day since which it has expired.
    assert f"expired since {(last + timedelta(days=1)).day} {last:%B %Y}" in sentence(found, "en")


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Sao_Paulo", "Pacific/Auckland"])
def test_last_day_of_a_suspension_is_that_of_the_issuer_wherever_it_lives(
    world: World, zone: str
) -> None:
    moved = world.with_body("CN-CB-0103", time_zone=zone)
    first = begun(moved, 1)
    suspended = first.change("suspend", 1)
    end = re.search(rb"<SuspensionEnd[^>]*>([^<]+)", suspended)
    assert end is not None

    found = verified(moved, kept(moved, first.data, suspended))

    assert found.now is not None
    assert found.now.until == date.fromisoformat(end[1].decode())


def test_texts_that_differ_far_behind_are_told_and_many_are_compared_in_no_time() -> None:
    def written(product: str, number: int) -> bytes:
        lines = "".join(f"<Product>{product} {line}</Product>" for line in range(number))
        return f"<Attestation><Name>{'n' * 300}{product}</Name>{lines}</Attestation>".encode()

    found = differences(written("a", 20_000), written("b", 20_000))

    assert len(found) == MAX_DIFFERENCES
    assert found[0].path == "/Attestation/Name"
    assert {len(found[0].before or ""), len(found[0].after or "")} == {200}
    assert (found[1].before, found[1].after) == ("a 0", "b 0")


def test_superseded_certificate_leads_to_the_one_that_took_its_place(world: World) -> None:
    first = begun(world, 2)
    second = first.accepted_by("CN-CB-0107", number="10726Q00307R0M")
    transfer = first.change("transfer", 1, successor=second)
    inquiry = Inquiry(
        certificate=kept(world, first.data, transfer),
        declared=None,
        asked=Asked(),
        sight=Sight.VERDICT,
        at=world.clock.now,
        successor="10726Q00307R0M (CN-CB-0107)",
    )

    (found,) = verify_together([inquiry], world.snapshot)

    assert standing(found) == ("failed", "verification.superseded")
    assert found.leads_to == "10726Q00307R0M (CN-CB-0107)"
    assert "10726Q00307R0M" in sentence(found, "ru")


def corrected(world: World) -> tuple[KeptCertificate, str, str]:
    first = begun(world, 3)
    second = first.revised(number="10326Q99999R0M", values={"ExpiryDate": "2029-02-01"})
    certificate = kept(world, first.data, second.data)
    return (
        replace(certificate, certificate_number=second.number, former_numbers=(first.number,)),
        first.number,
        second.number,
    )


@pytest.mark.parametrize("sight", [Sight.VERDICT, Sight.CONTENT, Sight.COMMERCIAL])
def test_former_number_leads_to_the_present_one_and_says_what_changed(
    world: World, sight: Sight
) -> None:
    certificate, old, new = corrected(world)

    found = verified(world, certificate, asked=Asked(number=old), sight=sight)

    assert found.overall.value == "valid"
    assert found.leads_to == new
    assert told(found)["CertificateNumber"] == (old, new)
    assert told(found)["ExpiryDate"] == ("2029-03-15", "2029-02-01")
    assert new in sentence(found, "en")


def test_present_number_leads_nowhere_else(world: World) -> None:
    certificate, _, new = corrected(world)

    assert verified(world, certificate, asked=Asked(number=new)).leads_to is None


def test_corrected_name_of_the_holder_is_told_to_nobody_who_has_only_the_number(
    world: World,
) -> None:
    first = begun(world, 4)
    second = first.revised(values={"c:TradingName": "海岬食品"})
    certificate = kept(world, first.data, second.data)

    blind = verified(world, certificate, sight=Sight.VERDICT)
    seeing = verified(world, certificate, sight=Sight.CONTENT)

    assert "TradingName" not in str(told(blind))
    assert told(seeing)["TradingName"] == ("海岬", "海岬食品")


def test_change_that_waits_for_the_one_before_it_is_named_and_has_no_effect(world: World) -> None:
    first = begun(world, 5)
    certificate = kept(world, first.data, first.change("suspend", 1), first.change("restore", 3))

    found = verified(world, certificate)

    assert standing(found) == ("failed", "verification.suspended")
    assert found.held == (certificate.statements[2].content_digest,)


def test_restriction_ahead_of_its_turn_counts_and_is_not_held(world: World) -> None:
    first = begun(world, 6)
    certificate = kept(world, first.data, first.change("suspend", 2))

    found = verified(world, certificate)

    assert standing(found) == ("failed", "verification.suspended")
    assert found.held == ()


def without(certificate: KeptCertificate, number: int) -> tuple[KeptCertificate, Removal]:
    """Return a certificate with one statement removed by order."""
    statements = list(certificate.statements)
    statements[number] = replace(statements[number], data=None)
    removal = Removal(
        content_digest=statements[number].content_digest,
        order=ORDER,
        removed_at=statements[number].received_at + timedelta(hours=1),
        notice_digest=ContentDigest(sha256(b"notice").digest()),
        notice=b"",
    )
    return replace(certificate, statements=tuple(statements)), removal


def asked_about(world: World, certificate: KeptCertificate, removal: Removal) -> Verification:
    inquiry = Inquiry(
        certificate=certificate,
        declared=None,
        asked=Asked(),
        sight=Sight.CONTENT,
        at=world.clock.now,
        removals=(removal,),
    )
    return verify_together([inquiry], world.snapshot)[0]


def test_removed_attestation_leaves_six_questions_unknown_with_the_order(world: World) -> None:
    certificate, removal = without(kept(world, world.attestation()), 0)

    found = asked_about(world, certificate, removal)

    assert {(one.result, one.code.value) for one in found.verdicts[:6]} == {
        (Result.UNKNOWN, "verification.removed")
    }
    for one in found.verdicts[:6]:
        assert ORDER in one.message
        assert (one.evidence[0].kind, one.evidence[0].value, one.evidence[0].digest) == (
            EvidenceKind.REMOVAL,
            ORDER,
            removal.notice_digest.hex(),
        )
    assert found.certificate is None
    assert found.overall.value == "cannot-tell"


def test_removed_suspension_makes_the_standing_unknown_and_nothing_else(world: World) -> None:
    first = begun(world, 8)
    whole = kept(world, first.data, first.change("suspend", 1), first.change("restore", 2))
    certificate, removal = without(whole, 1)

    found = asked_about(world, certificate, removal)

    assert [one.result for one in found.verdicts[:5]] == [Result.PASSED] * 5
    assert standing(found) == ("unknown", "verification.removed")
    assert found.verdicts[5].since == removal.removed_at
    assert ORDER in found.verdicts[5].message


def test_withdrawal_counts_although_what_stood_before_it_was_removed(world: World) -> None:
    first = begun(world, 9)
    whole = kept(world, first.data, first.change("suspend", 1), first.change("withdraw", 2))
    certificate, removal = without(whole, 1)

    found = asked_about(world, certificate, removal)

    assert standing(found) == ("failed", "verification.withdrawn")


def test_accreditation_that_has_run_out_makes_the_issuer_unknown(world: World) -> None:
    certificate = kept(world, world.attestation())
    body = next(one for one in world.description.bodies if one.id == ISSUER)
    ended = tuple(replace(one, valid_to=date(2026, 11, 22)) for one in body.accreditations)
    world.clock.forward(timedelta(days=1))

    found = verified(
        world, certificate, snapshot=world.with_body(ISSUER, accreditations=ended).snapshot
    )

    assert result(found, Question.ISSUER) == ("unknown", "verification.accreditation-ended-since")


@pytest.mark.parametrize(
    ("sample", "goods", "code"),
    [
        (BATCHES, Goods(batch="B2026-0519-A"), "verification.goods-covered"),
        (BATCHES, Goods(batch="B2026-0519-C"), "verification.goods-batch"),
        (BATCHES, Goods(model="YH-K1701"), "verification.goods-batch"),
        (ADAPTER, Goods(model="XQ-100C-EU"), "verification.goods-covered"),
        (BATCHES, Goods(gtin="96385074"), "verification.goods-gtin"),
    ],
)
def test_batches_and_models_of_a_line(world: World, sample: str, goods: Goods, code: str) -> None:
    found = verified(world, kept(world, world.attestation(sample)), asked=Asked(goods=goods))

    said = found.goods[0]
    assert said.code.value == code
    assert (said.covered.value == "covered") == (code == "verification.goods-covered")


def test_certificate_without_gtin_does_not_say(world: World) -> None:
    certificate = kept(world, world.attestation("cn-ccc-luminaire"))

    found = verified(world, certificate, asked=Asked(goods=Goods(gtin="96385074")))

    assert found.goods[0].code.value == "verification.goods-not-said"
    assert found.because == ("goods",)


def test_model_that_a_reduction_took_out_is_covered_before_and_not_after(world: World) -> None:
    data = world.attestation(ADAPTER)
    world.clock.forward(timedelta(days=2))
    reduced = kept(world, data, change(world, data, "reduce"))
    received = reduced.statements[0].received_at - timedelta(days=2)
    first = replace(reduced.statements[0], received_at=received)
    certificate = replace(reduced, statements=(first, reduced.statements[1]))
    goods = Goods(model="XQ-100C-EU")

    now = verified(world, certificate, asked=Asked(goods=goods))
    then = verified(world, certificate, asked=Asked(goods=goods, on=received.date()))
    other = verified(world, certificate, asked=Asked(goods=Goods(model="XQ-100C")))

    assert (now.goods[0].covered.value, now.goods[0].code.value) == (
        "not-covered",
        "verification.goods-reduced",
    )
    assert (now.overall.value, now.because) == ("not-valid", ("goods",))
    assert now.now is not None
    assert now.now.is_reduced
    assert then.goods[0].covered.value == "covered"
    assert other.goods[0].covered.value == "covered"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("2026011001000789", "verification.only-by-address"),
        ("2026991001000789", "verification.number-format"),
        ("10326Q10286R0M", "verification.number-format"),
    ],
    ids=["the form of the scheme", "the code of another body", "the form of another scheme"],
)
def test_number_that_no_scheme_of_the_body_gives_is_told_unlike_a_hidden_one(
    world: World, number: str, code: str
) -> None:
    body = next(one for one in world.description.bodies if one.id == ISSUER)
    key = next(one for one in body.keys if one.role is KeyRole.ATTESTATION)
    scope = replace(key.scope, schemes=frozenset({"urn:mrhub:scheme:ccc"}))
    there = world.with_key(ISSUER, KeyRole.ATTESTATION, scope=scope)

    found, _ = absent(number, ISSUER, Declarations.of(()), there.snapshot, world.clock.now)

    assert found.value == code


def test_what_was_asked_is_repeated_in_words_without_address_and_holder() -> None:
    words = asked_words(
        Asked(
            number=" 1 \n 2 <x>",
            holder="Somebody",
            address_digest=bytes(32),
            goods=Goods(batch="\x00B"),
            on=date(2026, 11, 22),
        )
    )

    assert words == {
        "Number": "1 2 x",
        "AddressDigest": "A" * 43 + "=",
        "On": "2026-11-22",
        "Batch": "\ufffdB",
    }
