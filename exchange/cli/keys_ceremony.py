"""`exchange keys ceremony`: the officers make the offline root and found the hub's trust.

The command leads through five steps and asks before each thing that cannot be undone. With
`--officers FILE --yes` it asks nothing, for rehearsals and tests; what is made is the same.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console

from exchange.cli.arguments import Json, alone, epilog
from exchange.cli.ceremony_files import (
    FOUNDING_FILE,
    ROOT_CERTIFICATE,
    certificates,
    hub_certificates,
    read_beside,
    required,
    write_founding,
    write_renewed,
)
from exchange.cli.ceremony_telling import show_hub, show_root, write_json
from exchange.cli.exits import ExitCode
from exchange.cli.keys_officers import ask, ask_officers, confirmed
from exchange.cli.vaults import ROOT_PIN_VARIABLE, ROOT_VARIABLE, root_place, vault_place
from exchange.core.actions.values import Administrator
from exchange.core.limits import Limits
from exchange.core.model import BodyId, DocumentId
from exchange.core.periods import in_zulu
from exchange.service.ceremony import (
    Founding,
    Held,
    described_hub,
    hold_ceremony,
    plan_founding,
    rehearse_founding,
    renew_delegation,
)
from exchange.service.delegate import LONGEST_DELEGATION
from exchange.service.described import DescribedBody
from exchange.service.enrolment import read_enrolment
from exchange.service.list_files import ROOT_FILE
from exchange.service.materials import load_catalogue, load_code_lists
from exchange.service.publish import Release, RootPress
from exchange.service.trust_description import read_description
from exchange.vault.opening import VaultPlace, opened
from exchange.vault.vault import KeyName

app = alone()

_DAYS: Final = LONGEST_DELEGATION.days


@dataclass(frozen=True, slots=True, kw_only=True)
class _RootPlace:
    """Where the root is made and kept: in a folder of its own, or in a token of its own."""

    folder: Path | None
    module: str
    token: str

    def __str__(self) -> str:
        """Say it as people do."""
        return f"token {self.token}" if self.folder is None else f"folder {self.folder}"

    def place(self, hub: BodyId | None = None) -> VaultPlace:
        """Return it with its secret; a hub is named where the root may be new."""
        new = self.folder is not None and hub is not None and not (self.folder / hub).exists()
        return root_place(self.folder, self.module, self.token, new=new)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the command line says."""

    description: Path
    root: _RootPlace
    out: Path
    officers: Path | None
    vault: Path | None
    days: int
    yes: bool
    json: bool


@app.command(
    "ceremony",
    help="""Create the offline root and found the trust of a hub.

    Leads three officers or more through five steps: the hub and its keys, the officers and
    their fingerprints, the root in a vault of its own, the founding and the delegation to the
    online list key, and the root's fingerprint, to be read aloud and pinned by every reader.
    The description is that of `exchange trust build`; of its bodies only the operator is
    founded. With --renew the root only says again, for at most 90 days, who signs the lists.
    """,
    epilog=epilog(
        "exchange keys ceremony hub.toml --root-vault /media/root --out founding/",
        "exchange keys ceremony hub.toml --root-vault /media/root --out founding/ "
        "--officers officers.toml --yes",
        "exchange keys ceremony hub.toml --root-module /usr/lib/libpkcs11.so --root-token root "
        "--out founding/",
        "exchange keys ceremony --renew --root-vault /media/root --out founding/",
        "exchange keys ceremony --renew --root-vault /media/root --out founding/ "
        "--list-key list-2027.pem",
    ),
)
def ceremony_command(
    description: Annotated[
        Path | None,
        typer.Argument(
            metavar="DESCRIPTION", exists=True, dir_okay=False, help="The hub, as TOML."
        ),
    ] = None,
    *,
    root_vault: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help=f"Vault of the root alone; its pass phrase is read from {ROOT_VARIABLE}, "
            "or asked for.",
        ),
    ] = None,
    root_module: Annotated[
        str,
        typer.Option(
            metavar="PATH", help="PKCS#11 module of a token that keeps the root, not a folder."
        ),
    ] = "",
    root_token: Annotated[
        str,
        typer.Option(
            metavar="LABEL",
            help=f"Label of that token; its PIN is read from {ROOT_PIN_VARIABLE}, or asked for.",
        ),
    ] = "",
    out: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", file_okay=False, help="Where founding.xml and root.xml are kept."
        ),
    ],
    officers: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", exists=True, dir_okay=False, help="Who is enrolled; asked without."
        ),
    ] = None,
    vault: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="The hub's vault, for certificates that do not lie beside the description.",
        ),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=_DAYS, help="How long the delegation is good, in days.")
    ] = _DAYS,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; needs --officers.")] = False,
    renew: Annotated[bool, typer.Option("--renew", help="Only make the delegation anew.")] = False,
    list_key: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="With --renew: certificate of a list key that may sign from now on.",
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Hold the ceremony, or renew what it has delegated."""
    root = _root(root_vault, root_module, root_token)
    if renew:
        if description is not None or officers is not None:
            raise typer.BadParameter("--renew takes neither a description nor officers")
        signers = tuple(certificates(path)[0] for path in list_key or ())
        _renew(root, out, signers, days, json=json)
        return ExitCode.DONE
    if description is None:
        raise typer.BadParameter("expected the description of the hub, found none")
    if list_key:
        raise typer.BadParameter("--list-key is for --renew: the description names the list keys")
    if yes and officers is None:
        raise typer.BadParameter("--yes needs --officers FILE: nobody is asked")
    said = _Said(
        description=description,
        root=root,
        out=out,
        officers=officers,
        vault=vault,
        days=days,
        yes=yes,
        json=json,
    )
    return _found(said)


def _root(folder: Path | None, module: str, token: str) -> _RootPlace:
    if (folder is None) is not bool(module and token) or bool(module) is not bool(token):
        raise typer.BadParameter(
            "expected --root-vault FOLDER, or --root-module PATH with --root-token LABEL"
        )
    return _RootPlace(folder=folder, module=module, token=token)


def _found(said: _Said) -> int:
    if (said.out / FOUNDING_FILE).exists():
        raise typer.BadParameter(
            f"{said.out / FOUNDING_FILE} exists: this hub is founded; "
            "--renew makes a new delegation"
        )
    console = Console(highlight=False, markup=False, soft_wrap=True, stderr=said.json)
    described = read_description(said.description.read_text(encoding="utf-8"))
    hub = described_hub(described)
    console.rule("step 1 of 5: the hub and its keys", align="left")
    known = _hub_certificates(said, hub)
    plan = plan_founding(described, known, ())
    show_hub(plan, console)
    if not _agreed("are these the keys of the hub", said):
        return _stopped(console)
    console.rule("step 2 of 5: the officers", align="left")
    enrolled = _enrolled(said, plan, console)
    if enrolled is None:
        return _stopped(console)
    plan = plan_founding(described, known, enrolled)
    now = datetime.now(UTC)
    rehearse_founding(plan, at=now)
    console.rule("step 3 of 5: the root", align="left")
    console.print(
        f"The root {plan.root} is made in {said.root}. From then on that is kept off line, "
        "with two copies in two places."
    )
    if not _agreed("make it now", said):
        return _stopped(console)
    held = asyncio.run(_hold(plan, said.root.place(plan.hub.id), said.days))
    console.rule("step 4 of 5: founding and delegation", align="left")
    write_founding(said.out, held)
    for name in (FOUNDING_FILE, ROOT_FILE, ROOT_CERTIFICATE):
        console.print(f"written  {said.out / name}")
    console.print(f"delegated until {in_zulu(held.delegation.next_update)}")
    if plan.left_out:
        console.print(
            f"not founded: {', '.join(plan.left_out)}; two officers bring them in with "
            "`exchange trust propose` and `approve`"
        )
    console.rule("step 5 of 5: read the root aloud", align="left")
    show_root(held.root, console)
    console.print("\nsettings of the hub:")
    console.print(f"  founding_dir = {jsonlib.dumps(str(said.out.resolve()))}")
    console.print(f'  trust_pins = ["{held.root.fingerprint.hex()}"]')
    if said.json:
        write_json(said.out, held, enrolled)
    return ExitCode.DONE


def _renew(root: _RootPlace, out: Path, signers: Sequence[bytes], days: int, *, json: bool) -> None:
    founding, before = (required(out / name) for name in (FOUNDING_FILE, ROOT_FILE))
    place = root.place()

    async def work() -> Held:
        async with opened(place) as vault:
            return await renew_delegation(
                founding,
                before,
                press=RootPress(vault=vault, release=_release(), valid_for=timedelta(days=days)),
                at=datetime.now(UTC),
                signers=signers,
            )

    held = asyncio.run(work())
    write_renewed(out, held, before)
    if json:
        write_json(out, held, ())
        return
    console = Console(highlight=False, markup=False, soft_wrap=True)
    console.print(f"written  {out / ROOT_FILE}, number {held.delegation.sequence}")
    console.print(f"delegated until {in_zulu(held.delegation.next_update)}")
    console.print("next: bring it to the hub with `exchange trust publish`, or restart the hub")


def _release() -> Release:
    return Release(catalogue=load_catalogue(), code_lists=load_code_lists(), limits=Limits())


async def _hold(plan: Founding, place: VaultPlace, days: int) -> Held:
    async with opened(place, create=True) as vault:
        return await hold_ceremony(
            plan,
            press=RootPress(vault=vault, release=_release(), valid_for=timedelta(days=days)),
            action_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
            at=datetime.now(UTC),
        )


def _hub_certificates(said: _Said, hub: DescribedBody) -> Mapping[KeyName, tuple[bytes, ...]]:
    """Return the certificates of the hub's keys, from files beside the description or the vault."""
    found = dict(hub_certificates(hub, said.description.parent))
    missing = [key.name for key in hub.keys if key.name not in found]
    if said.vault is None or not missing:
        return found
    place = vault_place(said.vault)

    async def look() -> None:
        async with opened(place) as vault:
            for name in missing:
                if name in vault.names():
                    found[name] = await vault.certificates(name)

    asyncio.run(look())
    return found


def _enrolled(said: _Said, plan: Founding, console: Console) -> tuple[Administrator, ...] | None:
    """Return the officers, each confirmed by the person; `None` where one is not."""
    if said.officers is None:
        return ask_officers(plan.hub.id, console)
    folder = said.officers.parent
    text = said.officers.read_text(encoding="utf-8")
    officers = tuple(
        one.administrator
        for one in read_enrolment(text, said.officers.name, lambda name: read_beside(folder, name))
    )
    for one in officers:
        if not confirmed(one, console, ask_them=not said.yes):
            return None
    return officers


def _agreed(question: str, said: _Said) -> bool:
    return said.yes or ask(question)


def _stopped(console: Console) -> int:
    console.print("stopped; nothing was made")
    return ExitCode.REFUSED
