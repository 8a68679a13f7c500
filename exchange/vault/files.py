"""A vault in one directory: encrypted files that only their owner can read.

    vault/                            0700
      CN-CB-0103/                     0700
        attestation.pem               0600  PKCS#8, encrypted with the pass phrase, then the
                                            key certificates, leaf first

- Permissions are checked when the vault is opened and nothing is mended silently: keys that
  others could read are compromised, and a person has to decide about them. All faults are
  told at once.
- The cost of the pass phrase is paid once, at opening; a signature is as fast as its key.
- A key and its certificates are one file, written whole or not at all, and no file is ever
  overwritten.
- Neither the pass phrase nor a key stands in any error or representation.
"""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PublicFormat,
)

from exchange.codes.vault import VaultCode
from exchange.core.algorithms import SignatureAlgorithm
from exchange.core.model import KeyRole
from exchange.errors import Finding, VaultError
from exchange.vault.brought import require_keepable
from exchange.vault.key_certificates import SERIAL_BITS, make_key, self_issued
from exchange.vault.sealed_files import check_permissions, read_sealed, seal, write_new
from exchange.vault.vault import (
    Brought,
    KeyKind,
    KeyName,
    NewKey,
    PrivateKey,
    collected,
    require_kind,
    split_name,
)

_SUFFIX: Final = ".pem"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """One key, decrypted, with its certificates."""

    private: PrivateKey = field(repr=False)
    certificates: tuple[bytes, ...]


class FileVault:
    """Keys in encrypted files of one directory."""

    __slots__ = ("_directory", "_keys", "_pass_phrase")

    def __init__(self, directory: Path, pass_phrase: bytes, keys: Mapping[KeyName, _Kept]) -> None:
        """Keep what `open` or `create` found; call those instead."""
        self._directory = directory
        self._pass_phrase = pass_phrase
        self._keys = dict(keys)

    @classmethod
    async def open(cls, directory: Path, pass_phrase: str) -> Self:
        """Open an existing vault: check permissions, decrypt every key once.

        Raises:
            VaultError: The folder is missing, others can read something, the pass phrase is
                wrong, or a file is damaged.
        """
        secret = pass_phrase.encode()
        keys = await asyncio.to_thread(_load, directory, secret)
        return cls(directory, secret, keys)

    @classmethod
    async def create(cls, directory: Path, pass_phrase: str) -> Self:
        """Open a vault, making its empty directory first where there is none.

        Raises:
            VaultError: As `open`; also where the directory cannot be made, or the pass
                phrase is empty.
        """
        if not pass_phrase:
            raise _fault(VaultCode.PASS_PHRASE, "expected a pass phrase, found an empty one")
        await asyncio.to_thread(_make_directory, directory)
        return await cls.open(directory, pass_phrase)

    def __repr__(self) -> str:
        """Say how many keys there are, and nothing else."""
        return f"<FileVault with {len(self._keys)} keys>"

    def names(self) -> tuple[KeyName, ...]:
        """Return the names of all keys, in order."""
        return tuple(sorted(self._keys))

    async def sign(self, key: KeyName, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
        """Return the signature value over the octets, as it stands in the document."""
        private = self._key(key).private
        if isinstance(private, ed25519.Ed25519PrivateKey) or not algorithm.fits(
            private.public_key()
        ):
            raise _fault(VaultCode.ALGORITHM, f"{key} cannot sign with {algorithm.name}")
        if isinstance(private, rsa.RSAPrivateKey):
            # One to two milliseconds: too long for the loop, and it lets the lock go.
            return await asyncio.to_thread(algorithm.sign, private, octets)
        return algorithm.sign(private, octets)

    async def sign_note(self, key: KeyName, octets: bytes) -> bytes:
        """Return the Ed25519 signature of a checkpoint key over the octets of a note."""
        private = self._key(key).private
        if not isinstance(private, ed25519.Ed25519PrivateKey):
            raise _fault(VaultCode.ALGORITHM, f"{key} is not a checkpoint key")
        return private.sign(octets)

    async def certificates(self, key: KeyName) -> tuple[bytes, ...]:
        """Return the key certificates, leaf first, DER."""
        return self._key(key).certificates

    async def public_key(self, key: KeyName) -> bytes:
        """Return the DER SubjectPublicKeyInfo; for a checkpoint key its 32 raw octets."""
        public = self._key(key).private.public_key()
        if isinstance(public, ed25519.Ed25519PublicKey):
            return public.public_bytes_raw()
        return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    async def generate(self, key: KeyName, new: NewKey) -> tuple[bytes, ...]:
        """Make a key with a self-issued key certificate and keep both."""
        require_kind(key, is_ed25519=new.kind is KeyKind.ED25519)
        self._require_free(key)
        private = await asyncio.to_thread(make_key, new.kind)
        leaf = self_issued(private, key, new, secrets.randbits(SERIAL_BITS) + 1)
        return await self._keep(key, _Kept(private=private, certificates=(leaf,)))

    async def import_key(self, key: KeyName, brought: Brought) -> tuple[bytes, ...]:
        """Keep a key that was made elsewhere, once; what brought it here is left alone."""
        require_keepable(key, brought)
        self._require_free(key)
        kept = _Kept(private=brought.private, certificates=brought.certificates)
        return await self._keep(key, kept)

    async def check(self) -> None:
        """Read everything again as at opening, and take over the keys that have come since."""
        self._keys = dict(await asyncio.to_thread(_load, self._directory, self._pass_phrase))

    def identify(self, context: ssl.SSLContext, key: KeyName) -> None:
        """Let a TLS context present a transport key."""
        _, role = split_name(key)
        self._key(key)
        if role is not KeyRole.TRANSPORT:
            raise _fault(VaultCode.ALGORITHM, f"{key} is not a transport key")
        try:
            path = _path(self._directory, key)
            context.load_cert_chain(path, path, lambda: self._pass_phrase)
        except (OSError, ssl.SSLError) as exc:
            raise _fault(VaultCode.DAMAGED, f"{key} cannot be used for TLS") from exc

    def _require_free(self, key: KeyName) -> None:
        if key in self._keys:
            raise _fault(VaultCode.KEY_EXISTS, f"{key} exists")

    async def _keep(self, key: KeyName, kept: _Kept) -> tuple[bytes, ...]:
        await asyncio.to_thread(_write, self._directory, self._pass_phrase, key, kept)
        self._keys[key] = kept
        return kept.certificates

    def _key(self, key: KeyName) -> _Kept:
        kept = self._keys.get(key)
        if kept is None:
            raise _fault(VaultCode.UNKNOWN_KEY, f"the vault has no key {key[:60]}")
        return kept


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as exc:
        raise _fault(VaultCode.UNWRITABLE, f"folder of the vault: {exc.strerror}") from exc


def _load(directory: Path, pass_phrase: bytes) -> Mapping[KeyName, _Kept]:
    """Return every key of a folder, or everything that is wrong with it."""
    if not directory.is_dir():
        raise _fault(VaultCode.LOCATION, "the folder of the vault does not exist")
    check_permissions(directory, "folder of the vault")
    keys: dict[KeyName, _Kept] = {}
    faults: list[Finding] = []
    for body in sorted(directory.iterdir()):
        with collected(faults):
            check_permissions(body, f"folder {body.name}")
        for path in sorted(body.iterdir()) if body.is_dir() else ():
            with collected(faults):
                check_permissions(path, f"file {body.name}/{path.name}")
                if path.name.endswith(_SUFFIX):
                    key = KeyName(f"{body.name}/{path.name.removesuffix(_SUFFIX)}")
                    split_name(key)
                    keys[key] = _read(directory, pass_phrase, key)
    if faults:
        raise VaultError(*faults)
    return keys


def _read(directory: Path, pass_phrase: bytes, key: KeyName) -> _Kept:
    private, certificates = read_sealed(_path(directory, key), pass_phrase, key)
    return _Kept(private=private, certificates=certificates)


def _write(directory: Path, pass_phrase: bytes, key: KeyName, kept: _Kept) -> None:
    data = seal(kept.private, BestAvailableEncryption(pass_phrase), kept.certificates)
    write_new(_path(directory, key), data, key)


def _path(directory: Path, key: KeyName) -> Path:
    body, _, name = key.partition("/")
    return directory / body / f"{name}{_SUFFIX}"


def _fault(code: VaultCode, message: str) -> VaultError:
    return VaultError(Finding(code=code, message=message))
