"""What strangers wrote is shown on a terminal and never obeyed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from exchange.cli.foreign_text import reported, shown
from exchange.core.receipt_document import ReportedFinding
from exchange.errors import Severity


def printed(text: str) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, color_system=None, width=200)
    console.print(shown(text))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize("markup", ["CN=[/x]", "[bold red]x[/]", "[link=http://a]b[/link]"])
def test_markup_is_text(markup: str) -> None:
    assert markup in printed(markup)


@pytest.mark.parametrize("steering", ["\x1b[2J", "\x9b31m", "\x07", "\u202e", "\u2066", "\r", "\n"])
def test_steering_characters_are_made_visible(steering: str) -> None:
    found = printed(f"a{steering}b")

    assert found.startswith("a\ufffd")
    assert found.count("\n") == 1
    assert "\x1b" not in found


def test_an_isolate_stays_only_if_it_is_closed_and_nothing_steers_inside() -> None:
    assert "a\u2068ЕАЭС 1\u2069b" in printed("a\u2068ЕАЭС 1\u2069b")
    assert "a\ufffdb" in printed("a\u2068b")
    assert "a\ufffd\ufffdx\ufffdb" in printed("a\u2068\u202ex\u2069b")


def test_names_of_all_scripts_stay_as_they_are() -> None:
    assert "北京示例公司 Пример مثال" in printed("北京示例公司 Пример مثال")


def test_a_reported_finding_is_one_line() -> None:
    finding = ReportedFinding(
        code="rule.X\x1b[1m", severity=Severity.FATAL, path="/A[1]", message="two\nlines"
    )

    assert reported(finding, "red").plain == "      rule.X\ufffd[1m at /A[1]: two\ufffdlines"
