"""Reading scheme particulars: the file of each scheme has the function for its element.

Source: `schemas/schemes/`; `exchange.core.rules.schemes`.
"""

from __future__ import annotations

from exchange.core.document.cursor import Cursor
from exchange.core.document.particulars import Particulars
from exchange.core.rules.scheme_files import BY_PARTICULARS


def particulars(cursor: Cursor) -> Particulars:
    """Take the particulars in their `SchemeParticulars` wrapper."""
    cursor.enter("SchemeParticulars")
    tag = cursor.tag()
    scheme = BY_PARTICULARS.get(tag)
    if scheme is None:
        cursor.skip(cursor.name())
        return Particulars(tag)
    return scheme.read(cursor, tag)
