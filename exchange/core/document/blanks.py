"""Texts that show nothing: rule SYN-03 for the blanks of every script.

XML knows four blanks, and schemas can speak of no others by name; Unicode has many more, and
characters that no font shows. A text of nothing else is empty for whoever reads it, so it is
refused. Inside a text they belong to it: some scripts cannot be written without them.
"""

from __future__ import annotations

import re
from typing import Final

SEPARATOR: Final = "\x00"
"""Stands in no XML document."""

_SHOW_NOTHING: Final = (
    r" \t\n\r\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    r"\U0001bca0-\U0001bca3\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""White space, control characters, what may be ignored in display, and three letters without a
shape. Source: Unicode 15.0, properties White_Space and Default_Ignorable_Code_Point; U+2800 and
U+1D159 are symbols without ink."""
_BLANK: Final = re.compile(f"{SEPARATOR}[{_SHOW_NOTHING}]+(?={SEPARATOR})")


def blank_text(joined: str) -> int | None:
    """Return the number of the first text that has characters and shows none.

    Args:
        joined: All texts, one `SEPARATOR` between two; the first and the last are not looked
            at.
    """
    if joined.isascii():
        return None  # The schema has seen these blanks.
    found = _BLANK.search(joined)
    return None if found is None else joined.count(SEPARATOR, 0, found.start()) + 1
