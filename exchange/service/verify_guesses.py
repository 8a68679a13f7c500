"""A million guesses: misses are counted, so that nobody learns a client list by counting up.

- Counted is what leads to nothing: numbers that are not shown, addresses that nobody has, names
  that do not match. What leads to a certificate by its QR address is never counted.
- Counts are kept for each network (an IPv4 /24, an IPv6 /56), for the wider one around it (/16,
  /32) and for all together, in a window of time that moves on; in memory only, and of so many
  networks at most.
- Beyond its limit a network is told *come back later*, with the time, before anything is looked up.
- When all together have used up theirs, a network has a twentieth of its limit left, and the wider
  one around it has one whole: whoever guesses from many networks gains little more, and shuts out
  nobody who has hardly missed. What leads to a certificate is not answered any sooner than what
  does not: a refusal of the one only would tell which numbers exist.
- A partner is known by its key and has its own limit only.

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
_WIDER: Final = {4: 16, 6: 32}
"""Bits of the network around a network, by version: about what one provider has."""
_SCARCE: Final = 20
"""What part of its limit a network keeps when all together have used up theirs."""


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


def _around(network: str) -> str | None:
    """Return the wider network around one; nothing where it is a partner's name."""
    try:
        one = ip_network(network)
    except ValueError:
        return None if network != "unknown" else network
    return f"around {one.supernet(new_prefix=_WIDER[one.version])}"


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
    """Misses of all networks together in the window, before each has little left."""
    window: timedelta
    _clients: OrderedDict[str, _Window] = field(default_factory=OrderedDict)
    _all: _Window = field(default_factory=_Window)

    def require(self, client: str, at: datetime) -> None:
        """Let somebody ask who has not guessed too often.

        Raises:
            UndecidedError: Too often; with the time after which it is worth coming back.
        """
        self._all.forget(at - self.window)
        around = _around(client) if self._all.total >= self.over_all else None
        limits = [(client, self.per_client)]
        if around is not None:
            limits = [(client, max(1, self.per_client // _SCARCE)), (around, self.per_client)]
        for name, limit in limits:
            counted = self._clients.get(name)
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
        around = _around(client)
        windows = [self._all]
        for name in dict.fromkeys((client, around or client)):
            windows.append(self._clients.setdefault(name, _Window()))
            self._clients.move_to_end(name)
        while len(self._clients) > _NETWORKS:
            self._clients.popitem(last=False)
        for counted in windows[around is None :]:
            counted.forget(at - self.window)
            counted.add(at, self.window / _STEP)
