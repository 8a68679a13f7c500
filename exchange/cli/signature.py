"""`exchange signature verify`: gates 1 and 3 and the key certificate's path, nothing else."""

from __future__ import annotations

import asyncio
import json as jsonlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.progress import track
from rich.text import Text

from exchange.cli.arguments import At, Json, documents, epilog, group
from exchange.cli.exits import ExitCode
from exchange.cli.files import progress_console
from exchange.cli.foreign_text import shown
from exchange.cli.verdict import show_findings
from exchange.core.periods import in_zulu
from exchange.core.signature_policy import FOREIGN, STATEMENT
from exchange.service.check import Question, SignatureReport, check_document, read_question

app = group("Signatures of XML documents of any schema.")


class PolicyName(StrEnum):
    """What is demanded of a signature."""

    STATEMENT = "statement"
    FOREIGN = "foreign"


_POLICIES: Final = {PolicyName.STATEMENT: STATEMENT, PolicyName.FOREIGN: FOREIGN}
_MANY: Final = 20
"""From so many files on, a progress bar is shown."""

_Pem = Annotated[
    list[Path],
    typer.Option(
        metavar="CERT.pem",
        exists=True,
        dir_okay=False,
        help="A key certificate that is believed, PEM or DER; may be given again.",
    ),
]


@app.command(
    "verify",
    help="""Check the signatures of XML documents.

    For documents of any schema, one or many: gates 1 and 3, and the path from the signer's
    key certificate to an anchor. Nothing is fetched; revocation is checked when revocation
    lists are given. The policy *statement* is that of every document on the road; *foreign*
    also admits what other operators' documents have. No trust list is asked, so what passes
    here entitles nobody to anything.
    """,
    epilog=epilog(
        "exchange signature verify attestation.xml --anchor issuer.pem",
        "exchange signature verify lists/ --anchor operator.pem --policy foreign --json",
        "exchange signature verify a.xml b.xml --anchor ca.pem --crl ca.crl "
        "--at 2026-11-22T10:00:00Z",
        codes=(ExitCode.DONE, ExitCode.REFUSED, ExitCode.MISUSE, ExitCode.FAULT),
    ),
)
def verify_command(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE …", exists=True, help="Files, or folders of `*.xml`."),
    ],
    *,
    anchor: _Pem,
    crl: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="CRL.pem",
            exists=True,
            dir_okay=False,
            help="A revocation list, PEM or DER; may be given again.",
        ),
    ] = None,
    policy: Annotated[
        PolicyName, typer.Option(help="What is demanded of a signature.")
    ] = PolicyName.STATEMENT,
    at: At = None,
    json: Json = False,
) -> None:
    """Check every file; the number tells whether all hold."""
    question = read_question(
        anchors=[path.read_bytes() for path in anchor],
        revocation_lists=[path.read_bytes() for path in crl or ()],
        policy=_POLICIES[policy],
        at=at or datetime.now(UTC),
    )
    found = documents(files)
    if not found:
        raise typer.BadParameter("the folders named hold no documents")
    held = asyncio.run(_verify(found, question, json=json))
    raise typer.Exit(ExitCode.DONE if held else ExitCode.REFUSED)


async def _verify(files: Sequence[Path], question: Question, *, json: bool) -> bool:
    """Check the files in turn; one that cannot be read does not keep the others waiting."""
    console = Console(highlight=False)
    shown = track(files, "checking", disable=len(files) < _MANY, console=progress_console())
    held = True
    for path in shown:
        report = await check_document(await asyncio.to_thread(path.read_bytes), question)
        held = held and report.accepted
        if json:
            line = jsonlib.dumps(_values(path, report), ensure_ascii=False)
            sys.stdout.write(line + "\n")
        else:
            _show(path, report, console)
    return held


def _values(path: Path, report: SignatureReport) -> dict[str, Any]:
    """Return one line of JSON."""
    return {
        "file": str(path),
        "accepted": report.accepted,
        "signed_element": report.signed_element,
        "algorithms": {
            "signature": report.signature_algorithm,
            "digest": report.digest_algorithm,
            "canonicalization": report.canonicalization,
        },
        "indication": report.indication.value,
        "sub_indication": report.sub_indication.value if report.sub_indication else None,
        "code": report.code.value if report.code else None,
        "message": report.findings[0].message if report.findings else None,
        "signer": report.signer,
        "key": report.fingerprint.hex() if report.fingerprint else None,
        "signed_at": in_zulu(report.signed_at) if report.signed_at else None,
        "content_digest": report.content_digest.hex() if report.content_digest else None,
        "revocation_checked": report.revocation_checked,
    }


def _show(path: Path, report: SignatureReport, console: Console) -> None:
    verdict = ("holds", "bold green") if report.accepted else ("refused", "bold red")
    console.print(
        Text.assemble((str(path), "bold"), "  ", verdict, f"  {report.indication.value}"),
        soft_wrap=True,
    )
    show_findings(report.findings, console)
    if not report.accepted:
        return
    for name, value in (
        ("signed", report.signed_element),
        ("by", report.signer),
        ("at", in_zulu(report.signed_at) if report.signed_at else "no signing time"),
        ("with", report.signature_algorithm),
        ("revocation", "checked" if report.revocation_checked else "not checked"),
    ):
        console.print(Text(f"  {name:<12}").append_text(shown(value or "")), soft_wrap=True)
