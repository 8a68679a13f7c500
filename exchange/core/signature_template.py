"""Signatures as nearly every signer writes them: each signed part is read by one expression.

- What is read are the canonical octets themselves: those of SignedInfo, whose signature is
  verified, and those of SignedProperties, whose digest is. No tree stands between.
- An expression is the profile written out: elements, attributes and their order, with no blank
  between them. What is allowed but written otherwise (blanks, a second named key certificate, a
  reference by the root's Id) does not match, and neither does what is not allowed: both are None,
  and the tree is walked, which says what is wrong (`signature_structure`, `xades`).
- So nothing is accepted here that the walk refuses; a test holds the two against each other.

Walking the tree for these two parts takes five times as long.

Source: Canonical XML 1.0, section 1.1: canonical octets have one spelling for each tag.
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from exchange.core.algorithms import SHA256_URI, AlgorithmTable, SignatureAlgorithm
from exchange.core.certificate import KeyCertificate
from exchange.core.der import issuer_serial
from exchange.core.lexical import octets
from exchange.core.signature_policy import (
    DS,
    ENVELOPED,
    EXCLUSIVE,
    SIGNED_PROPERTIES_TYPE,
    XADES,
)
from exchange.core.signature_references import Reference

_REMEMBERED: Final = 1024
"""Key certificates whose names are kept; a hub knows a few hundred."""

_ID: Final = r'[^"&<>\s]+'
_BASE64: Final = "[A-Za-z0-9+/]+={0,2}"


def _empty(name: str, algorithm: str) -> str:
    """Return an element that names an algorithm and has no parameters."""
    return f'<ds:{name} Algorithm="{algorithm}"></ds:{name}>'


def _digest(group: str) -> str:
    """Return the two elements of a digest; they give two groups."""
    method = _empty("DigestMethod", f"(?P<{group}_method>{_ID})")
    return f"{method}<ds:DigestValue>(?P<{group}>{_BASE64})</ds:DigestValue>"


def _transforms(*algorithms: str) -> str:
    inside = "".join(_empty("Transform", re.escape(one)) for one in algorithms)
    return f"<ds:Transforms>{inside}</ds:Transforms>"


_SIGNED_INFO: Final = re.compile(
    f'<ds:SignedInfo xmlns:ds="{re.escape(DS)}"(?: Id="{_ID}")?>'
    + _empty("CanonicalizationMethod", re.escape(EXCLUSIVE))
    + _empty("SignatureMethod", f"(?P<signature_method>{_ID})")
    + f'<ds:Reference(?: Id="(?P<id>{_ID})")? URI="">'
    + _transforms(ENVELOPED, EXCLUSIVE)
    + _digest("content")
    + f'</ds:Reference><ds:Reference(?: Id="(?P<other_id>{_ID})")?'
    + f' Type="{re.escape(SIGNED_PROPERTIES_TYPE)}" URI="#(?P<uri>{_ID})">'
    + _transforms(EXCLUSIVE)
    + _digest("properties")
    + "</ds:Reference></ds:SignedInfo>"
)
_DECLARED: Final = f' xmlns:ds="{re.escape(DS)}"'
"""Exclusive canonical octets declare a prefix where it is first used."""
_PROPERTIES: Final = re.compile(
    f'<xades:SignedProperties xmlns:xades="{re.escape(XADES)}" Id="{_ID}">'
    "<xades:SignedSignatureProperties>"
    r"<xades:SigningTime>(?P<time>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)</xades:SigningTime>"
    "<xades:SigningCertificateV2><xades:Cert><xades:CertDigest>"
    f'<ds:DigestMethod{_DECLARED} Algorithm="{re.escape(SHA256_URI)}"></ds:DigestMethod>'
    f"<ds:DigestValue{_DECLARED}>(?P<digest>{_BASE64})</ds:DigestValue></xades:CertDigest>"
    f"(?:<xades:IssuerSerialV2>(?P<issuer>{_BASE64})</xades:IssuerSerialV2>)?"
    "</xades:Cert></xades:SigningCertificateV2></xades:SignedSignatureProperties>"
    "<xades:SignedDataObjectProperties>"
    f'<xades:DataObjectFormat ObjectReference="#(?P<object>{_ID})">'
    "<xades:MimeType>[^<]*</xades:MimeType></xades:DataObjectFormat>"
    "</xades:SignedDataObjectProperties></xades:SignedProperties>",
    re.ASCII,
)


class Written(NamedTuple):
    """A SignedInfo that is written as nearly every signer writes it."""

    octets: bytes
    """Its exclusive canonical octets, by which it was read."""
    algorithm: SignatureAlgorithm
    content: Reference
    properties: Reference
    properties_id: str
    """The Id that the signed properties must have."""


def read_signed_info(canonical: bytes, algorithms: AlgorithmTable) -> Written | None:
    """Return what a SignedInfo says, or None where its tree must be walked.

    Args:
        canonical: Its exclusive canonical octets.
        algorithms: The table in force.
    """
    found = _SIGNED_INFO.fullmatch(canonical.decode())
    if found is None:
        return None
    method, name, content, content_value, other, uri, properties, properties_value = found.groups()
    algorithm = algorithms.signatures.get(method)
    digest = algorithms.digests.get(content)
    properties_digest = algorithms.digests.get(properties)
    if algorithm is None or digest is None or properties_digest is None:
        return None
    try:
        value, second = octets(content_value), octets(properties_value)
    except ValueError:
        return None
    return Written(
        canonical,
        algorithm,
        Reference(id=name, canonicalization=EXCLUSIVE, digest=digest, value=value),
        Reference(id=other, canonicalization=EXCLUSIVE, digest=properties_digest, value=second),
        uri,
    )


def read_signing_time(
    canonical: bytes, content: Reference, certificate: KeyCertificate
) -> datetime | None:
    """Return the signing time of signed properties, or None where their tree must be walked.

    They name the key certificate that verified, speak of the reference to the document, and the
    time lies inside the validity of the key certificate.

    Args:
        canonical: The exclusive canonical octets of SignedProperties.
        content: The reference to the document.
        certificate: The key certificate that verified the signature.
    """
    found = _PROPERTIES.fullmatch(canonical.decode())
    if found is None:
        return None
    time, digest, issuer, object_id = found.groups()
    known = _names(certificate)
    if digest != known[0] or issuer not in (None, known[1]) or object_id != content.id:
        return None
    try:
        signed_at = datetime.fromisoformat(time[:-1]).replace(tzinfo=UTC)
    except ValueError:
        return None
    return signed_at if certificate.not_before <= signed_at <= certificate.not_after else None


@lru_cache(maxsize=_REMEMBERED)
def _names(certificate: KeyCertificate) -> tuple[str, str]:
    """Return how signed properties name a key certificate: its digest, and issuer and serial."""
    serial = issuer_serial(certificate.issuer_der, certificate.serial)
    return b64encode(certificate.fingerprint).decode(), b64encode(serial).decode()
