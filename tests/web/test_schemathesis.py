"""schemathesis calls every operation with a client key: what it makes up, and a signed corpus.

What it makes up must end in documented answers; the corpus must reach every documented
success. The long form is chosen with SCHEMATHESIS_EXAMPLES=200.
"""

from __future__ import annotations

import asyncio
import base64
import io
import os
import ssl
import tarfile
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any, Final

import pytest
import requests
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from requests.adapters import HTTPAdapter
from schemathesis.checks import CHECKS

from exchange.core.actions.values import Activation, Approve, PersonId, Propose, Word
from exchange.core.model import BodyId, ContentDigest, Custody, KeyRole
from exchange.vault.vault import key_name
from exchange.web.public.pages import OPENAPI
from exchange.web.serve import Addresses
from tests.administered import CNAS, Administered, make_administered
from tests.founded import Person
from tests.running import (
    Caller,
    client_context,
    digest_header,
    free_port,
    process,
    write_pair,
)
from tests.world import HUB, ISSUER, World

EXAMPLES: Final = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "6"))
PARTNER: Final = BodyId("SG-AB-SAC")
AWAY: Final = BodyId("KZ-AB-NCA")
METHODS: Final = ("get", "put", "post")
DOCUMENT: Final[dict[str, Any]] = yaml.safe_load(OPENAPI)
SCHEMA: Final = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS: Final = {
    operation["operationId"]: (path, method)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
    if method in METHODS
}
SUCCESSES: Final = {
    (name, int(status))
    for name, (path, method) in OPERATIONS.items()
    for status in DOCUMENT["paths"][path][method]["responses"]
    if int(status) < 400
}
HELD_TO: Final[list[Any]] = [
    check
    for check in CHECKS.get_all()
    if check.__name__
    in {
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    }
]


@schemathesis.serializer("application/x-tar")
def _as_it_is(_context: Any, value: Any) -> bytes:
    """Send what was made up as it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


class _Adapter(HTTPAdapter):
    """Connects with the key of one body, and believes the hub's certificate alone."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Hand the context to the pool."""
        super().init_poolmanager(*args, ssl_context=self._context, assert_hostname=False, **options)


@dataclass(slots=True, kw_only=True)
class Bench:
    """A hub in a process of its own, and who calls it."""

    administered: Administered
    base: str
    folder: Path
    sessions: dict[str, requests.Session] = field(default_factory=dict)
    reached: set[tuple[str, int]] = field(default_factory=set)

    @property
    def world(self) -> World:
        """The world that the hub administers."""
        return self.administered.world

    def session(self, caller: str) -> requests.Session:
        """Return the connections of a body, or of a person by its id."""
        if caller not in self.sessions:
            person = {one.id: one for one in (self.administered.li, self.administered.anna)}
            context = client_context(self.world, self.folder, None if caller in person else caller)
            if caller in person:
                one = person[PersonId(caller)]
                certificates = (one.administrator.certificate.der,)
                name = caller.replace("/", "-")
                context.load_cert_chain(*write_pair(self.folder, name, one.key, certificates))
            session = requests.Session()
            session.mount("https://", _Adapter(context))
            self.sessions[caller] = session
        return self.sessions[caller]

    def say(self, person: Person, word: Word) -> Any:
        """Let a person say something that counts."""
        return self.send(self.administered.say(person, word))

    def send(self, action: bytes) -> Any:
        """Send an action."""
        return self.call("act", self.administered.li.id, body=action, media_type="application/xml")

    def call(self, name: str, caller: str = ISSUER, **parts: Any) -> Any:
        """Call an operation with parts of the corpus and hold the answer to the description."""
        path, method = OPERATIONS[name]
        case = SCHEMA[path][method.upper()].Case(**parts)
        response = case.call(base_url=self.base, session=self.session(caller))
        case.validate_response(response, checks=HELD_TO)
        self.reached.add((name, response.status_code))
        return response


def _administered() -> Administered:
    """Return a world whose hub keeps one key, and in which one partner is away."""
    made = make_administered()
    away, issuer = made.bodies[AWAY], made.bodies[ISSUER]
    keys = tuple(
        replace(key, custody=Custody.HUB) if key.role is KeyRole.ATTESTATION else key
        for key in issuer.keys
    )
    changed = {
        AWAY: replace(away, endpoint=f"https://127.0.0.1:{free_port()}"),
        ISSUER: replace(issuer, keys=keys),
    }
    return replace(made, bodies={**made.bodies, **changed})


def _admit(bench: Bench) -> None:
    """Let two officers bring the bodies in, and wait until the lists show them."""
    people = bench.administered
    changes = tuple(people.admission(one) for one in (CNAS, ISSUER, PARTNER, AWAY))
    now = people.world.clock.now
    action = people.say(
        people.li, Propose(changes=changes, activation=Activation(at=now), reason="corpus")
    )
    digest = bench.send(action).json()["content_digest"]
    bench.send(action)
    shown = bench.call(
        "getTrustProposal", people.li.id, path_parameters={"content_digest": digest}
    ).json()
    proposal = ContentDigest(bytes.fromhex(digest))
    bench.say(people.anna, Approve(proposal=proposal, shown=bytes.fromhex(shown["shown"])))
    end = time.monotonic() + 30
    while not any(
        one["name"] == "sg"
        for one in bench.call("listTrustLists", people.li.id).json()["trust_lists"]
    ):
        assert time.monotonic() < end, "the lists are not published"
        time.sleep(0.05)
    # What is signed from now on is signed after the keys have begun.
    people.world.clock.forward(timedelta(minutes=1))


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Run a hub that administers trust, in a process of its own, while this module lasts."""
    administered, folder = _administered(), tmp_path_factory.mktemp("schemathesis")
    chosen = administered.settings(
        folder,
        further=(key_name(ISSUER, KeyRole.ATTESTATION),),
        push_deadline_seconds=0.2,
        body_seconds=5.0,
        log_level="error",
    )
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    hub = process(chosen, folder)

    def wait(coroutine: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result(60)

    _, addresses = wait(hub.__aenter__())
    assert isinstance(addresses, Addresses)
    one = Bench(administered=administered, base=addresses.partners, folder=folder)
    try:
        _admit(one)
        yield one
    finally:
        for session in one.sessions.values():
            session.close()
        wait(hub.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_whatever_is_made_up_ends_in_a_documented_answer(bench: Bench, name: str) -> None:
    path, method = OPERATIONS[name]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA[path][method.upper()].as_strategy())
    def run(case: Any) -> None:
        if name == "lease" and isinstance(case.body, dict):
            case.body["wait_seconds"] = 0
        tags = DOCUMENT["paths"][path][method]["tags"]
        caller = bench.administered.li.id if "trust" in tags else HUB
        response = case.call(base_url=bench.base, session=bench.session(caller))
        case.validate_response(response, checks=HELD_TO)
        bench.reached.add((name, response.status_code))

    run()
    assert any(reached == name for reached, _ in bench.reached)


def _message(data: bytes, to: str) -> Mapping[str, Any]:
    return {
        "path_parameters": {"message_id": str(uuid.uuid4())},
        "headers": {"Content-Digest": digest_header(data), "Exchange-Addressees": to},
        "body": data,
        "media_type": "application/xml",
    }


def test_the_signed_corpus_reaches_every_documented_success(bench: Bench) -> None:
    world = bench.world
    message = _message(world.attestation(), f'"{PARTNER}", "{AWAY}"')
    submitted = bench.call("submitMessage", **message)
    assert submitted.status_code == 201, submitted.text
    bench.call("submitMessage", **message)
    bench.call("getReceipt", path_parameters=message["path_parameters"])
    statement = {"content_digest": submitted.headers["location"][0].rpartition("/")[2]}
    for name in ("getStatement", "listReceipts", "getProof"):
        bench.call(name, path_parameters=statement)
    issuance = _issuance(world)
    bench.call("issue", **issuance)
    bench.call("issue", **issuance)
    bench.call("examine", body=world.attestation(), media_type="application/xml")
    bench.call("listPartners", query={"limit": 5})
    _pulled(bench)
    _resent(bench)
    for name in ("getHealth", "getVerification", "listTrustLists", "getCheckpoint"):
        bench.call(name)
    bench.call("getMetrics", HUB)
    bench.call("getConsistency", query={"first": 0, "second": 1})
    for name, parameters in (("getTrustList", {"name": "cn"}), ("getDescription", {})):
        tag = bench.call(name, path_parameters=parameters).headers["etag"][0]
        bench.call(name, path_parameters=parameters, headers={"If-None-Match": tag})
    _verified(bench)
    bench.call("listNotices", HUB)
    bench.call("searchCertificates", query={"q": "haijia"})
    _taken_in(bench)
    bench.call(
        "removeStatement",
        HUB,
        path_parameters=statement,
        body={"order": "Court of the example, number 1, 2026-11-20"},
        media_type="application/json",
    )
    _administered_by(bench)
    assert SUCCESSES - bench.reached == set()


def _verified(bench: Bench) -> None:
    """Ask about the certificate in every way."""
    number = {"number": "10326Q10286R0M"}
    bench.call("verifyNumber", path_parameters=number, query={"issuer": ISSUER})
    drawn = bench.call("getQRCode", path_parameters=number).json()
    for name in ("verifyAddress", "openAddress"):
        bench.call(name, path_parameters={"address": drawn["qr"]})
    bench.call("verifyDocument", body=bench.world.attestation(), media_type="application/xml")


def _taken_in(bench: Bench) -> None:
    """Send an archive of two certificates."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for number in (21, 22):
            data = bench.world.attestation(number=number)
            entry = tarfile.TarInfo(f"{number}.xml")
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    data = archive.getvalue()
    bench.call(
        "takeIn",
        body=data,
        media_type="application/x-tar",
        headers={"Content-Digest": digest_header(data), "Exchange-Addressees": "register-only"},
    )


def _administered_by(bench: Bench) -> None:
    """Ask everything that an administrator can ask."""
    li = bench.administered.li.id
    for name in (
        "getTrustState",
        "listTrustProposals",
        "getTrustHistory",
        "getFreshness",
        "getExpiring",
        "listSuspensions",
    ):
        bench.call(name, li)
    bench.call("getTrustBody", li, path_parameters={"body_id": ISSUER})
    document = {"media_type": "application/json"}
    bench.call("publish", li, body={}, **document)
    word = Propose(
        changes=(bench.administered.admission(BodyId("RU-AB-RUSACC")),),
        activation=Activation(at=bench.world.clock.now),
        reason="rehearsal",
    )
    digest = bench.say(bench.administered.li, word).json()["content_digest"]
    bench.call("rehearse", li, body={"proposal": digest}, **document)


def _issuance(world: World) -> Mapping[str, Any]:
    draft = world.draft(number=9)
    return {
        "path_parameters": {"message_id": str(uuid.uuid4())},
        "body": {
            "draft": base64.b64encode(draft).decode(),
            "addressees": ["register-only"],
            "authorisation": {
                "person": "Wang Fang",
                "role": "head of certification",
                "authorised_at": world.clock.now.isoformat(),
                "draft_digest": sha256(draft).hexdigest(),
            },
        },
        "media_type": "application/json",
    }


def _pulled(bench: Bench) -> None:
    leased = bench.call("lease", PARTNER, body={"max": 1}, media_type="application/json")
    (delivery,) = leased.json()["deliveries"]
    caller = Caller(world=bench.world, body=PARTNER, base="", session=None)  # type: ignore[arg-type]
    acknowledgement = {
        "path_parameters": {"delivery_id": delivery["delivery_id"]},
        "body": caller.acknowledgement(delivery),
        "media_type": "application/xml",
    }
    bench.call("acknowledge", PARTNER, **acknowledgement)
    bench.call("acknowledge", PARTNER, **acknowledgement)


def _resent(bench: Bench) -> None:
    end = time.monotonic() + 20
    letters: list[Any] = []
    while not letters and time.monotonic() < end:
        time.sleep(0.2)
        letters = bench.call("listDeadLetters", HUB).json()["dead_letters"]
    assert letters, "the partner that is away left no dead letter"
    bench.call("resend", HUB, path_parameters={"delivery_id": letters[0]["delivery_id"]})
