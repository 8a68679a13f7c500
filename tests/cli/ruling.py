"""A hub that administers trust, in a process of its own, and its officers at their terminals.

Made with the commands that people type: keys, ceremony, a first proposal and its approval.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from exchange.cli.demo.place import (
    OFFICERS,
    Ports,
    choose_ports,
    describe,
    world_alone,
    write_evidence,
    write_officers,
    write_settings,
)
from exchange.cli.demo.processes import Secrets, serving
from exchange.cli.main import main
from exchange.service.demo_keys import demo_description
from tests.cli.conftest import PASS_PHRASE

SECRETS = Secrets(vault=PASS_PHRASE, person=PASS_PHRASE, root=PASS_PHRASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """A hub with officers, and a folder with everybody's files."""

    folder: Path
    root: str
    ports: Ports
    evidence: str

    def admin(self, name: str = "li-wei") -> tuple[str, str]:
        """Return the option of an officer."""
        return ("--admin", str(self.folder / "people" / f"{name}.toml"))

    @property
    def public(self) -> str:
        """Address of the public listener."""
        return f"https://127.0.0.1:{self.ports.hub_public}"

    @property
    def partners(self) -> str:
        """Address of the partners' listener."""
        return f"https://127.0.0.1:{self.ports.hub}"

    def key(self, name: str = "li-wei") -> str:
        """Return the file of an officer's key."""
        return str(self.folder / "people" / f"{name}.pem")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal:
    """Where commands are typed, and what came of them."""

    ruled: Ruled
    capsys: pytest.CaptureFixture[str]

    def type(self, *words: str, by: str | None = "li-wei", code: int = 0) -> tuple[str, str]:
        """Type a command as an officer; return what it wrote to standard output and error."""
        options = () if by is None else self.ruled.admin(by)
        self.capsys.readouterr()
        ended = main(["trust", *words, *options])
        shown = self.capsys.readouterr()
        assert ended == code, shown.err
        return shown.out, shown.err

    def said(self, *words: str, by: str = "li-wei", code: int = 0) -> Any:
        """Type a command that answers in JSON."""
        return json.loads(self.type(*words, "--json", by=by, code=code)[0])

    def decided(self, *words: str, approve: tuple[str, ...] = ()) -> dict[str, Any]:
        """Let one officer propose and another approve; return the proposal."""
        proposed = self.said("propose", *words, "--reason", "test")
        answer = self.said("approve", proposed["digest"], "--yes", *approve, by="ana-sousa")
        assert isinstance(answer, dict)
        return answer

    def standing(self, body: str, role: str = "attestation") -> list[str]:
        """Return the states of a body's keys for a role, in their order."""
        keys = self.said("show", body)["keys"]
        return [key["state"] for key in keys if key["role"] == role]


@contextmanager
def ruling(folder: Path) -> Iterator[Ruled]:
    """Make everything and run the hub until the block ends."""
    ports = choose_ports()
    text = describe(demo_description(), ports)
    (folder / "world.toml").write_text(text, encoding="utf-8")
    keys = folder / "keys"
    words = ["--out", str(keys), "--description", str(folder / "world.toml"), "--administered"]
    _typed("keys", "demo", *words)
    (keys / "world.toml").write_text(world_alone(text), encoding="utf-8")
    people = folder / "people"
    people.mkdir()
    for name, (written, economy) in OFFICERS.items():
        words = ["--name", written, "--economy", economy, "--out", str(people / f"{name}.pem")]
        _typed("keys", "person", f"XX-HUB-01/{name}", *words)
    write_officers(folder)
    founding = folder / "founding"
    words = ["--root-vault", str(folder / "root"), "--out", str(founding), "--yes"]
    officers = str(people / "officers.toml")
    _typed("keys", "ceremony", str(keys / "trust.toml"), *words, "--officers", officers)
    root = _fingerprint(founding / "root.pem")
    write_settings(folder, ports, root)
    evidence = str(folder / write_evidence(folder, "agreement", "Agreement 2026/1", "everybody"))
    ruled = Ruled(folder=folder, root=root, ports=ports, evidence=evidence)
    with serving("hub/hub.toml", folder, SECRETS, folder / "hub" / "log.jsonl"):
        yield ruled


def _typed(*words: str) -> None:
    assert main(list(words)) == 0


def _fingerprint(path: Path) -> str:
    certificate = x509.load_pem_x509_certificate(path.read_bytes())
    return certificate.fingerprint(hashes.SHA256()).hex()
