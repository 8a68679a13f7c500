"""Revocation facts from files that a reader has: for verdicts off line, where nobody is asked.

- Each file is a revocation list or an OCSP answer, DER or PEM; it is held against every key
  certificate of the lists that names an authority, as if it had just been fetched.
- A file that says nothing of anybody is refused: whoever gives it believes that it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from asn1crypto import pem

from exchange.codes.revocation import RevocationCode
from exchange.core.model import Fingerprint
from exchange.core.revocation_facts import (
    RevocationFact,
    RevocationFacts,
    RevocationSource,
    settle,
)
from exchange.core.snapshot import Snapshot
from exchange.errors import Finding, PeerError
from exchange.service.revocation_questions import Asked, chain_of
from exchange.service.revocation_reader import RevocationReader

_SOURCES: Final = (RevocationSource.CRL, RevocationSource.OCSP)


def facts_from_files(
    files: Sequence[bytes], snapshot: Snapshot, *, at: datetime
) -> RevocationFacts:
    """Return what the files say of the key certificates on the lists.

    Args:
        files: Octets of revocation lists and OCSP answers.
        snapshot: The lists.
        at: Now: what is made later is not believed.

    Raises:
        PeerError: A file says nothing of any key certificate on the lists.
    """
    return asyncio.run(_read(files, snapshot, at))


async def _read(files: Sequence[bytes], snapshot: Snapshot, at: datetime) -> RevocationFacts:
    reader = RevocationReader()
    answers: dict[Fingerprint, list[RevocationFact]] = {}
    asked = {
        one.certificate.fingerprint: one
        for listed in snapshot.trust.by_fingerprint.values()
        for one in chain_of(listed.key)
    }
    for number, octets in enumerate(map(unarmored, files), 1):
        told = [fact for one in asked.values() for fact in await _told(reader, octets, one, at)]
        if not told:
            raise PeerError(
                Finding(
                    code=RevocationCode.FOR_ANOTHER,
                    path=f"file {number}",
                    message="expected a revocation list or an OCSP answer about a key certificate "
                    "on the lists, found none that holds",
                )
            )
        for fact in told:
            answers.setdefault(fact.certificate, []).append(fact)
    return RevocationFacts.of(settle(name, facts, None) for name, facts in answers.items())


async def _told(
    reader: RevocationReader, octets: bytes, asked: Asked, at: datetime
) -> list[RevocationFact]:
    read = [await reader.kept(source, octets, asked, at) for source in _SOURCES]
    return [one for one in read if isinstance(one, RevocationFact)]


def unarmored(octets: bytes) -> bytes:
    """Return the DER octets of a PEM file, or the octets."""
    if not pem.detect(octets):
        return octets
    try:
        return bytes(pem.unarmor(octets)[2])
    except ValueError:
        return octets
