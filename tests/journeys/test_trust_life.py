"""The life of a key, from its arrival to its end, and what each state does to documents.

One key walks through every state of the table, on both engines and with both kinds of vault; at
each a document is brought, and at the end a stranger recomputes everything from the statements.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.actions.history import verify_history
from exchange.core.actions.life import KEY, KeyState
from exchange.core.model import Fingerprint, KeyRole, MessageDigest, MessageId
from exchange.core.trust_values import KeyStatus
from exchange.service.addressees import Addressees
from exchange.service.enforcement import enforce
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.publication import keep_published, publish
from exchange.service.receive import Submission, read_own, submit
from exchange.service.supposed import verdict_on
from exchange.service.trust_history import export_line, history, read_export
from exchange.vault.opening import TokenWithFiles
from exchange.vault.vault import key_name
from tests.administered import (
    CB,
    CNAS,
    Administered,
    changed_key,
    key_of,
    make_administered,
    state_of,
    with_status,
)
from tests.softhsm import moved_into
from tests.world import START

NEW: Final = key_name(CB, KeyRole.ATTESTATION, "2027")
ACCEPTED: Final = "accepted"
DAY: Final = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Return where the hub keeps what it knows."""
    made: str = request.getfixturevalue("postgres_url") if request.param == "postgresql" else ""
    return made


@pytest.fixture(params=["files", "token"])
def vault_kind(request: pytest.FixtureRequest) -> str:
    """Return where the hub's keys are."""
    kind: str = request.param
    return kind


@dataclass(slots=True, kw_only=True)
class Life:
    """One key of a certification body at a hub, and the documents that it signs."""

    administered: Administered
    hub: Hub
    key: Fingerprint
    number: int = 0

    def document(self) -> bytes:
        """Return a document that the key signs now."""
        self.number += 1
        world = self.administered.world
        return world.sign(world.draft(number=self.number), key=NEW)

    async def arrives(self, data: bytes, message_id: str | None = None) -> str:
        """Return what the hub says of a document that arrives now."""
        submitted = await submit(
            self.hub,
            Submission(
                caller=Caller(
                    body=self.hub.trust.bodies[CB],
                    key=key_of(self.hub, CB, KeyRole.TRANSPORT).fingerprint,
                ),
                message_id=MessageId(message_id or str(uuid.uuid4())),
                digest=MessageDigest(sha256(data).digest()),
                addressees=Addressees(names=()),
                data=data,
            ),
        )
        if not submitted.is_refused:
            return ACCEPTED
        return read_own(submitted.committed.receipt).findings[0].code

    def stands(self) -> KeyState | None:
        """Where the key stands now."""
        return state_of(self.hub).key_state(self.key, self.hub.clock())

    async def forward(self, by: timedelta) -> None:
        """Let time pass, and the hub do what it does by itself."""
        self.administered.world.clock.forward(by)
        await keep_published(self.hub)
        await enforce(self.hub)


@asynccontextmanager
async def opened(
    folder: Path, store_url: str, vault_kind: str, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Administered, Hub]]:
    administered = make_administered()
    settings = administered.settings(folder, store_url=store_url)
    if vault_kind == "token":
        settings = await moved_into(request.getfixturevalue("token"), settings)
    async with Hub.open(settings, clock=administered.world.clock) as hub:
        assert isinstance(hub.vault, TokenWithFiles) is (vault_kind == "token")
        await administered.admit(hub, CNAS, CB)
        yield administered, hub


async def test_a_key_lives_through_every_state_and_documents_tell(
    tmp_path: Path, store_url: str, vault_kind: str, request: pytest.FixtureRequest
) -> None:
    async with opened(tmp_path, store_url, vault_kind, request) as (administered, hub):
        friday = START + 5 * DAY
        change = administered.bring(hub, CB, KeyRole.ATTESTATION, "2027", start=friday)
        life = Life(administered=administered, hub=hub, key=change.body.keys[-1].fingerprint)
        li, anna = administered.li, administered.anna

        # Proposed: one person has brought it. Rejected: as if it had never been brought.
        proposal = await administered.propose(hub, li, change, at=friday)
        await publish(hub)
        assert (life.stands(), await life.arrives(life.document())) == (
            KeyState.PROPOSED,
            TrustCode.KEY_UNKNOWN.value,
        )
        await administered.reject(hub, anna, proposal)
        assert life.stands() is None

        # Approved: partners know it, and it counts for nothing yet.
        await administered.change(hub, change, at=friday)
        await publish(hub)
        assert (life.stands(), await life.arrives(life.document())) == (
            KeyState.APPROVED,
            TrustCode.KEY_NOT_YET_GRANTED.value,
        )

        # Active, beside the key before it.
        await life.forward(5 * DAY)
        first = life.document()
        received_at = hub.clock()
        assert (life.stands(), await life.arrives(first, _ID)) == (KeyState.ACTIVE, ACCEPTED)
        assert await life.arrives(administered.world.attestation(number=90)) == ACCEPTED

        # Suspended by one person, restored by two.
        await life.forward(DAY)
        await administered.suspend(hub, li, CB, life.key)
        assert (life.stands(), await life.arrives(life.document())) == (
            KeyState.SUSPENDED,
            TrustCode.KEY_SUSPENDED.value,
        )
        await life.forward(DAY)
        await administered.change(hub, with_status(hub, life.key, KeyStatus.GRANTED))
        await publish(hub)
        assert (life.stands(), await life.arrives(life.document())) == (KeyState.ACTIVE, ACCEPTED)

        # Retiring: what it signed before and arrives late is accepted until the last day.
        retires, ends = hub.clock() + 2 * DAY, hub.clock() + 9 * DAY
        await administered.change(
            hub, changed_key(hub, life.key, signs_until=retires, accepted_until=ends)
        )
        await publish(hub)
        late, too_late = life.document(), life.document()
        await life.forward(3 * DAY)
        assert (life.stands(), await life.arrives(late)) == (KeyState.RETIRING, ACCEPTED)
        assert await life.arrives(life.document()) == TrustCode.SIGNED_OUTSIDE_PERIOD.value

        # Retired: nothing that arrives is accepted any more.
        await life.forward(7 * DAY)
        assert (life.stands(), await life.arrives(too_late)) == (
            KeyState.RETIRED,
            TrustCode.NO_LONGER_ACCEPTED.value,
        )

        # Revoked, found out late: what existed before stays good, and its message repeats.
        await administered.change(hub, with_status(hub, life.key, KeyStatus.REVOKED))
        await publish(hub)
        assert (life.stands(), await life.arrives(too_late)) == (
            KeyState.REVOKED,
            TrustCode.KEY_REVOKED.value,
        )
        assert await life.arrives(first, _ID) == ACCEPTED
        assert verdict_on(first, hub.snapshot, received_at) == ACCEPTED
        assert verdict_on(first, hub.snapshot, hub.clock()) == TrustCode.KEY_REVOKED.value
        assert [event.state for event in state_of(hub).keys[life.key].events] == [
            KeyState.APPROVED,
            KeyState.ACTIVE,
            KeyState.SUSPENDED,
            KeyState.ACTIVE,
            KeyState.RETIRING,
            KeyState.RETIRED,
            KeyState.REVOKED,
        ]
        exported = [(export_line(one), one.received_at) async for one in history(hub)]
        world, state = administered.world, state_of(hub)

    # Whoever has the statements and the root recomputes every seal, person and quorum.
    verified = verify_history(
        zip(read_export(line for line, _ in exported), (at for _, at in exported), strict=True),
        root=administered.root,
        catalogue=world.catalogue,
        limits=world.limits,
        algorithms=world.algorithms,
    )
    assert verified.state.keys == state.keys
    assert [len(one.persons) for one in verified.actions] == [
        0,
        1,
        2,
        1,
        1,
        1,
        2,
        1,
        1,
        2,
        1,
        2,
        1,
        2,
    ]


_ID: Final = "00000000-0000-4000-8000-000000000001"
_WALKED: Final = frozenset(
    {
        (KeyState.PROPOSED, KeyState.APPROVED),
        (KeyState.PROPOSED, None),
        (KeyState.APPROVED, KeyState.ACTIVE),
        (KeyState.ACTIVE, KeyState.SUSPENDED),
        (KeyState.SUSPENDED, KeyState.ACTIVE),
        (KeyState.ACTIVE, KeyState.RETIRING),
        (KeyState.RETIRING, KeyState.RETIRED),
        (KeyState.RETIRED, KeyState.REVOKED),
    }
)
"""The moves that the one key has made above."""


async def test_every_other_move_of_a_key_is_made_as_well(
    tmp_path: Path, store_url: str, vault_kind: str, request: pytest.FixtureRequest
) -> None:
    async with opened(tmp_path, store_url, vault_kind, request) as (administered, hub):
        clock, li = administered.world.clock, administered.li
        roles = (KeyRole.ATTESTATION, KeyRole.STATUS, KeyRole.RECEIPT)

        async def revoke(key: Fingerprint) -> None:
            change = with_status(hub, key, KeyStatus.REVOKED)
            await administered.change(hub, change, shrinking=True)

        async def suspend(key: Fingerprint) -> None:
            # A new day, since one person suspends three times a day at most.
            clock.forward(DAY)
            await administered.suspend(hub, li, CB, key)

        # Approved, and stopped before the day.
        change = administered.bring_all(hub, CB, roles[:2], "2028", start=START + 9 * DAY)
        await administered.change(hub, change)
        early, never = (key.fingerprint for key in change.body.keys[-2:])
        await revoke(never)
        await suspend(early)
        # Active, retiring and suspended, and revoked from each of them.
        change = administered.bring_all(hub, CB, roles, "2029")
        await administered.change(hub, change)
        active, retiring, suspended = (key.fingerprint for key in change.body.keys[-3:])
        await revoke(active)
        await suspend(suspended)
        await revoke(suspended)
        change = administered.bring_all(hub, CB, roles[:1], "2030")
        await administered.change(hub, change)
        stopped = change.body.keys[-1].fingerprint
        for key in (retiring, stopped):
            dates = {
                "signs_until": hub.clock() + DAY / 2,
                "accepted_until": hub.clock() + 9 * DAY,
            }
            await administered.change(hub, changed_key(hub, key, **dates))
        clock.forward(DAY / 2)
        await revoke(retiring)
        await suspend(stopped)
        await publish(hub)
        # The clock ends what is suspended.
        clock.forward(10 * DAY)
        await keep_published(hub)
        assert state_of(hub).key_state(stopped, hub.clock()) is KeyState.RETIRED

        walked = set(_WALKED)
        for key in (early, never, active, retiring, suspended, stopped):
            states = [event.state for event in state_of(hub).keys[key].events]
            walked |= set(pairwise(states))
            # The lists say the same, to everybody who reads them.
            listed = hub.trust.by_fingerprint[key].key
            expected = state_of(hub).key_state(key, hub.clock())
            assert (listed.status_at(hub.clock()) is KeyStatus.REVOKED) is (
                expected is KeyState.REVOKED
            )

    assert walked == {(state, after) for state, moves in KEY.items() for after in moves.values()}
