"""Signing: the same profile that gate 3 demands, from octets in to octets out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from lxml import etree

from exchange.codes.gates import SignatureCode, XMLCode
from exchange.core.der import has_positive_serial, issuer_serial
from exchange.core.foreign import check
from exchange.core.signature_policy import STATEMENT
from exchange.core.signing import complete, prepare
from exchange.core.xml import canonical, parse
from exchange.errors import MalformedError, SignatureError
from tests.hostile_material import DRAFT, LIMITS, P, one, signature
from tests.pki import NOT_AFTER, NOT_BEFORE, SIGNED_AT, make_signer


def test_prepare_writes_the_canonical_form_that_libxml2_would() -> None:
    signer = make_signer()
    to_sign = prepare(DRAFT, certificates=[signer.der], signed_at=SIGNED_AT)
    root = etree.fromstring(complete(to_sign, signer.value(to_sign.octets)))

    assert canonical(signature(root)[0]) == to_sign.octets


def test_complete_leaves_every_octet_of_the_draft_in_its_place() -> None:
    for draft in (DRAFT, DRAFT.replace(b"><m:Standard", b">\n\t<m:Standard"), b"<a> text </a>\n"):
        signed = make_signer().sign(draft)
        start, _, rest = signed.partition(b"<ds:Signature")
        again = start + rest.partition(b"</ds:Signature>")[2]

        assert again.endswith(draft) or again == draft


def test_complete_without_declaration_gets_one() -> None:
    assert (
        make_signer().sign(b"<a>1</a>").startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<a>')
    )


def test_prepare_same_input_gives_same_octets_and_other_time_gives_others() -> None:
    signer = make_signer()
    first, second = (
        prepare(DRAFT, certificates=[signer.der], signed_at=SIGNED_AT) for _ in range(2)
    )
    later = prepare(DRAFT, certificates=[signer.der], signed_at=SIGNED_AT + timedelta(seconds=1))

    assert first == second
    assert first.octets != later.octets


def test_prepare_instant_of_another_zone_is_written_in_utc() -> None:
    at = datetime(2026, 11, 22, 18, 0, 0, 999, tzinfo=timezone(timedelta(hours=8)))
    signed = make_signer().sign(DRAFT, at=at)

    assert one(etree.fromstring(signed), f"{P}SigningTime").text == "2026-11-22T10:00:00Z"


def test_sign_chain_carries_the_signer_first() -> None:
    authority = make_signer("p384", number=9, subject="Root", authority=True)
    signer = make_signer(issuer=authority)

    checked = check(parse(signer.sign(DRAFT), LIMITS), policy=STATEMENT)

    assert checked.certificate.der == signer.der
    assert checked.further_certificates == (authority.der,)


@pytest.mark.parametrize(
    ("kind", "changes", "code"),
    [
        ("rsa2048", {}, SignatureCode.WEAK_KEY),
        ("p521", {}, SignatureCode.WEAK_KEY),
        ("p256", {"authority": True}, SignatureCode.CERTIFICATE_AUTHORITY),
        ("p256", {"may_sign": False}, SignatureCode.CERTIFICATE_KEY_USAGE),
    ],
)
def test_prepare_key_that_may_not_sign_is_refused(
    kind: str, changes: dict[str, bool], code: SignatureCode
) -> None:
    signer = make_signer(
        kind,
        authority=changes.get("authority", False),
        may_sign=changes.get("may_sign", True),
    )

    with pytest.raises(SignatureError) as refused:
        prepare(DRAFT, certificates=[signer.der], signed_at=SIGNED_AT)

    assert refused.value.code is code


@pytest.mark.parametrize(
    ("at", "algorithm", "code"),
    [
        (NOT_BEFORE - timedelta(seconds=1), None, SignatureCode.SIGNED_BEFORE_VALIDITY),
        (NOT_AFTER + timedelta(seconds=1), None, SignatureCode.SIGNED_AFTER_VALIDITY),
        (SIGNED_AT, "urn:none", SignatureCode.SIGNATURE_METHOD),
        (
            SIGNED_AT,
            "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
            SignatureCode.KEY_MISMATCH,
        ),
    ],
)
def test_prepare_what_could_never_verify_is_refused(
    at: datetime, algorithm: str | None, code: SignatureCode
) -> None:
    with pytest.raises(SignatureError) as refused:
        prepare(DRAFT, certificates=[make_signer().der], signed_at=at, algorithm=algorithm)

    assert refused.value.code is code


def test_prepare_signed_empty_and_unreadable_drafts_are_refused() -> None:
    signer = make_signer()
    with pytest.raises(SignatureError) as twice:
        signer.sign(signer.sign(DRAFT))
    with pytest.raises(SignatureError) as empty:
        signer.sign(b"<a/>")
    with pytest.raises(MalformedError) as comment:
        signer.sign(b"<a><!-- --></a>")
    with pytest.raises(SignatureError) as nobody:
        prepare(DRAFT, certificates=[], signed_at=SIGNED_AT)

    assert twice.value.code is SignatureCode.MULTIPLE
    assert empty.value.code is SignatureCode.CONTENT
    assert comment.value.code is XMLCode.COMMENT
    assert nobody.value.code is SignatureCode.CERTIFICATE_MISSING


def test_complete_der_instead_of_two_numbers_is_refused() -> None:
    to_sign = prepare(DRAFT, certificates=[make_signer().der], signed_at=SIGNED_AT)

    with pytest.raises(SignatureError) as refused:
        complete(to_sign, bytes(71))

    assert refused.value.code is SignatureCode.SIGNATURE_VALUE


def test_issuer_serial_is_the_structure_of_rfc_5035() -> None:
    assert issuer_serial(b"\x30\x00", 128).hex() == "300a3004a402300002020080"
    assert issuer_serial(b"\x30\x00", 127).hex() == "30093004a402300002017f"
    assert issuer_serial(b"\x30\x82\x01\x00" + bytes(256), 1)[:2] == b"\x30\x82"


@pytest.mark.parametrize("octets", [b"", b"\x30", b"\x30\x80", b"\x30\x03\x30\x01\x02", b"abc"])
def test_has_positive_serial_of_anything_else_is_no(octets: bytes) -> None:
    assert not has_positive_serial(octets)


def test_signed_at_is_utc() -> None:
    assert check(parse(make_signer().sign(DRAFT), LIMITS), policy=STATEMENT).signed_at == (
        datetime(2026, 11, 22, 10, tzinfo=UTC)
    )
