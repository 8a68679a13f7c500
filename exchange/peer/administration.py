"""An administrator's side of the interface of a hub: every call about trust, over TLS.

- Actions are sent signed by the person and come back sealed by the hub; what comes back is
  octets with no verdict on them.
- What boards show comes as the JSON that the interface describes, and is only shown.

    async with AdministrationClient.open(address, context) as client:
        acted = await client.act(signed)

Source: the interface that `GET /v1/openapi.yaml` describes.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from exchange.core.model import BodyId, ContentDigest
from exchange.peer.calls import XML, Calls, as_object, broken, good, in_base64, octets


@dataclass(frozen=True, slots=True, kw_only=True)
class ActedAnswer:
    """What became of an action."""

    number: int
    """Its place among the actions of the hub."""
    content_digest: ContentDigest
    """How other actions name it."""
    statement: bytes
    """As the hub sealed it."""
    receipt: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """Some of the actions of a hub, in order."""

    records: tuple[Mapping[str, Any], ...]
    after: int | None
    """Where the next page begins; `None` on the last one."""


class AdministrationClient:
    """One administrator's connections to one hub."""

    def __init__(self, calls: Calls) -> None:
        """Keep what `open` made; call that instead."""
        self._calls = calls

    @classmethod
    @asynccontextmanager
    async def open(
        cls, address: str, context: ssl.SSLContext, *, seconds: float = 90.0
    ) -> AsyncIterator[AdministrationClient]:
        """Open a client; connections are made when they are needed.

        Args:
            address: Base address of a listener of the hub, `https://…`.
            context: Presents the person's key and trusts the hub's; see `client_context`.
            seconds: How long one call may take, a rehearsal included.
        """
        async with Calls.open(address, context, seconds=seconds, connections=4) as calls:
            yield cls(calls)

    async def act(self, action: bytes) -> ActedAnswer:
        """Send an action that the person has signed.

        Raises:
            RefusedError: It is refused; the findings say why.
            UndecidedError: Nothing was committed; send the same action again later.
            PeerError: The hub could not be reached, or answered with a failure.
        """
        headers = {"Content-Type": XML}
        reply = await self._calls.call("POST", "/v1/trust/actions", action, headers)
        values = as_object(good(reply))
        try:
            return ActedAnswer(
                number=int(values["number"]),
                content_digest=ContentDigest(bytes.fromhex(values["content_digest"])),
                statement=octets(values, "statement"),
                receipt=octets(values, "receipt"),
            )
        except (KeyError, TypeError, ValueError) as exc:
            raise broken(f"the answer lacks {exc}") from exc

    async def state(self) -> Mapping[str, Any]:
        """Return who may act, who is trusted, and what waits."""
        return await self._object("/v1/trust/state")

    async def entry(self, body: BodyId) -> Mapping[str, Any]:
        """Return the entry of a body with the history of its keys."""
        return await self._object(f"/v1/trust/bodies/{quote(body, safe='')}")

    async def proposals(self, state: str | None = None) -> Mapping[str, Any]:
        """Return proposals, all or those in one state."""
        query = f"?state={quote(state, safe='')}" if state is not None else ""
        return await self._object(f"/v1/trust/proposals{query}")

    async def proposal(self, digest: str) -> Mapping[str, Any]:
        """Return one proposal with what will change."""
        return await self._object(f"/v1/trust/proposals/{quote(digest, safe='')}")

    async def rehearse(
        self, *, draft: bytes | None = None, proposal: str | None = None
    ) -> Mapping[str, Any]:
        """Return what would follow from a draft, or from a proposal; nothing is changed.

        Args:
            draft: An unsigned action that proposes.
            proposal: The digest of a proposal that waits.
        """
        document: dict[str, Any] = {}
        if draft is not None:
            document["draft"] = in_base64(draft)
        if proposal is not None:
            document["proposal"] = proposal
        return as_object(good(await self._calls.json("POST", "/v1/trust/rehearsals", document)))

    async def history(self, *, after: int = 0, limit: int = 100) -> HistoryPage:
        """Return some of the actions, in the order of the ledger."""
        values = await self._object(f"/v1/trust/history?after={after}&limit={limit}")
        records = values.get("actions")
        following = values.get("after")
        if not isinstance(records, list) or not isinstance(following, int | None):
            raise broken("expected a page of actions, found something else")
        return HistoryPage(
            records=tuple(one for one in records if isinstance(one, dict)), after=following
        )

    async def freshness(self) -> Mapping[str, Any]:
        """Return which partner fetched which version of the lists, and when."""
        return await self._object("/v1/trust/freshness")

    async def expiring(self) -> Mapping[str, Any]:
        """Return what ends soon."""
        return await self._object("/v1/trust/expiring")

    async def suspensions(self) -> Mapping[str, Any]:
        """Return emergency suspensions, and the documents that were refused meanwhile."""
        return await self._object("/v1/trust/suspensions")

    async def publish(self, delegation: bytes | None = None) -> Mapping[str, Any]:
        """Have the lists published now, under a new delegation where one is given."""
        document = {} if delegation is None else {"delegation": in_base64(delegation)}
        return as_object(good(await self._calls.json("POST", "/v1/trust/publications", document)))

    async def hub(self) -> BodyId:
        """Return which body the other end says it is; nothing about it is believed."""
        return BodyId(str((await self._object("/health")).get("hub", "")))

    async def _object(self, path: str) -> Mapping[str, Any]:
        return as_object(await self._calls.get(path))
