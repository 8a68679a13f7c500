"""Fingerprints as people read them aloud: groups of four digits, four groups to a line.

Sixteen groups take half a minute to read; whoever listens writes them down and compares whole
lines. Nothing is shortened: a part of a fingerprint can be forged.
"""

from __future__ import annotations

from typing import Final

_GROUP: Final = 4
_LINE: Final = 4


def spoken(digest: bytes) -> tuple[str, ...]:
    """Return the lines in which a fingerprint, or another SHA-256 digest, is read aloud."""
    digits = digest.hex()
    groups = [digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP)]
    return tuple("  ".join(groups[at : at + _LINE]) for at in range(0, len(groups), _LINE))
