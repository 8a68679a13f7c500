"""The verb behind `exchange signature verify`: gates 1 and 3, and the key certificate's path.

For XML documents of any schema, under a policy of the caller's choice. Nothing is fetched:
anchors and revocation lists are those given, and key certificates of the path come from
the anchors and from KeyInfo, which is material and never proof.

- A key certificate that is itself an anchor is pinned: it needs no path.
- Revocation lists, once any are given, must answer for every link; otherwise the report says
  that revocation was not checked.
- Verdicts use the words of ETSI EN 319 102-1.

    reports = [await check_document(data, question) for data in documents]

Source: RFC 5280, section 6, by pyhanko-certvalidator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from asn1crypto import crl as asn1_crl
from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    CRLValidationError,
    ExpiredError,
    InsufficientRevinfoError,
    NotYetValidError,
    PathBuildingError,
    PathError,
    RevokedError,
    ValidationError,
)

from exchange.codes import Code
from exchange.codes.gates import PathCode
from exchange.codes.service import SettingsCode
from exchange.core.foreign import FOREIGN_LIMITS, Checked, check
from exchange.core.indication import indication, sub_indication
from exchange.core.model import Indication, SubIndication
from exchange.core.signature_policy import Policy
from exchange.core.xml import parse
from exchange.errors import Finding, RejectedError, SettingsError, SignatureError

_CODES: Final[tuple[tuple[type[Exception], PathCode], ...]] = (
    (RevokedError, PathCode.REVOKED),
    (InsufficientRevinfoError, PathCode.REVOCATION_UNKNOWN),
    (CRLValidationError, PathCode.REVOCATION_UNKNOWN),
    (ExpiredError, PathCode.EXPIRED),
    (NotYetValidError, PathCode.NOT_YET_VALID),
    (PathBuildingError, PathCode.NOT_FOUND),
    (PathError, PathCode.INVALID),
    (ValidationError, PathCode.INVALID),
    # asn1crypto reads lazily, so a malformed extension surfaces as one of these.
    (SettingsError, PathCode.INVALID),
    (ValueError, PathCode.INVALID),
    (TypeError, PathCode.INVALID),
    (KeyError, PathCode.INVALID),
    (AttributeError, PathCode.INVALID),
    (IndexError, PathCode.INVALID),
    (OverflowError, PathCode.INVALID),
    (RecursionError, PathCode.INVALID),
)
"""What a library's complaint means; the first that fits counts."""
_PATH_FAULTS: Final = tuple(kind for kind, _ in _CODES)
_WEAK_DIGESTS: Final = frozenset({"md2", "md5", "sha1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What documents are checked against."""

    anchors: tuple[bytes, ...]
    """DER key certificates that are believed; at least one."""
    revocation_lists: tuple[bytes, ...] = ()
    """DER revocation lists; empty means that revocation is not checked."""
    policy: Policy
    at: datetime
    """The instant of judgement, aware."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """The verdict on one document."""

    accepted: bool
    indication: Indication
    sub_indication: SubIndication | None = None
    """None when accepted."""
    code: Code | None = None
    """None when accepted."""
    findings: tuple[Finding, ...] = ()
    signed_element: str | None = None
    """The signed element in Clark notation; None when nothing was proven."""
    content_digest: bytes | None = None
    """SHA-256 of the canonical signed content."""
    signature_algorithm: str | None = None
    digest_algorithm: str | None = None
    canonicalization: str | None = None
    signer: str | None = None
    """The subject of the signer's key certificate."""
    fingerprint: bytes | None = None
    """SHA-256 of the signer's key certificate."""
    signed_at: datetime | None = None
    """The claimed time of signing; None for plain XML-DSig."""
    revocation_checked: bool = False
    """Whether revocation lists answered for the path; a pinned key certificate has none."""


def read_question(
    *,
    anchors: Sequence[bytes],
    revocation_lists: Sequence[bytes] = (),
    policy: Policy,
    at: datetime,
) -> Question:
    """Return a question whose anchors and revocation lists can be read.

    Args:
        anchors: PEM or DER files; a PEM file may hold several.
        revocation_lists: PEM or DER files.
        policy: What is demanded of signatures.
        at: The instant of judgement, aware.

    Raises:
        SettingsError: There is no anchor, or a file is not what it should be.
    """
    certificates = _unarmored(anchors, "CERTIFICATE", "anchor")
    lists = _unarmored(revocation_lists, "X509 CRL", "revocation list")
    if not certificates:
        raise _unusable("expected at least one anchor, found none")
    for der in certificates:
        _load(asn1_x509.Certificate, der, "anchor")
    for der in lists:
        _load(asn1_crl.CertificateList, der, "revocation list")
    return Question(anchors=certificates, revocation_lists=lists, policy=policy, at=at)


async def check_document(data: bytes, question: Question) -> SignatureReport:
    """Return the verdict on one document; never raises for what a document says."""
    try:
        parsed = parse(data, FOREIGN_LIMITS, reading=question.policy.reading)
        checked = check(parsed, policy=question.policy)
    except RejectedError as exc:
        return _report(None, exc, question)
    try:
        await _check_path(checked, question)
    except SignatureError as exc:
        return _report(checked, exc, question)
    return _report(checked, None, question)


async def _check_path(checked: Checked, question: Question) -> None:
    """Find a valid path from the signer's key certificate to an anchor.

    Raises:
        SignatureError: There is none.
    """
    certificate = checked.certificate
    if checked.signed_at is not None and checked.signed_at > question.at:
        raise _refused(
            PathCode.SIGNED_IN_FUTURE,
            f"expected a signing time up to {question.at.isoformat()}, "
            f"found {checked.signed_at.isoformat()}",
        )
    if question.at < certificate.not_before:
        raise _refused(
            PathCode.NOT_YET_VALID, f"expected {certificate.not_before.isoformat()} or later"
        )
    if question.at > certificate.not_after:
        raise _refused(PathCode.EXPIRED, f"expected {certificate.not_after.isoformat()} or earlier")
    if certificate.der not in question.anchors:
        await _build_path(checked, question)


async def _build_path(checked: Checked, question: Question) -> None:
    """Build and validate a path from the signer's key certificate to an anchor."""
    try:
        leaf = _load(asn1_x509.Certificate, checked.certificate.der, "key certificate")
        validator = CertificateValidator(
            leaf,
            intermediate_certs=_intermediates(checked.further_certificates),
            validation_context=ValidationContext(
                trust_roots=[
                    _load(asn1_x509.Certificate, der, "anchor") for der in question.anchors
                ],
                moment=question.at,
                allow_fetching=False,
                crls=list(question.revocation_lists),
                revocation_mode="require" if question.revocation_lists else "soft-fail",
                weak_hash_algos=_WEAK_DIGESTS,
            ),
        )
        await validator.async_validate_path()
    except _PATH_FAULTS as exc:
        code = next(code for kind, code in _CODES if isinstance(exc, kind))
        raise _refused(code, _first_line(exc)) from exc


def _intermediates(carried: Sequence[bytes]) -> list[asn1_x509.Certificate]:
    """Return the key certificates of KeyInfo that can be read; the others help nobody."""
    readable = []
    for der in carried:
        try:
            readable.append(_load(asn1_x509.Certificate, der, "key certificate"))
        except SettingsError:
            continue
    return readable


def _report(
    checked: Checked | None, fault: RejectedError | None, question: Question
) -> SignatureReport:
    """Return the verdict in the standard's words."""
    word = None if fault is None else sub_indication(fault.code)
    verdict = SignatureReport(
        accepted=fault is None,
        indication=indication(word),
        sub_indication=word,
        code=None if fault is None else fault.code,
        findings=() if fault is None else fault.findings,
    )
    if checked is None:
        return verdict
    pinned = checked.certificate.der in question.anchors
    return replace(
        verdict,
        signed_element=str(checked.root.tag),
        content_digest=checked.content_digest,
        signature_algorithm=checked.signature_algorithm,
        digest_algorithm=checked.digest_algorithm,
        canonicalization=checked.canonicalization,
        signer=checked.certificate.subject,
        fingerprint=checked.certificate.fingerprint,
        signed_at=checked.signed_at,
        revocation_checked=bool(question.revocation_lists) and not pinned,
    )


def _unarmored(files: Sequence[bytes], label: str, what: str) -> tuple[bytes, ...]:
    """Return the DER octets in PEM and DER files."""
    found: list[bytes] = []
    for octets in files:
        if b"-----BEGIN" not in octets:
            found.append(octets)
            continue
        try:
            found.extend(
                der for name, _, der in pem.unarmor(octets, multiple=True) if name == label
            )
        except ValueError as exc:
            raise _unusable(f"expected a PEM or DER {what}, found neither") from exc
    return tuple(found)


def _load(kind: Any, der: bytes, what: str) -> Any:
    """Return a structure; asn1crypto reads the rest of it lazily."""
    try:
        return kind.load(der, strict=True)
    except (ValueError, TypeError, KeyError) as exc:
        raise _unusable(f"expected a DER {what}, found something else") from exc


def _unusable(message: str) -> SettingsError:
    """Make the error of whoever asks."""
    return SettingsError(Finding(code=SettingsCode.VALUE, message=message))


def _refused(code: PathCode, message: str) -> SignatureError:
    """Make the error of a path."""
    return SignatureError(Finding(code=code, path="KeyInfo/X509Data", message=message))


def _first_line(exc: Exception) -> str:
    """Return a library's complaint on one short line."""
    longest = 200
    return " ".join(str(exc).split())[:longest] or type(exc).__name__
