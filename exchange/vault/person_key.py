"""An administrator's own key: one encrypted file in that person's hands, with its certificate.

- It signs actions and opens connections, and nothing else: it is on no trust list.
- Only ECDSA on the curves of the algorithm table; what it signs can be verified by anyone.
- The file is readable by its owner alone, is never overwritten, and neither the pass phrase nor
  the key stands in any error or representation.

    key = await PersonKey.open(Path("li-wei.pem"), pass_phrase)
    value = key.sign(person_octets(action))
"""

from __future__ import annotations

import asyncio
import re
import secrets
import ssl
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.x509.oid import NameOID

from exchange.codes.vault import VaultCode
from exchange.core.actions.values import PersonId
from exchange.core.algorithms import ALGORITHMS, SignatureAlgorithm
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.model import Fingerprint
from exchange.errors import Finding, VaultError
from exchange.vault.key_certificates import LONGEST_NAME, SERIAL_BITS, leaf_certificate, make_key
from exchange.vault.sealed_files import check_permissions, read_sealed, seal, write_new
from exchange.vault.vault import KeyKind, is_key_name

# As `schemas/action/action-1.xsd` has it.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9\-]{0,38}[a-z0-9]", re.ASCII)
CURVES: Final = frozenset({KeyKind.EC_P256, KeyKind.EC_P384})
"""What a person's key may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """What the certificate of a person's key shall say."""

    person: PersonId
    name: str
    """As people write it, in any script."""
    economy: str
    """ISO 3166-1 alpha-2, or `XX`."""
    not_before: datetime
    not_after: datetime
    kind: KeyKind = KeyKind.EC_P256


class PersonKey:
    """A person's key, opened with their pass phrase."""

    __slots__ = ("_certificate", "_pass_phrase", "_path", "_private")

    def __init__(
        self,
        path: Path,
        pass_phrase: bytes,
        private: ec.EllipticCurvePrivateKey,
        certificate: KeyCertificate,
    ) -> None:
        """Keep what `open` or `create` found; call those instead."""
        self._path = path
        self._pass_phrase = pass_phrase
        self._private = private
        self._certificate = certificate

    @classmethod
    async def create(cls, path: Path, pass_phrase: str, new: NewPerson) -> Self:
        """Make a key with a self-issued certificate in a file that does not exist yet.

        Raises:
            VaultError: The file exists or cannot be written, the pass phrase is empty, or the
                kind of key is none that a person may have.
        """
        if not pass_phrase:
            raise _fault(VaultCode.PASS_PHRASE, "expected a pass phrase, found an empty one")
        if new.kind not in CURVES:
            raise _fault(
                VaultCode.ALGORITHM,
                f"expected {' or '.join(sorted(CURVES))} for a person, found {new.kind}",
            )
        await asyncio.to_thread(_make, path, pass_phrase.encode(), new)
        return await cls.open(path, pass_phrase)

    @classmethod
    async def open(cls, path: Path, pass_phrase: str) -> Self:
        """Open a person's key; the cost of the pass phrase is paid here, once.

        Raises:
            VaultError: The file is missing, others can read it, the pass phrase is wrong, or it
                holds no key of a person with its certificate.
        """
        secret = pass_phrase.encode()
        private, certificate = await asyncio.to_thread(_load, path, secret)
        return cls(path, secret, private, certificate)

    def __repr__(self) -> str:
        """Say whose key it is by its fingerprint, and nothing else."""
        return f"<PersonKey {self.fingerprint.hex()}>"

    @property
    def certificate(self) -> KeyCertificate:
        """The certificate of the key."""
        return self._certificate

    @property
    def fingerprint(self) -> Fingerprint:
        """SHA-256 of the certificate."""
        return self._certificate.fingerprint

    @property
    def algorithm(self) -> SignatureAlgorithm:
        """The row of the algorithm table that `sign` uses."""
        return ALGORITHMS.for_key(self._certificate.public_key)

    def sign(self, octets: bytes) -> bytes:
        """Return the signature value over some octets, `r || s`."""
        return self.algorithm.sign(self._private, octets)

    def identify(self, context: ssl.SSLContext) -> None:
        """Let a TLS context present the person as its client.

        Raises:
            VaultError: The file has gone or changed since it was opened.
        """
        try:
            context.load_cert_chain(self._path, self._path, lambda: self._pass_phrase)
        except (OSError, ssl.SSLError) as exc:
            raise _fault(VaultCode.DAMAGED, f"{self._path.name} cannot be used for TLS") from exc


def is_person(text: str) -> bool:
    """Tell whether a text has the form of a person's name: `XX-HUB-01/li-wei`."""
    body, _, name = text.partition("/")
    return is_key_name(f"{body}/receipt") and _NAME.fullmatch(name) is not None


def _make(path: Path, pass_phrase: bytes, new: NewPerson) -> None:
    private = make_key(new.kind)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, new.economy),
            x509.NameAttribute(NameOID.COMMON_NAME, new.name[:LONGEST_NAME]),
            x509.NameAttribute(NameOID.USER_ID, new.person),
        ]
    )
    leaf = leaf_certificate(
        private,
        subject,
        not_before=new.not_before,
        not_after=new.not_after,
        serial=secrets.randbits(SERIAL_BITS) + 1,
    )
    write_new(path, seal(private, BestAvailableEncryption(pass_phrase), (leaf,)), path.name)


def _load(path: Path, pass_phrase: bytes) -> tuple[ec.EllipticCurvePrivateKey, KeyCertificate]:
    if not path.is_file():
        raise _fault(VaultCode.LOCATION, f"there is no file {path.name}")
    check_permissions(path, f"file {path.name}")
    private, certificates = read_sealed(path, pass_phrase, path.name)
    leaf = certificates[0]
    if not isinstance(private, ec.EllipticCurvePrivateKey) or private.curve.name not in {
        row.curve for row in ALGORITHMS.signatures.values()
    }:
        raise _fault(
            VaultCode.ALGORITHM, f"{path.name}: expected a key on the curve P-256 or P-384"
        )
    return private, read_certificate(leaf)


def _fault(code: VaultCode, message: str) -> VaultError:
    return VaultError(Finding(code=code, message=message))
