"""Submission over kept-alive mutual TLS, durable commit and signed receipt included.

The hub is a process of its own with its worker, as `exchange serve` runs it; the clients
share the processors with it. Documents are all different, their signatures too.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import uvloop

from exchange.core.model import BodyId, KeyRole
from exchange.peer.partner import client_context
from exchange.service.identify import transport_keys
from exchange.vault.files import FileVault
from exchange.vault.vault import key_name
from tests.bench.corpus import HUB, ISSUERS, PASS_PHRASE, Corpus, sign
from tests.bench.figures import Row, percentile, resident_bytes, say
from tests.bench.load import Outcome, run

CLIENTS = 64
WARM = 640
HOSTILE_BYTES = 50 * 2**20
_START_SECONDS = 60
_SERIALS = 5_000
"""Numbers that one run may use of a body; five digits have twenty such runs."""
_UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """A running hub process."""

    process: int
    port: int

    def resident(self) -> int:
        """Return the resident memory of the hub and its workers, in bytes."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children")
        total = resident_bytes(self.process)
        for child in children.read_text(encoding="ascii").split():
            # Whoever trains a dictionary is gone in a moment, perhaps in this one.
            with suppress(FileNotFoundError):
                if b"exchange.service.worker" in Path(f"/proc/{child}/cmdline").read_bytes():
                    total += resident_bytes(int(child))
        return total


@contextmanager
def hub(corpus: Corpus, folder: Path, store_url: str, workers: int) -> Iterator[Hub]:
    """Run a hub over the corpus's keys and lists until the block ends."""
    folder.mkdir()
    settings = {
        "hub": HUB,
        "data_dir": str(folder / "data"),
        "store_url": store_url,
        "vault_dir": str(corpus.folder / "vault"),
        "trust_dir": str(corpus.folder / "trust"),
        "trust_pins": [corpus.built.root.hex()],
        "partner_port": 0,
        "public_port": 0,
        "workers": workers,
        "log_level": "warning",
    }
    lines = (f"{name} = {json.dumps(value)}\n" for name, value in settings.items())
    (folder / "hub.toml").write_text("".join(lines), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "exchange", "serve", str(folder / "hub.toml")],
            env={**os.environ, "EXCHANGE_VAULT_PASSPHRASE": PASS_PHRASE},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError((folder / "log").read_text(encoding="utf-8")[-2000:])
        yield Hub(process=process.pid, port=int(line.rsplit(":", 1)[1]))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def requests(documents: Iterable[bytes]) -> Iterator[bytes]:
    """Yield one submission for each document."""
    for data in documents:
        digest = base64.b64encode(sha256(data).digest()).decode()
        yield (
            f"PUT /v1/messages/{uuid.uuid4()} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/xml\r\nContent-Digest: sha-256=:{digest}:\r\n"
            f"Exchange-Addressees: register-only\r\nContent-Length: {len(data)}\r\n\r\n"
        ).encode() + data


def variants(corpus: Corpus, number: int, vault: FileVault, run_number: int) -> Iterator[bytes]:
    """Yield so many signed documents, all different, from the drafts of the corpus."""
    for index in range(number):
        key, draft = corpus.drafts[index % len(corpus.drafts)]
        fresh = {old: str(uuid.uuid4()).encode() for old in set(_UUID.findall(draft))}
        for old, new in fresh.items():
            draft = draft.replace(old, new)
        draft = re.sub(rb"-Q-[0-9]{6}", f"-Q{run_number}{index:06}".encode(), draft)
        serial = f"{run_number * _SERIALS + index // ISSUERS:05}".encode()
        draft = re.sub(rb"Q[0-9]{5}(?=R0M)", b"Q" + serial, draft)
        signing = sign(vault, key, draft, corpus.made_at)
        try:
            # Nothing in it waits, so one step ends it.
            signing.send(None)
        except StopIteration as end:
            yield end.value
        else:
            raise RuntimeError("a file vault with elliptic keys waits for nothing")


async def client(corpus: Corpus) -> ssl.SSLContext:
    """Return the TLS context of one of the issuers."""
    vault = await FileVault.open(corpus.folder / "vault", PASS_PHRASE)
    snapshot = corpus.snapshot
    anchors = [key.certificate.der for key in transport_keys(snapshot, corpus.made_at, BodyId(HUB))]
    body = next(name for name, _ in corpus.drafts).partition("/")[0]
    name = key_name(BodyId(body), KeyRole.TRANSPORT)
    return client_context(lambda context: vault.identify(context, name), anchors)


async def _submit(
    corpus: Corpus, one: Hub, documents: list[bytes], clients: int = CLIENTS
) -> Outcome:
    outcome = await run(one.port, await client(corpus), requests(documents), clients=clients)
    if set(outcome.statuses) != {201}:
        raise RuntimeError(f"expected 201 for every submission, found {outcome.statuses}")
    return outcome


async def _bare(corpus: Corpus, one: Hub, number: int) -> Outcome:
    """Measure what TLS and HTTP cost alone: a request that is answered without any work."""
    tag = b'GET /v1/openapi.yaml HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: "*", *\r\n\r\n'
    return await run(one.port, await client(corpus), iter([tag] * number), clients=CLIENTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What one submission costs in parts measured alone, in microseconds."""

    examine: float
    sign: float
    commit: float


def measure(
    corpus: Corpus,
    engine: str,
    store_url: str,
    *,
    number: int,
    workers: int,
    parts: Parts | None,
) -> list[Row]:
    """Return the rows about submission to one engine."""
    vault = asyncio.run(FileVault.open(corpus.folder / "vault", PASS_PHRASE))
    place = corpus.folder / f"hub-{engine}-{workers}"
    # Caches of a fixed size fill during the first twentieth; what grows after it grows for good.
    lead = max(WARM, number // 20)
    say(f"signing {number + lead} documents for {engine}")
    documents = list(variants(corpus, number + lead, vault, workers + 1))
    with hub(corpus, place, store_url, workers) as one:
        uvloop.run(_submit(corpus, one, documents[:lead]))
        bare = uvloop.run(_bare(corpus, one, 4 * WARM))
        warm = one.resident()
        say(f"submitting {number} documents to {engine}")
        outcome = uvloop.run(_submit(corpus, one, documents[lead:]))
        grown = one.resident() / warm - 1
    what = f"{engine}, {CLIENTS} clients, {workers} worker" + ("" if workers == 1 else "s")
    return [
        Row(
            what=f"submit, {what}",
            figure=f"{outcome.per_second:.0f}/s",
            remark=", ".join(
                f"p{share:.0f} {percentile(outcome.waits, share / 100) * 1000:.0f} ms"
                for share in (50, 95, 99)
            )
            + _share(outcome, bare, parts),
        ),
        Row(
            what=f"memory of the hub over {number} submissions, {engine}",
            figure=f"{grown:+.1%}",
            remark=f"from {warm / 2**20:.0f} MiB after {lead}; at most 5 % over 100,000",
        ),
    ]


def _share(outcome: Outcome, bare: Outcome, parts: Parts | None) -> str:
    """Say how much of what the processors could do at best was reached."""
    if parts is None:
        return ""
    processors = os.cpu_count() or 1
    http = processors * 1e6 / bare.per_second
    total = http + parts.examine + parts.sign + parts.commit
    share = outcome.per_second * total / (processors * 1e6)
    return (
        f"; {share:.0%} of the sum of the parts on {processors} processors (TLS and HTTP with "
        f"the client {http:.0f}, examine {parts.examine:.0f}, receipt {parts.sign:.0f}, "
        f"commit {parts.commit:.0f} µs)"
    )


def measure_hostile(corpus: Corpus) -> list[Row]:
    """Return the row about a body that is far too large, declared and undeclared."""
    url = f"sqlite:///{corpus.folder / 'hostile.sqlite3'}"
    with hub(corpus, corpus.folder / "hub-hostile", url, 1) as one:
        before = one.resident()
        highest = uvloop.run(_hostile(corpus, one))
    return [
        Row(
            what=f"a hostile body of {HOSTILE_BYTES >> 20} MiB, declared and in pieces",
            figure=f"{(highest - before) / 2**20:+.1f} MiB",
            remark="resident memory of the hub at its highest; the limit of a body is 1 MiB",
        )
    ]


async def _hostile(corpus: Corpus, one: Hub) -> int:
    context = await client(corpus)
    highest = one.resident()
    for declared in (True, False):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", one.port, ssl=context, server_hostname="localhost"
        )
        length = f"Content-Length: {HOSTILE_BYTES}" if declared else "Transfer-Encoding: chunked"
        digest = base64.b64encode(bytes(32)).decode()
        writer.write(
            f"PUT /v1/messages/{uuid.uuid4()} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n"
            f"Content-Type: application/xml\r\nContent-Digest: sha-256=:{digest}:\r\n"
            "Exchange-Addressees: register-only\r\n\r\n".encode()
        )
        piece = b"<a>" * 21_845 + b"\n"
        frame = piece if declared else f"{len(piece):x}\r\n".encode() + piece + b"\r\n"
        with suppress(ConnectionError, ssl.SSLError):
            for _ in range(HOSTILE_BYTES // len(piece)):
                writer.write(frame)
                await asyncio.wait_for(writer.drain(), 5)
                highest = max(highest, one.resident())
        with suppress(TimeoutError, ConnectionError, ssl.SSLError):
            answer = await asyncio.wait_for(reader.read(64), 5)
            if answer and b" 413 " not in answer:
                raise RuntimeError(f"expected 413, found {answer!r}")
        writer.transport.abort()
        highest = max(highest, one.resident())
    return highest
