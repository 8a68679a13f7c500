"""Everything that a verdict depends on beside the document, under one id.

- A snapshot is immutable: a new list, schema or code list makes a new snapshot.
- The id covers the octets or versions of every part, so that equal ids mean equal verdicts
  about the same document at the same instant.
- Here lists and code lists meet, so here TSL-07 holds the economies of the one against the other.
- The parts are kept by the store, so that any decision can be replayed.

Example:
    >>> snapshot = Snapshot.build(catalogue=catalogue, trust=Trust.build(lists), ...)
    >>> snapshot.id
    '5b0c…'
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import sha256
from types import MappingProxyType

from exchange.core.algorithms import AlgorithmTable
from exchange.core.code_lists import CodeLists
from exchange.core.limits import Limits
from exchange.core.model import BodyId, SnapshotId
from exchange.core.schema import Catalogue
from exchange.core.trust_index import Trust
from exchange.core.trust_list_rules import economies_are_known
from exchange.core.trust_values import POLICY, TrustPolicy
from exchange.errors import TrustError


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
        }
        for one in trust.lists:
            parts[f"trust/{one.type.name.lower()}/{one.territory}/{one.sequence}"] = one.data
        return cls(
            catalogue=catalogue,
            limits=limits,
            algorithms=algorithms,
            trust=trust,
            code_lists=code_lists,
            hub=hub,
            production=production,
            id=_identify(parts),
            _parts=MappingProxyType(parts),
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


def _identify(parts: Mapping[str, bytes]) -> SnapshotId:
    digest = sha256()
    for name in sorted(parts):
        digest.update(name.encode() + b"\n" + sha256(parts[name]).hexdigest().encode() + b"\n")
    return SnapshotId(digest.hexdigest())
