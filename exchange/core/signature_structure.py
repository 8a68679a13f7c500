"""The shape of a signature, read from a closed grammar before any digest is computed.

Rules, in order, with the numbers of the checklist:

1. exactly one ds:Signature in the whole document, last child of the root element, and no
   text behind it (9);
2. its children are SignedInfo, SignatureValue, KeyInfo and at most one Object, once each,
   with no attribute and no text that does not belong there (11);
3. SignedInfo has one canonicalisation, one signature method and the references that the
   policy demands (12), every algorithm being a row of the table (13, 14, 15);
4. the first reference is the document: its URI is empty or the root's Id, its transforms
   are exactly the ones allowed (16, 18, 19);
5. the second is the SignedProperties of this signature and of no other (20, 21);
6. values are canonical Base64 and nothing else (22);
7. KeyInfo carries the signer's key certificate first, and no other way to find a key (23).

Elements are found by their place, never by an identifier, so that a copy elsewhere in the
document cannot stand in for them.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from threading import local
from typing import Final

from lxml import etree

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import AlgorithmTable, DigestAlgorithm, SignatureAlgorithm
from exchange.core.signature_policy import (
    DS,
    ENVELOPED,
    INCLUSIVE_1_0,
    SIGNED_PROPERTIES_TYPE,
    XADES,
    Policy,
)
from exchange.errors import Finding, SignatureError

_SIGNATURE: Final = f"{{{DS}}}Signature"
_SIGNED_INFO: Final = f"{{{DS}}}SignedInfo"
_SIGNATURE_VALUE: Final = f"{{{DS}}}SignatureValue"
_KEY_INFO: Final = f"{{{DS}}}KeyInfo"
_OBJECT: Final = f"{{{DS}}}Object"
_CANONICALIZATION_METHOD: Final = f"{{{DS}}}CanonicalizationMethod"
_SIGNATURE_METHOD: Final = f"{{{DS}}}SignatureMethod"
_REFERENCE: Final = f"{{{DS}}}Reference"
_TRANSFORMS: Final = f"{{{DS}}}Transforms"
_TRANSFORM: Final = f"{{{DS}}}Transform"
DIGEST_METHOD: Final = f"{{{DS}}}DigestMethod"
DIGEST_VALUE: Final = f"{{{DS}}}DigestValue"
_X509_DATA: Final = f"{{{DS}}}X509Data"
_X509_CERTIFICATE: Final = f"{{{DS}}}X509Certificate"
_HINTS: Final = frozenset(
    {f"{{{DS}}}X509IssuerSerial", f"{{{DS}}}X509SubjectName", f"{{{DS}}}X509SKI"}
)
_KEY_VALUE: Final = f"{{{DS}}}KeyValue"
_QUALIFYING_PROPERTIES: Final = f"{{{XADES}}}QualifyingProperties"
_SIGNED_PROPERTIES: Final = f"{{{XADES}}}SignedProperties"
_UNSIGNED_PROPERTIES: Final = f"{{{XADES}}}UnsignedProperties"

_ID: Final = frozenset({"Id"})
_NONE: Final[frozenset[str]] = frozenset()
_ALGORITHM: Final = frozenset({"Algorithm"})
_OF_REFERENCE: Final = frozenset({"Id", "URI", "Type"})
_OF_QUALIFYING: Final = frozenset({"Target", "Id"})
_BLANKS: Final = b" \t\r\n"
_MOST_CERTIFICATES: Final = 8
"""Key certificates in one KeyInfo; a real path has two to four."""
_WHOLE: Final = [_SIGNED_INFO, _SIGNATURE_VALUE, _KEY_INFO, _OBJECT]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """One reference: how a part of the document became a digest."""

    id: str | None
    canonicalization: str
    """The identifier of the method; `INCLUSIVE_1_0` where it is implied."""
    digest: DigestAlgorithm
    value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A signature whose shape is right; nothing in it is proven yet."""

    element: etree._Element
    signed_info: etree._Element
    canonicalization: str
    """The method for SignedInfo."""
    algorithm: SignatureAlgorithm
    content: Reference
    """The reference to the document."""
    properties: Reference | None
    """The reference to the signed properties; None for plain XML-DSig."""
    signed_properties: etree._Element | None
    value: bytes
    certificates: tuple[bytes, ...]
    """DER octets as KeyInfo carries them, the signer's first; at least one."""
    key_values: tuple[etree._Element, ...]
    """KeyValue elements that repeat the key, where the policy admits them."""


class _Tools(local):
    """Compiled expressions of one thread."""

    def __init__(self) -> None:
        self.signatures = etree.XPath("//ds:Signature", namespaces={"ds": DS}, regexp=False)


_TOOLS: Final = _Tools()


def outline(root: etree._Element, policy: Policy, algorithms: AlgorithmTable) -> Outline:
    """Return the parts of the one signature of a document.

    Raises:
        SignatureError: There is none, or its shape is not exactly the one allowed.
    """
    signature = _the_signature(root)
    _attributes(signature, _ID)
    children = elements(signature)
    names = [child.tag for child in children]
    if names != _WHOLE and names != _WHOLE[:3]:
        if _KEY_INFO not in names:
            raise refused(SignatureCode.CERTIFICATE_MISSING, "expected one KeyInfo", signature)
        raise refused(
            SignatureCode.STRUCTURE,
            "expected SignedInfo, SignatureValue, KeyInfo and Object, once each",
            signature,
        )
    has_properties = len(children) == len(_WHOLE)
    if policy.demands_properties and not has_properties:
        raise refused(
            SignatureCode.PROPERTIES_MISSING, "expected an Object with properties", signature
        )
    signed_info = children[0]
    parts = _signed_info_parts(signed_info, has_properties=has_properties)
    method = parts[0].get("Algorithm", "")
    _attributes(parts[0], _ALGORITHM)
    if len(parts[0]) or parts[0].text or method not in policy.canonicalizations:
        raise refused(
            SignatureCode.CANONICALIZATION,
            f"expected an allowed method without parameters, found {quote(method)}",
            parts[0],
        )
    algorithm = _signature_method(parts[1], algorithms)
    content = _content_reference(parts[2], root, policy, algorithms)
    properties = signed_properties = None
    if has_properties:
        signed_properties = _signed_properties(children[3], signature)
        properties = _properties_reference(parts[3], signed_properties, policy, algorithms)
    _attributes(children[1], _ID)
    certificates, key_values = _key_info(children[2], policy)
    return Outline(
        element=signature,
        signed_info=signed_info,
        canonicalization=method,
        algorithm=algorithm,
        content=content,
        properties=properties,
        signed_properties=signed_properties,
        value=octets(children[1]),
        certificates=certificates,
        key_values=key_values,
    )


def find_signatures(root: etree._Element) -> list[etree._Element]:
    """Return every ds:Signature of a document, wherever it stands."""
    found = _TOOLS.signatures(root)
    return [e for e in found if isinstance(e, etree._Element)] if isinstance(found, list) else []


def _the_signature(root: etree._Element) -> etree._Element:
    """Return the only ds:Signature of the document, in its only place."""
    found = find_signatures(root)
    if not found:
        raise refused(SignatureCode.MISSING, "expected one signature, found none", root)
    if len(found) > 1:
        message = f"expected one signature, found {len(found)}"
        raise refused(SignatureCode.MULTIPLE, message, root)
    signature = found[0]
    if signature.getparent() is not root:
        raise refused(
            SignatureCode.MISPLACED, "expected the signature as a child of the root element", root
        )
    tail = signature.tail
    if root[-1] is not signature or (tail is not None and tail.strip(" \t\r\n")):
        raise refused(SignatureCode.MISPLACED, "expected nothing behind the signature", root)
    return signature


def _signed_info_parts(
    signed_info: etree._Element, *, has_properties: bool
) -> list[etree._Element]:
    """Return the children of SignedInfo: two methods, and one or two references."""
    _attributes(signed_info, _ID)
    parts = elements(signed_info)
    names = [part.tag for part in parts]
    if names[:2] != [_CANONICALIZATION_METHOD, _SIGNATURE_METHOD] or any(
        name != _REFERENCE for name in names[2:]
    ):
        raise refused(
            SignatureCode.STRUCTURE,
            "expected CanonicalizationMethod, SignatureMethod and references",
            signed_info,
        )
    expected = 2 if has_properties else 1
    if len(names) - 2 != expected:
        raise refused(
            SignatureCode.REFERENCES,
            f"expected {expected} references, found {len(names) - 2}",
            signed_info,
        )
    return parts


def _signature_method(element: etree._Element, algorithms: AlgorithmTable) -> SignatureAlgorithm:
    """Return the row of the signature method; parameters there are none."""
    _attributes(element, _ALGORITHM)
    uri = element.get("Algorithm", "")
    algorithm = algorithms.signatures.get(uri)
    if algorithm is None or len(element) or element.text:
        raise refused(
            SignatureCode.SIGNATURE_METHOD,
            f"expected an algorithm of the table without parameters, found {quote(uri)}",
            element,
        )
    return algorithm


def _content_reference(
    element: etree._Element, root: etree._Element, policy: Policy, algorithms: AlgorithmTable
) -> Reference:
    """Return the first reference: the whole document without its signature."""
    uri = element.get("URI")
    if uri is None or (uri and not _is_root(uri, root)):
        raise refused(
            SignatureCode.REFERENCE_URI,
            f"expected an empty URI or # and the root's Id, found {quote(uri or 'none')}",
            element,
        )
    if element.get("Type") is not None:
        raise refused(
            SignatureCode.REFERENCES, "expected no Type at the reference to the document", element
        )
    return _reference(element, policy, algorithms, leading=(ENVELOPED,))


def _is_root(uri: str, root: etree._Element) -> bool:
    """Return whether a URI is a fragment that names the root element itself."""
    return uri.startswith("#") and uri[1:] in (root.get("Id"), root.get("ID"), root.get("id"))


def _properties_reference(
    element: etree._Element,
    signed_properties: etree._Element,
    policy: Policy,
    algorithms: AlgorithmTable,
) -> Reference:
    """Return the second reference: the signed properties of this very signature."""
    if element.get("Type") != SIGNED_PROPERTIES_TYPE or element.get("URI") != (
        "#" + signed_properties.get("Id", "")
    ):
        raise refused(
            SignatureCode.PROPERTIES_REFERENCE,
            "expected the Type of signed properties and # with the Id of this signature's",
            element,
        )
    return _reference(element, policy, algorithms, leading=())


def _reference(
    element: etree._Element,
    policy: Policy,
    algorithms: AlgorithmTable,
    *,
    leading: tuple[str, ...],
) -> Reference:
    """Return what a reference says after its URI and Type were found right."""
    _attributes(element, _OF_REFERENCE)
    parts = elements(element)
    names = [part.tag for part in parts]
    transforms: Sequence[str] = ()
    if names and names[0] == _TRANSFORMS:
        _attributes(parts[0], _NONE)
        transforms = [_transform(child) for child in elements(parts[0])]
        names.pop(0)
        parts.pop(0)
    if names != [DIGEST_METHOD, DIGEST_VALUE]:
        raise refused(
            SignatureCode.STRUCTURE, "expected Transforms, DigestMethod, DigestValue", element
        )
    if tuple(transforms[: len(leading)]) != leading:
        raise refused(
            SignatureCode.TRANSFORM,
            f"expected {' '.join(leading)} first, found {quote(' '.join(transforms))}",
            element,
        )
    rest = transforms[len(leading) :]
    if not rest and policy.implied_canonicalization:
        rest = (INCLUSIVE_1_0,)
    if len(rest) != 1 or rest[0] not in policy.canonicalizations:
        raise refused(
            SignatureCode.TRANSFORM,
            f"expected one allowed canonicalisation last, found {quote(' '.join(rest))}",
            element,
        )
    digest = digest_method(parts[0], algorithms)
    return Reference(
        id=element.get("Id"), canonicalization=rest[0], digest=digest, value=octets(parts[1])
    )


def _transform(element: etree._Element) -> str:
    """Return the identifier of a transform; parameters there are none."""
    _attributes(element, _ALGORITHM)
    if element.tag != _TRANSFORM or len(element) or element.text:
        raise refused(SignatureCode.TRANSFORM, "expected a Transform without parameters", element)
    return element.get("Algorithm", "")


def _signed_properties(container: etree._Element, signature: etree._Element) -> etree._Element:
    """Return the SignedProperties in the only Object of a signature."""
    _attributes(container, _ID)
    inside = elements(container)
    if len(inside) != 1 or inside[0].tag != _QUALIFYING_PROPERTIES:
        raise refused(
            SignatureCode.PROPERTIES_MISSING, "expected one QualifyingProperties", container
        )
    qualifying = inside[0]
    _attributes(qualifying, _OF_QUALIFYING)
    identifier = signature.get("Id")
    if not identifier or qualifying.get("Target") != "#" + identifier:
        raise refused(
            SignatureCode.PROPERTIES_TARGET, "expected # and the Id of the signature", qualifying
        )
    parts = elements(qualifying)
    names = [part.tag for part in parts]
    # Unsigned properties carry no authority: they may be there, and are never looked at.
    if names not in ([_SIGNED_PROPERTIES], [_SIGNED_PROPERTIES, _UNSIGNED_PROPERTIES]):
        raise refused(
            SignatureCode.PROPERTIES_MISSING, "expected one SignedProperties first", qualifying
        )
    if not parts[0].get("Id"):
        raise refused(
            SignatureCode.PROPERTIES_REFERENCE, "expected an Id at SignedProperties", parts[0]
        )
    return parts[0]


def _key_info(
    element: etree._Element, policy: Policy
) -> tuple[tuple[bytes, ...], tuple[etree._Element, ...]]:
    """Return the key certificates of KeyInfo, and the key values that repeat the key."""
    _attributes(element, _ID)
    data = []
    key_values = []
    for child in elements(element):
        if child.tag == _X509_DATA:
            data.append(child)
        elif child.tag == _KEY_VALUE and policy.key_hints:
            key_values.append(child)
        else:
            raise refused(SignatureCode.KEY_INFO, "expected nothing but one X509Data", child)
    if len(data) != 1 or len(key_values) > 1:
        code = SignatureCode.KEY_INFO if data else SignatureCode.CERTIFICATE_MISSING
        raise refused(code, f"expected one X509Data, found {len(data)}", element)
    _attributes(data[0], _NONE)
    certificates = []
    for child in elements(data[0]):
        if child.tag == _X509_CERTIFICATE:
            _attributes(child, _NONE)
            certificates.append(octets(child))
        elif child.tag not in _HINTS or not policy.key_hints:
            raise refused(SignatureCode.KEY_INFO, "expected nothing but X509Certificate", child)
    if not certificates:
        raise refused(
            SignatureCode.CERTIFICATE_MISSING, "expected one X509Certificate or more", element
        )
    if len(certificates) > _MOST_CERTIFICATES:
        message = f"expected at most {_MOST_CERTIFICATES} key certificates"
        raise refused(SignatureCode.KEY_INFO, message, element)
    return tuple(certificates), tuple(key_values)


def digest_method(element: etree._Element, algorithms: AlgorithmTable) -> DigestAlgorithm:
    """Return the row of a DigestMethod; parameters there are none.

    Raises:
        SignatureError: The algorithm is not in the table, or has parameters.
    """
    _attributes(element, _ALGORITHM)
    uri = element.get("Algorithm", "")
    digest = algorithms.digests.get(uri)
    if digest is None or len(element) or element.text:
        raise refused(
            SignatureCode.DIGEST_METHOD,
            f"expected SHA-256, SHA-384 or SHA-512, found {quote(uri)}",
            element,
        )
    return digest


def elements(parent: etree._Element) -> list[etree._Element]:
    """Return the children of an element between which only blanks stand.

    Raises:
        SignatureError: There is text between them.
    """
    children = list(parent)
    text = parent.text
    if text is not None and text.strip(" \t\r\n"):
        raise refused(SignatureCode.STRUCTURE, "expected no text here", parent)
    for child in children:
        tail = child.tail
        if tail is not None and tail.strip(" \t\r\n"):
            raise refused(SignatureCode.STRUCTURE, "expected no text here", parent)
    return children


def octets(element: etree._Element) -> bytes:
    """Return the octets of an element that holds Base64, blanks apart, and nothing else.

    Raises:
        SignatureError: There is another element inside, or not canonical Base64.
    """
    text = element.text
    if len(element) or not text:
        raise refused(SignatureCode.BASE64, "expected Base64 and nothing else", element)
    try:
        compact = text.encode("ascii").translate(None, _BLANKS)
        value = binascii.a2b_base64(compact, strict_mode=True)
    except ValueError as exc:
        raise refused(SignatureCode.BASE64, "expected plain Base64", element) from exc
    if not value or binascii.b2a_base64(value, newline=False) != compact:
        raise refused(SignatureCode.BASE64, "expected canonical Base64", element)
    return value


def _attributes(element: etree._Element, allowed: frozenset[str]) -> None:
    """Refuse an attribute that does not belong to an element of the signature."""
    for name in element.keys():  # noqa: SIM118 - an element iterates over its children
        if name not in allowed:
            raise refused(
                SignatureCode.STRUCTURE, f"expected no attribute {quote(str(name))}", element
            )


def quote(text: str) -> str:
    """Return a text short enough for a message, and without line breaks."""
    longest = 80
    shown = text if len(text) <= longest else text[:longest] + "…"
    return " ".join(shown.split()) or "nothing"


def refused(code: SignatureCode, message: str, element: etree._Element) -> SignatureError:
    """Make the error of gate 3, with the path of an element."""
    return SignatureError(Finding(code=code, path=_path(element), message=message))


def _path(element: etree._Element) -> str:
    """Return where an element stands, by local names."""
    tags = [element.tag, *(ancestor.tag for ancestor in element.iterancestors())]
    names = [str(tag).rpartition("}")[2] for tag in reversed(tags)]
    return "/" + "/".join(names)
