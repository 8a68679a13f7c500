"""A million guesses: misses are counted, so that nobody learns a client list by counting up.

- Counted is what leads to nothing: numbers that are not shown, addresses that nobody has, names
  that do not match. What leads to a certificate by its QR address is never counted.
- Counts are kept for each network (an IPv4 /24, an IPv6 /56) and for all together, in a window of
  time that moves on; they are in memory only, and of so many networks at most.
- Beyond the limit the answer is *come back later*, with the time, before anything is looked up.

Example:
    >>> guesses.require("192.0.2.0/24", at)
    >>> guesses.miss("192.0.2.0/24", at)
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final

from exchange.codes.verification import DisclosureCode
from exchange.errors import Finding, UndecidedError

_NETWORKS: Final = 50_000
"""Networks that are remembered; the one that was quiet longest is forgotten first."""
_STEP: Final = 20
"""Parts of the window that are counted together."""
_IPV4_BITS: Final = 24
_IPV6_BITS: Final = 56
_IPV4: Final = 4


def network_of(address: str | None) -> str:
    """Return the network that an address is counted under."""
    try:
        one = ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    # A listener for both versions, or a proxy, writes IPv4 so: else all of it were one network.
    one = getattr(one, "ipv4_mapped", None) or one
    bits = _IPV4_BITS if one.version == _IPV4 else _IPV6_BITS
    return str(ip_network(f"{one}/{bits}", strict=False))


@dataclass(slots=True)
class _Window:
    """Counts of the last while, in steps."""

    total: int = 0
    steps: deque[tuple[datetime, int]] = field(default_factory=deque)

    def forget(self, before: datetime) -> None:
        while self.steps and self.steps[0][0] <= before:
            self.total -= self.steps.popleft()[1]

    def add(self, at: datetime, step: timedelta) -> None:
        if self.steps and at - self.steps[-1][0] < step:
            began, count = self.steps.pop()
            self.steps.append((began, count + 1))
        else:
            self.steps.append((at, 1))
        self.total += 1


@dataclass(slots=True, kw_only=True)
class Guesses:
    """The misses of the last while."""

    per_client: int
    """Misses of one network in the window."""
    over_all: int
    """Misses of all networks together in the window."""
    window: timedelta
    _clients: OrderedDict[str, _Window] = field(default_factory=OrderedDict)
    _all: _Window = field(default_factory=_Window)

    def require(self, client: str, at: datetime) -> None:
        """Let somebody ask who has not guessed too often.

        Raises:
            UndecidedError: Too often; with the time after which it is worth coming back.
        """
        mine = self._clients.get(client)
        for counted, limit in ((mine, self.per_client), (self._all, self.over_all)):
            if counted is None:
                continue
            counted.forget(at - self.window)
            if counted.total >= limit:
                code = DisclosureCode.TOO_MANY_GUESSES
                raise UndecidedError(
                    Finding(code=code, message=f"{code.summary}: expected fewer than {limit}"),
                    retry_after=counted.steps[0][0] + self.window - at,
                )

    def miss(self, client: str, at: datetime) -> None:
        """Count something that led to nothing."""
        window = self._clients.setdefault(client, _Window())
        self._clients.move_to_end(client)
        while len(self._clients) > _NETWORKS:
            self._clients.popitem(last=False)
        for counted in (window, self._all):
            counted.forget(at - self.window)
            counted.add(at, self.window / _STEP)
