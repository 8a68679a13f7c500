"""Commands that ask: without a terminal they are misuse with the word to add; nothing is done."""

from __future__ import annotations

import io
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from exchange.cli.agreeing import require_yes
from exchange.cli.exits import ExitCode, exit_code
from exchange.cli.keys_officers import ask, ask_officers
from exchange.cli.main import main
from exchange.core.model import BodyId
from exchange.errors import SettingsError

DIGEST = "ab" * 32
REMOVE = ["remove", DIGEST, "--order", "Court, 1, 2026-11-20"]


def _command(folder: Path) -> list[str]:
    # Whoever says no is not even read, so that nothing of it has to be right.
    partner = folder / "operator.toml"
    partner.write_text("nothing = true\n")
    return [sys.executable, "-m", "exchange", *REMOVE, "--partner", str(partner)]


@pytest.mark.parametrize("given", [b"", b"y\n"], ids=["nothing", "a yes from a pipe"])
def test_removal_without_a_terminal_is_misuse_and_says_what_to_add(
    tmp_path: Path, given: bytes
) -> None:
    done = subprocess.run(
        _command(tmp_path), input=given, capture_output=True, check=False, timeout=60
    )

    assert done.returncode == 2
    assert b"at --yes: nobody is at the terminal: expected --yes, found nothing" in done.stderr
    assert b"next:" in done.stderr
    assert done.stdout == b""


@pytest.mark.parametrize(
    ("out", "said"), [("there.xml", "exists"), ("nowhere/notice.xml", "cannot be written to")]
)
def test_nothing_is_removed_whose_notice_could_not_be_written(
    tmp_path: Path, out: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "there.xml").write_text("kept")
    words = [*_command(tmp_path)[3:], "--yes", "--out", str(tmp_path / out)]

    assert main(words) == 2

    # The settings of the partner are wrong as well: they were not even read.
    assert said in capsys.readouterr().err
    assert (tmp_path / "there.xml").read_text() == "kept"


@pytest.mark.parametrize(
    ("typed", "ends"), [(b"n\n", 2), (b"\n", 2), (b"\x03", 130)], ids=["no", "silence", "ctrl-c"]
)
def test_removal_at_a_terminal_is_asked_for(tmp_path: Path, typed: bytes, ends: int) -> None:
    ours, theirs = pty.openpty()
    try:
        with subprocess.Popen(
            _command(tmp_path),
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_take_terminal,  # noqa: PLW1509  it takes one descriptor
        ) as asked:
            assert asked.stderr is not None
            shown = b""
            while b"[y/N]" not in shown:
                piece = os.read(asked.stderr.fileno(), 1000)
                assert piece, shown
                shown += piece
            os.write(ours, typed)
            try:
                assert asked.wait(timeout=60) == ends
            finally:
                asked.kill()
    finally:
        os.close(ours)
        os.close(theirs)

    assert f"Remove {DIGEST} for ever".encode() in shown


def _take_terminal() -> None:
    """Make what stands at descriptor 0 the terminal of this session, so that Ctrl-C arrives.

    Whoever runs the tests in the background has them ignore it, and children inherit that.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    os.close(os.open(os.ttyname(0), os.O_RDWR))


@pytest.mark.parametrize("question", [require_yes, ask, lambda said: ask_officers(said, Console())])
def test_every_question_that_nobody_can_answer_names_the_word_to_add(
    question: Callable[[Any], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))

    with pytest.raises(SettingsError) as caught:
        question(BodyId("CN-CB-0103"))

    assert caught.value.findings[0].path == "--yes"
    assert "--yes" in caught.value.findings[0].message
    assert exit_code(caught.value) == ExitCode.MISUSE
