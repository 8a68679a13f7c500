"""Processes of the demonstration: hubs that serve, and commands that end.

Every process is a process of its own with its own folder; it is ended by its id, also when
the demonstration itself is interrupted.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.cli.demo.telling import NotHeldError
from exchange.cli.vaults import VARIABLE

_START_SECONDS: Final = 90
_STOP_SECONDS: Final = 30
_COMMAND_SECONDS: Final = 180


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


def run(words: Sequence[str], folder: Path, pass_phrase: str) -> Ended:
    """Run one command of ours in a folder and wait for its end."""
    done = subprocess.run(  # noqa: S603 - our own program, our own words
        [sys.executable, "-m", "exchange", *words],
        cwd=folder,
        env=_environment(pass_phrase),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_COMMAND_SECONDS,
        check=False,
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)


@contextmanager
def serving(settings: str, folder: Path, pass_phrase: str, log: Path) -> Iterator[Served]:
    """Run a hub until the block ends.

    Raises:
        NotHeldError: It did not start.
    """
    with log.open("w", encoding="utf-8") as file:
        process = subprocess.Popen(  # noqa: S603 - our own program, our own words
            [sys.executable, "-m", "exchange", "serve", settings],
            cwd=folder,
            env=_environment(pass_phrase),
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


def _environment(pass_phrase: str) -> dict[str, str]:
    """Return the environment of a child: nobody else's settings, a plain terminal."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("EXCHANGE_")}
    package = Path(__file__).resolve().parents[3]
    path = os.pathsep.join(filter(None, (str(package), inherited.get("PYTHONPATH", ""))))
    return {**inherited, VARIABLE: pass_phrase, "PYTHONPATH": path, "COLUMNS": "200"}
