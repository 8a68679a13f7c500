"""How the ceremony enrols its officers: each is asked for, shown, and confirmed aloud.

An officer brings the certificate of a key that they made themselves, and an identity document.
The document stays with its owner: only its digest is founded. What the screen shows is compared
with the officer's own screen, line by line; one difference stops the ceremony.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import typer
from rich.console import Console

from exchange.cli.fingerprints import spoken
from exchange.codes.service import SettingsCode
from exchange.core.actions.state import FEWEST_OFFICERS
from exchange.core.actions.values import Administrator, AdministratorRole, PersonId
from exchange.core.certificate import KeyCertificate
from exchange.core.model import BodyId
from exchange.errors import Finding, SettingsError
from exchange.service.enrolment import read_pem
from exchange.vault.person_key import is_person


def ask(question: str) -> bool:
    """Return whether somebody says yes.

    Raises:
        SettingsError: Nobody is there to be asked.
    """
    try:
        return typer.confirm(question, default=False, err=True)
    except typer.Abort:
        raise _nobody(question) from None


def ask_officers(hub: BodyId, console: Console) -> tuple[Administrator, ...] | None:
    """Enrol officers one after the other, three at least; `None` when one does not confirm.

    Raises:
        SettingsError: Nobody is there to be asked.
    """
    officers: list[Administrator] = []
    while len(officers) < FEWEST_OFFICERS or ask("is there another officer"):
        console.print(f"\nofficer {len(officers) + 1}")
        one = Administrator(
            person=_person(hub),
            body=hub,
            role=AdministratorRole.TRUST_OFFICER,
            name=_answer("name, as the person writes it"),
            certificate=_certificate(),
            identity=_identity(),
        )
        if not confirmed(one, console, ask_them=True):
            return None
        officers.append(one)
    return tuple(officers)


def confirmed(one: Administrator, console: Console, *, ask_them: bool) -> bool:
    """Show an officer, and return whether the person finds the same on their own screen."""
    console.print(f"\n{one.person}  {one.name}")
    console.print("identity document")
    for line in spoken(one.identity):
        console.print(f"  {line}")
    console.print("key certificate")
    for line in spoken(one.fingerprint):
        console.print(f"  {line}")
    return not ask_them or ask(f"does {one.name} read the same lines from their own screen")


def _person(hub: BodyId) -> PersonId:
    while True:
        given = _answer(f"person, such as {hub}/li-wei")
        if is_person(given) and given.startswith(f"{hub}/"):
            return PersonId(given)
        typer.echo(
            f"expected {hub}/ and a name of letters, digits and hyphens, found {given!r}", err=True
        )


def _certificate() -> KeyCertificate:
    while True:
        path = _file("file of the key certificate, PEM")
        try:
            return read_pem(path.read_bytes(), path.name)
        except SettingsError as error:
            typer.echo(error.findings[0].message, err=True)


def _identity() -> bytes:
    return sha256(_file("file of the identity document").read_bytes()).digest()


def _file(what: str) -> Path:
    while True:
        path = Path(_answer(what))
        if path.is_file():
            return path
        typer.echo(f"there is no file {path}", err=True)


def _answer(what: str) -> str:
    try:
        return str(typer.prompt(what, err=True)).strip()
    except typer.Abort:
        raise _nobody(what) from None


def _nobody(question: str) -> SettingsError:
    return SettingsError(
        Finding(
            code=SettingsCode.VALUE,
            path="--yes",
            message=f"expected an answer to {question!r}, found nobody; "
            "a rehearsal takes --officers FILE --yes",
        )
    )
