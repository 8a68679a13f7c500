"""Who sees what of one certificate: two recipients, its issuer, another partner, and anybody.

One recipient is pushed to and one pulls. Quantities, measured values and links to evidence open to
those alone to whom the certificate was addressed, whichever way it is asked for; after an order
nobody sees anything, and every proof holds.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from exchange.core.declaration_writing import write_declaration
from exchange.core.declarations import Coverage, Disclosure
from exchange.core.document.declaration import DeclaredScheme
from exchange.core.model import BodyId, DocumentId, KeyRole
from exchange.core.qr_address import address_of
from tests.running import Caller, Running, free_port, running, ticking
from tests.world import HUB, make_world

CCC: Final = "urn:mrhub:scheme:ccc"
OWNER: Final = "CN-CB-0103"
PULLS, PUSHED, OTHER = "PT-AB-IPAC", "KZ-AB-NCA", "SG-AB-SAC"


async def asked(caller: Caller, path: str, **query: str) -> dict[str, Any]:
    answer = await caller.ask("GET", path, params=query)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def declaration(one: Running) -> bytes:
    now = one.hub.clock()
    draft = write_declaration(
        document_id=DocumentId("urn:uuid:00000000-0000-4000-8000-000000000001"),
        issuer=BodyId(OWNER),
        issued_at=now,
        as_of=now,
        schemes=[DeclaredScheme(CCC, Disclosure.PUBLIC, Coverage.ALL, None)],
    )
    return one.world.sign(draft, OWNER, KeyRole.STATUS, at=now)


async def nowhere(secret: Sequence[str], callers: Sequence[Caller], paths: Sequence[str]) -> None:
    """Make sure that these callers read none of these words, in no form."""
    for caller in callers:
        for path in paths:
            for form in ("application/json", "application/xml", "text/html"):
                answer = await caller.ask("GET", path, headers={"Accept": form})
                text = answer.body.decode(errors="replace")
                assert not [word for word in secret if word in text], (caller.body, path, form)


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_commercial_details_open_to_those_alone_to_whom_they_were_addressed(
    request: pytest.FixtureRequest, tmp_path: Path, engine: str
) -> None:
    url = request.getfixturevalue("postgres_url") if engine == "postgresql" else ""
    port = free_port()
    world = make_world().with_body(PUSHED, endpoint=f"https://127.0.0.1:{port}")
    async with (
        running(world, tmp_path / "hub", store_url=url, clock=ticking(world)) as one,
        running(
            world, tmp_path / "partner", hub=PUSHED, partner_port=port, clock=ticking(world)
        ) as partner,
    ):
        owner, pulls, pushed, other = [
            await one.caller(body) for body in (OWNER, PULLS, PUSHED, OTHER)
        ]
        anyone = await one.caller(None, base=one.addresses.public)
        data = world.attestation("cn-ccc-server-consignment")
        answer = await owner.submit(data, f'"{PULLS}", "{PUSHED}"')
        assert answer.status == 201, answer.body
        answer = await owner.submit(declaration(one))
        assert answer.status == 201, answer.body

        # The octets: to those two, each by its own way, and to nobody else.
        (held,) = await pulls.lease(max=9)
        assert base64.b64decode(held["statement"]) == data
        assert (await pulls.acknowledge(held)).status == 201
        office = await partner.caller(PUSHED)
        async with asyncio.timeout(20):
            while not (there := await office.lease(max=9)):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert base64.b64decode(there[0]["statement"]) == data
        assert (await other.lease(max=9), await pushed.lease(max=9)) == ([], [])
        digest = world.signed(data).content_digest
        for caller, status in ((pulls, 200), (pushed, 200), (owner, 200), (other, 404)):
            assert (await caller.ask("GET", f"/v1/statements/{digest.hex()}")).status == status

        number = re.search(rb"<CertificateNumber>([^<]+)", data)
        assert number is not None
        name = number[1].decode()
        (key,) = await one.hub.store.certificates_by_number(name)
        kept = await one.hub.store.certificate(key)
        assert kept is not None
        by_number = f"/v1/certificates/{name}/verification"
        by_address = f"/v1/q/{address_of(kept.token)}/verification"
        searched = f"/v1/certificates?scheme={CCC}"
        paths = (by_number, by_address, searched, f"/search?scheme={CCC}")

        # What it says of quantities: to those two and the issuer.
        secret = (await asked(owner, by_number))["certificate"]["commercial"]
        assert secret
        for caller in (pulls, pushed):
            assert (await asked(caller, by_number))["certificate"]["commercial"] == secret
        for caller in (other, anyone):
            found = await asked(caller, by_number)
            assert (found["overall"], found["certificate"]["commercial"]) == ("valid", [])
            assert found["certificate"]["holder"]
            assert len((await asked(caller, searched))["certificates"]) == 1
        await nowhere(secret, (other, anyone), paths)
        # A signed answer is passed on, so it has none of them for anybody.
        for caller in (owner, pulls, pushed):
            signed = await caller.ask("GET", by_number, headers={"Accept": "application/xml"})
            assert not [word for word in secret if word in signed.body.decode()]

        # By order: nobody reads anything any more, and everybody can prove what there was.
        operator = await one.caller(HUB)
        removed = await operator.ask(
            "PUT",
            f"/v1/statements/{digest.hex()}/removal",
            data=json.dumps({"order": "Court, 7, 2026-11-22"}).encode(),
            headers={"Content-Type": "application/json"},
        )
        assert removed.status == 200, removed.body
        await nowhere(secret, (owner, pulls, pushed, other, anyone), paths)
        for caller in (owner, pulls, pushed):
            gone = await caller.ask("GET", f"/v1/statements/{digest.hex()}")
            proof = await caller.ask("GET", f"/v1/statements/{digest.hex()}/proof")
            assert (gone.status, proof.status) == (410, 200)
            assert (await asked(caller, by_number))["overall"] == "cannot-tell"
