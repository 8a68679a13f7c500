"""A corpus: attestations of many issuers, all different, all accepted, with their lists.

Made once for each run, with keys made for it. 50 issuers under five accreditation bodies;
each document has its own number, holder, dates and languages, and 7 to 9 KB.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from stdnum.cn import uscc

from exchange.core.algorithms import ALGORITHMS
from exchange.core.limits import Limits
from exchange.core.model import BodyId, DocumentId, KeyRole
from exchange.core.signing import complete, prepare
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust
from exchange.service.build_lists import build_lists
from exchange.service.list_files import write_lists
from exchange.service.materials import load_catalogue, load_code_lists
from exchange.service.publish import BuiltLists, Release
from exchange.service.trust_description import read_description
from exchange.vault.files import FileVault
from exchange.vault.vault import KeyKind, KeyName, NewKey, key_name
from tests.bench.drafts import Certificate, Holder, Issuer, Texts, write_draft

ISSUERS: Final = 50
"""Bodies that sign in turn: each counts on when all others have had theirs."""
ECONOMIES: Final = ("CN", "KZ", "PT", "SA", "KE")
LANGUAGES: Final = {"CN": "zh", "KZ": "ru", "PT": "pt", "SA": "ar", "KE": "en"}
PASS_PHRASE: Final = "figures only"  # noqa: S105  (these keys live as long as one run)
HUB: Final = "XX-HUB-01"
_LAST_DECISION: Final = date(2026, 9, 25)
_SECTORS: Final = tuple(str(number) for number in range(1, 40))
_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Signed attestations and what it takes to judge them."""

    folder: Path
    """Holds `vault/` and `trust/`, as a hub wants them."""
    built: BuiltLists
    snapshot: Snapshot
    drafts: tuple[tuple[KeyName, bytes], ...]
    signed: tuple[bytes, ...]
    made_at: datetime


async def make_corpus(
    folder: Path, *, documents: int = 1000, issuers: int = ISSUERS, extra: str = "", seed: int = 1
) -> Corpus:
    """Make keys, lists, drafts and signatures.

    Args:
        folder: Where vault and lists are written.
        documents: How many attestations.
        issuers: How many bodies sign them in turn.
        extra: More bodies of the description, in TOML.
        seed: The same seed gives the same holders, dates and numbers.
    """
    dice = random.Random(seed)  # noqa: S311  (figures, not keys)
    now = datetime.now(UTC).replace(microsecond=0)
    bodies = [issuer(number) for number in range(issuers)]
    vault = await FileVault.create(folder / "vault", PASS_PHRASE)
    text = describe(bodies, now) + extra
    described = read_description(text)
    names = {one.name for body in described.bodies for one in body.keys}
    names |= {described.root.signer, *(one.signer for one in described.lists)}
    names.add(key_name(BodyId(HUB), KeyRole.CHECKPOINT))
    for name in sorted(names):
        await make_key(vault, name, now)
    release = Release(catalogue=load_catalogue(), code_lists=load_code_lists(), limits=Limits())
    built = await build_lists(described, vault, at=now, release=release)
    await write_lists(built.files, folder / "trust")
    drafts = tuple(
        (key_name(body.id, KeyRole.ATTESTATION), draft(body, number, now, dice))
        for number, body in zip(range(documents), _in_turn(bodies), strict=False)
    )
    return Corpus(
        folder=folder,
        built=built,
        snapshot=Snapshot.build(
            catalogue=release.catalogue,
            limits=release.limits,
            algorithms=ALGORITHMS,
            trust=Trust.build(built.lists),
            code_lists=load_code_lists(),
            hub=BodyId(HUB),
            production=False,
        ),
        drafts=drafts,
        signed=tuple([await sign(vault, key, data, now) for key, data in drafts]),
        made_at=now,
    )


async def make_key(vault: FileVault, name: KeyName, now: datetime) -> None:
    """Make one key of the kind that its role wants."""
    role = name.partition("/")[2]
    new = NewKey(
        kind=KeyKind.ED25519 if role == KeyRole.CHECKPOINT else KeyKind.EC_P256,
        organisation=name,
        economy=name[:2],
        not_before=now - timedelta(days=400),
        not_after=now + timedelta(days=400),
        hosts=("127.0.0.1", "localhost") if role == KeyRole.TRANSPORT else (),
    )
    await vault.generate(name, new)


async def sign(vault: FileVault, key: KeyName, data: bytes, at: datetime) -> bytes:
    """Return a draft signed."""
    to_sign = prepare(data, certificates=await vault.certificates(key), signed_at=at)
    return complete(to_sign, await vault.sign(key, to_sign.octets, to_sign.algorithm))


def _in_turn(bodies: list[Issuer]) -> Iterator[Issuer]:
    while True:
        yield from bodies


def issuer(number: int) -> Issuer:
    """Return an invented certification body."""
    economy = ECONOMIES[number % len(ECONOMIES)]
    code = f"{number + 100:04}"
    names = {"en": f"Certification body {code}"} | {
        one: f"{_WORDS[one][0]} {code}" for one in LANGUAGES.values() if one != "en"
    }
    return Issuer(
        id=BodyId(f"{economy}-CB-{code}"),
        names=names,
        address=_address(code),
        economy=economy,
        authority=BodyId(f"{economy}-AB-01"),
        accreditation_number=f"{economy} {code}-M",
        accredited_from=date(2020, 1, 1),
        approval_number=f"CNCA-R-2002-{code}" if economy == "CN" else None,
    )


_WORDS: Final[dict[str, tuple[str, str, str]]] = {
    "en": ("Certification body", "Works", "Design, production and sale of pumps, valves and parts"),
    "zh": ("认证中心", "机械制造有限公司", "泵、阀门及其零件的设计、生产和销售"),
    "ru": ("Орган по сертификации", "Завод", "Проектирование, производство и сбыт насосов"),
    "ar": ("هيئة التصديق", "مصنع", "تصميم وإنتاج وبيع المضخات والصمامات وقطعها"),
    "pt": ("Organismo de certificação", "Fábrica", "Conceção, produção e venda de bombas"),
}


def _address(code: str) -> Texts:
    return {
        "en": f"{code} Harbour Road",
        "zh": f"海港路 {code} 号",
        "ru": f"Портовая улица, {code}",
        "ar": f"طريق الميناء {code}",
        "pt": f"Estrada do Porto, {code}",
    }


def draft(body: Issuer, number: int, now: datetime, dice: random.Random) -> bytes:
    """Return an attestation that no other draft is equal to."""
    own = LANGUAGES[body.economy]
    code = "".join(dice.choice("0123456789") for _ in range(6))
    # Its three years end before ISO 9001:2015 does (rule SCH-QMS-05).
    decided = min(now.date(), _LAST_DECISION) - timedelta(days=dice.randint(3, 260))
    return write_draft(
        Certificate(
            document_id=DocumentId(f"urn:uuid:{_uuid(dice)}"),
            attestation_id=f"urn:uuid:{_uuid(dice)}",
            number=numbered(body, decided, number),
            languages=("en",) if own == "en" else (own, "en"),
            issuer=body,
            holder=_holder(body.economy, code, dice),
            scope={one: f"{words[2]} ({code})" for one, words in _WORDS.items()},
            sector=dice.choice(_SECTORS),
            decided_on=decided,
            issued_at=now - timedelta(seconds=dice.randint(0, 3600)),
            personnel=dice.randint(5, 5000),
        )
    )


def numbered(body: Issuer, day: date, serial: int) -> str:
    """Return a certificate number of a body; those in China have five digits to count with."""
    code = body.id[6:]
    if body.economy == "CN":
        return f"{code[-3:]}{day:%y}Q{serial // ISSUERS:05}R0M"
    return f"{code}-Q-{serial:06}"


def _uuid(dice: random.Random) -> uuid.UUID:
    return uuid.UUID(int=dice.getrandbits(128), version=4)


def _holder(economy: str, code: str, dice: random.Random) -> Holder:
    names = {one: f"{words[1]} {code}" for one, words in _WORDS.items()}
    if economy != "CN":
        return Holder(
            identifier=f"{code}{dice.randint(100, 999)}",
            scheme="NATIONAL",
            agency=economy,
            names=names,
            address=_address(code),
            economy=economy,
        )
    number = "91310000" + "".join(dice.choice(_LETTERS) for _ in range(9))
    return Holder(
        identifier=number + uscc.calc_check_digit(number),
        scheme="USCC",
        names=names,
        address=_address(code),
        economy=economy,
    )


def describe(bodies: list[Issuer], now: datetime) -> str:
    """Return the description of the lists, in TOML."""
    until = (
        f"signs-until = {_toml(now + timedelta(days=300))}\n"
        f"accepted-until = {_toml(now + timedelta(days=390))}\n"
    )
    top = (
        f'[operator]\nterritory = "XX"\nsigner = "{HUB}/list"\n'
        'location = "https://hub.example/v1/trust-lists/"\n'
        "valid-days = 90\nhistory-days = 3653\n"
        f'names = {{ en = "Hub" }}\nscheme-names = {{ en = "List of lists" }}\n{_place("CH")}'
    )
    parts = [top]
    operators = {economy: f"{economy}-AB-01" for economy in ECONOMIES} | {"XX": HUB}
    for economy, operator in operators.items():
        parts.append(
            f'[[lists]]\nterritory = "{economy}"\nsigner = "{operator}/list"\n'
            f'names = {{ en = "{economy}" }}\nscheme-names = {{ en = "List" }}\n{_place(economy)}'
        )
        role = "hub-operator" if operator == HUB else "accreditation-body"
        parts.append(_body(operator, role, f"Operator of {economy}") + _keys("receipt", until))
    parts += [_issuing_body(body, until) for body in bodies]
    return "\n".join(parts) + "\n"


_SECTOR_CODES: Final = ", ".join(f'"IAF-ID1:{code}"' for code in _SECTORS)
_TAKES: Final = 'schemes = ["urn:mrhub:scheme:management-systems"]\n'


def _issuing_body(body: Issuer, until: str) -> str:
    approval = f'approval-number = "{body.approval_number}"\n' if body.approval_number else ""
    return (
        _body(body.id, "certification-body", body.names["en"], approval)
        + f'[[bodies.accreditations]]\nauthority = "{body.authority}"\n'
        f'number = "{body.accreditation_number}"\nstandard = "ISO/IEC 17021-1"\n{_TAKES}'
        f"scope-codes = [{_SECTOR_CODES}]\nvalid-from = {body.accredited_from}\n"
        '[[bodies.capabilities]]\nkind = "attestation"\n'
        f'schema = "urn:mrhub:attestation:1"\n{_TAKES}'
        + _keys("receipt", until)
        + f'[[bodies.keys]]\nrole = "attestation"\n{until}[bodies.keys.scope]\n{_TAKES}'
        f'standards = ["ISO 9001"]\nproduct-groups = [{_SECTOR_CODES}]\neconomies = ["*"]\n'
    )


def _body(body: str, role: str, name: str, more: str = "") -> str:
    return (
        f'[[bodies]]\nid = "{body}"\nroles = ["{role}"]\ntime-zone = "UTC"\n'
        f'since = 2019-01-01T00:00:00Z\nnames = {{ en = "{name}" }}\n{more}{_place(body[:2])}\n'
    )


def _keys(role: str, until: str) -> str:
    hosts = 'hosts = ["127.0.0.1", "localhost"]\n'
    return (
        f'[[bodies.keys]]\nrole = "{role}"\n{until}'
        f'[[bodies.keys]]\nrole = "transport"\n{until}{hosts}'
    )


def _place(economy: str) -> str:
    return (
        f'place = {{ street = "1 Road", locality = "City", economy = "{economy}", '
        'contact = "mailto:office@body.example", information = "https://body.example/" }'
    )


def _toml(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
