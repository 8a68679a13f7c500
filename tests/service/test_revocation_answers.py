"""Answers about revocation: what an authority says is believed, what stands in its place is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from asn1crypto import ocsp as asn1_ocsp
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from exchange.codes.revocation import RevocationCode
from exchange.core.revocation_facts import RevocationSource, RevocationStatus
from exchange.errors import PeerError
from exchange.service.revocation_answers import made_at, read_answer, read_list, require_path
from exchange.service.revocation_questions import Asked, request_about
from tests.pki_certomancer import NOW, REVOKED_AT, CertomancerPki, make_pki

NONCE = b"\x07" * 32
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> CertomancerPki:
    return make_pki(tmp_path_factory.mktemp("keys"))


def asked(pki: CertomancerPki, label: str = "good") -> Asked:
    return Asked(certificate=pki.certificate(label), above=pki.path(label))


def loaded(pki: CertomancerPki, label: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(pki.der(label))


def answer(
    pki: CertomancerPki,
    *,
    about: str = "good",
    issuer: str = "issuing",
    responder: str = "responder",
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
    at: datetime = NOW,
    lasts: timedelta | None = HOUR,
    nonce: bytes | None = NONCE,
    digest: Any = None,
    names: Any = None,
) -> bytes:
    """Return an OCSP answer made by hand, as an authority or somebody else would."""
    is_revoked = status is ocsp.OCSPCertStatus.REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        loaded(pki, about),
        loaded(pki, issuer),
        names or hashes.SHA1(),  # noqa: S303
        status,
        at,
        None if lasts is None else at + lasts,
        REVOKED_AT if is_revoked else None,
        x509.ReasonFlags.key_compromise if is_revoked else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, loaded(pki, responder))
    builder = builder.certificates([loaded(pki, responder)])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    signed = builder.sign(pki.private_key(responder), digest or hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def broken_signature(octets: bytes) -> bytes:
    """Return an OCSP answer with one bit of its signature changed."""
    response = asn1_ocsp.OCSPResponse.load(octets)
    basic = response["response_bytes"]["response"].parsed
    value = bytearray(basic["signature"].native)
    value[-1] ^= 1
    basic["signature"] = bytes(value)
    response["response_bytes"]["response"] = basic
    made: bytes = response.dump(force=True)
    return made


GOOD_ANSWERS: dict[str, tuple[Callable[[CertomancerPki], bytes], str, RevocationStatus]] = {
    "good": (
        lambda pki: pki.ocsp("issuing", request_about(asked(pki), NONCE)),
        "good",
        RevocationStatus.GOOD,
    ),
    "revoked": (
        lambda pki: pki.ocsp("issuing", request_about(asked(pki, "revoked"), NONCE)),
        "revoked",
        RevocationStatus.REVOKED,
    ),
    "on hold": (
        lambda pki: pki.ocsp("issuing", request_about(asked(pki, "held"), NONCE)),
        "held",
        RevocationStatus.REVOKED,
    ),
    "made in advance, without number": (
        lambda pki: answer(pki, nonce=None),
        "good",
        RevocationStatus.GOOD,
    ),
    "without next update": (lambda pki: answer(pki, lasts=None), "good", RevocationStatus.GOOD),
    "named by SHA-256": (
        lambda pki: answer(pki, names=hashes.SHA256()),
        "good",
        RevocationStatus.GOOD,
    ),
    "of the authority itself": (
        lambda pki: answer(pki, responder="issuing"),
        "good",
        RevocationStatus.GOOD,
    ),
    "old, which is judged later": (
        lambda pki: answer(pki, at=NOW - timedelta(days=30)),
        "good",
        RevocationStatus.GOOD,
    ),
    "made at the second of the revocation": (
        lambda pki: answer(pki, about="revoked", status=ocsp.OCSPCertStatus.REVOKED, at=REVOKED_AT),
        "revoked",
        RevocationStatus.REVOKED,
    ),
    "old, and revoked": (
        lambda pki: answer(
            pki,
            about="revoked",
            status=ocsp.OCSPCertStatus.REVOKED,
            at=NOW - timedelta(days=30),
        ),
        "revoked",
        RevocationStatus.REVOKED,
    ),
}


@pytest.mark.parametrize(("make", "label", "status"), GOOD_ANSWERS.values(), ids=GOOD_ANSWERS)
def test_what_a_responder_says_is_believed(
    pki: CertomancerPki,
    make: Callable[[CertomancerPki], bytes],
    label: str,
    status: RevocationStatus,
) -> None:
    fact = read_answer(make(pki), asked(pki, label), nonce=NONCE, at=NOW)

    assert fact.status is status
    assert fact.source is RevocationSource.OCSP
    assert fact.certificate == pki.certificate(label).fingerprint
    assert fact.revoked_at == (None if status is RevocationStatus.GOOD else REVOKED_AT)


BAD_ANSWERS: dict[str, tuple[Callable[[CertomancerPki], bytes], RevocationCode]] = {
    "nothing": (lambda _: b"", RevocationCode.UNREADABLE),
    "a web page": (lambda _: b"<html>" + b"a" * 1000, RevocationCode.UNREADABLE),
    "cut in the middle": (lambda pki: answer(pki)[:-20], RevocationCode.UNREADABLE),
    "come back later": (
        lambda _: ocsp.OCSPResponseBuilder.build_unsuccessful(
            ocsp.OCSPResponseStatus.TRY_LATER
        ).public_bytes(Encoding.DER),
        RevocationCode.NOT_AN_ANSWER,
    ),
    "unknown to the responder": (
        lambda pki: answer(pki, status=ocsp.OCSPCertStatus.UNKNOWN),
        RevocationCode.NOT_AN_ANSWER,
    ),
    "about another certificate": (
        lambda pki: answer(pki, about="by-list"),
        RevocationCode.FOR_ANOTHER,
    ),
    "about another authority's certificate": (
        lambda pki: answer(pki, issuer="second", responder="second"),
        RevocationCode.FOR_ANOTHER,
    ),
    "with the number of an earlier question": (
        lambda pki: answer(pki, nonce=b"\x08" * 32),
        RevocationCode.NONCE,
    ),
    "with a number of no octets": (lambda pki: answer(pki, nonce=b"\x00"), RevocationCode.NONCE),
    "from the future": (lambda pki: answer(pki, at=NOW + HOUR), RevocationCode.FROM_FUTURE),
    "with a broken signature": (
        lambda pki: broken_signature(answer(pki)),
        RevocationCode.SIGNATURE,
    ),
    "signed by the certificate that it is about": (
        lambda pki: answer(pki, responder="good"),
        RevocationCode.SIGNATURE,
    ),
    "signed by another certificate of the authority": (
        lambda pki: answer(pki, responder="tsa"),
        RevocationCode.SIGNATURE,
    ),
    "signed by another authority": (
        lambda pki: answer(pki, responder="second"),
        RevocationCode.SIGNATURE,
    ),
    "signed by the anchor, which did not issue it": (
        lambda pki: answer(pki, responder="root"),
        RevocationCode.SIGNATURE,
    ),
}


@pytest.mark.parametrize(("make", "code"), BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_what_stands_in_the_place_of_an_ocsp_answer_is_not_believed(
    pki: CertomancerPki, make: Callable[[CertomancerPki], bytes], code: RevocationCode
) -> None:
    with pytest.raises(PeerError) as caught:
        read_answer(make(pki), asked(pki), nonce=NONCE, at=NOW)
    assert caught.value.code is code


def test_a_kept_answer_is_read_again_without_its_number(pki: CertomancerPki) -> None:
    octets = answer(pki, nonce=b"\x09" * 32)

    assert read_answer(octets, asked(pki), nonce=None, at=NOW).status is RevocationStatus.GOOD


def revocation_list(
    pki: CertomancerPki,
    *,
    issuer: str = "issuing",
    key: str | None = None,
    at: datetime = NOW,
    entries: tuple[str, ...] = (),
    since: datetime = REVOKED_AT,
    critical: x509.ExtensionType | None = None,
    count: int = 0,
) -> bytes:
    """Return a revocation list made by hand."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(loaded(pki, issuer).subject)
        .last_update(at)
        .next_update(at + timedelta(days=1))
    )
    serials = [loaded(pki, label).serial_number for label in entries]
    for serial in (*serials, *range(10**9, 10**9 + count)):
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        )
    if critical is not None:
        builder = builder.add_extension(critical, critical=True)
    signed = builder.sign(pki.private_key(key or issuer), hashes.SHA256())
    return signed.public_bytes(Encoding.DER)


def scope(**only: Any) -> x509.IssuingDistributionPoint:
    fields: dict[str, Any] = {
        "full_name": None,
        "relative_name": None,
        "only_contains_user_certs": False,
        "only_contains_ca_certs": False,
        "only_some_reasons": None,
        "indirect_crl": False,
        "only_contains_attribute_certs": False,
    }
    return x509.IssuingDistributionPoint(**(fields | only))


GOOD_LISTS: dict[str, tuple[Callable[[CertomancerPki], bytes], str, RevocationStatus]] = {
    "good": (lambda pki: pki.crl("issuing"), "good", RevocationStatus.GOOD),
    "revoked": (lambda pki: pki.crl("issuing"), "revoked", RevocationStatus.REVOKED),
    "on hold": (lambda pki: pki.crl("issuing"), "held", RevocationStatus.REVOKED),
    "empty": (revocation_list, "good", RevocationStatus.GOOD),
    "long": (
        lambda pki: revocation_list(pki, count=2000, entries=("good",)),
        "good",
        RevocationStatus.REVOKED,
    ),
    "for users only": (
        lambda pki: revocation_list(pki, critical=scope(only_contains_user_certs=True)),
        "good",
        RevocationStatus.GOOD,
    ),
    "stale, which is judged later": (
        lambda pki: revocation_list(pki, at=NOW - timedelta(days=30)),
        "good",
        RevocationStatus.GOOD,
    ),
    "made at the second of the revocation": (
        lambda pki: revocation_list(pki, entries=("good",), since=NOW),
        "good",
        RevocationStatus.REVOKED,
    ),
    "that announces a revocation": (
        lambda pki: revocation_list(pki, entries=("good",), since=NOW + HOUR),
        "good",
        RevocationStatus.REVOKED,
    ),
}


@pytest.mark.parametrize(("make", "label", "status"), GOOD_LISTS.values(), ids=GOOD_LISTS)
def test_what_a_revocation_list_says_is_believed(
    pki: CertomancerPki,
    make: Callable[[CertomancerPki], bytes],
    label: str,
    status: RevocationStatus,
) -> None:
    fact = read_list(make(pki), asked(pki, label), at=NOW)

    assert fact.status is status
    assert fact.source is RevocationSource.CRL
    assert (fact.revoked_at is None) is (status is RevocationStatus.GOOD)


BAD_LISTS: dict[str, tuple[Callable[[CertomancerPki], bytes], RevocationCode]] = {
    "nothing": (lambda _: b"", RevocationCode.UNREADABLE),
    "an OCSP answer": (answer, RevocationCode.UNREADABLE),
    "armoured": (
        lambda _: b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n",
        RevocationCode.UNREADABLE,
    ),
    "of another authority": (lambda pki: pki.crl("root"), RevocationCode.FOR_ANOTHER),
    "in the name of the authority, by another key": (
        lambda pki: revocation_list(pki, key="second"),
        RevocationCode.SIGNATURE,
    ),
    "from the future": (
        lambda pki: revocation_list(pki, at=NOW + HOUR),
        RevocationCode.FROM_FUTURE,
    ),
    "of changes only": (
        lambda pki: revocation_list(pki, critical=x509.DeltaCRLIndicator(1)),
        RevocationCode.UNREADABLE,
    ),
    "for authorities only": (
        lambda pki: revocation_list(pki, critical=scope(only_contains_ca_certs=True)),
        RevocationCode.FOR_ANOTHER,
    ),
    "for some reasons only": (
        lambda pki: revocation_list(
            pki,
            critical=scope(only_some_reasons=frozenset({x509.ReasonFlags.key_compromise})),
        ),
        RevocationCode.FOR_ANOTHER,
    ),
    "of another place": (
        lambda pki: revocation_list(
            pki,
            critical=scope(full_name=[x509.UniformResourceIdentifier("http://other.invalid/")]),
        ),
        RevocationCode.FOR_ANOTHER,
    ),
    "with something critical that nobody knows": (
        lambda pki: revocation_list(
            pki, critical=x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
        ),
        RevocationCode.FOR_ANOTHER,
    ),
}


@pytest.mark.parametrize(("make", "code"), BAD_LISTS.values(), ids=BAD_LISTS)
def test_what_stands_in_the_place_of_a_revocation_list_is_not_believed(
    pki: CertomancerPki, make: Callable[[CertomancerPki], bytes], code: RevocationCode
) -> None:
    with pytest.raises(PeerError) as caught:
        read_list(make(pki), asked(pki), at=NOW)
    assert caught.value.code is code


def test_a_list_signed_with_sha_1_is_not_believed(pki: CertomancerPki) -> None:
    """The name of the digest is put in its place: nothing here signs with SHA-1 any more."""
    strong = bytes.fromhex("300a06082a8648ce3d040302")
    weak = bytes.fromhex("300906072a8648ce3d0401")
    made = revocation_list(pki)
    assert made[:2] == b"\x30\x81"
    assert made[3] == 0x30
    assert made.count(strong) == 2
    # Each name is an octet shorter; both hold for the whole, the first for the part inside.
    shorter = bytes((0x30, 0x81, made[2] - 2, 0x30, made[4] - 1, *made[5:]))
    with pytest.raises(PeerError) as caught:
        read_list(shorter.replace(strong, weak), asked(pki), at=NOW)
    assert caught.value.code is RevocationCode.SIGNATURE
    assert "found sha1" in str(caught.value)


def test_an_authority_is_asked_about_like_a_key(pki: CertomancerPki) -> None:
    above = Asked(certificate=pki.certificate("second"), above=(pki.certificate("root"),))

    fact = read_list(pki.crl("root"), above, at=NOW)

    assert (fact.status, fact.reason) == (RevocationStatus.REVOKED, "ca_compromise")


def test_an_anchor_may_have_been_issued_by_somebody_further_up(pki: CertomancerPki) -> None:
    """National lists name issuing authorities, and not the roots above them."""
    for label, status in (("good", RevocationStatus.GOOD), ("revoked", RevocationStatus.REVOKED)):
        short = Asked(certificate=pki.certificate(label), above=(pki.certificate("issuing"),))
        question = request_about(short, NONCE)

        require_path(short)
        assert read_list(pki.crl("issuing"), short, at=NOW).status is status
        told = read_answer(pki.ocsp("issuing", question), short, nonce=NONCE, at=NOW)
        assert told.status is status


def test_a_path_is_held_against_rfc_5280(pki: CertomancerPki) -> None:
    whole = asked(pki)
    require_path(whole)
    require_path(asked(pki, "ended"))
    before = replace(whole.issuer, not_before=datetime(2041, 1, 1, tzinfo=UTC))
    for above in (
        (pki.certificate("second"), pki.certificate("root")),
        (pki.certificate("root"),),
        (pki.certificate("good"), *whole.above),
        # Never valid at the same time.
        (before, pki.certificate("root")),
    ):
        with pytest.raises(PeerError) as caught:
            require_path(replace(whole, above=above))
        assert caught.value.code is RevocationCode.PATH


def test_when_octets_claim_to_be_made_is_read_without_believing_them(pki: CertomancerPki) -> None:
    assert made_at(pki.crl("issuing"), RevocationSource.CRL) == NOW.replace(hour=0)
    assert made_at(answer(pki), RevocationSource.OCSP) == NOW
    assert made_at(b"", RevocationSource.OCSP) is None
    assert made_at(b"", RevocationSource.CRL) is None


def test_a_question_names_the_certificate_and_a_number(pki: CertomancerPki) -> None:
    request = ocsp.load_der_ocsp_request(request_about(asked(pki), NONCE))

    assert request.serial_number == pki.certificate("good").serial
    assert request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == NONCE
    assert isinstance(loaded(pki, "good").public_key(), ec.EllipticCurvePublicKey)
