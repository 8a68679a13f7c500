"""Who signed the uppermost lists: the key certificates that readers pin, for those who watch them.

- A list names its signer by fingerprint; the key certificate itself stands in its signature.
- Only signers that are on no list are looked for: the root, which nobody else vouches for.
- Nothing is verified here: the list was, when it was read, and the fingerprint says which of
  the key certificates in it is meant.

Example:
    >>> [one.subject for one in root_certificates(trust)]
    ['CN=root of XX-HUB-01']
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.lexical import octets
from exchange.core.signature_policy import DS
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_values import ListType
from exchange.core.xml import read_canonical

_CERTIFICATE: Final = f"{{{DS}}}X509Certificate"
_SIGNATURE: Final = f"{{{DS}}}Signature"


def root_certificates(trust: Trust) -> tuple[KeyCertificate, ...]:
    """Return the key certificates of those who signed the uppermost lists and stand on none."""
    found = {
        one.signer: signer
        for one in trust.lists
        if one.type is not ListType.ECONOMY and one.signer not in trust.by_fingerprint
        for signer in (_signer(one),)
        if signer is not None
    }
    return tuple(found[fingerprint] for fingerprint in sorted(found))


def _signer(one: TrustList) -> KeyCertificate | None:
    root = read_canonical(one.data)
    for element in root.iterfind(f"{_SIGNATURE}//{_CERTIFICATE}"):
        der = octets(element.text or "")
        if sha256(der).digest() == one.signer:
            return read_certificate(der)
    return None
