"""The floor: what no verifier can leave out, in as few lines as possible.

lxml parse, compiled XSD validation, three exclusive canonicalisations, two digests and one
raw ECDSA P-256 verification. It checks nothing else: no profile, no trust, no rules; it is
not a verifier, and stands here as the yardstick only.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from lxml import etree

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_XADES = "{http://uri.etsi.org/01903/v1.3.2#}"
_P256 = ec.ECDSA(hashes.SHA256())
_WIDTH = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The bare primitives over one compiled schema."""

    schema: etree.XMLSchema
    keys: dict[str, ec.EllipticCurvePublicKey]
    """Public keys by the base64 text of their certificates, as everyone may cache them."""

    def verify(self, data: bytes) -> None:
        """Do the work of one document."""
        root = etree.fromstring(data, _PARSER)
        self.schema.assertValid(root)
        signature = root[-1]
        info = signature[0]
        properties = signature[3][0][0]
        octets = etree.tostring(info, method="c14n", exclusive=True)
        second = hashlib.sha256(etree.tostring(properties, method="c14n", exclusive=True))
        value = base64.b64decode(signature[1].text or "")
        key = self.keys[signature[2][0][0].text or ""]
        root.remove(signature)
        first = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True))
        digests = {base64.b64decode(e.text or "") for e in info.iter(f"{_DS}DigestValue")}
        if digests != {first.digest(), second.digest()}:
            raise ValueError("the floor was given a document whose digests do not hold")
        r, s = value[:_WIDTH], value[_WIDTH:]
        der = encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
        key.verify(der, octets, _P256)


_PARSER = etree.XMLParser(
    resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False
)


def sign_floor(draft: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Do the work that no signer can leave out: parse, canonical forms, digests, ECDSA.

    SignedInfo and SignedProperties are about as long as two parts of the document that
    stand in for them here.
    """
    root = etree.fromstring(draft, _PARSER)
    hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True)).digest()
    info, properties = root[0], root[7]
    hashlib.sha256(etree.tostring(properties, method="c14n", exclusive=True)).digest()
    return key.sign(etree.tostring(info, method="c14n", exclusive=True), _P256)


def public_keys(documents: list[bytes]) -> dict[str, ec.EllipticCurvePublicKey]:
    """Return the public keys of the documents by the base64 text of their certificates."""
    keys: dict[str, ec.EllipticCurvePublicKey] = {}
    for data in documents:
        text = etree.fromstring(data, _PARSER).findtext(f".//{_DS}X509Certificate") or ""
        if text not in keys:
            key = x509.load_der_x509_certificate(base64.b64decode(text)).public_key()
            if not isinstance(key, ec.EllipticCurvePublicKey):
                raise TypeError("the floor is measured with ECDSA P-256 only")
            keys[text] = key
    return keys
