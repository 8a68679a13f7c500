"""The hub: what is open while it runs, and the order in which it opens and closes.

- `Hub.open` is the one way to get a hub; web, command line and tests use it alike.
- The clock, the source of identifiers and the dice are arguments.
- Verbs are functions that take a hub, one per file; duties that run by themselves stand in
  `exchange.service.duties`.
- Trust lists, snapshot and examiners change together (`service.generations`). Whoever began
  with one generation ends with it.
- A hub that administers trust holds a keeper of its state and publishes its own lists; every
  other hub reads the lists in its folder.

    async with Hub.open(settings, clock=utc_now) as hub:
        submitted = await submit(hub, submission)
"""

from __future__ import annotations

import asyncio
import random
import secrets
import ssl
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from weakref import WeakValueDictionary

import structlog
from cryptography.exceptions import InvalidSignature

from exchange.codes.administration import AdministrationCode
from exchange.codes.trust import TrustCode
from exchange.codes.vault import VaultCode
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.certificates import TOKEN_BYTES
from exchange.core.model import BodyId, DocumentId, Fingerprint, KeyRole
from exchange.core.signing import complete
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust
from exchange.errors import Finding, RejectedError, UndecidedError, VaultError
from exchange.service.administering import (
    Beginning,
    begin_administration,
    finish_administration,
)
from exchange.service.examination import DraftedReceipt
from exchange.service.examiner import Examiner
from exchange.service.generations import begin_generation, laid_over
from exchange.service.lists_before import lists_before
from exchange.service.own_keys import OwnKey, kept_key, own_key, stop_of
from exchange.service.trust_keeper import TrustKeeper
from exchange.service.trustees import read_materials, refuse_unusable
from exchange.service.vaults import open_vault
from exchange.service.verify_guesses import Guesses
from exchange.service.watch import Watch
from exchange.settings import Settings
from exchange.store.store import Store
from exchange.vault.vault import KeyName, Vault, key_name, split_name

Clock = Callable[[], datetime]
"""Returns now, aware UTC."""
Identifiers = Callable[[], uuid.UUID]
Dice = Callable[[], float]
"""Returns a number, 0 <= n < 1."""

_NEXT_KEY: Final = timedelta(seconds=5)
"""When it is worth coming back after the receipt key was stopped."""

_log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Return now as every part of the house wants it."""
    return datetime.now(UTC)


def new_token() -> bytes:
    """Return random octets for the token of a QR address."""
    return secrets.token_bytes(TOKEN_BYTES)


@dataclass(slots=True, eq=False, kw_only=True)
class Hub:
    """Everything that is open while a hub runs."""

    settings: Settings
    store: Store
    vault: Vault
    clock: Clock
    identifiers: Identifiers
    dice: Dice
    tokens: Callable[[], bytes]
    """Gives the random octets of a new token (`exchange.core.certificates.TOKEN_BYTES`)."""
    examiner: Examiner
    """The generation in force."""
    keeper: TrustKeeper | None = None
    """The state of trust of a hub that administers it; `None` for every other hub."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when no new work is begun any more."""
    stops: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something may have been stopped or lifted, so that recipients are told at once."""
    refuses_to_sign: tuple[Finding, ...] = ()
    """Why an operator has to decide before anything is signed; empty while all is well."""
    checkpoints_stopped: tuple[Finding, ...] = ()
    """Why no checkpoint is signed: its key was stopped. Actions go on, so that it is lifted."""
    renewals: list[Callable[[Trust], None]] = field(default_factory=list)
    """Called with the trust lists whenever these change, or who may connect."""
    signing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while a checkpoint is signed."""
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held while another generation is begun and put in force."""
    locks: WeakValueDictionary[object, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """One lock for each issuance under way; it goes with the last who holds it."""
    watch: Watch = field(default_factory=Watch)
    """Counts and last times since the start, for the metrics."""
    lists_seen: object = None
    """What the folder of trust lists looked like when it was read last."""
    transport_name: KeyName | None = None
    """Under which name the vault keeps the transport key that is shown."""
    keys_missed: frozenset[Fingerprint] = frozenset()
    """Keys of the hub that the lists name and that the vault did not have when it was read."""
    receipt_names: dict[Fingerprint, KeyName] = field(default_factory=dict)
    """Under which name the vault keeps each receipt key that was used."""
    guesses: Guesses = field(init=False)
    """What strangers asked for that led to nothing."""

    def __post_init__(self) -> None:
        """Begin to count guesses."""
        self.guesses = Guesses(
            per_client=self.settings.max_guesses_per_network,
            over_all=self.settings.max_guesses,
            window=timedelta(seconds=self.settings.guess_seconds),
        )

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        settings: Settings,
        *,
        clock: Clock = utc_now,
        identifiers: Identifiers = uuid.uuid4,
        dice: Dice = random.random,
        tokens: Callable[[], bytes] = new_token,
    ) -> AsyncIterator[Hub]:
        """Open vault, trust lists, database and examiners; close them in reverse order.

        Raises:
            SettingsError: The operator has to mend something.
            StoreError: The database cannot be used.
            VaultError: The vault cannot be opened.
        """
        async with AsyncExitStack() as stack:
            vault = await stack.enter_async_context(open_vault(settings))
            materials = None
            if settings.founding_dir is None:
                materials = read_materials(settings, clock())
            store = await stack.enter_async_context(Store.open(settings.database))
            begun = Beginning(materials=materials)
            if settings.founding_dir is not None:
                begun = await begin_administration(
                    settings, store, vault, settings.founding_dir, clock()
                )
            hub = cls(
                settings=settings,
                store=store,
                vault=vault,
                clock=clock,
                identifiers=identifiers,
                dice=dice,
                tokens=tokens,
                examiner=await _first_generation(settings, vault, store, begun, clock()),
                keeper=begun.keeper,
            )
            try:
                snapshot = hub.snapshot
                await hub.choose_transport_key()
                await store.keep_snapshot(snapshot.id, snapshot.parts(), at=clock())
                await finish_administration(
                    begun,
                    receipt_id=hub.new_document_id(),
                    snapshot_id=snapshot.id,
                    at=clock(),
                    certificates=hub.certificates,
                    sign=hub.sign,
                )
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
    def receipt_key(self) -> KeyCertificate:
        """The hub's certificate for receipts."""
        return read_certificate(self.certificates[0])

    @property
    def trust(self) -> Trust:
        """The trust lists in force."""
        return self.examiner.snapshot.trust

    def new_document_id(self) -> DocumentId:
        """Return an identifier that was never used before."""
        return DocumentId(f"urn:uuid:{self.identifiers()}")

    async def own_key(self, role: KeyRole) -> OwnKey:
        """Return the hub's key that the lists grant for a purpose now.

        Raises:
            VaultError: The vault has none.
        """
        return await own_key(
            self.vault,
            self.id,
            role,
            listed=self.trust.bodies.get(self.id),
            at=self.clock(),
            interruptions=self.snapshot.interruptions,
        )

    def present(self, context: ssl.SSLContext) -> None:
        """Let a TLS context show the hub's transport key.

        Raises:
            VaultError: The key is not there.
        """
        self.vault.identify(context, self.transport_name or key_name(self.id, KeyRole.TRANSPORT))

    async def choose_transport_key(self) -> bool:
        """Show the transport key that the lists grant now, on connections from now on.

        Returns:
            Whether it is another one than before. A hub that is only opened may have none.

        Raises:
            VaultError: The key cannot be read.
        """
        role = (self.id, KeyRole.TRANSPORT)
        if not any(split_name(name) == role for name in self.vault.names()):
            return False
        name = (await self.own_key(KeyRole.TRANSPORT)).name
        before, self.transport_name = self.transport_name, name
        return before not in (None, name)

    async def sign(self, drafted: DraftedReceipt) -> bytes:
        """Return a receipt signed with the receipt key that it names, its signature checked once.

        Raises:
            UndecidedError: The key was stopped after the receipt was drafted.
            VaultError: The key cannot be used, or what it made does not hold.
        """
        stop = stop_of(
            drafted.signer,
            listed=self.trust.bodies.get(self.id),
            at=self.clock(),
            interruptions=self.snapshot.interruptions,
        )
        if stop is not None:
            code = AdministrationCode.RECEIPT_KEY_STOPPED
            raise UndecidedError(
                Finding(code=code, message=f"key {drafted.signer.hex()[:16]}… was stopped"),
                retry_after=_NEXT_KEY,
            )
        name = await self.receipt_name(drafted.signer)
        key = read_certificate((await self.vault.certificates(name))[0])
        algorithm = ALGORITHMS.for_key(key.public_key)
        value = await self.vault.sign(name, drafted.octets, algorithm)
        try:
            algorithm.verify(key.public_key, value, drafted.octets)
        except InvalidSignature as exc:
            raise VaultError(
                Finding(code=VaultCode.DAMAGED, message="the receipt key does not fit its entry")
            ) from exc
        return complete(drafted.to_sign(key, algorithm), value)

    async def receipt_name(self, fingerprint: Fingerprint) -> KeyName:
        """Return under which name the vault keeps a receipt key.

        Raises:
            VaultError: It does not.
        """
        name = self.receipt_names.get(fingerprint)
        if name is None:
            name = await kept_key(self.vault, self.id, KeyRole.RECEIPT, fingerprint)
            if name is None:
                raise VaultError(
                    Finding(
                        code=VaultCode.UNKNOWN_KEY,
                        message=f"receipt key {fingerprint.hex()[:16]}… is not in the vault",
                    )
                )
            self.receipt_names[fingerprint] = name
        return name

    async def renew(self, examiner: Examiner) -> None:
        """Put another generation in force and let the old one finish its work."""
        try:
            while True:
                over = self.snapshot
                snapshot = laid_over(examiner.snapshot, over)
                await self.store.keep_snapshot(snapshot.id, snapshot.parts(), at=self.clock())
                # Something may have been stopped meanwhile; it must not slip through.
                if self.snapshot is over:
                    break
        except BaseException:
            await examiner.close()
            raise
        examiner.interrupt(snapshot)
        old, self.examiner = self.examiner, examiner
        self.announce()
        self.stops.set()
        _log.info("trust-renewed", snapshot=snapshot.id)
        await old.close()

    def announce(self) -> None:
        """Tell those who keep something made from the lists, or from who may connect."""
        for renewal in self.renewals:
            renewal(self.trust)


async def _first_generation(
    settings: Settings, vault: Vault, store: Store, begun: Beginning, at: datetime
) -> Examiner:
    materials = begun.materials
    if materials is None:
        raise TypeError("a hub begins with lists, whether they were read or made")
    before = await lists_before(store, materials) if begun.keeper is None else ()
    try:
        try:
            examiner = await begin_generation(settings, materials, vault, at=at, previous=before)
        except RejectedError as error:
            if error.code is not TrustCode.LIST_ROLLBACK:
                raise
            # As while it runs: what is older is refused aloud, and what was in force stays so.
            _log.error("lists-refused", action="trust", code=error.code.value, cause=str(error))
            materials = replace(materials, lists=tuple(one.data for one in before))
            examiner = await begin_generation(settings, materials, vault, at=at)
    except RejectedError as error:
        raise refuse_unusable(error) from error
    if begun.keeper is not None:
        stopped = begun.keeper.at(at).interruptions()
        examiner.interrupt(examiner.snapshot.with_interruptions(stopped))
    return examiner
