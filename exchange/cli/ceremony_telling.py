"""What the ceremony shows: the hub, the root in groups for reading aloud, the result as JSON."""

from __future__ import annotations

import json as jsonlib
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from exchange.cli.ceremony_files import FOUNDING_FILE
from exchange.cli.fingerprints import spoken
from exchange.core.actions.values import Administrator
from exchange.core.certificate import KeyCertificate
from exchange.core.model import Fingerprint, KeyRole
from exchange.core.periods import in_zulu
from exchange.service.ceremony import Founding, Held
from exchange.service.list_files import ROOT_FILE


def show_hub(plan: Founding, console: Console) -> None:
    """Show the operator's entry, each key with its whole fingerprint."""
    names = ", ".join(plan.hub.names.values())
    console.print(f"{plan.hub.id}  {names}")
    console.print(f"lists    {', '.join(one.territory for one in plan.lists)}")
    console.print(f"found at {plan.delegation.location}")
    for key in plan.hub.keys:
        console.print(f"\n{key.role.value} key, until {in_zulu(key.signs_until)}")
        _show_fingerprint(key.fingerprint, console)
    if all(key.role is not KeyRole.CHECKPOINT for key in plan.hub.keys):
        console.print("\nno checkpoint key is described: readers learn it from the operator alone")


def _show_fingerprint(fingerprint: Fingerprint, console: Console) -> None:
    for line in spoken(fingerprint):
        console.print(f"  {line}")


def show_root(root: KeyCertificate, console: Console) -> None:
    """Show the root as one officer reads it to the others."""
    console.print(f"root {root.fingerprint.hex()}")
    console.print("One officer reads, the others compare with what they have written down:\n")
    _show_fingerprint(root.fingerprint, console)
    console.print(f"\ngood until {in_zulu(root.not_after)}")


def write_json(out: Path, held: Held, officers: Sequence[Administrator]) -> None:
    """Write what was made, for programs."""
    values = {
        "root": held.root.fingerprint.hex(),
        "founding": str(out / FOUNDING_FILE),
        "delegation": str(out / ROOT_FILE),
        "sequence": held.delegation.sequence,
        "next_update": in_zulu(held.delegation.next_update),
        "officers": [
            {"person": one.person, "fingerprint": one.fingerprint.hex()} for one in officers
        ],
    }
    sys.stdout.write(jsonlib.dumps(values, ensure_ascii=False, indent=2) + "\n")
