"""The references of a signature: which part became which digest, and by which steps.

- The first is the document: its URI is empty or the root's Id (18, 19).
- The second is the SignedProperties of this signature and of no other (20).
- The transforms are exactly the ones allowed, in their order, without parameters (16).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from lxml import etree

from exchange.codes.gates import SignatureCode
from exchange.core.algorithms import AlgorithmTable, DigestAlgorithm
from exchange.core.signature_elements import (
    ALGORITHM,
    NONE,
    attributes,
    elements,
    octets,
    quote,
    refused,
)
from exchange.core.signature_policy import (
    DS,
    ENVELOPED,
    INCLUSIVE_1_0,
    SIGNED_PROPERTIES_TYPE,
    Policy,
)

DIGEST_METHOD: Final = f"{{{DS}}}DigestMethod"
DIGEST_VALUE: Final = f"{{{DS}}}DigestValue"
_TRANSFORMS: Final = f"{{{DS}}}Transforms"
_TRANSFORM: Final = f"{{{DS}}}Transform"
_OF_REFERENCE: Final = frozenset({"Id", "URI", "Type"})


class Reference(NamedTuple):
    """One reference: how a part of the document became a digest."""

    id: str | None
    canonicalization: str
    """The identifier of the method; `INCLUSIVE_1_0` where it is implied."""
    digest: DigestAlgorithm
    value: bytes


def content_reference(
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


def properties_reference(
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
    attributes(element, _OF_REFERENCE)
    parts = elements(element)
    names = [part.tag for part in parts]
    transforms: Sequence[str] = ()
    if names and names[0] == _TRANSFORMS:
        attributes(parts[0], NONE)
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
    attributes(element, ALGORITHM)
    if element.tag != _TRANSFORM or len(element) or element.text:
        raise refused(SignatureCode.TRANSFORM, "expected a Transform without parameters", element)
    return element.get("Algorithm", "")


def digest_method(element: etree._Element, algorithms: AlgorithmTable) -> DigestAlgorithm:
    """Return the row of a DigestMethod; parameters there are none.

    Raises:
        SignatureError: The algorithm is not in the table, or has parameters.
    """
    attributes(element, ALGORITHM)
    uri = element.get("Algorithm", "")
    digest = algorithms.digests.get(uri)
    if digest is None or len(element) or element.text:
        raise refused(
            SignatureCode.DIGEST_METHOD,
            f"expected SHA-256, SHA-384 or SHA-512, found {quote(uri)}",
            element,
        )
    return digest
