"""What a vault promises, whatever it is made of.

- A private key is made in the vault, or brought into it once, and never leaves it.
- A key is called `<body id>/<role>`, with a suffix where a role has several:
  `XX-HUB-01/receipt`, `CN-CB-0103/attestation-2027`.
- A signature value comes as it stands in the document: `r || s` for ECDSA (RFC 9231).
- A checkpoint key is Ed25519 and signs notes only; every other key signs everything but
  notes.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType, Protocol

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from exchange.codes.vault import VaultCode
from exchange.core.algorithms import SignatureAlgorithm
from exchange.core.model import BodyId, KeyRole
from exchange.errors import Finding, VaultError

KeyName = NewType("KeyName", str)
"""`<body id>/<role>`, optionally with a suffix of lower case letters and digits."""

_NAME: Final = re.compile(
    r"(?P<body>[A-Z]{2}-(?:AB|CB|RA|LAB|HUB)-[A-Z0-9]{2,20})"
    r"/(?P<role>[a-z]+)(?:-[a-z0-9]{1,20})?"
)


class KeyKind(StrEnum):
    """What kind of key to make."""

    EC_P256 = "ec-p256"
    EC_P384 = "ec-p384"
    RSA_3072 = "rsa-3072"
    ED25519 = "ed25519"
    """For checkpoints only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key certificate shall say."""

    kind: KeyKind
    organisation: str
    """The body's name, in any script."""
    economy: str
    """ISO 3166-1 alpha-2, or `XX`."""
    not_before: datetime
    not_after: datetime
    hosts: tuple[str, ...] = ()
    """DNS names and addresses; transport keys only."""


PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
"""What a vault may keep."""
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
"""The other halves of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """A key that was made elsewhere, with its certificates (`exchange.vault.brought`)."""

    private: PrivateKey = field(repr=False)
    certificates: tuple[bytes, ...]
    """Leaf first, DER; at least one."""


class Signer(Protocol):
    """Signs documents, and shows the certificates of its keys: all that a publication needs."""

    async def sign(self, key: KeyName, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
        """Return the signature value over the octets, as it stands in the document.

        Raises:
            VaultError: There is no such key, or the algorithm does not fit it.
        """
        ...

    async def certificates(self, key: KeyName) -> tuple[bytes, ...]:
        """Return the key certificates, leaf first, DER.

        Raises:
            VaultError: There is no such key.
        """
        ...


class Vault(Signer, Protocol):
    """Signs with keys that nobody sees."""

    def names(self) -> tuple[KeyName, ...]:
        """Return the names of all keys, in order."""
        ...

    async def sign_note(self, key: KeyName, octets: bytes) -> bytes:
        """Return the Ed25519 signature of a checkpoint key over the octets of a note.

        Raises:
            VaultError: There is no such key, or it is not a checkpoint key.
        """
        ...

    async def public_key(self, key: KeyName) -> bytes:
        """Return the DER SubjectPublicKeyInfo; for a checkpoint key its 32 raw octets.

        Raises:
            VaultError: There is no such key.
        """
        ...

    async def generate(self, key: KeyName, new: NewKey) -> tuple[bytes, ...]:
        """Make a key with a self-issued key certificate and return the certificates.

        Raises:
            VaultError: The name is taken or malformed, or it cannot be kept.
        """
        ...

    async def import_key(self, key: KeyName, brought: Brought) -> tuple[bytes, ...]:
        """Keep a key that was made elsewhere, once, and return its certificates.

        Raises:
            VaultError: As `generate`; also where the key is too weak or of another kind than its
                role has, or the certificate could never be used for that role.
        """
        ...

    async def check(self) -> None:
        """Look again at everything that was looked at when the vault was opened.

        Keys that somebody has made or brought since then are there afterwards, so a hub that
        rotates its own keys need not be started again.

        Raises:
            VaultError: Something is not as it should be; every fault in a finding of its own,
                and the keys in use stay those of before.
        """
        ...

    def identify(self, context: ssl.SSLContext, key: KeyName) -> None:
        """Let a TLS context present a transport key.

        Raises:
            VaultError: There is no such key, or it is not a transport key.
        """
        ...


def key_name(body: BodyId, role: KeyRole, suffix: str = "") -> KeyName:
    """Return the name of a body's key for a role."""
    return KeyName(f"{body}/{role.value}" + (f"-{suffix}" if suffix else ""))


def is_key_name(text: str) -> bool:
    """Tell whether a text has the form of a key's name."""
    found = _NAME.fullmatch(text)
    return found is not None and found["role"] in {role.value for role in KeyRole}


def split_name(key: KeyName) -> tuple[BodyId, KeyRole]:
    """Return the body and the role that a key is named for.

    Raises:
        VaultError: The name has another form (`vault.key-name`).
    """
    found = _NAME.fullmatch(key)
    if found is None or found["role"] not in {role.value for role in KeyRole}:
        raise VaultError(
            Finding(code=VaultCode.KEY_NAME, message=f"expected body/role, found {key[:60]!r}")
        )
    return BodyId(found["body"]), KeyRole(found["role"])


def require_kind(key: KeyName, *, is_ed25519: bool) -> None:
    """Refuse a kind of key that its role never has.

    Raises:
        VaultError: It is Ed25519 and no checkpoint key, or the other way round.
    """
    _, role = split_name(key)
    if (role is KeyRole.CHECKPOINT) is not is_ed25519:
        raise VaultError(
            Finding(
                code=VaultCode.ALGORITHM,
                message=f"{key}: ed25519 is for checkpoints, and they for ed25519",
            )
        )


@contextmanager
def collected(faults: list[Finding]) -> Iterator[None]:
    """Keep what is wrong with one key, so that the next ones are looked at too."""
    try:
        yield
    except VaultError as error:
        faults.extend(error.findings)
