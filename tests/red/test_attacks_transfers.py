"""Attacks by transfer, by sequence numbers and by the clock: what must not stand, does not."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from exchange.core.model import BodyId, KeyRole
from exchange.core.sentences import sentences
from exchange.core.verification import Asked, Permanence
from exchange.service.verify import Viewer, verify_number
from tests.living import Certificate, _signed, begun
from tests.service.test_attacks_certificates import AUTHORITY, Attack, part_of
from tests.world import ISSUER

OTHER = "CN-CB-0107"


def taken(old: Certificate, number: str = "") -> Certificate:
    return old.accepted_by(OTHER, number=number or f"107{old.number[3:]}")


async def short_lived(attack: Attack, number: int) -> Certificate:
    """Submit a certificate whose last day is today."""
    first = begun(attack.world, number, expires=date(2026, 11, 22))
    assert await attack.send(first.data) == ""
    attack.world.clock.forward(timedelta(minutes=1))
    return first


async def answer(attack: Attack, one: Certificate) -> tuple[str, str]:
    own = Viewer(body=BodyId(one.issuer))
    found = await verify_number(attack.hub, one.number, BodyId(one.issuer), viewer=own)
    return found.overall.value, found.code.value


async def test_what_was_transferred_does_not_come_back(attack: Attack) -> None:
    first = await attack.begin(1)
    second = taken(first)
    assert await attack.send(second.data) == ""
    assert await attack.send(first.change("transfer", 1, successor=second)) == ""

    back = first.revised()
    refused = {
        "a correction after the transfer": await attack.send(back.data),
        "a correction with another number": await attack.send(
            first.revised(number=f"{first.number[:6]}9{first.number[7:]}").data
        ),
        "maintained": await attack.send(first.change("maintain", 2)),
        "restored": await attack.send(first.change("restore", 2)),
        "transferred again": await attack.send(
            first.change("transfer", 2, successor=second, seed="again")
        ),
        "back to itself": await attack.send(second.change("transfer", 1, successor=first)),
        "taken over a second time": await attack.send(taken(first, "10726Q00999R0M").data),
    }

    assert all(refused.values()), refused
    assert await answer(attack, first) == ("not-valid", "verification.superseded")
    assert (await answer(attack, second))[0] != "not-valid"


@pytest.mark.parametrize("by", [ISSUER, AUTHORITY])
async def test_a_certificate_goes_to_one_of_two_bodies_that_take_it(
    attack: Attack, by: str
) -> None:
    first = await attack.begin(2)
    second = taken(first)
    third = taken(first, "10726Q00998R0M")
    assert await attack.send(second.data) == ""
    assert await attack.send(third.data) == ""
    assert await answer(attack, first) == ("valid", "verification.in-force")
    for one in (second, third):
        assert await answer(attack, one) == ("cannot-tell", "verification.transfer-unconfirmed")

    sample = "transfer" if by == ISSUER else "transfer-by-accreditation-body"
    assert await attack.send(first.change(sample, 1, successor=second)) == ""

    assert await answer(attack, first) == ("not-valid", "verification.superseded")
    assert await answer(attack, second) == ("valid", "verification.in-force")
    assert await answer(attack, third) == ("not-valid", "verification.transferred-elsewhere")
    found = await verify_number(
        attack.hub, third.number, BodyId(OTHER), viewer=Viewer(body=BodyId(OTHER))
    )
    assert found.verdicts[5].permanence is Permanence.FINAL
    assert all(third.number in said for said in sentences(found).values())
    assert await attack.send(first.change("transfer", 2, successor=third))


async def test_revision_without_the_transfer_does_not_make_it_forgotten(attack: Attack) -> None:
    first = await attack.begin(15)
    second = taken(first)
    assert await attack.send(second.data) == ""
    attack.world.clock.forward(timedelta(minutes=1))
    alone = re.sub(r"(?s) <RelatedAttestation>.*?</RelatedAttestation>\n", "", second.draft)
    again = _signed(attack.world, alone)
    later = replace(again, data=second.data).revised()
    assert "RelatedAttestation" not in later.draft
    assert await attack.send(later.data) == ""

    assert await answer(attack, later) == ("cannot-tell", "verification.transfer-unconfirmed")
    assert await attack.send(first.change("transfer", 1, successor=later)) == ""
    assert await answer(attack, later) == ("valid", "verification.in-force")


async def test_what_was_never_handed_over_is_not_made_whole_by_handing_it_on(
    attack: Attack,
) -> None:
    first = await attack.begin(16)
    second = taken(first)
    assert await attack.send(second.data) == ""
    back = second.accepted_by(ISSUER, number="10326Q00997R0M")
    text = re.sub(
        r"(?s) <RelatedAttestation>.*?</RelatedAttestation>\n", "", back.draft, count=1
    ).replace("CNAS C107-M", "CNAS C103-M")
    text = re.sub(
        r"(?s) <IssuingBody>.*?</IssuingBody>\n",
        lambda _: _block(first.draft),
        text,
        count=1,
    )
    third = _signed(attack.world, text)
    assert await attack.send(third.data) == ""
    assert await attack.send(second.change("transfer", 1, successor=third)) == ""

    assert await answer(attack, third) == ("cannot-tell", "verification.transfer-unconfirmed")
    assert await attack.send(first.change("transfer", 1, successor=second)) != ""


async def test_what_ended_before_it_was_handed_over_is_never_confirmed(attack: Attack) -> None:
    first = await attack.begin(17)
    second = taken(first)
    assert await attack.send(second.data) == ""
    assert await attack.send(first.change("withdraw", 1)) == ""

    found = await verify_number(
        attack.hub, second.number, BodyId(OTHER), viewer=Viewer(body=BodyId(OTHER))
    )
    assert found.code.value == "verification.transfer-unconfirmed"
    assert found.verdicts[5].permanence is Permanence.FINAL


async def test_part_of_what_was_not_handed_over_does_not_stand(attack: Attack) -> None:
    first = await attack.begin(18)
    second = taken(first)
    assert await attack.send(second.data) == ""
    alone = re.sub(r"(?s) <RelatedAttestation>.*?</RelatedAttestation>\n", "", second.draft)
    part = part_of(replace(second, draft=alone))
    assert await attack.send(part.data) == ""

    assert await answer(attack, part) == ("cannot-tell", "verification.parent")
    assert await attack.send(first.change("transfer", 1, successor=second)) == ""
    assert await answer(attack, part) == ("valid", "verification.in-force")


def _block(draft: str) -> str:
    found = re.search(r"(?s) <IssuingBody>.*?</IssuingBody>\n", draft)
    assert found is not None
    return found[0]


@pytest.mark.parametrize("ends", ["suspend", "withdraw", "cancel", "clock"])
async def test_what_does_not_stand_is_not_taken_over(attack: Attack, ends: str) -> None:
    first = await short_lived(attack, 3)
    if ends == "clock":
        attack.world.clock.forward(timedelta(hours=12))
    else:
        assert await attack.send(first.change(ends, 1)) == ""

    refused = await attack.send(taken(first).data)
    assert ("rule.STA-01" if ends == "clock" else "rule.TRF-01") in refused


@pytest.mark.parametrize("change", ["suspend", "withdraw"])
async def test_taken_over_and_then_restricted_is_not_transferred(
    attack: Attack, change: str
) -> None:
    """The accepting body was quick; the old one restricts before the transfer is said."""
    first = await attack.begin(4)
    second = taken(first)
    assert await attack.send(second.data) == ""
    assert await attack.send(first.change(change, 1)) == ""

    assert "rule.STC-03" in await attack.send(first.change("transfer", 2, successor=second))
    assert (await answer(attack, first))[0] == "not-valid"


async def test_successor_that_fell_does_not_take_the_place(attack: Attack) -> None:
    first = await attack.begin(5)
    second = taken(first)
    assert await attack.send(second.data) == ""
    assert await attack.send(second.change("suspend", 1)) == ""

    assert "rule.TRF-02" in await attack.send(first.change("transfer", 1, successor=second))
    assert await answer(attack, first) == ("valid", "verification.in-force")


async def test_one_number_of_the_sequence_with_two_contents(attack: Attack) -> None:
    first = await attack.begin(6)
    held = [first.change("restore", 2), first.change("maintain", 2, seed="b")]
    found = [await attack.send(one) for one in held]
    assert found[0] == ""
    assert await attack.send(first.change("suspend", 2, seed="c")) == ""

    assert await attack.send(first.change("maintain", 1)) == ""

    assert await answer(attack, first) == ("not-valid", "verification.suspended")
    assert await attack.send(first.change("suspend", 2, seed="d"))
    assert await attack.send(held[0]) != "" or (await answer(attack, first))[0] == "not-valid"
    assert await answer(attack, first) == ("not-valid", "verification.suspended")


async def test_replay_under_other_message_ids_changes_nothing(attack: Attack) -> None:
    first = await attack.begin(7)
    suspended, restored = first.change("suspend", 1), first.change("restore", 2)
    assert await attack.send(suspended) == ""
    assert await attack.send(restored) == ""
    assert await attack.send(first.change("suspend", 3, seed="3")) == ""

    for one in (restored, suspended, restored):
        await attack.send(one)

    assert await answer(attack, first) == ("not-valid", "verification.suspended")


async def test_restoration_that_waits_while_the_clock_ends_it_restores_nothing(
    attack: Attack,
) -> None:
    first = await short_lived(attack, 8)
    suspended, restored = first.change("suspend", 1), first.change("restore", 2)
    assert await attack.send(restored) == ""
    attack.world.clock.forward(timedelta(hours=12))

    await attack.send(suspended)

    assert (await answer(attack, first))[0] == "not-valid"
    assert await attack.send(first.change("restore", 3))
    assert (await answer(attack, first))[0] == "not-valid"


@pytest.mark.parametrize("final", ["withdraw", "cancel"])
async def test_nothing_follows_an_end_that_came_ahead_of_its_turn(
    attack: Attack, final: str
) -> None:
    first = await attack.begin(9)
    assert await attack.send(first.change(final, 3)) == ""
    assert (await answer(attack, first))[0] == "not-valid"

    assert await attack.send(first.change("suspend", 1)) == ""
    await attack.send(first.change("restore", 2))
    await attack.send(first.change("restore", 4, seed="after"))
    await attack.send(first.revised().data)

    assert (await answer(attack, first))[0] == "not-valid"
    attack.world.clock.forward(timedelta(days=2))
    assert (await answer(attack, first))[0] == "not-valid"


async def test_end_by_expiry_is_no_way_round_the_suspension_of_an_authority(
    attack: Attack,
) -> None:
    """The issuer lets the certificate expire early, and begins it again by a renewal."""
    first = await attack.begin(10)
    assert await attack.send(first.change("suspend", 1, by=AUTHORITY)) == ""

    await attack.send(first.change("expire", 2, previous="suspended"))
    await attack.send(first.revised(values={"ExpiryDate": "2029-03-15"}).data)

    assert (await answer(attack, first))[0] == "not-valid"


async def test_renewal_does_not_fill_the_time_in_which_nothing_was_in_force(
    attack: Attack,
) -> None:
    first = await attack.begin(11)
    clock = attack.world.clock
    assert await attack.send(first.change("expire", 1)) == ""
    gap = clock.now.date() + timedelta(days=5)
    clock.forward(timedelta(days=10))

    renewed = first.revised(
        values={"ExpiryDate": "2029-03-15", "Since": f"{clock.now - timedelta(days=9):%Y-%m-%d}"}
    )
    await attack.send(renewed.data)

    found = await verify_number(attack.hub, first.number, BodyId(ISSUER), asked=Asked(on=gap))
    assert found.then is not None
    assert found.then.status.value == "expired"
    assert found.overall.value != "valid"


async def test_status_changes_by_keys_that_are_not_for_this(attack: Attack) -> None:
    first = await attack.begin(12)
    world = attack.world
    unsigned = re.sub(rb"(?s)\s*<ds:Signature.*</ds:Signature>", b"", first.change("withdraw", 1))
    as_other = unsigned.replace(b">CN-CB-0103<", b">CN-CB-0107<")

    assert await attack.send(world.sign(unsigned, OTHER, KeyRole.STATUS))
    assert await attack.send(world.sign(as_other, OTHER, KeyRole.STATUS))
    assert await attack.send(world.sign(as_other, ISSUER, KeyRole.STATUS))
    assert await answer(attack, first) == ("valid", "verification.in-force")


@pytest.mark.parametrize("ends", ["change", "clock"])
async def test_issuer_who_suspended_before_a_renewal_does_not_lift_what_an_authority_suspended(
    attack: Attack, ends: str
) -> None:
    first = await short_lived(attack, 19)
    assert await attack.send(first.change("suspend", 1)) == ""
    if ends == "change":
        assert await attack.send(first.change("expire", 2, previous="suspended")) == ""
    attack.world.clock.forward(timedelta(hours=12))
    later = f"{attack.world.clock.now + timedelta(days=300):%Y-%m-%d}"
    renewed = first.revised(values={"ExpiryDate": later})
    assert await attack.send(renewed.data) == ""
    assert await answer(attack, renewed) == ("valid", "verification.in-force")
    turn = 3 if ends == "change" else 2
    attack.world.clock.forward(timedelta(minutes=1))
    assert await attack.send(renewed.change("suspend", turn, by=AUTHORITY)) == ""

    assert "rule.STC-09" in await attack.send(renewed.change("restore", turn + 1))

    assert await answer(attack, renewed) == ("not-valid", "verification.suspended")
    own = renewed.change("restore", turn + 1, by=AUTHORITY, seed="own")
    assert await attack.send(own) == ""
    assert await answer(attack, renewed) == ("valid", "verification.in-force")


async def test_issuer_does_not_take_a_suspension_over_by_filling_the_gap_before_it(
    attack: Attack,
) -> None:
    first = await attack.begin(20)
    assert await attack.send(first.change("suspend", 2, by=AUTHORITY)) == ""
    assert await attack.send(first.change("suspend", 1)) == ""

    assert "rule.STC-09" in await attack.send(first.change("restore", 3))

    # Nor does the authority lift what the issuer has suspended for reasons of its own.
    own = first.change("restore", 3, by=AUTHORITY, seed="own")
    assert "rule.STC-09" in await attack.send(own)
    assert await answer(attack, first) == ("not-valid", "verification.suspended")


@pytest.mark.parametrize("lifted_by", ["restore", "reduce"])
async def test_issuer_does_not_lift_what_an_authority_suspended(
    attack: Attack, lifted_by: str
) -> None:
    first, own = await attack.begin(13), await attack.begin(14)
    assert await attack.send(first.change("suspend", 1, by=AUTHORITY)) == ""
    more: dict[str, Any] = (
        {} if lifted_by == "restore" else {"removed": ["S2"], "previous": "suspended"}
    )

    assert "rule.STC-09" in await attack.send(first.change(lifted_by, 2, new="active", **more))
    assert await answer(attack, first) == ("not-valid", "verification.suspended")
    assert await attack.send(first.change("restore", 2, by=AUTHORITY, seed="own")) == ""
    assert await answer(attack, first) == ("valid", "verification.in-force")
    assert await attack.send(own.change("suspend", 1)) == ""
    assert await attack.send(own.change("restore", 2)) == ""
