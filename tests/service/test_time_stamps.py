"""Since when a document is known to exist: receipts, time-stamps, and what proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import cms, core, tsp
from certomancer.registry import CertLabel, KeyLabel, ServiceLabel

from exchange.codes.existence import ExistenceCode
from exchange.codes.receipts import ReceiptCode
from exchange.codes.revocation import RevocationCode
from exchange.core.examine import examine
from exchange.core.existence import ProofKind, by_receipt
from exchange.core.interruptions import Interruption, Interruptions, Stopped
from exchange.core.model import KeyRole
from exchange.core.revocation_facts import RevocationFact, RevocationFacts, RevocationStatus
from exchange.core.trust_values import KeyPeriod, KeyStatus
from exchange.errors import RejectedError, TrustError
from exchange.service.revocation_questions import chain_of
from exchange.service.time_stamps import MAX_TOKEN, _times, by_time_stamp, read_anchors
from tests.certified import certified_world, key_of
from tests.pki_certomancer import NOW, CertomancerPki, make_pki
from tests.proofs import DOCUMENT, receipt, request
from tests.world import HUB, START, World, make_world

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> CertomancerPki:
    return make_pki(tmp_path_factory.mktemp("keys"))


def anchors(pki: CertomancerPki) -> tuple[bytes, ...]:
    return (pki.der("issuing"), pki.der("root"))


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_a_time_stamp_says_since_when(pki: CertomancerPki, digest: str, *, whole: bool) -> None:
    answer = pki.time_stamp(request(digest=digest))
    token = answer if whole else tsp.TimeStampResp.load(answer)["time_stamp_token"].dump()

    existence = by_time_stamp(token, DOCUMENT, anchors(pki), now=NOW + DAY)

    assert (existence.kind, existence.at) == (ProofKind.TIME_STAMP, NOW)
    assert "tsa" in existence.by


def changed(pki: CertomancerPki, change: Callable[[Any], None]) -> bytes:
    """Return a token with something changed after it was signed."""
    token = tsp.TimeStampResp.load(pki.time_stamp(request()))["time_stamp_token"]
    signed = token["content"]
    change(signed)
    made: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump(
        force=True
    )
    return made


def other_time(signed: Any) -> None:
    info = tsp.TSTInfo.load(signed["encap_content_info"]["content"].contents)
    info["gen_time"] = NOW - 300 * DAY
    signed["encap_content_info"]["content"] = core.ParsableOctetString(info.dump(force=True))


def other_signature(signed: Any) -> None:
    value = bytearray(signed["signer_infos"][0]["signature"].native)
    value[-1] ^= 1
    signed["signer_infos"][0]["signature"] = bytes(value)


def two_signers(signed: Any) -> None:
    signed["signer_infos"] = [signed["signer_infos"][0]] * 2


def no_certificate(signed: Any) -> None:
    signed["certificates"] = []


def other_kind(signed: Any) -> None:
    signed["encap_content_info"]["content_type"] = "data"


def by_another(pki: CertomancerPki) -> bytes:
    """Return a token by a key whose certificate is for documents."""
    service = pki.arch.service_registry.summon_timestamper(ServiceLabel("tsa"), NOW)
    service.tsa_cert = pki.arch.get_cert(CertLabel("good"))
    service.tsa_key = pki.arch.key_set.get_private_key(KeyLabel("good"))
    made: bytes = service.request_tsa_response(tsp.TimeStampReq.load(request())).dump()
    return made


BAD: dict[str, tuple[Callable[[CertomancerPki], bytes], ExistenceCode]] = {
    "nothing": (lambda _: b"", ExistenceCode.UNREADABLE),
    "a web page": (lambda _: b"<html>", ExistenceCode.UNREADABLE),
    "too long": (lambda _: b"\x30" * (MAX_TOKEN + 1), ExistenceCode.UNREADABLE),
    "cut": (lambda pki: pki.time_stamp(request())[:-9], ExistenceCode.UNREADABLE),
    "a refusal of the authority": (
        lambda _: bytes.fromhex("30053003020102"),
        ExistenceCode.UNREADABLE,
    ),
    "something else that is signed": (
        lambda pki: changed(pki, other_kind),
        ExistenceCode.UNREADABLE,
    ),
    "signed by two": (lambda pki: changed(pki, two_signers), ExistenceCode.UNREADABLE),
    "of another document": (
        lambda pki: pki.time_stamp(request(b"another")),
        ExistenceCode.ANOTHER_DOCUMENT,
    ),
    "by SHA-1": (lambda pki: pki.time_stamp(request(digest="sha1")), ExistenceCode.WEAK),
    "with another time put into it": (
        lambda pki: changed(pki, other_time),
        ExistenceCode.SIGNATURE,
    ),
    "with a broken signature": (
        lambda pki: changed(pki, other_signature),
        ExistenceCode.SIGNATURE,
    ),
    "without certificate": (lambda pki: changed(pki, no_certificate), ExistenceCode.SIGNATURE),
    "by a key for documents": (by_another, ExistenceCode.AUTHORITY),
    "before the authority existed": (
        lambda pki: pki.time_stamp(request(), datetime(2019, 1, 1, tzinfo=UTC)),
        ExistenceCode.AUTHORITY,
    ),
    "from the future": (
        lambda pki: pki.time_stamp(request(), NOW + DAY),
        ExistenceCode.FROM_FUTURE,
    ),
}


@pytest.mark.parametrize(("make", "code"), BAD.values(), ids=BAD)
def test_a_time_stamp_that_proves_nothing_is_refused(
    pki: CertomancerPki, make: Callable[[CertomancerPki], bytes], code: ExistenceCode
) -> None:
    with pytest.raises(TrustError) as caught:
        by_time_stamp(make(pki), DOCUMENT, anchors(pki), now=NOW)
    assert caught.value.code is code


def test_a_time_stamping_authority_is_believed_for_its_anchor_alone(pki: CertomancerPki) -> None:
    token = pki.time_stamp(request())
    for given in ((), (pki.der("second"),)):
        with pytest.raises(TrustError) as caught:
            by_time_stamp(token, DOCUMENT, given, now=NOW)
        assert caught.value.code is ExistenceCode.AUTHORITY
    with pytest.raises(TrustError) as caught:
        read_anchors([b"nonsense"])
    assert caught.value.code is ExistenceCode.UNREADABLE


@pytest.mark.parametrize(
    ("reason", "since", "lost"),
    [
        (None, None, False),
        ("key_compromise", NOW + DAY, True),
        ("unspecified", NOW + DAY, True),
        ("superseded", NOW + DAY, False),
        ("superseded", NOW - DAY, True),
    ],
)
def test_a_stamp_of_a_key_that_may_have_been_stolen_proves_nothing(
    pki: CertomancerPki, reason: str | None, since: datetime | None, *, lost: bool
) -> None:
    token = pki.time_stamp(request())
    pki.revoke("tsa", since, reason or "unspecified")
    try:
        later = NOW + 2 * DAY
        lists = [pki.crl("root", later), pki.crl("issuing", later), b"nonsense"]
        if not lost:
            given = by_time_stamp(token, DOCUMENT, anchors(pki), now=later, revocation_lists=lists)
            assert given.at == NOW
            return
        with pytest.raises(TrustError) as caught:
            by_time_stamp(token, DOCUMENT, anchors(pki), now=later, revocation_lists=lists)
        assert caught.value.code is ExistenceCode.KEY_LOST
    finally:
        pki.revoke("tsa", None)


def test_the_accuracy_of_a_stamp_counts_against_it(pki: CertomancerPki) -> None:
    """What the authority leaves open is not proven."""
    info = tsp.TSTInfo.load(
        tsp.TimeStampResp.load(pki.time_stamp(request()))["time_stamp_token"]["content"][
            "encap_content_info"
        ]["content"].contents
    )
    info["accuracy"] = {"seconds": 90, "millis": 500}

    assert _times(info) == (NOW, NOW + timedelta(seconds=90.5))


def test_the_receipt_of_a_hub_is_a_proof_of_existence(world: World) -> None:
    existence = by_receipt(
        receipt(world, DOCUMENT), DOCUMENT, world.snapshot, now=START + 100 * DAY
    )

    assert (existence.kind, existence.at, existence.by) == (ProofKind.RECEIPT, START, HUB)


def test_a_receipt_of_another_document_proves_nothing(world: World) -> None:
    with pytest.raises(RejectedError) as caught:
        by_receipt(receipt(world, b"another"), DOCUMENT, world.snapshot, now=START)
    assert caught.value.code is ReceiptCode.RCP_01


def test_a_receipt_from_the_future_proves_nothing(world: World) -> None:
    with pytest.raises(TrustError) as caught:
        by_receipt(receipt(world, DOCUMENT), DOCUMENT, world.snapshot, now=START - DAY)
    assert caught.value.code is ExistenceCode.FROM_FUTURE


@pytest.mark.parametrize("stopped", ["on the list", "by administrators"])
def test_a_receipt_of_a_key_that_was_lost_since_proves_nothing(world: World, stopped: str) -> None:
    made = receipt(world, DOCUMENT)
    snapshot = world.snapshot
    if stopped == "on the list":
        key = snapshot.trust.keys(HUB, KeyRole.RECEIPT)[0]
        (first, *_) = key.periods
        revoked = world.with_key(
            HUB,
            KeyRole.RECEIPT,
            periods=(
                KeyPeriod(status=KeyStatus.REVOKED, not_before=START + DAY, not_after=None),
                replace(first, not_after=START + DAY),
            ),
        )
        snapshot = revoked.snapshot
    else:
        key = snapshot.trust.keys(HUB, KeyRole.RECEIPT)[0]
        stop = Interruption(what=Stopped.REVOKED, since=START + DAY)
        snapshot = snapshot.with_interruptions(Interruptions.of(keys={key.fingerprint: stop}))

    assert by_receipt(made, DOCUMENT, snapshot, now=START).at == START
    with pytest.raises(TrustError) as caught:
        by_receipt(made, DOCUMENT, snapshot, now=START + 2 * DAY)
    assert caught.value.code is ExistenceCode.KEY_LOST


def test_a_proof_of_existence_tells_before_from_after_a_revocation(pki: CertomancerPki) -> None:
    """One document, one revocation, two proofs: the earlier one saves it."""
    world = certified_world(make_world(), pki)
    document = world.attestation(at=START)
    facts = [
        RevocationFact(
            certificate=asked.certificate.fingerprint,
            status=RevocationStatus.GOOD,
            this_update=START + 30 * DAY,
        )
        for asked in chain_of(key_of(world))
    ]
    facts[0] = replace(
        facts[0],
        status=RevocationStatus.REVOKED,
        revoked_at=START + 2 * DAY,
        reason="key_compromise",
    )
    snapshot = world.snapshot.with_revocation(RevocationFacts.of(facts))
    early = by_time_stamp(
        pki.time_stamp(request(document), START + DAY), document, anchors(pki), now=NOW + 30 * DAY
    )
    late = by_time_stamp(
        pki.time_stamp(request(document), START + 3 * DAY),
        document,
        anchors(pki),
        now=NOW + 30 * DAY,
    )
    receipted = by_receipt(receipt(world, document), document, world.snapshot, now=START + 30 * DAY)

    assert examine(document, snapshot, early.at).trusted.key == key_of(world)
    assert examine(document, snapshot, receipted.at).trusted.key == key_of(world)
    with pytest.raises(TrustError) as caught:
        examine(document, snapshot, late.at)
    assert caught.value.code is RevocationCode.REVOKED


def test_every_code_of_existence_is_provoked_here() -> None:
    provoked = {code for _, code in BAD.values()}
    assert set(ExistenceCode) - provoked == {ExistenceCode.KEY_LOST}
