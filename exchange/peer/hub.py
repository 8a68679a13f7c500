"""A partner's side of the interface of a hub: every call, over mutual TLS.

- What comes back are octets and values with no verdict on them: whoever asked verifies the
  receipts, statements and proofs.
- A problem of the hub becomes the error that it stands for, with the hub's own code where
  this release knows it. A refused message is an answer, not an error: its negative receipt
  is in it.
- Every wait has an end, every answer a limit of size.

    async with HubClient.open(address, context) as client:
        answer = await client.submit(message_id, data, ("KZ-AB-NCA",))

Source: the interface that `GET /v1/openapi.yaml` describes.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from exchange.core.model import MessageId
from exchange.peer.calls import XML, Calls, Reply, as_object, broken, good, in_base64, octets
from exchange.peer.intake import Answered, take_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of a message, in the words of the hub's receipt."""

    receipt: bytes
    is_refused: bool
    is_repeated: bool
    statement: bytes | None = None
    """The statement that the hub signed, when it was asked to issue."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """A named person's word that a draft may be signed in the name of the body."""

    person: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """One delivery on a lease."""

    delivery_id: str
    sender: str
    message_id: str
    issuer: str
    kind: str
    message_digest: bytes
    content_digest: bytes
    receipt: bytes
    statement: bytes
    attempts: int


class HubClient:
    """One partner's connections to one hub."""

    def __init__(self, calls: Calls) -> None:
        """Keep what `open` made; call that instead."""
        self._calls = calls

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: str, context: ssl.SSLContext, *, seconds: float = 90.0, connections: int = 8
    ) -> AsyncIterator[HubClient]:
        """Open a client; connections are made when they are needed.

        Args:
            address: Base address of the hub's partner listener, `https://…`.
            context: Presents our transport key and trusts the hub's; see `client_context`.
            seconds: How long one call may take, a long poll included.
            connections: Connections kept open at most.
        """
        async with Calls.open(address, context, seconds=seconds, connections=connections) as calls:
            yield cls(calls)

    async def submit(self, message_id: MessageId, data: bytes, addressees: Sequence[str]) -> Answer:
        """Submit a signed statement.

        Raises:
            RefusedError: The caller is at fault.
            UndecidedError: Nothing was committed; send the same message again later.
            PeerError: The hub could not be reached, or answered with a failure.
        """
        reply = await self._calls.call(
            "PUT",
            f"/v1/messages/{message_id}",
            data,
            {
                "Content-Type": XML,
                "Content-Digest": f"sha-256=:{in_base64(sha256(data).digest())}:",
                "Exchange-Addressees": ", ".join(f'"{name}"' for name in addressees),
            },
        )
        return _answer(reply, is_issuance=False)

    async def take_in(
        self, documents: Sequence[bytes], addressees: Sequence[str]
    ) -> list[Answered]:
        """Submit many signed statements in one archive; see `exchange.peer.intake`.

        Raises:
            ExchangeError: As `submit`; nothing was taken, or it can be sent again as it is.
        """
        return await take_in(self._calls, documents, addressees)

    async def issue(
        self,
        message_id: MessageId,
        draft: bytes,
        addressees: Sequence[str],
        authorisation: Authorisation,
    ) -> Answer:
        """Have a draft signed with the body's key in the hub's vault, and submitted.

        Raises:
            ExchangeError: As `submit`.
        """
        document = {
            "draft": in_base64(draft),
            "addressees": list(addressees),
            "authorisation": {
                "person": authorisation.person,
                "role": authorisation.role,
                "authorised_at": authorisation.at.isoformat(),
                "draft_digest": sha256(draft).hexdigest(),
            },
        }
        reply = await self._calls.json("PUT", f"/v1/issuances/{message_id}", document)
        return _answer(reply, is_issuance=True)

    async def receipt(self, message_id: MessageId) -> bytes:
        """Return the first receipt of a message of ours."""
        return (await self._calls.get(f"/v1/messages/{message_id}/receipt")).body

    async def lease(
        self,
        *,
        most: int = 10,
        wait_seconds: int = 0,
        lease_seconds: int = 300,
        kinds: Sequence[str] = (),
        schemes: Sequence[str] = (),
    ) -> tuple[Handed, ...]:
        """Take deliveries on a lease; an empty answer is an answer."""
        document = {
            "max": most,
            "wait_seconds": wait_seconds,
            "lease_seconds": lease_seconds,
            "kinds": list(kinds),
            "schemes": list(schemes),
        }
        reply = good(await self._calls.json("POST", "/v1/leases", document))
        found = as_object(reply).get("deliveries")
        if not isinstance(found, list):
            raise broken("expected a list of deliveries")
        return tuple(_handed(one) for one in found)

    async def acknowledge(self, delivery_id: str, receipt: bytes) -> bytes:
        """Acknowledge a delivery; returns the acknowledgement that counts."""
        path = f"/v1/deliveries/{delivery_id}/acknowledgement"
        return good(await self._calls.call("PUT", path, receipt, {"Content-Type": XML})).body

    async def statement(self, content_digest: bytes) -> bytes:
        """Return a statement that concerns us."""
        return (await self._calls.get(f"/v1/statements/{content_digest.hex()}")).body

    async def receipts(self, content_digest: bytes) -> tuple[bytes, ...]:
        """Return every receipt about a statement, in the order of the ledger."""
        reply = await self._calls.get(f"/v1/statements/{content_digest.hex()}/receipts")
        found = as_object(reply).get("receipts")
        if not isinstance(found, list):
            raise broken("expected a list of receipts")
        return tuple(octets(one, "receipt") for one in found)

    async def proof(self, content_digest: bytes) -> bytes:
        """Return the proofs of a statement's receipts, as the hub wrote them."""
        return (await self._calls.get(f"/v1/statements/{content_digest.hex()}/proof")).body

    async def verification(self) -> Mapping[str, Any]:
        """Return what the hub says its receipts and checkpoints are verified with."""
        return as_object(await self._calls.get("/v1/verification"))

    async def qr(self, number: str) -> Mapping[str, Any]:
        """Return the QR address of a certificate of one's own."""
        return as_object(await self._calls.get(f"/v1/certificates/{quote(number, safe='')}/qr"))

    async def dead_letters(self, *, after: int | None = None) -> Mapping[str, Any]:
        """Return a page of what the hub gave up delivering; its operator only."""
        query = "" if after is None else f"?after={after}"
        return as_object(await self._calls.get(f"/v1/dead-letters{query}"))

    async def certificates(self, asked: Mapping[str, str]) -> Mapping[str, Any]:
        """Return a page of the certificates that a search finds.

        Args:
            asked: The parameters of `GET /v1/certificates`.
        """
        return as_object(await self._calls.get(f"/v1/certificates?{urlencode(asked)}"))

    async def notices(self, *, after: int | None = None, late: bool = False) -> Mapping[str, Any]:
        """Return a page of what earlier recipients were told, and how far it has come."""
        asked = {"late": "true"} if late else {}
        if after is not None:
            asked["after"] = str(after)
        return as_object(await self._calls.get(f"/v1/notices?{urlencode(asked)}"))

    async def remove(self, content_digest: bytes, order: str) -> bytes:
        """Have the octets of a statement removed by order; returns the signed notice.

        The hub's operator only.
        """
        path = f"/v1/statements/{content_digest.hex()}/removal"
        return good(await self._calls.json("PUT", path, {"order": order})).body

    async def resend(self, delivery_id: str) -> Mapping[str, Any]:
        """Send a dead letter again; the hub's operator only."""
        path = f"/v1/dead-letters/{delivery_id}/resend"
        return as_object(good(await self._calls.call("POST", path, b"", {})))


def _answer(reply: Reply, *, is_issuance: bool) -> Answer:
    """Return what became of a message, accepted or refused."""
    if reply.status is HTTPStatus.UNPROCESSABLE_ENTITY:
        values = as_object(reply)
        if "receipt" in values:
            return Answer(receipt=octets(values, "receipt"), is_refused=True, is_repeated=False)
    good(reply)
    repeated = reply.status is HTTPStatus.OK
    if not is_issuance:
        return Answer(receipt=reply.body, is_refused=False, is_repeated=repeated)
    values = as_object(reply)
    return Answer(
        receipt=octets(values, "receipt"),
        is_refused=False,
        is_repeated=repeated,
        statement=octets(values, "statement"),
    )


def _handed(values: Any) -> Handed:
    if not isinstance(values, dict):
        raise broken("expected deliveries, found something else")
    try:
        return Handed(
            delivery_id=str(values["delivery_id"]),
            sender=str(values["sender"]),
            message_id=str(values["message_id"]),
            issuer=str(values["issuer"]),
            kind=str(values["kind"]),
            message_digest=bytes.fromhex(values["message_digest"]),
            content_digest=bytes.fromhex(values["content_digest"]),
            receipt=octets(values, "receipt"),
            statement=octets(values, "statement"),
            attempts=int(values["attempts"]),
        )
    except (KeyError, TypeError, ValueError) as exc:
        raise broken(f"a delivery lacks {exc}") from exc
