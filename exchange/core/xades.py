"""What the signer said and signed about the signature: the XAdES signed properties.

Read only after their digest and the signature value were verified. Rules (checklist 24, 29;
ETSI EN 319 132-1 v1.2.1, clauses 5.2 and 6.3):

- SigningTime is a date and time with a zone, inside the validity of the key certificate;
- SigningCertificateV2 names, by a SHA-2 digest, the key certificate that verified, and what
  else it says of it (issuer and serial number) is true;
- DataObjectFormat refers to the reference to the document;
- nothing else is there: a property that nobody here understands may change what was meant.

Whether the signing time lies in the future is a question of gate 4, which knows the hour.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from lxml import etree

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import AlgorithmTable
from exchange.core.certificate import KeyCertificate
from exchange.core.der import issuer_serial
from exchange.core.signature_elements import elements, octets, quote, refused
from exchange.core.signature_policy import DS, XADES, Policy
from exchange.core.signature_references import DIGEST_METHOD, DIGEST_VALUE, digest_method
from exchange.core.signature_structure import Outline

_SIGNATURE_PROPERTIES: Final = f"{{{XADES}}}SignedSignatureProperties"
_OBJECT_PROPERTIES: Final = f"{{{XADES}}}SignedDataObjectProperties"
_SIGNING_TIME: Final = f"{{{XADES}}}SigningTime"
_SIGNING_CERTIFICATE: Final = f"{{{XADES}}}SigningCertificateV2"
_FORMER_SIGNING_CERTIFICATE: Final = f"{{{XADES}}}SigningCertificate"
_CERT: Final = f"{{{XADES}}}Cert"
_CERT_DIGEST: Final = f"{{{XADES}}}CertDigest"
_ISSUER_SERIAL: Final = f"{{{XADES}}}IssuerSerialV2"
_FORMER_ISSUER_SERIAL: Final = f"{{{XADES}}}IssuerSerial"
_SERIAL_NUMBER: Final = f"{{{DS}}}X509SerialNumber"
_DATA_OBJECT_FORMAT: Final = f"{{{XADES}}}DataObjectFormat"
_COMMITMENT: Final = f"{{{XADES}}}CommitmentTypeIndication"
_MIME_TYPE: Final = f"{{{XADES}}}MimeType"
_OF_FORMAT: Final = frozenset({_MIME_TYPE, f"{{{XADES}}}Description", f"{{{XADES}}}Encoding"})
_TIME: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII
)
_SHA1: Final = "http://www.w3.org/2000/09/xmldsig#sha1"
"""What XAdES 1.3.2 took for granted; never computed here."""
_BLANKS: Final = " \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedProperties:
    """What the signer said about the signature."""

    signed_at: datetime
    """The claimed time of signing, UTC."""


def read_properties(
    outlined: Outline, certificate: KeyCertificate, policy: Policy, algorithms: AlgorithmTable
) -> SignedProperties | None:
    """Return the signed properties, or None for a signature that has none.

    Args:
        outlined: A signature whose value and digests were verified.
        certificate: The key certificate that verified it.
        policy: What is demanded.
        algorithms: The table of digests.

    Raises:
        SignatureError: A property is missing, is wrong, or does not belong there.
    """
    signed_properties = outlined.signed_properties
    if signed_properties is None:
        return None
    parts = elements(signed_properties)
    names = [part.tag for part in parts]
    if names[:1] != [_SIGNATURE_PROPERTIES] or names[1:] not in ([], [_OBJECT_PROPERTIES]):
        raise refused(
            SignatureCode.PROPERTIES_SHAPE,
            "expected SignedSignatureProperties and SignedDataObjectProperties",
            signed_properties,
        )
    if policy.demands_format and len(parts) == 1:
        raise refused(
            SignatureCode.DATA_OBJECT_FORMAT, "expected DataObjectFormat", signed_properties
        )
    signed_at = _signature_properties(parts[0], outlined, certificate, policy, algorithms)
    if len(parts) > 1:
        _object_properties(parts[1], outlined, policy)
    if not certificate.not_before <= signed_at <= certificate.not_after:
        early = signed_at < certificate.not_before
        raise refused(
            SignatureCode.SIGNED_BEFORE_VALIDITY if early else SignatureCode.SIGNED_AFTER_VALIDITY,
            f"expected a time from {certificate.not_before.isoformat()} "
            f"to {certificate.not_after.isoformat()}, found {signed_at.isoformat()}",
            parts[0],
        )
    return SignedProperties(signed_at=signed_at)


def _signature_properties(
    element: etree._Element,
    outlined: Outline,
    certificate: KeyCertificate,
    policy: Policy,
    algorithms: AlgorithmTable,
) -> datetime:
    """Check the properties of the signature; return the signing time."""
    found: dict[str, etree._Element] = {}
    for child in elements(element):
        name = str(child.tag)
        if name in found or not _is_known(name, policy):
            raise refused(
                SignatureCode.PROPERTIES_SHAPE,
                f"expected no property {quote(name.rpartition('}')[2])}, or not twice",
                element,
            )
        found[name] = child
    if _SIGNING_TIME not in found:
        raise refused(SignatureCode.SIGNING_TIME, "expected SigningTime, found none", element)
    signed_at = _instant(found[_SIGNING_TIME])
    reference = found.get(_SIGNING_CERTIFICATE)
    former = found.get(_FORMER_SIGNING_CERTIFICATE)
    if reference is None and former is None:
        raise refused(
            SignatureCode.SIGNING_CERTIFICATE_MISSING, "expected SigningCertificateV2", element
        )
    for present in (reference, former):
        if present is not None:
            _signing_certificate(present, outlined.certificates, certificate, policy, algorithms)
    return signed_at


def _is_known(name: str, policy: Policy) -> bool:
    """Return whether a signed signature property may be there."""
    if name in (_SIGNING_TIME, _SIGNING_CERTIFICATE):
        return True
    if name == _FORMER_SIGNING_CERTIFICATE:
        return policy.former_signing_certificate
    namespace, _, local_name = name.rpartition("}")
    return namespace == "{" + XADES and local_name in policy.further_properties


def _instant(element: etree._Element) -> datetime:
    """Return the signing time in UTC."""
    text = (element.text or "").strip(_BLANKS)
    if len(element) or not _TIME.fullmatch(text):
        raise refused(
            SignatureCode.SIGNING_TIME, f"expected a time with a zone, found {quote(text)}", element
        )
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as exc:
        raise refused(
            SignatureCode.SIGNING_TIME, f"expected a time with a zone, found {quote(text)}", element
        ) from exc


def _signing_certificate(
    element: etree._Element,
    carried: Sequence[bytes],
    certificate: KeyCertificate,
    policy: Policy,
    algorithms: AlgorithmTable,
) -> None:
    """Check that every named key certificate is the carried one of the same place."""
    named = elements(element)
    if not named or len(named) > len(carried):
        raise refused(
            SignatureCode.SIGNING_CERTIFICATE_MISMATCH,
            f"expected 1 to {len(carried)} key certificates, found {len(named)}",
            element,
        )
    for position, cert in enumerate(named):
        parts = elements(cert)
        names = [part.tag for part in parts]
        if cert.tag != _CERT or not names or names[0] != _CERT_DIGEST or len(names) > 2:  # noqa: PLR2004
            raise refused(
                SignatureCode.PROPERTIES_SHAPE, "expected Cert with CertDigest first", cert
            )
        method_and_value = elements(parts[0])
        if [part.tag for part in method_and_value] != [DIGEST_METHOD, DIGEST_VALUE]:
            raise refused(
                SignatureCode.PROPERTIES_SHAPE, "expected DigestMethod and DigestValue", parts[0]
            )
        if not _is_read_past(element, method_and_value[0], policy):
            digest = digest_method(method_and_value[0], algorithms)
            if digest.compute(carried[position]) != octets(method_and_value[1]):
                raise refused(
                    SignatureCode.SIGNING_CERTIFICATE_MISMATCH,
                    "expected the digest of the key certificate in KeyInfo",
                    cert,
                )
        if len(names) > 1 and position == 0:
            _issuer_and_serial(parts[1], certificate)


def _is_read_past(element: etree._Element, method: etree._Element, policy: Policy) -> bool:
    """Return whether a digest proves nothing that the caller's own SHA-256 does not."""
    return (
        policy.keys.pinned
        and element.tag == _FORMER_SIGNING_CERTIFICATE
        and method.get("Algorithm") == _SHA1
    )


def _issuer_and_serial(element: etree._Element, certificate: KeyCertificate) -> None:
    """Check what the properties say of the signer's key certificate beside its digest."""
    if element.tag == _ISSUER_SERIAL:
        agrees = octets(element) == issuer_serial(certificate.issuer_der, certificate.serial)
    elif element.tag == _FORMER_ISSUER_SERIAL:
        # The name is free text in the old form, spelled in many ways; the number is not.
        serial = (element.findtext(_SERIAL_NUMBER) or "").strip(_BLANKS)
        agrees = serial == str(certificate.serial)
    else:
        raise refused(SignatureCode.PROPERTIES_SHAPE, "expected IssuerSerialV2", element)
    if not agrees:
        raise refused(
            SignatureCode.SIGNING_CERTIFICATE_MISMATCH,
            "expected the issuer and serial number of the key certificate in KeyInfo",
            element,
        )


def _object_properties(element: etree._Element, outlined: Outline, policy: Policy) -> None:
    """Check the properties of what was signed."""
    formats = 0
    for child in elements(element):
        if child.tag == _DATA_OBJECT_FORMAT:
            formats += 1
            _data_object_format(child, outlined)
        elif child.tag != _COMMITMENT or policy.demands_format:
            raise refused(
                SignatureCode.PROPERTIES_SHAPE, "expected nothing but DataObjectFormat", child
            )
    if policy.demands_format and formats != 1:
        raise refused(
            SignatureCode.DATA_OBJECT_FORMAT,
            f"expected one DataObjectFormat, found {formats}",
            element,
        )


def _data_object_format(element: etree._Element, outlined: Outline) -> None:
    """Check that a format speaks of the document, and says which it is."""
    identifier = outlined.content.id
    if not identifier or element.get("ObjectReference") != "#" + identifier:
        raise refused(
            SignatureCode.DATA_OBJECT_FORMAT,
            "expected # and the Id of the reference to the document",
            element,
        )
    names = [child.tag for child in elements(element)]
    if _MIME_TYPE not in names or not _OF_FORMAT.issuperset(names):
        raise refused(SignatureCode.DATA_OBJECT_FORMAT, "expected a MimeType", element)
