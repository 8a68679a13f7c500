"""Keys of a vault held against their roles, their ends and the lists."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.codes.keys import KeyCode
from exchange.codes.vault import VaultCode
from exchange.core.actions.possession import verify_possession
from exchange.core.certificate import read_certificate
from exchange.core.model import BodyId, KeyRole
from exchange.core.trust_index import Listed, Trust
from exchange.core.trust_values import KeyEntry, KeyPeriod, KeyStatus
from exchange.errors import RuleError
from exchange.service.check_keys import CheckedKey, check_keys
from exchange.service.key_proof import prove_possession
from exchange.vault.vault import KeyKind, KeyName, key_name, split_name
from tests.memory_vault import NOT_AFTER, NOT_BEFORE, MemoryVault
from tests.world import HUB, ISSUER, World

ATTESTATION = key_name(ISSUER, KeyRole.ATTESTATION)
DAY = timedelta(days=1)


def relisted(trust: Trust, vault: MemoryVault, **changes: object) -> Trust:
    """Return the lists with another entry for the attestation key."""
    leaf = read_certificate(vault.certificates_now(ATTESTATION)[0])
    listed = trust.by_fingerprint[leaf.fingerprint]
    key: KeyEntry = replace(listed.key, **changes)  # type: ignore[arg-type]  # fields of an entry
    entry: Listed = replace(listed, key=key)
    return replace(trust, by_fingerprint={**trust.by_fingerprint, leaf.fingerprint: entry})


async def only(world: World, trust: Trust | None, at_end: timedelta | None = None) -> CheckedKey:
    vault = MemoryVault()
    vault.add(ATTESTATION, KeyKind.EC_P256)
    at = world.clock() if at_end is None else NOT_AFTER + at_end
    (checked,) = await check_keys(vault, trust, at)
    return checked


async def test_every_key_of_the_world_is_usable_without_lists(world: World) -> None:
    checked = await check_keys(world.vault, None, world.clock())

    assert [one.name for one in checked] == list(world.vault.names())
    assert all(one.is_usable for one in checked)


async def test_key_is_found_on_the_lists(world: World) -> None:
    checked = await only(world, world.snapshot.trust)

    assert checked.listed is not None
    assert checked.listed.body.id == ISSUER


async def test_key_on_no_list_is_told_and_is_no_fault(world: World) -> None:
    checked = await only(world, Trust.build(()))

    assert [one.code for one in checked.findings] == [VaultCode.UNLISTED]
    assert checked.is_usable


async def test_key_that_is_listed_for_something_else_is_bad(world: World) -> None:
    trust = relisted(world.snapshot.trust, world.vault, role=KeyRole.STATUS)

    checked = await only(world, trust)

    assert VaultCode.LISTED_OTHERWISE in {one.code for one in checked.findings}
    assert not checked.is_usable


@pytest.mark.parametrize(
    ("status", "said"),
    [(KeyStatus.SUSPENDED, "suspended"), (KeyStatus.REVOKED, "revoked")],
)
async def test_key_that_the_list_has_stopped_is_told(
    world: World, status: KeyStatus, said: str
) -> None:
    period = KeyPeriod(status=status, not_before=NOT_BEFORE, not_after=None)
    trust = relisted(world.snapshot.trust, world.vault, periods=(period,))

    checked = await only(world, trust)

    (finding,) = [one for one in checked.findings if one.code is VaultCode.NOT_IN_FORCE]
    assert said in finding.message


async def test_key_that_begins_later_or_has_signed_its_last_is_told(world: World) -> None:
    later = KeyPeriod(status=KeyStatus.GRANTED, not_before=world.clock() + 30 * DAY, not_after=None)
    for change, said in (
        ({"periods": (later,)}, "begins later"),
        ({"signs_until": world.clock() - DAY}, "signed until"),
    ):
        trust = relisted(world.snapshot.trust, world.vault, **change)
        checked = await only(world, trust)
        assert any(said in one.message for one in checked.findings)


@pytest.mark.parametrize(
    ("left", "told"),
    [(61 * DAY, False), (60 * DAY, True), (8 * DAY, True), (timedelta(hours=1), True)],
)
async def test_end_of_a_key_certificate_is_told_in_time(
    world: World, left: timedelta, *, told: bool
) -> None:
    checked = await only(world, None, -left)

    assert (VaultCode.ENDS_SOON in {one.code for one in checked.findings}) is told
    assert checked.is_usable


async def test_ended_key_certificate_is_bad(world: World) -> None:
    checked = await only(world, None, DAY)

    assert KeyCode.EXPIRED in {one.code for one in checked.findings}
    assert not checked.is_usable


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (ATTESTATION, KeyKind.EC_P256),
        (KeyName("CN-CB-0103/status"), KeyKind.EC_P384),
        (KeyName("CN-CB-0103/transport"), KeyKind.EC_P256),
        (KeyName("CN-CB-0103/list"), KeyKind.RSA_3072),
        (KeyName("XX-HUB-01/checkpoint-2027"), KeyKind.ED25519),
    ],
)
async def test_proof_of_possession_holds_for_this_hub_body_and_role_alone(
    world: World, name: KeyName, kind: KeyKind
) -> None:
    vault = MemoryVault()
    vault.add(name, kind)
    body, role = split_name(name)
    at = world.clock()

    certificate, proof = await prove_possession(vault, name, hub=HUB, at=at)

    verify_possession(proof, certificate, hub=HUB, body=body, role=role, at=at)
    for wrong in (
        {"hub": BodyId("SG-HUB-02")},
        {"body": BodyId("RU-CB-0201")},
        {"role": KeyRole.RECOGNITION},
    ):
        given = {"hub": HUB, "body": body, "role": role, **wrong}
        with pytest.raises(RuleError):
            verify_possession(proof, certificate, at=at, **given)  # type: ignore[arg-type]  # ids


def test_every_code_of_the_vault_is_provoked_somewhere() -> None:
    tests = Path(__file__).parents[1]
    files = (*tests.glob("vault/*.py"), *tests.glob("service/test_check_keys.py"))

    named = {
        name for file in files for name in re.findall(r"VaultCode\.(\w+)", file.read_text("utf-8"))
    }

    assert {code.name for code in VaultCode} <= named
