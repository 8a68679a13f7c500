"""Throw-away keys for a demonstration: one vault for each keeper, made at run time.

    FOLDER/trust.toml                     the description, ready for `exchange trust build`
    FOLDER/CN-CB-0103-attestation.pem     key certificates; public
    FOLDER/CN-CB-0103-attestation.proof.toml    proofs of possession, for a hub that administers
    FOLDER/list-keys/                     vault of whoever publishes the lists
    FOLDER/vaults/XX-HUB-01/              vault of a hub: its own keys, and keys in its custody
    FOLDER/vaults/CN-CB-0103/             vault of a body that keeps its keys itself

- Keys are made once: a second run finds them and makes what is missing.
- They are good for thirteen months, so that nobody mistakes them for real ones.
- The files of this folder belong to nobody's repository; it is ignored there.

Example:
    >>> made = await make_demo_keys(demo_description(), folder, pass_phrase, at=now)
    >>> made.vaults[BodyId("XX-HUB-01")]
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.codes.service import SettingsCode
from exchange.core.model import BodyId, BodyRole, KeyRole
from exchange.errors import Finding, SettingsError
from exchange.service.arrivals import write_proof
from exchange.service.described import DescribedBody, DescribedKey
from exchange.service.key_proof import prove_possession
from exchange.service.trust_description import read_description
from exchange.vault.files import FileVault
from exchange.vault.vault import KeyKind, KeyName, NewKey, key_name

DESCRIPTION: Final = "trust.toml"
LIST_KEYS: Final = "list-keys"
VAULTS: Final = "vaults"
_VALID_FOR: Final = timedelta(days=396)
_VALID_BEFORE: Final = timedelta(days=730)
"""The documents of the demo were issued before its keys were made (rule HDR-02)."""
_DEMO: Final = Path(__file__).resolve().parent.parent / "demo" / DESCRIPTION


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoKeys:
    """Where everything is."""

    description: Path
    list_keys: Path
    """The vault with every list key."""
    vaults: Mapping[BodyId, Path]
    """The vault of each keeper."""
    certificates: Mapping[KeyName, Path]
    """PEM files of the key certificates."""
    made: int
    """How many keys are new."""


def demo_description() -> str:
    """Return the description of the demo's world, TOML.

    Raises:
        SettingsError: The release is not whole.
    """
    try:
        return _DEMO.read_text(encoding="utf-8")
    except OSError as exc:
        raise _fault(DESCRIPTION, f"cannot be read: {exc.strerror}") from exc


def certificate_file(key: KeyName) -> str:
    """Return the file name under which `exchange trust build` finds a key certificate."""
    return f"{key.replace('/', '-')}.pem"


async def make_demo_keys(
    text: str, folder: Path, pass_phrase: str, *, at: datetime, administered: bool = False
) -> DemoKeys:
    """Make every key that a description names, and checkpoint keys for hubs.

    Args:
        text: The description, TOML; a copy is put into the folder.
        folder: Where everything goes; made where it is missing.
        pass_phrase: Seals every vault.
        at: Now, aware UTC.
        administered: Whether a hub shall administer the lists: its operator's list key is in
            its own vault then, and every other key proves to the hub that it is held.

    Raises:
        SettingsError: The description has a fault, or the folder cannot be written.
        VaultError: A vault exists and cannot be opened.
    """
    description = read_description(text)
    hub = next((body.id for body in description.bodies if _is_hub(body)), BodyId(""))
    list_keys = await FileVault.create(folder / LIST_KEYS, pass_phrase)
    vaults: dict[BodyId, FileVault] = {}
    certificates: dict[KeyName, Path] = {}
    made = 0
    for body in description.bodies:
        for name, role, keeper, kind, hosts in _wanted(body):
            if keeper not in vaults:
                vaults[keeper] = await FileVault.create(folder / VAULTS / keeper, pass_phrase)
            apart = role is KeyRole.LIST and not (administered and _is_hub(body))
            vault = list_keys if apart else vaults[keeper]
            if name not in vault.names():
                await vault.generate(name, _new(body, kind, hosts, at))
                made += 1
            leaf = (await vault.certificates(name))[0]
            certificates[name] = folder / certificate_file(name)
            await asyncio.to_thread(_write, certificates[name], _pem(leaf))
            if administered and not _is_hub(body):
                certificate, proof = await prove_possession(vault, name, hub=hub, at=at)
                path = certificates[name].with_suffix(".proof.toml")
                toml = write_proof(certificate.fingerprint, proof)
                await asyncio.to_thread(_write, path, toml.encode())
    await asyncio.to_thread(_write, folder / DESCRIPTION, text.encode())
    return DemoKeys(
        description=folder / DESCRIPTION,
        list_keys=folder / LIST_KEYS,
        vaults=MappingProxyType({keeper: folder / VAULTS / keeper for keeper in vaults}),
        certificates=MappingProxyType(certificates),
        made=made,
    )


def _is_hub(body: DescribedBody) -> bool:
    return BodyRole.HUB_OPERATOR in body.roles


_Wanted = tuple[KeyName, KeyRole, BodyId, KeyKind, tuple[str, ...]]


def _wanted(body: DescribedBody) -> tuple[_Wanted, ...]:
    def of(key: DescribedKey) -> _Wanted:
        return (key.name, key.role, key.kept_by, key.kind, key.hosts)

    wanted = tuple(of(key) for key in body.keys)
    name = key_name(body.id, KeyRole.CHECKPOINT)
    if _is_hub(body) and all(key.name != name for key in body.keys):
        wanted += ((name, KeyRole.CHECKPOINT, body.id, KeyKind.ED25519, ()),)
    return wanted


def _new(body: DescribedBody, kind: KeyKind, hosts: tuple[str, ...], at: datetime) -> NewKey:
    return NewKey(
        kind=kind,
        organisation=body.names.get("en", body.id),
        economy=body.economy,
        not_before=at.replace(microsecond=0) - _VALID_BEFORE,
        not_after=at.replace(microsecond=0) + _VALID_FOR,
        hosts=hosts,
    )


def _pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.{os.getpid()}")
        unfinished.write_bytes(data)
        unfinished.replace(path)
    except OSError as exc:
        raise _fault(path.name, f"cannot be written: {exc.strerror}") from exc


def _fault(path: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.FILE, path=path, message=message))
