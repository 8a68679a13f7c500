"""What moves in the accreditations of an entry.

- An accreditation is known by number, authority and standard; it never disappears.
- One that is new brings its own history, which its authority made before it came here; one that
  is known gets a new state on the day of the change.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from exchange.codes.actions import ActionCode
from exchange.core.actions.life import ACCREDITATION
from exchange.core.actions.moves import Effective, Move, Settled, What, fault
from exchange.core.competence import Accreditation, AccreditationPeriod
from exchange.core.model import BodyId
from exchange.core.periods import day_in
from exchange.core.trust_values import Body


def settle_accreditations(
    old: Body | None, proposed: Body, effective: Effective, settled: Settled
) -> tuple[Accreditation, ...]:
    """Return the accreditations as they will stand; moves and faults go into `settled`."""
    before = {} if old is None else {_named(one): one for one in old.accreditations}
    found = []
    named = Counter(_named(one) for one in proposed.accreditations)
    for (number, authority, standard), times in named.items():
        if times > 1:
            settled.findings.append(
                fault(
                    ActionCode.TWICE,
                    proposed,
                    f"{number} for {standard} by {authority}: expected it once, found it {times} "
                    "times",
                )
            )
    for one in proposed.accreditations:
        former = before.pop(_named(one), None)
        subject = _subject(one)
        if former is None:
            _first_state(one, proposed, effective, settled)
            settled.moves.append(
                Move(
                    What.ACCREDITATION_ENTERS,
                    "",
                    f"{_past(one)}, {_competence(one)}",
                    subject=subject,
                    authority=one.authority,
                )
            )
            found.append(one)
            continue
        if _competence(former) != _competence(one):
            settled.moves.append(
                Move(
                    What.ACCREDITATION_CHANGED,
                    _competence(former),
                    _competence(one),
                    subject=subject,
                    authority=one.authority,
                )
            )
        history = _state(former, one, proposed, effective, settled)
        found.append(replace(one, history=history))
    for number, authority, standard in before:
        settled.findings.append(
            fault(
                ActionCode.ACCREDITATION_DROPPED,
                proposed,
                f"expected {number} for {standard} by {authority}, found none",
            )
        )
    return tuple(found)


def _first_state(one: Accreditation, body: Body, effective: Effective, settled: Settled) -> None:
    """One that is to end later holds until then, and would be shown as ended."""
    newest = one.history[0].since
    if len(one.history) > 1 and newest > day_in(body.time_zone, effective.start):
        settled.findings.append(
            fault(ActionCode.START_AHEAD, body, f"{_subject(one)}: found {newest}")
        )


def _past(one: Accreditation) -> str:
    return ", ".join(f"{period.state.value} since {period.since}" for period in one.history)


def _state(
    former: Accreditation, one: Accreditation, body: Body, effective: Effective, settled: Settled
) -> tuple[AccreditationPeriod, ...]:
    before, after = former.history[0].state, one.history[0].state
    if before is after:
        return former.history
    subject = _subject(one)
    if after not in ACCREDITATION[before].values():
        settled.findings.append(
            fault(
                ActionCode.ACCREDITATION_MOVE,
                body,
                f"{subject}: expected a state that may follow {before.value}, found {after.value}",
            )
        )
    since = day_in(body.time_zone, effective.start)
    if one.history[0].since > max(since, day_in(body.time_zone, effective.due)):
        settled.findings.append(
            fault(ActionCode.START_AHEAD, body, f"{subject}: found {one.history[0].since}")
        )
    settled.moves.append(
        Move(
            What.ACCREDITATION_STATE,
            before.value,
            f"{after.value} since {since}",
            subject=subject,
            authority=one.authority,
        )
    )
    kept = tuple(period for period in former.history if period.since < since)
    if kept and kept[0].state is after:
        return kept
    return (AccreditationPeriod(state=after, since=since), *kept)


def _subject(one: Accreditation) -> str:
    return f"{one.number} for {one.standard} by {one.authority}"


def _named(one: Accreditation) -> tuple[str, BodyId, str]:
    return (one.number, one.authority, one.standard)


def _competence(one: Accreditation) -> str:
    codes = " ".join(f"{code.list_id}:{code.code}" for code in one.scope_codes)
    return (
        f"{one.kind}, schemes {' '.join(sorted(one.schemes)) or 'none'}, codes {codes or 'none'}, "
        f"{one.valid_from} to {one.valid_to or 'open'}"
    )
