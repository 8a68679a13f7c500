"""How long a suspension takes to hold in several processes, on connections already open.

- Three hubs run as processes of their own, each with a worker, on one PostgreSQL. A partner has a
  connection open to each of them and asks again and again.
- An officer of the partner suspends its transport key with one request to the public listener of
  one of them. Counted is from the sending of that request, so what it takes to examine, decide
  and commit the action is inside, until the last of the three refuses the partner.
- Every suspension is that of another body. The next one comes when the list that shows the one
  before is in force in all three, or ten seconds later: suspensions are rare, and what a
  publication costs is measured elsewhere.

    python -m tests.bench.bench_suspension [number]
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from statistics import median
from typing import Final

import aiohttp

from exchange.core.model import BodyId, KeyRole
from tests.administered import CNAS, Administered, make_administered, suspension
from tests.bench.figures import Row, say, table
from tests.founded import make_person
from tests.postgres import running_server
from tests.running import XML, client_context, process

NUMBER: Final = 100
PROCESSES: Final = 3
SECONDS: Final = 1.0
"""How long a suspension may take to hold everywhere."""
_PAUSE: Final = 10.0
_ASK_EVERY: Final = 0.02
_ENOUGH: Final = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspended:
    """What was measured of one suspension, in seconds after it was sent."""

    answered: float
    refused: tuple[float, ...]
    """When each process refused for the first time."""


def measure(store_url: str, *, number: int = NUMBER) -> list[Row]:
    """Return the figures about suspensions."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        found = asyncio.run(_measured(store_url, Path(folder), number))
    worst = sorted(max(one.refused) for one in found)
    here = sorted(one.answered for one in found)
    every = sorted(seconds for one in found for seconds in one.refused)
    return [
        Row(
            what=f"a suspension holds in {PROCESSES} processes, on open connections",
            figure=f"{median(worst) * 1000:.0f} ms",
            remark=f"median of {number}, the last process counts; worst {worst[-1] * 1000:.0f} ms; "
            f"at most {SECONDS * 1000:.0f} ms",
        ),
        Row(
            what="in one of the processes, whichever",
            figure=f"{median(every) * 1000:.0f} ms",
            remark=f"worst {every[-1] * 1000:.0f} ms",
        ),
        Row(
            what="answered with statement and receipt",
            figure=f"{median(here) * 1000:.0f} ms",
            remark=f"worst {here[-1] * 1000:.0f} ms; in this process it holds by then",
        ),
    ]


async def _measured(store_url: str, folder: Path, number: int) -> list[Suspended]:
    administered = make_administered(issuers=number)
    bodies = [BodyId(f"CN-CB-{9000 + place}") for place in range(number)]
    await _admitted(administered, folder, store_url, bodies)
    async with AsyncExitStack() as stack:
        addresses = []
        for place in range(PROCESSES):
            say(f"starting process {place + 1} of {PROCESSES}")
            own = folder / f"hub{place}"
            own.mkdir()
            settings = administered.settings(
                own,
                store_url=store_url,
                # The last checkpoint is kept outside the database, for all of them.
                data_dir=folder / "data",
                workers=1,
                checkpoint_seconds=1.0,
                trust_reload_seconds=2.0,
                trust_follow_seconds=0.5,
                log_level="error",
            )
            _, one = await stack.enter_async_context(process(settings, own))
            addresses.append(one)
        partners = [one.partners for one in addresses]
        session = await stack.enter_async_context(aiohttp.ClientSession())
        plain = client_context(administered.world, folder, None)
        found = []
        lists = [f"{one.public}/v1/trust-lists/CN.sha2" for one in addresses]
        for place, body in enumerate(bodies):
            before = await _in_force(session, lists, plain)
            public = addresses[place % PROCESSES].public
            found.append(
                await _suspended(administered, folder, body, partners, (session, public, plain))
            )
            if place % 10 == 9:
                say(f"{place + 1} suspensions")
            with suppress(TimeoutError):
                async with asyncio.timeout(_PAUSE):
                    while await _in_force(session, lists, plain) in (before, None):  # noqa: ASYNC110
                        await asyncio.sleep(0.2)
        return found


async def _in_force(
    session: aiohttp.ClientSession, lists: list[str], plain: ssl.SSLContext
) -> str | None:
    """Return the digest of the list that is in force in every process; `None` if they differ."""
    found = set()
    for url in lists:
        async with session.get(url, ssl=plain) as answer:
            found.add(await answer.text())
    return found.pop() if len(found) == 1 else None


async def _admitted(
    administered: Administered, folder: Path, store_url: str, bodies: list[BodyId]
) -> None:
    """Admit so many bodies, each with an officer of its own."""
    say(f"admitting {len(bodies)} bodies")
    async with administered.open(folder / "first", store_url=store_url) as hub:
        await administered.admit(hub, CNAS)
        # An action has a megabyte at most.
        for start in range(0, len(bodies), 25):
            await administered.admit(hub, *bodies[start : start + 25])
        await administered.enrol(hub, *(make_person("officer", body) for body in bodies))


async def _suspended(
    administered: Administered,
    folder: Path,
    body: BodyId,
    partners: list[str],
    to: tuple[aiohttp.ClientSession, str, ssl.SSLContext],
) -> Suspended:
    key = next(one for one in administered.bodies[body].keys if one.role is KeyRole.TRANSPORT)
    said = administered.say(make_person("officer", body), suspension(body, key.fingerprint))
    async with AsyncExitStack() as stack:
        asking = []
        for base in partners:
            one = await stack.enter_async_context(
                aiohttp.ClientSession(
                    connector=aiohttp.TCPConnector(
                        ssl=client_context(administered.world, folder, body), limit=1
                    )
                )
            )
            # From here on the connection is open, and the hub has let the partner in.
            while await _status(one, base) != HTTPStatus.OK:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            asking.append((one, base))
        session, public, plain = to
        began = time.monotonic()
        refusals = asyncio.gather(*(_until_refused(one, base, began) for one, base in asking))
        async with session.post(
            f"{public}/v1/trust/actions", data=said, headers={"Content-Type": XML}, ssl=plain
        ) as answer:
            if answer.status != HTTPStatus.CREATED:
                raise RuntimeError(await answer.text())
        answered = time.monotonic() - began
        return Suspended(answered=answered, refused=tuple(await refusals))


async def _until_refused(session: aiohttp.ClientSession, base: str, began: float) -> float:
    while await _status(session, base) != HTTPStatus.FORBIDDEN:
        if time.monotonic() - began > _ENOUGH:
            raise RuntimeError("a suspension does not hold")
        await asyncio.sleep(_ASK_EVERY)
    return time.monotonic() - began


async def _status(session: aiohttp.ClientSession, base: str) -> int:
    # It asks the database for nothing, so that asking often does not slow down what is measured.
    async with session.get(f"{base}/v1/partners") as answer:
        await answer.read()
        return answer.status


def main() -> int:
    """Measure and print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else NUMBER
    with running_server() as server:
        rows = measure(server.create(), number=number)
    sys.stdout.write(table("Suspensions", rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
