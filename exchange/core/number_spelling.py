"""The spellings of a certificate number: as people type what stands on a paper.

A number is looked for as it was typed. Only where nothing has it is it read as a person reads it:
without spaces and invisible characters, with the digits, letters and hyphens of ASCII, in
capitals. So a slip of the keyboard is not answered "not issued".

Example:
    >>> spellings("\uff10103-2026\u2013000001a")
    ('\uff10103-2026\u2013000001a', '0103-2026-000001a', '0103-2026-000001A')
"""

from __future__ import annotations

import unicodedata


def spellings(number: str) -> tuple[str, ...]:
    """Return the spellings of a number in the order in which they are tried."""
    if number.isascii() and number.isprintable() and " " not in number:
        plain = number
    else:
        plain = "".join(map(_plain, unicodedata.normalize("NFKC", number)))
    return tuple(dict.fromkeys(one for one in (number, plain, plain.upper()) if one))


def _plain(letter: str) -> str:
    category = unicodedata.category(letter)
    if category in {"Zs", "Cf", "Cc", "Zl", "Zp"}:
        return ""
    if category == "Pd":
        return "-"
    return str(unicodedata.decimal(letter)) if category == "Nd" else letter
