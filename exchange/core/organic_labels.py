"""Does a label call a product organic?

- Only words are looked at, in the languages of the samples and of the great food markets; another
  language is not judged, so a label that is not refused is not approved.
- A word that says organic is no claim where the same text says in conversion.

Example:
    >>> claims_organic("Organic oolong tea")
    True
    >>> claims_organic("Oolong tea, in conversion to organic farming")
    False

Source: GB/T 19630, labelling; Regulation (EU) 2018/848, annex IV, for the words of Europe.
"""

from __future__ import annotations

import re
from typing import Final

_CLAIMS: Final = re.compile(
    r"有机|有機|オーガニック|유기농|\borgani[ck]|\bоргани[кч]|عضوي|\bbio(?:l[oó]gic|logisch|dynami|-|\b)"
    r"|ökologisch|ecol[oó]gic|hữu cơ|อินทรีย์|orgânic|orgánic",
    re.IGNORECASE,
)
_QUALIFIED: Final = re.compile(
    r"转换|転換|轉換|전환|conversi[oó]n|conversão|переход|конверс|تحول|umstellung|chuyển đổi"
    r"|ปรับเปลี่ยน",
    re.IGNORECASE,
)


def claims_organic(label: str) -> bool:
    """Tell whether a name or brand says organic and does not say in conversion."""
    return _CLAIMS.search(label) is not None and _QUALIFIED.search(label) is None
