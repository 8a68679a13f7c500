"""Who suspended a certificate, told from the octets of its status changes.

An authority lifts only what it suspended itself (STC-09). The columns of the register do not say
who moved a status, so the accepted documents are folded once more, in the order of their numbers.
What cannot be told from all of them is not told at all.

Example:
    >>> suspender(kept, before=3)
    'CN-AB-CNAS'
"""

from __future__ import annotations

from typing import Final

from exchange.core.certificates import KeptCertificate
from exchange.core.lifecycle import RESTRICTIONS, Change
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Kind, Status
from exchange.core.xml import parse
from exchange.errors import MalformedError

_KEEPS: Final = frozenset({Status.SUSPENDED, Status.EXPIRED})
"""In which somebody has suspended it still: an end by the clock lifts nothing."""


def suspender(kept: KeptCertificate, *, before: int) -> BodyId | None:
    """Return who suspended a certificate, as it stands before a change.

    Args:
        kept: The certificate with every accepted statement.
        before: The number of that change; every number before it has to be there.

    Returns:
        `None` when it is not suspended, nor has expired so, or a document is missing or was
        removed by order.
    """
    told: dict[int, tuple[Status, Status, Change, BodyId]] = {}
    for one in kept.statements:
        if one.kind is not Kind.STATUS_CHANGE:
            continue
        if one.data is None:
            return None
        try:
            root = parse(one.data, Limits()).root
        except MalformedError:
            return None
        says = {str(child.tag).rpartition("}")[2]: (child.text or "").strip() for child in root}
        told[int(says["Sequence"])] = (
            Status(says["PreviousStatus"]),
            Status(says["NewStatus"]),
            Change(says["ChangeType"]),
            one.issuer,
        )
    status, by = Status.ACTIVE, None
    for number in range(1, before):
        if number not in told:
            return None
        previous, new, change, signer = told[number]
        starts_here = previous is status or status is not Status.SUSPENDED
        if starts_here:
            by = (
                (signer if previous is not Status.SUSPENDED and new is Status.SUSPENDED else by)
                if new in _KEEPS
                else None
            )
            status = new
        elif change in RESTRICTIONS and new is not Status.ACTIVE:
            status, by = new, by if new in _KEEPS else None
    return by
