"""Whom a message is for: what the sender wrote, turned into bodies that take it.

- A sender names bodies, economies, or says aloud that the message is for the register only;
  nothing at all is a mistake, not a choice.
- An economy stands for every active body of it that has declared that it takes this kind
  and scheme; an economy in which nobody does is refused like a body that does not.
- All that does not fit is named at once. The same text always means the same message:
  repetition is compared by what the sender wrote, sorted, not by whom it reaches today.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from exchange.codes.service import RefusedCode
from exchange.core.model import BodyId, Economy, Kind
from exchange.core.trust_index import Trust
from exchange.core.trust_values import Body, BodyState
from exchange.errors import Finding, RefusedError

REGISTER_ONLY: Final = "register-only"
MAX_ADDRESSEES: Final = 100
"""Names in one message; an economy counts as one."""
_BODY: Final = re.compile(r"[A-Z]{2}-(AB|CB|RA|LAB|HUB)-[A-Z0-9]{2,20}")
_ECONOMY: Final = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressees:
    """What a sender wrote, sorted and without repetition; empty means register only."""

    names: tuple[str, ...]

    @classmethod
    def read(cls, names: Sequence[str]) -> Addressees:
        """Return the addressees that a sender named.

        Raises:
            RefusedError: Nothing, too much, or something that is no name of an addressee.
        """
        if not names:
            raise _refused("expected bodies, economies or register-only, found nothing")
        if len(names) > MAX_ADDRESSEES:
            raise _refused(f"expected at most {MAX_ADDRESSEES} names, found {len(names)}")
        if REGISTER_ONLY in names:
            if len(set(names)) > 1:
                raise _refused("register-only stands beside other addressees")
            return cls(names=())
        for name in names:
            if not (_BODY.fullmatch(name) or _ECONOMY.fullmatch(name)):
                raise _refused(f"expected a body id or an economy, found {name[:40]!r}")
        return cls(names=tuple(sorted(set(names))))


def _refused(message: str) -> RefusedError:
    return RefusedError(Finding(code=RefusedCode.ADDRESSEES, message=message))


def require_known(trust: Trust, addressees: Addressees) -> None:
    """Let pass only names that stand on the trust lists.

    Raises:
        RefusedError: One finding for each name that does not.
    """
    unlisted = [name for name in addressees.names if BodyId(name) not in trust.bodies]
    if not unlisted:
        return
    economies = {economy for body in trust.bodies.values() for economy in body.economies}
    unknown = [
        Finding(
            code=RefusedCode.ADDRESSEE_UNKNOWN,
            path=name,
            message=f"{name} is not on the trust lists",
        )
        for name in unlisted
        if Economy(name) not in economies
    ]
    if unknown:
        raise RefusedError(*unknown)


def resolve(
    trust: Trust, addressees: Addressees, kind: Kind, scheme: str, at: datetime
) -> tuple[Body, ...]:
    """Return the bodies that a message goes to, each once, by id.

    Raises:
        RefusedError: One finding for each addressee that does not take this kind and scheme.
    """
    chosen: dict[BodyId, Body] = {}
    refused: list[Finding] = []
    for name in addressees.names:
        takers = [
            body
            for body in _named(trust, name)
            if body.takes(kind, scheme) and body.state_at(at) is BodyState.ACTIVE
        ]
        chosen.update((body.id, body) for body in takers)
        if not takers:
            refused.append(
                Finding(
                    code=RefusedCode.ADDRESSEE_DOES_NOT_TAKE,
                    path=name,
                    message=f"{name} has not declared that it takes {kind.value} of {scheme}",
                )
            )
    if refused:
        raise RefusedError(*refused)
    return tuple(chosen[body] for body in sorted(chosen))


def _named(trust: Trust, name: str) -> Iterator[Body]:
    body = trust.bodies.get(BodyId(name))
    if body is not None:
        yield body
    elif _ECONOMY.fullmatch(name):
        yield from _of(trust.bodies.values(), Economy(name))


def _of(bodies: Iterable[Body], economy: Economy) -> Iterator[Body]:
    return (body for body in bodies if economy in body.economies)
