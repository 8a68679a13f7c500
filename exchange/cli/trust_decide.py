"""`exchange trust approve | reject | suspend`: a person decides, with their own signature.

- An approval names exactly what was shown: its digest is computed here from what stands on the
  screen, not taken from the hub, so that nobody approves what they did not see.
- A suspension takes effect at once, on one person's word, until two persons lift it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path
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
    who,
)
from exchange.cli.agreeing import require_yes
from exchange.cli.arguments import Json, alone, epilog, fingerprint
from exchange.cli.trust_options import EvidenceFiles, Key, Reason
from exchange.cli.trust_propose import suspension, write_json
from exchange.cli.trust_subjects import Subject, full_digest, locate, proposal_digest
from exchange.cli.trust_tables import show_proposal, show_touched
from exchange.cli.trust_wanted import given_evidence
from exchange.codes.service import PeerCode, SettingsCode
from exchange.core.actions.effects import Effect, shown_digest
from exchange.core.actions.moves import What
from exchange.core.actions.values import Approve, Reject
from exchange.core.model import BodyId, Fingerprint
from exchange.errors import Finding, PeerError, SettingsError

app = alone()

ProposalArgument = Annotated[
    str,
    typer.Argument(metavar="PROPOSAL", help="Its digest, or the beginning of it."),
]


@app.command(
    "approve",
    help="""Approve a proposal of another person.

    Shows what will change, with the documents, partners and deliveries that it touches, and
    asks. The approval is signed over exactly what was shown to change: if trust has changed
    when it arrives, the hub refuses it and shows anew.
    """,
    epilog=epilog(
        "exchange trust approve 7d01… --admin ana.toml",
        "exchange trust approve 7d01… --admin ana.toml --evidence letter.toml --yes",
    ),
)
def approve_command(
    proposal: ProposalArgument,
    *,
    evidence: EvidenceFiles = None,
    shown: Annotated[
        str | None,
        typer.Option(metavar="DIGEST", help="Approve only what has this digest, as was shown."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    confirm_shrinking: Annotated[
        bool,
        typer.Option(
            "--confirm-shrinking", help="A second yes: a list becomes empty or much shorter."
        ),
    ] = False,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Show, ask, sign, send."""
    said = who(admin, hub, key, root)
    values = asyncio.run(
        _approve(
            said,
            proposal,
            evidence=tuple(evidence or ()),
            expected=shown,
            yes=yes,
            confirm_shrinking=confirm_shrinking,
            json=json,
        )
    )
    _tell(values, json=json)


@app.command(
    "reject",
    help="""Reject a proposal, or withdraw one of your own.

    It changes nothing and cannot be approved afterwards; it can be proposed again.
    """,
    epilog=epilog(
        "exchange trust reject 7d01… --admin ana.toml --reason 'The letter is not signed'",
    ),
)
def reject_command(
    proposal: ProposalArgument,
    *,
    reason: Reason,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Sign and send."""
    said = who(admin, hub, key, root)
    _tell(asyncio.run(_reject(said, proposal, reason)), json=json)


@app.command(
    "suspend",
    help="""Suspend a key or a body at once, on your word alone.

    It takes effect the moment the hub has it, on every process and on connections that are
    open; it stays until two persons lift it (`exchange trust propose --restore`) and alarms
    after 24 hours. A body can suspend its own key at any hour, over the public listener too:
    give --body and the whole fingerprint there.
    """,
    epilog=epilog(
        "exchange trust suspend CN-CB-0103/attestation --admin li-wei.toml --reason 'Strange use'",
        "exchange trust suspend 5b0c… --body CN-CB-0103 --admin zhang.toml --reason 'Lost token'",
        "exchange trust suspend CN-CB-0103 --admin li-wei.toml --reason 'Office on fire'",
    ),
)
def suspend_command(
    which: Key,
    *,
    reason: Reason,
    body: Annotated[
        str | None,
        typer.Option(metavar="BODY", help="Whose key it is; nothing is looked up then."),
    ] = None,
    admin: AdminOption = None,
    hub: HubAddress = None,
    key: KeyFile = None,
    root: PinnedRoot = None,
    json: Json = False,
) -> None:
    """Sign and send."""
    said = who(admin, hub, key, root)
    values = asyncio.run(_suspend(said, which, body, reason))
    if json:
        write_json(values)
        return
    console = Console(highlight=False)
    of = values["key"] or "every key"
    console.print(f"suspended     {of} of {values['body']}", soft_wrap=True)
    console.print(f"action        {values['action']}", soft_wrap=True)
    console.print("next: two persons lift it with `exchange trust propose --restore`, or revoke")


async def _approve(
    said: Who,
    beginning: str,
    *,
    evidence: tuple[Path, ...],
    expected: str | None,
    yes: bool,
    confirm_shrinking: bool,
    json: bool,
) -> Mapping[str, Any]:
    async with administering(said) as administration:
        digest = await full_digest(administration, beginning)
        values = await administration.client.proposal(digest)
        shown = shown_digest(_effects(values))
        if not json:
            console = Console(highlight=False)
            show_proposal({**values, "shown": shown.hex()}, console)
            if values.get("effects"):
                # Not under the digest: what is on its way is another thing every second.
                show_touched(await administration.client.rehearse(proposal=digest), console)
        if expected is not None and fingerprint(expected) != shown:
            raise SettingsError(
                Finding(
                    code=SettingsCode.CHANGE,
                    path="--shown",
                    message=f"expected {expected}, what will change now has the digest "
                    f"{shown.hex()}",
                )
            )
        if not yes:
            await asyncio.to_thread(require_yes, "approve exactly this?")
        await administration.act(
            Approve(
                proposal=proposal_digest(values),
                shown=shown,
                evidence=given_evidence(evidence, _waiting_for_evidence(values)),
                confirms_shrinking=confirm_shrinking,
            )
        )
        return await _after(administration, digest)


async def _reject(said: Who, beginning: str, reason: str) -> Mapping[str, Any]:
    async with administering(said) as administration:
        digest = await full_digest(administration, beginning)
        values = await administration.client.proposal(digest)
        await administration.act(Reject(proposal=proposal_digest(values), reason=reason))
        return await _after(administration, digest)


async def _after(administration: Administration, digest: str) -> Mapping[str, Any]:
    return await administration.client.proposal(digest)


async def _suspend(said: Who, which: str, body: str | None, reason: str) -> Mapping[str, Any]:
    async with administering(said) as administration:
        if body is None:
            subject = await locate(administration, which)
        else:
            one = None if which == body else fingerprint(which)
            subject = Subject(body=BodyId(body), key=one)
        acted = await administration.act(suspension(subject, reason))
        return {
            "action": acted.content_digest.hex(),
            "body": subject.body,
            "key": subject.key.hex() if subject.key is not None else None,
        }


def _effects(values: Mapping[str, Any]) -> tuple[Effect, ...]:
    """Return what will change as the hub has sent it.

    Raises:
        PeerError: It cannot be read.
    """
    given = values.get("effects")
    try:
        return tuple(
            Effect(
                what=What(one["what"]),
                body=BodyId(one["body"]) if one["body"] is not None else None,
                key=Fingerprint(bytes.fromhex(one["key"])) if one["key"] is not None else None,
                before=str(one["before"]),
                after=str(one["after"]),
                sentence=str(one["sentence"]),
            )
            for one in (given if isinstance(given, list) else ())
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise PeerError(
            Finding(code=PeerCode.NO_RECEIPT, message=f"what will change cannot be read: {exc}")
        ) from exc


def _waiting_for_evidence(values: Mapping[str, Any]) -> Iterable[Fingerprint]:
    for change in values.get("changes", ()):
        for arrival in change.get("arrivals", ()):
            if arrival.get("evidence") is None:
                yield Fingerprint(bytes.fromhex(arrival["fingerprint"]))


def _tell(values: Mapping[str, Any], *, json: bool) -> None:
    if json:
        write_json(values)
        return
    state, digest = values.get("state"), str(values.get("digest", ""))
    Console(highlight=False).print(f"proposal {digest[:16]}… is {state}", soft_wrap=True)
