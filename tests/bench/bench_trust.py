"""Trust lists of thousands of keys: publishing them, and what they cost each document.

- Published are 5,000 keys with key certificates of their own, all on the list of one economy:
  written, signed in a vault of files, and read back as a stranger reads them.
- Gate 4 is timed over the same documents under two snapshots in turns: one with the keys of the
  corpus alone, one with 5,000 keys.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from exchange.core.certificate import read_certificate
from exchange.core.document.start_tags import start_tags
from exchange.core.examine import examine
from exchange.core.model import BodyId, BodyRole, KeyRole
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.snapshot import Snapshot
from exchange.core.trust import establish
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_values import Body, KeyEntry, ListType
from exchange.core.xml import parse
from exchange.service.footprint import settle
from exchange.service.materials import load_catalogue, load_code_lists
from exchange.service.publish import (
    BuiltLists,
    Cover,
    Edition,
    Press,
    Release,
    publish_lists,
)
from exchange.vault.files import FileVault
from exchange.vault.key_certificates import self_issued
from exchange.vault.vault import KeyKind, NewKey, key_name
from tests.bench.corpus import HUB, PASS_PHRASE, Corpus
from tests.bench.figures import Row, microseconds, singly

KEYS: Final = 5_000
SECONDS: Final = 2.0
"""How long publishing them may take."""
MICROSECONDS: Final = 30
"""What trust may add to an examination with so many keys on the lists."""
_FEW, _MANY, _TAGS = "gate 4, few keys", "gate 4, many keys", "start tags"
_WHOLE_FEW, _WHOLE_MANY = "examination, few keys", "examination, many keys"


def measure(corpus: Corpus, *, rounds: int, keys: int = KEYS) -> list[Row]:
    """Return the figures about lists of many keys."""
    lists: list[TrustList] = []
    published = asyncio.run(_publishing(corpus, keys, lists))
    return [*published, *_establishing(corpus, lists, rounds)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shelf:
    """Everything that is needed to publish again and again."""

    editions: tuple[Edition, ...]
    cover: Cover
    press: Press
    at: datetime

    async def publish(
        self, editions: Sequence[Edition], previous: Sequence[TrustList] = ()
    ) -> tuple[BuiltLists, float, float]:
        """Return what was published, with the seconds and the processor seconds it took."""
        began, worked = time.perf_counter(), time.process_time()
        built = await publish_lists(
            editions, cover=self.cover, press=self.press, at=self.at, previous=previous
        )
        return built, time.perf_counter() - began, time.process_time() - worked


async def _shelf(corpus: Corpus, keys: int) -> _Shelf:
    """Return the lists of the corpus with so many keys on the list of one economy."""
    lists = [one for one in corpus.built.lists if one.type is ListType.ECONOMY]
    home, template = next(
        (one, body)
        for one in lists
        for body in one.bodies
        if BodyRole.CERTIFICATION_BODY in body.roles
    )
    missing = keys - sum(len(body.keys) for one in lists for body in one.bodies)
    more = tuple(
        _another(template, number, corpus.made_at)
        for number in range(-(-missing // len(template.keys)))
    )
    signer = key_name(BodyId(HUB), KeyRole.LIST)
    top = next(one for one in corpus.built.lists if one.type is ListType.LIST_OF_LISTS)
    release = Release(
        catalogue=load_catalogue(), code_lists=load_code_lists(), limits=corpus.snapshot.limits
    )
    return _Shelf(
        editions=tuple(
            Edition(
                territory=one.territory,
                operator=one.operator,
                signer=signer,
                bodies=(*one.bodies, *more) if one is home else one.bodies,
            )
            for one in lists
        ),
        cover=Cover(
            territory=top.territory,
            operator=top.operator,
            signer=signer,
            location="https://hub.example/v1/trust-lists/",
        ),
        press=Press(
            vault=await FileVault.open(corpus.folder / "vault", PASS_PHRASE),
            release=release,
            valid_for=timedelta(days=90),
        ),
        at=corpus.made_at,
    )


def _another(template: Body, number: int, now: datetime) -> Body:
    """Return a body like another one, with an id and keys of its own."""
    body = BodyId(f"{template.economy}-CB-M{number:05d}")
    keys = tuple(_own_key(key, body, now) for key in template.keys)
    return replace(template, id=body, keys=keys)


def _own_key(like: KeyEntry, body: BodyId, now: datetime) -> KeyEntry:
    private = ec.generate_private_key(ec.SECP256R1())
    new = NewKey(
        kind=KeyKind.EC_P256,
        organisation=body,
        economy=body[:2],
        not_before=now - timedelta(days=400),
        not_after=now + timedelta(days=400),
    )
    der = self_issued(private, key_name(body, like.role), new, serial=1)
    return replace(like, body=body, certificate=read_certificate(der))


async def _publishing(corpus: Corpus, keys: int, lists: list[TrustList]) -> list[Row]:
    """Publish everything, then one change, then nothing at all; hand over the lists."""
    shelf = await _shelf(corpus, keys)
    usual = gc.get_threshold()
    settle()  # As every hub does when all is loaded.
    first, took, worked = await shelf.publish(shelf.editions)
    lists += first.lists
    count = sum(len(body.keys) for one in first.lists for body in one.bodies)
    largest = max(len(data) for data in first.files.values())
    longest, *others = sorted(shelf.editions, key=lambda one: -len(one.bodies))
    body = replace(longest.bodies[0], cab_code="77")
    edited = (replace(longest, bodies=(body, *longest.bodies[1:])), *others)
    second, changed, _ = await shelf.publish(edited, first.lists)
    _, unchanged, _ = await shelf.publish(edited, second.lists)
    gc.unfreeze()
    gc.set_threshold(*usual)
    return [
        Row(
            what=f"publish {count} keys: written, signed, read back",
            figure=f"{took:.2f} s",
            remark=f"{worked:.2f} s of processor time, {largest / 1e6:.1f} MB; "
            f"at most {SECONDS:.0f} s",
        ),
        Row(
            what=f"one change among {count} keys",
            figure=f"{changed:.2f} s",
            remark=f"{len(second.changed)} of {len(first.files)} lists made anew",
        ),
        Row(what="nothing changed", figure=f"{unchanged * 1000:.0f} ms", remark="no list made"),
    ]


def _establishing(corpus: Corpus, lists: Sequence[TrustList], rounds: int) -> list[Row]:
    """Time gate 4, and whole examinations, with few and with many keys."""
    few = corpus.snapshot
    many = Snapshot.build(
        catalogue=few.catalogue,
        limits=few.limits,
        algorithms=few.algorithms,
        trust=Trust.build(lists),
        code_lists=few.code_lists,
        hub=few.hub,
        production=few.production,
    )
    at = corpus.made_at
    signed = {
        data: verify(conform(parse(data, few.limits), few.catalogue, few.limits), few.algorithms)
        for data in corpus.signed
    }
    work: dict[str, Callable[[bytes], object]] = {
        _FEW: lambda data: establish(signed[data], few, at),
        _MANY: lambda data: establish(signed[data], many, at),
        _TAGS: lambda data: start_tags(signed[data].content),
        _WHOLE_FEW: lambda data: examine(data, few, at),
        _WHOLE_MANY: lambda data: examine(data, many, at),
    }
    taken = microseconds(
        {name: singly(one) for name, one in work.items()}, corpus.signed, rounds=rounds
    )
    counts = [len(one.trust.by_fingerprint) for one in (few, many)]
    added = taken[_MANY] - taken[_TAGS]
    return [
        Row(
            what=f"gate 4 with {counts[1]} keys on the lists",
            figure=f"{taken[_MANY]:.0f} µs",
            remark=f"{taken[_FEW]:.0f} µs with {counts[0]} keys; of both {taken[_TAGS]:.0f} µs are "
            "the reading that gate 5 shares",
        ),
        Row(
            what="trust evaluation alone",
            figure=f"{added:.0f} µs",
            remark=f"with {counts[1]} keys; at most {MICROSECONDS} µs",
        ),
        Row(
            what="more keys in a whole examination",
            figure=f"{taken[_WHOLE_MANY] - taken[_WHOLE_FEW]:+.0f} µs",
            remark=f"{taken[_WHOLE_MANY]:.0f} µs with {counts[1]} keys, "
            f"{taken[_WHOLE_FEW]:.0f} µs with {counts[0]}",
        ),
    ]
