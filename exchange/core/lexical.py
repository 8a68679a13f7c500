r"""Texts of a validated document as their schema types have them.

- Of tokens, numbers, days and instants outer white space does not count, and inner runs of it
  count as one blank (XML Schema part 2, clause 4.3.6). White space is that of XML: the blanks
  of other scripts belong to the text.
- libxml2 reads past whatever is not Base64 in a value of that type, so what it calls 32 octets
  is decoded strictly here.

Whoever reads a tree reads it through these, so that no two gates see two texts in one element.

Example:
    >>> collapsed(" CN-CB-0103\n")
    'CN-CB-0103'
"""

from __future__ import annotations

import binascii
import re
from typing import Final

BLANKS: Final = " \t\n\r"
"""White space of XML."""
_RUN: Final = re.compile(f"[{BLANKS}]+")


def collapsed(text: str | None) -> str:
    """Return a text with its white space collapsed; empty for none."""
    if not text:
        return ""
    if text.isascii():
        # Of ASCII no document has other white space than that of XML, so the fast way will do.
        return " ".join(text.split())
    # Most texts have no blank at all, and four looks cost less than one expression.
    if " " in text or "\n" in text or "\t" in text or "\r" in text:
        return _RUN.sub(" ", text).strip(BLANKS)
    return text


def octets(text: str) -> bytes:
    """Return what a text in Base64 stands for; blanks between the letters do not count.

    Raises:
        ValueError: There is something else in it, or it is written in a way that is not the
            only one (XML Schema part 2, clause 3.2.16).
    """
    compact = text.encode("ascii").translate(None, BLANKS.encode())
    value = binascii.a2b_base64(compact, strict_mode=True)
    if binascii.b2a_base64(value, newline=False) != compact:
        raise ValueError("not canonical Base64")
    return value
