"""A hub with everybody who has a part in the life of certificates, for journeys."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from exchange.core.receipt import read_receipt
from exchange.core.receipt_document import Receipt
from tests.living import Certificate, begun
from tests.running import Answer, Caller, Running

RECIPIENTS: Final = ("PT-AB-IPAC", "SG-AB-SAC")
TO_BOTH: Final = '"SG-AB-SAC", "PT-AB-IPAC"'
TO_ONE: Final = '"SG-AB-SAC"'


@dataclass(slots=True, kw_only=True)
class Scene:
    """A hub with everybody who has a part in the life of certificates."""

    house: Running
    issuer: Caller
    accepting: Caller
    authority: Caller
    recipients: Mapping[str, Caller]
    _number: int = 100

    def begun(self, *, expires: date | None = None) -> Certificate:
        """Return a certificate that no other case has."""
        self._number += 1
        return begun(self.house.world, self._number, expires=expires)

    async def say(self, data: bytes, to: str = '"register-only"', by: str = "") -> Answer:
        """Let whoever it is say something."""
        callers = {one.body: one for one in (self.issuer, self.accepting, self.authority)}
        return await callers[by or self.issuer.body].submit(data, to)

    async def issue(self, certificate: Certificate, to: str = TO_BOTH) -> None:
        """Put a certificate into the register."""
        answer = await self.say(certificate.data, to, certificate.issuer)
        assert answer.status == 201, answer.body

    def receipt(self, answer: Answer) -> Receipt:
        """Return what the hub says about a message, its signature checked."""
        data = answer.body
        if answer.status == 422:
            data = base64.b64decode(answer.json["receipt"])
        world = self.house.world
        return read_receipt(data, world.snapshot, world.clock.now).receipt

    async def drain(self) -> dict[str, list[bytes]]:
        """Return what each recipient gets until there is no more, in that order."""
        found: dict[str, list[bytes]] = {}
        for name, caller in self.recipients.items():
            found[name] = []
            while deliveries := await caller.lease(max=20):
                for one in deliveries:
                    found[name].append(base64.b64decode(one["statement"]))
                    taken = await caller.acknowledge(one)
                    assert taken.status == 201, taken.body
        return found

    async def verify(self, number: str, **query: str) -> dict[str, Any]:
        """Return what the verification says to the body that issued it."""
        path = f"/v1/certificates/{number}/verification"
        answer = await self.issuer.ask("GET", path, params=query)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found


@dataclass(frozen=True, slots=True)
class Move:
    """One status change and the status behind it."""

    change: str
    status: str
    before: tuple[str, ...] = ()
    """Changes that come first."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """What is said beside the sample."""

    @property
    def is_final(self) -> bool:
        """Whether it can never be in force again."""
        return self.status not in {"active", "suspended"}

    @property
    def code(self) -> str:
        """What the verification says."""
        return f"verification.{'in-force' if self.status == 'active' else self.status}"


GIVEN: Final[Mapping[str, Mapping[str, Any]]] = {
    "reduce": {"removed": ["S3"]},
    "extend": {"added": ["S4"]},
    "restore": {"previous": "suspended"},
}
"""What a change needs beside its sample wherever it comes."""
STAYS: Final = {"previous": "suspended", "new": "suspended"}
LIFTS: Final = {"previous": "suspended", "new": "active"}
ENDS: Final = {"previous": "suspended"}
MOVES: Final = {
    "maintain": Move("maintain", "active"),
    "extend": Move("extend", "active"),
    "reduce": Move("reduce", "active"),
    "suspend": Move("suspend", "suspended"),
    "restore": Move("restore", "active", ("suspend",)),
    "withdraw": Move("withdraw", "withdrawn"),
    "cancel": Move("cancel", "cancelled"),
    "expire": Move("expire", "expired"),
    "renew": Move("renew", "active"),
    "correct": Move("correct", "active"),
    "reduce what is suspended": Move("reduce", "suspended", ("suspend",), STAYS),
    "lift a suspension by a reduction": Move("reduce", "active", ("suspend",), LIFTS),
    "withdraw what is suspended": Move("withdraw", "withdrawn", ("suspend",), ENDS),
    "cancel what is suspended": Move("cancel", "cancelled", ("suspend",), ENDS),
    "correct what is suspended": Move("correct", "suspended", ("suspend",), STAYS),
    "expire what is suspended": Move("expire", "expired", ("suspend",), ENDS),
}


def both(told: Sequence[bytes]) -> dict[str, list[bytes]]:
    """Return what was told to each recipient."""
    return {name: list(told) for name in RECIPIENTS}


def said(certificate: Certificate, change: str, sequence: int, **given: Any) -> bytes:
    return certificate.change(change, sequence, **{**GIVEN.get(change, {}), **given})
