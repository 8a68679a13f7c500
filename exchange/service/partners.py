"""Partners: who can be addressed, with what, in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from exchange.core.model import BodyId, Economy
from exchange.core.trust_index import Trust
from exchange.core.trust_values import Body, BodyState


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the partners, by id."""

    bodies: tuple[Body, ...]
    after: BodyId | None
    """Where the next page begins; `None` on the last one."""


def list_partners(
    trust: Trust, at: datetime, *, after: str, most: int, economy: str | None = None
) -> Page:
    """Return the active bodies that take anything, in the order of their ids.

    Args:
        trust: The lists in force.
        at: Now.
        after: Only ids greater than this one; empty begins.
        most: Bodies on the page, 1 or more.
        economy: Only bodies that serve this one.
    """
    found: Sequence[Body] = [
        body
        for body in sorted(trust.bodies.values(), key=lambda body: body.id)
        if body.id > after
        and body.capabilities
        and body.state_at(at) is BodyState.ACTIVE
        and (economy is None or Economy(economy) in body.economies)
    ]
    page = tuple(found[:most])
    return Page(bodies=page, after=page[-1].id if len(found) > most else None)
