"""What is asked about revocation: which key certificates of an entry, and in which octets."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from exchange.core.certificate import KeyCertificate
from exchange.core.trust_values import KeyEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A key certificate whose revocation is asked, with those above it."""

    certificate: KeyCertificate
    above: tuple[KeyCertificate, ...]
    """Its issuer first, the anchor last; at least one."""

    @property
    def issuer(self) -> KeyCertificate:
        """The authority that has to answer."""
        return self.above[0]


def chain_of(key: KeyEntry) -> tuple[Asked, ...]:
    """Return every key certificate of an entry that can be revoked: all but the anchor."""
    whole = (key.certificate, *key.path)
    return tuple(
        Asked(certificate=one, above=whole[number + 1 :]) for number, one in enumerate(whole[:-1])
    )


def request_about(asked: Asked, nonce: bytes) -> bytes:
    """Return an OCSP request about one key certificate, DER.

    SHA-1 only finds the certificate here and protects nothing; many responders know no other
    digest (RFC 5019, section 2.1.1).
    """
    certificate, issuer = (
        x509.load_der_x509_certificate(one.der) for one in (asked.certificate, asked.issuer)
    )
    request = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
        .add_extension(x509.OCSPNonce(nonce), critical=False)
        .build()
    )
    return request.public_bytes(Encoding.DER)
