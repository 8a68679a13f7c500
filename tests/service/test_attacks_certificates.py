"""Attacks on the answer *valid*: certificates that must not stand are asked for in every way."""

from __future__ import annotations

import re
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from exchange.core.model import BodyId, KeyRole
from exchange.core.number_spelling import spellings
from exchange.core.verification import Verification
from exchange.service.hub import Hub
from exchange.service.materials import schemas_folder
from exchange.service.verify import verify_document, verify_number
from tests.living import Certificate, _set, _signed, begun, with_legal_acts
from tests.running import settings_for
from tests.service.notices import send
from tests.world import ISSUER, World, make_world

AUTHORITY: Final = "CN-AB-CNAS"


@dataclass
class Attack:
    """A hub, and what is sent to it."""

    world: World
    hub: Hub
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def send(self, data: bytes) -> str:
        """Submit a document; return the codes for which it was refused, or nothing."""
        found = await send(self.hub, data, next(self.numbers))
        if not found.is_refused:
            return ""
        receipt = found.committed.receipt.decode()
        return " ".join(re.findall(r"<(?:\w+:)?Code[^>]*>([^<]+)", receipt)) or receipt

    async def begin(self, number: int) -> Certificate:
        """Submit a certificate."""
        first = begun(self.world, number)
        assert await self.send(first.data) == ""
        self.world.clock.forward(timedelta(minutes=1))
        return first

    async def verify(self, number: str) -> tuple[str, str]:
        """Return what is answered about a number."""
        found = await verify_number(self.hub, number, ISSUER)
        return found.overall.value, found.code.value

    async def declare(self, coverage: str = "all", signer: str = ISSUER, **role: KeyRole) -> str:
        """Submit a declaration of CN-CB-0103."""
        path = schemas_folder() / "declaration" / "samples" / "good" / "cn-all-public.xml"
        text = path.read_text(encoding="utf-8").replace(">all<", f">{coverage}<")
        text = re.sub(r"urn:uuid:[0-9a-f-]+", f"urn:uuid:{uuid.uuid4()}", text)
        text = re.sub(r"\s*<CertificateCount>[0-9]+</CertificateCount>", "", text)
        now = self.world.clock.now
        for old, at in (("07:55", now - timedelta(minutes=5)), ("08:00", now)):
            text = text.replace(f"2026-11-22T{old}:00Z", f"{at:%Y-%m-%dT%H:%M:%SZ}")
        return await self.send(
            self.world.sign(text.encode(), signer, role.get("role", KeyRole.STATUS))
        )


@pytest_asyncio.fixture
async def attack(tmp_path: Path) -> AsyncIterator[Attack]:
    world = with_legal_acts(make_world())
    settings = settings_for(world, tmp_path, max_guesses_per_network=10_000)
    async with Hub.open(settings, clock=world.clock) as hub:
        made = Attack(world=world, hub=hub)
        assert await made.declare() == ""
        yield made


def related(to: Certificate, relation: str, text: str) -> str:
    """Return a draft that relates to another certificate."""
    block = (
        " <RelatedAttestation>\n  <Document>\n"
        f"   <c:DocumentID>{to.document_id}</c:DocumentID>\n"
        '   <c:Digest algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
        f"{b64encode(to.digest).decode('ascii')}</c:Digest>\n"
        f'  </Document>\n  <Relation listID="MRHUB-RELATION">{relation}</Relation>\n'
        " </RelatedAttestation>\n"
    )
    return text.replace(" <SchemeParticulars>", f"{block} <SchemeParticulars>", 1)


def part_of(parent: Certificate) -> Certificate:
    """Return a sub-certificate."""
    number = f"{parent.number}-1"
    draft = parent.revised(number=number).draft
    draft = re.sub(r"(?s)  <c:Replaces>.*?</c:Replaces>\n", "", draft)
    for name, value in {
        "AttestationID": f"{parent.attestation_id}-1",
        "Revision": "0",
        "c:DocumentFunction": "9",
    }.items():
        draft = _set(draft, name, value)
    return _signed(parent.world, related(parent, "parent", draft))


async def test_certificate_that_another_one_replaces_is_not_valid(attack: Attack) -> None:
    first = await attack.begin(7)
    other = begun(attack.world, 8)
    draft = _set(first.revised(number=other.number).draft, "AttestationID", other.attestation_id)
    second = _signed(attack.world, _set(draft, "Revision", "0"))

    assert await attack.send(second.data) == ""

    assert await attack.verify(first.number) == ("not-valid", "verification.superseded")
    assert await attack.verify(second.number) == ("valid", "verification.in-force")
    held_up = await verify_document(attack.hub, first.data)
    assert held_up.overall.value == "not-valid"


@pytest.mark.parametrize(
    ("change", "overall"),
    [("withdraw", "not-valid"), ("suspend", "not-valid"), ("cancel", "not-valid")],
)
async def test_part_of_a_certificate_falls_with_it(
    attack: Attack, change: str, overall: str
) -> None:
    parent = await attack.begin(9)
    part = part_of(parent)
    assert await attack.send(part.data) == ""
    assert await attack.verify(part.number) == ("valid", "verification.in-force")

    assert await attack.send(parent.change(change, 1)) == ""

    assert await attack.verify(part.number) == (overall, "verification.parent")
    if change == "suspend":
        assert await attack.send(parent.change("restore", 2)) == ""
        assert await attack.verify(part.number) == ("valid", "verification.in-force")


async def test_part_of_a_part_has_no_number(attack: Attack) -> None:
    whole = await attack.begin(10)
    part = part_of(whole)
    assert await attack.send(part.data) == ""

    assert await attack.send(part_of(part).data)


async def test_body_that_keeps_nothing_here_confirms_nothing(attack: Attack) -> None:
    first = await attack.begin(11)
    attack.world.clock.forward(timedelta(days=32))
    assert await attack.verify(first.number) == ("cannot-tell", "verification.unconfirmed")

    assert await attack.declare("none") == ""

    assert await attack.verify(first.number) == ("cannot-tell", "verification.unconfirmed")


async def test_number_that_a_person_types_is_not_said_to_be_not_issued(attack: Attack) -> None:
    first = await attack.begin(12)
    number = first.number
    assert await attack.send(first.change("withdraw", 1)) == ""

    for typed in (
        number.lower(),
        f"{number[:5]} {number[5:]}",
        f"{number}\u200b",
        number.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
    ):
        assert await attack.verify(typed) == ("not-valid", "verification.withdrawn"), typed
    assert spellings("A\u20131") == ("A\u20131", "A-1")


async def test_what_is_forged_is_refused_and_changes_nothing(attack: Attack) -> None:
    first, second = await attack.begin(13), await attack.begin(14)
    suspended = first.change("suspend", 1)
    restore = first.change("restore", 2, values={"EffectiveDateTime": "2026-11-01T00:00:00Z"})
    role = {"role": KeyRole.ATTESTATION}
    text = first.change("withdraw", 1)
    unsigned = re.sub(rb"(?s)\s*<ds:Signature.*</ds:Signature>", b"", text)
    wrong_key = attack.world.sign(unsigned, ISSUER, KeyRole.ATTESTATION)
    steals = first.revised(number=second.number)

    refused = {
        "a change signed by the attestation key": await attack.send(wrong_key),
        "a declaration signed by the attestation key": await attack.declare(**role),
        "a declaration of another body": await attack.declare(signer="CN-CB-0107"),
        "a correction that takes another certificate's number": await attack.send(steals.data),
        "a change by a body that has nothing to do with it": await attack.send(
            first.change("withdraw", 1, by="CN-CB-0107")
        ),
    }

    assert all(refused.values()), refused
    assert await attack.verify(first.number) == ("valid", "verification.in-force")
    assert await attack.send(suspended) == ""
    assert "rule.STC-05" in await attack.send(restore)
    assert (await attack.verify(first.number))[0] == "not-valid"


async def test_last_day_of_the_expiry_is_whole_and_ends_where_the_body_lives(
    attack: Attack,
) -> None:
    first = await attack.begin(15)
    found: list[Verification] = []
    expiry = (await verify_number(attack.hub, first.number, BodyId(ISSUER))).certificate
    assert expiry is not None
    assert expiry.expiry_date is not None
    # Midnight in Shanghai is 16:00 UTC.
    end = f"{expiry.expiry_date}T16:00:00+00:00"
    instant = type(attack.world.clock.now).fromisoformat(end)
    for second in (-1, 0):
        attack.world.clock.now = instant + timedelta(seconds=second)
        found.append(await verify_number(attack.hub, first.number, BodyId(ISSUER)))

    assert [one.now.status.value for one in found if one.now] == ["active", "expired"]


async def test_authority_lifts_what_it_suspended_and_not_what_the_issuer_did(
    attack: Attack,
) -> None:
    own, issuers = await attack.begin(16), await attack.begin(17)
    assert await attack.send(own.change("suspend", 1, by=AUTHORITY)) == ""
    assert await attack.send(issuers.change("suspend", 1)) == ""

    assert "rule.STC-09" in await attack.send(issuers.change("restore", 2, by=AUTHORITY))
    assert "rule.STC-09" in await attack.send(own.change("extend", 2, by=AUTHORITY, added=["S4"]))

    assert await attack.verify(issuers.number) == ("not-valid", "verification.suspended")
    assert await attack.send(own.change("restore", 2, by=AUTHORITY)) == ""
    assert await attack.verify(own.number) == ("valid", "verification.in-force")


async def test_authority_cannot_make_the_suspension_of_the_issuer_its_own(attack: Attack) -> None:
    """Its own suspension arrives first, ahead of its turn; that of the issuer came before it."""
    first = await attack.begin(18)
    assert await attack.send(first.change("suspend", 2, by=AUTHORITY)) == ""
    assert await attack.send(first.change("suspend", 1)) == ""

    assert "rule.STC-09" in await attack.send(first.change("restore", 3, by=AUTHORITY))

    assert await attack.verify(first.number) == ("not-valid", "verification.suspended")
