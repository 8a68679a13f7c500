"""Files that hold one encrypted key and its certificates: read with suspicion, written whole.

- A file is PKCS#8, encrypted with a pass phrase, then the key certificates in PEM, leaf first.
- What others can read is compromised; that is said, and nothing is mended silently.
- A file is written under another name, made durable, and gets its name only if that is free.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    KeySerializationEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from exchange.codes.vault import VaultCode
from exchange.errors import Finding, VaultError
from exchange.vault.vault import PrivateKey

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def check_permissions(path: Path, what: str) -> None:
    """Refuse what others can read, and links that lead elsewhere.

    Raises:
        VaultError: It is readable by others, a link, or owned by somebody else.
    """
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode) or found.st_mode & _OTHERS or found.st_uid != os.geteuid():
        raise _fault(
            VaultCode.PERMISSIONS,
            f"{what}: expected 0{0o700 if path.is_dir() else 0o600:o} and no link, owned by this "
            f"user, found 0{stat.S_IMODE(found.st_mode):o}",
        )


def read_sealed(path: Path, pass_phrase: bytes, what: str) -> tuple[PrivateKey, tuple[bytes, ...]]:
    """Return a key and its certificates, leaf first, DER.

    Args:
        path: The file.
        pass_phrase: What it is encrypted with.
        what: What to call it in an error; a name, never a path.

    Raises:
        VaultError: It cannot be read, is not encrypted, the pass phrase is wrong, or the
            certificate is of another key.
    """
    try:
        sealed = path.read_bytes()
        certificates = x509.load_pem_x509_certificates(sealed)
        certified = certificates[0].public_key()
    except (OSError, ValueError, UnsupportedAlgorithm, x509.InvalidVersion) as exc:
        raise _fault(VaultCode.DAMAGED, f"{what}: key or certificates cannot be read") from exc
    if b"BEGIN ENCRYPTED PRIVATE KEY" not in sealed:
        raise _fault(VaultCode.DAMAGED, f"{what}: expected an encrypted key in PKCS#8")
    try:
        private = load_pem_private_key(sealed, pass_phrase)
    except ValueError as exc:
        raise _fault(VaultCode.PASS_PHRASE, f"the pass phrase does not open {what}") from exc
    except (TypeError, UnsupportedAlgorithm) as exc:
        raise _fault(VaultCode.DAMAGED, f"{what}: the key cannot be read") from exc
    if not isinstance(
        private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
    ):
        raise _fault(VaultCode.DAMAGED, f"{what}: expected an EC, RSA or Ed25519 key")
    if certified != private.public_key():
        raise _fault(VaultCode.DAMAGED, f"{what}: the certificate is of another key")
    return private, tuple(one.public_bytes(Encoding.DER) for one in certificates)


def seal(
    private: PrivateKey, encryption: KeySerializationEncryption, certificates: Sequence[bytes]
) -> bytes:
    """Return the octets of a file: the encrypted key, then its certificates."""
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption) + b"".join(
        x509.load_der_x509_certificate(one).public_bytes(Encoding.PEM) for one in certificates
    )


def write_new(path: Path, data: bytes, what: str) -> None:
    """Write a file that only its owner can read, whole or not at all, never over another.

    The folder is made where it is missing; its own parents are not.

    Raises:
        VaultError: The name is taken, or the file cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            _name(unfinished, path, what)
        finally:
            unfinished.unlink(missing_ok=True)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise _fault(VaultCode.UNWRITABLE, f"{what}: {exc.strerror}") from exc


def _name(unfinished: Path, path: Path, what: str) -> None:
    """Give a file its name by a link: unlike a renaming it fails where the name is taken."""
    try:
        path.hardlink_to(unfinished)
    except FileExistsError as exc:
        raise _fault(VaultCode.KEY_EXISTS, f"{what} exists") from exc


def _fault(code: VaultCode, message: str) -> VaultError:
    return VaultError(Finding(code=code, message=message))
