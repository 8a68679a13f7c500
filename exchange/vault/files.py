"""A vault in one directory: encrypted files that only their owner can read.

    vault/                            0700
      CN-CB-0103/                     0700
        attestation.pem               0600  PKCS#8, encrypted with the pass phrase, then the
                                            key certificates, leaf first

- Permissions are checked when the vault is opened and nothing is mended silently: keys that
  others could read are compromised, and a person has to decide about them.
- The cost of the pass phrase is paid once, at opening; a signature is as fast as its key.
- A key and its certificates are one file, written whole or not at all, and no file is ever
  overwritten.
- Neither the pass phrase nor a key stands in any error or representation.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import ssl
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from exchange.codes.service import VaultCode
from exchange.core.algorithms import SignatureAlgorithm
from exchange.core.model import KeyRole
from exchange.errors import Finding, VaultError
from exchange.vault.key_certificates import PrivateKey, make_key, self_issued
from exchange.vault.vault import KeyKind, KeyName, NewKey, split_name

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_SUFFIX: Final = ".pem"
_SERIAL_BITS: Final = 127


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
        _, role = split_name(key)
        if (role is KeyRole.CHECKPOINT) is not (new.kind is KeyKind.ED25519):
            raise _fault(
                VaultCode.ALGORITHM, f"{key}: ed25519 is for checkpoints, and they for ed25519"
            )
        if key in self._keys:
            raise _fault(VaultCode.KEY_EXISTS, f"{key} exists")
        private = await asyncio.to_thread(make_key, new.kind)
        leaf = self_issued(private, key, new, secrets.randbits(_SERIAL_BITS) + 1)
        kept = _Kept(private=private, certificates=(leaf,))
        await asyncio.to_thread(_write, self._directory, self._pass_phrase, key, kept)
        self._keys[key] = kept
        return kept.certificates

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
    if not directory.is_dir():
        raise _fault(VaultCode.LOCATION, "the folder of the vault does not exist")
    _check(directory, "folder of the vault")
    keys: dict[KeyName, _Kept] = {}
    for body in sorted(directory.iterdir()):
        _check(body, f"folder {body.name}")
        for path in sorted(body.iterdir()) if body.is_dir() else ():
            _check(path, f"file {body.name}/{path.name}")
            if path.name.endswith(_SUFFIX):
                key = KeyName(f"{body.name}/{path.name.removesuffix(_SUFFIX)}")
                split_name(key)
                keys[key] = _read(directory, pass_phrase, key)
    return keys


def _check(path: Path, what: str) -> None:
    """Refuse what others can read, and links that lead elsewhere."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_mode & _OTHERS or found.st_uid != os.geteuid():
        raise _fault(
            VaultCode.PERMISSIONS,
            f"{what}: expected 0{0o700 if path.is_dir() else 0o600:o} and no link, owned by this "
            f"user, found 0{stat.S_IMODE(found.st_mode):o}",
        )


def _read(directory: Path, pass_phrase: bytes, key: KeyName) -> _Kept:
    try:
        sealed = _path(directory, key).read_bytes()
        certificates = x509.load_pem_x509_certificates(sealed)
        certified = certificates[0].public_key()
    except (OSError, ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as exc:
        raise _fault(VaultCode.DAMAGED, f"{key}: key or certificates cannot be read") from exc
    if b"BEGIN ENCRYPTED PRIVATE KEY" not in sealed:
        raise _fault(VaultCode.DAMAGED, f"{key}: expected an encrypted key in PKCS#8")
    try:
        private = load_pem_private_key(sealed, pass_phrase)
    except ValueError as exc:
        raise _fault(VaultCode.PASS_PHRASE, f"the pass phrase does not open {key}") from exc
    except (TypeError, UnsupportedAlgorithm) as exc:
        raise _fault(VaultCode.DAMAGED, f"{key}: the key cannot be read") from exc
    if not isinstance(
        private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    ):
        raise _fault(VaultCode.DAMAGED, f"{key}: expected an EC, RSA or Ed25519 key")
    if certified != private.public_key():
        raise _fault(VaultCode.DAMAGED, f"{key}: the certificate is of another key")
    return _Kept(
        private=private,
        certificates=tuple(one.public_bytes(Encoding.DER) for one in certificates),
    )


def _write(directory: Path, pass_phrase: bytes, key: KeyName, kept: _Kept) -> None:
    """Write under another name, make it durable, then give it its name if that is free."""
    path = _path(directory, key)
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    data = kept.private.private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(pass_phrase)
    ) + b"".join(
        x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in kept.certificates
    )
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _name(unfinished, path, key)
        finally:
            unfinished.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise _fault(VaultCode.UNWRITABLE, f"{key}: {exc.strerror}") from exc


def _name(unfinished: Path, path: Path, key: KeyName) -> None:
    """Give a file its name by a link: unlike a renaming it fails where the name is taken."""
    try:
        path.hardlink_to(unfinished)
    except FileExistsError as exc:
        raise _fault(VaultCode.KEY_EXISTS, f"{key} exists") from exc


def _path(directory: Path, key: KeyName) -> Path:
    body, _, name = key.partition("/")
    return directory / body / f"{name}{_SUFFIX}"


def _fault(code: VaultCode, message: str) -> VaultError:
    return VaultError(Finding(code=code, message=message))
