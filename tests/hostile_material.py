"""What hostile documents are made of: keys, a draft, and edits that are signed again."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from exchange.core.limits import Limits
from exchange.core.signature_policy import DS, INCLUSIVE_1_0, INCLUSIVE_1_1, XADES
from tests.pki import Signer, make_signer

D = f"{{{DS}}}"
P = f"{{{XADES}}}"
ENVELOPED = f"{DS}enveloped-signature"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
SHA1 = f"{DS}sha1"
LIMITS = Limits()
_DIGESTS: dict[str, str] = {
    "http://www.w3.org/2001/04/xmlenc#sha256": "sha256",
    f"{MORE}sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
    SHA1: "sha1",
    f"{MORE}md5": "md5",
    f"{MORE}sha224": "sha224",
}

DRAFT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<m:Attestation xmlns:m="urn:example:attestation:1" Id="doc" schemaVersion="1.0">'
    '<m:Holder Id="holder"><m:Name xml:lang="zh">北京示例公司</m:Name>'
    '<m:Name xml:lang="ru">Пример</m:Name><m:Name xml:lang="ar">مثال</m:Name></m:Holder>'
    '<m:Standard schemeID="ISO">ISO 9001</m:Standard><m:Amount>100</m:Amount>'
    "</m:Attestation>"
).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What attacks are made of."""

    signer: Signer
    """The entitled signer."""
    attacker: Signer
    """Somebody with a key and a key certificate of their own."""
    draft: bytes = DRAFT

    @property
    def signed(self) -> bytes:
        """The valid signed document."""
        return self.signer.sign(self.draft)


def material() -> Material:
    """Return the keys and documents that the table is built from."""
    return Material(
        signer=make_signer("p256", serial=4711),
        attacker=make_signer("p256", number=1, subject="Somebody else"),
    )


def write(root: etree._Element) -> bytes:
    """Serialise a tree as it would travel."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def signature(root: etree._Element) -> etree._Element:
    """Return the first signature of a document."""
    return next(root.iter(f"{D}Signature"))


def one(root: etree._Element, name: str) -> etree._Element:
    """Return the first element of a name below another."""
    return next(root.iter(name))


def resign(root: etree._Element, signer: Signer, algorithm: str | None = None) -> None:
    """Compute digests and signature value again, as the holder of the key could."""
    found = signature(root)
    info = found[0]
    for reference in info.iter(f"{D}Reference"):
        uri = reference.get("URI") or ""
        if reference.get("Type") or uri.startswith("#P-"):
            target = one(found, f"{P}SignedProperties")
        else:
            target = deepcopy(root)
            copy = signature(target)
            parent = copy.getparent()
            assert parent is not None
            before = copy.getprevious()
            if before is not None:
                before.tail = (before.tail or "") + (copy.tail or "") or None
            parent.remove(copy)
        methods = [t.get("Algorithm", "") for t in reference.iter(f"{D}Transform")]
        exclusive = not methods or not any(m in (INCLUSIVE_1_0, INCLUSIVE_1_1) for m in methods)
        digest = _DIGESTS.get(one(reference, f"{D}DigestMethod").get("Algorithm", ""), "sha256")
        octets = etree.tostring(target, method="c14n", exclusive=exclusive, with_comments=False)
        value = hashlib.new(digest, octets, usedforsecurity=False).digest()
        one(reference, f"{D}DigestValue").text = base64.b64encode(value).decode()
    method = one(info, f"{D}CanonicalizationMethod").get("Algorithm", "")
    exclusive = method not in (INCLUSIVE_1_0, INCLUSIVE_1_1)
    octets = etree.tostring(info, method="c14n", exclusive=exclusive, with_comments=False)
    found[1].text = base64.b64encode(signer.value(octets, algorithm)).decode()


Edit = Callable[[etree._Element, etree._Element], None]


def edited(edit: Edit, m: Material, *, again: bool = False, draft: bytes | None = None) -> bytes:
    """Return the signed document after an edit of its tree, signed again when asked."""
    root = etree.fromstring(m.signer.sign(draft) if draft else m.signed)
    edit(root, signature(root))
    if again:
        resign(root, m.signer)
    return write(root)
