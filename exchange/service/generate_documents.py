"""The documents of a made register: which certificate is made of what, and signed by whom.

- A certificate is known by its number `n` alone, so any part of a register is made again.
- Templates take turns, scheme by scheme; whoever shares a form of number takes turns in its
  digits, so no number is given twice.

Source: shares of statuses as in the task: 84 % active, 6 % expired by date, 4 % suspended, 3 %
withdrawn, 3 % cancelled. Beside them 3 in 200 are corrected, and 3 in 100 of what can
be renewed is.
"""

from __future__ import annotations

import random
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.examine import examine
from exchange.core.model import BodyId, KeyRole
from exchange.core.signing import complete, prepare_written
from exchange.core.snapshot import Snapshot
from exchange.errors import ExchangeError, Finding, SettingsError
from exchange.service.generate_after import (
    are_enough,
    change_sample,
    changed,
    corrected_number,
    renewals,
    revised,
)
from exchange.service.generate_homes import Home, may_live_elsewhere, read_homes
from exchange.service.generate_names import mixed
from exchange.service.generate_templates import (
    Template,
    read_samples,
    template_elsewhere,
    templates,
    uuid_of,
)
from exchange.service.generate_world import ARRIVES, AS_OF, derived_keys
from exchange.vault.derived import DerivedKeys
from exchange.vault.vault import key_name

_SLOTS: Final = 10_000
"""Places in the order in which templates take turns."""
_EXPIRED: Final = 0.06
_RENEWED: Final = 0.03
"""Of what has not expired, and can be renewed."""
_SHIFTS: Final = tuple(range(0, 720, 90))
_SOON: Final = (5, 22, 39, 56, 73)
"""Days after the first arrival on which certificates expire that have expired."""
_HOMES_EACH: Final = 3
"""Economies beside that of the sample in which holders of a certificate live."""
_SHARES: Final = {
    "management-systems": 25,
    "ccc": 9,
    "green-product": 4,
    "test-report": 3,
}
"""How many of about fifty turns a scheme has, after one for each; the others have two. Management
systems are about half of what is certified, compulsory certification of products comes next."""
_OTHERWISE: Final = 2
_SCHEMES: Final = "urn:mrhub:scheme:"
_COMMON: Final = b' xmlns:c="urn:mrhub:common:1"'
_ISSUED: Final = re.compile(rb"<c:IssueDateTime(?: [^>]*)?>([^<]+)<")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A register that shall be made."""

    size: int
    enterprises: int
    seed: int


class After(StrEnum):
    """What becomes of a certificate: the sample of a status change, or another revision."""

    SUSPENDED = "suspend"
    WITHDRAWN = "withdraw"
    CANCELLED = "cancel"
    CORRECTED = "correct"
    RENEWED = "renew"


_CHANGED: Final = (
    (0.04 / 0.94, After.SUSPENDED),
    (0.07 / 0.94, After.WITHDRAWN),
    (0.10 / 0.94, After.CANCELLED),
)
"""Of what has not expired: up to which share its status is changed so."""


class Maker:
    """Writes and signs the documents of a register."""

    def __init__(self, plan: Plan, snapshot: Snapshot) -> None:
        """Make templates: every variant of every sample is examined."""
        self.plan = plan
        self._snapshot = snapshot
        self._keys: DerivedKeys = derived_keys(plan.seed)
        self._changes = {after: change_sample(after) for _, after in _CHANGED}
        found = tuple(self._templates())
        self._order, self._serials = _order(found, plan)
        revisable = {one.sample: one for one in found}
        self._revised = {name for name, one in revisable.items() if self._can_revise(one)}
        self._renewals = {
            one: then for one, then in renewals(self._order).items() if one.sample in self._revised
        }
        self._changing = {
            issuer: self._can_change(issuer) for issuer in {one.issuer for one in found}
        }

    @property
    def pairs(self) -> tuple[tuple[BodyId, str], ...]:
        """Issuers with the schemes of which there are certificates."""
        return tuple(sorted({(one.issuer, one.scheme) for one in self._order}))

    @property
    def schemes(self) -> Counter[str]:
        """How many of the turns each scheme has."""
        return Counter(one.scheme for one in self._order)

    @property
    def economies(self) -> Counter[str]:
        """How many of the turns each economy of a holder has."""
        return Counter(one.economy for one in self._order)

    def documents(self, first: int) -> Iterator[tuple[int, bytes]]:
        """Yield documents with the certificate that they belong to, from a certificate on."""
        for n in range(first, self.plan.size):
            yield from ((n, data) for data in self.certificate(n))

    def certificate(self, n: int) -> Iterator[bytes]:
        """Yield the documents of one certificate: the attestation, and what became of it."""
        plan, slot = self.plan, n % len(self._order)
        template, (rank, each) = self._order[slot], self._serials[slot]
        serial = n // len(self._order) * each + rank + 1
        enterprise = mixed(plan.seed, n, 31) % max(1, plan.enterprises)
        number = template.number.text(serial)
        draft = template.fill(n, number, enterprise, plan.seed)
        data, digest = self.signed(draft, template.issuer, KeyRole.ATTESTATION)
        yield data
        match self._after(n, template, serial):
            case None:
                pass
            case After.CORRECTED | After.RENEWED as after:
                then = self._renewals[template] if after is After.RENEWED else template
                now = corrected_number(template.number, serial) or number
                again = then.fill(n, now, enterprise, plan.seed)
                again = revised(again, draft, digest, uuid_of(plan.seed, n, 14))
                yield self.signed(again, template.issuer, KeyRole.ATTESTATION)[0]
            case after:
                change = changed(
                    self._changes[after], template, number=number, digest=digest, ids=(plan.seed, n)
                )
                yield self.signed(change, template.issuer, KeyRole.STATUS)[0]

    def reached(self, documents: int) -> tuple[int, int]:
        """Return the certificate up to which so many documents go, and how many come before it."""
        made = 0
        for n in range(self.plan.size):
            slot = n % len(self._order)
            rank, each = self._serials[slot]
            serial = n // len(self._order) * each + rank + 1
            more = 1 + (self._after(n, self._order[slot], serial) is not None)
            if made + more > documents:
                return n, made
            made += more
        return self.plan.size, made

    def _after(self, n: int, template: Template, serial: int) -> After | None:
        """Return what becomes of a certificate, if anything does."""
        if _is_over(template):
            return None
        if template.sample in self._revised and corrected_number(template.number, serial):
            return After.CORRECTED
        chance = mixed(self.plan.seed, n, 32) / 2**64
        if self._changing[template.issuer]:
            after = next((after for share, after in _CHANGED if chance < share), None)
            if after is not None:
                return after
        renewed = chance > 1 - _RENEWED and template in self._renewals
        return After.RENEWED if renewed else None

    def signed(self, draft: bytes, issuer: BodyId, role: KeyRole) -> tuple[bytes, bytes]:
        """Return a draft in canonical form as a statement, and the digest of what is signed."""
        name = key_name(issuer, role)
        issued = _ISSUED.search(draft)
        if issued is None:
            raise ValueError("expected the instant of issue in a draft")
        to_sign = prepare_written(
            _declared_once(draft),
            draft,
            certificates=self._keys.certificates(name),
            signed_at=datetime.fromisoformat(issued[1].decode()).astimezone(UTC),
        )
        value = self._keys.sign(name, to_sign.octets, to_sign.algorithm)
        return complete(to_sign, value), to_sign.content_digest

    def _accepts(self, draft: bytes, issuer: BodyId, role: KeyRole = KeyRole.ATTESTATION) -> bool:
        """Tell whether the gates accept a draft while documents arrive."""
        try:
            data, _ = self.signed(draft, issuer, role)
            examine(data, self._snapshot, ARRIVES + timedelta(days=2))
        except ExchangeError:
            return False
        return True

    def _templates(self) -> Iterator[Template]:
        levels: dict[str, int] = {}
        homes = deque(read_homes())
        for sample, text in read_samples().items():
            original = re.search(r"<ExpiryDate>([\d-]+)<", text)
            days = [-one for one in _SHIFTS]
            if original is not None:
                left = datetime.fromisoformat(original[1]).date() - ARRIVES.date()
                days += [one - left.days for one in _SOON]
            for by in days:
                for template, then in templates(
                    sample,
                    text,
                    by=timedelta(days=by),
                    judge=self._accepts,
                    levels=levels,
                    seed=self.plan.seed,
                ):
                    yield template
                    if may_live_elsewhere(then):
                        yield from self._elsewhere(template, then, levels[sample], homes)

    def _elsewhere(
        self, template: Template, text: str, level: int, homes: deque[Home]
    ) -> Iterator[Template]:
        """Yield the same certificate for holders of the next few economies."""
        for _ in range(_HOMES_EACH):
            made = template_elsewhere(
                template, text, homes[0], judge=self._accepts, level=level, seed=self.plan.seed
            )
            if made is None:  # Its issuer attests for a few economies only.
                return
            homes.rotate(-1)
            yield made

    def _can_change(self, issuer: BodyId) -> bool:
        """Tell whether a body may change the status of what it attested."""
        text = self._changes[After.SUSPENDED]
        text = re.sub(r"(<c:Issuer [^>]*>)[^<]*", rf"\g<1>{issuer}", text)
        return self._accepts(text.encode(), issuer, KeyRole.STATUS)

    def _can_revise(self, template: Template) -> bool:
        """Tell whether the gates accept a second revision."""
        draft = template.fill(-1, template.number.text(1), 1, self.plan.seed)
        again = revised(draft, draft, bytes(32), uuid_of(self.plan.seed, 14))
        return self._accepts(again, template.issuer)


def _declared_once(draft: bytes) -> bytes:
    """Return a draft that declares at its root what its canonical form declares at each use."""
    root, rest = draft.split(b" ", 1)
    return b"".join((root, _COMMON, b" ", rest.replace(_COMMON, b"")))


def _is_over(template: Template) -> bool:
    return template.expires is not None and template.expires < AS_OF.date()


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
        by_scheme: dict[str, deque[Template]] = {}
        for one in group:
            by_scheme.setdefault(one.scheme, deque()).append(one)
        for several in by_scheme.values():
            dice.shuffle(several)
        pattern = list(by_scheme)
        while len(turns) < wanted:
            before = len(turns)
            for scheme in pattern:
                following = _next_of(by_scheme[scheme], used, rounds)
                if following is not None and len(turns) < wanted:
                    used[_form(following)] += 1
                    turns.append(following)
            pattern = _pattern(by_scheme)
            if len(turns) == before:
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


def _next_of(
    several: deque[Template], used: Counter[tuple[str, ...]], rounds: int
) -> Template | None:
    """Return the template of a scheme whose turn it is, of those that have numbers left."""
    for _ in range(len(several)):
        one = several[0]
        several.rotate(-1)
        if _has_more(one, used, rounds):
            return one
    return None


def _pattern(schemes: Iterable[str]) -> list[str]:
    """Return the schemes in the order of a round, each as often as its share says."""
    shares = {one: _SHARES.get(one.removeprefix(_SCHEMES), _OTHERWISE) for one in schemes}
    places = [((n + 0.5) / share, one) for one, share in shares.items() for n in range(share)]
    return [one for _, one in sorted(places)]


def _form(one: Template) -> tuple[str, ...]:
    return one.issuer, one.scheme, one.number.before, one.number.after


def _has_more(one: Template, used: Counter[tuple[str, ...]], rounds: int) -> bool:
    """Tell whether there are numbers of a form for one more turn in each round."""
    return are_enough(one.number, (used[_form(one)] + 1) * rounds)
