"""What somebody would build from general libraries: signxml's XAdES verification and lxml."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

_DS = "{http://www.w3.org/2000/09/xmldsig#}"
_CONFIGURATION = XAdESSignatureConfiguration(
    location="./",
    expect_references=2,
    signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
)
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """signxml and lxml, configured as narrowly as they can be; no trust and no rules."""

    schema: etree.XMLSchema
    pinned: dict[str, str] = field(default_factory=dict)
    """The key certificate of each document's issuer, as its reader would have pinned it."""

    def verify(self, data: bytes) -> object:
        """Verify and validate one document."""
        self.schema.assertValid(etree.fromstring(data))
        return XAdESVerifier().verify(
            data, x509_cert=self._certificate(data), expect_config=_CONFIGURATION
        )

    def _certificate(self, data: bytes) -> str:
        start = data.index(b"<ds:X509Certificate>") + len(b"<ds:X509Certificate>")
        text = data[start : data.index(b"<", start)].decode("ascii")
        if text not in self.pinned:
            octets = base64.encodebytes(base64.b64decode(text)).decode("ascii")
            self.pinned[text] = f"{_BEGIN}\n{octets}{_END}\n"
        return self.pinned[text]
