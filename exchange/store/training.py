"""Training a dictionary in a process of its own, which takes its memory with it.

    python -m exchange.store.training     # a lesson on its input, a dictionary on its output

Training needs some forty times the octets of a dictionary for a second or two. Inside the hub
they would stay with it for good, scattered between what lives on (measured: 37 MiB).
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from typing import Final

from exchange.errors import StoreError
from exchange.store.children import answered
from exchange.store.compression import Codec, train
from exchange.store.dictionaries import FEWEST, Lesson

SECONDS: Final = 120.0
"""How long a training may take."""


def learned(lesson: Lesson) -> bytes | None:
    """Train a dictionary; this takes seconds and needs no database."""
    if len(lesson.frames) < FEWEST:
        return None
    codec = Codec()
    for dictionary_id, subject, body in lesson.dictionaries:
        codec.learn(dictionary_id, subject, body)
    return train([codec.unpack(frame) for frame in lesson.frames], lesson.dictionary_id)


async def learned_apart(lesson: Lesson) -> bytes | None:
    """Train a dictionary in another process; `None` also when that one fails."""
    if len(lesson.frames) < FEWEST:
        return None
    try:
        async with asyncio.timeout(SECONDS):
            trained, ended = await answered("exchange.store.training", pickle.dumps(lesson))
    except TimeoutError:
        return None
    return trained if trained and ended == 0 else None


def main() -> None:
    """Train one dictionary."""
    try:
        body = learned(pickle.load(sys.stdin.buffer))  # noqa: S301 - from our own parent
    except StoreError as error:
        sys.exit(str(error))
    sys.stdout.buffer.write(body or b"")


if __name__ == "__main__":
    main()
