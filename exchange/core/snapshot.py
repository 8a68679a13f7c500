"""Everything that a verdict depends on beside the document, under one id.

- A snapshot is immutable: a new list, schema or code list makes a new snapshot.
- The id covers the octets or versions of every part, so that equal ids mean equal verdicts
  about the same document at the same instant.
- Here lists and code lists meet, so here TSL-07 holds the economies of the one against the other.
- Interruptions and revocation facts are laid over a snapshot without building it again: the
  digests of all other parts are remembered, and nothing of them is read a second time.
- The parts are kept by the store, so that any decision can be replayed.

Example:
    >>> snapshot = Snapshot.build(catalogue=catalogue, trust=Trust.build(lists), ...)
    >>> snapshot.id
    '5b0c…'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from exchange.core.algorithms import AlgorithmTable
from exchange.core.code_lists import CodeLists
from exchange.core.interruptions import NOTHING_INTERRUPTED, Interruption, Interruptions
from exchange.core.limits import Limits
from exchange.core.model import BodyId, Fingerprint, SnapshotId
from exchange.core.revocation_facts import NOTHING_KNOWN, RevocationFacts
from exchange.core.schema import Catalogue
from exchange.core.trust_index import Trust
from exchange.core.trust_list_rules import economies_are_known
from exchange.core.trust_values import POLICY, TrustPolicy
from exchange.errors import TrustError

_INTERRUPTIONS: Final = "interruptions"
_REVOCATION: Final = "revocation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Catalogue, limits, algorithms, trust lists and code lists of one moment."""

    catalogue: Catalogue
    limits: Limits
    algorithms: AlgorithmTable
    trust: Trust
    code_lists: CodeLists
    hub: BodyId
    """Who examines."""
    production: bool
    """Whether test documents are refused (rule HDR-05)."""
    id: SnapshotId
    _parts: Mapping[str, bytes] = field(repr=False)
    _digests: Mapping[str, str] = field(repr=False)
    """Hexadecimal SHA-256 of each part."""
    interruptions: Interruptions = NOTHING_INTERRUPTED
    """What administrators have stopped and the lists do not show yet."""
    revocation: RevocationFacts = NOTHING_KNOWN
    """What certification authorities say of the key certificates that name one."""

    @classmethod
    def build(
        cls,
        *,
        catalogue: Catalogue,
        limits: Limits,
        algorithms: AlgorithmTable,
        trust: Trust,
        code_lists: CodeLists,
        hub: BodyId,
        production: bool,
    ) -> Snapshot:
        """Return the snapshot of these parts, with its id computed over all of them.

        Raises:
            TrustError: A body lives in, or serves, an economy that the code lists do not know.
        """
        unknown = [f for one in trust.lists for f in economies_are_known(one, code_lists)]
        if unknown:
            raise TrustError(*unknown)
        parts: dict[str, bytes] = {
            "catalogue": catalogue.digest.encode(),
            "limits": _stable(_fields(limits)),
            "algorithms": algorithms.version.encode(),
            "code-lists": _stable(code_lists.versions),
            "hub": hub.encode(),
            "policy": _stable(_fields(POLICY)),
            "production": str(production).lower().encode(),
            _INTERRUPTIONS: NOTHING_INTERRUPTED.octets(),
            _REVOCATION: NOTHING_KNOWN.octets(),
        }
        for one in trust.lists:
            parts[f"trust/{one.type.name.lower()}/{one.territory}/{one.sequence}"] = one.data
        digests = {name: sha256(data).hexdigest() for name, data in parts.items()}
        return cls(
            catalogue=catalogue,
            limits=limits,
            algorithms=algorithms,
            trust=trust,
            code_lists=code_lists,
            hub=hub,
            production=production,
            id=_identify(digests),
            _parts=MappingProxyType(parts),
            _digests=MappingProxyType(digests),
        )

    def with_interruptions(self, interruptions: Interruptions) -> Snapshot:
        """Return this snapshot with another overlay in place of its own, cheaply.

        The other certificates of an interrupted public key are interrupted with it.
        """
        keys: dict[Fingerprint, Interruption] = {}
        for fingerprint, stop in interruptions.keys.items():
            for one in {fingerprint, *self.trust.same_key(fingerprint)}:
                if one not in keys or stop.since < keys[one].since:
                    keys[one] = stop
        spread = Interruptions.of(keys=keys, bodies=interruptions.bodies)
        return replace(self._with(_INTERRUPTIONS, spread.octets()), interruptions=spread)

    def with_revocation(self, facts: RevocationFacts) -> Snapshot:
        """Return this snapshot with other revocation facts in place of its own, cheaply."""
        return replace(self._with(_REVOCATION, facts.octets()), revocation=facts)

    def bare(self) -> Snapshot:
        """Return this snapshot as it was built, with nothing laid over it."""
        return self.with_interruptions(NOTHING_INTERRUPTED).with_revocation(NOTHING_KNOWN)

    def _with(self, name: str, data: bytes) -> Snapshot:
        """Return this snapshot with the octets of one part replaced."""
        digests = {**self._digests, name: sha256(data).hexdigest()}
        return replace(
            self,
            id=_identify(digests),
            _parts=MappingProxyType({**self._parts, name: data}),
            _digests=MappingProxyType(digests),
        )

    def parts(self) -> Mapping[str, bytes]:
        """Return what must be kept to replay a verdict, by name.

        Trust lists stand with their octets; schemas, code lists and software tables with
        their digests or versions, since their octets travel with the release.
        """
        return self._parts


def _fields(value: Limits | TrustPolicy) -> Mapping[str, object]:
    return {one.name: getattr(value, one.name) for one in fields(value)}


def _stable(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, default=_plain, separators=(",", ":")).encode()


def _plain(value: object) -> object:
    """Write what JSON does not know: sets in order, everything else as text."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)


def _identify(digests: Mapping[str, str]) -> SnapshotId:
    digest = sha256()
    for name in sorted(digests):
        digest.update(f"{name}\n{digests[name]}\n".encode())
    return SnapshotId(digest.hexdigest())
