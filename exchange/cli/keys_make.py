"""`exchange keys generate | import | prove | person`: keys come into being, or are brought."""

from __future__ import annotations

import asyncio
import stat
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from exchange.cli.arguments import Json, alone, epilog, instant
from exchange.cli.key_telling import ToldKey, certificate_beside, require_free, require_room, tell
from exchange.cli.vaults import (
    NewVaultFolder,
    TokenLabel,
    TokenModule,
    VaultFolder,
    brought_pass_phrase,
    person_pass_phrase,
    vault_place,
)
from exchange.core.actions.values import PersonId
from exchange.core.certificate import read_certificate
from exchange.core.model import BodyId, KeyRole
from exchange.core.periods import in_zulu
from exchange.core.role_requirements import REQUIREMENTS
from exchange.service.key_proof import prove_possession
from exchange.vault.brought import read_brought
from exchange.vault.opening import VaultPlace, opened
from exchange.vault.person_key import NewPerson, PersonKey, is_person
from exchange.vault.vault import KeyKind, KeyName, NewKey, Vault, is_key_name, split_name

app = alone()

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_ENCRYPTED: Final = (b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")


def _key_name(text: str) -> KeyName:
    if not is_key_name(text):
        raise typer.BadParameter(
            f"expected body and role such as CN-CB-0103/attestation-2027, found {text!r}"
        )
    return KeyName(text)


def _economy(text: str) -> str:
    if len(text) != 2 or not text.isascii() or not text.isupper():  # noqa: PLR2004
        raise typer.BadParameter(f"expected two capital letters such as CN, found {text!r}")
    return text


def _hub(text: str) -> BodyId:
    if "-HUB-" not in text or not is_key_name(f"{text}/receipt"):
        raise typer.BadParameter(f"expected the id of a hub such as XX-HUB-01, found {text!r}")
    return BodyId(text)


def _person(text: str) -> PersonId:
    if not is_person(text):
        raise typer.BadParameter(f"expected body and name such as XX-HUB-01/li-wei, found {text!r}")
    return PersonId(text)


Name = Annotated[
    str, typer.Argument(metavar="NAME", parser=_key_name, help="Body and role of the key.")
]
Out = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="Write the key certificate here, PEM; never over a file."),
]
ProofFor = Annotated[
    str | None,
    typer.Option(
        "--proof",
        metavar="HUB",
        parser=_hub,
        help="Also write the proof of possession for this hub, beside the certificate.",
    ),
]
Days = Annotated[
    int, typer.Option(min=1, max=3660, help="How long the certificate is good, in days.")
]
From = Annotated[
    datetime | None,
    typer.Option("--from", parser=instant, metavar="INSTANT", help="Its first instant; now."),
]


@app.command(
    "generate",
    help="""Make a key in the vault, with a self-issued key certificate.

    The private key never leaves the vault. The certificate and, with --proof, the proof of
    possession are what the hub's officers need; read the fingerprint to them over the
    telephone. The organisation must be the name that the trust list has for the body.
    """,
    epilog=epilog(
        "exchange keys generate CN-CB-0103/attestation-2027 --vault vault/ "
        "--organisation 华信认证中心 --proof XX-HUB-01 --out attestation-2027.pem",
        "exchange keys generate XX-HUB-01/checkpoint --vault vault/ --organisation 'Demo hub' "
        "--module /usr/lib/softhsm/libsofthsm2.so --token hub",
    ),
)
def generate_command(
    name: Name,
    *,
    vault: NewVaultFolder,
    organisation: Annotated[str, typer.Option(help="Name of the body, as on the trust list.")],
    economy: Annotated[
        str | None,
        typer.Option(parser=_economy, metavar="CODE", help="Of the body; by default as its id."),
    ] = None,
    kind: Annotated[
        KeyKind | None, typer.Option(help="Kind of key; by default what its role needs.")
    ] = None,
    days: Days = 730,
    begins: From = None,
    host: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="Name or address of a transport key; again for more."),
    ] = None,
    out: Out = None,
    proof: ProofFor = None,
    module: TokenModule = "",
    token: TokenLabel = "",
    json: Json = False,
) -> None:
    """Make one key and tell its fingerprint."""
    key = KeyName(name)
    body, role = split_name(key)
    if host and role is not KeyRole.TRANSPORT:
        raise typer.BadParameter(f"--host is for transport keys, found {role.value}")
    longest = REQUIREMENTS[role].longest_validity
    if timedelta(days=days) > longest:
        raise typer.BadParameter(
            f"expected at most {longest.days} days for a {role.value} key, found {days}"
        )
    fitting = KeyKind.ED25519 if role is KeyRole.CHECKPOINT else KeyKind.EC_P256
    first = begins or datetime.now(UTC).replace(microsecond=0)
    new = NewKey(
        kind=kind or fitting,
        organisation=organisation,
        economy=economy or body[:2],
        not_before=first,
        not_after=first + timedelta(days=days),
        hosts=tuple(host or ()),
    )
    require_room(out, proof)
    place = vault_place(vault, module, token)
    tell(_kept(place, key, lambda opened: opened.generate(key, new), proof), out, json=json)


@app.command(
    "import",
    help="""Bring a key that was made elsewhere into the vault, once.

    Takes a private key (PKCS#8 in PEM or DER, encrypted or not) with its key certificate in
    the same file or in further ones. A key that can never work is refused. The file that
    brought it still holds the private key: destroy it when the vault is backed up.
    """,
    epilog=epilog(
        "exchange keys import CN-CB-0103/attestation old-key.pem --vault vault/",
        "exchange keys import CN-CB-0103/attestation key.der leaf.pem issuer.pem --vault vault/ "
        "--proof XX-HUB-01 --out attestation.pem",
    ),
)
def import_command(
    name: Name,
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE …",
            exists=True,
            dir_okay=False,
            readable=True,
            help="The private key, then certificates that are not in the same file.",
        ),
    ],
    *,
    vault: NewVaultFolder,
    out: Out = None,
    proof: ProofFor = None,
    module: TokenModule = "",
    token: TokenLabel = "",
    json: Json = False,
) -> None:
    """Bring one key and tell its fingerprint."""
    key = KeyName(name)
    require_room(out, proof)
    octets, *others = (path.read_bytes() for path in files)
    secret = brought_pass_phrase() if any(mark in octets for mark in _ENCRYPTED) else None
    brought = read_brought(octets, secret, *others)
    leaf = read_certificate(brought.certificates[0])
    if leaf.not_after <= datetime.now(UTC):
        raise typer.BadParameter(
            f"expected a key certificate that is still good, found one that ended at "
            f"{in_zulu(leaf.not_after)}"
        )
    place = vault_place(vault, module, token)
    made = _kept(place, key, lambda opened: opened.import_key(key, brought), proof)
    tell(made, out, json=json)
    if files[0].stat().st_mode & _OTHERS:
        sys.stderr.write(
            f"warning: others could read {files[0]}: whoever did can sign; better make a new key\n"
        )
    sys.stderr.write(f"next: {files[0]} still holds the private key; destroy it\n")


@app.command(
    "prove",
    help="""Prove to a hub that you hold a key of your vault.

    Writes the proof of possession that a proposal needs when the key is brought to the hub's
    list. A proof is for one hub, one body and one role, and nothing else.
    """,
    epilog=epilog(
        "exchange keys prove CN-CB-0103/attestation --vault vault/ --proof XX-HUB-01 "
        "--out attestation.pem",
    ),
)
def prove_command(
    name: Name,
    *,
    vault: VaultFolder,
    proof: Annotated[
        str, typer.Option("--proof", metavar="HUB", parser=_hub, help="The hub it is made for.")
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="FILE", help="The key certificate, PEM; the proof goes beside it."),
    ],
    module: TokenModule = "",
    token: TokenLabel = "",
    json: Json = False,
) -> None:
    """Write certificate and proof."""
    key = KeyName(name)
    require_room(out, proof)
    place = vault_place(vault, module, token)
    tell(_kept(place, key, lambda opened: opened.certificates(key), proof), out, json=json)


@app.command(
    "person",
    help="""Make a key for a person who administers trust.

    Each administrator makes their own, on their own machine, with a pass phrase that nobody
    else knows. The certificate beside it is what the officer who enrols them needs, together
    with the fingerprint, read aloud in person.
    """,
    epilog=epilog(
        "exchange keys person XX-HUB-01/li-wei --name 李伟 --economy CN --out li-wei.pem",
    ),
)
def person_command(
    person: Annotated[
        str, typer.Argument(metavar="PERSON", parser=_person, help="Body and name of the person.")
    ],
    *,
    name: Annotated[str, typer.Option(help="As the person writes it, in any script.")],
    economy: Annotated[
        str | None,
        typer.Option(parser=_economy, metavar="CODE", help="By default that of the body."),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="The key, encrypted; never over a file.")
    ],
    kind: Annotated[
        KeyKind, typer.Option(help="Kind of key: ec-p256 or ec-p384.")
    ] = KeyKind.EC_P256,
    days: Days = 1096,
    json: Json = False,
) -> None:
    """Make the key and tell its fingerprint."""
    shown = certificate_beside(out)
    for path in (out, shown):
        require_free(path)
    first = datetime.now(UTC).replace(microsecond=0)
    new = NewPerson(
        person=PersonId(person),
        name=name,
        economy=economy or person[:2],
        not_before=first,
        not_after=first + timedelta(days=days),
        kind=kind,
    )
    key = asyncio.run(PersonKey.create(out, person_pass_phrase(new=True), new))
    tell(ToldKey(name=person, certificate=key.certificate), shown, json=json)


def _kept(
    place: VaultPlace,
    key: KeyName,
    keep: Callable[[Vault], Coroutine[Any, Any, tuple[bytes, ...]]],
    hub: str | None,
) -> ToldKey:
    """Open the vault, do one thing to one key, and prove possession where a hub is named."""

    async def work() -> ToldKey:
        async with opened(place, create=True) as vault:
            certificate = read_certificate((await keep(vault))[0])
            if hub is None:
                return ToldKey(name=key, certificate=certificate)
            _, proof = await prove_possession(vault, key, hub=BodyId(hub), at=datetime.now(UTC))
            return ToldKey(name=key, certificate=certificate, proof=proof)

    return asyncio.run(work())
