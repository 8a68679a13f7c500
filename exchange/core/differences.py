"""What a correction has changed: element by element, over the canonical octets of both.

- An element is known by its path without numbers, so that an entry that was inserted does not
  make everything behind it differ; of each path, what left and what came are put side by side.
- The header, the revision and the signature differ always and say nothing: they are left out.
- Only what the reader may see is compared: `hidden` paths are dropped before anything is said.

Example:
    >>> differences(before, after)
    (Difference(path='/Attestation/CertificateNumber', before='A-1', after='A-2'),)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from typing import Final

from lxml import etree

from exchange.core.verification import Difference
from exchange.core.xml import read_canonical

MAX_DIFFERENCES: Final = 50
"""Differences told at most; a certificate that differs more is another one."""
_LONGEST: Final = 200
_NEVER: Final = ("/Attestation/Header", "/Attestation/Revision", "/Attestation/Signature")
COMMERCIAL: Final = (
    "/Attestation/Assessment",
    "/Attestation/Evidence",
    "/Attestation/HumanReadable",
    "/Attestation/Object/Product/Quantity",
    "/Attestation/SchemeParticulars",
)
"""What is shown only to those to whom the certificate was addressed."""
BY_NUMBER: Final = (
    "/Attestation/CertificateNumber",
    "/Attestation/Validity",
    "/Attestation/Status",
)
"""All that is compared for somebody who knows the number only."""


def differences(
    before: bytes,
    after: bytes,
    *,
    hidden: tuple[str, ...] = COMMERCIAL,
    only: tuple[str, ...] | None = None,
) -> tuple[Difference, ...]:
    """Return what has changed, in the order of the newer document.

    Args:
        before: Canonical octets of the older revision.
        after: Those of the newer one.
        hidden: Paths below which nothing is told.
        only: If given, paths below which alone anything is told.
    """
    old, new = _told(before, hidden, only), _told(after, hidden, only)
    gone, come = _by_path(Counter(old) - Counter(new)), _by_path(Counter(new) - Counter(old))
    found: list[Difference] = []
    for path in dict.fromkeys(path for path, _ in (*new, *old)):
        for was, now in zip_longest(gone.get(path, ()), come.get(path, ())):
            found.append(Difference(path=path, before=_cut(was), after=_cut(now)))
            if len(found) == MAX_DIFFERENCES:
                return tuple(found)
    return tuple(found)


def _by_path(told: Counter[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for path, text in told.elements():
        found.setdefault(path, []).append(text)
    return found


def _cut(text: str | None) -> str | None:
    """Return as much of a text as is told; compared is the whole."""
    return None if text is None else text[:_LONGEST]


def _told(
    content: bytes, hidden: tuple[str, ...], only: tuple[str, ...] | None
) -> list[tuple[str, str]]:
    return [
        (path, text)
        for path, text in _flat(read_canonical(content), "")
        if not _below(path, (*_NEVER, *hidden)) and (only is None or _below(path, only))
    ]


def _below(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith((f"{place}/", f"{place}@")) for place in places)


def _flat(element: etree._Element, above: str) -> Iterator[tuple[str, str]]:
    path = f"{above}/{etree.QName(element).localname}"
    for name, value in element.attrib.items():
        if name != "Id":
            yield f"{path}@{etree.QName(name).localname}", str(value)
    text = " ".join((element.text or "").split())
    if text:
        yield path, text
    for child in element:
        yield from _flat(child, path)
