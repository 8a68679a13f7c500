"""A hub that administers trust, with everybody who may say something, for tests of the whole.

    administered = make_administered()
    async with administered.running(tmp_path) as running:
        hub = running.hub
        await administered.admit(hub, "CN-AB-CNAS", "CN-CB-0103")
        data = administered.world.attestation()             # signed by CN-CB-0103, accepted
        await administered.suspend(hub, administered.li, BodyId("CN-CB-0103"), fingerprint)

- It is the world of the demo, with key certificates that may arrive today. The root has signed a
  founding with three officers and a delegation; nobody but the operator is on a list at first.
- What people say is written, signed by their own keys, and sent to `act` as a client does.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import ed25519

from exchange.core.actions.effects import effects
from exchange.core.actions.entries import entry_digest
from exchange.core.actions.possession import ED25519_URI, possession_octets
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import (
    Action,
    Activation,
    AdministratorChange,
    Approve,
    Arrival,
    BodyChange,
    Change,
    Evidence,
    Found,
    ListChange,
    ProofOfPossession,
    Propose,
    Reject,
    SubjectKind,
    Suspend,
    Word,
)
from exchange.core.actions.writing import write_action
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import read_certificate
from exchange.core.model import BodyId, ContentDigest, DocumentId, Fingerprint, KeyRole
from exchange.core.trust_values import Body, KeyEntry, KeyPeriod, KeyStatus
from exchange.service.act import Acted, act
from exchange.service.delegate import Delegation, make_delegation
from exchange.service.hub import Clock as HubClock
from exchange.service.hub import Hub
from exchange.service.list_files import LIST_OF_LISTS
from exchange.service.own_lists import read_delegation
from exchange.service.publication import publish
from exchange.service.publish import Press
from exchange.settings import Settings
from exchange.vault.vault import KeyKind, KeyName, key_name, split_name
from tests.founded import Person, make_evidence, make_person, sign
from tests.memory_vault import MemoryVault
from tests.running import Running, keep_key, running, settings_for
from tests.world import (
    HUB,
    START,
    World,
    another_issuer,
    build_world,
    demo_description,
    run_now,
)

ROOT: Final = key_name(HUB, KeyRole.LIST, "root")
CNAS: Final = BodyId("CN-AB-CNAS")
CB: Final = BodyId("CN-CB-0103")
_NOT_BEFORE: Final = datetime(2026, 3, 1, tzinfo=UTC)
_NOT_AFTER: Final = datetime(2030, 2, 15, tzinfo=UTC)
_FOUNDED_AT: Final = START - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Administered:
    """A world with a root, a founding, and officers."""

    world: World
    root: Fingerprint
    founding: bytes
    delegation: bytes
    bodies: dict[BodyId, Body]
    """Everybody of the world, as they are proposed."""
    li: Person = field(default_factory=lambda: make_person("li-wei"))
    anna: Person = field(default_factory=lambda: make_person("anna-berg"))
    omar: Person = field(default_factory=lambda: make_person("omar-haddad"))

    def settings(
        self, folder: Path, *, further: tuple[KeyName, ...] = (), **changes: Any
    ) -> Settings:
        """Write vault and founding into a folder and return the settings to open it with.

        Args:
            folder: Of everything that the hub has.
            further: Keys that are put into its vault beside those of the founding.
            changes: Settings that differ.
        """
        self.write_founding(folder)
        settings = settings_for(self.world, folder, **(self.settings_changes(folder) | changes))
        for name in further:
            self.make_key(name)
            keep_key(self.world, folder / "vault", name)
        return settings

    def make_key(self, name: KeyName, kind: KeyKind | None = None) -> None:
        """Make a key in the vault of the world, of the kind that its role has."""
        _, role = split_name(name)
        fits = KeyKind.ED25519 if role is KeyRole.CHECKPOINT else KeyKind.EC_P256
        hosts = ("127.0.0.1", "localhost") if role is KeyRole.TRANSPORT else ()
        self.world.vault.add(name, kind or fits, hosts)

    def settings_changes(self, folder: Path) -> dict[str, Any]:
        """Return what differs from the settings of a hub that administers nothing."""
        return {
            "founding_dir": folder / "founding",
            "trust_pins": (self.root.hex(),),
            "trust_follow_seconds": 0.2,
        }

    def write_founding(self, folder: Path) -> None:
        """Write what the ceremony has made."""
        made = folder / "founding"
        made.mkdir(parents=True, exist_ok=True)
        (made / "founding.xml").write_bytes(self.founding)
        (made / "root.xml").write_bytes(self.delegation)

    @asynccontextmanager
    async def open(
        self,
        folder: Path,
        *,
        clock: HubClock | None = None,
        further: tuple[KeyName, ...] = (),
        **changes: Any,
    ) -> AsyncIterator[Hub]:
        """Open a hub without listeners and duties until the block ends."""
        settings = self.settings(folder, further=further, **changes)
        async with Hub.open(settings, clock=clock or self.world.clock) as hub:
            yield hub

    @asynccontextmanager
    async def running(
        self,
        folder: Path,
        *,
        clock: HubClock | None = None,
        further: tuple[KeyName, ...] = (),
        **changes: Any,
    ) -> AsyncIterator[Running]:
        """Run a hub on loopback, with its duties, until the block ends."""
        self.settings(folder, further=further)
        async with running(
            self.world, folder, clock=clock, **(self.settings_changes(folder) | changes)
        ) as one:
            yield one

    # What people say.

    def say(self, person: Person, word: Word, *, made_at: datetime | None = None) -> bytes:
        """Return the octets of an action as a client sends it."""
        return write_action(
            sign(
                Action(
                    action_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
                    hub=HUB,
                    made_at=(made_at or self.world.clock.now).replace(microsecond=0),
                    word=word,
                    person=None,
                    key=None,
                    signature=None,
                ),
                person,
            )
        )

    async def do(self, hub: Hub, person: Person, word: Word) -> Acted:
        """Say something that counts."""
        acted = await act(hub, self.say(person, word))
        assert not acted.is_refused, acted.findings
        return acted

    async def propose(
        self,
        hub: Hub,
        person: Person,
        *changes: Change,
        at: datetime | None = None,
        when_fetched: bool = False,
    ) -> ContentDigest:
        """Propose changes, at once unless a day is given; return the proposal's digest."""
        activation = Activation(at=at or now_of(hub), when_fetched=when_fetched)
        activation = replace(activation, at=activation.at.replace(microsecond=0))
        word = Propose(changes=changes, activation=activation, reason="because")
        return (await self.do(hub, person, word)).digest

    def approval(
        self,
        hub: Hub,
        proposal: ContentDigest,
        *,
        shrinking: bool = False,
        evidence: tuple[tuple[Fingerprint, Evidence], ...] = (),
    ) -> Approve:
        """Return the word of somebody who approves what is shown now."""
        state = state_of(hub)
        one = state.proposals[proposal]
        return Approve(
            proposal=proposal,
            shown=effects(state, one.changes, one.activation, now_of(hub)).digest,
            evidence=evidence,
            confirms_shrinking=shrinking,
        )

    async def approve(
        self, hub: Hub, person: Person, proposal: ContentDigest, *, shrinking: bool = False
    ) -> Acted:
        """Approve what is shown now."""
        return await self.do(hub, person, self.approval(hub, proposal, shrinking=shrinking))

    async def change(
        self,
        hub: Hub,
        *changes: Change,
        at: datetime | None = None,
        when_fetched: bool = False,
        shrinking: bool = False,
    ) -> ContentDigest:
        """Let the operator's two change something; return the proposal's digest."""
        proposal = await self.propose(hub, self.li, *changes, at=at, when_fetched=when_fetched)
        await self.approve(hub, self.anna, proposal, shrinking=shrinking)
        return proposal

    async def reject(self, hub: Hub, person: Person, proposal: ContentDigest) -> Acted:
        """Reject a proposal."""
        return await self.do(hub, person, Reject(proposal=proposal, reason="no"))

    async def suspend(
        self, hub: Hub, person: Person, body: BodyId, key: Fingerprint | None = None
    ) -> Acted:
        """Suspend a key, or a body."""
        return await self.do(hub, person, suspension(body, key))

    async def admit(self, hub: Hub, *bodies: str) -> None:
        """Let the operator's two admit bodies of the world, and publish them."""
        await self.change(hub, *(self.admission(BodyId(body)) for body in bodies))
        await publish(hub)

    async def enrol(self, hub: Hub, *persons: Person) -> None:
        """Let the operator's two enrol persons."""
        await self.change(
            hub, *(AdministratorChange(administrator=one.administrator) for one in persons)
        )

    # Changes.

    def admission(self, body: BodyId) -> BodyChange:
        """Return a change that admits a body of the world with all of its keys."""
        entry = self.bodies[body]
        return BodyChange(
            body=entry, base=None, arrivals=tuple(self.arrival(key) for key in entry.keys)
        )

    def arrival(self, key: KeyEntry, name: KeyName | None = None) -> Arrival:
        """Return a proof of possession by a key of the world, and evidence."""
        return Arrival(
            fingerprint=key.fingerprint,
            proof=self.proof(key, name or key_name(key.body, key.role)),
            evidence=replace(make_evidence(), confirmed_at=START - timedelta(hours=2)),
        )

    def proof(self, key: KeyEntry, name: KeyName) -> ProofOfPossession:
        """Return a proof of possession by the key that the world's vault has under a name."""
        made_at = self.world.clock.now.replace(microsecond=0)
        octets = possession_octets(
            hub=HUB,
            body=key.body,
            role=key.role,
            fingerprint=key.fingerprint,
            made_at=made_at,
        )
        private, _ = self.world.vault._key(name)
        if isinstance(private, ed25519.Ed25519PrivateKey):
            value, algorithm = private.sign(octets), ED25519_URI
        else:
            row = ALGORITHMS.for_key(private.public_key())
            value, algorithm = row.sign(private, octets), row.uri
        return ProofOfPossession(made_at=made_at, algorithm=algorithm, value=value)

    def bring(
        self,
        hub: Hub,
        body: BodyId,
        role: KeyRole,
        suffix: str,
        *,
        start: datetime | None = None,
        kind: KeyKind | None = None,
    ) -> BodyChange:
        """Return a change that brings another key to a body, like its present one for the role.

        Args:
            hub: Knows the entry in force.
            body: Whose key.
            role: For which purpose.
            suffix: Tells it apart from the present one, in the vault of the world.
            start: From when it signs; by default from now on.
            kind: What kind of key.
        """
        return self.bring_all(hub, body, (role,), suffix, start=start, kind=kind)

    def bring_all(
        self,
        hub: Hub,
        body: BodyId,
        roles: tuple[KeyRole, ...],
        suffix: str,
        *,
        start: datetime | None = None,
        kind: KeyKind | None = None,
    ) -> BodyChange:
        """Return a change that brings a key for each of several roles; see `bring`."""
        standing = state_of(hub).bodies[body]
        begin = (start or now_of(hub)).replace(microsecond=0)
        keys = []
        for role in roles:
            name = key_name(body, role, suffix)
            self.make_key(name, kind)
            like = next(key for key in standing.keys if key.role is role)
            der = self.world.vault.certificates_now(name)[0]
            period = KeyPeriod(status=KeyStatus.GRANTED, not_before=begin, not_after=None)
            keys.append(replace(like, certificate=read_certificate(der), periods=(period,)))
        return BodyChange(
            body=replace(standing, keys=(*standing.keys, *keys)),
            base=entry_digest(standing),
            arrivals=tuple(self.arrival(key, key_name(body, key.role, suffix)) for key in keys),
        )


def now_of(hub: Hub) -> datetime:
    """Return the instant up to which a hub knows; clocks of several processes differ."""
    assert hub.keeper is not None
    return max(hub.clock(), hub.keeper.state.at)


def state_of(hub: Hub) -> TrustState:
    """Return the state of trust of a hub now."""
    assert hub.keeper is not None
    return hub.keeper.at(now_of(hub))


def suspension(body: BodyId, key: Fingerprint | None = None) -> Suspend:
    """Return the word of somebody who suspends a key, or a body."""
    kind = SubjectKind.BODY if key is None else SubjectKind.KEY
    return Suspend(kind=kind, body=body, key=key, reason="lost")


def key_of(hub: Hub, body: BodyId, role: KeyRole = KeyRole.ATTESTATION) -> KeyEntry:
    """Return the first key of a body for a role, as the state of trust has it."""
    return next(key for key in state_of(hub).bodies[body].keys if key.role is role)


def changed_key(hub: Hub, key: Fingerprint, **changes: Any) -> BodyChange:
    """Return a change of fields of one key, made from the entry in force."""
    state = state_of(hub)
    standing = state.bodies[state.keys[key].body]
    keys = tuple(
        replace(one, **changes) if one.fingerprint == key else one for one in standing.keys
    )
    return BodyChange(body=replace(standing, keys=keys), base=entry_digest(standing))


def changed_body(hub: Hub, body: BodyId, **changes: Any) -> BodyChange:
    """Return a change of fields of a body, made from the entry in force."""
    standing = state_of(hub).bodies[body]
    return BodyChange(body=replace(standing, **changes), base=entry_digest(standing))


def with_status(
    hub: Hub, key: Fingerprint, status: KeyStatus, *, start: datetime | None = None
) -> BodyChange:
    """Return a change of the status of one key."""
    begin = (start or now_of(hub)).replace(microsecond=0)
    period = KeyPeriod(status=status, not_before=begin, not_after=None)
    return changed_key(hub, key, periods=(period,))


@lru_cache(maxsize=2)
def _made(issuers: int) -> tuple[World, bytes, bytes, Fingerprint, dict[BodyId, Body]]:
    description = demo_description()
    template = next(body for body in description.bodies if body.id == CB)
    more = tuple(another_issuer(template, BodyId(f"CN-CB-{9000 + n}")) for n in range(issuers))
    description = replace(description, bodies=(*description.bodies, *more))
    names = {str(body.id): next(iter(body.names.values())) for body in description.bodies}
    vault = MemoryVault(not_before=_NOT_BEFORE, not_after=_NOT_AFTER, names=names)
    world = build_world(description, vault)
    vault.add(ROOT, KeyKind.EC_P384)
    bodies = dict(world.snapshot.trust.bodies)
    lists = tuple(
        ListChange(territory=one.territory, operator=one.operator) for one in description.lists
    )
    action = Action(
        action_id=DocumentId(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'founding')}"),
        hub=HUB,
        made_at=_FOUNDED_AT,
        word=Found(
            hub=bodies[HUB],
            lists=lists,
            officers=tuple(
                make_person(name).administrator for name in ("li-wei", "anna-berg", "omar-haddad")
            ),
        ),
        person=None,
        key=None,
        signature=None,
    )
    founding = world.sign(write_action(action), key=ROOT, at=_FOUNDED_AT)
    delegation = delegated(world, at=_FOUNDED_AT)
    root = Fingerprint(sha256(vault.certificates_now(ROOT)[0]).digest())
    return world, founding, delegation, root, bodies


def delegated(
    world: World,
    *,
    at: datetime,
    valid_for: timedelta = timedelta(days=80),
    signers: tuple[KeyName, ...] = (key_name(HUB, KeyRole.LIST),),
    previous: bytes | None = None,
) -> bytes:
    """Return a delegation of the root to list keys of the hub."""
    description = world.description
    press = Press(vault=world.vault, release=world.release, valid_for=valid_for)
    root = Fingerprint(sha256(world.vault.certificates_now(ROOT)[0]).digest())
    return run_now(
        make_delegation(
            Delegation(
                territory=description.root.territory,
                operator=description.root.operator,
                signers=tuple(world.vault.certificates_now(name)[0] for name in signers),
                location=description.location + LIST_OF_LISTS,
            ),
            root=ROOT,
            press=press,
            at=at,
            previous=None if previous is None else read_delegation(previous, root, world.release),
        )
    )


def make_administered(*, issuers: int = 0) -> Administered:
    """Return an administered world with a clock of its own; the rest is made once for all tests.

    Args:
        issuers: How many certification bodies `CN-CB-9000` and on are there to be admitted.
    """
    world, founding, delegation, root, bodies = _made(issuers)
    clock = replace(world.clock, now=START)
    return Administered(
        world=replace(world, clock=clock),
        root=root,
        founding=founding,
        delegation=delegation,
        bodies=bodies,
    )
