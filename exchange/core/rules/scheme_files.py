"""Every scheme that has a file of rules, found and not listed.

- A file in `exchange.core.rules.schemes` is a scheme: it is imported when the package is, and
  gives its `SCHEME`. One that gives none yet is no scheme yet, as a folder of schemas without
  `scheme.json` is none: `tests/core/test_schemes_complete.py` tells the two halves apart.
- Their order is that of the file names, so that two runs ask in the same order.
- The folder is asked and not a list, because a list is what two people change at the same time
  and what a third forgets. `importlib` is not needed for that: `pkgutil` resolves the name.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from exchange.core.rules import schemes
from exchange.core.rules.scheme_rules import SchemeRules


def _found() -> Iterator[SchemeRules]:
    for name in sorted(module.name for module in pkgutil.iter_modules(schemes.__path__)):
        scheme = vars(pkgutil.resolve_name(f"{schemes.__name__}.{name}")).get("SCHEME")
        if scheme is None:
            continue
        if not isinstance(scheme, SchemeRules):
            raise TypeError(f"{name}: expected SCHEME to be the rules of a scheme")
        strangers = [rule.id for rule in scheme.rules if rule.scheme != scheme.scheme]
        if strangers:
            raise ValueError(f"{name}: expected rules of {scheme.scheme}, found {strangers}")
        yield scheme


ALL_SCHEMES: Final = tuple(_found())
"""Every scheme with rules, by file name."""


def _once(name: str, keys: list[str]) -> None:
    if len(set(keys)) < len(keys):
        raise ValueError(f"expected each {name} once, found {keys}")


_once("scheme", [one.scheme for one in ALL_SCHEMES])
_once("element of particulars", [one.particulars for one in ALL_SCHEMES])

BY_PARTICULARS: Final[Mapping[str, SchemeRules]] = MappingProxyType(
    {one.particulars: one for one in ALL_SCHEMES}
)
"""The scheme by the element name of its particulars."""
