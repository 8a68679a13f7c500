"""Who may decide what: the quorum tables.

- The operator's two decide about every body, every administrator and every list.
- An accreditation is added or altered by two officers of its authority. Where the authority has
  no administrators yet, the operator's two do it, and it is shown.
- An authority's two decide about the certification bodies and laboratories that it accredits,
  and their administrators, inside its own accreditations.
- Proposer and approver act for the same body, which is entitled to every change of the proposal.
- An authority without accreditations of its own accredits nobody: empty means no. The operator
  gives it its field by an accreditation (`designation`) on its own entry.
- A body that others accredit too is touched by an authority in two ways: in its own
  accreditations, and in keys that speak by its word alone.
- In an emergency one officer of the operator, or of the authority, may suspend; and one of the
  body itself its own keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from exchange.codes.actions import ActionCode
from exchange.core.actions.moves import Move, Settled, What, fault
from exchange.core.actions.plan import AUTHORITIES, Plan
from exchange.core.actions.state import TrustState
from exchange.core.actions.values import (
    Administrator,
    AdministratorChange,
    SubjectKind,
    Suspend,
)
from exchange.core.competence import (
    ANY,
    Accreditation,
    AccreditationState,
    Scope,
    ScopeCode,
    spans,
)
from exchange.core.model import BodyId, BodyRole
from exchange.core.periods import day_in
from exchange.core.trust_list_rules import SCOPED
from exchange.core.trust_values import Body, BodyState
from exchange.errors import Finding

WARDS: Final = frozenset({BodyRole.CERTIFICATION_BODY, BodyRole.LABORATORY})
"""Whom an authority admits by its own two."""
_ACCREDITS: Final = frozenset(
    {What.ACCREDITATION_ENTERS, What.ACCREDITATION_CHANGED, What.ACCREDITATION_STATE}
)


def entitlement_findings(
    state: TrustState, plan: Plan, body: BodyId, at: datetime
) -> Iterator[Finding]:
    """Yield why two officers of a body may not decide a proposal; nothing when they may.

    Args:
        state: Advanced to `at`.
        plan: The proposal.
        body: For whom proposer and approver act.
        at: When it is asked.
    """
    if state.is_operator(body):
        yield from _operator(state, plan)
        return
    authority = state.bodies.get(body)
    if (
        authority is None
        or not authority.roles & AUTHORITIES
        or authority.state_at(at) is not BodyState.ACTIVE
    ):
        yield _denied(f"expected the operator or an active authority, found {body}")
        return
    for one in plan.lists:
        yield _denied(f"list of {one.territory}: expected the operator's two, found {body}'s")
    for person in plan.persons:
        yield from _administrator(state, plan, person, authority)
    field = _Field(authority, at)
    for _, settled in plan.entries:
        yield from _ward(state, plan, settled, field)


def on_behalf(state: TrustState, plan: Plan) -> frozenset[BodyId]:
    """Return the authorities in whose name a proposal accredits, since they have nobody yet."""
    return frozenset(
        move.authority
        for _, settled in plan.entries
        for move in settled.moves
        if move.what in _ACCREDITS
        and move.authority is not None
        and move.authority != state.hub
        and not has_administrators(state, move.authority)
    )


def has_administrators(state: TrustState, body: BodyId) -> bool:
    """Tell whether anybody was ever enrolled for a body.

    Ever, so that the operator does not come to sign in somebody's name by removing all of its
    administrators first.
    """
    return any(one.body == body for one in (*state.administrators.values(), *state.former.values()))


def may_suspend(state: TrustState, one: Administrator, word: Suspend, at: datetime) -> bool:
    """Tell whether an officer may suspend something in an emergency, alone."""
    if state.is_operator(one.body):
        return True
    if one.body == word.body:
        return word.kind is SubjectKind.KEY
    ward, authority = state.bodies.get(word.body), state.bodies.get(one.body)
    return (
        ward is not None
        and authority is not None
        and authority.state_at(at) is BodyState.ACTIVE
        and _accredited(ward, one.body)
    )


def _operator(state: TrustState, plan: Plan) -> Iterator[Finding]:
    for change, settled in plan.entries:
        for move in settled.moves:
            authority = move.authority
            if (
                move.what in _ACCREDITS
                and authority is not None
                and authority != state.hub
                and has_administrators(state, authority)
            ):
                yield fault(
                    ActionCode.NOT_ENTITLED,
                    change.body,
                    f"accreditation {move.subject}: expected two officers of {authority}, found "
                    "the operator's",
                )


def _administrator(
    state: TrustState, plan: Plan, change: AdministratorChange, authority: Body
) -> Iterator[Finding]:
    ward = plan.body(state, change.administrator.body)
    if ward is None or not ward.roles <= WARDS or not _accredited(ward, authority.id):
        yield _denied(
            f"{change.administrator.person}: expected a person of a body that {authority.id} "
            "accredits"
        )


class _Field:
    """In which field an authority is itself competent, on the day of a decision."""

    def __init__(self, authority: Body, at: datetime) -> None:
        day = day_in(authority.time_zone, at)
        self.id = authority.id
        self._given = [
            one
            for one in authority.accreditations
            if one.state_on(day) is AccreditationState.ACTIVE
        ]

    def beyond(self, one: Accreditation) -> Iterator[str]:
        """Yield what of an accreditation lies outside."""
        return beyond(one.schemes, one.scope_codes, self._given)


def beyond(
    schemes: frozenset[str], codes: tuple[ScopeCode, ...], given: list[Accreditation]
) -> Iterator[str]:
    """Yield which schemes and codes none of some accreditations covers."""
    for scheme in sorted(schemes):
        if scheme == ANY or not any(scheme in one.schemes for one in given):
            yield scheme
    for code in codes:
        if not any(spans(one.scope_codes, code) for one in given):
            yield f"{code.list_id} {code.code}"


def _ward(state: TrustState, plan: Plan, settled: Settled, field: _Field) -> Iterator[Finding]:
    body = settled.body
    old = state.bodies.get(body.id)
    roles = body.roles | (frozenset() if old is None else old.roles)
    if not roles <= WARDS:
        said = ", ".join(sorted(roles))
        yield _foreign(body, f"expected a certification body or laboratory, found {said}")
        return
    if not _accredited(body, field.id):
        yield _foreign(body, f"expected an accreditation by {field.id}, found none")
    others = [one for one in body.accreditations if one.authority != field.id]
    for move in settled.moves:
        if move.what in _ACCREDITS:
            is_own = move.authority == field.id
        else:
            is_own = not others or _rests_on(body, old, move, field.id, others)
        if not is_own:
            yield _foreign(body, f"expected what rests on {field.id} alone, found {_said(move)}")
        if move.what is What.SUCCESSOR:
            yield from _successor(state, plan, body, old, field)
    before = () if old is None else old.accreditations
    known = {(one.number, one.standard) for one in before if one.authority == field.id}
    for one in body.accreditations:
        # To narrow, suspend or withdraw takes no competence of its own; to bring one that is
        # suspended does, since it has held before.
        is_given = (one.history[0].state is AccreditationState.ACTIVE and one not in before) or (
            one.number,
            one.standard,
        ) not in known
        if one.authority == field.id and is_given:
            for outside in field.beyond(one):
                yield _outside(body, f"accreditation {one.number}: {outside}", field.id)
    yield from _scopes(body, old, field.id)


def _rests_on(
    body: Body, old: Body | None, move: Move, authority: BodyId, others: list[Accreditation]
) -> bool:
    """Tell whether what moves is a key that speaks by the word of one authority alone."""
    given = [one for one in body.accreditations if one.authority == authority]
    keys = (*body.keys, *(() if old is None else old.keys))
    scopes = [key.scope for key in keys if key.fingerprint == move.key and key.role in SCOPED]
    return bool(scopes) and not any(
        any(beyond(scope.schemes, scope.product_groups, given))
        or any(scope.schemes & other.schemes for other in others)
        for scope in scopes
    )


def _scopes(body: Body, old: Body | None, authority: BodyId) -> Iterator[Finding]:
    """What is added to a scope rests on what this authority accredits, and accredits now."""
    given = [
        one
        for one in body.accreditations
        if one.authority == authority and one.history[0].state is AccreditationState.ACTIVE
    ]
    before = {} if old is None else {key.fingerprint: key.scope for key in old.keys}
    for key in body.keys:
        if key.role in SCOPED:
            had = before.get(key.fingerprint, Scope())
            schemes = key.scope.schemes - had.schemes
            codes = tuple(one for one in key.scope.product_groups if one not in had.product_groups)
            for outside in beyond(schemes, codes, given):
                yield _outside(body, f"scope of the {key.role.value} key: {outside}", authority)


def _successor(
    state: TrustState, plan: Plan, body: Body, old: Body | None, field: _Field
) -> Iterator[Finding]:
    before = frozenset() if old is None else old.predecessors
    for one in sorted(body.predecessors ^ before):
        predecessor = plan.body(state, one)
        if predecessor is None or {by.authority for by in predecessor.accreditations} != {field.id}:
            # Its attestations may rest on the word of others, who would have to say it too.
            yield _foreign(
                body, f"expected a predecessor that {field.id} alone accredits, found {one}"
            )


def _accredited(body: Body, authority: BodyId) -> bool:
    return any(one.authority == authority for one in body.accreditations)


def _said(move: Move) -> str:
    return f"{move.what.value} {move.subject}".strip()


def _outside(body: Body, message: str, authority: BodyId) -> Finding:
    return fault(
        ActionCode.OUTSIDE_ACCREDITATION,
        body,
        f"{message}: expected it inside what {authority} accredits and may accredit",
    )


def _foreign(body: Body, message: str) -> Finding:
    return fault(ActionCode.NOT_ENTITLED, body, message)


def _denied(message: str) -> Finding:
    return Finding(code=ActionCode.NOT_ENTITLED, path="/Action/Word", message=message)
