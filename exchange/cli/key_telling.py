"""What is told of a key: its certificate for others, its proof, and its fingerprint read aloud."""

from __future__ import annotations

import json as jsonlib
import sys
from dataclasses import dataclass
from pathlib import Path

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rich.console import Console

from exchange.cli.files import write_new
from exchange.cli.fingerprints import spoken
from exchange.core.actions.values import ProofOfPossession
from exchange.core.certificate import KeyCertificate
from exchange.core.periods import in_zulu
from exchange.service.arrivals import write_proof


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldKey:
    """What is told of a key."""

    name: str
    certificate: KeyCertificate
    proof: ProofOfPossession | None = None


def certificate_beside(path: Path) -> Path:
    """Return where the certificate of a person's key stands: beside it, for others to read."""
    return path.with_name(f"{path.stem}.certificate.pem")


def proof_beside(path: Path) -> Path:
    """Return where the proof of possession stands that belongs to a certificate."""
    return path.with_name(f"{path.stem}.proof.toml")


def require_room(out: Path | None, proof: str | None) -> None:
    """Refuse before a key is made that could not be shown.

    Raises:
        typer.BadParameter: A name is taken, or there is none for the proof.
    """
    if out is None:
        if proof is not None:
            raise typer.BadParameter("--proof needs --out FILE: the proof goes beside it")
        return
    require_free(out)
    if proof is not None:
        require_free(proof_beside(out))


def require_free(path: Path) -> None:
    """Refuse a name that is taken, or a folder that is not there.

    Raises:
        typer.BadParameter: One of both.
    """
    if path.exists():
        raise typer.BadParameter(f"{path} exists; nothing was overwritten")
    if not path.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {path.parent}")


def tell(made: ToldKey, out: Path | None, *, json: bool) -> None:
    """Write what others need of a key, and say what has to be read aloud."""
    certificate = made.certificate
    proof = proof_beside(out) if out is not None and made.proof is not None else None
    if out is not None:
        pem = x509.load_der_x509_certificate(certificate.der).public_bytes(Encoding.PEM)
        write_new(out, pem)
    if proof is not None and made.proof is not None:
        write_new(proof, write_proof(certificate.fingerprint, made.proof).encode())
    values = {
        "name": made.name,
        "fingerprint": certificate.fingerprint.hex(),
        "not_before": in_zulu(certificate.not_before),
        "not_after": in_zulu(certificate.not_after),
        "certificate": None if out is None else str(out),
        "proof": None if proof is None else str(proof),
    }
    if json:
        sys.stdout.write(jsonlib.dumps(values, ensure_ascii=False, indent=2) + "\n")
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for word in ("name", "certificate", "proof", "not_before", "not_after", "fingerprint"):
        if values[word] is not None:
            console.print(f"{word.replace('_', ' '):<12} {values[word]}")
    console.print("read aloud")
    for line in spoken(certificate.fingerprint):
        console.print(f"  {line}")
