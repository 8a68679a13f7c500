"""The life of a certificate over TLS, in signed documents: every move, every recipient, every time.

One hub on each engine serves all cases, each with a certificate of its own; the clock of that
hub stands still. What needs the time to pass has a hub of its own.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Final

import pytest
import pytest_asyncio

from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import Outcome, Stage
from exchange.service.hold import end_holds
from tests.journeys.scene import MOVES, RECIPIENTS, TO_ONE, Scene, both, said
from tests.living import AUTHORITY, with_legal_acts
from tests.postgres import Server
from tests.running import running
from tests.world import make_world

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["sqlite", "postgresql"])
async def scene(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    url = ""
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres_server")
        url = server.create()
    world = with_legal_acts(make_world())
    async with running(world, tmp_path_factory.mktemp("life"), store_url=url) as house:
        yield Scene(
            house=house,
            issuer=await house.caller("CN-CB-0103"),
            accepting=await house.caller("CN-CB-0107"),
            authority=await house.caller(AUTHORITY),
            recipients={name: await house.caller(name) for name in RECIPIENTS},
        )


@pytest.mark.parametrize("name", MOVES)
async def test_every_move_is_accepted_told_once_in_order_and_verified(
    scene: Scene, name: str
) -> None:
    move, certificate = MOVES[name], scene.begun()
    await scene.issue(certificate)
    changes = [said(certificate, one, n) for n, one in enumerate(move.before, 1)]
    changes.append(said(certificate, move.change, len(changes) + 1, **move.given))

    for data in changes:
        answer = await scene.say(data)
        assert answer.status == 201, answer.body
        assert scene.receipt(answer).outcome is Outcome.ACCEPTED
    again = await scene.say(changes[-1])

    assert again.status == 201
    told = [certificate.data, *changes]
    assert await scene.drain() == both(told)
    found = await scene.verify(certificate.number)
    assert (found["now"]["status"], found["code"]) == (move.status, move.code)
    assert found["overall"] == ("valid" if move.status == "active" else "not-valid")
    if move.status != "active":
        assert found["now"]["permanence"] == ("final" if move.is_final else "temporary")
    assert found["now"]["reduced"] is (move.change == "reduce")
    if move.is_final:
        follows = await scene.say(
            said(certificate, "maintain", len(changes) + 1, previous="active", new="active")
        )
        assert follows.status == 422
        assert "rule.STC-03" in {one["code"] for one in follows.json["findings"]}


@pytest.mark.parametrize("name", ["suspend", "withdraw", "cancel", "reduce", "expire"])
async def test_restriction_takes_effect_across_a_gap_and_stays_when_the_gap_closes(
    scene: Scene, name: str
) -> None:
    certificate, move = scene.begun(), MOVES[name]
    await scene.issue(certificate)
    missing = said(certificate, "maintain", 1)
    early = said(certificate, name, 2)

    ahead = scene.receipt(await scene.say(early))
    before = await scene.verify(certificate.number)
    late = scene.receipt(await scene.say(missing))
    after = await scene.verify(certificate.number)

    assert (ahead.stage, ahead.outcome) == (Stage.ACCEPTED, Outcome.ACCEPTED_WITH_WARNINGS)
    assert [one.code for one in ahead.findings] == ["rule.STC-02"]
    assert late.outcome is Outcome.ACCEPTED
    assert before["now"]["status"] == after["now"]["status"] == move.status
    assert before["now"]["reduced"] is after["now"]["reduced"] is (name == "reduce")
    told = [certificate.data, early, missing]
    assert await scene.drain() == both(told)


@pytest.mark.parametrize("name", ["maintain", "restore", "extend", "renew", "correct"])
async def test_everything_else_waits_for_the_missing_change_and_is_told_on_release(
    scene: Scene, name: str
) -> None:
    certificate = scene.begun()
    await scene.issue(certificate)
    first = "suspend" if name == "restore" else "maintain"
    missing, early = said(certificate, first, 1), said(certificate, name, 2)

    waiting = await scene.say(early)
    before = await scene.verify(certificate.number)
    nobody = await scene.drain()
    released = await scene.say(missing)
    after = await scene.verify(certificate.number)

    receipt = scene.receipt(waiting)
    assert (receipt.outcome, [one.code for one in receipt.findings]) == (
        Outcome.ACCEPTED_WITH_WARNINGS,
        ["rule.STC-02"],
    )
    assert nobody == both([certificate.data])
    assert (before["now"]["status"], len(before["held"])) == ("active", 1)
    assert released.status == 201
    assert (after["now"]["status"], after["held"]) == ("active", [])
    assert await scene.drain() == both([missing, early])


CHAIN: Final = ("suspend", "restore", "reduce", "withdraw")
"""Four changes, each in its turn after the one before it."""
ORDERS: Final = ((3, 2, 1, 0), (1, 0, 3, 2), (2, 3, 0, 1), (3, 0, 2, 1), (1, 3, 2, 0))
"""All orders are walked in `tests/core/test_life.py`; these meet every kind of waiting."""


@pytest.mark.parametrize("order", ORDERS, ids=str)
async def test_any_order_of_arrival_ends_in_the_same_standing_and_tells_all_once(
    scene: Scene, order: Sequence[int]
) -> None:
    certificate = scene.begun()
    await scene.issue(certificate, TO_ONE)
    changes = [said(certificate, one, n) for n, one in enumerate(CHAIN, 1)]

    for number in order:
        answer = await scene.say(changes[number])
        assert answer.status == 201, answer.body

    found = await scene.verify(certificate.number)
    assert (found["now"]["status"], found["now"]["reduced"], found["held"]) == (
        "withdrawn",
        True,
        [],
    )
    told = (await scene.drain())["SG-AB-SAC"]
    assert told[0] == certificate.data
    assert sorted(told[1:]) == sorted(changes)


async def test_revision_waits_for_a_gap_and_is_then_released(scene: Scene) -> None:
    first = scene.begun()
    second = first.revised()
    await scene.issue(first)
    early, missing = said(first, "reduce", 2), said(first, "maintain", 1)

    await scene.say(early)
    waiting = scene.receipt(await scene.say(second.data))
    before = await scene.verify(first.number)
    await scene.say(missing)
    after = await scene.verify(first.number)

    assert [one.code for one in waiting.findings] == ["rule.STC-02"]
    assert (before["certificate"]["revision"], len(before["held"])) == (0, 1)
    assert (after["certificate"]["revision"], after["held"]) == (1, [])
    told = [first.data, early, missing, second.data]
    assert await scene.drain() == both(told)


async def test_transfer_that_waited_for_a_gap_leads_to_its_successor(scene: Scene) -> None:
    old = scene.begun()
    new = old.accepted_by("CN-CB-0107", number=f"107{old.number[3:]}")
    missing, early = said(old, "maintain", 1), old.change("transfer", 2, successor=new)
    await scene.issue(old)
    await scene.issue(new, TO_ONE)

    await scene.say(early)
    waiting = await scene.verify(old.number)
    await scene.say(missing)

    found = await scene.verify(old.number)
    assert (waiting["now"]["status"], found["now"]["status"]) == ("active", "superseded")
    assert await scene.drain() == {
        "SG-AB-SAC": [old.data, new.data, missing, early],
        "PT-AB-IPAC": [old.data, missing, early],
    }


async def test_correction_with_a_new_number_is_found_by_the_old_one_and_says_what_changed(
    scene: Scene,
) -> None:
    first = scene.begun()
    number = f"{first.number[:6]}9{first.number[7:]}"
    second = first.revised(number=number)
    await scene.issue(first)

    answer = await scene.say(second.data)

    assert answer.status == 201, answer.body
    old, new = await scene.verify(first.number), await scene.verify(number)
    assert old["certificate"] == new["certificate"]
    assert (new["certificate"]["certificate_number"], new["certificate"]["revision"]) == (number, 1)
    assert any(
        (one["before"], one["after"]) == (first.number, number) for one in old["differences"]
    )
    assert await scene.drain() == both([first.data, second.data])
    taken = scene.begun().revised().altered(Revision="0", CertificateNumber=first.number)
    refused = await scene.say(taken.data)
    assert refused.status == 422
    assert "rule.ATT-01" in {one["code"] for one in refused.json["findings"]}


@pytest.mark.parametrize("by", ["CN-CB-0103", AUTHORITY])
async def test_transfer_leads_from_the_old_certificate_to_the_new_one(
    scene: Scene, by: str
) -> None:
    old = scene.begun()
    new = old.accepted_by("CN-CB-0107", number=f"107{old.number[3:]}")
    await scene.issue(old)
    await scene.issue(new, TO_ONE)
    both = await scene.verify(old.number), await scene.verify(new.number)
    sample = "transfer" if by == old.issuer else "transfer-by-accreditation-body"
    change = old.change(sample, 1, successor=new)

    answer = await scene.say(change, by=by)

    assert answer.status == 201, answer.body
    assert both[0]["now"]["status"] == "active"
    found = await scene.verify(old.number)
    assert (found["now"]["status"], found["code"]) == ("superseded", "verification.superseded")
    answered = await scene.drain()
    assert answered["SG-AB-SAC"] == [old.data, new.data, change]
    assert answered["PT-AB-IPAC"] == [old.data, change]
    path = f"/v1/certificates/{old.number}/verification"
    seen = (await scene.recipients["SG-AB-SAC"].ask("GET", path)).json
    assert seen["leads_to"] == f"{new.number} (CN-CB-0107)"
    if by == AUTHORITY:
        (told,) = await scene.issuer.lease(max=5)
        assert base64.b64decode(told["statement"]) == change
        await scene.issuer.acknowledge(told)
    else:
        assert await scene.issuer.lease(max=5) == []


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("accepted while suspended", "rule.TRF-01"),
        ("transfer to nobody's certificate", "rule.TRF-02"),
        ("transfer by another body", "rule.STC-09"),
        ("number used twice", "rule.STC-02"),
        ("unknown certificate", "rule.STC-01"),
        ("wrong status before", "rule.STC-03"),
        ("nothing is left", "rule.STC-07"),
    ],
)
async def test_what_may_not_be_is_refused_with_a_code_and_told_to_nobody(
    scene: Scene, case: str, code: str
) -> None:
    one = scene.begun()
    await scene.issue(one)
    told, by = [one.data], ""
    match case:
        case "accepted while suspended":
            suspension = said(one, "suspend", 1)
            await scene.say(suspension)
            told.append(suspension)
            wrong = one.accepted_by("CN-CB-0107", number=f"107{one.number[3:]}").data
            by = "CN-CB-0107"
        case "transfer to nobody's certificate":
            wrong = one.change("transfer", 1, successor=scene.begun())
        case "transfer by another body":
            wrong, by = one.change("withdraw", 1, by="CN-CB-0107"), "CN-CB-0107"
        case "number used twice":
            first = said(one, "maintain", 1)
            await scene.say(first)
            told.append(first)
            wrong = said(one, "suspend", 1)
        case "unknown certificate":
            wrong = said(scene.begun(), "suspend", 1)
        case "wrong status before":
            wrong = said(one, "restore", 1)
        case _:
            wrong = said(one, "reduce", 1, removed=["S1", "S2", "S3"])

    answer = await scene.say(wrong, by=by)

    assert answer.status == 422, answer.body
    assert code in {finding["code"] for finding in answer.json["findings"]}
    assert scene.receipt(answer).outcome is Outcome.REJECTED
    assert await scene.drain() == both(told)


@pytest_asyncio.fixture(loop_scope="module")
async def passing(scene: Scene) -> AsyncIterator[Scene]:
    """Return the scene; its clock is put back when the test is over."""
    clock, began = scene.house.world.clock, scene.house.world.clock.now
    yield scene
    clock.now = began


async def test_certificate_expires_by_the_clock_and_is_renewed_by_a_revision(
    passing: Scene,
) -> None:
    scene, clock = passing, passing.house.world.clock
    first = scene.begun(expires=clock.now.date())
    await scene.issue(first)
    assert (await scene.verify(first.number))["now"]["status"] == "active"

    clock.forward(timedelta(hours=7))
    expired = await scene.verify(first.number)
    maintained = await scene.say(said(first, "maintain", 1))
    second = first.revised(values={"ExpiryDate": "2029-03-15"})
    renewed = await scene.say(second.data)

    assert (expired["overall"], expired["code"]) == ("not-valid", "verification.expired")
    assert expired["now"]["since"] == "2026-11-22T16:00:00Z"
    assert maintained.status == 422
    assert renewed.status == 201, renewed.body
    found = await scene.verify(first.number)
    assert (found["overall"], found["certificate"]["revision"]) == ("valid", 1)
    assert await scene.drain() == both([first.data, second.data])


async def test_what_waits_in_vain_lapses_with_a_second_receipt_and_may_come_again(
    passing: Scene,
) -> None:
    scene, clock = passing, passing.house.world.clock
    certificate = scene.begun()
    await scene.issue(certificate)
    early, missing = said(certificate, "extend", 2), said(certificate, "maintain", 1)
    waiting = await scene.say(early)

    clock.forward(timedelta(hours=24, seconds=1))
    await end_holds(scene.house.hub)
    path = waiting.headers["Location"] + "/receipts"
    stages = [one["stage"] for one in (await scene.issuer.ask("GET", path)).json["receipts"]]
    lapsed = await scene.verify(certificate.number)
    nobody = await scene.drain()
    await scene.say(missing)
    again = await scene.say(early)

    assert stages == ["accepted", "failed"]
    assert lapsed["now"]["status"] == "active"
    assert nobody == both([certificate.data])
    assert again.status == 201, again.body
    assert await scene.drain() == both([missing, early])


async def test_revision_that_waited_in_vain_is_ended_in_its_own_words(passing: Scene) -> None:
    scene, clock = passing, passing.house.world.clock
    first = scene.begun()
    await scene.issue(first)
    await scene.say(said(first, "suspend", 2))
    waiting = await scene.say(first.revised().data)

    clock.forward(timedelta(hours=24, seconds=1))
    await end_holds(scene.house.hub)

    path = waiting.headers["Location"] + "/receipts"
    ended = (await scene.issuer.ask("GET", path)).json["receipts"][-1]
    world = scene.house.world
    data = base64.b64decode(ended["receipt"])
    (finding,) = read_receipt(data, world.snapshot, clock.now).receipt.findings
    assert (finding.code, finding.path) == ("rule.STC-02", "/Attestation/Revision")
    assert "the revision was not entered" in finding.message
    await scene.drain()


async def test_suspension_and_restoration_are_told_apart_by_the_day_that_is_asked_about(
    passing: Scene,
) -> None:
    scene, clock = passing, passing.house.world.clock
    certificate = scene.begun()
    await scene.issue(certificate)
    await scene.say(said(certificate, "suspend", 1))
    clock.forward(timedelta(days=1))
    await scene.say(said(certificate, "restore", 2))

    found = {
        day: (await scene.verify(certificate.number, on=day))["then"]
        for day in ("2026-11-21", "2026-11-22", "2026-11-23")
    }
    assert found["2026-11-22"]["status"] == "suspended"
    assert found["2026-11-23"]["status"] == "active"
    await asyncio.wait_for(scene.drain(), 10)
