"""What is asked about revocation: which key certificates, where, and in which octets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from exchange.core.certificate import KeyCertificate
from exchange.core.revocation_facts import RevocationSource
from exchange.core.revocation_sources import RevocationAddress, sources_of
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One address to be asked about one key certificate, or about several of one list."""

    address: RevocationAddress
    asked: tuple[Asked, ...]

    @property
    def name(self) -> str:
        """Under which the answer is kept: a list serves all, an OCSP answer one."""
        if self.address.source is RevocationSource.CRL:
            return self.address.url
        return f"{self.address.url}#{self.asked[0].certificate.fingerprint.hex()}"


def places_of(asked: Iterable[Asked]) -> tuple[Place, ...]:
    """Return every address with those that are asked about there."""
    lists: dict[RevocationAddress, list[Asked]] = {}
    places: list[Place] = []
    for one in asked:
        for address in sources_of(one.certificate.der):
            if address.source is RevocationSource.CRL:
                lists.setdefault(address, []).append(one)
            else:
                places.append(Place(address=address, asked=(one,)))
    places += (Place(address=address, asked=tuple(each)) for address, each in lists.items())
    return tuple(places)
