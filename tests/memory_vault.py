"""A vault without files: the same keys in every run, made when they are first asked for."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchange.codes.vault import VaultCode
from exchange.core.algorithms import SignatureAlgorithm
from exchange.errors import Finding, VaultError
from exchange.vault.key_certificates import make_key, self_issued
from exchange.vault.vault import Brought, KeyKind, KeyName, NewKey, PrivateKey

NOT_BEFORE: Final = datetime(2020, 1, 1, tzinfo=UTC)
NOT_AFTER: Final = datetime(2036, 1, 1, tzinfo=UTC)
_CURVES: Final = {KeyKind.EC_P256: ec.SECP256R1(), KeyKind.EC_P384: ec.SECP384R1()}


class MemoryVault:
    """Keys derived from their names; never for anything but tests."""

    def __init__(
        self,
        *,
        not_before: datetime = NOT_BEFORE,
        not_after: datetime = NOT_AFTER,
        names: Mapping[str, str] | None = None,
    ) -> None:
        """Begin without keys.

        Args:
            not_before: From when every key certificate is valid.
            not_after: Until when.
            names: What a key certificate calls its body, by body.
        """
        self._validity = (not_before, not_after)
        self._names = names or {}
        self._keys: dict[KeyName, tuple[PrivateKey, tuple[bytes, ...]]] = {}

    def add(self, key: KeyName, kind: KeyKind, hosts: tuple[str, ...] = ()) -> None:
        """Make a key unless it is there."""
        if key in self._keys:
            return
        seed = sha256(f"throw-away {key} {kind}".encode()).digest()
        private: PrivateKey
        match kind:
            case KeyKind.EC_P256 | KeyKind.EC_P384:
                private = ec.derive_private_key(int.from_bytes(seed) >> 8, _CURVES[kind])
            case KeyKind.ED25519:
                private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
            case KeyKind.RSA_3072:
                # RSA keys cannot be derived from a seed here, so this one differs by run.
                private = make_key(kind)
        new = NewKey(
            kind=kind,
            organisation=self._names.get(key.partition("/")[0], f"Throw-away {key}"),
            economy=key[:2],
            not_before=self._validity[0],
            not_after=self._validity[1],
            hosts=hosts,
        )
        serial = int.from_bytes(seed[:8]) + 1
        self._keys[key] = (private, (self_issued(private, key, new, serial),))

    def sign_now(self, key: KeyName, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
        """Sign without an event loop."""
        private, _ = self._key(key)
        if isinstance(private, ed25519.Ed25519PrivateKey):
            raise _fault(VaultCode.ALGORITHM, key)
        return algorithm.sign(private, octets)

    def certificates_now(self, key: KeyName) -> tuple[bytes, ...]:
        """Return the key certificates without an event loop."""
        return self._key(key)[1]

    def names(self) -> tuple[KeyName, ...]:
        return tuple(sorted(self._keys))

    async def sign(self, key: KeyName, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
        return self.sign_now(key, octets, algorithm)

    async def sign_note(self, key: KeyName, octets: bytes) -> bytes:
        private, _ = self._key(key)
        if not isinstance(private, ed25519.Ed25519PrivateKey):
            raise _fault(VaultCode.ALGORITHM, key)
        return private.sign(octets)

    async def certificates(self, key: KeyName) -> tuple[bytes, ...]:
        return self.certificates_now(key)

    async def public_key(self, key: KeyName) -> bytes:
        public = self._key(key)[0].public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            return public.public_bytes_raw()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    async def generate(self, key: KeyName, new: NewKey) -> tuple[bytes, ...]:
        self.add(key, new.kind, new.hosts)
        return self.certificates_now(key)

    async def import_key(self, key: KeyName, brought: Brought) -> tuple[bytes, ...]:
        self._keys[key] = (brought.private, brought.certificates)
        return brought.certificates

    async def check(self) -> None:
        """Find nothing: there are no files."""

    def identify(self, context: ssl.SSLContext, key: KeyName) -> None:
        del context
        raise _fault(VaultCode.LOCATION, key)

    def _key(self, key: KeyName) -> tuple[PrivateKey, tuple[bytes, ...]]:
        if key not in self._keys:
            raise _fault(VaultCode.UNKNOWN_KEY, key)
        return self._keys[key]


def _fault(code: VaultCode, key: KeyName) -> VaultError:
    return VaultError(Finding(code=code, message=f"test vault: {key}"))
