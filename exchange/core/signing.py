"""Signing without a key in sight: what is to be signed goes out, the signature value comes in.

    to_sign = prepare(draft, certificates=(leaf,), signed_at=at)
    value = await vault.sign(key, to_sign.octets, to_sign.algorithm)
    document = complete(to_sign, value)

- The result is XAdES baseline B-B of exactly the profile that gate 3 demands: enveloped,
  last child of the root, two references, exclusive canonicalisation, SigningTime,
  SigningCertificateV2 and DataObjectFormat (ETSI EN 319 132-1 v1.2.1, clause 6.3).
- The draft's own octets are not rewritten: the signature is put in front of the last end tag.
- Identifiers are derived from content, time and key, so the same input gives the same output.
- What is digested is written in canonical form at once, so nothing is canonicalised twice; the
  tests hold that form against libxml2's.
- Whoever signs sends the result down the road before it is released (checklist point 35).
"""

from __future__ import annotations

import hashlib
from binascii import b2a_base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import (
    ALGORITHMS,
    SHA256_URI,
    AlgorithmTable,
    PublicKey,
    SignatureAlgorithm,
)
from exchange.core.certificate import KeyCertificate, signing_certificate
from exchange.core.der import issuer_serial
from exchange.core.limits import Limits
from exchange.core.signature_elements import quote, refused
from exchange.core.signature_policy import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    SIGNED_PROPERTIES_TYPE,
    STATEMENT,
    XADES,
)
from exchange.core.signature_structure import find_signatures
from exchange.core.xml import canonical, parse
from exchange.errors import Finding, SignatureError

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
_LIMITS: Final = Limits()
_ID_DIGITS: Final = 32
_DECLARES_DS: Final = f' xmlns:ds="{DS}"'
_DECLARES_XADES: Final = f' xmlns:xades="{XADES}"'
_DIGEST_METHOD: Final = f'Algorithm="{SHA256_URI}"></ds:DigestMethod>'


@dataclass(frozen=True, slots=True, kw_only=True)
class ToSign:
    """A draft that waits for its signature value."""

    octets: bytes
    """The canonical SignedInfo: what the private key signs."""
    algorithm: SignatureAlgorithm
    certificate: KeyCertificate
    """The key certificate of the key that has to sign."""
    content_digest: bytes
    """SHA-256 of the canonical draft; the content digest of the signed document."""
    before: bytes
    """What precedes the signature value in the signed document."""
    after: bytes
    """What follows it."""


def prepare(
    draft: bytes,
    *,
    certificates: Sequence[bytes],
    signed_at: datetime,
    algorithm: str | None = None,
    algorithms: AlgorithmTable = ALGORITHMS,
    limits: Limits = _LIMITS,
) -> ToSign:
    """Return what a private key has to sign so that a draft becomes a statement.

    Args:
        draft: An unsigned document, UTF-8.
        certificates: DER key certificates, the signer's first; at least one.
        signed_at: The claimed time of signing, aware; seconds are its finest unit.
        algorithm: Identifier of a signature algorithm; by default the first of the table
            that fits the key.
        algorithms: The table in force.
        limits: Sizes beyond which a draft is refused.

    Raises:
        MalformedError: The draft is not a document that we read.
        SignatureError: The draft is signed already, the key certificate may not sign, or the
            algorithm does not fit its key.
    """
    signer = _Signer.of(certificates, signed_at, algorithm, algorithms)
    root = parse(draft, limits).root
    if find_signatures(root):
        raise refused(SignatureCode.MULTIPLE, "expected an unsigned draft", root)
    return signer.to_sign(draft, hashlib.sha256(canonical(root)).digest())


def prepare_written(
    draft: bytes,
    canonical_form: bytes,
    *,
    certificates: Sequence[bytes],
    signed_at: datetime,
    algorithms: AlgorithmTable = ALGORITHMS,
) -> ToSign:
    """Return what `prepare` does for a draft whose writer knows its canonical form.

    Nothing is parsed, for which large lists would have to wait. Whoever calls this reads the
    signed document back before it leaves: gate 3 finds out a form that is not canonical.

    Args:
        draft: An unsigned document, UTF-8.
        canonical_form: The same document in exclusive canonical form.
        certificates: DER key certificates, the signer's first; at least one.
        signed_at: The claimed time of signing, aware; seconds are its finest unit.
        algorithms: The table in force.

    Raises:
        SignatureError: The key certificate may not sign.
    """
    signer = _Signer.of(certificates, signed_at, None, algorithms)
    return signer.to_sign(draft, hashlib.sha256(canonical_form).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signer:
    """Whose signature it will be, with which algorithm, and when it is claimed."""

    certificate: KeyCertificate
    certificates: Sequence[bytes]
    algorithm: SignatureAlgorithm
    instant: datetime

    @classmethod
    def of(
        cls,
        certificates: Sequence[bytes],
        signed_at: datetime,
        algorithm: str | None,
        algorithms: AlgorithmTable,
    ) -> _Signer:
        """Return the signer if its key may sign at this instant."""
        if not certificates:
            raise _unfit(SignatureCode.CERTIFICATE_MISSING, "expected a key certificate")
        certificate = signing_certificate(certificates[0], STATEMENT.keys)
        row = _row(algorithm, certificate.public_key, algorithms)
        instant = signed_at.astimezone(UTC).replace(microsecond=0)
        if not certificate.not_before <= instant <= certificate.not_after:
            code = (
                SignatureCode.SIGNED_BEFORE_VALIDITY
                if instant < certificate.not_before
                else SignatureCode.SIGNED_AFTER_VALIDITY
            )
            raise _unfit(code, f"expected a key certificate that is valid at {instant.isoformat()}")
        return cls(
            certificate=certificate, certificates=certificates, algorithm=row, instant=instant
        )

    def to_sign(self, draft: bytes, content_digest: bytes) -> ToSign:
        """Return what this signer has to sign so that the draft becomes a statement."""
        certificate, instant = self.certificate, self.instant
        seed = content_digest + certificate.fingerprint + instant.isoformat().encode()
        identifier = hashlib.sha256(seed).hexdigest()[:_ID_DIGITS]
        properties = _SignedProperties(certificate=certificate, at=instant, identifier=identifier)
        digest = hashlib.sha256(properties.written(_DECLARES_XADES, _DECLARES_DS)).digest()
        signed_info = _signed_info(self.algorithm.uri, identifier, content_digest, digest)
        start, end = _around_signature(draft)
        carried = "".join(
            f"<ds:X509Certificate>{_base64(der)}</ds:X509Certificate>" for der in self.certificates
        )
        return ToSign(
            octets=signed_info.replace(_MARK, _DECLARES_DS).encode(),
            algorithm=self.algorithm,
            certificate=certificate,
            content_digest=content_digest,
            before=b"".join(
                (
                    start,
                    f'<ds:Signature{_DECLARES_DS} Id="S-{identifier}">'.encode(),
                    signed_info.replace(_MARK, "").encode(),
                    b"<ds:SignatureValue>",
                )
            ),
            after=b"".join(
                (
                    f"</ds:SignatureValue><ds:KeyInfo><ds:X509Data>{carried}</ds:X509Data>"
                    f"</ds:KeyInfo><ds:Object><xades:QualifyingProperties{_DECLARES_XADES} "
                    f'Target="#S-{identifier}">'.encode(),
                    properties.written("", ""),
                    b"</xades:QualifyingProperties></ds:Object></ds:Signature>",
                    end,
                )
            ),
        )


def complete(to_sign: ToSign, signature_value: bytes) -> bytes:
    """Return the signed document.

    Args:
        to_sign: What `prepare` returned.
        signature_value: The signature over its octets; `r || s` for ECDSA, never DER.

    Raises:
        SignatureError: The value has not the length that the algorithm and key demand.
    """
    expected = to_sign.algorithm.value_length(to_sign.certificate.public_key)
    if len(signature_value) != expected:
        raise _unfit(
            SignatureCode.SIGNATURE_VALUE,
            f"expected a signature value of {expected} bytes, found {len(signature_value)}",
        )
    return b"".join((to_sign.before, b2a_base64(signature_value, newline=False), to_sign.after))


def _row(uri: str | None, key: PublicKey, algorithms: AlgorithmTable) -> SignatureAlgorithm:
    """Return the row to sign with."""
    if uri is None:
        try:
            return algorithms.for_key(key)
        except LookupError as exc:
            raise _unfit(SignatureCode.KEY_MISMATCH, "expected a key of the table") from exc
    row = algorithms.signatures.get(uri)
    if row is None:
        message = f"expected an algorithm of the table, found {quote(uri)}"
        raise _unfit(SignatureCode.SIGNATURE_METHOD, message)
    if not row.fits(key):
        raise _unfit(SignatureCode.KEY_MISMATCH, f"expected a key for {row.name}")
    return row


_MARK: Final = "\x00"
"""Stands where the canonical form declares `ds` and the document need not say it again."""


def _signed_info(algorithm: str, identifier: str, content: bytes, properties: bytes) -> str:
    """Return SignedInfo in canonical form, with a mark in place of its declaration."""
    return (
        f"<ds:SignedInfo{_MARK}>"
        f'<ds:CanonicalizationMethod Algorithm="{EXCLUSIVE}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{algorithm}"></ds:SignatureMethod>'
        f'<ds:Reference Id="R-{identifier}" URI=""><ds:Transforms>'
        f'<ds:Transform Algorithm="{ENVELOPED}"></ds:Transform>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        f"<ds:DigestMethod {_DIGEST_METHOD}"
        f"<ds:DigestValue>{_base64(content)}</ds:DigestValue></ds:Reference>"
        f'<ds:Reference Type="{SIGNED_PROPERTIES_TYPE}" URI="#P-{identifier}"><ds:Transforms>'
        f'<ds:Transform Algorithm="{EXCLUSIVE}"></ds:Transform></ds:Transforms>'
        f"<ds:DigestMethod {_DIGEST_METHOD}"
        f"<ds:DigestValue>{_base64(properties)}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _SignedProperties:
    """The signed properties of a signature in the making."""

    certificate: KeyCertificate
    at: datetime
    identifier: str

    def written(self, xades: str, ds: str) -> bytes:
        """Return SignedProperties, with the namespace declarations that a reading needs."""
        certificate = self.certificate
        issuer = issuer_serial(certificate.issuer_der, certificate.serial)
        return (
            f'<xades:SignedProperties{xades} Id="P-{self.identifier}">'
            f"<xades:SignedSignatureProperties>"
            f"<xades:SigningTime>{self.at:%Y-%m-%dT%H:%M:%SZ}</xades:SigningTime>"
            f"<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
            f"<ds:DigestMethod{ds} {_DIGEST_METHOD}"
            f"<ds:DigestValue{ds}>{_base64(certificate.fingerprint)}</ds:DigestValue>"
            f"</xades:CertDigest><xades:IssuerSerialV2>{_base64(issuer)}</xades:IssuerSerialV2>"
            f"</xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
            f"<xades:SignedDataObjectProperties>"
            f'<xades:DataObjectFormat ObjectReference="#R-{self.identifier}">'
            f"<xades:MimeType>text/xml</xades:MimeType></xades:DataObjectFormat>"
            f"</xades:SignedDataObjectProperties></xades:SignedProperties>"
        ).encode()


def _around_signature(draft: bytes) -> tuple[bytes, bytes]:
    """Return what stands before and behind the place of the signature in a parsed draft."""
    # Gate 1 refused comments, CDATA and instructions, so the last end tag is the root's.
    # Only an empty-element root has none: `<Root/>` says nothing worth signing.
    at = draft.rfind(b"</")
    if at < 0:
        raise _unfit(SignatureCode.CONTENT, "expected a root element with content")
    start = draft[:at].lstrip()
    if not start.startswith(b"<?xml"):
        start = _DECLARATION + start
    return start, draft[at:]


def _base64(octets: bytes) -> str:
    """Return Base64 on one line."""
    return b2a_base64(octets, newline=False).decode()


def _unfit(code: SignatureCode, message: str) -> SignatureError:
    """Make the error of a key or algorithm that cannot sign this."""
    return SignatureError(Finding(code=code, path="", message=message))
