"""Revocation is asked ahead of need, kept, and laid over the snapshot in force.

Steps of a turn:
 1. every key certificate on the lists that names an authority, and those above it, are looked
    up; what has ended is not asked about any more, since authorities forget what has ended;
 2. an address is asked when the answer that is kept is an hour old, or half of its life is
    over, whichever comes first; one that failed is asked again at growing distances;
 3. an answer is verified before it is kept, and one that is older than the one kept is refused;
 4. what says that a key certificate is revoked is kept for good, beside newer answers, and
    even if it is older than they are;
 5. the facts that all kept answers make are laid over the snapshot: at once when they say
    something new, every ten minutes when they are only newer.

On several processes with one database, what one has fetched the others read.

Example:
    >>> async with asking_authorities(hub) as keeper:
    ...     await keeper.turn()
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from exchange.codes.revocation import RevocationCode
from exchange.core.backoff import PushPolicy, delay
from exchange.core.model import Fingerprint
from exchange.core.periods import in_zulu
from exchange.core.revocation_facts import (
    CERTIFICATE_HOLD,
    RevocationFact,
    RevocationFacts,
    RevocationSource,
    RevocationStatus,
    ends_before,
    marked_stale,
    says_something_new,
    settle,
)
from exchange.core.snapshot import Snapshot
from exchange.core.trust_records import RevocationData
from exchange.errors import Finding, PeerError
from exchange.peer.revocation import RevocationClient
from exchange.service.hub import Hub
from exchange.service.overlays import lay_over
from exchange.service.revocation_answers import made_at
from exchange.service.revocation_questions import (
    Asked,
    Place,
    chain_of,
    places_of,
    request_about,
)
from exchange.service.revocation_reader import RevocationReader

_log = structlog.get_logger(__name__)

_AT_ONCE: Final = 8
"""Addresses that are asked at the same time."""
_AGAIN: Final = PushPolicy(first=timedelta(minutes=1), cap=timedelta(hours=1))
_SOONEST: Final = timedelta(minutes=5)
"""An answer that has half a life of less, or has none left, is asked for this often."""
_LOOK_AGAIN: Final = timedelta(minutes=5)
"""How often the store is read when nothing is due: other processes ask, too."""
_RENEWED: Final = timedelta(minutes=10)
"""Facts that are only newer are laid over this often: every time makes a snapshot that is kept."""
_NONCE: Final = 32
"""Octets of the number that an OCSP answer has to repeat (RFC 9654, section 2.1)."""
_EVIDENCE: Final = "revoked"
"""First word of the name under which evidence of a revocation is kept."""


@dataclass(slots=True, kw_only=True)
class _Failure:
    attempts: int
    at: datetime
    again_at: datetime
    finding: Finding


@dataclass(slots=True, eq=False)
class RevocationKeeper:
    """Asks for one hub, and remembers what it has verified and what has failed."""

    hub: Hub
    client: RevocationClient
    _reader: RevocationReader = field(default_factory=RevocationReader)
    _failures: dict[str, _Failure] = field(default_factory=dict)
    _kept: Mapping[str, RevocationData] = field(default_factory=dict)
    """What the store held when it was read last, and which certificates were asked about."""
    _known: frozenset[Fingerprint] = frozenset()
    _read_at: datetime | None = None
    _laid_at: datetime | None = None

    async def turn(self) -> bool:
        """Ask what is due, and lay the facts over the snapshot.

        Returns:
            Whether the facts have changed.

        Raises:
            StoreError: Answers cannot be kept.
        """
        at = self.hub.clock()
        asked = _everything(self.hub.snapshot)  # 1
        if not asked and not self.hub.snapshot.revocation:
            return False
        places = places_of(asked.values())
        if not self._has_work(asked, places, at):
            return False
        kept = {row.url: row for row in await self.hub.store.revocation_data()}
        gate = asyncio.Semaphore(_AT_ONCE)
        endings = await asyncio.gather(
            *(
                self._ask(place, kept, gate)
                for place in places
                if self._is_due(place, kept.get(place.name), at)  # 2
            ),
            return_exceptions=True,
        )
        for ending in endings:
            if isinstance(ending, BaseException):
                raise ending
        mine: dict[Fingerprint, list[Place]] = {}
        for place in places:
            for one in place.asked:
                mine.setdefault(one.certificate.fingerprint, []).append(place)
        facts = RevocationFacts.of(
            [await self._settled(one, mine.get(name, []), kept, at) for name, one in asked.items()]
        )
        self._kept, self._known, self._read_at = kept, frozenset(asked), at
        self._forget(asked, places)
        before = self.hub.snapshot.revocation
        _tell(before, facts)
        is_news = says_something_new(before, facts) or ends_before(before, at + _RENEWED)
        if not is_news and self._laid_at is not None and at < self._laid_at + _RENEWED:
            return False
        self._laid_at = at
        return await lay_over(self.hub, lambda snapshot: snapshot.with_revocation(facts))  # 5

    def _has_work(
        self, asked: Mapping[Fingerprint, Asked], places: Iterable[Place], at: datetime
    ) -> bool:
        """Tell whether a turn can change anything: the lists have, a time has come."""
        return (
            self._read_at is None
            or at >= self._read_at + _LOOK_AGAIN
            or frozenset(asked) != self._known
            or any(self._is_due(place, self._kept.get(place.name), at) for place in places)
        )

    def _is_due(self, place: Place, kept: RevocationData | None, at: datetime) -> bool:
        if not any(at < one.certificate.not_after for one in place.asked):
            return False
        failure = self._failures.get(place.name)
        if failure is not None and (kept is None or kept.fetched_at <= failure.at):
            return failure.again_at <= at
        if kept is None:
            return True
        longest = timedelta(seconds=self.hub.settings.revocation_seconds)
        life = longest if kept.next_update is None else (kept.next_update - kept.fetched_at) / 2
        return at >= kept.fetched_at + min(longest, max(life, _SOONEST))

    def _forget(self, asked: Mapping[Fingerprint, Asked], places: Iterable[Place]) -> None:
        """Let go of what is asked about no more, and of failures that others have mended."""
        self._reader.forget(asked.keys(), (row.data for row in self._kept.values()))
        named = {place.name for place in places}
        self._failures = {
            name: one
            for name, one in self._failures.items()
            if name in named and (name not in self._kept or self._kept[name].fetched_at <= one.at)
        }

    async def _ask(
        self, place: Place, kept: dict[str, RevocationData], gate: asyncio.Semaphore
    ) -> None:
        """Ask one address, and keep what it says; a failure is remembered."""
        nonce = secrets.token_bytes(_NONCE)
        url = place.address.url
        try:
            async with gate:
                if place.address.source is RevocationSource.CRL:
                    octets = await self.client.revocation_list(url)
                else:
                    request = request_about(place.asked[0], nonce)
                    octets = await self.client.answer(url, request)
            source, at = place.address.source, self.hub.clock()
            facts = await self._reader.fresh(source, octets, place.asked, nonce=nonce, at=at)  # 3
            await self._keep_evidence(source, octets, facts, kept)  # 4
            before = kept.get(place.name)
            _require_newer(source, before.data if before else None, octets)
        except PeerError as error:
            self._note_failure(place.name, error.findings[0])
            return
        self._failures.pop(place.name, None)
        row = RevocationData(
            url=place.name,
            data=octets,
            fetched_at=at,
            next_update=min((f.next_update for f in facts if f.next_update), default=None),
        )
        await self._keep(row, kept)

    async def _keep_evidence(
        self,
        source: RevocationSource,
        octets: bytes,
        facts: Iterable[RevocationFact],
        kept: dict[str, RevocationData],
    ) -> None:
        """Keep for good what proves a revocation, be it older than what is kept."""
        for fact in facts:
            name = _evidence_name(source, fact.certificate)
            is_final = fact.status is RevocationStatus.REVOKED and fact.reason != CERTIFICATE_HOLD
            if is_final and name not in kept:
                at = self.hub.clock()
                evidence = RevocationData(url=name, data=octets, fetched_at=at, next_update=None)
                await self._keep(evidence, kept)

    async def _keep(self, row: RevocationData, kept: dict[str, RevocationData]) -> None:
        await self.hub.store.put_revocation(row.url, row.data, row.fetched_at, row.next_update)
        kept[row.url] = row

    def _note_failure(self, name: str, finding: Finding) -> None:
        before = self._failures.get(name)
        attempts = before.attempts + 1 if before else 1
        wait = delay(_AGAIN, attempts=attempts, jitter=self.hub.dice())
        at = self.hub.clock()
        self._failures[name] = _Failure(
            attempts=attempts, at=at, again_at=at + wait, finding=finding
        )
        _log.warning(
            "revocation-not-had", address=name, code=finding.code.value, cause=finding.message
        )

    async def _settled(
        self,
        asked: Asked,
        places: Sequence[Place],
        kept: Mapping[str, RevocationData],
        at: datetime,
    ) -> RevocationFact:
        """Return the fact about one key certificate that everything kept makes."""
        names = [(place.address.source, place.name) for place in places]
        read = [
            await self._reader.kept(source, kept[name].data, asked, at)
            for source, name in (*names, *_evidence_names(asked.certificate.fingerprint))
            if name in kept
        ]
        problems = [one for one in read if isinstance(one, Finding)]
        problems += [self._failures[name].finding for _, name in names if name in self._failures]
        if not places:
            problems.append(_finding(RevocationCode.NO_SOURCE, "expected an address, found none"))
        fact = settle(
            asked.certificate.fingerprint,
            (one for one in read if isinstance(one, RevocationFact)),
            problems[0] if problems else None,
        )
        if fact.status is RevocationStatus.REVOKED:
            return fact
        broken = await self._reader.broken_path(asked)
        if broken is not None:
            return settle(asked.certificate.fingerprint, (), broken)
        return marked_stale(fact, at)


@asynccontextmanager
async def asking_authorities(hub: Hub) -> AsyncIterator[RevocationKeeper]:
    """Return who asks for a hub, as its settings say, until the block ends."""
    settings = hub.settings
    async with RevocationClient.open(
        seconds=settings.revocation_wait_seconds, private=settings.revocation_private
    ) as client:
        yield RevocationKeeper(hub, client)


def _everything(snapshot: Snapshot) -> dict[Fingerprint, Asked]:
    """Return every key certificate on the lists whose revocation somebody can tell."""
    return {
        asked.certificate.fingerprint: asked
        for listed in snapshot.trust.by_fingerprint.values()
        if listed.key.path
        for asked in chain_of(listed.key)
    }


def _evidence_name(source: RevocationSource, certificate: Fingerprint) -> str:
    return f"{_EVIDENCE}:{source.value}#{certificate.hex()}"


def _evidence_names(certificate: Fingerprint) -> Iterator[tuple[RevocationSource, str]]:
    for source in RevocationSource:
        yield source, _evidence_name(source, certificate)


def _require_newer(source: RevocationSource, before: bytes | None, octets: bytes) -> None:
    """Refuse an answer that is older than the one kept.

    Raises:
        PeerError: It is.
    """
    had = None if before is None else made_at(before, source)
    made = made_at(octets, source)
    if had is not None and made is not None and made < had:
        raise PeerError(
            _finding(
                RevocationCode.ROLLBACK,
                f"expected an answer of {in_zulu(had)} or later, found one of {in_zulu(made)}",
            )
        )


def _tell(before: RevocationFacts, after: RevocationFacts) -> None:
    """Say aloud what was revoked since."""
    for name, fact in after.by_certificate.items():
        known = before.by_certificate.get(name)
        if fact.status is RevocationStatus.REVOKED and (
            known is None or known.status != fact.status
        ):
            _log.error(
                "key-certificate-revoked",
                certificate=name.hex(),
                since=fact.revoked_at and in_zulu(fact.revoked_at),
                reason=fact.reason,
            )


def _finding(code: RevocationCode, message: str) -> Finding:
    return Finding(code=code, path="KeyInfo/X509Data", message=message)
