"""`exchange trust national`: trust lists of other operators, and keys that come from them.

- A list is believed under a pinned signer, never under its own word.
- What is taken from it is a draft: a key without scope, for `exchange trust propose`.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import re
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.utils import CryptographyDeprecationWarning
from rich.console import Console
from rich.progress import track
from rich.table import Table
from rich.text import Text

from exchange.cli.arguments import At, Json, alone, documents, epilog, fingerprint
from exchange.cli.exits import exit_code
from exchange.cli.files import progress_console, write_new
from exchange.cli.foreign_text import shown
from exchange.cli.verdict import show_findings
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.core.national.candidates import candidate_key, service_numbered
from exchange.core.national.values import NationalList, NationalService, called
from exchange.core.periods import in_zulu
from exchange.core.trust_values import KeyEntry
from exchange.errors import ExchangeError, RejectedError, SettingsError, UndecidedError
from exchange.service.enrolment import read_pem
from exchange.service.national_lists import accept_national_list

app = alone()

_BODY: Final = re.compile(r"[A-Z]{2}-(AB|CB|RA|LAB|HUB)-[A-Z0-9]{2,20}", re.ASCII)
_MANY: Final = 5
"""From so many lists on, a progress bar is shown: the largest take seconds."""

Pins = Annotated[
    list[str],
    typer.Option(
        "--pin",
        metavar="FINGERPRINT",
        help="SHA-256 of a key certificate that may sign these lists; may be given again.",
    ),
]
Keep = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER",
        file_okay=False,
        help="Where accepted lists are kept, so that an older one is noticed and refused.",
    ),
]
Services = Annotated[bool, typer.Option("--services", help="Show every service of the lists.")]
Take = Annotated[
    int | None,
    typer.Option(
        "--take",
        metavar="NUMBER",
        min=1,
        help="Draft a key entry from the service of this number, as --services shows it.",
    ),
]
Body = Annotated[
    str | None, typer.Option("--for", metavar="BODY", help="Whom the drafted key speaks for.")
]
Role = Annotated[KeyRole, typer.Option(help="What the drafted key is for.")]
Certificate = Annotated[
    Path | None,
    typer.Option(
        metavar="CERT.pem",
        exists=True,
        dir_okay=False,
        help="The partner's key certificate, which the service has issued.",
    ),
]
Out = Annotated[
    Path,
    typer.Option(metavar="FOLDER", file_okay=False, help="Where the drafted files are written."),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What became of one file."""

    path: Path
    list: NationalList | None
    error: ExchangeError | None


@app.command(
    "national",
    help="""Read trust lists of other operators.

    Checks lists of ETSI TS 119 612, versions 5 and 6, against a pinned signer, and shows what
    stands on them. With --take, drafts a key entry for a partner from one service: the service
    has to be granted, and either lists the key itself or has issued the key certificate given.
    The draft has no scope, so it allows nothing until two persons have given it one.
    """,
    epilog=epilog(
        "exchange trust national AT.xml --pin 8f8c… --keep national/ --services",
        "exchange trust national lists/ --pin 8f8c… --pin 12ab… --at 2019-09-01T00:00:00Z --json",
        "exchange trust national AT.xml --pin 8f8c… --take 12 --for AT-CB-0042 "
        "--certificate cb.pem --out drafts/",
    ),
)
def national_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE …", exists=True, help="Files, or folders of `*.xml`."),
    ],
    *,
    pin: Pins,
    keep: Keep = None,
    services: Services = False,
    take: Take = None,
    body: Body = None,
    role: Role = KeyRole.ATTESTATION,
    certificate: Certificate = None,
    out: Out = Path(),
    at: At = None,
    json: Json = False,
) -> None:
    """Read every file; the number tells whether all are believed."""
    when = at or datetime.now(UTC)
    pinned = frozenset(fingerprint(text) for text in pin)
    found = documents(files)
    if not found:
        raise typer.BadParameter("the folders named hold no lists")
    if take is not None and (len(found) != 1 or body is None):
        raise typer.BadParameter("--take needs exactly one list, and --for BODY")
    if body is not None and not _BODY.fullmatch(body):
        raise typer.BadParameter(f"expected a body id such as AT-CB-0042, found {body!r}")
    with warnings.catch_warnings():
        # Old lists carry key certificates whose texts are not what their tag says. Whoever reads
        # the list cannot mend them, and what cannot be read at all is a finding.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        read = asyncio.run(_read(found, pinned, when, keep))
    for one in read:
        if json:
            line = jsonlib.dumps(_values(one, with_services=services), ensure_ascii=False)
            sys.stdout.write(line + "\n")
        else:
            _show(one, Console(highlight=False), with_services=services)
    errors = [one.error for one in read if one.error is not None]
    if errors:
        # A refusal says more than an absence of an answer.
        raise typer.Exit(min(exit_code(error) for error in errors))
    if take is not None and body is not None and read[0].list is not None:
        service = service_numbered(read[0].list, take)
        der = None if certificate is None else _certificate(certificate)
        drafted = candidate_key(service, body=BodyId(body), role=role, at=when, certificate=der)
        _write(drafted, service, read[0].list, out)


async def _read(
    paths: Sequence[Path], pinned: frozenset[Fingerprint], at: datetime, keep: Path | None
) -> list[Read]:
    """Read the files in turn; one that is refused does not keep the others waiting."""
    found = []
    for path in track(
        paths, "reading", disable=len(paths) < _MANY, console=progress_console(), transient=True
    ):
        try:
            data = await asyncio.to_thread(path.read_bytes)
            one = await accept_national_list(data, pinned=pinned, at=at, folder=keep)
            found.append(Read(path=path, list=one, error=None))
        except (RejectedError, UndecidedError, SettingsError) as error:
            found.append(Read(path=path, list=None, error=error))
    return found


def _values(read: Read, *, with_services: bool) -> dict[str, Any]:
    """Return one line of JSON."""
    if read.list is None:
        error = read.error
        return {
            "file": str(read.path),
            "verdict": _verdict(read),
            "code": error.code.value if error else None,
            "findings": [
                {"code": f.code.value, "path": f.path, "message": f.message}
                for f in (error.findings if error else ())
            ],
        }
    one = read.list
    values: dict[str, Any] = {
        "file": str(read.path),
        "verdict": _verdict(read),
        "code": None,
        "findings": [
            {"code": f.code.value, "path": f.path, "message": f.message} for f in one.findings
        ],
        "territory": one.territory,
        "economy": one.economy,
        "operator": called(one.operator_names),
        "version": one.version,
        "sequence": one.sequence,
        "issued_at": in_zulu(one.issued_at),
        "next_update": in_zulu(one.next_update),
        "signer": one.signer.fingerprint.hex(),
        "signed_at": in_zulu(one.signed_at),
        "digest": one.digest.hex(),
        "providers": len(one.providers),
        "services": len(one.services),
        "granted": sum(service.is_granted for service in one.services),
    }
    if with_services:
        values["listed"] = [
            _service(called(provider.names), service)
            for provider in one.providers
            for service in provider.services
        ]
    return values


def _service(provider: str, service: NationalService) -> dict[str, Any]:
    return {
        "number": service.number,
        "provider": provider,
        "name": called(service.names),
        "type": service.type,
        "status": service.status,
        "since": in_zulu(service.periods[0].since),
        "granted": service.is_granted,
        "unreadable_certificates": service.unreadable,
        "certificates": [
            {"fingerprint": one.fingerprint.hex(), "subject": one.subject, "ca": one.is_authority}
            for one in service.certificates
        ],
    }


def _verdict(read: Read) -> str:
    if read.list is not None:
        return "accepted"
    return "undecided" if isinstance(read.error, UndecidedError) else "refused"


_STYLES: Final = {"accepted": "bold green", "undecided": "bold yellow", "refused": "bold red"}


def _show(read: Read, console: Console, *, with_services: bool) -> None:
    verdict = _verdict(read)
    console.print(
        Text.assemble((str(read.path), "bold"), "  ", (verdict, _STYLES[verdict])), soft_wrap=True
    )
    if read.error is not None:
        show_findings(read.error.findings, console)
    if read.list is None:
        return
    one = read.list
    granted = sum(service.is_granted for service in one.services)
    for name, value in (
        ("territory", f"{one.territory}, economy {one.economy}"),
        ("operator", called(one.operator_names)),
        ("number", f"{one.sequence}, version {one.version}"),
        ("issued", f"{in_zulu(one.issued_at)}, next update {in_zulu(one.next_update)}"),
        ("signer", f"{one.signer.fingerprint.hex()}  {one.signer.subject}"),
        ("services", f"{len(one.services)} of {len(one.providers)} providers, {granted} granted"),
    ):
        console.print(Text(f"  {name:<12}").append_text(shown(value)), soft_wrap=True)
    show_findings(one.findings, console)
    if with_services:
        console.print(_table(one))


def _table(one: NationalList) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("number", "provider and service", "type", "status", "key certificates"):
        table.add_column(name, justify="right" if name == "number" else "left", overflow="fold")
    for provider in one.providers:
        for service in provider.services:
            style = "" if service.is_granted else "dim"
            table.add_row(
                str(service.number),
                shown(f"{called(provider.names)}: {called(service.names)}"),
                shown(service.type.rpartition("/Svctype/")[2]),
                shown(service.status.rpartition("/")[2]),
                "\n".join(
                    f"{each.fingerprint.hex()[:16]}… {'CA' if each.is_authority else 'end entity'}"
                    for each in service.certificates
                )
                + (f"\n{service.unreadable} unreadable" if service.unreadable else ""),
                style=style,
            )
    return table


def _write(key: KeyEntry, service: NationalService, one: NationalList, out: Path) -> None:
    """Write the key certificate, its issuer, and the entry for a file of wishes."""
    stem = f"{key.body}-{key.role.value}".lower()
    out.mkdir(parents=True, exist_ok=True)
    certificate, issuer, entry = (
        out / f"{stem}{ending}" for ending in (".pem", "-issuer.pem", ".toml")
    )
    write_new(certificate, _pem(key.certificate.der))
    issuers = ""
    if key.path:
        write_new(issuer, b"".join(_pem(above.der) for above in key.path))
        issuers = f'issuers = ["{issuer.name}"]\n'
    name = shown(called(service.names)).plain
    text = (
        f"# From the list of {one.territory}, number {one.sequence} of {in_zulu(one.issued_at)},\n"
        f"# service {service.number}: {name}\n"
        f"# It has no scope, so it allows nothing until two persons give it one.\n"
        "[[bodies.keys]]\n"
        f'role = "{key.role.value}"\n'
        f'custody = "{key.custody.value}"\n'
        f'certificate = "{certificate.name}"\n'
        f"{issuers}"
        f"signs-until = {in_zulu(key.signs_until)}\n"
        f"accepted-until = {in_zulu(key.accepted_until)}\n"
    )
    write_new(entry, text.encode())
    console = Console(highlight=False)
    for path in (certificate, *((issuer,) if key.path else ()), entry):
        console.print(f"{path}  written", soft_wrap=True)
    console.print(f"key certificate {key.fingerprint.hex()}, without scope", soft_wrap=True)


def _certificate(path: Path) -> bytes:
    return read_pem(path.read_bytes(), path.name).der


def _pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
