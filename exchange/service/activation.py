"""Activate: what waits for its partners takes effect when all of them hold the list.

- A partner is a body, other than the operator, with a transport key in force: those who fetch.
- The list is the first version of the economy's list that shows the approval; a partner who
  holds a later one has fetched it as well.
- What one of them has not fetched takes effect at its date, by the clock, as everything does.
"""

from __future__ import annotations

import structlog

from exchange.core.actions.life import ProposalState
from exchange.core.actions.state import Proposal
from exchange.core.actions.values import Activate, BodyChange
from exchange.core.model import BodyId
from exchange.core.trust_values import ListType
from exchange.errors import RefusedError
from exchange.service.act import note
from exchange.service.hub import Hub
from exchange.service.identify import transport_keys
from exchange.service.list_files import list_file
from exchange.service.publication import require_keeper
from exchange.service.trust_keeper import TrustKeeper

_log = structlog.get_logger(__name__)


async def activate_fetched(hub: Hub) -> int:
    """Note which approved changes all partners have fetched.

    Returns:
        How many took effect by this.

    Raises:
        StoreError: It could not be written; the next turn goes on.
    """
    keeper = require_keeper(hub)
    at = hub.clock()
    activated = 0
    for proposal in keeper.at(at).waiting_proposals():
        if not (proposal.state is ProposalState.APPROVED and proposal.activation.when_fetched):
            continue
        missing = await unfetched(hub, keeper, proposal)
        if missing is not None and not missing:
            try:
                await note(hub, Activate(proposal=proposal.digest))
            except RefusedError as error:
                _log.info("not-activated", action="activate", cause=str(error))
            else:
                activated += 1
    return activated


def partners(hub: Hub) -> frozenset[BodyId]:
    """Return the bodies that fetch lists: those that connect, the operator apart."""
    keys = transport_keys(hub.snapshot, hub.clock())
    return frozenset(key.body for key in keys if key.body != hub.id)


async def unfetched(hub: Hub, keeper: TrustKeeper, proposal: Proposal) -> frozenset[BodyId] | None:
    """Return the partners who do not hold the lists yet that show an approval.

    Returns:
        Those; `None` while there is no such list.
    """
    if proposal.decision is None:
        return None
    shows = await hub.store.action_number(proposal.decision)
    if shows is None or keeper.shown < shows:
        return None
    held = {(one.partner, one.name): one.sequence for one in await hub.store.fetches()}
    missing: set[BodyId] = set()
    for territory in {one.body.economy for one in proposal.changes if isinstance(one, BodyChange)}:
        needed = await hub.store.announced_by(territory, shows)
        if needed is None:
            # The list says nothing new, so whoever has fetched it holds what there is.
            continue
        name = list_file(ListType.ECONOMY, territory)
        missing |= {one for one in partners(hub) if held.get((one, name), 0) < needed}
    return frozenset(missing)
