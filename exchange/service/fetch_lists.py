"""A partner hub keeps its trust lists fresh: fetched from another hub, verified, then in force.

Steps of one turn:
1. the other end has a transport key in force of a hub operator, by the lists that we hold;
2. its index says what it serves; what we have already is not sent again;
3. every list that the new lists point to must be among them: a list that is left out would take
   its keys away without anybody having signed that;
4. all lists together are read as at any start, each held against the one in force (no rollback),
   and another generation of examiners begins with them;
5. they take the place of the lists in the folder as a whole, and are put in force;
6. the other hub is told what we hold now.

Whatever fails before step 5 changes nothing: the lists in force stay in force, the fault is
logged and counted, and the next turn tries again.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import structlog

from exchange.codes.outside import ListFetchCode
from exchange.core.model import BodyRole
from exchange.core.trust_index import Trust, TrustList
from exchange.errors import ExchangeError, Finding, PeerError
from exchange.peer.lists import Held, ListClient, Offer
from exchange.peer.partner import client_context
from exchange.service.examiner import Examiner
from exchange.service.generations import begin_generation
from exchange.service.hub import Hub
from exchange.service.identify import transport_keys
from exchange.service.list_files import list_file
from exchange.service.list_folder import replace_lists

_ATTEMPTS: Final = 3
"""How often the index is read anew in one turn when a list is not the one that it names."""
_CHANGED: Final = "changed"
_UNCHANGED: Final = "unchanged"

_log = structlog.get_logger(__name__)


async def keep_fetching(hub: Hub) -> None:
    """Take one turn, and count what became of it.

    Raises:
        ExchangeError: The lists could not be fetched, or are not believed.
    """
    if not hub.settings.trust_url:
        return
    try:
        changed = await fetch_lists(hub)
    except ExchangeError as error:
        hub.watch.fetches[error.code.value] += 1
        raise
    hub.watch.fetches[_CHANGED if changed else _UNCHANGED] += 1
    hub.watch.fetched_at = hub.clock()


async def fetch_lists(hub: Hub) -> bool:
    """Fetch the lists of the hub that the operator named, and put them in force.

    Returns:
        Whether they differ from those in force before.

    Raises:
        PeerError: The other hub could not be reached, or answers with something else.
        RejectedError: A list is not believed.
        UndecidedError: A list is past its next update.
        StoreError: The folder of the lists cannot be written.
    """
    async with ListClient.open(hub.settings.trust_url, _context(hub)) as client:
        offers, files = await _offered(client, hub.trust)
        if files == _held(hub.trust):
            return False
        async with hub.renewing:
            examiner = await _begun(hub, files)
            try:
                nothing_left_out(examiner.snapshot.trust)
                await asyncio.to_thread(replace_lists, hub.settings.trust_dir, files)
            except BaseException:
                await examiner.close()
                raise
            await hub.renew(examiner)
        _log.info(
            "lists-fetched",
            action="fetch",
            lists={_name(one): one.sequence for one in hub.trust.lists},
            keys=len(hub.trust.by_fingerprint),
        )
        # The lists are in force; that the other hub learns of it late does not undo that.
        try:
            await _fetched(client, offers, hub.trust)
        except ExchangeError as error:
            _log.warning("not-told", action="fetch", code=error.code.value, cause=str(error))
    return True


async def _offered(
    client: ListClient, trust: Trust
) -> tuple[tuple[Offer, ...], Mapping[str, bytes]]:
    """Return the index and every list of it; lists may be published between the two."""
    for _ in range(_ATTEMPTS - 1):
        offers = await client.offers()
        try:
            return offers, await _fetched(client, offers, trust)
        except PeerError as error:
            if error.code is not ListFetchCode.DIGEST:
                raise
    offers = await client.offers()
    return offers, await _fetched(client, offers, trust)


async def _fetched(
    client: ListClient, offers: tuple[Offer, ...], trust: Trust
) -> Mapping[str, bytes]:
    """Return every offered list, those that we have from what we have."""
    mine = {_name(one): one for one in trust.lists}
    files: dict[str, bytes] = {}
    for offer in offers:
        one = mine.get(offer.file)
        held = Held(
            digest=None if one is None else one.digest,
            sequence=0 if one is None else one.sequence,
            keys=len(trust.by_fingerprint),
        )
        data = await client.fetch(offer, held)
        if data is not None:
            files[offer.file] = data
        elif one is not None:
            files[offer.file] = one.data
    return files


async def _begun(hub: Hub, files: Mapping[str, bytes]) -> Examiner:
    at = hub.clock()
    lists = tuple(files[name] for name in sorted(files))
    return await begin_generation(
        hub.settings,
        replace(hub.examiner.materials, lists=lists, read_at=at),
        hub.vault,
        at=at,
        previous=hub.trust.lists,
        over=hub.snapshot,
    )


def nothing_left_out(trust: Trust) -> None:
    """Let pass lists that hold every list they point to.

    Raises:
        PeerError: One is missing: its keys would go without anybody having signed that.
    """
    there = {(one.type, one.territory) for one in trust.lists}
    missing = sorted(
        list_file(pointer.type, pointer.territory)
        for one in trust.lists
        for pointer in one.pointers
        if (pointer.type, pointer.territory) not in there
    )
    if missing:
        raise PeerError(
            Finding(
                code=ListFetchCode.INDEX,
                message=f"expected every list that the others point to, missing "
                f"{', '.join(missing[:5])}",
            )
        )


def _context(hub: Hub) -> ssl.SSLContext:
    operators = (
        key.certificate.der
        for key in transport_keys(hub.snapshot, hub.clock())
        if BodyRole.HUB_OPERATOR in hub.trust.bodies[key.body].roles and key.body != hub.id
    )
    return client_context(hub.present, operators)


def _held(trust: Trust) -> Mapping[str, bytes]:
    return {_name(one): one.data for one in trust.lists}


def _name(one: TrustList) -> str:
    return list_file(one.type, one.territory)
