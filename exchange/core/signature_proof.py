"""The one engine behind both ways of checking a signature.

Steps, in order; nothing that a stranger chose is evaluated before the step above it passed:

1. the shape is the only one allowed (`signature_structure`);
2. the key certificate may sign, and its key is of the kind that the algorithm is bound to;
3. the signature value verifies over the canonical SignedInfo;
4. the digest of the signed properties is the one in SignedInfo;
5. the digest of the document without its signature is the one in SignedInfo;
6. what the signed properties say is complete and true (`xades`).

What leaves this module are the canonical octets that were signed; the octets that arrived
are of no further use to anyone but the archive (checklist points 17 and 32).
"""

from __future__ import annotations

import hashlib
from copy import deepcopy
from datetime import datetime
from hmac import compare_digest
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import SHA256_URI, AlgorithmTable, SignatureAlgorithm, key_bits
from exchange.core.certificate import KeyCertificate, signing_certificate
from exchange.core.model import ContentDigest
from exchange.core.signature_elements import elements, octets, quote, refused
from exchange.core.signature_policy import DS, EXCLUSIVE, Policy
from exchange.core.signature_structure import Outline, outline
from exchange.core.signature_template import read_signing_time
from exchange.core.xades import read_properties
from exchange.core.xml import XML, Parsed, canonical
from exchange.errors import MalformedError

_LANG: Final = f"{{{XML}}}lang"
_RSA_KEY_VALUE: Final = f"{{{DS}}}RSAKeyValue"
_MODULUS: Final = f"{{{DS}}}Modulus"
_EXPONENT: Final = f"{{{DS}}}Exponent"


class Proof(NamedTuple):
    """What a signature proves: these octets, this key, this claimed time."""

    content: bytes
    """The canonical octets that were signed, without the signature."""
    content_digest: ContentDigest
    """SHA-256 of `content`, whatever digest the signature used."""
    certificate: KeyCertificate
    further_certificates: tuple[bytes, ...]
    """What else KeyInfo carried, DER; unsigned, good for finding a path and nothing else."""
    algorithm: SignatureAlgorithm
    digest_uri: str
    canonicalization: str
    """The method that made `content`."""
    signed_at: datetime | None
    """The claimed time of signing; None for plain XML-DSig."""


def prove(parsed: Parsed, policy: Policy, algorithms: AlgorithmTable) -> Proof:
    """Return what the signature of a document proves.

    Raises:
        SignatureError: It proves nothing under this policy.
    """
    root = parsed.root
    outlined = outline(root, policy, algorithms)
    certificate = signing_certificate(outlined.certificates[0], policy.keys)
    _check_key(outlined, certificate)
    _check_value(outlined, certificate)
    signed_properties = outlined.signed_properties
    properties = None
    if outlined.properties is not None and signed_properties is not None:
        reference = outlined.properties
        properties = _canonical(signed_properties, reference.canonicalization)
        found = reference.digest.compute(properties)
        if not compare_digest(found, reference.value):
            raise refused(
                SignatureCode.PROPERTIES_DIGEST_MISMATCH,
                f"expected digest {reference.value.hex()[:16]}…, found {found.hex()[:16]}…",
                signed_properties,
            )
    reference = outlined.content
    content = _content(root, outlined.element, reference.canonicalization)
    found = reference.digest.compute(content)
    if not compare_digest(found, reference.value):
        raise refused(
            SignatureCode.DIGEST_MISMATCH,
            f"expected digest {reference.value.hex()[:16]}…, found {found.hex()[:16]}…",
            root,
        )
    signed_at = _signing_time(properties, outlined, certificate, policy, algorithms)
    if reference.digest.uri != SHA256_URI:
        found = hashlib.sha256(content).digest()
    return Proof(
        content=content,
        content_digest=ContentDigest(found),
        certificate=certificate,
        further_certificates=outlined.certificates[1:],
        algorithm=outlined.algorithm,
        digest_uri=reference.digest.uri,
        canonicalization=reference.canonicalization,
        signed_at=signed_at,
    )


def _signing_time(
    octets: bytes | None,
    outlined: Outline,
    certificate: KeyCertificate,
    policy: Policy,
    algorithms: AlgorithmTable,
) -> datetime | None:
    """Return the claimed time of signing after all signed properties were found right."""
    if octets is None:
        return None
    signed_at = read_signing_time(octets, outlined.content, certificate)
    if signed_at is not None:
        return signed_at
    walked = read_properties(outlined, certificate, policy, algorithms)
    return None if walked is None else walked.signed_at


def _check_key(outlined: Outline, certificate: KeyCertificate) -> None:
    """Refuse an algorithm that is not bound to this kind of key, and keys beside the certified."""
    key = certificate.public_key
    if not outlined.algorithm.fits(key):
        raise refused(
            SignatureCode.KEY_MISMATCH,
            f"expected a key for {outlined.algorithm.name}, found {type(key).__name__} "
            f"of {key_bits(key)} bits",
            outlined.signed_info,
        )
    for key_value in outlined.key_values:
        parts = elements(key_value)
        agrees = False
        if isinstance(key, rsa.RSAPublicKey) and [p.tag for p in parts] == [_RSA_KEY_VALUE]:
            numbers = elements(parts[0])
            if [number.tag for number in numbers] == [_MODULUS, _EXPONENT]:
                modulus, exponent = (int.from_bytes(octets(number)) for number in numbers)
                expected = key.public_numbers()
                agrees = (modulus, exponent) == (expected.n, expected.e)
        if not agrees:
            raise refused(
                SignatureCode.KEY_INFO, "expected the certified key or none at all", key_value
            )


def _check_value(outlined: Outline, certificate: KeyCertificate) -> None:
    """Verify the signature value over the canonical SignedInfo."""
    signed = outlined.signed_octets
    if signed is None:
        signed = _canonical(outlined.signed_info, outlined.canonicalization)
    try:
        outlined.algorithm.verify(certificate.public_key, outlined.value, signed)
    except InvalidSignature as exc:
        raise refused(
            SignatureCode.SIGNATURE_VALUE,
            f"expected a signature by {quote(certificate.subject)}",
            outlined.element,
        ) from exc


def _content(root: etree._Element, signature: etree._Element, method: str) -> bytes:
    """Return the canonical octets of a document without its signature.

    The enveloped-signature transform takes the signature out and leaves the text behind it.
    The document is left as it was found.
    """
    tail = signature.tail
    before = signature.getprevious()
    former = root.text if before is None else before.tail
    joined = (former or "") + tail if tail else former
    root.remove(signature)
    try:
        if tail:
            _set_text(root, before, joined)
        return _canonical(root, method)
    finally:
        if tail:
            _set_text(root, before, former)
        root.append(signature)


def _set_text(root: etree._Element, before: etree._Element | None, text: str | None) -> None:
    """Set the text that ends a root element without its signature."""
    if before is None:
        root.text = text
    else:
        before.tail = text


def _canonical(element: etree._Element, method: str) -> bytes:
    """Return the canonical octets of an element by a method that the policy admitted."""
    try:
        if method == EXCLUSIVE:
            return canonical(element)
        return etree.tostring(_in_scope(element), method="c14n", with_comments=False)
    except (MalformedError, etree.LxmlError, ValueError) as exc:
        raise refused(SignatureCode.CONTENT, "expected a canonical form", element) from exc


def _in_scope(element: etree._Element) -> etree._Element:
    """Return an element with everything that it inherits, for inclusive canonicalisation.

    An element that is canonicalised alone shows the namespaces and the `xml:lang` of its
    ancestors (Canonical XML 1.0, section 2.4, and 1.1, section 2.4). The methods differ in
    `xml:base` and `xml:id` only, which gate 1 refuses.
    """
    if element.getparent() is None:
        return element
    alone = etree.Element(element.tag, dict(element.attrib), nsmap=element.nsmap)
    for ancestor in element.iterancestors():
        if _LANG in alone.attrib:
            break
        if (language := ancestor.get(_LANG)) is not None:
            alone.set(_LANG, language)
    alone.text = element.text
    alone.extend(deepcopy(list(element)))
    return alone
