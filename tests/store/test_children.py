"""A child process that is no longer wanted leaves nothing behind: no process, no complaint."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
from asyncio.subprocess import SubprocessStreamProtocol
from pathlib import Path
from typing import Any

import pytest

from exchange.store.children import answered

MUCH = bytes(8 * 1024 * 1024)
"""More than a pipe holds, so that something is always still to be written."""
READS_NOTHING = "import time\ntime.sleep(60)\n"
READS_AND_ENDS = "import sys\nsys.stdin.buffer.read(10)\nsys.stdout.write('enough')\nsys.exit(3)\n"
ECHOES = "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())\n"


@pytest.fixture
def complaints(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return what the loop complains of, as Python 3.11.2 does and later ones do not."""
    lost = SubprocessStreamProtocol.pipe_connection_lost

    def loudly(self: Any, fd: int, exc: Exception | None) -> None:
        if fd == 0 and exc is not None:
            self.stdin.close()
            self.connection_lost(exc)
            self._stdin_closed.set_exception(exc)
        else:
            lost(self, fd, exc)

    monkeypatch.setattr(SubprocessStreamProtocol, "pipe_connection_lost", loudly)
    found: list[dict[str, Any]] = []
    return found


def _module(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> str:
    (folder / "a_child.py").write_text(text)
    monkeypatch.syspath_prepend(str(folder))
    return "a_child"


def _children() -> set[str]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(os.getpid())],
        capture_output=True,
        text=True,
        check=False,
    )
    return {line for line in listed.stdout.splitlines() if "a_child" in line}


async def test_cancelled_while_it_is_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaints: list[dict[str, Any]]
) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    module = _module(tmp_path, READS_NOTHING, monkeypatch)
    asking = asyncio.create_task(answered(module, MUCH))
    await asyncio.sleep(0.5)
    assert _children()

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    del asking
    await asyncio.sleep(0.2)
    gc.collect()

    assert complaints == []
    assert _children() == set()


async def test_child_that_does_not_listen_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaints: list[dict[str, Any]]
) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, said: complaints.append(said))
    module = _module(tmp_path, READS_AND_ENDS, monkeypatch)

    assert await answered(module, MUCH) == (b"enough", 3)
    gc.collect()

    assert complaints == []


async def test_child_that_is_given_everything_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await answered(_module(tmp_path, ECHOES, monkeypatch), MUCH) == (MUCH, 0)


def test_made_register_ends_without_a_complaint(tmp_path: Path) -> None:
    """It ends while dictionaries are trained from its first two hundred documents."""
    done = subprocess.run(
        [
            sys.executable, "-m", "exchange", "generate", "--size", "175", "--enterprises", "60",
            "--seed", "7", "--data-dir", str(tmp_path),
        ],
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "175 certificates" in done.stdout
    for complaint in ("never retrieved", "BrokenPipe", "Traceback", "was never awaited"):
        assert complaint not in done.stderr
