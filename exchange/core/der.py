"""The few DER structures that XAdES wants and no library here writes.

issuer_serial(name, 5)   # IssuerSerial of RFC 5035, for IssuerSerialV2
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_SEQUENCE: Final = 0x30
_INTEGER: Final = 0x02
_DIRECTORY_NAME: Final = 0xA4
_VERSION: Final = 0xA0
_SHORT: Final = 0x80
"""Lengths below this are written in one octet (X.690, clause 8.1.3.4)."""


@lru_cache(maxsize=4096)
def issuer_serial(issuer: bytes, serial: int) -> bytes:
    """Return IssuerSerial in DER.

    Args:
        issuer: The issuer's Name in DER.
        serial: The serial number; positive.

    Source: RFC 5035, section 5: `SEQUENCE { issuer GeneralNames, serialNumber INTEGER }`;
    the name is a directoryName, context tag 4 (RFC 5280, section 4.2.1.6).
    """
    number = serial.to_bytes(serial.bit_length() // 8 + 1)
    names = _element(_SEQUENCE, _element(_DIRECTORY_NAME, issuer))
    return _element(_SEQUENCE, names + _element(_INTEGER, number))


def has_positive_serial(certificate: bytes) -> bool:
    """Return whether the serial number of a key certificate is a positive integer.

    Octets that are not a key certificate have none.

    Source: RFC 5280, section 4.1.2.2.
    """
    at = _inside(certificate, _inside(certificate, 0, _SEQUENCE), _SEQUENCE)
    if certificate[at : at + 1] == bytes((_VERSION,)):
        at += 2 + certificate[at + 1] if at + 1 < len(certificate) else 0
    content = _inside(certificate, at, _INTEGER)
    if content < 0 or content >= len(certificate):
        return False
    length = certificate[content - 1]
    digits = certificate[content : content + length]
    # A number without octets is neither negative nor positive.
    return digits[:1] < bytes((_SHORT,)) and any(digits)


def _inside(octets: bytes, at: int, tag: int) -> int:
    """Return where the value of an element starts; beyond the end when it is another."""
    header = octets[at : at + 2] if at >= 0 else b""
    if len(header) < 2 or header[0] != tag:  # noqa: PLR2004 - a tag and a length
        return len(octets)
    return at + 2 + (header[1] & 0x7F if header[1] >= _SHORT else 0)


def _element(tag: int, content: bytes) -> bytes:
    """Return one tag, length and value."""
    length = len(content)
    if length < _SHORT:
        return bytes((tag, length)) + content
    digits = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((tag, _SHORT | len(digits))) + digits + content
