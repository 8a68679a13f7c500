"""The verb behind `exchange signature verify`: signature, policy, path and revocation."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.codes import Code
from exchange.codes.gates import PathCode, SignatureCode, XMLCode
from exchange.core.model import Indication, SubIndication
from exchange.core.signature_policy import FOREIGN, STATEMENT
from exchange.errors import SettingsError
from exchange.service.check import SignatureReport, check_document, read_question
from tests.hostile_edits import no_object
from tests.hostile_material import DRAFT, Material, edited
from tests.pki import NOT_AFTER, NOT_BEFORE, SIGNED_AT, Signer, make_signer

_ROOT = make_signer("p384", number=20, subject="Root", authority=True)
_AUTHORITY = make_signer("p256", number=21, subject="Authority", authority=True, issuer=_ROOT)
_SIGNER = make_signer("p256", number=22, subject="Signer", issuer=_AUTHORITY)
_AT = SIGNED_AT + timedelta(days=1)


def _pem(signer: Signer) -> bytes:
    return signer.certificate.public_bytes(Encoding.PEM)


def _list_of(issuer: Signer, *revoked: Signer, days: int = 30) -> bytes:
    """Return a revocation list in PEM."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(SIGNED_AT - timedelta(days=1))
        .next_update(SIGNED_AT + timedelta(days=days))
    )
    for one in revoked:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder()
            .serial_number(one.certificate.serial_number)
            .revocation_date(SIGNED_AT - timedelta(hours=1))
            .build()
        )
    assert not isinstance(issuer.key, ed25519.Ed25519PrivateKey)
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.PEM)


async def _ask(
    data: bytes,
    *anchors: Signer,
    lists: tuple[bytes, ...] = (),
    at: datetime = _AT,
) -> SignatureReport:
    question = read_question(
        anchors=[_pem(anchor) for anchor in anchors],
        revocation_lists=lists,
        policy=STATEMENT,
        at=at,
    )
    return await check_document(data, question)


async def test_check_document_with_a_path_to_the_anchor_is_accepted() -> None:
    report = await _ask(_SIGNER.sign(DRAFT), _ROOT)

    assert report.accepted
    assert report.indication is Indication.TOTAL_PASSED
    assert report.signed_element == "{urn:example:attestation:1}Attestation"
    assert report.signature_algorithm is not None
    assert report.signature_algorithm.endswith("ecdsa-sha256")
    assert not report.revocation_checked


async def test_check_document_pinned_key_certificate_needs_no_path() -> None:
    assert (await _ask(_SIGNER.sign(DRAFT), _SIGNER)).accepted


async def test_check_document_lists_that_answer_for_every_link_are_believed() -> None:
    lists = (_list_of(_ROOT), _list_of(_AUTHORITY))

    report = await _ask(_SIGNER.sign(DRAFT), _ROOT, lists=lists)

    assert report.accepted
    assert report.revocation_checked


_OTHER = make_signer("p384", number=23, subject="Other root", authority=True)
_SAME_NAME = make_signer("p384", number=24, subject="Root", authority=True)


@pytest.mark.parametrize(
    ("anchor", "lists", "at", "code", "word"),
    [
        (_OTHER, (), _AT, PathCode.NOT_FOUND, SubIndication.NO_CERTIFICATE_CHAIN_FOUND),
        (_SAME_NAME, (), _AT, PathCode.INVALID, SubIndication.CERTIFICATE_CHAIN_GENERAL_FAILURE),
        (
            _ROOT,
            (_list_of(_ROOT), _list_of(_AUTHORITY, _SIGNER)),
            _AT,
            PathCode.REVOKED,
            SubIndication.REVOKED,
        ),
        (
            _ROOT,
            (_list_of(_ROOT, _AUTHORITY), _list_of(_AUTHORITY)),
            _AT,
            PathCode.REVOKED,
            SubIndication.REVOKED,
        ),
        (_ROOT, (_list_of(_ROOT),), _AT, PathCode.REVOCATION_UNKNOWN, SubIndication.TRY_LATER),
        (
            _ROOT,
            (_list_of(_ROOT), _list_of(_AUTHORITY)),
            SIGNED_AT + timedelta(days=40),
            PathCode.REVOCATION_UNKNOWN,
            SubIndication.TRY_LATER,
        ),
        (_ROOT, (), NOT_AFTER + timedelta(days=1), PathCode.EXPIRED, SubIndication.EXPIRED),
        (
            _ROOT,
            (),
            SIGNED_AT - timedelta(hours=1),
            PathCode.SIGNED_IN_FUTURE,
            SubIndication.SIG_CONSTRAINTS_FAILURE,
        ),
    ],
)
async def test_check_document_path_that_does_not_hold_is_refused(
    anchor: Signer, lists: tuple[bytes, ...], at: datetime, code: Code, word: SubIndication
) -> None:
    report = await _ask(_SIGNER.sign(DRAFT), anchor, lists=lists, at=at)

    assert (report.accepted, report.code, report.sub_indication) == (False, code, word)
    assert report.findings


async def test_check_document_before_the_key_is_not_yet_valid() -> None:
    question = read_question(
        anchors=[_pem(_SIGNER)], policy=FOREIGN, at=NOT_BEFORE - timedelta(days=1)
    )
    report = await check_document(_plain(), question)

    assert report.code is PathCode.NOT_YET_VALID


def _plain() -> bytes:
    """Return the draft signed as plain XML-DSig: no properties, so no claimed time."""
    return edited(no_object, Material(signer=_SIGNER, attacker=_OTHER), again=True)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", XMLCode.EMPTY),
        (b"<!DOCTYPE a><a/>", XMLCode.DOCTYPE),
        (b"<a/>", SignatureCode.MISSING),
        (_SIGNER.sign(DRAFT).replace(b">100<", b">999<"), SignatureCode.DIGEST_MISMATCH),
    ],
)
async def test_check_document_bad_document_is_a_report_and_never_raises(
    data: bytes, code: Code
) -> None:
    report = await _ask(data, _ROOT)

    assert (report.accepted, report.code, report.signed_element) == (False, code, None)


async def test_check_document_calibration_certificate_of_a_stranger_is_accepted(
    fixtures: Path,
) -> None:
    data = (fixtures / "ptb-dcc" / "samples-3.3.0" / "valid_signature.xml").read_bytes()
    carried = data.partition(b"X509Certificate>")[2].partition(b"<")[0]
    armored = b"-----BEGIN CERTIFICATE-----\n" + carried.strip() + b"\n-----END CERTIFICATE-----\n"
    question = read_question(
        anchors=[armored], policy=FOREIGN, at=datetime(2026, 11, 22, tzinfo=UTC)
    )

    report = await check_document(data, question)
    refused = await check_document(data, dataclasses.replace(question, policy=STATEMENT))

    assert report.accepted
    assert report.signed_element == "{https://ptb.de/dcc}digitalCalibrationCertificate"
    assert report.signed_at is None
    assert refused.code is XMLCode.FOREIGN_ATTRIBUTE


@pytest.mark.parametrize(
    ("anchors", "lists"),
    [
        ([], []),
        ([b""], []),
        ([b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"], []),
        ([b"-----BEGIN CERTIFICATE-----\n"], []),
        ([_pem(_ROOT)], [b"not a list"]),
    ],
)
def test_read_question_without_usable_files_is_a_misuse(
    anchors: list[bytes], lists: list[bytes]
) -> None:
    with pytest.raises(SettingsError):
        read_question(anchors=anchors, revocation_lists=lists, policy=STATEMENT, at=_AT)
