"""`exchange keys check | expiring`: what is wrong with keys, and what will be soon.

Both answer with a number too: 0 when all is well, 1 when somebody has to do something now.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from exchange.cli.arguments import At, Json, alone, documents, epilog
from exchange.cli.exits import ExitCode
from exchange.cli.trusting import load_snapshot
from exchange.cli.vaults import TokenLabel, TokenModule, VaultFolder, vault_place
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import read_certificate
from exchange.core.expiry import THRESHOLDS, Expiring, HeldKey, expiring
from exchange.core.limits import Limits
from exchange.core.periods import in_zulu
from exchange.core.trust_index import Trust
from exchange.core.trustlist import open_list
from exchange.errors import Severity, UndecidedError
from exchange.service.check_keys import CheckedKey, check_keys
from exchange.service.materials import load_catalogue
from exchange.vault.opening import VaultPlace, opened

app = alone()

_SHORTEST: Final = THRESHOLDS[-1]
"""Days; what ends within them has to be seen to now."""
_STYLES: Final = {0: "bold red", 1: "bold red", 7: "red", 14: "yellow", 30: "yellow"}

TrustListsGiven = Annotated[
    list[Path] | None,
    typer.Option(
        "--trust-list",
        metavar="PATH",
        exists=True,
        readable=True,
        help="A signed trust list, or a folder of them; may be given again.",
    ),
]
RootsGiven = Annotated[
    list[str] | None,
    typer.Option("--root", metavar="FINGERPRINT", help="The root of those lists, as published."),
]


@app.command(
    "check",
    help="""Check a vault and every key in it.

    Looks at permissions and pass phrase, at whether each certificate belongs to its key and
    fits its role, at its end, and, where trust lists are given, at the entry that names it.
    Nothing is changed. A key that is on no list is told but is no fault: it may be new.
    """,
    epilog=epilog(
        "exchange keys check --vault vault/",
        "exchange keys check --vault vault/ --trust-list trust/ --root 5b0c…",
    ),
)
def check_command(
    *,
    vault: VaultFolder,
    trust_list: TrustListsGiven = None,
    root: RootsGiven = None,
    at: At = None,
    module: TokenModule = "",
    token: TokenLabel = "",
    json: Json = False,
) -> int:
    """Look at every key."""
    now = at or datetime.now(UTC)
    trust = _trust(trust_list, root, now)
    checked = asyncio.run(_check(vault_place(vault, module, token), trust, now))
    if json:
        _write([_checked_values(one, now) for one in checked])
    else:
        _show_checked(checked, trust, now)
    return ExitCode.DONE if all(one.is_usable for one in checked) else ExitCode.REFUSED


@app.command(
    "expiring",
    help="""Show what ends soon: keys, lists and the root's delegation.

    Looks at the trust lists and, where one is given, at the vault: what another key follows is
    shown with its follower. The exit code is 1 when something has ended or ends within a day.
    """,
    epilog=epilog(
        "exchange keys expiring --trust-list trust/ --root 5b0c…",
        "exchange keys expiring --vault vault/ --days 90 --json",
    ),
)
def expiring_command(
    *,
    vault: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", exists=True, file_okay=False, help="Also look at a vault."),
    ] = None,
    trust_list: TrustListsGiven = None,
    root: RootsGiven = None,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How far ahead to look.")] = (
        THRESHOLDS[0]
    ),
    at: At = None,
    module: TokenModule = "",
    token: TokenLabel = "",
    json: Json = False,
) -> int:
    """Show it, what ends first in front."""
    if vault is None and not trust_list:
        raise typer.BadParameter("expected --vault, --trust-list or both, found neither")
    now = at or datetime.now(UTC)
    try:
        trust = _trust(trust_list, root, now)
    except UndecidedError:
        # A list is past its next update, which is what this command is asked for.
        trust = _trust(trust_list, root, _last_issue(trust_list or ()))
    held: tuple[HeldKey, ...] = ()
    if vault is not None:
        held = asyncio.run(_held(vault_place(vault, module, token)))
    found = expiring(
        trust if trust is not None else Trust.build(()),
        now,
        held=held,
        within=timedelta(days=days),
    )
    if json:
        _write([_expiring_values(one) for one in found])
    else:
        _show_expiring(found, days)
    pressing = any(one.left <= timedelta(days=_SHORTEST) and one.follower is None for one in found)
    return ExitCode.REFUSED if pressing else ExitCode.DONE


def _trust(paths: Sequence[Path] | None, roots: Sequence[str] | None, at: datetime) -> Trust | None:
    if not paths:
        if roots:
            raise typer.BadParameter("--root is of no use without --trust-list PATH")
        return None
    if not roots:
        raise typer.BadParameter("--trust-list needs --root FINGERPRINT: whose lists are believed")
    return load_snapshot(paths, roots, at).trust


def _last_issue(paths: Sequence[Path]) -> datetime:
    """Return when the newest of some lists was issued: then all of them were in force."""
    catalogue, limits = load_catalogue(), Limits()
    opened_lists = (
        open_list(path.read_bytes(), catalogue=catalogue, limits=limits, algorithms=ALGORITHMS)
        for path in documents(paths)
    )
    return max(max(one.heading.issued_at, one.signed.signed_at) for one in opened_lists)


async def _check(place: VaultPlace, trust: Trust | None, at: datetime) -> tuple[CheckedKey, ...]:
    async with opened(place) as vault:
        return await check_keys(vault, trust, at)


async def _held(place: VaultPlace) -> tuple[HeldKey, ...]:
    async with opened(place) as vault:
        return tuple(
            [
                HeldKey(
                    name=name, certificate=read_certificate((await vault.certificates(name))[0])
                )
                for name in vault.names()
            ]
        )


def _show_checked(checked: Sequence[CheckedKey], trust: Trust | None, at: datetime) -> None:
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("key", "fingerprint", "ends", "list", "verdict"):
        table.add_column(column, overflow="fold")
    for one in checked:
        worst = "good" if not one.findings else "look" if one.is_usable else "bad"
        table.add_row(
            Text(one.name),
            Text(f"{one.certificate.fingerprint.hex()[:16]}…"),
            Text(f"{one.certificate.not_after:%Y-%m-%d}"),
            Text("" if trust is None else _standing(one, at)),
            Text(worst, style={"good": "green", "look": "yellow", "bad": "bold red"}[worst]),
        )
    console.print(table)
    for one in checked:
        for finding in one.findings:
            mark = "" if finding.severity is Severity.FATAL else f" ({finding.severity})"
            console.print(
                Text(f"{one.name}: {finding.code}{mark}: {finding.message}"), soft_wrap=True
            )
            console.print(Text(f"  next: {finding.code.remedy}"), soft_wrap=True)
    bad = sum(not one.is_usable for one in checked)
    console.print(f"{len(checked)} keys, {bad} of them bad")


def _standing(one: CheckedKey, at: datetime) -> str:
    if one.listed is None:
        return "none"
    status = one.listed.key.status_at(at)
    return f"{one.listed.territory} {'later' if status is None else status.name.lower()}"


def _show_expiring(found: Sequence[Expiring], days: int) -> None:
    console = Console(highlight=False)
    if not found:
        console.print(f"nothing ends within {days} days")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("days", "ends", "what", "because of", "followed by"):
        table.add_column(column, overflow="fold")
    for one in found:
        style = "" if one.threshold is None else _STYLES.get(one.threshold, "")
        table.add_row(
            Text(f"{one.days_left}", style=style),
            Text(in_zulu(one.ends_at)),
            Text(one.name, style=style),
            Text(one.end.value),
            Text("" if one.follower is None else f"{one.follower.hex()[:16]}…"),
        )
    console.print(table)


def _checked_values(one: CheckedKey, at: datetime) -> dict[str, object]:
    return {
        "name": one.name,
        "fingerprint": one.certificate.fingerprint.hex(),
        "not_before": in_zulu(one.certificate.not_before),
        "not_after": in_zulu(one.certificate.not_after),
        "list": _standing(one, at),
        "usable": one.is_usable,
        "findings": [
            {
                "code": finding.code.value,
                "severity": finding.severity.value,
                "message": finding.message,
                "remedy": finding.code.remedy,
            }
            for finding in one.findings
        ],
    }


def _expiring_values(one: Expiring) -> dict[str, object]:
    return {
        "subject": one.subject.value,
        "name": one.name,
        "identity": one.identity,
        "body": one.body,
        "ends_at": in_zulu(one.ends_at),
        "end": one.end.value,
        "days_left": one.days_left,
        "threshold": one.threshold,
        "follower": None if one.follower is None else one.follower.hex(),
    }


def _write(values: object) -> None:
    sys.stdout.write(jsonlib.dumps(values, ensure_ascii=False, indent=2) + "\n")
