"""A vault in a PKCS#11 token: a hardware security module, or SoftHSM in the tests.

- The same promises as the vault of files; a key that the token made has never been outside it.
- Every call goes through the one thread of `exchange.vault.device`, and says what is wrong in
  our words.
- Transport keys are refused: the TLS library reads keys from files only. They stay in a vault
  of files beside the token (`exchange.vault.opening`).
- Ed25519 for checkpoints is asked of the token as every other kind; one that cannot says so
  when the key is made, not when a checkpoint is due.
- Neither the PIN nor a key stands in any error or representation.
"""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Final, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from exchange.codes.vault import VaultCode
from exchange.core.algorithms import ALGORITHMS, SHA256_URI, Scheme, SignatureAlgorithm
from exchange.core.model import KeyRole
from exchange.vault.brought import require_keepable
from exchange.vault.device import (
    DEVICE,
    LOST,
    TokenPlace,
    acquire,
    alive,
    current,
    release,
    reopen,
    token_fault,
    translated,
)
from exchange.vault.key_certificates import SERIAL_BITS, self_issued_by
from exchange.vault.token_objects import TokenKey, bring, discard, keep, make_pair, read_keys
from exchange.vault.token_signing import sign_note_with, sign_with
from exchange.vault.vault import (
    Brought,
    KeyKind,
    KeyName,
    NewKey,
    PublicKey,
    require_kind,
    split_name,
)

_MAKING_SECONDS: Final = 300.0
"""How long a token may take to make a key; small devices search long for RSA primes."""


class PKCS11Vault:
    """Keys in one token."""

    __slots__ = ("_keys", "_place", "_session")

    def __init__(self, place: TokenPlace, session: Any, keys: Mapping[KeyName, TokenKey]) -> None:
        """Keep what `open` found; call that instead."""
        self._place = place
        self._session = session
        self._keys = dict(keys)

    @classmethod
    async def open(cls, place: TokenPlace) -> Self:
        """Log in to a token and prove each key by a signature.

        Raises:
            VaultError: The module or the token is not there, the PIN is wrong, or a key could
                be taken out or has no certificate that belongs to it.
        """
        session, keys = await DEVICE.run(lambda: _begin(place), place.seconds)
        return cls(place, session, keys)

    async def close(self) -> None:
        """Give the token back; the last vault that uses it logs out."""
        self._keys.clear()
        await DEVICE.run(lambda: release(self._place), self._place.seconds)

    def __repr__(self) -> str:
        """Say how many keys there are, and nothing else."""
        return f"<PKCS11Vault with {len(self._keys)} keys>"

    def names(self) -> tuple[KeyName, ...]:
        """Return the names of all keys, in order."""
        return tuple(sorted(self._keys))

    async def sign(self, key: KeyName, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
        """Return the signature value over the octets, as it stands in the document."""
        public = self._key(key).public
        if isinstance(public, ed25519.Ed25519PublicKey) or not algorithm.fits(public):
            raise token_fault(VaultCode.ALGORITHM, f"{key} cannot sign with {algorithm.name}")
        value = await self._with(key, lambda private: sign_with(private, octets, algorithm))
        length = algorithm.value_length(public)
        if len(value) != length:
            raise token_fault(
                VaultCode.TOKEN, f"{key}: expected a value of {length} octets, found {len(value)}"
            )
        return value

    async def sign_note(self, key: KeyName, octets: bytes) -> bytes:
        """Return the Ed25519 signature of a checkpoint key over the octets of a note."""
        if not isinstance(self._key(key).public, ed25519.Ed25519PublicKey):
            raise token_fault(VaultCode.ALGORITHM, f"{key} is not a checkpoint key")
        return await self._with(key, lambda private: sign_note_with(private, octets))

    async def certificates(self, key: KeyName) -> tuple[bytes, ...]:
        """Return the key certificates, leaf first, DER."""
        return self._key(key).certificates

    async def public_key(self, key: KeyName) -> bytes:
        """Return the DER SubjectPublicKeyInfo; for a checkpoint key its 32 raw octets."""
        public = self._key(key).public
        if isinstance(public, ed25519.Ed25519PublicKey):
            return public.public_bytes_raw()
        return public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )

    async def generate(self, key: KeyName, new: NewKey) -> tuple[bytes, ...]:
        """Make a key in the token, with a self-issued key certificate beside it."""
        require_kind(key, is_ed25519=new.kind is KeyKind.ED25519)
        self._require_free(key)

        def make(session: Any) -> TokenKey:
            private, public = make_pair(session, new.kind)
            try:
                serial = secrets.randbits(SERIAL_BITS) + 1
                leaf = self_issued_by(public, key, new, serial, _certifying(private, public))
            except BaseException:
                discard(private)
                raise
            return keep(session, key, private, (leaf,))

        return await self._keep(key, make)

    async def import_key(self, key: KeyName, brought: Brought) -> tuple[bytes, ...]:
        """Put a key that was made elsewhere into the token, once."""
        require_keepable(key, brought)
        self._require_free(key)
        return await self._keep(
            key,
            lambda session: keep(
                session, key, bring(session, brought.private), brought.certificates
            ),
        )

    async def check(self) -> None:
        """Read the token again, and prove each key again."""
        keys = await DEVICE.run(lambda: _read(self._alive()), self._place.seconds)
        self._keys = dict(keys)

    def identify(self, context: ssl.SSLContext, key: KeyName) -> None:
        """Refuse: the TLS library reads keys from files only."""
        del context
        self._key(key)
        raise token_fault(VaultCode.ALGORITHM, f"{key}: keys of a token open no connections")

    def _require_free(self, key: KeyName) -> None:
        if split_name(key)[1] is KeyRole.TRANSPORT:
            raise token_fault(
                VaultCode.ALGORITHM,
                f"{key}: expected a vault of files for a transport key, found a token",
            )
        if key in self._keys:
            raise token_fault(VaultCode.KEY_EXISTS, f"{key} exists")

    async def _keep(self, key: KeyName, make: Callable[[Any], TokenKey]) -> tuple[bytes, ...]:
        def once() -> TokenKey:
            session = self._alive()
            with translated(str(key)):
                try:
                    # Not repeated on a lost session: a key might have been made already.
                    return make(session)
                except LOST as exc:
                    raise token_fault(VaultCode.TOKEN, f"{key}: the session was lost") from exc

        kept = await DEVICE.run(once, max(self._place.seconds, _MAKING_SECONDS))
        self._keys[key] = kept
        return kept.certificates

    async def _with(self, key: KeyName, call: Callable[[Any], bytes]) -> bytes:
        """Call with a private key; once more after the session was lost and opened anew."""

        def attempt() -> bytes:
            if current(self._place) is not self._session:
                # Another vault of this token has opened it anew; our handles are of the old one.
                self._renew(current(self._place))
            with translated(str(key)):
                try:
                    return call(self._key(key).private)
                except LOST:
                    self._renew(reopen(self._place, self._session))
                try:
                    return call(self._key(key).private)
                except LOST as exc:
                    raise token_fault(VaultCode.TOKEN, "the session was lost again") from exc

        return await DEVICE.run(attempt, self._place.seconds)

    def _alive(self) -> Any:
        """Return a session that answers, with the keys as it shows them."""
        session = alive(self._place)
        if session is not self._session:
            self._renew(session)
        return session

    def _renew(self, session: Any) -> None:
        """Take over a session that was opened anew, and read the keys in it."""
        self._keys = dict(_read(session))
        self._session = session

    def _key(self, key: KeyName) -> TokenKey:
        kept = self._keys.get(key)
        if kept is None:
            raise token_fault(VaultCode.UNKNOWN_KEY, f"the vault has no key {key[:60]}")
        return kept


def _begin(place: TokenPlace) -> tuple[Any, Mapping[KeyName, TokenKey]]:
    acquire(place)
    try:
        # Another vault of this process may have it open for long, and lost since.
        session = alive(place)
        return session, _read(session)
    except BaseException:
        release(place)
        raise


def _read(session: Any) -> Mapping[KeyName, TokenKey]:
    try:
        return read_keys(session)
    except LOST as exc:
        raise token_fault(VaultCode.TOKEN, "the session was lost while it was read") from exc


def _certifying(private: Any, public: PublicKey) -> Callable[[bytes], bytes]:
    """Return how a token's key signs its own certificate: always with SHA-256."""
    if isinstance(public, ed25519.Ed25519PublicKey):
        return lambda octets: sign_note_with(private, octets)
    scheme = Scheme.ECDSA if isinstance(public, ec.EllipticCurvePublicKey) else Scheme.RSA_PKCS1
    row = next(
        one
        for one in ALGORITHMS.signatures.values()
        if one.scheme is scheme and one.hash.digest_size == ALGORITHMS.digests[SHA256_URI].size
    )

    def sign(octets: bytes) -> bytes:
        value = sign_with(private, octets, row)
        if scheme is Scheme.RSA_PKCS1:
            return value
        half = len(value) // 2
        return encode_dss_signature(int.from_bytes(value[:half]), int.from_bytes(value[half:]))

    return sign
