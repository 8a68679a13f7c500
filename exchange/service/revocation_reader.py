"""Reads kept answers about revocation, each once while the process lives.

- To verify an answer takes milliseconds, a large revocation list takes seconds: both are done
  in a thread, and what came out is remembered by the digest of the octets.
- A path holds or does not; when its links end is judged at the proof time of each document.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from exchange.core.model import Fingerprint
from exchange.core.revocation_facts import RevocationFact, RevocationSource
from exchange.errors import Finding, PeerError
from exchange.service.revocation_answers import read_answer, read_list, require_path
from exchange.service.revocation_questions import Asked


@dataclass(slots=True, eq=False)
class RevocationReader:
    """What was read from answers, and which paths hold."""

    _read: dict[tuple[bytes, Fingerprint], RevocationFact | Finding] = field(default_factory=dict)
    """By digest of the octets and key certificate."""
    _paths: dict[Fingerprint, Finding | None] = field(default_factory=dict)

    async def fresh(
        self,
        source: RevocationSource,
        octets: bytes,
        asked: Iterable[Asked],
        *,
        nonce: bytes,
        at: datetime,
    ) -> tuple[RevocationFact, ...]:
        """Return what octets that have just come back say of key certificates.

        Raises:
            PeerError: They say nothing of any of them.
        """
        believed: list[RevocationFact] = []
        refused: PeerError | None = None
        for one in asked:
            try:
                believed.append(await _facts(source, octets, one, nonce, at))
            except PeerError as error:
                refused = refused or error
        if refused is not None and not believed:
            raise refused
        return tuple(believed)

    async def kept(
        self, source: RevocationSource, octets: bytes, asked: Asked, at: datetime
    ) -> RevocationFact | Finding:
        """Return what kept octets say of a key certificate, or why they say nothing."""
        name = (sha256(octets).digest(), asked.certificate.fingerprint)
        found = self._read.get(name)
        if found is None:
            try:
                found = await _facts(source, octets, asked, None, at)
            except PeerError as error:
                found = error.findings[0]
            self._read[name] = found
        return found

    async def broken_path(self, asked: Asked) -> Finding | None:
        """Return why the path of a key certificate to its anchor is not valid, if it is not."""
        name = asked.certificate.fingerprint
        if name not in self._paths:
            try:
                await asyncio.to_thread(require_path, asked)
                self._paths[name] = None
            except PeerError as error:
                self._paths[name] = error.findings[0]
        return self._paths[name]

    def forget(self, asked: Collection[Fingerprint], octets: Iterable[bytes]) -> None:
        """Let go of everything but these key certificates and these octets."""
        digests = {sha256(one).digest() for one in octets}
        self._read = {
            name: found
            for name, found in self._read.items()
            if name[0] in digests and name[1] in asked
        }
        self._paths = {name: one for name, one in self._paths.items() if name in asked}


async def _facts(
    source: RevocationSource, octets: bytes, asked: Asked, nonce: bytes | None, at: datetime
) -> RevocationFact:
    if source is RevocationSource.CRL:
        return await asyncio.to_thread(read_list, octets, asked, at=at)
    return await asyncio.to_thread(read_answer, octets, asked, nonce=nonce, at=at)
