"""Checkpoints: what the ledger was at one moment, as a signed note.

- The body is that of C2SP tlog-checkpoint: origin, size, root in base64, one line each.
- The note is that of C2SP signed-note: body, empty line, signature lines that begin with an
  em dash. The key is Ed25519 and used for nothing else.
- Signing happens in the vault: `checkpoint_body` gives the octets, `signed_note` takes the
  signature.
- `may_sign` is the promise to never sign a ledger that has forgotten something.

Example:
    >>> body = checkpoint_body(origin, size, root)
    >>> note = signed_note(body, origin, public_key, await vault.sign(key, body, ...))

Source: https://c2sp.org/tlog-checkpoint, https://c2sp.org/signed-note.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchange.codes import Code
from exchange.codes.store import LedgerCode, StoreCode
from exchange.core.ledger import DIGEST_SIZE
from exchange.errors import Finding, RejectedError, StoreError

ED25519: Final = b"\x01"
"""Signature type identifier. Source: C2SP signed-note, "Signature types"."""
MAX_NOTE_BYTES: Final = 64 * 1024
_KEY_SIZE: Final = 32
_ID_SIZE: Final = 4
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME: Final = re.compile(r"[^\s+]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The state of a ledger."""

    origin: str
    """The name of the ledger: a URL without scheme, which is also the name of its key."""
    size: int
    root: bytes


def _invalid(code: Code, message: str) -> RejectedError:
    return RejectedError(Finding(code=code, message=message))


def checkpoint_body(origin: str, size: int, root: bytes) -> bytes:
    """Return the octets that are signed.

    Raises:
        ValueError: The origin is empty or has white space or a plus sign, or the root does
            not have 32 octets.
    """
    if not _NAME.fullmatch(origin) or len(root) != DIGEST_SIZE or size < 0:
        raise ValueError(f"not a checkpoint: {origin!r}, {size}, {len(root)} octets of root")
    return f"{origin}\n{size}\n{base64.b64encode(root).decode('ascii')}\n".encode()


def key_hash(name: str, public_key: bytes) -> bytes:
    """Return the four octets that name a key. Source: C2SP signed-note, "Verifier keys"."""
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:_ID_SIZE]


def verifier_key(name: str, public_key: bytes) -> str:
    """Return a key as text, `name+hash+base64`, for publishing."""
    encoded = base64.b64encode(ED25519 + public_key).decode("ascii")
    return f"{name}+{key_hash(name, public_key).hex()}+{encoded}"


def read_verifier_key(text: str) -> tuple[str, bytes]:
    """Return name and public key from their text.

    Raises:
        RejectedError: It is not an Ed25519 verifier key.
    """
    name, _, rest = text.strip().partition("+")
    hashed, _, encoded = rest.partition("+")
    try:
        octets = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    public_key = octets[1:]
    if (
        not _NAME.fullmatch(name)
        or octets[:1] != ED25519
        or len(public_key) != _KEY_SIZE
        or hashed != key_hash(name, public_key).hex()
    ):
        raise _invalid(LedgerCode.NOTE, "expected a verifier key name+hash+base64")
    return name, public_key


def signed_note(body: bytes, name: str, public_key: bytes, signature: bytes) -> bytes:
    """Return the note: body, empty line, one signature line."""
    encoded = base64.b64encode(key_hash(name, public_key) + signature).decode("ascii")
    return body + f"\n\N{EM DASH} {name} {encoded}\n".encode()


def read_checkpoint(note: bytes) -> Checkpoint:
    """Return what a note says, without looking at its signatures.

    Raises:
        RejectedError: It is not a note with a checkpoint.
    """
    body, _ = _parts(note)
    lines = body.decode("utf-8").split("\n")
    fixed = 3
    if len(lines) <= fixed or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise _invalid(LedgerCode.NOTE, "expected origin, size and root, one line each")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (binascii.Error, ValueError):
        root = b""
    if len(root) != DIGEST_SIZE or base64.b64encode(root).decode("ascii") != lines[2]:
        raise _invalid(LedgerCode.NOTE, "expected a root of 32 octets in base64")
    return Checkpoint(origin=lines[0], size=int(lines[1]), root=root)


def verify_note(note: bytes, *, name: str, public_key: bytes) -> Checkpoint:
    """Check the signature of one key and return what the note says.

    Lines of other keys (witnesses) are ignored, as the specification demands.

    Raises:
        RejectedError: It is no checkpoint, or not signed with this key, or the origin is not
            the name of the key.
    """
    body, lines = _parts(note)
    identifier = key_hash(name, public_key)
    signatures = [
        octets[_ID_SIZE:]
        for line_name, octets in lines
        if line_name == name and octets[:_ID_SIZE] == identifier
    ]
    if not signatures:
        raise _invalid(LedgerCode.NOTE_SIGNATURE, f"expected a signature of {name}, found none")
    try:
        for signature in signatures:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, body)
    except (InvalidSignature, ValueError) as exc:
        raise _invalid(LedgerCode.NOTE_SIGNATURE, f"the signature of {name} does not hold") from exc
    checkpoint = read_checkpoint(note)
    if checkpoint.origin != name:
        raise _invalid(LedgerCode.NOTE, f"expected origin {name}, found {checkpoint.origin}")
    return checkpoint


def _parts(note: bytes) -> tuple[bytes, tuple[tuple[str, bytes], ...]]:
    """Return body and signature lines. Source: C2SP signed-note, "Format"."""
    if len(note) > MAX_NOTE_BYTES:
        raise _invalid(LedgerCode.NOTE, f"expected {MAX_NOTE_BYTES} octets at most")
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise _invalid(LedgerCode.NOTE, "expected UTF-8") from exc
    body, separator, tail = text.rpartition("\n\n")
    if not separator or not tail.endswith("\n") or any(ord(c) < 0x20 and c != "\n" for c in text):  # noqa: PLR2004
        raise _invalid(LedgerCode.NOTE, "expected a body, an empty line and signature lines")
    lines = []
    for line in tail[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        try:
            octets = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            octets = b""
        if dash != "\N{EM DASH}" or not _NAME.fullmatch(name) or len(octets) <= _ID_SIZE:
            raise _invalid(LedgerCode.NOTE, "a signature line is not of the published form")
        lines.append((name, octets))
    return (body + "\n").encode(), tuple(lines)


def may_sign(
    kept: Checkpoint | None, *, size: int, root_then: bytes | None, signed_before: bool
) -> None:
    """Check that the ledger still contains all that was ever promised about it.

    Args:
        kept: The last signed checkpoint, as kept outside the database; `None` if there is
            no such file.
        size: Of the ledger now.
        root_then: Root of the first `kept.size` leaves now; `None` if there are fewer.
        signed_before: Whether the database remembers a signed checkpoint.

    Raises:
        StoreError: It does not, or nobody can tell.
    """
    if kept is None:
        if signed_before:
            raise StoreError(
                Finding(
                    code=StoreCode.CHECKPOINT_MISSING,
                    message="expected the file of the last signed checkpoint, found none",
                )
            )
        return
    if kept.size > size:
        found = f"{size} records"
    elif root_then != kept.root:
        found = "other records"
    else:
        return
    raise StoreError(
        Finding(
            code=StoreCode.BEHIND_CHECKPOINT,
            message=f"expected the {kept.size} records of the last checkpoint, found {found}",
        )
    )
