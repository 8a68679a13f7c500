"""The address behind a QR code: 128 bits that nobody can guess, written for people.

- `1-` and 26 characters: the version of the format, and the token in Crockford's base 32.
- Upper case; `O` is read as 0, `I` and `L` as 1; `U` stands nowhere. Dashes inside are ignored.
- 26 characters hold 130 bits, so the first one is at most 7: no two spellings for one token.

Example:
    >>> address_of(bytes(16))
    '1-00000000000000000000000000'

Source: Crockford, Base 32 (crockford.com/base32.html).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from exchange.codes.verification import DisclosureCode
from exchange.core.certificates import TOKEN_BYTES
from exchange.errors import Finding, RefusedError

VERSION: Final = "1"
LENGTH: Final = 26
"""Characters of the token: ⌈128 / 5⌉."""

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES: Final = {letter: value for value, letter in enumerate(_ALPHABET)}
_FOLDED: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None})
_BITS: Final = 8 * TOKEN_BYTES


def address_of(token: bytes) -> str:
    """Return the address of a token.

    Args:
        token: `TOKEN_BYTES` octets.
    """
    if len(token) != TOKEN_BYTES:
        raise ValueError(f"expected {TOKEN_BYTES} octets, found {len(token)}")
    number = int.from_bytes(token)
    shifts = range(5 * (LENGTH - 1), -1, -5)
    return f"{VERSION}-" + "".join(_ALPHABET[number >> shift & 31] for shift in shifts)


def digest_of(token: bytes) -> bytes:
    """Return the SHA-256 of the address of a token; 128 random bits cannot be guessed from it."""
    return sha256(address_of(token).encode("ascii")).digest()


def token_of(address: str) -> bytes:
    """Return the token of an address, as people copy it.

    Raises:
        RefusedError: It is none, or of a version that this hub does not know.
    """
    version, dash, written = address.strip().partition("-")
    if version != VERSION or not dash:
        raise _refused(f"expected version {VERSION}, found {version[:8]!r}")
    letters = written.upper().translate(_FOLDED)
    if not written.isascii() or len(letters) != LENGTH or not _VALUES.keys() >= set(letters):
        raise _refused(f"expected {LENGTH} letters or digits behind the version")
    number = 0
    for letter in letters:
        number = number << 5 | _VALUES[letter]
    if number >> _BITS:
        raise _refused("expected a first letter or digit of at most 7")
    return number.to_bytes(TOKEN_BYTES)


def _refused(message: str) -> RefusedError:
    return RefusedError(Finding(code=DisclosureCode.QR_ADDRESS, message=message))
