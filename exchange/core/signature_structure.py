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

from threading import local
from typing import Final, NamedTuple

from lxml import etree

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import AlgorithmTable, SignatureAlgorithm
from exchange.core.signature_elements import (
    ALGORITHM,
    ID,
    NONE,
    attributes,
    elements,
    octets,
    quote,
    refused,
)
from exchange.core.signature_policy import DS, EXCLUSIVE, XADES, Policy
from exchange.core.signature_references import (
    Reference,
    content_reference,
    properties_reference,
)
from exchange.core.signature_template import Written, read_signed_info
from exchange.core.xml import canonical
from exchange.errors import MalformedError

_SIGNATURE: Final = f"{{{DS}}}Signature"
_SIGNED_INFO: Final = f"{{{DS}}}SignedInfo"
_SIGNATURE_VALUE: Final = f"{{{DS}}}SignatureValue"
_KEY_INFO: Final = f"{{{DS}}}KeyInfo"
_OBJECT: Final = f"{{{DS}}}Object"
_CANONICALIZATION_METHOD: Final = f"{{{DS}}}CanonicalizationMethod"
_SIGNATURE_METHOD: Final = f"{{{DS}}}SignatureMethod"
_REFERENCE: Final = f"{{{DS}}}Reference"
_X509_DATA: Final = f"{{{DS}}}X509Data"
_X509_CERTIFICATE: Final = f"{{{DS}}}X509Certificate"
_HINTS: Final = frozenset(
    {f"{{{DS}}}X509IssuerSerial", f"{{{DS}}}X509SubjectName", f"{{{DS}}}X509SKI"}
)
_KEY_VALUE: Final = f"{{{DS}}}KeyValue"
_QUALIFYING_PROPERTIES: Final = f"{{{XADES}}}QualifyingProperties"
_SIGNED_PROPERTIES: Final = f"{{{XADES}}}SignedProperties"
_UNSIGNED_PROPERTIES: Final = f"{{{XADES}}}UnsignedProperties"

_OF_QUALIFYING: Final = frozenset({"Target", "Id"})
_MOST_CERTIFICATES: Final = 8
"""Key certificates in one KeyInfo; a real path has two to four."""
_WHOLE: Final = [_SIGNED_INFO, _SIGNATURE_VALUE, _KEY_INFO, _OBJECT]


class Outline(NamedTuple):
    """A signature whose shape is right; nothing in it is proven yet."""

    element: etree._Element
    signed_info: etree._Element
    signed_octets: bytes | None
    """Exclusive canonical octets of SignedInfo, where it was read from them; None otherwise."""
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
    attributes(signature, ID)
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
    written = _written(signed_info, algorithms) if has_properties else None
    if written is not None:
        method, algorithm, content = EXCLUSIVE, written.algorithm, written.content
    else:
        method, algorithm, content = _signed_info(
            signed_info, root, policy, algorithms, has_properties=has_properties
        )
    properties = signed_properties = None
    if has_properties:
        signed_properties = _signed_properties(children[3], signature)
        if written is not None and written.properties_id == signed_properties.get("Id"):
            properties = written.properties
        else:
            properties = properties_reference(signed_info[3], signed_properties, policy, algorithms)
    attributes(children[1], ID)
    certificates, key_values = _key_info(children[2], policy)
    return Outline(
        element=signature,
        signed_info=signed_info,
        signed_octets=None if written is None else written.octets,
        canonicalization=method,
        algorithm=algorithm,
        content=content,
        properties=properties,
        signed_properties=signed_properties,
        value=octets(children[1]),
        certificates=certificates,
        key_values=key_values,
    )


def _written(signed_info: etree._Element, algorithms: AlgorithmTable) -> Written | None:
    """Return SignedInfo read from its octets, or None where it is not written as expected."""
    try:
        return read_signed_info(canonical(signed_info), algorithms)
    except MalformedError:
        return None  # The walk comes to the same fault, after those that come before it.


def _signed_info(
    element: etree._Element,
    root: etree._Element,
    policy: Policy,
    algorithms: AlgorithmTable,
    *,
    has_properties: bool,
) -> tuple[str, SignatureAlgorithm, Reference]:
    """Return the two methods of SignedInfo and its reference to the document."""
    parts = _signed_info_parts(element, has_properties=has_properties)
    method = parts[0].get("Algorithm", "")
    attributes(parts[0], ALGORITHM)
    if len(parts[0]) or parts[0].text or method not in policy.canonicalizations:
        raise refused(
            SignatureCode.CANONICALIZATION,
            f"expected an allowed method without parameters, found {quote(method)}",
            parts[0],
        )
    algorithm = _signature_method(parts[1], algorithms)
    return method, algorithm, content_reference(parts[2], root, policy, algorithms)


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
    attributes(signed_info, ID)
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
    attributes(element, ALGORITHM)
    uri = element.get("Algorithm", "")
    algorithm = algorithms.signatures.get(uri)
    if algorithm is None or len(element) or element.text:
        raise refused(
            SignatureCode.SIGNATURE_METHOD,
            f"expected an algorithm of the table without parameters, found {quote(uri)}",
            element,
        )
    return algorithm


def _signed_properties(container: etree._Element, signature: etree._Element) -> etree._Element:
    """Return the SignedProperties in the only Object of a signature."""
    attributes(container, ID)
    inside = elements(container)
    if len(inside) != 1 or inside[0].tag != _QUALIFYING_PROPERTIES:
        raise refused(
            SignatureCode.PROPERTIES_MISSING, "expected one QualifyingProperties", container
        )
    qualifying = inside[0]
    attributes(qualifying, _OF_QUALIFYING)
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
    attributes(element, ID)
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
    attributes(data[0], NONE)
    certificates = []
    for child in elements(data[0]):
        if child.tag == _X509_CERTIFICATE:
            attributes(child, NONE)
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
