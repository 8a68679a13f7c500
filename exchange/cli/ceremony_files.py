"""The files of a ceremony: certificates that lie beside the description, and what is founded.

Nothing that counts is overwritten: of a renewed delegation the former one is kept beside it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.cli.files import write_new
from exchange.codes.service import SettingsCode
from exchange.errors import Finding, SettingsError
from exchange.service.ceremony import Held
from exchange.service.demo_keys import certificate_file
from exchange.service.described import DescribedBody
from exchange.service.list_files import ROOT_FILE
from exchange.vault.vault import KeyName

FOUNDING_FILE: Final = "founding.xml"
ROOT_CERTIFICATE: Final = "root.pem"


def hub_certificates(hub: DescribedBody, folder: Path) -> Mapping[KeyName, tuple[bytes, ...]]:
    """Return the certificates of the hub's keys that lie beside the description, leaf first."""
    found: dict[KeyName, tuple[bytes, ...]] = {}
    for key in hub.keys:
        path = folder / (key.certificate or certificate_file(key.name))
        if path.is_file():
            above = (der for name in key.issuers for der in certificates(folder / name)[:1])
            found[key.name] = (*certificates(path), *above)
    return found


def certificates(path: Path) -> tuple[bytes, ...]:
    """Return the key certificates of a PEM file, DER.

    Raises:
        typer.BadParameter: It cannot be read, or holds none.
    """
    try:
        found = x509.load_pem_x509_certificates(required(path))
    except ValueError as exc:
        raise typer.BadParameter(f"{path} is not a key certificate in PEM") from exc
    return tuple(one.public_bytes(Encoding.DER) for one in found)


def required(path: Path) -> bytes:
    """Return the octets of a file that has to be there.

    Raises:
        typer.BadParameter: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as exc:
        raise typer.BadParameter(f"{path} cannot be read: {exc.strerror}".lower()) from exc


def read_beside(folder: Path, name: str) -> bytes:
    """Return the octets of a file that the officers' file names.

    Raises:
        SettingsError: It cannot be read.
    """
    try:
        return (folder / name).read_bytes()
    except OSError as exc:
        raise SettingsError(
            Finding(
                code=SettingsCode.FILE,
                path=name,
                message=f"expected a file beside the officers, found {exc.strerror}".lower(),
            )
        ) from exc


def write_founding(out: Path, held: Held) -> None:
    """Write what a ceremony has made.

    Raises:
        typer.BadParameter: The folder cannot be written.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise typer.BadParameter(f"{out} cannot be made: {exc.strerror}") from exc
    pem = x509.load_der_x509_certificate(held.root.der).public_bytes(Encoding.PEM)
    _replace(out / ROOT_CERTIFICATE, pem)
    _replace(out / ROOT_FILE, held.delegation.data)
    # Last, since its presence says that the ceremony is over: until then it can begin again.
    write_new(out / FOUNDING_FILE, held.founding)


def write_renewed(out: Path, held: Held, before: bytes) -> None:
    """Write a renewed delegation, and keep the one before it under its number."""
    former = out / f"root-{held.delegation.sequence - 1}.xml"
    if not former.exists():
        write_new(former, before)
    _replace(out / ROOT_FILE, held.delegation.data)


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole, in the place of one that counts no more."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    write_new(unfinished, data)
    unfinished.replace(path)
