"""Real PKCS#11 tokens for the tests: SoftHSM, from Debian's package, in a folder of its own.

Where the module or its tool is missing the tests that need them are skipped aloud, and fail
with CI=true. Nothing of the machine's own tokens is touched: SoftHSM reads its configuration
from `SOFTHSM2_CONF` whenever a module is initialised.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest

from exchange.core.model import KeyRole
from exchange.settings import Settings
from exchange.vault.device import TokenPlace
from exchange.vault.files import FileVault
from exchange.vault.pkcs11 import PKCS11Vault
from exchange.vault.sealed_files import read_sealed
from exchange.vault.vault import Brought, split_name

PIN = "only for tests"
_OFFICER_PIN = "officer of tests"
_NUMBERS = count()
_FOLDERS = (
    "/usr/lib/softhsm",
    "/usr/lib/*/softhsm",
    "/usr/lib64/pkcs11",
    "/usr/lib64/softhsm",
    "/usr/lib/pkcs11",
    "/usr/local/lib/softhsm",
    "/opt/homebrew/lib/softhsm",
)
"""Where distributions put it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftHSM:
    """A module with its own store of tokens."""

    module: str
    tool: str

    def token(self) -> TokenPlace:
        """Make an empty token and return its place."""
        label = f"vault {next(_NUMBERS)}"
        words = ("--init-token", "--free", "--label", label, "--so-pin", _OFFICER_PIN)
        done = subprocess.run(
            [self.tool, *words, "--pin", PIN],
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
        if done.returncode:
            pytest.fail(f"softhsm2-util: {done.stderr}")
        return TokenPlace(module=self.module, token=label, pin=PIN)


def _module() -> Path | None:
    for folder in _FOLDERS:
        for found in sorted(Path("/").glob(f"{folder.removeprefix('/')}/libsofthsm2.*")):
            return found
    return None


@pytest.fixture(scope="session")
def softhsm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoftHSM]:
    """Give SoftHSM a store for the whole run."""
    module, tool = _module(), shutil.which("softhsm2-util")
    if module is None or tool is None:
        message = "SoftHSM is missing: apt-get install softhsm2"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir(mode=0o700)
    (folder / "softhsm2.conf").write_text(
        f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(folder / "softhsm2.conf"))
        yield SoftHSM(module=str(module), tool=tool)


@pytest.fixture
def token(softhsm: SoftHSM) -> TokenPlace:
    """Return the place of an empty token."""
    return softhsm.token()


async def moved_into(token: TokenPlace, settings: Settings) -> Settings:
    """Bring every key of a vault of files into a token, but those of connections.

    Returns:
        The settings of the same hub with the token for its vault.
    """
    files = await FileVault.open(settings.vault_dir, settings.vault_passphrase)
    vault = await PKCS11Vault.open(token)
    try:
        for name in files.names():
            if split_name(name)[1] is not KeyRole.TRANSPORT:
                path = settings.vault_dir / f"{name}.pem"
                private, chain = read_sealed(path, settings.vault_passphrase.encode(), name)
                await vault.import_key(name, Brought(private=private, certificates=chain))
                path.unlink()
    finally:
        await vault.close()
    return replace(
        settings, vault_module=token.module, vault_token=token.token, vault_pin=token.pin
    )
