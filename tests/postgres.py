"""A real PostgreSQL for the tests, from Debian's binaries, on a socket in a folder of its own.

`initdb` refuses to run as root, so there the server runs as `postgres` or `nobody`. Where the
binaries are missing the tests that need them are skipped aloud, and fail with CI=true.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

OLDEST = 15
_NUMBERS = count()


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server."""

    binaries: Path
    folder: Path
    user: dict[str, Any]

    def run(self, tool: str, *arguments: str) -> None:
        """Run one of the server's own tools; its words are shown when it fails."""
        done = subprocess.run(
            [self.binaries / tool, *arguments],
            capture_output=True,
            check=False,
            text=True,
            cwd=self.folder,
            **self.user,
        )
        if done.returncode:
            pytest.fail(f"{tool}: {done.stderr}")

    def create(self) -> str:
        """Make an empty database and return its URL."""
        name = f"hub{next(_NUMBERS)}"
        self.run("createdb", f"--host={self.folder}", "--username=exchange", name)
        return f"postgresql://exchange@/{name}?host={self.folder}"


def _binaries() -> Path:
    versions = sorted(
        (folder for folder in Path("/usr/lib/postgresql").glob("*") if folder.name.isdigit()),
        key=lambda folder: int(folder.name),
    )
    if not versions or int(versions[-1].name) < OLDEST:
        message = f"PostgreSQL {OLDEST} or later is missing: apt-get install postgresql"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return versions[-1] / "bin"


def _user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    account = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """Start one server for the whole run."""
    with running_server() as server:
        yield server


@contextmanager
def running_server() -> Iterator[Server]:
    """Run a server until the block ends."""
    binaries, user = _binaries(), _user()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if user:
        os.chown(folder, user["user"], user["group"])
    server = Server(binaries=binaries, folder=folder, user=user)
    data = folder / "data"
    server.run(
        "initdb",
        f"--pgdata={data}",
        "--username=exchange",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C.UTF-8",
        "--no-sync",
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                binaries / "postgres",
                "-D",
                data,
                "-c",
                "listen_addresses=",
                "-c",
                f"unix_socket_directories={folder}",
                "-c",
                "max_connections=60",
            ],
            cwd=folder,
            stdout=log,
            stderr=log,
            **user,
        )
    try:
        _await_ready(server, process)
        yield server
    finally:
        _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Shut down at once: nothing of a test database is worth a last checkpoint."""
    process.send_signal(signal.SIGQUIT)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(30)


def _await_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        done = subprocess.run(
            [server.binaries / "pg_isready", "-q", f"--host={server.folder}"],
            check=False,
        )
        if done.returncode == 0:
            return
        time.sleep(0.05)
    pytest.fail((server.folder / "log").read_text())


@pytest.fixture
def postgres_url(postgres_server: Server) -> str:
    """Return the URL of an empty database of its own."""
    return postgres_server.create()
