"""Processes of the demonstration: hubs that serve, and commands that end.

- Every process is a process of its own with its own folder; it is ended by its id, also when
  the demonstration itself is interrupted.
- A command is forked from the demonstration, which has loaded the program already: what it does
  is what a shell would see, without a second of loading in front of each.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, NoReturn

from exchange.cli.commands import COMMANDS
from exchange.cli.demo.telling import NotHeldError
from exchange.cli.exits import ExitCode
from exchange.cli.main import main
from exchange.cli.vaults import PERSON_VARIABLE, ROOT_VARIABLE, VARIABLE
from exchange.settings import PREFIX

_START_SECONDS: Final = 90
_STOP_SECONDS: Final = 30
_COMMAND_SECONDS: Final = 180
_ELSEWHERE: Final = {"exchange.cli.serve", "exchange.cli.backup", "exchange.cli.demo"}
"""Modules of commands that the demonstration does not run in this way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """Pass phrases that live as long as the demonstration."""

    vault: str = field(repr=False)
    person: str = field(repr=False)
    root: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """Return the environment of a child: nobody else's settings, a plain terminal."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(PREFIX)}
        package = Path(__file__).resolve().parents[3]
        path = os.pathsep.join(filter(None, (str(package), inherited.get("PYTHONPATH", ""))))
        return {
            **inherited,
            VARIABLE: self.vault,
            PERSON_VARIABLE: self.person,
            ROOT_VARIABLE: self.root,
            "PYTHONPATH": path,
            "COLUMNS": "110",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A hub that serves."""

    process: subprocess.Popen[str]
    partners: str
    public: str


def free_ports(count: int) -> tuple[int, ...]:
    """Return ports of this machine that nobody listens on."""
    taken: list[socket.socket] = []
    try:
        for _ in range(count):
            one = socket.socket()
            one.bind(("127.0.0.1", 0))
            taken.append(one)
        return tuple(one.getsockname()[1] for one in taken)
    finally:
        for one in taken:
            one.close()


def preload() -> None:
    """Load every command that ends, so that the processes of commands begin with them."""
    for module in sorted({command.module for command in COMMANDS} - _ELSEWHERE):
        importlib.import_module(module)
    # What is loaded stays; no process of a command goes through it again in search of garbage.
    gc.collect()
    gc.freeze()


def run(words: Sequence[str], folder: Path, secrets: Secrets) -> Ended:
    """Run one command of ours in a folder, in a process of its own, and wait for its end.

    Raises:
        NotHeldError: It does not end.
    """
    with TemporaryFile() as out, TemporaryFile() as err:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            _become(words, folder, secrets.environment(), out.fileno(), err.fileno())
        code = _wait(child, words)
        out.seek(0)
        err.seek(0)
        return Ended(code=code, out=out.read().decode(), err=err.read().decode())


def _become(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], out: int, err: int
) -> NoReturn:
    """Be the command, and nothing of the demonstration any more."""
    code = int(ExitCode.FAULT)
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        with Path(os.devnull).open("rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        code = int(main(words))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        # Nothing of the demonstration is closed or ended here: it goes on in its own process.
        os._exit(code)


def _wait(child: int, words: Sequence[str]) -> int:
    deadline = time.monotonic() + _COMMAND_SECONDS
    pause = 0.002
    try:
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(pause)
            pause = min(0.02, pause * 1.5)
    except BaseException:
        _kill(child)
        raise
    _kill(child)
    raise NotHeldError(f"a command did not end: {' '.join(words[:3])}")


def _kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@contextmanager
def serving(settings: str, folder: Path, secrets: Secrets, log: Path) -> Iterator[Served]:
    """Run a hub until the block ends.

    Raises:
        NotHeldError: It did not start.
    """
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(  # noqa: S603 - our own program, our own words
            [sys.executable, "-m", "exchange", "serve", settings],
            cwd=folder,
            env=secrets.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=file,
            text=True,
            # Ctrl-C goes to the demonstration, which ends its hubs in order.
            start_new_session=True,
        )
        try:
            addresses = _addresses(process, log)
            yield Served(
                process=process, partners=addresses["partners"], public=addresses["public"]
            )
        finally:
            _end(process)


def _addresses(process: subprocess.Popen[str], log: Path) -> dict[str, str]:
    """Read where the hub serves from its standard output."""
    found: dict[str, str] = {}
    deadline = time.monotonic() + _START_SECONDS
    while process.stdout is not None and time.monotonic() < deadline:
        line = process.stdout.readline()
        if not line:
            break
        name, _, address = line.strip().partition(" ")
        found[name] = address
        if {"partners", "public"} <= found.keys():
            return found
    tail = log.read_text(encoding="utf-8").strip().splitlines()[-5:]
    raise NotHeldError("a hub did not start: " + " / ".join(tail))


def _end(process: subprocess.Popen[str]) -> None:
    """End one process: first politely, so that it drains, then for good."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdout is not None:
        process.stdout.close()
