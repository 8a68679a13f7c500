"""The smallest steps of reading a signature: children, values, attributes, and the refusal.

- Between the children of an element only blanks stand.
- A value is canonical Base64 and nothing else.
- An attribute that does not belong to an element refuses the signature.
"""

from __future__ import annotations

import binascii
from typing import Final

from lxml import etree

from exchange.codes.gates import SignatureCode
from exchange.errors import Finding, SignatureError

NONE: Final[frozenset[str]] = frozenset()
"""No attribute at all."""
ID: Final = frozenset({"Id"})
"""An identifier and nothing else."""
ALGORITHM: Final = frozenset({"Algorithm"})
"""The identifier of an algorithm and nothing else."""
_BLANKS: Final = b" \t\r\n"


def elements(parent: etree._Element) -> list[etree._Element]:
    """Return the children of an element between which only blanks stand.

    Raises:
        SignatureError: There is text between them.
    """
    children = list(parent)
    text = parent.text
    if text is not None and text.strip(" \t\r\n"):
        raise refused(SignatureCode.STRUCTURE, "expected no text here", parent)
    for child in children:
        tail = child.tail
        if tail is not None and tail.strip(" \t\r\n"):
            raise refused(SignatureCode.STRUCTURE, "expected no text here", parent)
    return children


def octets(element: etree._Element) -> bytes:
    """Return the octets of an element that holds Base64, blanks apart, and nothing else.

    Raises:
        SignatureError: There is another element inside, or not canonical Base64.
    """
    text = element.text
    if len(element) or not text:
        raise refused(SignatureCode.BASE64, "expected Base64 and nothing else", element)
    try:
        compact = text.encode("ascii").translate(None, _BLANKS)
        value = binascii.a2b_base64(compact, strict_mode=True)
    except ValueError as exc:
        raise refused(SignatureCode.BASE64, "expected plain Base64", element) from exc
    if not value or binascii.b2a_base64(value, newline=False) != compact:
        raise refused(SignatureCode.BASE64, "expected canonical Base64", element)
    return value


def attributes(element: etree._Element, allowed: frozenset[str]) -> None:
    """Refuse an attribute that does not belong to an element of the signature."""
    for name in element.keys():  # noqa: SIM118 - an element iterates over its children
        if name not in allowed:
            raise refused(
                SignatureCode.STRUCTURE, f"expected no attribute {quote(str(name))}", element
            )


def quote(text: str) -> str:
    """Return a text short enough for a message, and without line breaks."""
    longest = 80
    shown = text if len(text) <= longest else text[:longest] + "…"
    return " ".join(shown.split()) or "nothing"


def refused(code: SignatureCode, message: str, element: etree._Element) -> SignatureError:
    """Make the error of gate 3, with the path of an element."""
    return SignatureError(Finding(code=code, path=_path(element), message=message))


def _path(element: etree._Element) -> str:
    """Return where an element stands, by local names."""
    tags = [element.tag, *(ancestor.tag for ancestor in element.iterancestors())]
    names = [str(tag).rpartition("}")[2] for tag in reversed(tags)]
    return "/" + "/".join(names)
