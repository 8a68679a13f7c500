"""How asn1crypto complains about octets that are not what they should be.

It reads lazily, so what is malformed surfaces wherever a value is first asked for, as one of these;
they have no common ancestor of its own.
"""

from __future__ import annotations

from typing import Final

MALFORMED: Final = (
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    IndexError,
    OverflowError,
    RecursionError,
    NotImplementedError,
)
