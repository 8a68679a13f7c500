"""`exchange trust propose | revoke | rehearse`: what shall change, on one person's word.

What is proposed changes nothing until a second person approves it; what is rehearsed is not even
proposed.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer
from rich.console import Console

from exchange.cli.administrator import (
    Administration,
    AdminOption,
    HubAddress,
    KeyFile,
    PinnedRoot,
    Who,
    administering,
    now,
    who,
)
from exchange.cli.arguments import Json, alone, epilog
from exchange.cli.files import progress_console
from exchange.cli.trust_options import (
    Accredit,
    Discharge,
    End,
    Enrol,
    EvidenceFiles,
    Files,
    Key,
    Late,
    On,
    Overlap,
    Proofs,
    Reason,
    Rename,
    Rescope,
    Restore,
    Retire,
    Revoke,
    Rotate,
    Successor,
    WhenFetched,
)
from exchange.cli.trust_subjects import Subject, full_digest, locate
from exchange.cli.trust_tables import show_proposal, show_rehearsal
from exchange.cli.trust_wanted import LATE, OVERLAP, Wanted, propose_word
from exchange.codes.service import SettingsCode
from exchange.core.actions.values import SubjectKind, Suspend
from exchange.core.actions.writing import write_action
from exchange.errors import Finding, SettingsError

app = alone()


@app.command(
    "propose",
    help="""Propose a change of trust, for a second person to approve.

    Each option makes the entry as it shall stand, from the one that stands at the hub now; a
    file says whole entries. A key is named BODY/ROLE, or by the first eight or more digits of
    its fingerprint. A key that arrives needs its proof of possession (`exchange keys generate
    --proof`) and, before it can be approved, evidence of who sent it.
    """,
    epilog=epilog(
        "exchange trust propose --admin li-wei.toml --reason 'Letter 2026/118' --file cb.toml",
        "exchange trust propose --admin li-wei.toml --reason 'New key of 2027' "
        "--rotate CN-CB-0103/attestation new.pem --on 2026-11-27T00:00:00Z "
        "--evidence letter.toml",
        "exchange trust propose --admin li-wei.toml --reason 'All clear' --restore 5b0c21aa",
        "exchange trust propose --admin li-wei.toml --reason 'Left' --discharge XX-HUB-01/ann",
    ),
)
def propose_command(
    *,
    reason: Reason,
    file: Files = None,
    rotate: Rotate = None,
    overlap: Overlap = None,
    late: Late = None,
    retire: Retire = None,
    revoke: Revoke = None,
    restore: Restore = None,
    rescope: Rescope = None,
    end: End = None,
    rename: Rename = None,
    successor: Successor = None,
    accreditation: Accredit = None,
    enrol: Enrol = None,
    discharge: Discharge = None,
    on: On = None,
    when_fetched: WhenFetched = False,
    proof: Proofs = None,
    evidence: EvidenceFiles = None,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Draft, sign, send, and show what a second person will be asked."""
    wanted = Wanted(
        reason=reason,
        on=on,
        when_fetched=when_fetched,
        files=tuple(file or ()),
        rotate=rotate,
        overlap=OVERLAP if overlap is None else overlap,
        late=LATE if late is None else late,
        retire=tuple(retire or ()),
        revoke=tuple(revoke or ()),
        restore=tuple(restore or ()),
        rescope=rescope,
        end=tuple(end or ()),
        rename=rename,
        successor=successor,
        accreditation=accreditation,
        enrol=tuple(enrol or ()),
        discharge=tuple(discharge or ()),
        proofs=tuple(proof or ()),
        evidence=tuple(evidence or ()),
    )
    _tell_proposal(asyncio.run(_propose(who(admin, hub, key, root), wanted)), json=json)


@app.command(
    "revoke",
    help="""Propose that a key never counts again.

    What existed before stays good; nothing that arrives later is accepted, and there is no
    grace. With --at-once the key is suspended on your word alone until a second person has
    decided.
    """,
    epilog=epilog(
        "exchange trust revoke CN-CB-0103/attestation --admin li-wei.toml "
        "--reason 'Notebook stolen' --at-once",
        "exchange trust revoke 5b0c21aa --admin li-wei.toml --reason 'Key found in a back-up'",
    ),
)
def revoke_command(
    which: Key,
    *,
    reason: Reason,
    on: On = None,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Suspend it now, on your word alone.")
    ] = False,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Suspend if asked, then propose."""
    wanted = Wanted(reason=reason, on=on, revoke=(which,))
    said = who(admin, hub, key, root)
    _tell_proposal(asyncio.run(_propose(said, wanted, suspend=at_once)), json=json)


@app.command(
    "rehearse",
    help="""Show what would break, without changing anything.

    Takes what `exchange trust propose` takes, or a proposal that waits: documents in flight,
    partners that have not fetched the present list, and verdicts that would change.
    """,
    epilog=epilog(
        "exchange trust rehearse --admin li-wei.toml --rotate CN-CB-0103/attestation new.pem "
        "--on 2026-11-27T00:00:00Z",
        "exchange trust rehearse --admin li-wei.toml --revoke 5b0c21aa",
        "exchange trust rehearse --admin li-wei.toml --proposal 7d01…",
    ),
)
def rehearse_command(
    *,
    proposal: Annotated[
        str | None, typer.Option(metavar="PROPOSAL", help="One that waits, by its digest.")
    ] = None,
    file: Files = None,
    rotate: Rotate = None,
    overlap: Overlap = None,
    late: Late = None,
    retire: Retire = None,
    revoke: Revoke = None,
    restore: Restore = None,
    rescope: Rescope = None,
    end: End = None,
    accreditation: Accredit = None,
    on: On = None,
    proof: Proofs = None,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Draft or name a proposal, and ask the hub what would follow."""
    wanted = Wanted(
        reason="rehearsal",
        on=on,
        files=tuple(file or ()),
        rotate=rotate,
        overlap=OVERLAP if overlap is None else overlap,
        late=LATE if late is None else late,
        retire=tuple(retire or ()),
        revoke=tuple(revoke or ()),
        restore=tuple(restore or ()),
        rescope=rescope,
        end=tuple(end or ()),
        accreditation=accreditation,
        proofs=tuple(proof or ()),
    )
    said = who(admin, hub, key, root)
    with progress_console().status("rehearsing"):
        values = asyncio.run(_rehearse(said, wanted, proposal))
    if json:
        write_json(values)
    else:
        show_rehearsal(values, Console(highlight=False))


def write_json(values: Mapping[str, Any]) -> None:
    """Write what the hub said, for programs."""
    sys.stdout.write(jsonlib.dumps(values, ensure_ascii=False, indent=2) + "\n")


def _tell_proposal(values: Mapping[str, Any], *, json: bool) -> None:
    if json:
        write_json(values)
        return
    console = Console(highlight=False)
    show_proposal(values, console)
    console.print(
        f"next: another trust officer runs `exchange trust approve {values.get('digest')}`",
        soft_wrap=True,
    )


async def _propose(said: Who, wanted: Wanted, *, suspend: bool = False) -> Mapping[str, Any]:
    async with administering(said) as administration:
        if suspend:
            # First, because it changes the entry that the proposal is made from.
            wanted = replace(wanted, revoke=await _suspended(administration, wanted))
        word = await propose_word(administration, wanted, now())
        acted = await administration.act(word)
        return await administration.client.proposal(acted.content_digest.hex())


async def _suspended(administration: Administration, wanted: Wanted) -> tuple[str, ...]:
    """Suspend what shall be revoked; return the fingerprints, by which it is named from now on."""
    found: list[str] = []
    for name in wanted.revoke:
        subject = await locate(administration, name)
        if subject.key is None:
            raise SettingsError(
                Finding(code=SettingsCode.CHANGE, path=name, message="expected a key, found a body")
            )
        await administration.act(suspension(subject, wanted.reason))
        found.append(subject.key.hex())
    return tuple(found)


def suspension(subject: Subject, reason: str) -> Suspend:
    """Return the word that suspends a key or a body."""
    kind = SubjectKind.BODY if subject.key is None else SubjectKind.KEY
    return Suspend(kind=kind, body=subject.body, key=subject.key, reason=reason)


async def _rehearse(said: Who, wanted: Wanted, proposal: str | None) -> Mapping[str, Any]:
    async with administering(said) as administration:
        client = administration.client
        if proposal is not None:
            return await client.rehearse(proposal=await full_digest(administration, proposal))
        word = await propose_word(administration, wanted, now())
        # Not signed: nobody can make a proposal of what was only rehearsed.
        return await client.rehearse(draft=write_action(administration.draft(word)))
