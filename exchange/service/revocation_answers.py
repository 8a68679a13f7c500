"""What a revocation list or an OCSP answer says of one key certificate, or why it says nothing.

- An answer is held against what can be told from its values first (subject, times, number),
  so that the fault is named; then pyhanko-certvalidator decides about signature, responder,
  scope and path. Nothing is fetched by it.
- An answer is believed as of its own time: how old it may be is decided when a document is
  judged (`exchange.core.revocation`), and a revocation counts however old the answer is.
- Revocation lists that leave something out are not believed: neither those of changes only,
  nor those for some reasons only.

Plain functions that may take long with a large list; they are run in a thread.

Example:
    >>> asked = chain_of(key)[0]
    >>> read_answer(octets, asked, nonce=nonce, at=now).status
    <RevocationStatus.GOOD: 'good'>

Source: RFC 5280, section 6.3; RFC 6960, section 3.2.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.x509 import ocsp
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.authority import CertTrustAnchor
from pyhanko_certvalidator.errors import (
    CRLValidationError,
    OCSPValidationError,
    PathError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.path import ValidationPath
from pyhanko_certvalidator.revinfo.validate_crl import verify_crl
from pyhanko_certvalidator.revinfo.validate_ocsp import verify_ocsp_response
from pyhanko_certvalidator.validate import async_validate_path

from exchange.codes.revocation import RevocationCode
from exchange.core.certificate import KeyCertificate
from exchange.core.periods import in_zulu
from exchange.core.revocation_facts import RevocationFact, RevocationSource, RevocationStatus
from exchange.core.trust_values import POLICY
from exchange.errors import Finding, PeerError
from exchange.service.lazily_read import MALFORMED
from exchange.service.revocation_questions import Asked

_WEAK: Final = frozenset({"md2", "md5", "sha1", "sha224"})
_WEAK_HASHES: Final = (hashes.MD5, hashes.SHA1, hashes.SHA224)
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    KeyError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""How the library complains about octets; they have no common ancestor."""
_FAULTS: Final = (
    CRLValidationError,
    OCSPValidationError,
    PathError,
    ValidationError,
    *MALFORMED,
)


def require_path(asked: Asked) -> None:
    """Let a key certificate pass whose path to its anchor is valid while all its links are.

    Raises:
        PeerError: It is not, or there is no such time.
    """
    links = (asked.certificate, *asked.above[:-1])
    at = max(one.not_before for one in links)
    try:
        _run(async_validate_path(_context(asked, at), _path(asked)))
    except _FAULTS as exc:
        raise _fault(RevocationCode.PATH, _first_line(exc)) from exc


def read_answer(
    octets: bytes, asked: Asked, *, nonce: bytes | None, at: datetime
) -> RevocationFact:
    """Return what an OCSP answer says of a key certificate.

    Args:
        octets: What came back.
        asked: The key certificate that was asked about.
        nonce: What was asked with; `None` for an answer that was kept.
        at: Now.

    Raises:
        PeerError: It says nothing that can be believed; the code says why.
    """
    try:
        response = ocsp.load_der_ocsp_response(octets)
        if response.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
            raise _fault(
                RevocationCode.NOT_AN_ANSWER, f"status {response.response_status.name.lower()}"
            )
        single = _about(response, asked)
        _require_nonce(response, nonce)
        this_update, next_update = single.this_update_utc, single.next_update_utc
        status, revoked_at = single.certificate_status, single.revocation_time_utc
        digest = response.signature_hash_algorithm
    except _UNREADABLE as exc:
        raise _fault(RevocationCode.UNREADABLE, "expected an OCSP answer") from exc
    _require_past(this_update, at)
    _require_strong(digest)
    if status is ocsp.OCSPCertStatus.UNKNOWN:
        raise _fault(RevocationCode.NOT_AN_ANSWER, "the responder does not know the certificate")
    context = _context(asked, max(this_update, revoked_at or this_update), ocsps=[octets])
    revoked = _verdict(
        verify_ocsp_response(_asn1(asked.certificate), _path(asked), context),
        RevocationCode.SIGNATURE,
    )
    if (revoked is None) is not (status is ocsp.OCSPCertStatus.GOOD):
        raise _fault(RevocationCode.UNREADABLE, "two readers find two answers in it")
    return _fact(asked, RevocationSource.OCSP, octets, (this_update, next_update), revoked)


def read_list(octets: bytes, asked: Asked, *, at: datetime) -> RevocationFact:
    """Return what a revocation list says of a key certificate.

    Args:
        octets: What came back.
        asked: The key certificate that was asked about.
        at: Now.

    Raises:
        PeerError: It says nothing that can be believed; the code says why.
    """
    try:
        found = x509.load_der_x509_crl(octets)
        issuer = x509.load_der_x509_certificate(asked.issuer.der)
        this_update, next_update = found.last_update_utc, found.next_update_utc
        digest = found.signature_hash_algorithm
        is_issuers = found.issuer == issuer.subject
        is_signed = is_issuers and found.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
        entry = found.get_revoked_certificate_by_serial_number(asked.certificate.serial)
        since = this_update if entry is None else entry.revocation_date_utc
        of_changes = any(isinstance(one.value, x509.DeltaCRLIndicator) for one in found.extensions)
    except _UNREADABLE as exc:
        raise _fault(RevocationCode.UNREADABLE, "expected a revocation list in DER") from exc
    if not is_issuers:
        raise _fault(
            RevocationCode.FOR_ANOTHER,
            f"expected a list of {asked.issuer.subject[:60]}, "
            f"found one of {found.issuer.rfc4514_string()[:60]}",
        )
    _require_past(this_update, at)
    _require_strong(digest)
    if not is_signed:
        raise _fault(RevocationCode.SIGNATURE, "the authority has not signed the list")
    if of_changes:
        raise _fault(RevocationCode.UNREADABLE, "expected a whole list, found one of changes only")
    # The library tells a revocation from the second after it on.
    context = _context(asked, max(this_update, since) + timedelta(seconds=1), crls=[octets])
    # What is left to refuse is a list for other certificates: its scope, its reasons.
    revoked = _verdict(
        verify_crl(_asn1(asked.certificate), _path(asked), context), RevocationCode.FOR_ANOTHER
    )
    if (revoked is None) is not (entry is None):
        raise _fault(RevocationCode.UNREADABLE, "two readers find two answers in it")
    return _fact(asked, RevocationSource.CRL, octets, (this_update, next_update), revoked)


def made_at(octets: bytes, source: RevocationSource) -> datetime | None:
    """Return from when octets claim to speak, before anything of them is believed."""
    try:
        if source is RevocationSource.CRL:
            return x509.load_der_x509_crl(octets).last_update_utc
        return min(
            (one.this_update_utc for one in ocsp.load_der_ocsp_response(octets).responses),
            default=None,
        )
    except _UNREADABLE:
        return None


def _about(response: ocsp.OCSPResponse, asked: Asked) -> ocsp.OCSPSingleResponse:
    """Return the part of an answer that is about the certificate which was asked about."""
    issuer = _asn1(asked.issuer)
    for one in response.responses:
        if one.serial_number == asked.certificate.serial and _names(one, issuer):
            return one
    raise _fault(
        RevocationCode.FOR_ANOTHER,
        f"expected an answer about serial number {asked.certificate.serial:x} of "
        f"{asked.issuer.subject[:60]}",
    )


def _names(one: ocsp.OCSPSingleResponse, issuer: Any) -> bool:
    """Tell whether an answer names the issuer, by name and by key (RFC 6960, section 4.1.1)."""
    digest = one.hash_algorithm.name
    return digest in {"sha1", "sha256"} and (one.issuer_name_hash, one.issuer_key_hash) == (
        getattr(issuer.subject, digest),
        getattr(issuer.public_key, digest),
    )


def _require_nonce(response: ocsp.OCSPResponse, nonce: bytes | None) -> None:
    """Refuse another number than ours; an answer without one was made in advance (RFC 5019)."""
    if nonce is None:
        return
    for one in response.extensions:
        if isinstance(one.value, x509.OCSPNonce) and one.value.nonce != nonce:
            raise _fault(RevocationCode.NONCE, "expected the number that was asked with")


def _require_past(this_update: datetime, at: datetime) -> None:
    if this_update > at + POLICY.clock_tolerance:
        raise _fault(
            RevocationCode.FROM_FUTURE,
            f"expected a time up to {in_zulu(at + POLICY.clock_tolerance)}, "
            f"found {in_zulu(this_update)}",
        )


def _require_strong(digest: hashes.HashAlgorithm | None) -> None:
    """Refuse a signature over a digest that collides; Ed25519 and Ed448 name none."""
    if isinstance(digest, _WEAK_HASHES):
        raise _fault(RevocationCode.SIGNATURE, f"expected SHA-256 or stronger, found {digest.name}")


def _verdict(
    judging: Coroutine[Any, Any, None], otherwise: RevocationCode
) -> tuple[datetime, str] | None:
    """Return since when and why the certificate is revoked, or `None` when it is good."""
    try:
        _run(judging)
    except RevokedError as exc:
        return exc.revocation_dt, str(exc.reason.native)
    except _FAULTS as exc:
        raise _fault(otherwise, _first_line(exc)) from exc
    return None


def _fact(
    asked: Asked,
    source: RevocationSource,
    octets: bytes,
    times: tuple[datetime, datetime | None],
    revoked: tuple[datetime, str] | None,
) -> RevocationFact:
    this_update, next_update = times
    return RevocationFact(
        certificate=asked.certificate.fingerprint,
        status=RevocationStatus.GOOD if revoked is None else RevocationStatus.REVOKED,
        source=source,
        this_update=this_update,
        next_update=next_update,
        revoked_at=revoked[0] if revoked else None,
        reason=revoked[1] if revoked else None,
        digest=sha256(octets).digest(),
    )


def _context(
    asked: Asked,
    moment: datetime,
    *,
    crls: list[bytes] | None = None,
    ocsps: list[bytes] | None = None,
) -> ValidationContext:
    """Return what is believed: the anchor of the list, and the answer; nothing is fetched."""
    return ValidationContext(
        trust_roots=[_asn1(asked.above[-1])],
        other_certs=[_asn1(one) for one in asked.above[:-1]],
        moment=moment,
        allow_fetching=False,
        crls=crls or [],
        ocsps=ocsps or [],
        revocation_mode="soft-fail",
        weak_hash_algos=_WEAK,
        time_tolerance=POLICY.clock_tolerance,
    )


class _ListedPath(ValidationPath):
    """A path to the anchor that a list names, be it issued by somebody further up.

    The library looks for the issuer of whoever signed a revocation list inside the path, and
    an anchor that has not issued itself has none there.
    """

    def truncate_to_issuer_and_append(self, cert: Any) -> ValidationPath:
        """Return the path of a certificate that the path contains, or has issued."""
        if cert.sha256 == self.first.sha256:
            return ValidationPath(self.trust_anchor, [], None)
        shorter: ValidationPath = super().truncate_to_issuer_and_append(cert)
        return shorter


def _path(asked: Asked) -> ValidationPath:
    return _ListedPath(
        CertTrustAnchor(_asn1(asked.above[-1])),
        [_asn1(one) for one in reversed(asked.above[:-1])],
        _asn1(asked.certificate),
    )


def _asn1(certificate: KeyCertificate) -> Any:
    return asn1_x509.Certificate.load(certificate.der)


def _run(judging: Coroutine[Any, Any, object]) -> None:
    """Run what is written as if it waited, and waits for nothing: there is nothing to fetch."""
    asyncio.run(judging)


def _first_line(exc: Exception) -> str:
    """Return a library's complaint on one short line, with the first of its reasons."""
    failures = getattr(exc, "failures", None)
    text = str(failures[0][0]) if failures else str(exc)
    return " ".join(text.split())[:200] or type(exc).__name__


def _fault(code: RevocationCode, message: str) -> PeerError:
    return PeerError(Finding(code=code, message=message))
