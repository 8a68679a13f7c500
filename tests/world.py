"""A small world in memory: a hub, economies, bodies with keys, trust lists, a clock.

It is the world of the demo (`exchange/demo/trust.toml`) with keys that never touch a disk.

    world = make_world()
    data = world.attestation()                          # signed by CN-CB-0103, accepted
    data = world.attestation("ru-qms-machinery", number=7)
    data = world.sign(draft, "SG-CB-0601", KeyRole.ATTESTATION)
    world.clock.forward(timedelta(days=18))

- Samples are the good drafts beside the schemas; `number` makes distinct documents of one.
- `make_world(issuers=50)` lists further certification bodies `CN-CB-9000` and on, which
  issue what CN-CB-0103 issues: `world.attestation(issuer="CN-CB-9007")`.
- `world.relisted(change)` is the same world with another body on its lists.
- Keys and times are fixed, so that the same call gives the same octets in every run
  (the RSA key of SA-CB-0301 apart).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, TypeVar

from exchange.core.algorithms import ALGORITHMS, AlgorithmTable
from exchange.core.code_lists import CodeLists
from exchange.core.examine import examine
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Fingerprint, KeyRole
from exchange.core.rules.judge import Accepted
from exchange.core.schema import Catalogue, Conforming, conform
from exchange.core.signature import Signed, verify
from exchange.core.signing import complete, prepare
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust, TrustList
from exchange.core.xml import parse
from exchange.service.build_lists import build_lists
from exchange.service.described import DescribedBody, Description
from exchange.service.materials import good_sample, load_catalogue, load_code_lists
from exchange.service.publish import Release
from exchange.service.trust_description import read_description
from exchange.vault.vault import KeyKind, KeyName, key_name
from tests.memory_vault import MemoryVault

START: Final = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
"""What the clock of a new world shows."""
HUB: Final = BodyId("XX-HUB-01")
ISSUER: Final = BodyId("CN-CB-0103")
SAMPLE: Final = "cn-qms-food-multi-site"
CHECKPOINT: Final = key_name(HUB, KeyRole.CHECKPOINT)

_DEMO: Final = Path(__file__).resolve().parent.parent / "exchange" / "demo" / "trust.toml"
_ROLES: Final = {
    "Attestation": KeyRole.ATTESTATION,
    "StatusChange": KeyRole.STATUS,
    "Receipt": KeyRole.RECEIPT,
}
_ROOT: Final = re.compile(r"<(?:\w+:)?(Attestation|StatusChange|Receipt)[ >]")
_T = TypeVar("_T")


@dataclass(slots=True, kw_only=True)
class Clock:
    """A clock that moves when it is told to."""

    now: datetime = START

    def __call__(self) -> datetime:
        """Return the time, as the hub asks for it."""
        return self.now

    def forward(self, by: timedelta) -> datetime:
        """Move the clock and return the new time."""
        self.now += by
        return self.now


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that a test of the road needs."""

    catalogue: Catalogue
    code_lists: CodeLists
    limits: Limits
    algorithms: AlgorithmTable
    description: Description
    vault: MemoryVault
    files: Mapping[str, bytes]
    """The signed trust lists by file name."""
    lists: tuple[TrustList, ...]
    root: Fingerprint
    """Who signed the list of lists: what a reader pins."""
    snapshot: Snapshot
    clock: Clock = field(default_factory=Clock)

    @property
    def release(self) -> Release:
        """What every reader of lists has."""
        return Release(
            catalogue=self.catalogue,
            code_lists=self.code_lists,
            limits=self.limits,
            algorithms=self.algorithms,
        )

    def draft(
        self,
        sample: str = SAMPLE,
        *,
        kind: str = "attestation",
        number: int = 0,
        issuer: str | None = None,
        changes: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return an unsigned draft.

        Args:
            sample: Name of a good sample beside its schema, without `.xml`.
            kind: Folder of the schema: attestation, status-change, receipt.
            number: 0 for the sample itself; others have identifiers of their own.
            issuer: Another body to issue what CN-CB-0103 issues.
            changes: Texts to put in place of others, each of which must be there.
        """
        text = _sample(kind, sample)
        if number:
            text = _numbered(text, f"{sample}/{number}/{issuer}", number)
        if issuer is not None:
            text = text.replace(ISSUER, issuer)
        for old, new in (changes or {}).items():
            if old not in text:
                raise AssertionError(f"{sample} does not contain {old!r}")
            text = text.replace(old, new)
        return text.encode()

    def sign(
        self,
        draft: bytes,
        body: str | None = None,
        role: KeyRole | None = None,
        *,
        at: datetime | None = None,
        algorithm: str | None = None,
        key: KeyName | None = None,
    ) -> bytes:
        """Return a signed document.

        Args:
            draft: Unsigned.
            body: Who signs; by default the issuer that the draft names.
            role: Which key; by default the one that fits the root element.
            at: The claimed signing time; by default now.
            algorithm: Identifier of the signature algorithm; by default that of the key.
            key: A key by its name, in place of body and role.
        """
        text = draft.decode()
        found = _ROOT.search(text)
        default = _ROLES[found[1]] if found else KeyRole.LIST
        name = key or key_name(BodyId(body or issuer_of(text)), role or default)
        to_sign = prepare(
            draft,
            certificates=self.vault.certificates_now(name),
            signed_at=at or self.clock.now,
            algorithm=algorithm,
        )
        return complete(to_sign, self.vault.sign_now(name, to_sign.octets, to_sign.algorithm))

    def attestation(
        self,
        sample: str = SAMPLE,
        *,
        number: int = 0,
        issuer: str | None = None,
        changes: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> bytes:
        """Return a signed attestation; see `draft` and `sign`."""
        return self.sign(self.draft(sample, number=number, issuer=issuer, changes=changes), at=at)

    def status_change(
        self,
        sample: str = "suspend",
        *,
        number: int = 0,
        changes: Mapping[str, str] | None = None,
        at: datetime | None = None,
    ) -> bytes:
        """Return a signed status change; see `draft` and `sign`."""
        draft = self.draft(sample, kind="status-change", number=number, changes=changes)
        return self.sign(draft, at=at)

    def receipt(
        self, sample: str = "accepted", *, changes: Mapping[str, str] | None = None
    ) -> bytes:
        """Return a receipt signed by the body that it names; see `draft` and `sign`."""
        return self.sign(self.draft(sample, kind="receipt", changes=changes))

    def conforming(self, data: bytes) -> Conforming:
        """Return a document after gate 2."""
        return conform(parse(data, self.limits), self.catalogue, self.limits)

    def signed(self, data: bytes) -> Signed:
        """Return a document after gate 3."""
        return verify(self.conforming(data), self.algorithms)

    def examine(self, data: bytes, at: datetime | None = None) -> Accepted:
        """Return a document after all five gates."""
        return examine(data, self.snapshot, at or self.clock.now)

    def relisted(self, change: Callable[[DescribedBody], DescribedBody]) -> World:
        """Return this world with every described body changed; the keys stay."""
        bodies = tuple(change(body) for body in self.description.bodies)
        return _build(replace(self.description, bodies=bodies), self.vault, self.clock)

    def with_body(self, body: str, **changes: Any) -> World:
        """Return this world with fields of one described body changed."""
        return self.relisted(lambda one: replace(one, **changes) if one.id == body else one)

    def with_key(self, body: str, role: KeyRole, **changes: Any) -> World:
        """Return this world with fields of one described key changed."""

        def change(one: DescribedBody) -> DescribedBody:
            if one.id != body:
                return one
            keys = tuple(replace(key, **changes) if key.role is role else key for key in one.keys)
            return replace(one, keys=keys)

        return self.relisted(change)


def build_world(description: Description, vault: MemoryVault) -> World:
    """Return the world of a description, with keys of a vault of its own."""
    return _build(description, vault, Clock())


def demo_description() -> Description:
    """Return what the demo's lists are made from."""
    return read_description(_DEMO.read_text(encoding="utf-8"))


def make_world(*, issuers: int = 0) -> World:
    """Return a world with a clock of its own; everything else is made once for all tests."""
    return replace(_made(issuers), clock=Clock())


def issuer_of(text: str) -> str:
    """Return the issuer that a draft names."""
    found = re.search(r"<(?:\w+:)?Issuer\b[^>]*>([^<]+)<", text)
    if found is None:
        raise AssertionError("the draft names no issuer")
    return found[1]


def run_now(coroutine: Coroutine[Any, Any, _T]) -> _T:
    """Run a coroutine that never waits, without an event loop."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: _T = end.value
        return result
    raise AssertionError("this coroutine waits for something")


@lru_cache(maxsize=1)
def catalogue_and_lists() -> tuple[Catalogue, CodeLists]:
    """Return the schemas and code lists of the release, read once."""
    return load_catalogue(), load_code_lists()


@lru_cache(maxsize=4)
def _made(issuers: int) -> World:
    description = read_description(_DEMO.read_text(encoding="utf-8"))
    template = next(body for body in description.bodies if body.id == ISSUER)
    more = tuple(another_issuer(template, BodyId(f"CN-CB-{9000 + n}")) for n in range(issuers))
    return _build(replace(description, bodies=(*description.bodies, *more)), MemoryVault(), Clock())


def another_issuer(template: DescribedBody, body: BodyId) -> DescribedBody:
    """Return a body that issues what another one does, with keys of its own."""
    keys = tuple(replace(key, name=key_name(body, key.role), kept_by=body) for key in template.keys)
    return replace(template, id=body, keys=keys)


def _build(description: Description, vault: MemoryVault, clock: Clock) -> World:
    vault.add(CHECKPOINT, KeyKind.ED25519)
    for body in description.bodies:
        for key in body.keys:
            vault.add(key.name, key.kind, key.hosts)
    catalogue, code_lists = catalogue_and_lists()
    limits = Limits()
    built = run_now(
        build_lists(
            description,
            vault,
            at=START - timedelta(days=1),
            release=Release(catalogue=catalogue, code_lists=code_lists, limits=limits),
        )
    )
    snapshot = Snapshot.build(
        catalogue=catalogue,
        limits=limits,
        algorithms=ALGORITHMS,
        trust=Trust.build(built.lists),
        code_lists=code_lists,
        hub=HUB,
        production=True,
    )
    return World(
        catalogue=catalogue,
        code_lists=code_lists,
        limits=limits,
        algorithms=ALGORITHMS,
        description=description,
        vault=vault,
        files=built.files,
        lists=built.lists,
        root=built.root,
        snapshot=snapshot,
        clock=clock,
    )


@lru_cache(maxsize=64)
def _sample(kind: str, name: str) -> str:
    return good_sample(kind, name).read_text(encoding="utf-8")


def _numbered(text: str, seed: str, number: int) -> str:
    """Give a sample identifiers of its own; the formats of numbers are kept."""
    identifier = uuid.uuid5(uuid.NAMESPACE_URL, seed)
    text = re.sub(
        r"(<\w+:DocumentID>)urn:uuid:[0-9a-f-]+", rf"\g<1>urn:uuid:{identifier}", text, count=1
    )
    text = re.sub(r"(<AttestationID>[^<]+)", rf"\g<1>-{number}", text, count=1)
    return re.sub(
        r"(<CertificateNumber>)([^<]+)",
        lambda found: found[1] + _renumbered(found[2], number),
        text,
        count=1,
    )


def _renumbered(text: str, number: int) -> str:
    """Put a number into the last run of four or more digits, at most six of them."""
    runs = list(re.finditer(r"[0-9]{4,}", text))
    run = runs[-1]
    width = min(len(run[0]), 6) if len(run[0]) > 5 else len(run[0])
    return f"{text[: run.end() - width]}{number % 10**width:0{width}d}{text[run.end() :]}"
