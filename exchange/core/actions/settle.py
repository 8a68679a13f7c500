"""From the entry as it stands and the entry as it shall stand to the entry as it will stand.

- A proposal says how an entry shall stand; what changed is derived here, and every move is held
  against the tables of `exchange.core.actions.life`.
- The history of an entry is written here and never taken from a proposal: another status of what
  is listed begins when the change takes effect, never in the past and never later, so that an
  emergency in between cannot undo it.
  A body that is new brings since when it is active elsewhere.
- Nothing disappears from an entry; keys and accreditations end, and their history stays.
- All faults are found at once.

Example:
    >>> settled = settle(state.bodies[body.id], body, effective)
    >>> [move.what for move in settled.moves]
    [<What.KEY_ENTERS: 'key-enters'>]
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from exchange.codes.actions import ActionCode
from exchange.core.actions.accreditation_moves import settle_accreditations
from exchange.core.actions.key_moves import settle_keys
from exchange.core.actions.life import BODY
from exchange.core.actions.moves import (
    Effective,
    Move,
    Settled,
    What,
    all_names,
    fault,
    first_name,
)
from exchange.core.periods import in_zulu
from exchange.core.trust_values import Body, BodyPeriod, BodyState, FormerName

_SHOWN_OF_NEW: Final = (
    "time zone",
    "approval number",
    "code",
    "place",
    "endpoint",
    "custody by the hub",
    "takes",
)
"""Fields of a new body that are shown beside its name, roles and economies."""


def settle(old: Body | None, proposed: Body, effective: Effective) -> Settled:
    """Return how an entry will stand.

    Args:
        old: The entry in force, or `None` for a body that is new.
        proposed: The entry as it shall stand; of every history only the newest state is read.
        effective: When the change takes effect.

    Returns:
        The entry with its histories written, what moved in words, and all faults.
    """
    settled = Settled(body=proposed)
    if old is None:
        history = _first_state(proposed, effective, settled)
        former: tuple[FormerName, ...] = ()
    else:
        history = _state(old, proposed, effective, settled)
        former = _names(old, proposed, effective, settled)
        _plain_fields(old, proposed, settled)
    accreditations = settle_accreditations(old, proposed, effective, settled)
    keys = settle_keys(old, proposed, effective, settled)
    settled.body = replace(
        proposed,
        history=history,
        former_names=former,
        accreditations=accreditations,
        keys=keys,
    )
    return settled


def announced(old: Body | None, proposed: Body, due: datetime) -> Body:
    """Return an entry in force with the keys that a change will bring, which begin later.

    Nothing else of the change is shown before it takes effect. A body that is new is shown
    whole: it is active from its day on.
    """
    effective = Effective(start=due, due=due, is_now=False)
    settled = settle(old, proposed, effective)
    if old is None:
        # Also one that is active elsewhere already is not active here before its day.
        first = settled.body.history[0]
        begins = BodyPeriod(state=first.state, since=max(first.since, due))
        return replace(settled.body, history=(begins,))
    return replace(old, keys=(*old.keys, *settled.arriving))


def _first_state(proposed: Body, effective: Effective, settled: Settled) -> tuple[BodyPeriod, ...]:
    first = proposed.history[0]
    if first.state is not BodyState.ACTIVE:
        settled.findings.append(
            fault(
                ActionCode.BODY_NEW_STATE, proposed, f"expected active, found {first.state.value}"
            )
        )
    begin = effective.begin(first.since)
    active = f"active {effective.when(begin)}"
    if first.since < effective.start:
        active += f", elsewhere since {in_zulu(first.since)}"
    settled.moves.append(
        Move(
            What.BODY_ENTERS,
            "",
            f"{all_names(proposed.names)}, {', '.join(sorted(proposed.roles))}, serves "
            f"{' '.join(sorted(proposed.economies))}, {active}",
        )
    )
    said = _fields(proposed)
    settled.moves.append(
        Move(
            What.BODY_CHANGED,
            "nothing",
            "; ".join(f"{subject} {said[subject]}" for subject in _SHOWN_OF_NEW),
            subject="entry",
        )
    )
    if proposed.predecessors:
        settled.moves.append(
            Move(What.SUCCESSOR, "none", said["predecessors"], subject="predecessors")
        )
    # A body that comes with a past, like an accreditation, was made by others before it came
    # here: what it decided or vouched for then rests on it (AUT-01). None of its keys counted.
    return (BodyPeriod(state=first.state, since=min(first.since, begin)),)


def _state(
    old: Body, proposed: Body, effective: Effective, settled: Settled
) -> tuple[BodyPeriod, ...]:
    before, after = old.history[0].state, proposed.history[0].state
    if before is after:
        return old.history
    if after not in BODY[before].values():
        settled.findings.append(
            fault(
                ActionCode.BODY_MOVE,
                proposed,
                f"expected a state that may follow {before.value}, found {after.value}",
            )
        )
    if effective.is_ahead(proposed.history[0].since):
        settled.findings.append(
            fault(ActionCode.START_AHEAD, proposed, f"found {in_zulu(proposed.history[0].since)}")
        )
    begin = effective.start
    settled.moves.append(
        Move(What.BODY_STATE, before.value, f"{after.value} {effective.when(begin)}")
    )
    kept = tuple(period for period in old.history if period.since < begin)
    if kept and kept[0].state is after:
        return kept
    return (BodyPeriod(state=after, since=begin), *kept)


def _names(
    old: Body, proposed: Body, effective: Effective, settled: Settled
) -> tuple[FormerName, ...]:
    # In their order, since the first is the authoritative one.
    if tuple(old.names.items()) == tuple(proposed.names.items()):
        return old.former_names
    settled.moves.append(Move(What.BODY_RENAMED, first_name(old.names), all_names(proposed.names)))
    return (FormerName(names=old.names, until=effective.start), *old.former_names)


def _plain_fields(old: Body, proposed: Body, settled: Settled) -> None:
    """What an entry says beside names, states, accreditations and keys."""
    if old.economy != proposed.economy:
        settled.findings.append(
            fault(
                ActionCode.BODY_FIXED,
                proposed,
                f"economy: expected {old.economy}, found {proposed.economy}",
            )
        )
    before, after = _fields(old), _fields(proposed)
    for subject, text in after.items():
        if before[subject] != text:
            what = What.SUCCESSOR if subject == "predecessors" else What.BODY_CHANGED
            settled.moves.append(Move(what, before[subject], text, subject=subject))


def _fields(body: Body) -> dict[str, str]:
    place = body.place
    return {
        "roles": " ".join(sorted(body.roles)),
        "economies": " ".join(sorted(body.economies)),
        "time zone": body.time_zone,
        "approval number": body.approval_number or "none",
        "code": body.cab_code or "none",
        "place": f"{place.street}, {place.locality}, {place.economy}, {place.contact}, "
        f"{place.information}",
        "endpoint": body.endpoint or "none",
        "custody by the hub": "forbidden" if body.forbids_hub_custody else "allowed",
        "takes": "; ".join(
            sorted(
                f"{one.kind.value} {one.schema} {' '.join(sorted(one.schemes))}"
                for one in body.capabilities
            )
        )
        or "nothing",
        "predecessors": " ".join(sorted(body.predecessors)) or "none",
    }
