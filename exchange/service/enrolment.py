"""Who shall act for a body, as a TOML file that the enrolling officer writes.

- A person is known by a key certificate of their own and by the digest of the identity document
  that they showed; the document itself stays with the officer.
- The same file serves the founding ceremony and later proposals.

```toml
[[administrators]]
person = "XX-HUB-01/li-wei"                 # body, and a name in letters, digits and hyphens
role = "trust-officer"                      # or operator, auditor
name = "李伟"
certificate = "li-wei.pem"                  # beside this file; `exchange keys person` makes it
identity = "li-wei-passport.pdf"            # a file beside this one, or its SHA-256 digest
replaces = "XX-HUB-01/zhang-min"            # optional: a lost officer whose place is taken
removed = true                              # optional: may not act any more
```
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.core.actions.values import (
    Administrator,
    AdministratorChange,
    AdministratorRole,
    PersonId,
)
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.model import BodyId
from exchange.errors import SignatureError
from exchange.service.toml_table import Table, fault

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)

ReadFile = Callable[[str], bytes]
"""Returns the octets of a file beside the text.

Raises:
    SettingsError: There is none.
"""


def read_enrolment(text: str, name: str, read_file: ReadFile) -> tuple[AdministratorChange, ...]:
    """Return the persons whom a file enrols or removes.

    Args:
        text: TOML.
        name: What faults call it: its file name.
        read_file: Returns the octets of a file beside the text.

    Raises:
        SettingsError: It is not TOML, or something is missing, unknown or malformed.
    """
    try:
        top = Table(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as exc:
        raise fault(name, f"expected TOML, found {exc}") from exc
    found = tuple(read_administrator(one, read_file) for one in top.tables("administrators"))
    top.done()
    if not found:
        raise fault(f"{name}.administrators", "expected a person at least, found none")
    return found


def read_administrator(table: Table, read_file: ReadFile) -> AdministratorChange:
    """Return one person whom a table enrols or removes."""
    person: str = table.take("person", str)
    certificate: str = table.take("certificate", str)
    replaces: str | None = table.take("replaces", str, None)
    change = AdministratorChange(
        administrator=Administrator(
            person=PersonId(person),
            body=BodyId(person.partition("/")[0]),
            role=table.choice("role", AdministratorRole, AdministratorRole.TRUST_OFFICER.value),
            name=table.take("name", str),
            certificate=read_pem(read_file(certificate), f"{table.path}.certificate"),
            identity=_identity(table.take("identity", str), read_file),
        ),
        removed=table.take("removed", bool, default=False),
        replaces=PersonId(replaces) if replaces is not None else None,
    )
    table.done()
    return change


def read_pem(data: bytes, path: str) -> KeyCertificate:
    """Return the first key certificate of a PEM file.

    Args:
        data: The octets of the file; what else is in it is passed over.
        path: What faults call it.

    Raises:
        SettingsError: There is none that can be read.
    """
    try:
        der = x509.load_pem_x509_certificate(data).public_bytes(Encoding.DER)
    except ValueError as exc:
        raise fault(path, "expected a key certificate in PEM") from exc
    try:
        return read_certificate(der)
    except SignatureError as exc:
        raise fault(path, f"the key certificate cannot be used: {exc}") from exc


def _identity(text: str, read_file: ReadFile) -> bytes:
    if _DIGEST.fullmatch(text):
        return bytes.fromhex(text)
    return sha256(read_file(text)).digest()
