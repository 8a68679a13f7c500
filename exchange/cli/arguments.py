"""What commands read from the command line: instants, fingerprints, files, and their help.

- An instant is written as RFC 3339 demands, zone included; nothing is guessed.
- A fingerprint is 64 hexadecimal digits; the colons that other tools print are allowed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer

from exchange.cli.exits import ExitCode
from exchange.core.model import Fingerprint

# Source: RFC 3339, section 5.6, `date-time`.
_INSTANT: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_DURATION: Final = re.compile(r"(\d{1,6})([dhms])", re.ASCII)
_UNITS: Final = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
}
_HUB: Final = re.compile(r"https://[^\s/?#@]+(/[^\s?#]*)?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


def instant(text: str) -> datetime:
    """Return an aware instant in UTC.

    Raises:
        typer.BadParameter: It is not written as RFC 3339 demands.
    """
    if _INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise typer.BadParameter(
        f"expected an instant with its zone, such as 2026-11-22T10:00:00Z or "
        f"2026-11-22T18:00:00+08:00, found {text!r}"
    )


def duration(text: str) -> timedelta:
    """Return a span of time, written as a whole number and d, h, m or s.

    Raises:
        typer.BadParameter: It is not written so.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise typer.BadParameter(
            f"expected a number and d, h, m or s, such as 14d or 36h, found {text!r}"
        )
    return int(found[1]) * _UNITS[found[2]]


def fingerprint(text: str) -> Fingerprint:
    """Return the SHA-256 fingerprint of a key certificate.

    Raises:
        typer.BadParameter: It is not 64 hexadecimal digits.
    """
    digits = text.replace(":", "").lower()
    if not _FINGERPRINT.fullmatch(digits):
        raise typer.BadParameter(
            f"expected the SHA-256 fingerprint of a key certificate, 64 hexadecimal digits, "
            f"found {text!r}"
        )
    return Fingerprint(bytes.fromhex(digits))


def hub_address(text: str) -> str:
    """Return the address of a hub, before anything is asked there.

    Raises:
        typer.BadParameter: It is none: a slip of the pen is no hub that is away.
    """
    try:
        if _HUB.fullmatch(text) and urlsplit(text).port != 0:
            return text
    except ValueError:
        pass
    raise typer.BadParameter(
        f"expected the address of a hub such as https://hub.example:8444, found {text[:60]!r}",
        param_hint="--hub",
    )


def day(text: str, hint: str) -> date:
    """Return a day.

    Args:
        text: As it was typed.
        hint: The option that it was typed at.

    Raises:
        typer.BadParameter: There is no such day, or it is written otherwise.
    """
    try:
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise typer.BadParameter(
        f"expected a day such as 2026-11-22, found {text[:30]!r}", param_hint=hint
    )


def documents(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files named, and of each folder its `*.xml` in the order of their names."""
    found: list[Path] = []
    for path in paths:
        found.extend(sorted(path.glob("*.xml")) if path.is_dir() else [path])
    return tuple(found)


def group(summary: str) -> typer.Typer:
    """Return an empty group of commands in the manner of the house."""
    app = typer.Typer(
        help=summary,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )

    @app.callback()
    def _group() -> None:
        """Keep the second word, even where the group has one command only."""

    return app


def alone() -> typer.Typer:
    """Return the place of a command that has no second word."""
    return typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


def epilog(*examples: str, codes: Iterable[ExitCode] = ExitCode) -> str:
    """Return the end of a help text: examples as they are typed, and the exit codes."""
    return "\n".join(
        (
            "\b",
            "Examples:",
            *(f"  {line}" for line in examples),
            "",
            "\b",
            "Exit codes:",
            *(f"  {code.value}  {code.meaning}" for code in codes),
        )
    )


At = Annotated[
    datetime | None,
    typer.Option(
        parser=instant,
        metavar="INSTANT",
        help="Judge as of this instant (RFC 3339, with zone) instead of now.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Write JSON for programs.")]
ExistingFile = Annotated[
    Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)
]
