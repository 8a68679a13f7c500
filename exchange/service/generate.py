"""Generate: a register of any size, made of the good samples of every scheme, from a seed.

- The same seed, size and number of enterprises give the same documents, octet for octet, whatever
  machine makes them; receipts are the hub's and differ.
- Everything walks the road of every statement: five gates, receipt, ledger, register, index
  (`exchange.service.bulk`). What is not accepted ends the run: a made register has no refusals.
- A certificate is known by its number `n` alone, so a run that was killed goes on: the ledger
  says how many documents were committed, and those at the edge are repeated, which changes
  nothing.

Source: shares of statuses as in the task: 84 % active, 6 % expired by date, 4 % suspended, 3 %
withdrawn, 3 % cancelled.
"""

from __future__ import annotations

import base64
import random
import re
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.entry import Verdict
from exchange.core.examine import examine
from exchange.core.limits import Limits
from exchange.core.model import BodyId, KeyRole, Status
from exchange.core.signing import complete, prepare_written
from exchange.core.snapshot import Snapshot
from exchange.core.xml import canonical, parse
from exchange.errors import ExchangeError, Finding, SettingsError
from exchange.service.addressees import Addressees
from exchange.service.bulk import Taken, take_in
from exchange.service.checkpoints import sign_checkpoint
from exchange.service.generate_names import mixed
from exchange.service.generate_templates import Template, read_samples, templates, uuid_of
from exchange.service.generate_world import ARRIVES, AS_OF, HUB, derived_keys
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.materials import schemas_folder
from exchange.service.receive import read_own
from exchange.vault.derived import DerivedKeys
from exchange.vault.vault import key_name

_SLOTS: Final = 10_000
"""Places in the order in which templates take turns."""
_EXPIRED: Final = 0.06
_CHANGED: Final = (
    (0.04 / 0.94, Status.SUSPENDED, "suspend"),
    (0.07 / 0.94, Status.WITHDRAWN, "withdraw"),
    (0.10 / 0.94, Status.CANCELLED, "cancel"),
)
"""Of what has not expired: up to which share it has this status, and the sample that says so."""
_REPEATED: Final = 4_096
"""Documents that are sent again when a run is continued: what may have been under way."""
_SHIFTS: Final = tuple(range(0, 720, 90))
_SOON: Final = (5, 22, 39, 56, 73)
"""Days after the first arrival on which certificates expire that have expired."""
_DENSE: Final = timedelta(milliseconds=500)
"""Between two arrivals: 1.7 million in ten days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A register that shall be made."""

    size: int
    enterprises: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How far it is."""

    documents: int
    """Committed, in this run and before."""
    certificates: int
    of: int
    """Certificates of the whole register."""


class Maker:
    """Writes and signs the documents of a register."""

    def __init__(self, plan: Plan, snapshot: Snapshot) -> None:
        """Make templates: every variant of every sample is examined."""
        self._plan = plan
        self._snapshot = snapshot
        self._keys: DerivedKeys = derived_keys(plan.seed)
        self._changes = {name: _change_sample(name) for _, _, name in _CHANGED}
        found = tuple(self._templates())
        self._order, self._serials = _order(found, plan)
        self._changing = {
            issuer: self._can_change(issuer) for issuer in {one.issuer for one in found}
        }

    @property
    def schemes(self) -> Counter[str]:
        """How many of the turns each scheme has."""
        return Counter(one.scheme for one in self._order)

    def documents(self, first: int) -> Iterator[tuple[int, bytes]]:
        """Yield documents with the certificate that they belong to, from a certificate on."""
        for n in range(first, self._plan.size):
            yield from ((n, data) for data in self.certificate(n))

    def certificate(self, n: int) -> Iterator[bytes]:
        """Yield the documents of one certificate: the attestation, and what became of it."""
        plan, slot = self._plan, n % len(self._order)
        template = self._order[slot]
        rank, each = self._serials[slot]
        serial = n // len(self._order) * each + rank + 1
        enterprise = mixed(plan.seed, n, 31) % max(1, plan.enterprises)
        draft = template.fill(n, serial, enterprise, plan.seed)
        data, digest = self._signed(draft, template.issuer, KeyRole.ATTESTATION)
        yield data
        name = self._change(n, template)
        if name is not None:
            yield self._changed(n, name, template, serial, digest)

    def reached(self, documents: int) -> tuple[int, int]:
        """Return the certificate up to which so many documents go, and how many come before it."""
        made = 0
        for n in range(self._plan.size):
            more = 1 + (self._change(n, self._order[n % len(self._order)]) is not None)
            if made + more > documents:
                return n, made
            made += more
        return self._plan.size, made

    def _change(self, n: int, template: Template) -> str | None:
        """Return which status change follows, if one does."""
        if not self._changing[template.issuer] or _is_over(template):
            return None
        chance = mixed(self._plan.seed, n, 32) / 2**64
        return next((name for share, _, name in _CHANGED if chance < share), None)

    def _changed(self, n: int, name: str, template: Template, serial: int, digest: bytes) -> bytes:
        text = self._changes[name]
        for element, said in (
            ("c:DocumentID", f"urn:uuid:{uuid_of(self._plan.seed, n, 13)}"),
            ("c:Issuer", template.issuer),
            ("AttestationID", f"urn:uuid:{uuid_of(self._plan.seed, n, 12)}"),
            ("CertificateNumber", template.number.text(serial)),
            ("SchemeID", template.scheme),
            ("Digest", base64.b64encode(digest).decode()),
        ):
            text = re.sub(rf"(<{element}(?: [^>]*)?>)[^<]*", rf"\g<1>{said}", text, count=1)
        return self._signed(text.encode(), template.issuer, KeyRole.STATUS)[0]

    def _signed(self, draft: bytes, issuer: BodyId, role: KeyRole) -> tuple[bytes, bytes]:
        name = key_name(issuer, role)
        issued = _ISSUED.search(draft)
        if issued is None:
            raise ValueError("expected the instant of issue in a draft")
        to_sign = prepare_written(
            draft,
            draft,
            certificates=self._keys.certificates(name),
            signed_at=datetime.fromisoformat(issued[1].decode()).astimezone(UTC),
        )
        value = self._keys.sign(name, to_sign.octets, to_sign.algorithm)
        return complete(to_sign, value), to_sign.content_digest

    def _accepts(self, draft: bytes, issuer: BodyId, role: KeyRole = KeyRole.ATTESTATION) -> bool:
        """Tell whether the gates accept a draft while documents arrive."""
        try:
            data, _ = self._signed(draft, issuer, role)
            examine(data, self._snapshot, ARRIVES + timedelta(days=2))
        except ExchangeError:
            return False
        return True

    def _templates(self) -> Iterator[Template]:
        for sample, text in read_samples().items():
            original = re.search(r"<ExpiryDate>([\d-]+)<", text)
            days = [-one for one in _SHIFTS]
            if original is not None:
                left = datetime.fromisoformat(original[1]).date() - ARRIVES.date()
                days += [one - left.days for one in _SOON]
            for by in days:
                yield from templates(
                    sample,
                    text,
                    by=timedelta(days=by),
                    judge=self._accepts,
                    seed=self._plan.seed,
                )

    def _can_change(self, issuer: BodyId) -> bool:
        """Tell whether a body may change the status of what it attested."""
        text = self._changes["suspend"]
        text = re.sub(r"(<c:Issuer [^>]*>)[^<]*", rf"\g<1>{issuer}", text)
        return self._accepts(text.encode(), issuer, KeyRole.STATUS)


_ISSUED: Final = re.compile(rb"<c:IssueDateTime(?: [^>]*)?>([^<]+)<")


def _is_over(template: Template) -> bool:
    return template.expires is not None and template.expires < AS_OF.date()


def _change_sample(name: str) -> str:
    """Return a status change in canonical form, decided on the day before the first arrival."""
    path = schemas_folder() / "status-change" / "samples" / "good" / f"{name}.xml"
    text = canonical(parse(path.read_bytes(), Limits()).root).decode()
    day = ARRIVES.date() - timedelta(days=1)
    for element, then in (
        ("c:IssueDateTime", f"{day}T03:00:00Z"),
        ("DecisionDate", f"{day}"),
        ("RequestDate", f"{day - timedelta(days=3)}"),
        ("EffectiveDateTime", f"{ARRIVES.date()}T00:00:00Z"),
        ("SuspensionEnd", f"{day + timedelta(days=170)}"),
        ("AppealUntil", f"{day + timedelta(days=30)}"),
    ):
        text = re.sub(rf"(<{element}(?: [^>]*)?>)[^<]*", rf"\g<1>{then}", text)
    return text


def _order(found: tuple[Template, ...], plan: Plan) -> tuple[list[Template], list[tuple[int, int]]]:
    """Return the turns of templates, and for each turn its place among those of its number.

    Whoever shares a form of number takes turns in its digits, so no number is given twice.

    Raises:
        SettingsError: There is nothing to make documents of, or not so many numbers.
    """
    turns: list[Template] = []
    used: Counter[tuple[str, ...]] = Counter()
    size = min(_SLOTS, max(plan.size, 1))
    rounds = -(-plan.size // size)
    for share, over in ((_EXPIRED, True), (1 - _EXPIRED, False)):
        group = [one for one in found if _is_over(one) is over] or list(found)
        wanted = len(turns) + max(1, round(share * size))
        dice = random.Random(plan.seed)  # noqa: S311  a register, not a key
        by_scheme: dict[str, list[Template]] = {}
        for one in group:
            by_scheme.setdefault(one.scheme, []).append(one)
        for several in by_scheme.values():
            dice.shuffle(several)
        while len(turns) < wanted:
            before = len(turns)
            for several in by_scheme.values():
                one = several[before % len(several)]
                several.append(several.pop(0))
                if (used[_form(one)] + 1) * rounds <= one.number.most and len(turns) < wanted:
                    used[_form(one)] += 1
                    turns.append(one)
            if len(turns) == before and not _left(group, used, rounds):
                raise SettingsError(
                    Finding(
                        code=SettingsCode.VALUE,
                        path="size",
                        message=f"expected at most {before * rounds} certificates: there are not "
                        "more numbers of these forms",
                    )
                )
    random.Random(plan.seed).shuffle(turns)  # noqa: S311  a register, not a key
    ranks: Counter[tuple[str, ...]] = Counter()
    serials = []
    for one in turns:
        serials.append((ranks[_form(one)], used[_form(one)]))
        ranks[_form(one)] += 1
    return turns, serials


def _form(one: Template) -> tuple[str, ...]:
    return one.issuer, one.scheme, one.number.before, one.number.after


def _left(group: list[Template], used: Counter[tuple[str, ...]], rounds: int) -> bool:
    return any((used[_form(one)] + 1) * rounds <= one.number.most for one in group)


def simulated_clock(first: int) -> Callable[[], datetime]:
    """Return a clock that stands where a run goes on, and moves with each look."""
    looks = first

    def now() -> datetime:
        nonlocal looks
        looks += 1
        return ARRIVES + min(looks * _DENSE / 24, timedelta(days=3))

    return now


async def generate(hub: Hub, maker: Maker, plan: Plan) -> AsyncGenerator[Made, None]:
    """Make what is missing of a register, and yield how far it is.

    Args:
        hub: Open, with the lists of `make_world`.
        maker: Of the same plan.
        plan: What shall be made.

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
    await sign_checkpoint(hub)
    yield Made(documents=done, certificates=plan.size, of=plan.size)


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
