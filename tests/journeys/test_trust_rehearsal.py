"""A rehearsal says what happens: it equals applying the change to a copy of the database.

A hub receives documents of two bodies and is rehearsed; then it is closed, its database copied,
and the same change made in the copy by two persons. What the copy judges on the day is what the
rehearsal said, document by document, and the original has not changed by an octet.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from exchange.codes.service import RefusedCode
from exchange.codes.trust import TrustCode
from exchange.core.actions.values import Activation, BodyChange
from exchange.core.competence import AccreditationPeriod, AccreditationState
from exchange.core.lifecycle import Mode
from exchange.core.model import (
    BodyId,
    ContentDigest,
    Economy,
    KeyRole,
    MessageDigest,
    MessageId,
)
from exchange.core.trust_values import BodyPeriod, BodyState, KeyStatus
from exchange.errors import RefusedError, RuleError
from exchange.service.addressees import Addressees
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.publication import keep_published, publish
from exchange.service.receive import Submission, submit
from exchange.service.rehearse import Rehearsal, rehearse
from exchange.service.supposed import verdict_on
from tests.administered import (
    CB,
    CNAS,
    Administered,
    changed_body,
    key_of,
    make_administered,
    state_of,
    with_status,
)
from tests.postgres import Server
from tests.running import running
from tests.world import START, make_world

RUSACC: Final = BodyId("RU-AB-RUSACC")
RU_CB: Final = BodyId("RU-CB-0201")
FRIDAY: Final = START + timedelta(days=5)
DOCUMENTS: Final = 4


async def prepared(administered: Administered, hub: Hub) -> None:
    """Admit two certification bodies, and receive documents of both."""
    await administered.admit(hub, CNAS, CB, RUSACC, RU_CB)
    for number in range(1, DOCUMENTS + 1):
        for issuer, sample in ((CB, "cn-qms-food-multi-site"), (RU_CB, "ru-qms-machinery")):
            data = administered.world.attestation(sample, number=number)
            await submit(
                hub,
                Submission(
                    caller=Caller(
                        body=hub.trust.bodies[issuer],
                        key=key_of(hub, issuer, KeyRole.TRANSPORT).fingerprint,
                    ),
                    message_id=MessageId(
                        f"{number:08}-0000-4000-8000-{sha256(data).hexdigest()[:12]}"
                    ),
                    digest=MessageDigest(sha256(data).digest()),
                    addressees=Addressees(names=(RUSACC,) if number == 1 else ()),
                    data=data,
                ),
            )
    administered.world.clock.forward(timedelta(days=1))


def rotation(administered: Administered, hub: Hub) -> BodyChange:
    """K2 replaces K1 on Friday, and nothing that comes later under K1 is accepted."""
    return _rotated(administered, hub, FRIDAY)


def overlap(administered: Administered, hub: Hub) -> BodyChange:
    """K2 replaces K1 on Friday, and late arrivals are accepted for two weeks."""
    return _rotated(administered, hub, FRIDAY + timedelta(days=14))


def _rotated(administered: Administered, hub: Hub, accepted_until: datetime) -> BodyChange:
    change = administered.bring(hub, CB, KeyRole.ATTESTATION, "2027", start=FRIDAY)
    old = key_of(hub, CB).fingerprint
    keys = tuple(
        replace(key, signs_until=FRIDAY, accepted_until=accepted_until)
        if key.fingerprint == old
        else key
        for key in change.body.keys
    )
    return replace(change, body=replace(change.body, keys=keys))


def revocation(administered: Administered, hub: Hub) -> BodyChange:
    """The key is revoked on Friday."""
    del administered
    return with_status(hub, key_of(hub, CB).fingerprint, KeyStatus.REVOKED, start=FRIDAY)


def ending(administered: Administered, hub: Hub) -> BodyChange:
    """The body ends on Friday."""
    del administered
    return changed_body(hub, CB, history=(BodyPeriod(state=BodyState.ENDED, since=FRIDAY),))


def suspended_authority(administered: Administered, hub: Hub) -> BodyChange:
    """The accreditation body is suspended on Friday, and all that rests on it is looked at."""
    del administered
    return changed_body(hub, CNAS, history=(BodyPeriod(state=BodyState.SUSPENDED, since=FRIDAY),))


def suspended_accreditation(administered: Administered, hub: Hub) -> BodyChange:
    """One accreditation of the body is suspended on Friday."""
    del administered
    body = state_of(hub).bodies[CB]
    stopped = AccreditationPeriod(state=AccreditationState.SUSPENDED, since=FRIDAY.date())
    first, *others = body.accreditations
    return changed_body(hub, CB, accreditations=(replace(first, history=(stopped,)), *others))


def narrower(administered: Administered, hub: Hub) -> BodyChange:
    """The scope of the key becomes another economy."""
    del administered
    body = state_of(hub).bodies[CB]
    old = key_of(hub, CB)
    keys = tuple(
        replace(key, scope=replace(key.scope, economies=frozenset({Economy("KZ")})))
        if key.fingerprint == old.fingerprint
        else key
        for key in body.keys
    )
    return changed_body(hub, CB, keys=keys)


Change = Callable[[Administered, Hub], BodyChange]
CHANGES: Final[tuple[tuple[Change, str | None], ...]] = (
    (rotation, TrustCode.NO_LONGER_ACCEPTED.value),
    (overlap, None),
    (revocation, TrustCode.KEY_REVOKED.value),
    (ending, TrustCode.BODY_NOT_ACTIVE.value),
    (suspended_authority, None),
    (suspended_accreditation, None),
    (narrower, TrustCode.KEY_OUT_OF_SCOPE.value),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def received(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a hub that has received documents and is closed."""
    folder = tmp_path_factory.mktemp("received")
    administered = make_administered()
    async with administered.open(folder) as hub:
        await prepared(administered, hub)
    return folder


@pytest.mark.parametrize(("change", "code"), CHANGES, ids=lambda one: getattr(one, "__name__", ""))
async def test_a_rehearsal_equals_the_change_in_a_copy_of_the_database(
    tmp_path: Path, received: Path, change: Change, code: str | None
) -> None:
    administered = _later()
    for name in ("original", "copy"):
        shutil.copytree(received, tmp_path / name)
    async with administered.open(tmp_path / "original") as hub:
        said, without = await _rehearsed(administered, hub, change)
    async with administered.open(tmp_path / "copy") as copy:
        truth = await _applied(administered, copy, change)

    _compare(said, without, truth, code)


async def test_a_rehearsal_equals_the_change_in_a_copy_on_postgresql(
    tmp_path: Path, postgres_server: Server
) -> None:
    administered = make_administered()
    url = postgres_server.create()
    original = url.partition("@/")[2].partition("?")[0]
    async with administered.open(tmp_path / "original", store_url=url) as hub:
        await prepared(administered, hub)
        said, without = await _rehearsed(administered, hub, rotation)
    where = (f"--host={postgres_server.folder}", "--username=exchange", f"--template={original}")
    postgres_server.run("createdb", *where, f"{original}copy")
    url = url.replace(original, f"{original}copy")
    async with administered.open(tmp_path / "copy", store_url=url) as copy:
        truth = await _applied(administered, copy, rotation)

    _compare(said, without, truth, TrustCode.NO_LONGER_ACCEPTED.value)


Verdicts = dict[ContentDigest, str]


def _later() -> Administered:
    """Return the world at the time at which the documents have been received."""
    administered = make_administered()
    administered.world.clock.forward(timedelta(days=1))
    return administered


async def _rehearsed(
    administered: Administered, hub: Hub, change: Change
) -> tuple[Rehearsal, Verdicts]:
    """Return what a rehearsal says, and the verdicts without the change."""
    before = await hub.store.tree_size(), await hub.store.published_lists()
    found = await rehearse(hub, (change(administered, hub),), Activation(at=FRIDAY))
    assert (await hub.store.tree_size(), await hub.store.published_lists()) == before
    return found, await _verdicts(hub)


async def _applied(administered: Administered, hub: Hub, change: Change) -> Verdicts:
    """Make the change by two persons, let its day come, and return the verdicts then."""
    await administered.change(hub, change(administered, hub), at=FRIDAY, shrinking=True)
    await publish(hub)
    administered.world.clock.now = FRIDAY
    await keep_published(hub)
    return await _verdicts(hub)


async def _verdicts(hub: Hub) -> Verdicts:
    documents = await hub.store.judged_since([CB, RU_CB], since=START, limit=100)
    return {one.content_digest: verdict_on(one.data, hub.snapshot, FRIDAY) for one in documents}


def _compare(said: Rehearsal, without: Verdicts, truth: Verdicts, code: str | None) -> None:
    assert {one.content_digest: (one.before, one.after) for one in said.verdicts} == {
        digest: (without[digest], after)
        for digest, after in truth.items()
        if after != without[digest]
    }
    assert len(truth) == 2 * DOCUMENTS
    if code is not None:
        assert [one.after for one in said.verdicts] == [code] * DOCUMENTS


async def test_a_rehearsal_lists_what_is_on_its_way_and_who_is_behind(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await prepared(administered, hub)
        await hub.store.note_fetch(CNAS, "CN.xml", 1, 12, hub.clock())
        key = key_of(hub, CB).fingerprint

        found: Rehearsal = await rehearse(
            hub, (rotation(administered, hub),), Activation(at=FRIDAY)
        )

        assert found.at == FRIDAY
        (flying,) = found.in_flight
        assert (flying.issuer, flying.addressee, flying.key) == (CB, RUSACC, key)
        assert flying.delivery_id is not None
        assert [(one.partner, one.name, one.held, one.current) for one in found.behind] == [
            (CB, "CN.xml", None, 1),
            (RUSACC, "CN.xml", None, 1),
            (RU_CB, "CN.xml", None, 1),
        ]
        assert (found.judged, found.complete) == (DOCUMENTS, True)
        assert key in found.effects.keys
        delivery = await hub.store.delivery(flying.delivery_id)
        assert delivery is not None
        assert delivery.mode in Mode


async def test_a_rehearsal_of_what_cannot_be_done_says_why(tmp_path: Path) -> None:
    administered = make_administered()
    async with administered.open(tmp_path) as hub:
        await administered.admit(hub, CNAS, CB)
        change = replace(revocation(administered, hub), base=None)

        with pytest.raises(RuleError):
            await rehearse(hub, (change,), Activation(at=FRIDAY))

    async with running(make_world(), tmp_path / "other") as other:
        with pytest.raises(RefusedError) as refused:
            await rehearse(other.hub, (), Activation(at=FRIDAY))
        assert refused.value.code is RefusedCode.NOT_ADMINISTERED
