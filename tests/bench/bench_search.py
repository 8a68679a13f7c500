"""Search over registers of two sizes: how long a page takes, and how that grows.

The index entries are those of real documents of a made register, with words and numbers of
holders that differ from row to row; receipts and octets are left out, since no question reads
them but for the hits of its page, each of which is read from a real document here.
"""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import Connection, insert, text

from exchange.core.index_entry import attestation_of, entry_of
from exchange.core.model import BodyId, Economy, Kind, Status
from exchange.core.searching import Question, Sight
from exchange.store.compression import Subject
from exchange.store.search_tables import NUMBERS, PLACES
from exchange.store.store import Store
from exchange.store.tables import REGISTER, STATEMENTS
from tests.bench.figures import Row, percentile, say
from tests.world import make_world

SMALL, LARGE = 17_000, 1_700_000
ROUNDS: Final = 5
_NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)
_AT_ONCE: Final = 5_000
_STATUSES: Final = (
    (0.90, Status.ACTIVE),
    (0.94, Status.SUSPENDED),
    (0.97, Status.WITHDRAWN),
    (1.00, Status.CANCELLED),
)
_HAN: Final = "海尔清岚华泰恒安瑞丰远达金龙新兴天宇中科永盛东方嘉诚百福宏源星辰绿野江南云峰德邦康宁"
_LATIN: Final = (
    "bright",
    "north",
    "delta",
    "silver",
    "harbour",
    "green",
    "star",
    "summit",
    "union",
    "pacific",
    "river",
    "crown",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A real document with its index entry."""

    data: bytes
    issuer: str
    scheme: str
    tokens: tuple[str, ...]


def samples() -> list[Sample]:
    """Return documents of the small world of the tests."""
    world = make_world()
    made = []
    for number in range(1, 60):
        data = world.attestation(number=number)
        entry = entry_of(data, BodyId("CN-CB-0103"))
        kept = tuple(one for one in entry.split() if not one.startswith(("k:", "x:", "v:")))
        scheme = "urn:mrhub:scheme:management-systems"
        made.append(Sample(data=data, issuer="CN-CB-0103", scheme=scheme, tokens=kept))
    return made


def _rows(number: int, first: int, made: Sequence[Sample]) -> Iterator[dict[str, Any]]:
    dice = random.Random(first)  # noqa: S311  figures, not keys
    for n in range(first, first + number):
        sample = made[n % len(made)]
        chance = dice.random()
        status = next(one for share, one in _STATUSES if chance <= share)
        year = dice.choice((2023, 2024, 2025, 2026))
        over = chance < 0.06
        expires = _NOW + timedelta(days=dice.randint(-300, -1) if over else dice.randint(1, 900))
        name = "".join(dice.choice(_HAN) for _ in range(4))
        own = [f"k:91{n:016d}", f"k:cert{n:09d}", *dice.choices(_LATIN, k=2), f"w{n % 50_021}"]
        own += [one + two for one, two in pairwise(name)]
        own += [f"v:{one}" for one in range(year, expires.year + 1)]
        own += [f"x:{expires.year}", f"x:{expires:%Y%m}", f"t:{status.value}"]
        yield {
            "n": n,
            "sample": sample,
            "status": status,
            "expires": expires,
            "words": " ".join(dict.fromkeys((*sample.tokens, *own))),
        }


_INSERT: Final = {
    "sqlite": text("INSERT INTO search_words (rowid, words) VALUES (:place, :words)"),
    "postgresql": text(
        "INSERT INTO search_words (place, words) VALUES "
        "(:place, array_to_tsvector(string_to_array(:words, ' ')))"
    ),
}


def _fill(connection: Connection, rows: list[dict[str, Any]], frame: bytes) -> None:
    connection.execute(
        insert(STATEMENTS),
        [
            {
                "sequence": row["n"],
                "content_digest": row["n"].to_bytes(32, "big"),
                "document_id": f"urn:{row['n']}",
                "kind": Kind.ATTESTATION.value,
                "issuer": row["sample"].issuer,
                "scheme": row["sample"].scheme,
                "size": 1,
                "body": frame,
                "subject": row["n"],
            }
            for row in rows
        ],
    )
    connection.execute(
        insert(REGISTER),
        [
            {
                "first": row["n"],
                "attestation_id": f"urn:{row['n']}",
                "issuer": row["sample"].issuer,
                "certificate_number": f"CERT-{row['n']:09d}",
                "scheme": row["sample"].scheme,
                "revision": 0,
                "statement": row["n"],
                "status": row["status"].value,
                "since": _NOW - timedelta(days=30),
                "expires_at": row["expires"],
                "changes": 0,
                "taken_over": 0,
                "parts": "[]",
                "token": row["n"].to_bytes(16, "big"),
            }
            for row in rows
        ],
    )
    connection.execute(
        _INSERT[connection.dialect.name],
        [
            {"place": row["n"] * PLACES + NUMBERS[row["status"]], "words": row["words"]}
            for row in rows
        ],
    )


def _questions(size: int) -> dict[str, Question]:
    some = size * 2 // 3
    return {
        "one certificate number": Question(identifier=f"CERT-{some:09d}"),
        "an identifier as text": Question(text=f"91{some:016d}"),
        "a word of one holder in 50,000": Question(text=f"w{some % 50_021}"),
        "a word inside a Chinese name": Question(text="海尔"),
        "four characters of a name": Question(text="海尔清岚"),
        "a common word": Question(text="harbour"),
        "two common words": Question(text="harbour delta"),
        "a common word that is withdrawn": Question(text="harbour", status=Status.WITHDRAWN),
        "a common word that has expired": Question(text="harbour", status=Status.EXPIRED),
        "suspended": Question(status=Status.SUSPENDED),
        "an edition": Question(standard="ISO 9001"),
        "an economy and a status": Question(economy=Economy("CN"), status=Status.CANCELLED),
        "valid on a day": Question(text="harbour", valid_on=date(2024, 5, 1)),
        "never together": Question(text="harbour", status=Status.SUPERSEDED),
        "a prefix": Question(text="harb* delta"),
    }


async def measure(url: str, size: int, *, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Fill a database and return the milliseconds of each page, by question.

    Args:
        url: An empty database.
        size: Certificates.
        rounds: How often each question is asked, on page after page.
    """
    made = samples()
    sight = Sight(everything=True)
    async with Store.open(url) as store:
        frame = store._codec.pack(made[0].data[:1500], Subject.STATEMENT)
        for first in range(0, size, _AT_ONCE):
            rows = list(_rows(min(_AT_ONCE, size - first), first, made))
            await store._database.write(partial(_fill, rows=rows, frame=frame))
        if url.startswith("postgresql"):
            await store._database.write(_analyze)
        taken: dict[str, list[float]] = {}
        gc.collect()
        for name, question in _questions(size).items():
            taken[name] = []
            after = None
            for _ in range(rounds):
                began = time.perf_counter()
                page = await store.search(question, sight=sight, after=after, limit=20, at=_NOW)
                for hit in page.hits:
                    attestation_of(made[hit.place % len(made)].data)
                taken[name].append((time.perf_counter() - began) * 1000)
                after = page.after
        return taken


def _analyze(connection: Connection) -> None:
    for table in ("search_words", "statements", "register"):
        connection.execute(text(f"ANALYZE {table}"))


def report(urls: dict[str, tuple[str, str]], small: int = SMALL, large: int = LARGE) -> list[Row]:
    """Return the lines of the table: for each engine two empty databases."""
    rows = []
    for engine, (few, many) in urls.items():
        middle = {}
        for size, url in ((small, few), (large, many)):
            say(f"search: {size} certificates on {engine}")
            taken = asyncio.run(measure(url, size))
            every = [one for each in taken.values() for one in each]
            worst = max(taken, key=lambda name: percentile(taken[name], 0.95))
            middle[size] = percentile(every, 0.5)
            rows.append(
                Row(
                    what=f"search over {size:,} certificates, {engine}",
                    figure=f"{percentile(every, 0.5):.1f} ms, p95 {percentile(every, 0.95):.1f} ms",
                    remark=f"worst: {worst}, {max(taken[worst]):.1f} ms; p95 at most 100 ms",
                )
            )
        rows.append(
            Row(
                what=f"growth, {engine}",
                figure=f"{middle[large] / middle[small]:.2f}",
                remark=f"of the median, from {small:,} to {large:,}; less than 1.5",
            )
        )
    return rows
