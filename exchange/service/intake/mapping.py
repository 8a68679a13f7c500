"""The mapping: which column fills which field, saved as TOML beside the sheet it is for.

    scheme = "management-systems"
    languages = ["zh", "en"]                    # the first is the authoritative one
    [constants]
    "Requirement/Number" = "GB/T 19001"
    "Status/RegisterUri" = "https://register.example/{CertificateNumber}"
    [[columns]]
    column = "状态"
    field = "Status/Code"
    codes = { "有效" = "active", "暂停" = "suspended" }

- A column may fill several fields, a field one column or constant only.
- Nothing unknown is passed over: a misspelt name must not mean *leave it out*.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from exchange.codes.intake import IntakeCode
from exchange.core.code_lists import CodeLists
from exchange.core.schema import Catalogue
from exchange.errors import Finding, SettingsError
from exchange.service.intake.declared import Extra
from exchange.service.intake.fields import FieldPath, SchemeFields, scheme_fields, split_extra

SITE: Final = "Site"
_TOP: Final = {"scheme", "languages", "file", "taken-over", "sites", "constants", "columns"}
_COLUMN: Final = {"column", "field", "codes", "dates", "split", "decimal", "default"}
_FILE: Final = {"sheet", "header-row", "encoding", "delimiter"}
_SITES: Final = {"key", "sheet", "columns"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """What a column fills, and how its cells are read."""

    column: str
    path: FieldPath
    codes: Mapping[str, str] | None = None
    """Translations of cells; what is not among them is refused."""
    dates: tuple[str, ...] = ()
    """Formats of `strptime`, beside ISO 8601."""
    split: str | None = None
    """What separates several values in one cell."""
    decimal: str = "."
    default: str | None = None
    """What an empty cell stands for, declared aloud."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites:
    """Where further sites of a certificate stand."""

    key: str
    """The column that rows of one certificate share."""
    sheet: str | None
    """A second sheet; without it, repeated rows of the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """The same text in every row; `{CertificateNumber}` stands for that field of the row."""

    path: FieldPath
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileFormat:
    """How the sheet is read, where that is not told by the file itself."""

    sheet: str | None = None
    header_row: int = 1
    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMapping:
    """Everything that a mapping says."""

    fields: SchemeFields
    languages: tuple[str, ...]
    constants: tuple[Constant, ...]
    columns: tuple[Column, ...]
    sites: Sites | None = None
    taken_over_before: date | None = None
    """Certificates decided before this day are older than the hub (element TakenOver)."""
    file: FileFormat = field(default_factory=FileFormat)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are used, each once."""
        return tuple(dict.fromkeys(one.column for one in self.columns))

    def require_columns(self, found: Sequence[str]) -> None:
        """Let pass a file that has every column.

        Raises:
            SettingsError: It lacks some; those of a second sheet are not looked for.
        """
        elsewhere = self.sites is not None and self.sites.sheet is not None
        missing = [
            one.column
            for one in self.columns
            if one.column not in found and not (elsewhere and _is_site(one.path))
        ]
        if self.sites is not None and self.sites.key not in found:
            missing.append(self.sites.key)
        _require_none(missing, found)

    def require_site_columns(self, found: Sequence[str]) -> None:
        """Let pass a second sheet that has every column of a site.

        Raises:
            SettingsError: It lacks some.
        """
        keys = () if self.sites is None else (self.sites.key,)
        wanted = (*keys, *(one.column for one in self.columns if _is_site(one.path)))
        _require_none([name for name in wanted if name not in found], found)

    def columns_of(self, path: str) -> tuple[str, ...]:
        """Return the columns that a path of a finding is about: `/Attestation/Site[2]/Name`."""
        plain = "/".join(part.partition("[")[0] for part in path.split("/")[2:])
        parts = plain.split("/")
        if parts and parts[0] == "SchemeParticulars" and len(parts) > 2:  # noqa: PLR2004
            plain = "/".join((parts[0], *parts[2:]))
        return tuple(
            dict.fromkeys(
                one.column
                for one in self.columns
                if one.path.text == plain
                or one.path.text.startswith(f"{plain}/")
                or plain.startswith(f"{one.path.text}/")
            )
        )


def _require_none(missing: Sequence[str], found: Sequence[str]) -> None:
    listed = ", ".join(repr(name) for name in found if name)[:400]
    message = f"expected this column, found {listed}"
    if missing:
        raise SettingsError(
            *(
                Finding(code=IntakeCode.MAPPING_COLUMN, path=name, message=message)
                for name in dict.fromkeys(missing)
            )
        )


def _is_site(path: FieldPath) -> bool:
    return path.steps[0].name == SITE


def load_mapping(file: Path, catalogue: Catalogue, code_lists: CodeLists) -> SheetMapping:
    """Return what a file says.

    Raises:
        SettingsError: With one finding for each thing to mend.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(_fault(file.name, f"it cannot be read: {exc}")) from exc
    return read_mapping(text, catalogue, code_lists)


def read_mapping(text: str, catalogue: Catalogue, code_lists: CodeLists) -> SheetMapping:
    """Return what a mapping says.

    Raises:
        SettingsError: With one finding for each thing to mend.
    """
    try:
        given = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise SettingsError(_fault("", str(exc).lower())) from exc
    faults = [*_unknown(given, _TOP, "")]
    languages = given.get("languages")
    if not (
        isinstance(languages, list)
        and languages
        and all(isinstance(one, str) and one for one in languages)
    ):
        faults.append(_fault("languages", "expected a list of languages, the first authoritative"))
        languages = ["en"]
    scheme = given.get("scheme")
    if not isinstance(scheme, str):
        raise SettingsError(*faults, _fault("scheme", "expected the name of a scheme, found none"))
    fields = scheme_fields(catalogue, code_lists, scheme)
    reader = _Reader(fields=fields, first_language=languages[0], faults=faults)
    made = SheetMapping(
        fields=fields,
        languages=tuple(languages),
        constants=reader.constants(given.get("constants", {})),
        columns=reader.columns(given.get("columns", []), given.get("sites", {})),
        sites=reader.sites(given.get("sites")),
        taken_over_before=reader.taken_over(given.get("taken-over")),
        file=reader.file(given.get("file", {})),
    )
    if faults:
        raise SettingsError(*faults)
    return made


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads the parts of a mapping and collects what is wrong with them."""

    fields: SchemeFields
    first_language: str
    faults: list[Finding]

    def constants(self, given: Any) -> tuple[Constant, ...]:
        found: list[Constant] = []
        for name, value in given.items() if isinstance(given, dict) else ():
            texts = value if isinstance(value, list) else [value]
            path = self._path(name)
            for text in texts if path is not None else ():
                if path is None or not isinstance(text, str | int | float | bool | date):
                    self.faults.append(_fault(f"constants.{name}", "expected a text"))
                    continue
                found.append(Constant(path=path, text=_text(text)))
        return tuple(found)

    def columns(self, given: Any, sites: Any) -> tuple[Column, ...]:
        of_sites = sites.get("columns", []) if isinstance(sites, dict) else []
        if not isinstance(given, list) or not isinstance(of_sites, list):
            self.faults.append(_fault("columns", "expected [[columns]], found something else"))
            return ()
        read = (self._column(one, number) for number, one in enumerate([*given, *of_sites], 1))
        return tuple(one for one in read if one is not None)

    def _column(self, given: Any, number: int) -> Column | None:
        where = f"columns[{number}]"
        if not isinstance(given, dict):
            self.faults.append(_fault(where, "expected a table"))
            return None
        self.faults += _unknown(given, _COLUMN, where)
        name, written = given.get("column"), given.get("field")
        codes = given.get("codes")
        dates = given.get("dates", [])
        dates = [dates] if isinstance(dates, str) else dates
        right = (
            isinstance(name, str)
            and isinstance(written, str)
            and isinstance(codes, dict | None)
            and isinstance(dates, list)
            and isinstance(given.get("split", ""), str)
            and given.get("decimal", ".") in {".", ","}
        )
        path = self._path(str(written)) if right else None
        if not right:
            self.faults.append(_fault(where, "expected column and field, and options as described"))
        if path is None or not isinstance(name, str):
            return None
        default = given.get("default")
        return Column(
            column=" ".join(name.split()),
            path=path,
            codes=None if codes is None else {str(k): _text(v) for k, v in codes.items()},
            dates=tuple(map(str, dates)),
            split=given.get("split"),
            decimal=given.get("decimal", "."),
            default=None if default is None else _text(default),
        )

    def _path(self, written: str) -> FieldPath | None:
        try:
            path = self.fields.path(written)
        except SettingsError as error:
            self.faults += error.findings
            return None
        extras = path.element.extras
        if split_extra(path.extra)[0] or not extras or extras[0] is Extra.BOUND:
            return path
        extra = {
            Extra.LANGUAGE: self.first_language,
            Extra.LIST: self.fields.lists.get(path.text, ""),
            Extra.ALGORITHM: "http://www.w3.org/2001/04/xmlenc#sha256",
        }.get(extras[0], "")
        if not extra:
            self.faults.append(
                Finding(
                    code=IntakeCode.MAPPING_FIELD,
                    path=written[:200],
                    message=f"expected {written}@… with its {extras[0].value}, found none",
                )
            )
            return None
        whole = ",".join(filter(None, (extra, path.extra)))
        return FieldPath(steps=path.steps, extra=whole, element=path.element)

    def sites(self, given: Any) -> Sites | None:
        if given is None:
            return None
        if not isinstance(given, dict) or not isinstance(given.get("key"), str):
            self.faults.append(_fault("sites", "expected key, the column that rows share"))
            return None
        self.faults += _unknown(given, _SITES, "sites")
        return Sites(key=" ".join(given["key"].split()), sheet=given.get("sheet"))

    def taken_over(self, given: Any) -> date | None:
        if given is None:
            return None
        before = given.get("before") if isinstance(given, dict) else None
        if not isinstance(before, date) or isinstance(before, datetime):
            self.faults.append(_fault("taken-over.before", "expected a day such as 2026-11-22"))
            return None
        return before

    def file(self, given: Any) -> FileFormat:
        if not isinstance(given, dict):
            self.faults.append(_fault("file", "expected a table"))
            return FileFormat()
        self.faults += _unknown(given, _FILE, "file")
        row = given.get("header-row", 1)
        if not isinstance(row, int) or row < 1:
            self.faults.append(_fault("file.header-row", "expected a number from 1"))
            row = 1
        return FileFormat(
            sheet=given.get("sheet"),
            header_row=row,
            encoding=given.get("encoding"),
            delimiter=given.get("delimiter"),
        )


def _unknown(given: Mapping[str, Any], known: set[str], where: str) -> Iterable[Finding]:
    for name in sorted(given.keys() - known):
        path = f"{where}.{name}" if where else name
        yield _fault(path, f"expected one of {', '.join(sorted(known))}")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _fault(path: str, message: str) -> Finding:
    return Finding(code=IntakeCode.MAPPING, path=path, message=message)
