"""A real hub on real TLS sockets, with the keys and lists of the world, and its callers."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

import aiohttp
import structlog
from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from exchange.core.model import BodyId, DocumentId, KeyRole, MessageDigest, MessageId, SnapshotId
from exchange.core.receipt_document import Outcome, Receipt, ReportedFinding, Stage, write
from exchange.errors import Severity
from exchange.service.hub import Clock, Hub
from exchange.settings import Settings
from exchange.vault.vault import KeyKind, KeyName, PrivateKey, key_name
from exchange.web.serve import Addresses, serving
from tests.world import HUB, World

PASS_PHRASE: Final = "throw-away"  # noqa: S105 - the keys behind it are thrown away
XML: Final = "application/xml"


structlog.configure(
    # The default shows every local variable of every frame, which takes seconds.
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(
            colors=False, exception_formatter=structlog.dev.plain_traceback
        ),
    ]
)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def digest_header(data: bytes) -> str:
    """Return the value of Content-Digest."""
    return f"sha-256=:{base64.b64encode(sha256(data).digest()).decode()}:"


def settings_for(world: World, folder: Path, *, hub: str = HUB, **changes: Any) -> Settings:
    """Write a vault and the trust lists into a folder and return the settings to open it with."""
    for name in ("vault", "trust", "data"):
        (folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    write_lists(world, folder)
    body = BodyId(hub)
    world.vault.add(key_name(body, KeyRole.CHECKPOINT), KeyKind.ED25519)
    kept = [
        key.name
        for one in world.description.bodies
        for key in one.keys
        if body in {one.id, key.kept_by}
    ]
    for key in (*kept, key_name(body, KeyRole.CHECKPOINT)):
        keep_key(world, folder / "vault", key)
    values: dict[str, Any] = {
        "hub": body,
        "production": True,
        "data_dir": folder / "data",
        "vault_dir": folder / "vault",
        "vault_passphrase": PASS_PHRASE,
        "trust_dir": folder / "trust",
        "trust_pins": (world.root.hex(),),
        "partner_port": 0,
        "public_port": 0,
        "workers": 0,
        "trust_reload_seconds": 0.05,
        "checkpoint_seconds": 0.05,
        "push_first_delay_seconds": 0.05,
        "drain_seconds": 2.0,
    }
    return Settings(**(values | changes))


def write_lists(world: World, folder: Path) -> None:
    """Put the trust lists of a world in place of those in the folder."""
    for name, data in world.files.items():
        unfinished = folder / "trust" / f"{name}.unfinished"
        unfinished.write_bytes(data)
        unfinished.replace(folder / "trust" / name)


def keep_key(world: World, vault: Path, key: KeyName) -> None:
    """Seal a key of the world in a vault of files."""
    private, certificates = world.vault._key(key)
    path = vault / f"{key}.pem"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(
        private.private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASS_PHRASE.encode())
        )
        + b"".join(map(_pem, certificates))
    )
    path.chmod(0o600)


def _pem(der: bytes) -> bytes:
    return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)


def client_files(world: World, body: str, folder: Path) -> tuple[Path, Path]:
    """Write a body's transport key for a TLS client; return certificate and key."""
    private, certificates = world.vault._key(key_name(BodyId(body), KeyRole.TRANSPORT))
    return write_pair(folder, body, private, certificates)


def write_pair(
    folder: Path, name: str, private: PrivateKey, certificates: tuple[bytes, ...]
) -> tuple[Path, Path]:
    """Write a certificate and its key as the ssl module reads them."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    certificate.write_bytes(b"".join(map(_pem, certificates)))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return certificate, key


def client_context(
    world: World, folder: Path, body: str | None, *, hub: str = HUB
) -> ssl.SSLContext:
    """Return a context that trusts one hub and shows a body's certificate, or none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
    name = key_name(BodyId(hub), KeyRole.TRANSPORT)
    context.load_verify_locations(cadata=world.vault.certificates_now(name)[0])
    if body is not None:
        context.load_cert_chain(*client_files(world, body, folder))
    return context


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a hub answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a problem."""
        assert self.headers["Content-Type"].startswith("application/problem+json"), self.body[:200]
        code: str = self.json["code"]
        return code


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A body that calls a hub over one connection pool of its own."""

    world: World
    body: str
    base: str
    session: aiohttp.ClientSession

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        """Send one request."""
        async with self.session.request(method, self.base + path, **options) as response:
            return Answer(
                status=response.status,
                headers=response.headers,
                body=await response.read(),
            )

    async def submit(
        self,
        data: bytes,
        to: str = '"register-only"',
        *,
        message_id: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Submit a document; `to` is the value of Exchange-Addressees."""
        return await self.ask(
            "PUT",
            f"/v1/messages/{message_id or uuid.uuid4()}",
            data=data,
            headers={
                "Content-Type": XML,
                "Content-Digest": digest_header(data),
                "Exchange-Addressees": to,
                **(headers or {}),
            },
        )

    async def lease(self, **wishes: Any) -> list[dict[str, Any]]:
        """Take deliveries."""
        answer = await self.ask("POST", "/v1/leases", json=wishes)
        assert answer.status == 200, answer.body
        deliveries: list[dict[str, Any]] = answer.json["deliveries"]
        return deliveries

    def acknowledgement(
        self, delivery: Mapping[str, Any], outcome: Outcome = Outcome.ACCEPTED
    ) -> bytes:
        """Return a signed acknowledgement of a delivery."""
        at = self.world.clock.now
        bad = outcome in {Outcome.REJECTED, Outcome.UNREADABLE}
        return self.world.sign(
            write(
                Receipt(
                    receipt_id=DocumentId(f"urn:uuid:{uuid.uuid4()}"),
                    stage=Stage.ACKNOWLEDGED,
                    outcome=outcome,
                    issuer=BodyId(self.body),
                    message_id=MessageId(delivery["message_id"]),
                    sender=BodyId(delivery["sender"]),
                    addressees=(self.body,),
                    message_digest=MessageDigest(bytes.fromhex(delivery["message_digest"])),
                    previous=bytes.fromhex(delivery["receipt_digest"]),
                    received_at=at,
                    produced_at=at,
                    snapshot_id=SnapshotId("0" * 64),
                    findings=(
                        ReportedFinding(
                            code="partner.reason",
                            severity=Severity.FATAL,
                            path="",
                            message="not taken here",
                        ),
                    )
                    if bad
                    else (),
                )
            ),
            self.body,
            KeyRole.RECEIPT,
        )

    async def acknowledge(self, delivery: Mapping[str, Any], data: bytes | None = None) -> Answer:
        """Acknowledge a delivery."""
        return await self.ask(
            "PUT",
            f"/v1/deliveries/{delivery['delivery_id']}/acknowledgement",
            data=data or self.acknowledgement(delivery),
            headers={"Content-Type": XML},
        )

    async def issue(
        self, draft: bytes, to: list[str], *, message_id: str | None = None, **changes: Any
    ) -> Answer:
        """Have a draft signed by the hub."""
        authorisation = {
            "person": "王芳",
            "role": "head of certification",
            "authorised_at": (self.world.clock.now - timedelta(minutes=5)).isoformat(),
            "draft_digest": sha256(draft).hexdigest(),
        }
        return await self.ask(
            "PUT",
            f"/v1/issuances/{message_id or uuid.uuid4()}",
            json={
                "draft": base64.b64encode(draft).decode(),
                "addressees": to,
                "authorisation": authorisation | changes,
            },
        )


@dataclass(slots=True, kw_only=True)
class Running:
    """A hub that runs in this process."""

    world: World
    hub: Hub
    addresses: Addresses
    folder: Path
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def caller(self, body: str | None, *, base: str | None = None) -> Caller:
        """Return a body as a caller; its connections close with the hub."""
        context = client_context(self.world, self.folder, body, hub=self.hub.id)
        session = await self._stack.enter_async_context(
            aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=context),
                timeout=aiohttp.ClientTimeout(total=30),
            )
        )
        return Caller(
            world=self.world,
            body=body or "",
            base=base or self.addresses.partners,
            session=session,
        )

    async def close_callers(self) -> None:
        """Close every connection of callers."""
        await self._stack.aclose()


def write_settings(settings: Settings, path: Path) -> Path:
    """Write settings as a TOML file that a process of its own can read."""
    lines = []
    for one in fields(settings):
        value = getattr(settings, one.name)
        shown = str(value) if isinstance(value, Path) else "" if value is None else value
        # JSON and TOML write texts, numbers, truth and lists of texts alike.
        lines.append(f"{one.name} = {json.dumps(shown)}\n")
    path.write_text("".join(lines), encoding="utf-8")
    return path


@asynccontextmanager
async def process(
    settings: Settings, folder: Path, log: IO[bytes] | None = None
) -> AsyncIterator[tuple[asyncio.subprocess.Process, Addresses]]:
    """Run a hub in a process of its own; it is killed at the end if it still runs."""
    path = write_settings(settings, folder / "hub.toml")
    started = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.hub_process", path, stdout=asyncio.subprocess.PIPE, stderr=log
    )
    try:
        assert started.stdout is not None
        async with asyncio.timeout(60):
            line = await started.stdout.readline()
        assert line, "the hub did not start"
        yield started, Addresses(**json.loads(line))
    finally:
        if started.returncode is None:
            started.kill()
        await started.communicate()


def ticking(world: World) -> Clock:
    """Return a clock that shows the world's time and goes on from there."""
    began = time.monotonic()
    return lambda: world.clock.now + timedelta(seconds=time.monotonic() - began)


@asynccontextmanager
async def running(
    world: World, folder: Path, *, hub: str = HUB, clock: Clock | None = None, **changes: Any
) -> AsyncIterator[Running]:
    """Run a hub of the world on loopback until the block ends."""
    settings = settings_for(world, folder, hub=hub, **changes)
    async with (
        Hub.open(settings, clock=clock or world.clock) as opened,
        serving(opened) as addresses,
    ):
        one = Running(world=world, hub=opened, addresses=addresses, folder=folder)
        try:
            yield one
        finally:
            await one.close_callers()
