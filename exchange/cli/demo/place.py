"""The folder of the demonstration: who has which keys, settings and database.

demo/keys/                   the vaults, one for each keeper, and the key certificates
demo/people/                 the trust officers: a key of their own each, and what they showed
demo/root/                   the vault of the offline root; a safe, in earnest
demo/founding/               what the ceremony signed
demo/trust/                  the signed trust lists, as anyone fetches them
demo/hub/hub.toml            the hub; its database and log beside it
demo/hub/operator.toml       with what its operator speaks to it
demo/KZ-AB-NCA/hub.toml      a partner that is pushed to: a hub of its own, with lists of its own
demo/PT-AB-IPAC/partner.toml a partner that pulls: a database of its own
demo/CN-CB-0103/partner.toml a certification body, and so on

Each process is told its own folder and the public lists, and nothing else.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from exchange.cli.demo.processes import free_ports
from exchange.codes.service import SettingsCode
from exchange.core.model import BodyId, KeyRole
from exchange.errors import Finding, SettingsError
from exchange.service.demo_keys import VAULTS
from exchange.vault.files import FileVault
from exchange.vault.vault import KeyKind, NewKey, key_name

HUB: Final = BodyId("XX-HUB-01")
PUSHED: Final = BodyId("KZ-AB-NCA")
PULLING: Final = BodyId("PT-AB-IPAC")
ISSUERS: Final = tuple(
    BodyId(one) for one in ("CN-CB-0103", "RU-CB-0201", "SA-CB-0301", "SG-CB-0601")
)
ACCEPTING: Final = BodyId("CN-CB-0107")
"""The certification body to which a holder changes."""
OPERATOR: Final = "operator.toml"
"""With what the hub's operator speaks to the hub, in its folder."""
OFFICERS: Final[Mapping[str, tuple[str, str]]] = {
    "li-wei": ("李伟", "CN"),
    "ana-sousa": ("Ana Sousa", "PT"),
    "omar-haddad": ("عمر حداد", "SA"),
}
"""The hub's trust officers: how they write their names, and where they come from."""
MARK: Final = ".made-by-exchange-demo"
_BODIES: Final = re.compile(r"(?m)^(?=\[\[bodies\]\])")
_VALID_FOR: Final = timedelta(days=396)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where everybody listens; free when the demonstration began."""

    hub: int
    hub_public: int
    pushed: int
    pushed_public: int


def clean(folder: Path) -> None:
    """Make the folder anew; nothing that somebody else made is ever removed.

    Raises:
        SettingsError: The folder holds something that no demonstration made.
    """
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MARK).exists():
            raise SettingsError(
                Finding(
                    code=SettingsCode.VALUE,
                    path=str(folder),
                    message="expected an empty folder or one of an earlier demonstration",
                )
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("may be removed at any time\n", encoding="utf-8")


def choose_ports() -> Ports:
    """Return ports that are free now."""
    hub, hub_public, pushed, pushed_public = free_ports(4)
    return Ports(hub=hub, hub_public=hub_public, pushed=pushed, pushed_public=pushed_public)


def world_alone(text: str) -> str:
    """Return the bodies of a description without the hub: what two persons bring in."""
    _, *bodies = _BODIES.split(text)
    return "".join(one for one in bodies if f'"{HUB}"' not in one.splitlines()[1])


def describe(text: str, ports: Ports) -> str:
    """Return the description of the world with the ports that are free today."""
    return text.replace("https://127.0.0.1:8443", f"https://127.0.0.1:{ports.hub}").replace(
        "https://127.0.0.1:8444", f"https://127.0.0.1:{ports.pushed}"
    )


def write_officers(folder: Path) -> None:
    """Write what the officers bring to the ceremony beside their keys."""
    people = folder / "people"
    blocks = []
    for name, (written, _) in OFFICERS.items():
        document = people / f"{name}.passport.txt"
        document.write_text(f"passport of {written}, throw-away\n", encoding="utf-8")
        blocks.append(
            "[[administrators]]\n"
            f'person = "{HUB}/{name}"\n'
            f"name = {json.dumps(written, ensure_ascii=False)}\n"
            f'certificate = "{name}.certificate.pem"\n'
            f'identity = "{document.name}"\n'
        )
    (people / "officers.toml").write_text("\n".join(blocks), encoding="utf-8")


def write_evidence(folder: Path, name: str, title: str, sent_by: str) -> str:
    """Write a letter and who heard its fingerprints; return the name of the file."""
    (folder / f"{name}.letter.txt").write_text(f"{title}\n", encoding="utf-8")
    at = datetime.now(UTC)
    _write(
        folder / f"{name}.evidence.toml",
        {
            "document": f"{name}.letter.txt",
            "title": title,
            "sent-by": sent_by,
            "confirmed-by": f"{HUB}/li-wei",
            "confirmed-with": "the office of signatures",
            "channel": "video",
        },
        f"confirmed-at = {at:%Y-%m-%dT%H:%M:%SZ}\n",
    )
    return f"{name}.evidence.toml"


def write_settings(folder: Path, ports: Ports, root: str) -> None:
    """Write the settings of everybody."""
    address = f"https://127.0.0.1:{ports.hub}"
    _write_hub(
        folder / "hub",
        HUB,
        (ports.hub, ports.hub_public),
        root,
        {"founding_dir": "../founding", "workers": 0, "trust_follow_seconds": 0.5},
    )
    _write_hub(
        folder / PUSHED,
        PUSHED,
        (ports.pushed, ports.pushed_public),
        root,
        {
            "trust_dir": "trust",
            "trust_url": address,
            "trust_fetch_seconds": 3.0,
            "workers": 0,
        },
    )
    files = {body: f"{body}/partner.toml" for body in (PULLING, *ISSUERS, ACCEPTING)}
    for body, file in {**files, HUB: f"hub/{OPERATOR}"}.items():
        _write(
            folder / file,
            {
                "body": body,
                "hub": HUB,
                "address": address,
                "vault": f"../keys/{VAULTS}/{body}",
                "trust": "../trust",
                "root": root,
            },
        )
    for name in OFFICERS:
        _write(
            folder / "people" / f"{name}.toml",
            {"address": address, "key": f"{name}.pem", "root": root, "hub": HUB},
        )


def _write_hub(
    folder: Path,
    body: BodyId,
    ports: tuple[int, int],
    root: str,
    more: Mapping[str, object],
) -> None:
    partner_port, public_port = ports
    _write(
        folder / "hub.toml",
        {
            "hub": body,
            "vault_dir": f"../keys/{VAULTS}/{body}",
            "trust_pins": [root],
            "partner_port": partner_port,
            "public_port": public_port,
            "checkpoint_seconds": 0.5,
            **more,
        },
    )


def _write(path: Path, values: Mapping[str, object], more: str = "") -> None:
    """Write a TOML file; texts, numbers and lists of texts are written as in JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in values.items())
    path.write_text("".join(lines) + more, encoding="utf-8")


def make_checkpoint_key(folder: Path, pass_phrase: str) -> None:
    """Make the key with which the partner that is pushed to signs its own ledger."""
    asyncio.run(_make(folder / "keys" / VAULTS / PUSHED, pass_phrase))


async def _make(folder: Path, pass_phrase: str) -> None:
    vault = await FileVault.open(folder, pass_phrase)
    name = key_name(PUSHED, KeyRole.CHECKPOINT)
    now = datetime.now(UTC).replace(microsecond=0)
    if name not in vault.names():
        await vault.generate(
            name,
            NewKey(
                kind=KeyKind.ED25519,
                organisation=PUSHED,
                economy=PUSHED[:2],
                not_before=now,
                not_after=now + _VALID_FOR,
            ),
        )
