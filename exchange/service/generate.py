"""Generate: a register of any size, made of the good samples of every scheme, from a seed.

- The same seed, size and number of enterprises give the same documents, octet for octet, whatever
  machine makes them; receipts are the hub's and differ.
- Everything walks the road of every statement: five gates, receipt, ledger, register, index
  (`exchange.service.bulk`). What is not accepted ends the run: a made register has no refusals.
- A run that was killed goes on: the ledger says how many documents were committed, and those at
  the edge are repeated, which changes nothing.
- At the end each issuer confirms its register as of the day of the made register, and says how
  open it is: public for most, by number for some, by token for one.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.declaration_writing import write_declaration
from exchange.core.declarations import Coverage, Disclosure
from exchange.core.document.declaration import DeclaredScheme
from exchange.core.entry import Verdict
from exchange.core.limits import Limits
from exchange.core.model import BodyId, DocumentId, KeyRole
from exchange.core.xml import canonical, parse
from exchange.errors import Finding, SettingsError
from exchange.service.addressees import Addressees
from exchange.service.bulk import Taken, take_in
from exchange.service.checkpoints import sign_checkpoint
from exchange.service.generate_documents import Maker, Plan
from exchange.service.generate_world import ARRIVES, AS_OF, HUB
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.receive import read_own

_REPEATED: Final = 4_096
"""Documents that are sent again when a run is continued: what may have been under way."""
_DENSE: Final = timedelta(milliseconds=500) / 24
"""Between two looks at the clock."""
_SCHEMES: Final = "urn:mrhub:scheme:"
_DISCLOSED: Final = {
    ("CN-LAB-0110", "test-report"): Disclosure.TOKEN,
    ("CN-CB-0107", "railway"): Disclosure.NUMBER,
    ("CN-CB-0107", "service"): Disclosure.NUMBER,
    ("PT-CB-0501", "management-systems"): Disclosure.NUMBER,
}
"""What is not public."""
_COVERED: Final = {
    ("CN-LAB-0110", "test-report"): Coverage.SOME,
    ("RU-CB-0201", "management-systems"): Coverage.SOME,
}
"""Of what not everything is here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How far it is."""

    documents: int
    """Committed, in this run and before."""
    certificates: int
    of: int
    """Certificates of the whole register."""


class SimulatedClock:
    """A clock that stands where a run goes on, and moves a little with each look."""

    def __init__(self, looks: int = 0) -> None:
        """Begin in the days of the first arrivals, so many looks behind them."""
        self._looks = looks
        self._least = ARRIVES

    def __call__(self) -> datetime:
        """Return the instant."""
        self._looks += 1
        return max(self._least, ARRIVES + min(self._looks * _DENSE, timedelta(days=3)))

    def forward(self, to: datetime) -> None:
        """Go to an instant, and stand there."""
        self._least = to


async def generate(
    hub: Hub, maker: Maker, plan: Plan, clock: SimulatedClock
) -> AsyncGenerator[Made, None]:
    """Make what is missing of a register, and yield how far it is.

    Args:
        hub: Open, with the lists of `make_world`, and this clock.
        maker: Of the same plan.
        plan: What shall be made.
        clock: Goes to the day of the register when everything has arrived.

    Raises:
        SettingsError: A document was not accepted: schemas or rules have changed since.
        StoreError: The database cannot be written.
    """
    first, done = maker.reached(max(0, await hub.store.tree_size() - _REPEATED))
    body = hub.trust.bodies[HUB]
    caller = Caller(body=body, key=hub.receipt_key.fingerprint)
    at = first

    async def stream() -> AsyncIterator[bytes]:
        nonlocal at
        for n, data in maker.documents(first):
            at = n
            yield data

    async for taken in take_in(hub, stream(), caller=caller, addressees=_NOBODY):
        if taken.verdict is not Verdict.ACCEPTED:
            raise _not_accepted(taken)
        done += 1
        yield Made(documents=done, certificates=at, of=plan.size)
    clock.forward(AS_OF)
    async for taken in take_in(hub, _declarations(maker), caller=caller, addressees=_NOBODY):
        if taken.verdict is not Verdict.ACCEPTED:
            raise _not_accepted(taken)
        done += 1
    await sign_checkpoint(hub)
    yield Made(documents=done, certificates=plan.size, of=plan.size)


async def _declarations(maker: Maker) -> AsyncIterator[bytes]:
    """Yield what each issuer says of its register, as of the day of the made register."""
    for issuer, pairs in groupby(maker.pairs, key=lambda pair: pair[0]):
        draft = write_declaration(
            document_id=DocumentId(
                f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{AS_OF} {issuer}')}"
            ),
            issuer=issuer,
            issued_at=AS_OF,
            as_of=AS_OF,
            schemes=[_declared(issuer, scheme) for _, scheme in pairs],
        )
        written = canonical(parse(draft, Limits()).root)
        yield maker.signed(written, issuer, KeyRole.STATUS)[0]


def _declaration_id(maker: Maker, issuer: BodyId) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{maker.plan} {AS_OF} {issuer}")


def _declared(issuer: BodyId, scheme: str) -> DeclaredScheme:
    pair = issuer, scheme.removeprefix(_SCHEMES)
    disclosure = _DISCLOSED.get(pair, Disclosure.PUBLIC)
    return DeclaredScheme(scheme, disclosure, _COVERED.get(pair, Coverage.ALL), None)


def _not_accepted(taken: Taken) -> SettingsError:
    why: object = taken.error or taken.verdict
    if taken.committed is not None:
        first = next(iter(read_own(taken.committed.receipt).findings), None)
        why = why if first is None else f"{first.code} {first.message}"
    return SettingsError(
        Finding(
            code=SettingsCode.VALUE,
            path=f"document {taken.ordinal}",
            message=f"expected to be accepted, found {why}",
        )
    )


_NOBODY: Final = Addressees(names=())
