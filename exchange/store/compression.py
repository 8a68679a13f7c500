"""Octets at rest: zstandard frames, with dictionaries that live in the database.

- A frame names its dictionary by id and its own size; no column repeats them.
- A dictionary is never changed or removed, so what was written stays readable.
- Reading has a cap: a frame that promises more is refused before anything is unpacked.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import zstandard

from exchange.codes.store import StoreCode
from exchange.core.limits import MIB
from exchange.errors import Finding, StoreError

LEVEL: Final = 3
"""zstandard level; with a dictionary, 9 saves 2 % of the octets for three times the work."""
MAX_BODY_BYTES: Final = 64 * MIB
"""Largest body that is ever read back, in octets: twice the largest document accepted."""
DICTIONARY_BYTES: Final = 1024 * 1024
"""Size of a trained dictionary, in octets: room for the schemes of a whole register. Of a made
certificate of any scheme, 12.4 KB, 512 KiB leave 615 octets and 1 MiB 568, in the same time;
2 MiB would leave 555."""
_SMALLEST: Final = 64 * 1024
_SHARE: Final = 16
"""Octets of samples for one of the dictionary: a larger one learns what is in one sample only."""


class Subject(StrEnum):
    """What a dictionary is for."""

    STATEMENT = "statement"
    RECEIPT = "receipt"
    OTHER = "other"
    """Never has a dictionary."""


def train(samples: Sequence[bytes], dictionary_id: int) -> bytes | None:
    """Return a dictionary made from samples, or `None` when they are too few or too unlike.

    Args:
        samples: Whole bodies of one subject.
        dictionary_id: Written into the dictionary and every frame; 1 or more.
    """
    size = min(DICTIONARY_BYTES, max(_SMALLEST, sum(map(len, samples)) // _SHARE))
    try:
        trained = zstandard.train_dictionary(
            size, list(samples), dict_id=dictionary_id, level=LEVEL
        )
    except zstandard.ZstdError:
        return None
    return trained.as_bytes()


class _Contexts(threading.local):
    """The contexts of one thread; zstandard's must not be shared."""

    def __init__(self) -> None:
        self.packers: dict[int, zstandard.ZstdCompressor] = {}
        self.unpackers: dict[int, zstandard.ZstdDecompressor] = {}


class Codec:
    """Compresses and decompresses; every thread has its own contexts."""

    def __init__(self) -> None:
        """Start without dictionaries."""
        self._dictionaries: dict[int, zstandard.ZstdCompressionDict] = {}
        self._newest: dict[str, int] = {}
        self._local = _Contexts()

    def learn(self, dictionary_id: int, subject: str, body: bytes) -> None:
        """Add a dictionary; the newest of a subject is used for writing."""
        self._dictionaries[dictionary_id] = zstandard.ZstdCompressionDict(body)
        self._newest[subject] = max(dictionary_id, self._newest.get(subject, 0))

    def knows(self, dictionary_id: int) -> bool:
        """Tell whether the dictionary is there."""
        return dictionary_id == 0 or dictionary_id in self._dictionaries

    def has(self, subject: Subject) -> bool:
        """Tell whether the subject has a dictionary."""
        return subject in self._newest

    def pack(self, data: bytes, subject: Subject) -> bytes:
        """Return one frame that holds the octets."""
        dictionary_id = self._newest.get(subject, 0)
        packers = self._local.packers
        packer = packers.get(dictionary_id)
        if packer is None:
            dictionary = self._dictionaries.get(dictionary_id)
            if dictionary is not None:
                dictionary.precompute_compress(level=LEVEL)
            packer = zstandard.ZstdCompressor(
                level=LEVEL, dict_data=dictionary, write_checksum=False
            )
            packers[dictionary_id] = packer
        return packer.compress(data)

    def unpack(self, frame: bytes) -> bytes:
        """Return the octets of a frame.

        Raises:
            StoreError: The frame is damaged, too large, or its dictionary is missing.
        """
        try:
            parameters = zstandard.get_frame_parameters(frame)
            if parameters.content_size > MAX_BODY_BYTES:
                raise _damaged(f"expected {MAX_BODY_BYTES} octets at most")
            return self._unpacker(parameters.dict_id).decompress(
                frame, max_output_size=MAX_BODY_BYTES
            )
        except zstandard.ZstdError as exc:
            raise _damaged(str(exc)) from exc

    def _unpacker(self, dictionary_id: int) -> zstandard.ZstdDecompressor:
        unpackers = self._local.unpackers
        unpacker = unpackers.get(dictionary_id)
        if unpacker is None:
            if not self.knows(dictionary_id):
                raise _damaged(f"dictionary {dictionary_id} is not in the database")
            unpacker = zstandard.ZstdDecompressor(dict_data=self._dictionaries.get(dictionary_id))
            unpackers[dictionary_id] = unpacker
        return unpacker


def _damaged(message: str) -> StoreError:
    return StoreError(Finding(code=StoreCode.DAMAGED, message=message))


def dictionary_of(frame: bytes) -> int:
    """Return the id of the dictionary that a frame needs, 0 for none."""
    try:
        return zstandard.get_frame_parameters(frame).dict_id
    except zstandard.ZstdError:
        return 0
