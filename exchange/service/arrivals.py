"""What comes with a key: proof of possession and evidence, as small TOML files.

- A proof is made beside the key certificate by whoever holds the key, and names the key
  certificate that it is for: `<certificate>.proof.toml`.
- Evidence is written by the officer who has the letter and heard the fingerprint; the letter
  itself stays with the officer, and its SHA-256 digest goes into the proposal.

```toml
# cn-cb-0103-attestation.proof.toml
fingerprint = "5b0c…"                       # SHA-256 of the key certificate
made-at = 2026-11-22T10:00:00Z
algorithm = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
value = "MEUCIQ…"                           # base64

# evidence.toml
document = "letter.pdf"                     # a file beside this one, or its SHA-256 digest
title = "Letter CNAS 2026/118 on the key of 2027"
sent-by = "Office of signatures, CN-CB-0103"
confirmed-by = "XX-HUB-01/li-wei"           # who heard the fingerprint
confirmed-with = "Zhang Min"                # who read it out
confirmed-at = 2026-11-22T11:30:00Z
channel = "telephone"                       # in-person, telephone, video, post
fingerprints = ["5b0c…"]                    # which were confirmed; left out means all that arrive
```
"""

from __future__ import annotations

import base64
import binascii
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from typing import Final

from exchange.core.actions.values import Channel, Evidence, PersonId, ProofOfPossession
from exchange.core.model import Fingerprint
from exchange.service.toml_table import Table, fault

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedEvidence:
    """Evidence with the keys that it is about."""

    evidence: Evidence
    fingerprints: frozenset[Fingerprint]
    """Which keys were confirmed; empty stands for every key that arrives with it."""


def write_proof(fingerprint: Fingerprint, proof: ProofOfPossession) -> str:
    """Return the TOML text of a proof of possession."""
    made_at = proof.made_at.astimezone(UTC)
    return (
        f'fingerprint = "{fingerprint.hex()}"\n'
        f"made-at = {made_at:%Y-%m-%dT%H:%M:%SZ}\n"
        f'algorithm = "{proof.algorithm}"\n'
        f'value = "{base64.b64encode(proof.value).decode("ascii")}"\n'
    )


def read_proof(text: str, name: str) -> tuple[Fingerprint, ProofOfPossession]:
    """Return a proof of possession with the key certificate that it is for.

    Args:
        text: TOML.
        name: What faults call it: its file name.

    Raises:
        SettingsError: It is not TOML, or something is missing, unknown or malformed.
    """
    table = _table(text, name)
    fingerprint = Fingerprint(_digest(table, "fingerprint"))
    proof = ProofOfPossession(
        made_at=table.instant("made-at"),
        algorithm=table.take("algorithm", str),
        value=_octets(table, "value"),
    )
    table.done()
    return fingerprint, proof


def read_evidence(text: str, name: str, read_file: Callable[[str], bytes]) -> DescribedEvidence:
    """Return evidence, the letter replaced by its digest.

    Args:
        text: TOML.
        name: What faults call it: its file name.
        read_file: Returns the octets of a file beside the text.

    Raises:
        SettingsError: It is not TOML, or something is missing, unknown or malformed.
    """
    table = _table(text, name)
    document: str = table.take("document", str)
    evidence = Evidence(
        document=(
            bytes.fromhex(document)
            if _DIGEST.fullmatch(document)
            else sha256(read_file(document)).digest()
        ),
        title=table.take("title", str),
        sent_by=table.take("sent-by", str),
        confirmed_by=PersonId(table.take("confirmed-by", str)),
        confirmed_with=table.take("confirmed-with", str),
        confirmed_at=table.instant("confirmed-at"),
        channel=table.choice("channel", Channel),
    )
    fingerprints = frozenset(
        Fingerprint(_hexadecimal(one, f"{name}.fingerprints"))
        for one in table.texts("fingerprints")
    )
    table.done()
    return DescribedEvidence(evidence=evidence, fingerprints=fingerprints)


def _table(text: str, name: str) -> Table:
    try:
        return Table(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as exc:
        raise fault(name, f"expected TOML, found {exc}") from exc


def _digest(table: Table, name: str) -> bytes:
    return _hexadecimal(table.take(name, str), f"{table.path}.{name}")


def _hexadecimal(text: str, path: str) -> bytes:
    digits = text.replace(":", "").lower()
    if not _DIGEST.fullmatch(digits):
        raise fault(path, f"expected 64 hexadecimal digits, found {text[:80]!r}")
    return bytes.fromhex(digits)


def _octets(table: Table, name: str) -> bytes:
    text: str = table.take(name, str)
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error) as exc:
        raise fault(f"{table.path}.{name}", "expected base64") from exc
