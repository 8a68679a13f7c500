"""The hub: what is open while it runs, and the order in which it opens and closes.

- `Hub.open` is the one way to get a hub; web, command line and tests use it alike.
- The clock, the source of identifiers and the dice are arguments.
- Verbs are functions that take a hub, one per file; duties that run by themselves stand in
  `exchange.service.duties`.
- Trust lists, snapshot and examiners change together: a `Generation`. Whoever began with one
  generation ends with it.

    async with Hub.open(settings, clock=utc_now) as hub:
        submitted = await submit(hub, submission)
"""

from __future__ import annotations

import asyncio
import random
import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakValueDictionary

import structlog
from cryptography.exceptions import InvalidSignature

from exchange.codes.service import VaultCode
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.model import BodyId, DocumentId, KeyRole
from exchange.core.signing import complete
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust
from exchange.errors import Finding, RejectedError, VaultError
from exchange.service.examination import DraftedReceipt, build_snapshot
from exchange.service.examiner import Examiner
from exchange.service.trustees import read_materials, refuse_unusable
from exchange.settings import Settings
from exchange.store.store import Store
from exchange.vault.files import FileVault
from exchange.vault.vault import Vault, key_name

Clock = Callable[[], datetime]
"""Returns now, aware UTC."""
Identifiers = Callable[[], uuid.UUID]
Dice = Callable[[], float]
"""Returns a number, 0 <= n < 1."""

_log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Return now as every part of the house wants it."""
    return datetime.now(UTC)


@dataclass(slots=True, eq=False, kw_only=True)
class Hub:
    """Everything that is open while a hub runs."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Clock
    identifiers: Identifiers
    dice: Dice
    receipt_key: KeyCertificate
    """The hub's certificate for receipts."""
    examiner: Examiner
    """The generation in force."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when no new work is begun any more."""
    refuses_to_sign: tuple[Finding, ...] = ()
    """Why an operator has to decide before anything is signed; empty while all is well."""
    renewals: list[Callable[[Trust], None]] = field(default_factory=list)
    """Called with the trust lists whenever these change."""
    signing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a checkpoint is signed."""
    locks: WeakValueDictionary[object, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """One lock for each issuance under way; it goes with the last who holds it."""
    lists_seen: object = None
    """What the folder of trust lists looked like when it was read last."""

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        identifiers: Identifiers = uuid.uuid4,
        dice: Dice = random.random,
    ) -> AsyncIterator[Hub]:
        """Open vault, trust lists, database and examiners; close them in reverse order.

        Raises:
            SettingsError: The operator has to mend something.
            StoreError: The database cannot be used.
            VaultError: The vault cannot be opened.
        """
        vault = await FileVault.open(settings.vault_dir, settings.vault_passphrase)
        certificates = await vault.certificates(key_name(settings.hub, KeyRole.RECEIPT))
        materials = read_materials(settings, certificates, clock())
        try:
            snapshot = await asyncio.to_thread(build_snapshot, materials)
        except RejectedError as error:
            raise refuse_unusable(error) from error
        async with Store.open(settings.database) as store:
            examiner = Examiner(
                snapshot=snapshot,
                materials=materials,
                workers=settings.workers,
                seconds=settings.examination_seconds,
                max_waiting=settings.max_waiting,
            )
            await examiner.start()
            hub = cls(
                settings=settings,
                store=store,
                vault=vault,
                clock=clock,
                identifiers=identifiers,
                dice=dice,
                receipt_key=read_certificate(certificates[0]),
                examiner=examiner,
            )
            try:
                await store.keep_snapshot(snapshot.id, snapshot.parts(), at=clock())
                yield hub
            finally:
                hub.draining.set()
                await hub.examiner.close()

    @property
    def id(self) -> BodyId:
        """The body that operates this hub."""
        return self.settings.hub

    @property
    def snapshot(self) -> Snapshot:
        """What verdicts depend on now."""
        return self.examiner.snapshot

    @property
    def certificates(self) -> tuple[bytes, ...]:
        """The hub's receipt key certificate and its chain."""
        return self.examiner.materials.receipt_certificates

    @property
    def trust(self) -> Trust:
        """The trust lists in force."""
        return self.examiner.snapshot.trust

    def new_document_id(self) -> DocumentId:
        """Return an identifier that was never used before."""
        return DocumentId(f"urn:uuid:{self.identifiers()}")

    def present(self, context: ssl.SSLContext) -> None:
        """Let a TLS context show the hub's transport key.

        Raises:
            VaultError: The key is not there.
        """
        self.vault.identify(context, key_name(self.id, KeyRole.TRANSPORT))

    async def sign(self, drafted: DraftedReceipt) -> bytes:
        """Return a receipt signed with the hub's receipt key, its signature checked once.

        Raises:
            VaultError: The key cannot be used, or what it made does not hold.
        """
        key = self.receipt_key
        algorithm = ALGORITHMS.for_key(key.public_key)
        value = await self.vault.sign(key_name(self.id, KeyRole.RECEIPT), drafted.octets, algorithm)
        try:
            algorithm.verify(key.public_key, value, drafted.octets)
        except InvalidSignature as exc:
            raise VaultError(
                Finding(code=VaultCode.DAMAGED, message="the receipt key does not fit its entry")
            ) from exc
        return complete(drafted.to_sign(key, algorithm), value)

    async def renew(self, examiner: Examiner) -> None:
        """Put another generation in force and let the old one finish its work."""
        snapshot = examiner.snapshot
        try:
            await self.store.keep_snapshot(snapshot.id, snapshot.parts(), at=self.clock())
        except BaseException:
            await examiner.close()
            raise
        old, self.examiner = self.examiner, examiner
        for renewal in self.renewals:
            renewal(examiner.snapshot.trust)
        _log.info("trust-renewed", snapshot=examiner.snapshot.id)
        await old.close()
