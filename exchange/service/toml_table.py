"""Reading a table of a TOML file so that nothing in it goes unread.

- Every value is taken by name and kind; what is left at the end is a fault.
- A fault names the place as a path: `description.bodies[2].keys[0].scope`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from exchange.codes.service import SettingsCode
from exchange.core.competence import ScopeCode
from exchange.errors import Finding, SettingsError


class Table:
    """One table of the file, of which every name must be taken."""

    def __init__(self, values: object, path: str) -> None:
        if not isinstance(values, dict):
            raise fault(path, "expected a table")
        self._values: dict[str, Any] = dict(values)
        self.path = path

    def __contains__(self, name: str) -> bool:
        """Tell whether a value that was not taken yet has this name."""
        return name in self._values

    def take(self, name: str, kind: type[Any], default: Any = ...) -> Any:
        """Return a value of this kind; a default makes it optional."""
        if name not in self._values:
            if default is ...:
                raise fault(f"{self.path}.{name}", "expected a value, found none")
            return default
        value = self._values.pop(name)
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise fault(f"{self.path}.{name}", f"expected {kind.__name__}, found {value!r}")
        return value

    def instant(self, name: str, default: datetime | None = None) -> datetime:
        """Return an instant with its zone."""
        value: datetime = self.take(name, datetime, default or ...)
        if value.tzinfo is None:
            raise fault(f"{self.path}.{name}", "expected an instant with its zone, such as Z")
        return value.astimezone(UTC)

    def day(self, name: str) -> date:
        """Return a day without time."""
        value: date = self.take(name, date)
        if isinstance(value, datetime):
            raise fault(f"{self.path}.{name}", "expected a day without time")
        return value

    def optional_day(self, name: str) -> date | None:
        """Return a day without time, or `None` where there is none."""
        return self.day(name) if name in self._values else None

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts; one that is left out is empty."""
        values: list[object] = self.take(name, list, [])
        if not all(isinstance(one, str) for one in values):
            raise fault(f"{self.path}.{name}", "expected a list of texts")
        return tuple(str(one) for one in values)

    def names(self, name: str) -> Mapping[str, str]:
        """Return texts by language; one at least."""
        values: dict[str, object] = self.take(name, dict)
        if not values or not all(isinstance(one, str) for one in values.values()):
            raise fault(f"{self.path}.{name}", "expected texts by language, one at least")
        return MappingProxyType({language: str(text) for language, text in values.items()})

    def codes(self, name: str) -> tuple[ScopeCode, ...]:
        """Return codes with their lists, written `LIST:code`."""
        found = []
        for text in self.texts(name):
            list_id, colon, code = text.partition(":")
            if not (list_id and colon and code):
                raise fault(f"{self.path}.{name}", f"expected LIST:code, found {text!r}")
            found.append(ScopeCode(list_id=list_id, code=code))
        return tuple(found)

    def choice(self, name: str, choices: Callable[[str], Any], default: Any = ...) -> Any:
        """Return one of a closed set of values."""
        text = self.take(name, str, default)
        try:
            return choices(text)
        except (ValueError, KeyError) as exc:
            raise fault(f"{self.path}.{name}", f"unknown value {text!r}") from exc

    def tables(self, name: str) -> tuple[Table, ...]:
        """Return the tables of a list; one that is left out is empty."""
        values: list[object] = self.take(name, list, [])
        return tuple(Table(one, f"{self.path}.{name}[{index}]") for index, one in enumerate(values))

    def table(self, name: str) -> Table:
        """Return a table; one that is left out is empty."""
        return Table(self.take(name, dict, {}), f"{self.path}.{name}")

    def done(self) -> None:
        """Refuse what was not taken."""
        if self._values:
            raise fault(f"{self.path}.{min(self._values)}", "unknown name")


def fault(path: str, message: str) -> SettingsError:
    """Return the error of a description, with its place."""
    return SettingsError(Finding(code=SettingsCode.TRUST_DESCRIPTION, path=path, message=message))
