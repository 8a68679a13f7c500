"""A hub that was founded, with people who say things: for tests of administrators' actions.

    hub = founded()
    proposal = hub.propose(hub.li, BodyChange(body=..., base=None, arrivals=(key.arrival,)))
    hub.approve(hub.anna, proposal)
    hub.state.bodies[BodyId("CN-CB-0103")]

- Every action is written, signed by its person, sealed by the hub and taken through gates 1 to
  3, as it is when the hub runs; nothing is skipped.
- Keys, identities and times are fixed, so that the same test gives the same octets.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from exchange.core.actions.effects import effects
from exchange.core.actions.entries import entry_digest
from exchange.core.actions.fold import advance, apply
from exchange.core.actions.founding import begin
from exchange.core.actions.history import open_action
from exchange.core.actions.person import person_octets
from exchange.core.actions.possession import ED25519_URI, possession_octets
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import (
    Action,
    Activation,
    Administrator,
    AdministratorRole,
    Approve,
    Arrival,
    BodyChange,
    Change,
    Channel,
    Evidence,
    Found,
    ListChange,
    PersonId,
    ProofOfPossession,
    Propose,
    Reject,
    SealedAction,
    SubjectKind,
    Suspend,
    Word,
)
from exchange.core.actions.writing import write_action
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import read_certificate
from exchange.core.competence import (
    Accreditation,
    AccreditationPeriod,
    AccreditationState,
    Scope,
    ScopeCode,
)
from exchange.core.limits import Limits
from exchange.core.model import (
    BodyId,
    BodyRole,
    Custody,
    DocumentId,
    Economy,
    Fingerprint,
    KeyRole,
)
from exchange.core.signing import complete, prepare
from exchange.core.trust_values import (
    Body,
    BodyPeriod,
    BodyState,
    KeyEntry,
    KeyPeriod,
    KeyStatus,
    Operator,
    Place,
)
from exchange.vault.key_certificates import leaf_certificate, self_issued
from exchange.vault.vault import KeyKind, NewKey, key_name
from tests.world import START, Clock, catalogue_and_lists

HUB: Final = BodyId("XX-HUB-01")
CNAS: Final = BodyId("CN-AB-CNAS")
RUSACC: Final = BodyId("RU-AB-RUSACC")
CB: Final = BodyId("CN-CB-0103")
QMS: Final = "urn:mrhub:scheme:management-systems"
CCC: Final = "urn:mrhub:scheme:ccc"
IAF_3: Final = ScopeCode(list_id="IAF-ID1", code="3")
FOUNDED_AT: Final = START
SIGNS_UNTIL: Final = datetime(2028, 1, 1, tzinfo=UTC)
ACCEPTED_UNTIL: Final = datetime(2028, 4, 1, tzinfo=UTC)
_NOT_BEFORE: Final = datetime(2026, 6, 1, tzinfo=UTC)
_NOT_AFTER: Final = datetime(2029, 6, 1, tzinfo=UTC)
_P256: Final = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"


@cache
def private_key(seed: str) -> ec.EllipticCurvePrivateKey:
    """Return a throw-away key that is the same in every run."""
    return ec.derive_private_key(
        int.from_bytes(sha256(f"throw-away {seed}".encode()).digest()) >> 8, ec.SECP256R1()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a key of their own."""

    administrator: Administrator
    key: ec.EllipticCurvePrivateKey

    @property
    def id(self) -> PersonId:
        return self.administrator.person


def make_person(
    name: str,
    body: BodyId = HUB,
    role: AdministratorRole = AdministratorRole.TRUST_OFFICER,
    *,
    key: str | None = None,
    identity: str | None = None,
    not_after: datetime = _NOT_AFTER,
) -> Person:
    """Return a person; key and identity document follow from the name unless they are given."""
    private = private_key(key or f"{body}/{name}")
    der = leaf_certificate(
        private,
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{body}/{name}")]),
        not_before=_NOT_BEFORE,
        not_after=not_after,
        serial=int.from_bytes(sha256(f"{body}/{name}".encode()).digest()[:8]) + 1,
    )
    return Person(
        administrator=Administrator(
            person=PersonId(f"{body}/{name}"),
            body=body,
            role=role,
            name=name.replace("-", " ").title(),
            certificate=read_certificate(der),
            identity=sha256((identity or f"{body}/{name}").encode()).digest(),
        ),
        key=private,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtKey:
    """A key with everything that comes with it."""

    entry: KeyEntry
    arrival: Arrival


NAMES: Final[Mapping[BodyId, str]] = {
    HUB: "Throw-away hub",
    CNAS: "Throw-away accreditation",
    RUSACC: "Throw-away accreditation of another economy",
}


def names_of(body: BodyId) -> dict[str, str]:
    """Return what a body is called."""
    return {"en": NAMES.get(body, f"Throw-away {body}")}


def make_entry(
    body: BodyId,
    role: KeyRole = KeyRole.ATTESTATION,
    *,
    seed: str = "",
    serial: int = 1,
    start: datetime = FOUNDED_AT,
    signs_until: datetime = SIGNS_UNTIL,
    accepted_until: datetime = ACCEPTED_UNTIL,
    scope: Scope | None = None,
    custody: Custody = Custody.OWN,
    status: KeyStatus = KeyStatus.GRANTED,
    not_before: datetime = _NOT_BEFORE,
    not_after: datetime = _NOT_AFTER,
) -> KeyEntry:
    """Return a key as it is proposed."""
    der = self_issued(
        _key_of(body, role, seed),
        key_name(body, role),
        NewKey(
            kind=KeyKind.EC_P256,
            organisation=names_of(body)["en"],
            economy=body[:2],
            not_before=not_before,
            not_after=not_after,
        ),
        serial,
    )
    scoped = Scope(
        schemes=frozenset({QMS}),
        standards=frozenset({"*"}),
        product_groups=(IAF_3,),
        economies=frozenset({Economy("*")}),
    )
    has_scope = role in (KeyRole.ATTESTATION, KeyRole.STATUS)
    return KeyEntry(
        body=body,
        role=role,
        custody=custody,
        certificate=read_certificate(der),
        names={"en": f"{role.value} key{f' {seed}' if seed else ''}"},
        periods=(KeyPeriod(status=status, not_before=start, not_after=None),),
        scope=scope or (scoped if has_scope else Scope()),
        signs_until=signs_until,
        accepted_until=accepted_until,
    )


def _key_of(
    body: BodyId, role: KeyRole, seed: str
) -> ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey:
    if role is KeyRole.CHECKPOINT:
        octets = sha256(f"throw-away {body} {role} {seed}".encode()).digest()
        return ed25519.Ed25519PrivateKey.from_private_bytes(octets)
    return private_key(f"{body} {role} {seed}")


def prove(
    entry: KeyEntry,
    *,
    seed: str = "",
    hub: BodyId = HUB,
    body: BodyId | None = None,
    role: KeyRole | None = None,
    made_at: datetime = FOUNDED_AT,
    fingerprint: Fingerprint | None = None,
) -> ProofOfPossession:
    """Return a proof of possession by the key of an entry, over what it names or something else."""
    octets = possession_octets(
        hub=hub,
        body=body or entry.body,
        role=role or entry.role,
        fingerprint=fingerprint or entry.fingerprint,
        made_at=made_at,
    )
    key = _key_of(entry.body, entry.role, seed)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return ProofOfPossession(made_at=made_at, algorithm=ED25519_URI, value=key.sign(octets))
    value = ALGORITHMS.signatures[_P256].sign(key, octets)
    return ProofOfPossession(made_at=made_at, algorithm=_P256, value=value)


LI: Final = PersonId(f"{HUB}/li-wei")


def make_evidence(by: PersonId = LI) -> Evidence:
    """Return evidence of who sent a key."""
    return Evidence(
        document=sha256(b"the letter").digest(),
        title="Letter 2026/118",
        sent_by="Office of signatures",
        confirmed_by=by,
        confirmed_with="Zhang Min",
        confirmed_at=FOUNDED_AT - timedelta(hours=1),
        channel=Channel.TELEPHONE,
    )


def bring(
    body: BodyId,
    role: KeyRole = KeyRole.ATTESTATION,
    *,
    seed: str = "",
    evidence: bool = True,
    start: datetime = FOUNDED_AT,
    scope: Scope | None = None,
    signs_until: datetime = SIGNS_UNTIL,
) -> BroughtKey:
    """Return a key with its proof of possession and, unless it is withheld, evidence."""
    entry = make_entry(body, role, seed=seed, start=start, scope=scope, signs_until=signs_until)
    return BroughtKey(
        entry=entry,
        arrival=Arrival(
            fingerprint=entry.fingerprint,
            proof=prove(entry, seed=seed),
            evidence=make_evidence() if evidence else None,
        ),
    )


def accreditation(
    authority: BodyId,
    number: str = "C1",
    *,
    schemes: frozenset[str] = frozenset({QMS}),
    codes: tuple[ScopeCode, ...] = (IAF_3,),
    state: AccreditationState = AccreditationState.ACTIVE,
) -> Accreditation:
    """Return an accreditation as its authority would state it."""
    return Accreditation(
        kind="accreditation",
        authority=authority,
        number=number,
        standard="ISO/IEC 17021-1",
        scope_codes=codes,
        schemes=schemes,
        valid_from=date(2024, 1, 1),
        valid_to=None,
        history=(AccreditationPeriod(state=state, since=date(2024, 1, 1)),),
    )


def make_body(
    body: BodyId,
    *roles: BodyRole,
    keys: tuple[KeyEntry, ...] = (),
    accreditations: tuple[Accreditation, ...] = (),
    state: BodyState = BodyState.ACTIVE,
) -> Body:
    """Return a body as it is proposed."""
    economy = Economy(body[:2])
    return Body(
        id=body,
        roles=frozenset(roles),
        names=names_of(body),
        economy=economy,
        economies=frozenset({economy}),
        time_zone="Asia/Shanghai" if economy == "CN" else "Etc/UTC",
        approval_number=None,
        cab_code=None,
        history=(BodyPeriod(state=state, since=FOUNDED_AT),),
        accreditations=accreditations,
        capabilities=(),
        place=PLACE,
        endpoint=None,
        forbids_hub_custody=False,
        keys=keys,
    )


PLACE: Final = Place(
    street="1 Test Road",
    locality="Testing",
    economy=Economy("CN"),
    contact="mailto:trust@example.org",
    information="https://example.org/",
)


def make_list(economy: str) -> ListChange:
    """Return a list to publish."""
    operator = Operator(
        names={"en": f"Operator of {economy}"}, scheme_names={"en": f"List {economy}"}, place=PLACE
    )
    return ListChange(territory=Economy(economy), operator=operator)


HUB_ROLES: Final = (KeyRole.RECEIPT, KeyRole.LIST, KeyRole.CHECKPOINT, KeyRole.TRANSPORT)


def hub_body() -> Body:
    """Return the operator's entry as the ceremony brings it."""
    return make_body(
        HUB, BodyRole.HUB_OPERATOR, keys=tuple(make_entry(HUB, role) for role in HUB_ROLES)
    )


@dataclass(slots=True, kw_only=True)
class FoundedHub:
    """A hub with its state of trust, and everybody who may say something."""

    state: TrustState
    clock: Clock
    li: Person = field(default_factory=lambda: make_person("li-wei"))
    anna: Person = field(default_factory=lambda: make_person("anna-berg"))
    omar: Person = field(default_factory=lambda: make_person("omar-haddad"))
    data: list[bytes] = field(default_factory=list)
    """Octets of every action that was applied, the founding first."""
    seal: KeyEntry = field(default_factory=lambda: make_entry(HUB, KeyRole.RECEIPT))
    said: int = 0

    def draft(self, word: Word, *, made_at: datetime | None = None) -> Action:
        """Return an action that nobody has signed."""
        self.said += 1
        return Action(
            action_id=DocumentId(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, str(self.said))}"),
            hub=self.state.hub,
            made_at=made_at or self.clock.now,
            word=word,
            person=None,
            key=None,
            signature=None,
        )

    def signed(self, person: Person | None, word: Word, **given: datetime) -> Action:
        """Return an action as its person signs it."""
        drafted = self.draft(word, **given)
        return drafted if person is None else sign(drafted, person)

    def sealed(self, action: Action, *, key: KeyEntry | None = None, seed: str = "") -> bytes:
        """Return the octets of an action, sealed by the hub now."""
        return seal(write_action(action), key or self.seal, seed, self.clock.now)

    def opened(self, data: bytes) -> SealedAction:
        """Return a sealed action after gates 1 to 3."""
        return open_sealed(data)

    def do(self, person: Person | None, word: Word, **given: datetime) -> SealedAction:
        """Say something, and let it count; refusals change nothing."""
        return self.take(self.sealed(self.signed(person, word, **given)))

    def take(self, data: bytes) -> SealedAction:
        """Let sealed octets count."""
        sealed = self.opened(data)
        self.state = apply(self.state, sealed)
        self.data.append(data)
        return sealed

    def propose(
        self,
        person: Person,
        *changes: Change,
        at: datetime | None = None,
        when_fetched: bool = False,
        reason: str = "because",
    ) -> SealedAction:
        """Propose changes; at once unless a day is given."""
        activation = Activation(at=at or FOUNDED_AT, when_fetched=when_fetched)
        word = Propose(changes=changes, activation=activation, reason=reason)
        return self.do(person, word)

    def shown(self, proposal: SealedAction) -> bytes:
        """Return the digest of what is shown now to whoever may approve."""
        state = advance(self.state, self.clock.now)
        word = proposal.action.word
        assert isinstance(word, Propose)
        return effects(state, word.changes, word.activation, self.clock.now).digest

    def approve(
        self,
        person: Person,
        proposal: SealedAction,
        *,
        evidence: tuple[tuple[Fingerprint, Evidence], ...] = (),
        shrinking: bool = False,
    ) -> SealedAction:
        """Approve what is shown now."""
        word = Approve(
            proposal=proposal.digest,
            shown=self.shown(proposal),
            evidence=evidence,
            confirms_shrinking=shrinking,
        )
        return self.do(person, word)

    def reject(self, person: Person, proposal: SealedAction) -> SealedAction:
        """Reject a proposal."""
        return self.do(person, Reject(proposal=proposal.digest, reason="no"))

    def change(
        self, *changes: Change, at: datetime | None = None, shrinking: bool = False
    ) -> SealedAction:
        """Let the operator's two change something; return the proposal."""
        proposal = self.propose(self.li, *changes, at=at)
        self.approve(self.anna, proposal, shrinking=shrinking)
        return proposal

    def suspend(self, person: Person, body: BodyId, key: Fingerprint | None = None) -> SealedAction:
        """Suspend a key, or a body."""
        kind = SubjectKind.BODY if key is None else SubjectKind.KEY
        return self.do(person, Suspend(kind=kind, body=body, key=key, reason="lost"))

    def entry(self, body: BodyId, **changes: object) -> BodyChange:
        """Return a change of fields of a body, made from the entry in force."""
        standing = advance(self.state, self.clock.now).bodies[body]
        return BodyChange(
            body=replace(standing, **changes),  # type: ignore[arg-type]
            base=entry_digest(standing),
        )

    def key_change(self, body: BodyId, number: int = 0, **changes: object) -> BodyChange:
        """Return a change of fields of one key of a body."""
        keys = list(advance(self.state, self.clock.now).bodies[body].keys)
        keys[number] = replace(keys[number], **changes)  # type: ignore[arg-type]
        return self.entry(body, keys=tuple(keys))

    def status_change(
        self, body: BodyId, status: KeyStatus, number: int = 0, *, start: datetime | None = None
    ) -> BodyChange:
        """Return a change of the status of one key of a body."""
        period = KeyPeriod(status=status, not_before=start or FOUNDED_AT, not_after=None)
        return self.key_change(body, number, periods=(period,))

    def arrival_change(self, body: BodyId, *keys: BroughtKey) -> BodyChange:
        """Return a change that brings keys to a body that is listed."""
        standing = advance(self.state, self.clock.now).bodies[body]
        change = self.entry(body, keys=(*standing.keys, *(key.entry for key in keys)))
        return replace(change, arrivals=tuple(key.arrival for key in keys))

    def admit(self, body: Body, *keys: BroughtKey) -> BodyChange:
        """Return a change that admits a body that is new."""
        return BodyChange(
            body=replace(body, keys=(*body.keys, *(key.entry for key in keys))),
            base=None,
            arrivals=tuple(key.arrival for key in keys),
        )

    def key_of(self, body: BodyId, number: int = 0) -> KeyEntry:
        """Return a key as it stands now."""
        return advance(self.state, self.clock.now).bodies[body].keys[number]


def sign(action: Action, person: Person) -> Action:
    """Return an action with a person's own signature."""
    named = replace(action, person=person.id, key=person.administrator.fingerprint)
    value = ALGORITHMS.for_key(person.key.public_key()).sign(person.key, person_octets(named))
    return replace(named, signature=value)


def seal(data: bytes, key: KeyEntry, seed: str, at: datetime) -> bytes:
    """Return the octets of an action with a seal."""
    private = _key_of(key.body, key.role, seed)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    to_sign = prepare(data, certificates=(key.certificate.der,), signed_at=at)
    return complete(to_sign, to_sign.algorithm.sign(private, to_sign.octets))


def open_sealed(data: bytes) -> SealedAction:
    """Return a sealed action after gates 1 to 3."""
    catalogue, _ = catalogue_and_lists()
    return open_action(data, catalogue=catalogue, limits=Limits(), algorithms=ALGORITHMS)


ROOT: Final = KeyRole.RECOGNITION
"""The role under whose name the throw-away root is derived; a root is on no list."""


def root_entry() -> KeyEntry:
    """Return the offline root."""
    return make_entry(HUB, ROOT, seed="root")


def founding_word() -> Found:
    """Return what the ceremony says."""
    return Found(
        hub=hub_body(),
        lists=(make_list("XX"), make_list("CN"), make_list("RU")),
        officers=tuple(
            make_person(name).administrator for name in ("li-wei", "anna-berg", "omar-haddad")
        ),
    )


def found(word: Word, *, person: Person | None = None, at: datetime = FOUNDED_AT) -> bytes:
    """Return the octets of a founding, signed by the root."""
    action = Action(
        action_id=DocumentId(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'founding')}"),
        hub=HUB,
        made_at=at,
        word=word,
        person=None,
        key=None,
        signature=None,
    )
    if person is not None:
        action = sign(action, person)
    return seal(write_action(action), root_entry(), "root", at)


@cache
def _founding() -> tuple[bytes, TrustState]:
    data = found(founding_word())
    return data, begin(open_sealed(data))


def founded() -> FoundedHub:
    """Return a hub an hour after its founding: three officers, three lists, no other body."""
    data, state = _founding()
    hub = FoundedHub(state=state, clock=Clock(now=FOUNDED_AT + timedelta(hours=1)))
    hub.data.append(data)
    return hub


def admitted() -> FoundedHub:
    """Return a hub with an accreditation body (keyless but for transport) and a certification body.

    CN-AB-CNAS may accredit QMS in IAF sector 3 and has no administrators; CN-CB-0103 is
    accredited by it and has an attestation and a status key.
    """
    hub = founded()
    data, state = _admitted()
    hub.data[:] = data
    hub.state = state
    hub.clock.now = FOUNDED_AT + timedelta(hours=2)
    hub.said = 100
    return hub


@cache
def _admitted() -> tuple[tuple[bytes, ...], TrustState]:
    hub = founded()
    authority = make_body(
        CNAS,
        BodyRole.ACCREDITATION_BODY,
        accreditations=(accreditation(HUB, "D1"),),
    )
    certifier = make_body(CB, BodyRole.CERTIFICATION_BODY, accreditations=(accreditation(CNAS),))
    hub.change(
        hub.admit(authority, bring(CNAS, KeyRole.RECEIPT)),
        hub.admit(certifier, bring(CB), bring(CB, KeyRole.STATUS)),
    )
    return tuple(hub.data), hub.state
