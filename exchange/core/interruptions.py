"""What administrators have stopped since the lists in force were published.

- A suspension counts from the instant at which the hub received it, long before a list can
  show it; so gate 4, the identification of callers and issuing ask this overlay as well.
- It only ever takes trust away: what a list refuses stays refused.
- What existed before the interruption is judged as if it were not there: `since` is held
  against the proof time, as every status of a list is.
- All certificates of one public key stop together, because what is wrong with one is wrong
  with the private key.
- To look one up costs a dictionary access, and nothing at all is looked up while nothing is
  interrupted.

Example:
    >>> stop = Interruption(what=Stopped.SUSPENDED, since=now)
    >>> snapshot = snapshot.with_interruptions(Interruptions.of(keys={fingerprint: stop}))
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from exchange.core.model import BodyId, Fingerprint
from exchange.core.periods import in_zulu


class Stopped(StrEnum):
    """What was done to a key or a body."""

    SUSPENDED = "suspended"
    """By one person, until two lift it."""
    REVOKED = "revoked"
    """By two persons, for ever; of a body it means that it has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruption:
    """Something that does not count from an instant on."""

    what: Stopped
    since: datetime
    """When the hub received the action, aware UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interruptions:
    """Everything that is stopped, by key certificate and by body."""

    keys: Mapping[Fingerprint, Interruption]
    bodies: Mapping[BodyId, Interruption]

    @classmethod
    def of(
        cls,
        *,
        keys: Mapping[Fingerprint, Interruption] | None = None,
        bodies: Mapping[BodyId, Interruption] | None = None,
    ) -> Interruptions:
        """Return an overlay that nobody can change afterwards."""
        return cls(
            keys=MappingProxyType(dict(keys or {})), bodies=MappingProxyType(dict(bodies or {}))
        )

    def __bool__(self) -> bool:
        """Tell whether anything is stopped at all."""
        return bool(self.keys or self.bodies)

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to a worker; read-only views cannot be pickled."""
        return (_again, (dict(self.keys), dict(self.bodies)))

    def key_at(self, key: Fingerprint, at: datetime) -> Interruption | None:
        """Return what stops a key at the instant, if anything does."""
        found = self.keys.get(key)
        return found if found is not None and found.since <= at else None

    def body_at(self, body: BodyId, at: datetime) -> Interruption | None:
        """Return what stops a body at the instant, if anything does."""
        found = self.bodies.get(body)
        return found if found is not None and found.since <= at else None

    def octets(self) -> bytes:
        """Return what is kept with a snapshot: one JSON document, in order."""
        return json.dumps(
            {
                "bodies": {body: _plain(one) for body, one in self.bodies.items()},
                "keys": {key.hex(): _plain(one) for key, one in self.keys.items()},
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()


def _plain(one: Interruption) -> list[str]:
    return [one.what.value, one.since.isoformat()]


def _again(
    keys: Mapping[Fingerprint, Interruption], bodies: Mapping[BodyId, Interruption]
) -> Interruptions:
    return Interruptions.of(keys=keys, bodies=bodies)


def stopped(what: str, by: Interruption) -> str:
    """Return the sentence about something that is stopped, for a finding."""
    return (
        f"{what}: expected in force, found {by.what.value} by administrators since "
        f"{in_zulu(by.since)}"
    )


NOTHING_INTERRUPTED: Final = Interruptions.of()
"""How a hub is on a quiet day."""
