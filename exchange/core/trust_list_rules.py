"""The rules that a list keeps inside itself: TSL-05 to TSL-11, one function each.

- All findings are reported at once, so that an administrator mends a list in one go.
- Economies are held against their code list where lists and code lists meet, in a snapshot.
- What makes a list believable at all (its signer, its sequence, its dates) is decided before,
  in `exchange.core.trustlist`.

Source: documents and rules, section 10, TSL; ETSI TS 119 612 v2.4.1, clauses 5.3 to 5.6.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from exchange.codes.trust import TrustCode
from exchange.core.code_lists import ECONOMIES, CodeLists
from exchange.core.competence import ANY, Accreditation
from exchange.core.model import BodyId, BodyRole, Economy, Fingerprint, KeyId, KeyRole, Kind
from exchange.core.trust_index import TrustList
from exchange.core.trust_pointer_rules import (
    delegations_are_short,
    delegations_name_one_key,
    list_fault,
    names_somebody,
    pointers_make_no_loop,
    pointers_name_signers,
)
from exchange.core.trust_values import Body, KeyEntry, KeyStatus
from exchange.errors import Finding

SCOPED: Final = frozenset({KeyRole.ATTESTATION, KeyRole.STATUS})
"""Roles whose keys speak about objects of conformity assessment, and so have a scope."""
_ENDED: Final = frozenset({KeyStatus.WITHDRAWN, KeyStatus.REVOKED})

_OF_THIS_MACHINE: Final = frozenset({"localtime", "posixrules", "Factory", "posix", "right"})
"""Names that a machine's files have beside those of IANA: the zone of its owner, and copies of
all zones with leap seconds. Two hubs must not judge one day by two clocks."""

Rule = Callable[[TrustList], Iterator[Finding]]


def bodies_are_unique(one: TrustList) -> Iterator[Finding]:
    """TSL-07: participant ids are unique."""
    seen: set[BodyId] = set()
    for body in one.bodies:
        if body.id in seen:
            yield list_fault(TrustCode.DUPLICATE_BODY, _at(body), f"{body.id} stands there twice")
        seen.add(body.id)


def bodies_live_somewhere(one: TrustList) -> Iterator[Finding]:
    """TSL-07: the economy of a body fits its id and its list; its time zone exists.

    Acronyms are not keys (GAC is Georgian and of the Gulf), so the id begins with the economy.
    """
    for body in one.bodies:
        if body.id[:2] != body.economy:
            yield list_fault(
                TrustCode.BODY_ECONOMY,
                _at(body),
                f"expected an id that begins with {body.economy}, found {body.id}",
            )
        if body.economy != one.territory:
            yield list_fault(
                TrustCode.BODY_ECONOMY,
                _at(body),
                f"expected a body of {one.territory}, found one of {body.economy}",
            )
        if not _is_zone(body.time_zone):
            yield list_fault(
                TrustCode.BODY_TIME_ZONE,
                _at(body),
                f"expected an IANA time zone, found {body.time_zone}",
            )


def histories_are_ordered(one: TrustList) -> Iterator[Finding]:
    """TSL-08: histories are newest first without overlap.

    Source: TS 119 612, clauses 5.5.10 and 5.6.5: "in descending order".
    """
    for body in one.bodies:
        for key in body.keys:
            starts = [period.not_before for period in key.periods]
            if any(newer <= older for newer, older in pairwise(starts)):
                yield list_fault(
                    TrustCode.HISTORY_ORDER,
                    _at(body),
                    f"the history of the {key.role.value} key is not newest first",
                )
        if any(newer.since <= older.since for newer, older in pairwise(body.history)):
            yield list_fault(
                TrustCode.HISTORY_ORDER, _at(body), "the states of the body are not newest first"
            )
        if any(newer.until < older.until for newer, older in pairwise(body.former_names)):
            yield list_fault(
                TrustCode.HISTORY_ORDER,
                _at(body),
                "the former names of the body are not newest first",
            )
        for accreditation in body.accreditations:
            if any(new.since <= old.since for new, old in pairwise(accreditation.history)):
                yield list_fault(
                    TrustCode.HISTORY_ORDER,
                    _at(body),
                    f"the states of accreditation {accreditation.number} are not newest first",
                )


def keys_have_periods(one: TrustList) -> Iterator[Finding]:
    """A key is accepted at least as long as it signs, and it signs after it was listed."""
    for body in one.bodies:
        for key in body.keys:
            if not key.signs_from < key.signs_until <= key.accepted_until:
                yield list_fault(
                    TrustCode.KEY_PERIOD,
                    _at(body),
                    f"the {key.role.value} key: expected listed before signs-until, and that at "
                    "or before accepted-until",
                )


def keys_belong_to_one(one: TrustList) -> Iterator[Finding]:
    """TSL-09: a digital identity belongs to one participant, and to one role of it."""
    owners: dict[KeyId, KeyEntry] = {}
    seen: set[Fingerprint] = set()
    for body in one.bodies:
        for key in body.keys:
            owner = owners.setdefault(key.key_id, key)
            if owner.body != key.body or owner.role is not key.role:
                yield list_fault(
                    TrustCode.KEY_SHARED,
                    _at(body),
                    f"the {key.role.value} key is also the {owner.role.value} key of {owner.body}",
                )
            elif key.fingerprint in seen:
                yield list_fault(
                    TrustCode.KEY_SHARED,
                    _at(body),
                    f"the {key.role.value} key certificate stands there twice",
                )
            seen.add(key.fingerprint)


def scopes_stay_inside_accreditation(one: TrustList) -> Iterator[Finding]:
    """The scope of a key lies inside the accreditations of its body, whatever their period.

    Schemes and product groups are compared; standards and economies are what the key adds.
    That an accreditation held on the day of a decision is for rules AUT-01 to AUT-05. Whoever
    accredits others on this list changes a status by legal act, so its status key may speak about
    what it has accredited (STC-09).
    """
    granted: dict[BodyId, list[Accreditation]] = {}
    for body in one.bodies:
        for accreditation in body.accreditations:
            granted.setdefault(accreditation.authority, []).append(accreditation)
    for body in one.bodies:
        for key in body.keys:
            if key.role in SCOPED:
                by_law = granted.get(body.id, ()) if key.role is KeyRole.STATUS else ()
                yield from _beyond(body, key, (*body.accreditations, *by_law))


def _beyond(body: Body, key: KeyEntry, given: Sequence[Accreditation]) -> Iterator[Finding]:
    for scheme in sorted(key.scope.schemes):
        if scheme == ANY or not any(scheme in one.schemes for one in given):
            yield list_fault(
                TrustCode.SCOPE_BEYOND_ACCREDITATION,
                _at(body),
                f"no accreditation covers scheme {scheme} of the {key.role.value} key",
            )
    for code in key.scope.product_groups:
        if not any(one.spans(code) for one in given):
            yield list_fault(
                TrustCode.SCOPE_BEYOND_ACCREDITATION,
                _at(body),
                f"no accreditation covers {code.list_id} {code.code} of the {key.role.value} key",
            )


RULES: Final[tuple[Rule, ...]] = (
    names_somebody,
    pointers_name_signers,
    pointers_make_no_loop,
    delegations_name_one_key,
    delegations_are_short,
    bodies_are_unique,
    bodies_live_somewhere,
    histories_are_ordered,
    keys_have_periods,
    keys_belong_to_one,
    scopes_stay_inside_accreditation,
)
"""Every rule that needs nothing but the list, in the order of their findings."""


def keys_stay_listed(one: TrustList, previous: TrustList) -> Iterator[Finding]:
    """TSL-10: withdrawn keys stay listed with their history for the history period.

    Source: TS 119 612, clause 5.3.12 (HistoricalInformationPeriod).
    """
    listed = {key.fingerprint for body in one.bodies for key in body.keys}
    for body in previous.bodies:
        for key in body.keys:
            ended = key.periods[0]
            may_go = (
                ended.status in _ENDED and ended.not_before + one.history_period <= one.issued_at
            )
            if key.fingerprint not in listed and not may_go:
                yield list_fault(
                    TrustCode.KEY_DISAPPEARED,
                    _at(body),
                    f"the {key.role.value} key of {body.id} stood on list {previous.sequence} "
                    f"and is missing from list {one.sequence}",
                )


def capabilities_are_registered(
    one: TrustList, registered: Collection[tuple[Kind, str]]
) -> Iterator[Finding]:
    """TSL-11: a body can only take documents that a registered schema describes."""
    for body in one.bodies:
        for capability in body.capabilities:
            if (capability.kind, capability.schema) not in registered:
                yield list_fault(
                    TrustCode.CAPABILITY_UNKNOWN,
                    _at(body),
                    f"no schema of kind {capability.kind.value} is registered for "
                    f"{capability.schema}",
                )


def economies_are_known(one: TrustList, code_lists: CodeLists) -> Iterator[Finding]:
    """TSL-07: every economy that a body lives in or serves has a code on the day of the list.

    Who only operates a hub belongs to no economy's conformity assessment, so it may stand under
    one of the codes that ISO 3166-1 leaves to its users.

    Source: ISO 3166-1; its user-assigned codes are AA, QM to QZ, XA to XZ and ZZ.
    """
    day = one.issued_at.date()
    for body in one.bodies:
        only_operates = body.roles == {BodyRole.HUB_OPERATOR}
        for economy in sorted(body.economies | {body.economy}):
            if code_lists.contains(ECONOMIES, economy, day):
                continue
            if not (only_operates and economy == body.economy and _is_user_assigned(economy)):
                yield list_fault(
                    TrustCode.BODY_ECONOMY,
                    _at(body),
                    f"expected an economy of {day}, found {economy}",
                )


def _is_user_assigned(economy: Economy) -> bool:
    return economy in {"AA", "ZZ"} or economy[0] == "X" or "QM" <= economy <= "QZ"


def _is_zone(name: str) -> bool:
    if name.partition("/")[0] in _OF_THIS_MACHINE:
        return False
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _at(body: Body) -> str:
    return f"//TrustServiceProvider[{body.id}]"
