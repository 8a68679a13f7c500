"""What moves in the keys of an entry, each move held against the table of key states.

- A key that is new arrives granted, and begins when the change takes effect or later.
- A key that is known keeps role, custody and body; its status moves as `KEY` says.
- The two last instants of a key move only while they lie ahead, and never into the past: what
  was accepted must stay accepted when it is judged again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final

from exchange.codes.actions import ActionCode
from exchange.core.actions.entries import key_state
from exchange.core.actions.life import KEY, KeyMove, KeyState
from exchange.core.actions.moves import Effective, Move, Settled, What, all_names, fault
from exchange.core.competence import Scope
from exchange.core.model import Custody
from exchange.core.periods import in_zulu
from exchange.core.trust_values import Body, KeyEntry, KeyPeriod, KeyStatus, LegalBasis

_TO_STATUS: Final[Mapping[KeyStatus, Mapping[KeyState, tuple[KeyMove, ...]]]] = MappingProxyType(
    {
        KeyStatus.GRANTED: {KeyState.SUSPENDED: (KeyMove.RESTORE,)},
        KeyStatus.SUSPENDED: dict.fromkeys(
            (KeyState.APPROVED, KeyState.ACTIVE, KeyState.RETIRING), (KeyMove.SUSPEND,)
        ),
        KeyStatus.REVOKED: {
            state: (KeyMove.REVOKE,) for state in KeyState if KeyMove.REVOKE in KEY[state]
        },
        # To withdraw is to let both of its last instants come at once.
        KeyStatus.WITHDRAWN: {
            KeyState.ACTIVE: (KeyMove.RETIRE, KeyMove.END),
            KeyState.RETIRING: (KeyMove.END,),
            KeyState.SUSPENDED: (KeyMove.END,),
        },
    }
)
"""By which moves a key comes to a status; where none stands, it cannot."""


def settle_keys(
    old: Body | None, proposed: Body, effective: Effective, settled: Settled
) -> tuple[KeyEntry, ...]:
    """Return the keys as they will stand; moves and faults go into `settled`."""
    before = {} if old is None else {one.fingerprint: one for one in old.keys}
    found = []
    for one in proposed.keys:
        former = before.pop(one.fingerprint, None)
        if former is None:
            entry = _arriving(proposed, one, effective, settled)
            settled.arriving.append(entry)
        else:
            entry = _moved(proposed, former, one, effective, settled)
        found.append(entry)
    for former in before.values():
        settled.findings.append(
            fault(
                ActionCode.KEY_DROPPED,
                proposed,
                f"expected the {former.role.value} key {former.fingerprint.hex()[:16]}…, "
                "found none",
            )
        )
    return tuple(found)


def _arriving(body: Body, one: KeyEntry, effective: Effective, settled: Settled) -> KeyEntry:
    if one.status is not KeyStatus.GRANTED:
        settled.findings.append(
            fault(ActionCode.KEY_NEW_STATE, body, f"expected granted, found {_said(one.status)}")
        )
    if one.custody is Custody.HUB and body.forbids_hub_custody:
        settled.findings.append(
            fault(
                ActionCode.CUSTODY_FORBIDDEN,
                body,
                f"the {one.role.value} key: expected custody of its own, found the hub's",
            )
        )
    begin = effective.begin(one.periods[0].not_before)
    settled.moves.append(
        Move(
            What.KEY_ENTERS,
            "",
            f"{one.role.value} key in {one.custody.value} custody, signs from "
            f"{effective.when(begin)} until {in_zulu(one.signs_until)}, accepted until "
            f"{in_zulu(one.accepted_until)}, {_basis(one.legal)}, {_scope(one.scope)}, named "
            f"{all_names(one.names)}, path {_path(one)}",
            key=one.fingerprint,
        )
    )
    period = KeyPeriod(status=one.status, not_before=begin, not_after=None)
    return replace(one, periods=(period,))


def _moved(
    body: Body, former: KeyEntry, one: KeyEntry, effective: Effective, settled: Settled
) -> KeyEntry:
    if (former.role, former.custody, former.body) != (one.role, one.custody, one.body):
        settled.findings.append(
            fault(
                ActionCode.KEY_FIXED,
                body,
                f"expected a {former.role.value} key in {former.custody.value} custody of "
                f"{former.body}, found a {one.role.value} key in {one.custody.value} custody of "
                f"{one.body}",
            )
        )
    periods = _status(body, former, one, effective, settled)
    signs_until, accepted_until = _ends(body, former, one, effective, settled)
    _described(former, one, settled)
    return replace(one, periods=periods, signs_until=signs_until, accepted_until=accepted_until)


def _status(
    body: Body, former: KeyEntry, one: KeyEntry, effective: Effective, settled: Settled
) -> tuple[KeyPeriod, ...]:
    if former.status is one.status:
        return former.periods
    stated = one.periods[0].not_before
    if effective.is_ahead(stated):
        settled.findings.append(
            fault(
                ActionCode.START_AHEAD,
                body,
                f"the {one.role.value} key {one.fingerprint.hex()[:16]}…: found {in_zulu(stated)}",
            )
        )
    begin = effective.start
    before = key_state(former, begin)
    moves = _TO_STATUS[one.status].get(before)
    if moves is None:
        settled.findings.append(
            fault(
                ActionCode.KEY_MOVE,
                body,
                f"the {one.role.value} key {one.fingerprint.hex()[:16]}…: expected a move from "
                f"{before.value}, found {_said(one.status)}",
            )
        )
    settled.moves.append(
        Move(
            What.KEY_STATE,
            before.value,
            f"{_said(one.status)} {effective.when(begin)}",
            key=one.fingerprint,
        )
    )
    return with_status(former.periods, one.status, begin)


def with_status(
    periods: tuple[KeyPeriod, ...], status: KeyStatus, begin: datetime
) -> tuple[KeyPeriod, ...]:
    """Return a status history with another status from an instant on.

    What was to begin only afterwards, or at the very instant, never does.
    """
    kept = [period for period in periods if period.not_before < begin]
    if kept and kept[0].status is status:
        return (replace(kept[0], not_after=None), *kept[1:])
    closed = [replace(period, not_after=begin) for period in kept[:1]]
    return (
        KeyPeriod(status=status, not_before=begin, not_after=None),
        *closed,
        *kept[1:],
    )


def _ends(
    body: Body, former: KeyEntry, one: KeyEntry, effective: Effective, settled: Settled
) -> tuple[datetime, datetime]:
    """The two last instants; each moves only while it lies ahead, and not into the past."""
    state = key_state(former, effective.start)
    ends = []
    for what, name, before, after in (
        (What.KEY_SIGNS_UNTIL, "signs until", former.signs_until, one.signs_until),
        (What.KEY_ACCEPTED_UNTIL, "accepted until", former.accepted_until, one.accepted_until),
    ):
        if before == after:
            ends.append(before)
            continue
        if state is KeyState.REVOKED or before <= effective.start:
            settled.findings.append(
                fault(
                    ActionCode.KEY_MOVE,
                    body,
                    f"the {one.role.value} key {one.fingerprint.hex()[:16]}… is {state.value}: "
                    f"{name}: expected {in_zulu(before)}, found {in_zulu(after)}",
                )
            )
        end = max(after, effective.start)
        ends.append(end)
        settled.moves.append(Move(what, in_zulu(before), effective.when(end), key=one.fingerprint))
    return ends[0], ends[1]


def _described(former: KeyEntry, one: KeyEntry, settled: Settled) -> None:
    if former.scope != one.scope:
        settled.moves.append(
            Move(What.KEY_RESCOPED, _scope(former.scope), _scope(one.scope), key=one.fingerprint)
        )
    for subject, before, after in (
        ("name", all_names(former.names), all_names(one.names)),
        ("legal basis", _basis(former.legal), _basis(one.legal)),
        ("path", _path(former), _path(one)),
    ):
        if before != after:
            settled.moves.append(
                Move(What.KEY_CHANGED, before, after, key=one.fingerprint, subject=subject)
            )


def _scope(scope: Scope) -> str:
    groups = (
        ("schemes", sorted(scope.schemes)),
        ("standards", sorted(scope.standards)),
        ("groups", [f"{code.list_id}:{code.code}" for code in scope.product_groups]),
        ("economies", sorted(scope.economies)),
    )
    return ", ".join(f"{name} {' '.join(said) or 'none'}" for name, said in groups)


def _basis(legal: LegalBasis | None) -> str:
    return "no legal basis" if legal is None else f"{legal.level.value} under {legal.instrument}"


def _path(one: KeyEntry) -> str:
    return " ".join(certificate.fingerprint.hex()[:16] for certificate in one.path) or "none"


def _said(status: KeyStatus) -> str:
    return status.value.replace(":", "/").rpartition("/")[2]
