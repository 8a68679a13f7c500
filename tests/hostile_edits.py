"""Edits of a signed document: each breaks one rule of the signature's shape."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from copy import deepcopy

from lxml import etree

from exchange.core.signature_policy import EXCLUSIVE
from tests.hostile_material import DRAFT, D, Material, P, one, signature, write
from tests.pki import make_signer


def wrap(variant: int, m: Material) -> bytes:
    """Return one of the eight classical wrappings, carried over to an enveloped signature.

    Source: Somorovsky et al., On Breaking SAML, USENIX Security 2012, figure 6.
    """
    original = etree.fromstring(m.signed)
    evil = etree.fromstring(m.draft)
    one(evil, "{urn:example:attestation:1}Amount").text = "999"
    evil.set("Id", "evil")
    evil[0].set("Id", "evil-holder")
    moved = signature(original)
    bare = deepcopy(original)
    bare.remove(signature(bare))
    match variant:
        case 1:  # the signature stays in the original, which hides in the forged document
            evil.append(original)
        case 2:  # the signature beside the original
            evil.append(bare)
            evil.append(moved)
        case 3:  # the original in front, without its signature
            evil.insert(0, bare)
            evil.append(moved)
        case 4:  # the original becomes the outer one
            original.insert(0, evil)
            return write(original)
        case 5:  # the signature in the forged document, the original behind
            evil.append(moved)
            evil.append(bare)
        case 6:  # the original inside the signature
            moved.append(bare)
            evil.append(moved)
        case 7:  # the original in an extension element
            holder = etree.SubElement(evil, "Extensions")
            holder.append(bare)
            evil.append(moved)
        case _:  # the original in an Object of the signature
            etree.SubElement(moved, f"{D}Object").append(bare)
            evil.append(moved)
    return write(evil)


def remove_signature(root: etree._Element, sig: etree._Element) -> None:
    root.remove(sig)


def copy_signature(root: etree._Element, sig: etree._Element) -> None:
    copy = deepcopy(sig)
    for element in copy.iter():
        if element.get("Id"):
            element.set("Id", "c" + str(element.get("Id")))
    root.append(copy)


def first_child(root: etree._Element, sig: etree._Element) -> None:
    root.insert(0, sig)


def into_child(root: etree._Element, sig: etree._Element) -> None:
    root[0].append(sig)


def add_tail(_: etree._Element, sig: etree._Element) -> None:
    sig.tail = "and 900 more"


def twice(index: int, root: etree._Element, sig: etree._Element) -> None:
    del root
    copy = deepcopy(sig[index])
    for element in copy.iter():
        if element.get("Id"):
            element.set("Id", "c" + str(element.get("Id")))
    sig.insert(index, copy)


def inner_text(name: str, root: etree._Element, sig: etree._Element) -> None:
    del root
    one(sig, name).text = "text"


def add_attribute(name: str, root: etree._Element, sig: etree._Element) -> None:
    del root
    one(sig, name).set("extra", "1")


def add_child(name: str, root: etree._Element, sig: etree._Element) -> None:
    del root
    etree.SubElement(one(sig, name), f"{D}Extra")


def without_reference(_: etree._Element, sig: etree._Element) -> None:
    sig[0].remove(sig[0][3])


def third_reference(_: etree._Element, sig: etree._Element) -> None:
    third = deepcopy(sig[0][2])
    third.set("Id", "third")
    sig[0].append(third)


def no_object(_: etree._Element, sig: etree._Element) -> None:
    sig[0].remove(sig[0][3])
    sig.remove(sig[3])


def set_algorithm(
    name: str, value: str, root: etree._Element, sig: etree._Element, *, nth: int = 0
) -> None:
    del root
    list(sig.iter(name))[nth].set("Algorithm", value)


def set_uri(value: str | None, root: etree._Element, sig: etree._Element) -> None:
    del root
    if value is None:
        del sig[0][2].attrib["URI"]
    else:
        sig[0][2].set("URI", value)


def set_transforms(
    nth: int, algorithms: tuple[str, ...], root: etree._Element, sig: etree._Element
) -> None:
    del root
    transforms = sig[0][nth][0]
    transforms[:] = []
    for algorithm in algorithms:
        etree.SubElement(transforms, f"{D}Transform", Algorithm=algorithm)


def no_transforms(nth: int, root: etree._Element, sig: etree._Element) -> None:
    del root
    sig[0][nth].remove(sig[0][nth][0])


def prefix_list(name: str, nth: int, root: etree._Element, sig: etree._Element) -> None:
    del root
    element = list(sig.iter(name))[nth]
    etree.SubElement(element, f"{{{EXCLUSIVE}}}InclusiveNamespaces", PrefixList="m")


def reference_type(nth: int, value: str | None, root: etree._Element, sig: etree._Element) -> None:
    del root
    if value is None:
        del sig[0][nth].attrib["Type"]
    else:
        sig[0][nth].set("Type", value)


def properties_elsewhere(root: etree._Element, sig: etree._Element) -> None:
    """Leave the signed properties in the content and put forged ones in their place."""
    genuine = one(sig, f"{P}SignedProperties")
    forged = deepcopy(genuine)
    one(forged, f"{P}SigningTime").text = "2026-06-01T00:00:00Z"
    forged.set("Id", "forged")
    parent = genuine.getparent()
    assert parent is not None
    parent.replace(genuine, forged)
    root[0].append(genuine)


def forged_object_first(_: etree._Element, sig: etree._Element) -> None:
    forged = deepcopy(sig[3])
    for element in forged.iter():
        if element.get("Id"):
            element.set("Id", "f" + str(element.get("Id")))
    sig.insert(3, forged)


def set_target(value: str | None, root: etree._Element, sig: etree._Element) -> None:
    del root
    qualifying = one(sig, f"{P}QualifyingProperties")
    if value is None:
        del qualifying.attrib["Target"]
    else:
        qualifying.set("Target", value)


def change_text(
    name: str, change: Callable[[str], str], root: etree._Element, sig: etree._Element
) -> None:
    del root
    element = one(sig, name)
    element.text = change(element.text or "")


def set_text(name: str, text: str, root: etree._Element, sig: etree._Element) -> None:
    del root
    one(sig, name).text = text


def key_info(name: str, root: etree._Element, sig: etree._Element) -> None:
    del root
    etree.SubElement(sig[2], f"{D}{name}").text = "attacker"


def add_to_x509_data(name: str, root: etree._Element, sig: etree._Element) -> None:
    del root
    etree.SubElement(sig[2][0], f"{D}{name}").text = "attacker"


def drop(name: str, root: etree._Element, sig: etree._Element) -> None:
    del root
    element = one(sig, name)
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def add_property(name: str, root: etree._Element, sig: etree._Element) -> None:
    del root
    etree.SubElement(one(sig, f"{P}SignedSignatureProperties"), name)


def former_certificate(_: etree._Element, sig: etree._Element) -> None:
    element = one(sig, f"{P}SigningCertificateV2")
    element.tag = f"{P}SigningCertificate"
    one(element, f"{P}IssuerSerialV2").getparent().remove(one(element, f"{P}IssuerSerialV2"))  # type: ignore[union-attr]


def counter_signature(_: etree._Element, sig: etree._Element) -> None:
    unsigned = etree.SubElement(one(sig, f"{P}QualifyingProperties"), f"{P}UnsignedProperties")
    etree.SubElement(unsigned, f"{D}Signature")


def change_content(text: str, root: etree._Element, sig: etree._Element) -> None:
    del sig
    one(root, "{urn:example:attestation:1}Amount").text = text


def more_content(root: etree._Element, _: etree._Element) -> None:
    root.insert(0, etree.Element("{urn:example:attestation:1}Annex"))


def content_attribute(root: etree._Element, _: etree._Element) -> None:
    root.set("schemaVersion", "2.0")


def foreign_serial(_: etree._Element, sig: etree._Element) -> None:
    other = make_signer("p256", number=1, subject="Somebody else", serial=1)
    forged = etree.fromstring(other.sign(DRAFT))
    one(sig, f"{P}IssuerSerialV2").text = one(forged, f"{P}IssuerSerialV2").text


def flip_bit(text: str) -> str:
    octets = bytearray(base64.b64decode(text))
    octets[5] ^= 1
    return base64.b64encode(octets).decode()


def loose_bits(text: str) -> str:
    """Return the same octets in Base64 whose unused bits are set."""
    body = text.rstrip("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return body[:-1] + alphabet[alphabet.index(body[-1]) ^ 1] + "=" * (len(text) - len(body))


def add_unknown(sig: etree._Element) -> None:
    etree.SubElement(sig, f"{D}Manifest")


def foreign_certificate(sig: etree._Element) -> None:
    other = make_signer("p256", number=1, subject="Somebody else")
    one(sig, f"{D}X509Certificate").text = base64.b64encode(other.der).decode()


def wrong_certificate_digest(sig: etree._Element) -> None:
    digest = one(one(sig, f"{P}CertDigest"), f"{D}DigestValue")
    digest.text = base64.b64encode(hashlib.sha256(b"another").digest()).decode()
