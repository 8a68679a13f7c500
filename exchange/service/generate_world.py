"""The world of a made register: the bodies of the demo, with keys that follow from the seed.

    DATA/made.json        what was asked for: a run is continued with the same
    DATA/hub.toml         settings, for `exchange serve`
    DATA/vault/           the hub's own keys
    DATA/trust/           the trust lists

- The register is as of a day: everything arrived in the weeks before it (`ARRIVES`), so what was
  to expire meanwhile has expired.
- The pass phrase of the vault stands in the settings, since whoever has the seed has the keys.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.algorithms import ALGORITHMS, SignatureAlgorithm
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Custody, KeyRole
from exchange.errors import Finding, SettingsError
from exchange.service.build_lists import build_lists
from exchange.service.demo_keys import demo_description
from exchange.service.described import Description
from exchange.service.list_files import write_lists
from exchange.service.materials import load_catalogue, load_code_lists
from exchange.service.publish import Release
from exchange.service.trust_description import read_description
from exchange.settings import Settings
from exchange.vault.derived import DerivedKeys
from exchange.vault.files import FileVault
from exchange.vault.vault import KeyName, key_name

HUB: Final = BodyId("XX-HUB-01")
AS_OF: Final = datetime(2026, 11, 22, tzinfo=UTC)
"""The day that the register is as of."""
ARRIVES: Final = AS_OF - timedelta(days=80)
"""When the first document arrives; the last one days later."""
_KEYS_FROM: Final = datetime(2018, 1, 1, tzinfo=UTC)
_KEYS_UNTIL: Final = datetime(2035, 1, 1, tzinfo=UTC)
_LISTS_FOR: Final = timedelta(days=180)
_PASS_PHRASE: Final = "made register"  # noqa: S105  whoever has the seed has the keys


class _Derived:
    """Derived keys as what signs lists."""

    def __init__(self, keys: DerivedKeys) -> None:
        self._keys = keys

    async def sign(self, key: KeyName, octets: bytes, algorithm: SignatureAlgorithm) -> bytes:
        return self._keys.sign(key, octets, algorithm)

    async def certificates(self, key: KeyName) -> tuple[bytes, ...]:
        return self._keys.certificates(key)


def derived_keys(seed: int) -> DerivedKeys:
    """Return the keys of a made register."""
    return DerivedKeys(seed, not_before=_KEYS_FROM, not_after=_KEYS_UNTIL)


def described_world() -> Description:
    """Return the bodies of the demo, each with keys of its own that need no files."""
    found = read_description(demo_description())
    bodies = tuple(
        replace(
            body,
            keys=tuple(
                replace(key, certificate=None, issuers=(), custody=Custody.OWN, kept_by=body.id)
                if body.id != HUB
                else replace(key, certificate=None, issuers=())
                for key in body.keys
            ),
        )
        for body in found.bodies
    )
    return replace(found, bodies=bodies, valid_for=_LISTS_FOR, pinned=None)


async def make_world(
    folder: Path, *, seed: int, size: int, enterprises: int, store_url: str = "", workers: int = 1
) -> Settings:
    """Make, or find, the folder of a made register, and return the settings to open it with.

    Args:
        folder: Where everything goes.
        seed: What everything follows from.
        size: Certificates of the whole register.
        enterprises: Holders of them.
        store_url: The database; empty is a file in the folder.
        workers: Processes that examine.

    Raises:
        SettingsError: The folder holds a register that was begun with something else.
    """
    asked = {"seed": seed, "size": size, "enterprises": enterprises}
    begun = await asyncio.to_thread(_begun, folder)
    if begun is not None and begun != asked:
        raise SettingsError(
            Finding(
                code=SettingsCode.VALUE,
                path=str(folder),
                message=f"expected the register that was begun ({begun}), found {asked}",
            )
        )
    settings = _settings(folder, await _root(folder, seed), store_url, workers)
    if begun is None:
        await asyncio.to_thread(_write, folder, asked, settings)
    return settings


async def _root(folder: Path, seed: int) -> str:
    """Write lists and vault unless they are there; return the fingerprint that readers pin."""
    keys, described = derived_keys(seed), described_world()
    for body in described.bodies:
        for one in body.keys:
            keys.key(one.name, hosts=one.hosts)
    built = await build_lists(
        described,
        _Derived(keys),
        at=ARRIVES,
        release=Release(catalogue=load_catalogue(), code_lists=load_code_lists(), limits=Limits()),
    )
    await asyncio.to_thread(_folders, folder)
    await write_lists(built.files, folder / "trust")
    vault = await FileVault.create(folder / "vault", _PASS_PHRASE)
    own = next(body for body in described.bodies if body.id == HUB)
    names = {(key.name, key.hosts) for key in own.keys}
    names.add((key_name(HUB, KeyRole.CHECKPOINT), ()))
    for name, hosts in sorted(names):
        if name not in vault.names():
            await vault.import_key(name, keys.key(name, hosts=hosts))
    return built.root.hex()


def _settings(folder: Path, root: str, store_url: str, workers: int) -> Settings:
    return Settings(
        hub=HUB,
        data_dir=folder,
        store_url=store_url,
        vault_dir=folder / "vault",
        vault_passphrase=_PASS_PHRASE,
        trust_dir=folder / "trust",
        trust_pins=(root,),
        workers=workers,
        max_waiting=4096,
    )


def _begun(folder: Path) -> dict[str, int] | None:
    path = folder / "made.json"
    if not path.is_file():
        return None
    found: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _folders(folder: Path) -> None:
    for name in ("trust", "vault"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)


def _write(folder: Path, asked: dict[str, int], settings: Settings) -> None:
    values = {
        "hub": settings.hub,
        "data_dir": ".",
        "vault_dir": "vault",
        "trust_dir": "trust",
        "trust_pins": list(settings.trust_pins),
        "vault_passphrase": settings.vault_passphrase,
    }
    if settings.store_url:
        values["store_url"] = settings.store_url
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    path = folder / "hub.toml"
    path.touch(mode=0o600)
    path.write_text("".join(lines), encoding="utf-8")
    (folder / "made.json").write_text(json.dumps(asked) + "\n", encoding="utf-8")


ALGORITHM: Final = next(one for one in ALGORITHMS.signatures.values() if "p256" in one.name)
"""With which everything in a made register is signed."""
