"""`exchange keys ceremony`: the officers make the offline root and found the hub's trust.

The command leads through five steps and asks before each thing that cannot be undone. With
`--officers FILE --yes` it asks nothing, for rehearsals and tests; what is made is the same.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final

import typer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from rich.console import Console
from rich.text import Text

from exchange.cli.arguments import Json, alone, epilog
from exchange.cli.exits import ExitCode
from exchange.cli.files import write_new
from exchange.cli.fingerprints import spoken
from exchange.cli.keys_officers import ask, ask_officers, confirmed
from exchange.cli.vaults import root_place, vault_place
from exchange.codes.service import SettingsCode
from exchange.core.actions.values import Administrator
from exchange.core.certificate import KeyCertificate
from exchange.core.limits import Limits
from exchange.core.model import DocumentId, Fingerprint, KeyRole
from exchange.core.periods import in_zulu
from exchange.errors import Finding, SettingsError
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
from exchange.service.demo_keys import certificate_file
from exchange.service.described import DescribedBody, DescribedKey
from exchange.service.enrolment import read_enrolment
from exchange.service.list_files import ROOT_FILE
from exchange.service.materials import load_catalogue, load_code_lists
from exchange.service.publish import Press, Release
from exchange.service.trust_description import read_description
from exchange.vault.opening import VaultPlace, opened
from exchange.vault.vault import KeyName

app = alone()

FOUNDING_FILE: Final = "founding.xml"
ROOT_CERTIFICATE: Final = "root.pem"
_DAYS: Final = LONGEST_DELEGATION.days


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the command line says."""

    description: Path
    root_vault: Path
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
        Path,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help="Vault of the root alone; its pass phrase is read from "
            "EXCHANGE_ROOT_PASSPHRASE, or asked for.",
        ),
    ],
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
    if renew:
        if description is not None or officers is not None:
            raise typer.BadParameter("--renew takes neither a description nor officers")
        signers = tuple(_certificates(path)[0] for path in list_key or ())
        _renew(root_vault, out, signers, days, json=json)
        return ExitCode.DONE
    if description is None:
        raise typer.BadParameter("expected the description of the hub, found none")
    if list_key:
        raise typer.BadParameter("--list-key is for --renew: the description names the list keys")
    if yes and officers is None:
        raise typer.BadParameter("--yes needs --officers FILE: nobody is asked")
    said = _Said(
        description=description,
        root_vault=root_vault,
        out=out,
        officers=officers,
        vault=vault,
        days=days,
        yes=yes,
        json=json,
    )
    return _found(said)


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
    certificates = _hub_certificates(said, hub)
    plan = plan_founding(described, certificates, ())
    _show_hub(plan, console)
    if not _agreed("are these the keys of the hub", said):
        return _stopped(console)
    console.rule("step 2 of 5: the officers", align="left")
    enrolled = _enrolled(said, plan, console)
    if enrolled is None:
        return _stopped(console)
    plan = plan_founding(described, certificates, enrolled)
    now = datetime.now(UTC)
    rehearse_founding(plan, at=now)
    console.rule("step 3 of 5: the root", align="left")
    console.print(
        f"The root {plan.root} is made in {said.root_vault}. From then on that folder is kept "
        "off line, with two copies in two places."
    )
    if not _agreed("make it now", said):
        return _stopped(console)
    new = not (said.root_vault / plan.hub.id).exists()
    held = asyncio.run(_hold(plan, root_place(said.root_vault, new=new), said.days))
    console.rule("step 4 of 5: founding and delegation", align="left")
    _write(said.out, held)
    for name in (FOUNDING_FILE, ROOT_FILE, ROOT_CERTIFICATE):
        console.print(f"written  {said.out / name}")
    console.print(f"delegated until {in_zulu(held.delegation.next_update)}")
    if plan.left_out:
        console.print(
            f"not founded: {', '.join(plan.left_out)}; two officers bring them in with "
            "`exchange trust propose` and `approve`"
        )
    console.rule("step 5 of 5: read the root aloud", align="left")
    _show_root(held.root, console)
    console.print("\nsettings of the hub:")
    console.print(f"  founding_dir = {jsonlib.dumps(str(said.out.resolve()))}")
    console.print(f'  trust_pins = ["{held.root.fingerprint.hex()}"]')
    if said.json:
        _tell(said.out, held, enrolled)
    return ExitCode.DONE


def _renew(root_vault: Path, out: Path, signers: Sequence[bytes], days: int, *, json: bool) -> None:
    founding, before = (_required(out / name) for name in (FOUNDING_FILE, ROOT_FILE))
    place = root_place(root_vault)

    async def work() -> Held:
        async with opened(place) as vault:
            return await renew_delegation(
                founding,
                before,
                press=Press(vault=vault, release=_release(), valid_for=timedelta(days=days)),
                at=datetime.now(UTC),
                signers=signers,
            )

    held = asyncio.run(work())
    former = out / f"root-{held.delegation.sequence - 1}.xml"
    if not former.exists():
        write_new(former, before)
    _replace(out / ROOT_FILE, held.delegation.data)
    if json:
        _tell(out, held, ())
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
            press=Press(vault=vault, release=_release(), valid_for=timedelta(days=days)),
            action_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
            at=datetime.now(UTC),
        )


def _hub_certificates(said: _Said, hub: DescribedBody) -> Mapping[KeyName, tuple[bytes, ...]]:
    """Return the certificates of the hub's keys, from files beside the description or the vault."""
    found: dict[KeyName, tuple[bytes, ...]] = {}
    beside = said.description.parent
    for key in hub.keys:
        path = beside / (key.certificate or certificate_file(key.name))
        if path.is_file():
            found[key.name] = (*_certificates(path), *_issuers(key, beside))
    if said.vault is None or len(found) == len(hub.keys):
        return found
    place = vault_place(said.vault)

    async def look() -> None:
        async with opened(place) as vault:
            for key in hub.keys:
                if key.name not in found and key.name in vault.names():
                    found[key.name] = await vault.certificates(key.name)

    asyncio.run(look())
    return found


def _issuers(key: DescribedKey, folder: Path) -> tuple[bytes, ...]:
    return tuple(der for name in key.issuers for der in _certificates(folder / name)[:1])


def _certificates(path: Path) -> tuple[bytes, ...]:
    try:
        found = x509.load_pem_x509_certificates(_required(path))
    except ValueError as exc:
        raise typer.BadParameter(f"{path} is not a key certificate in PEM") from exc
    return tuple(one.public_bytes(Encoding.DER) for one in found)


def _required(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        raise typer.BadParameter(f"{path} cannot be read: {exc.strerror}".lower()) from exc


def _enrolled(said: _Said, plan: Founding, console: Console) -> tuple[Administrator, ...] | None:
    """Return the officers, each confirmed by the person; `None` where one is not."""
    if said.officers is None:
        return ask_officers(plan.hub.id, console)
    folder = said.officers.parent
    text = said.officers.read_text(encoding="utf-8")
    officers = tuple(
        one.administrator
        for one in read_enrolment(text, said.officers.name, lambda name: _beside(folder, name))
    )
    for one in officers:
        if not confirmed(one, console, ask_them=not said.yes):
            return None
    return officers


def _beside(folder: Path, name: str) -> bytes:
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


def _show_hub(plan: Founding, console: Console) -> None:
    names = ", ".join(plan.hub.names.values())
    console.print(f"{plan.hub.id}  {names}")
    console.print(f"lists    {', '.join(one.territory for one in plan.lists)}")
    console.print(f"found at {plan.delegation.location}")
    for key in plan.hub.keys:
        console.print(f"\n{key.role.value} key, until {in_zulu(key.signs_until)}")
        _show_fingerprint(key.fingerprint, console)
    if all(key.role is not KeyRole.CHECKPOINT for key in plan.hub.keys):
        console.print("\nno checkpoint key is described: readers learn it from the operator alone")


def _show_fingerprint(fingerprint: Fingerprint, console: Console) -> None:
    for line in spoken(fingerprint):
        console.print(f"  {line}")


def _show_root(root: KeyCertificate, console: Console) -> None:
    console.print(Text(f"root {root.fingerprint.hex()}"))
    console.print("One officer reads, the others compare with what they have written down:\n")
    _show_fingerprint(root.fingerprint, console)
    console.print(f"\ngood until {in_zulu(root.not_after)}")


def _agreed(question: str, said: _Said) -> bool:
    return said.yes or ask(question)


def _stopped(console: Console) -> int:
    console.print("stopped; nothing was made")
    return ExitCode.REFUSED


def _write(out: Path, held: Held) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise typer.BadParameter(f"{out} cannot be made: {exc.strerror}") from exc
    pem = x509.load_der_x509_certificate(held.root.der).public_bytes(Encoding.PEM)
    if not (out / ROOT_CERTIFICATE).exists():
        write_new(out / ROOT_CERTIFICATE, pem)
    _replace(out / ROOT_FILE, held.delegation.data)
    # Last, since its presence says that the ceremony is over: until then it can begin again.
    write_new(out / FOUNDING_FILE, held.founding)


def _replace(path: Path, data: bytes) -> None:
    """Write a file whole, in the place of one that counts no more."""
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    write_new(unfinished, data)
    unfinished.replace(path)


def _tell(out: Path, held: Held, officers: Sequence[Administrator]) -> None:
    values = {
        "root": held.root.fingerprint.hex(),
        "founding": str(out / FOUNDING_FILE),
        "delegation": str(out / ROOT_FILE),
        "sequence": held.delegation.sequence,
        "next_update": in_zulu(held.delegation.next_update),
        "officers": [
            {"person": one.person, "fingerprint": one.fingerprint.hex()} for one in officers
        ],
    }
    sys.stdout.write(jsonlib.dumps(values, ensure_ascii=False, indent=2) + "\n")
