"""What moves in an entry: the words in which it is shown, and when it takes effect.

- `What` is the closed set of things that a change of trust can do.
- An instant is shown so that it stays the same while nothing changes: what begins with the
  approval begins "at once", whenever that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from exchange.codes.actions import ActionCode
from exchange.core.model import BodyId, Fingerprint
from exchange.core.periods import in_zulu
from exchange.core.trust_values import Body, KeyEntry
from exchange.errors import Finding


class What(StrEnum):
    """What a change does."""

    BODY_ENTERS = "body-enters"
    BODY_STATE = "body-state"
    BODY_RENAMED = "body-renamed"
    BODY_CHANGED = "body-changed"
    SUCCESSOR = "successor"
    ACCREDITATION_ENTERS = "accreditation-enters"
    ACCREDITATION_STATE = "accreditation-state"
    ACCREDITATION_CHANGED = "accreditation-changed"
    KEY_ENTERS = "key-enters"
    EVIDENCE = "evidence"
    KEY_STATE = "key-state"
    KEY_SIGNS_UNTIL = "key-signs-until"
    KEY_ACCEPTED_UNTIL = "key-accepted-until"
    KEY_RESCOPED = "key-rescoped"
    KEY_CHANGED = "key-changed"
    ADMINISTRATOR_ENROLLED = "administrator-enrolled"
    ADMINISTRATOR_CHANGED = "administrator-changed"
    ADMINISTRATOR_REMOVED = "administrator-removed"
    LIST_OPENED = "list-opened"
    LIST_CHANGED = "list-changed"
    LIST_SHRINKS = "list-shrinks"
    RESTS_ON = "rests-on"
    ON_BEHALF = "on-behalf"


class Move(NamedTuple):
    """One thing that changes in an entry."""

    what: What
    before: str
    after: str
    key: Fingerprint | None = None
    subject: str = ""
    """Which field, or which accreditation."""
    authority: BodyId | None = None
    """Whose accreditation it is."""


@dataclass(slots=True, kw_only=True)
class Settled:
    """An entry as it will stand, with what moved and what must not."""

    body: Body
    moves: list[Move] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    arriving: list[KeyEntry] = field(default_factory=list)
    """Keys that stand in the entry for the first time."""


class Effective(NamedTuple):
    """When a change takes effect."""

    start: datetime
    """The instant at which it does, or for what is only shown, will at the earliest."""
    due: datetime
    """The date of the proposal: what states this start, or an earlier one, begins at `start`."""
    is_now: bool
    """Whether it takes effect with its approval, so that no instant can be shown before."""

    def begin(self, stated: datetime) -> datetime:
        """Return when a status begins that states a start."""
        return self.start if stated <= self.due else max(stated, self.start)

    def is_ahead(self, stated: datetime) -> bool:
        """Tell whether a start is stated that lies behind the day of the change."""
        return stated > max(self.start, self.due)

    def when(self, at: datetime) -> str:
        """Write an instant that a person is shown: stable while nothing changes."""
        return "at once" if self.is_now and at <= self.start else in_zulu(at)


def first_name(names: Mapping[str, str]) -> str:
    """Return the authoritative name."""
    return next(iter(names.values()))


def all_names(names: Mapping[str, str]) -> str:
    """Return every name with its language."""
    return ", ".join(f"{text} ({language})" for language, text in names.items())


def fault(code: ActionCode, body: Body, message: str) -> Finding:
    """Make the finding of an entry that may not stand so."""
    return Finding(code=code, path=f"/Action/Word//Entry[{body.id}]", message=message)
