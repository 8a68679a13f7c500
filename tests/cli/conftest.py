"""A small place on disk: the demo's keys, lists and signed samples, made once with our commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from exchange.cli.main import main
from exchange.service.materials import good_sample

PASS_PHRASE = "for tests only"  # noqa: S105 - opens keys that live for one run
SAMPLES = good_sample("attestation", "ru-qms-machinery").parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Keys, lists and one signed attestation."""

    folder: Path
    root: str
    signed: Path

    @property
    def trusting(self) -> tuple[str, ...]:
        """The options of whoever believes these lists."""
        return ("--trust-list", str(self.folder / "trust"), "--root", self.root)

    def vault(self, body: str) -> str:
        """Return the folder of a body's vault."""
        return str(self.folder / "keys" / "vaults" / body)

    def certificate(self, key: str) -> str:
        """Return the file of a key certificate."""
        return str(self.folder / "keys" / f"{key.replace('/', '-')}.pem")


@pytest.fixture(autouse=True)
def pass_phrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every command the pass phrase, as the environment does."""
    monkeypatch.setenv("EXCHANGE_VAULT_PASSPHRASE", PASS_PHRASE)


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Return the place; the commands that make it are those that people type."""
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXCHANGE_VAULT_PASSPHRASE", PASS_PHRASE)
        keys = str(folder / "keys")
        assert main(["keys", "demo", "--out", keys]) == 0
        words = ["trust", "build", f"{keys}/trust.toml", "--vault", f"{keys}/list-keys"]
        assert main([*words, "--out", str(folder / "trust")]) == 0
        signed = folder / "signed.xml"
        place = Place(folder=folder, root=_root(folder), signed=signed)
        sample = str(SAMPLES / "ru-qms-machinery.xml")
        words = ["sign", sample, "--vault", place.vault("RU-CB-0201")]
        assert main([*words, "--key", "RU-CB-0201/attestation", "--out", str(signed)]) == 0
    return place


def _root(folder: Path) -> str:
    """Return the fingerprint of the key that signs the list of lists."""
    from_pem = (folder / "keys" / "XX-HUB-01-list.pem").read_bytes()
    return x509.load_pem_x509_certificate(from_pem).fingerprint(hashes.SHA256()).hex()
