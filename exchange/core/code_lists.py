"""Code lists: closed sets of values that change faster than schemas do.

- A list is data: a file with an id, a version, a source and the terms of its use, and
  items that may begin and end. Membership is asked for a day, never for "now".
- Four lists carry more than membership (schemes, editions of standards, recognition
  arrangements, statuses): their values are those of `exchange.core.registers`.
- An unknown list contains nothing. An unknown scheme, edition or arrangement is None.
- `versions` names every list with its version and the digest of its octets, so that a
  verdict can say by which lists it was reached.

    lists.contains("IAF-ID1", "19", on=date(2026, 11, 22))          # True
    lists.scheme("urn:mrhub:scheme:ccc", "1").max_validity_years    # 5
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar

from exchange.codes.service import SettingsCode
from exchange.core.manifest import REGISTER_ID
from exchange.core.registers import (
    Arrangement,
    Period,
    SchemeEntry,
    StandardEdition,
    StatusEntry,
    read_arrangement,
    read_period,
    read_scheme,
    read_standard,
    read_status,
)
from exchange.errors import Finding, SettingsError

STANDARDS: Final = "MRHUB-STANDARD"
ARRANGEMENTS: Final = "MRHUB-ARRANGEMENT"
STATUSES: Final = "MRHUB-STATUS"
ECONOMIES: Final = "ISO3166-1"
"""Economies, with the codes of multi-economy bodies."""

_UNNAMED: Final[Mapping[str, str]] = MappingProxyType({})
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One value of a list."""

    code: str
    """The value as documents write it."""
    names: Mapping[str, str]
    """What it means, by language: English always, or nothing for a code listed bare."""
    period: Period
    """The days on which it may be used."""
    facts: Mapping[str, str]
    """What else the list says about it in words of its own, such as the least score of a grade."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """One list with its origin."""

    id: str
    """The `listID` that documents write."""
    version: str
    """The version of the list as its file states it."""
    digest: str
    """Hexadecimal SHA-256 of the octets of its file."""
    source: str
    """Where the values come from, and whether they are all of them."""
    items: Mapping[str, tuple[Item, ...]]
    """The items by code; a code that was used twice in history has two."""
    timeless: frozenset[str]
    """Codes that may be used on every day; in most lists these are all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeLists:
    """All code lists of a release."""

    lists: Mapping[str, CodeList]
    """Every list by its id."""
    _schemes: Mapping[tuple[str, str], SchemeEntry] = field(repr=False)
    _standards: Mapping[tuple[str, str], StandardEdition] = field(repr=False)
    _arrangements: Mapping[str, Arrangement] = field(repr=False)
    _statuses: Mapping[str, StatusEntry] = field(repr=False)

    @classmethod
    def build(cls, files: Mapping[str, bytes]) -> Self:
        """Return the lists of these files.

        Args:
            files: The octets of each JSON file by its name.

        Raises:
            SettingsError: A file is not a code list, or two have the same id.
        """
        lists: dict[str, CodeList] = {}
        records: dict[str, tuple[Mapping[str, Any], ...]] = {}
        for name, data in sorted(files.items()):
            try:
                one, entries = _read(data)
            except (ValueError, KeyError, TypeError, AttributeError) as exc:
                raise _unusable(name, f"expected a code list, found {exc!r}") from exc
            if one.id in lists:
                raise _unusable(name, f"expected an id of its own, found {one.id} again")
            lists[one.id] = one
            records[one.id] = entries
        try:
            return cls(
                lists=MappingProxyType(lists),
                _schemes=_indexed(
                    ((one.id, one.version), one) for one in map(read_scheme, records[REGISTER_ID])
                ),
                _standards=_indexed(
                    ((one.number, one.edition), one)
                    for one in map(read_standard, records[STANDARDS])
                ),
                _arrangements=_indexed(
                    (one.id, one) for one in map(read_arrangement, records[ARRANGEMENTS])
                ),
                _statuses=_indexed((one.code, one) for one in map(read_status, records[STATUSES])),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise _unusable("code-lists", f"expected a register entry, found {exc!r}") from exc

    @property
    def versions(self) -> Mapping[str, str]:
        """The version and digest of every list by its id."""
        return MappingProxyType(
            {one.id: f"{one.version} sha256:{one.digest}" for one in self.lists.values()}
        )

    def contains(self, list_id: str, code: str, on: date) -> bool:
        """Tell whether the code may be used on that day; an unknown list contains nothing."""
        known = self.lists.get(list_id)
        if known is None:
            return False
        return code in known.timeless or any(
            item.period.covers(on) for item in known.items.get(code, ())
        )

    def item(self, list_id: str, code: str, on: date) -> Item | None:
        """Return what the list says about a code that may be used on that day, or None."""
        known = self.lists.get(list_id)
        items = () if known is None else known.items.get(code, ())
        return next((one for one in items if one.period.covers(on)), None)

    def scheme(self, scheme_id: str, version: str) -> SchemeEntry | None:
        """Return the version of a scheme, in force or not, or None (SCM-01)."""
        return self._schemes.get((scheme_id, version))

    def schemes(self) -> tuple[SchemeEntry, ...]:
        """Return every registered scheme version."""
        return tuple(self._schemes.values())

    def standard(self, number: str, edition: str) -> StandardEdition | None:
        """Return the edition of a standard, or None where the list does not know it."""
        return self._standards.get((number, edition))

    def arrangement(self, arrangement_id: str) -> Arrangement | None:
        """Return the recognition arrangement, or None (AUT-06)."""
        return self._arrangements.get(arrangement_id)

    def status(self, code: str) -> StatusEntry | None:
        """Return the status with its mappings, or None."""
        return self._statuses.get(code)


def _unusable(name: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.CODE_LISTS, path=name, message=message))


def _indexed(pairs: Iterable[tuple[_Key, _Value]]) -> Mapping[_Key, _Value]:
    """Return the pairs as a mapping; a key that stands twice is a contradiction."""
    index: dict[_Key, _Value] = {}
    for key, value in pairs:
        if key in index:
            raise ValueError(f"{key} stands twice")
        index[key] = value
    return MappingProxyType(index)


def _read(data: bytes) -> tuple[CodeList, tuple[Mapping[str, Any], ...]]:
    """Return one list and its entries as the file has them."""
    content = json.loads(data)
    items: dict[str, list[Item]] = {}
    for entry in content["items"]:
        code = entry["code"]
        facts = {name: said for name, said in entry.items() if isinstance(said, str)}
        item = Item(
            code=code,
            names=MappingProxyType(dict(entry["name"])),
            period=read_period(entry),
            facts=MappingProxyType(facts),
        )
        if not item.names.get("en"):
            raise ValueError(f"{code} has no English name")
        items.setdefault(code, []).append(item)
    for code in content.get("bare_codes", "").split():
        items.setdefault(code, []).append(
            Item(code=code, names=_UNNAMED, period=Period(), facts=_UNNAMED)
        )
    if not items:
        raise ValueError("the list is empty")
    if not content["licence"]:
        raise ValueError("the terms of its use are missing")
    one = CodeList(
        id=content["id"],
        version=content["version"],
        digest=sha256(data).hexdigest(),
        source=content["source"],
        items=MappingProxyType({code: tuple(same) for code, same in items.items()}),
        timeless=frozenset(
            code for code, same in items.items() if any(one.period == Period() for one in same)
        ),
    )
    return one, tuple(content["items"])
