"""What we demand of a signature, as data: one policy for statements, one for strangers.

`STATEMENT` is the only policy of the road. `FOREIGN` judges lists and documents that other
operators signed: it admits canonicalisation 1.0 and 1.1, inert `xsi:schemaLocation`,
RSA-2048 and XML-DSig with one reference, and beside those only what valid national trusted
lists were seen to need. `NATIONAL` is that policy for lists whose signer the reader pins by
its SHA-256: it demands signed properties, and does not mind how others vouched for the same key
certificate. Nothing that they admit changes what was signed:

| admitted | seen in |
|---|---|
| C14N 1.0, also implied by a reference without transforms | the Austrian list |
| C14N 1.1 | calibration certificates of PTB |
| SigningCertificate of XAdES 1.3.2, with SHA-2 | the Austrian, Finnish and Peruvian lists |
| an RSAKeyValue equal to the certified key, and names of it | the Finnish list |
| a byte order mark | the Finnish list |
| a policy identifier, role, place or commitment beside the demanded properties | several |
| `clientAuth` as the only purpose of the key certificate | calibration certificates of PTB |
| `NATIONAL`: a key certificate issued with SHA-1 | the Belgian list, self-issued |
| `NATIONAL`: a SHA-1 digest in SigningCertificate, read past | Cyprus, Ireland, Luxembourg, |
| | Malta and the United Kingdom of 2019 |
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from exchange.core.certificate import KeyPolicy
from exchange.core.xml import FOREIGN_READING, STRICT_READING, Reading

DS: Final = "http://www.w3.org/2000/09/xmldsig#"
XADES: Final = "http://uri.etsi.org/01903/v1.3.2#"
ENVELOPED: Final = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
SIGNED_PROPERTIES_TYPE: Final = "http://uri.etsi.org/01903#SignedProperties"
EXCLUSIVE: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE_1_0: Final = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
INCLUSIVE_1_1: Final = "http://www.w3.org/2006/12/xml-c14n11"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What we demand of a signature; the defaults are those for statements."""

    name: str
    """How the policy is called on the command line and in reports."""
    reading: Reading = STRICT_READING
    """What gate 1 admits of documents that this policy judges."""
    canonicalizations: frozenset[str] = frozenset({EXCLUSIVE})
    """Canonicalisation methods, for SignedInfo and for transforms; none with parameters."""
    implied_canonicalization: bool = False
    """Whether a reference may leave C14N 1.0 implied (XML-DSig 1.1, section 4.4.3.2)."""
    demands_properties: bool = True
    """Whether XAdES signed properties, and so two references, are demanded."""
    demands_format: bool = True
    """Whether DataObjectFormat is demanded (ETSI EN 319 132-1, clause 6.3, row k)."""
    former_signing_certificate: bool = False
    """Whether SigningCertificate of XAdES 1.3.2 may stand for SigningCertificateV2."""
    further_properties: frozenset[str] = frozenset()
    """Local names of further signed signature properties; they are read past."""
    key_hints: bool = False
    """Whether KeyInfo may repeat the key, or name the key certificate, beside carrying it."""
    keys: KeyPolicy = field(default_factory=KeyPolicy)
    """What is demanded of the key certificate."""


STATEMENT: Final = Policy(name="statement")
"""The whole checklist; the only policy of the road."""
FOREIGN: Final = Policy(
    name="foreign",
    reading=FOREIGN_READING,
    canonicalizations=frozenset({EXCLUSIVE, INCLUSIVE_1_0, INCLUSIVE_1_1}),
    implied_canonicalization=True,
    demands_properties=False,
    demands_format=False,
    former_signing_certificate=True,
    further_properties=frozenset(
        {
            "SignaturePolicyIdentifier",
            "SignatureProductionPlace",
            "SignatureProductionPlaceV2",
            "SignerRole",
            "SignerRoleV2",
        }
    ),
    key_hints=True,
    keys=KeyPolicy(min_rsa_bits=2048, client_purpose=True),
)
"""For other operators' lists and for `exchange signature verify`; no station uses it."""
NATIONAL: Final = replace(
    FOREIGN,
    name="national",
    demands_properties=True,
    keys=KeyPolicy(min_rsa_bits=2048, pinned=True),
)
"""For trust lists of other operators whose signer the reader pins, and for nothing else: the
one caller is `exchange.core.national.lists`, which refuses every signer that is not pinned."""
POLICIES: Final = (STATEMENT, FOREIGN, NATIONAL)
"""Every policy there is."""
