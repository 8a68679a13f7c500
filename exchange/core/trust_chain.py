"""Reading trust lists together: which of them the reader's one pin leads to.

Rules, beside those of each list (`exchange.core.trustlist`):
 1. a list is believed when its signer is pinned, or named by a list above it that is believed.
    What the list before it announced counts only where nothing stands above: otherwise whoever
    once held a list key could name a successor past the list that took the key away;
 2. TSL-05: the pointers make no loop;
 3. the root that delegates signs delegations and nothing else, so that its key stays off line:
    whoever pins it refuses a list of lists or of an economy under its signature.

A world without delegation stays as it was: the pinned key signs the list of lists itself, or
the one list that its reader is interested in.

Example:
    >>> lists = read_lists(files, catalogue=catalogue, limits=limits, algorithms=algorithms,
    ...                    pinned={root}, at=now)
    >>> trust = Trust.build(lists)

Source: ETSI TS 119 612 v2.4.1, clause 5.3.13; documents and rules, section 10, TSL-02, TSL-05.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from exchange.codes.trust import TrustCode
from exchange.core.algorithms import AlgorithmTable
from exchange.core.limits import Limits
from exchange.core.model import Fingerprint
from exchange.core.schema import Catalogue
from exchange.core.trust_index import TrustList
from exchange.core.trust_reading import KnownCertificates
from exchange.core.trust_values import ListType
from exchange.core.trustlist import ListName, Opened, admit, open_list, still_decides
from exchange.errors import Finding, TrustError


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Everything that the reading of several lists depends on."""

    catalogue: Catalogue
    limits: Limits
    """Sizes beyond which nothing is read."""
    algorithms: AlgorithmTable
    """The algorithms in force."""
    pinned: Collection[Fingerprint]
    """Who may sign the delegation, or the list of lists, or, for a reader of one list only,
    that list. Nobody pinned means that no list is believed."""
    at: datetime
    """The instant of arrival, aware UTC."""
    previous: Collection[TrustList] = ()
    """Lists accepted before; each is held against the new one of its name."""
    kept: Collection[TrustList] = ()
    """Of those, lists that this process has read with the same catalogue and limits. Given again
    with the same octets, their signature and entries are not read a second time; whether they
    are believed is decided anew."""
    known: KnownCertificates = field(default_factory=dict)
    """Key certificates that this process has read before."""


def read_lists(
    files: Iterable[bytes],
    *,
    catalogue: Catalogue,
    limits: Limits,
    algorithms: AlgorithmTable,
    pinned: Collection[Fingerprint],
    at: datetime,
    previous: Iterable[TrustList] = (),
) -> tuple[TrustList, ...]:
    """Return all lists of a set, each pinned by the reader or named by one that is.

    Args:
        files: The octets of the lists in any order.
        catalogue: The registered schemas.
        limits: Sizes beyond which nothing is read.
        algorithms: The algorithms in force.
        pinned: Fingerprints of the root: who may sign the delegation, or the list of lists (or,
            for a reader of one list only, that list).
        at: The instant of arrival, aware UTC.
        previous: Lists accepted before; each is held against the new one of its name.

    Raises:
        RejectedError: As `read_list`; also `trust.list-not-named` for a list that nobody
            vouches for, `trust.pointer-loop` and `trust.root-signs-list`.
        UndecidedError: One of the lists is past its next update.
    """
    return read_chain(
        files,
        Reading(
            catalogue=catalogue,
            limits=limits,
            algorithms=algorithms,
            pinned=pinned,
            at=at,
            previous=tuple(previous),
        ),
    )


def read_chain(files: Iterable[bytes], reading: Reading) -> tuple[TrustList, ...]:
    """Return all lists of a set, as `read_lists` does.

    Raises:
        RejectedError: As `read_lists`.
        UndecidedError: One of the lists is past its next update.
    """
    before = {(one.type, one.territory): one for one in reading.previous}
    kept = {one.digest: one for one in reading.kept}
    waiting = [kept.get(sha256(data).digest()) or _open(data, reading) for data in files]
    below = {name for one in (*waiting, *before.values()) for name in _pointed(one)}
    admitted: list[TrustList] = []
    named: dict[ListName, frozenset[Fingerprint]] = {}
    progress = True
    while waiting and progress:
        progress = False
        for candidate in tuple(waiting):
            name = _name(candidate)
            earlier = before.get(name)
            allowed = {*reading.pinned, *named.get(name, ())}
            if earlier is not None and name not in below:  # 1
                allowed |= earlier.announces
            if candidate.signer not in allowed:
                continue
            one = _believe(candidate, allowed, earlier, reading)
            admitted.append(one)
            for pointer in one.pointers:
                target = (pointer.type, pointer.territory)
                named[target] = named.get(target, frozenset()) | pointer.signers
            waiting.remove(candidate)
            progress = True
    # What a list above names under another signer comes first: nothing below it is named then.
    for candidate in sorted(waiting, key=lambda one: _name(one) not in named):
        _refuse_unnamed(candidate, named)
    _refuse_loops(admitted)  # 2
    _refuse_lists_of_roots(admitted, before.values())  # 3
    return tuple(admitted)


def _open(data: bytes, reading: Reading) -> Opened:
    return open_list(
        data, catalogue=reading.catalogue, limits=reading.limits, algorithms=reading.algorithms
    )


def _believe(
    candidate: Opened | TrustList,
    signers: Collection[Fingerprint],
    earlier: TrustList | None,
    reading: Reading,
) -> TrustList:
    if isinstance(candidate, TrustList):
        still_decides(candidate, reading.at)
        return candidate
    return admit(
        candidate, reading.catalogue, signers, reading.at, previous=earlier, known=reading.known
    )


def _name(one: Opened | TrustList) -> ListName:
    return (one.type, one.territory) if isinstance(one, TrustList) else one.name


def _pointed(one: Opened | TrustList) -> list[ListName]:
    pointers = one.pointers if isinstance(one, TrustList) else one.heading.pointers
    return [(pointer.type, pointer.territory) for pointer in pointers]


def _refuse_unnamed(
    candidate: Opened | TrustList, named: Mapping[ListName, frozenset[Fingerprint]]
) -> None:
    name = _name(candidate)
    signer = candidate.signer.hex()
    if name in named:
        raise _refusal(
            TrustCode.LIST_SIGNER,
            f"list of {name[1]}: signed by {signer}, which the list above it does not name",
        )
    raise _refusal(
        TrustCode.LIST_NOT_NAMED,
        f"list of {name[1]}: signed by {signer}, and no list in force names it",
    )


def _refuse_loops(lists: Iterable[TrustList]) -> None:
    """TSL-05: follow every pointer; a list that can be reached from itself is a loop."""
    names = {(one.type, one.territory): _pointed(one) for one in lists}
    for start, pointed in names.items():
        seen: set[ListName] = set()
        todo = list(pointed)
        while todo:
            target = todo.pop()
            if target == start:
                raise _refusal(
                    TrustCode.POINTER_LOOP, f"the pointers lead from {start[1]} back to {start[1]}"
                )
            if target not in seen:
                seen.add(target)
                todo += names.get(target, [])


def _refuse_lists_of_roots(lists: Iterable[TrustList], before: Iterable[TrustList]) -> None:
    given = tuple(lists)
    roots = {one.signer for one in (*given, *before) if one.type is ListType.DELEGATION}
    for one in given:
        if one.type is not ListType.DELEGATION and one.signer in roots:
            raise _refusal(
                TrustCode.ROOT_SIGNS_LIST,
                f"list of {one.territory}: expected a list key that the root has delegated to, "
                f"found the root {one.signer.hex()}",
            )


def _refusal(code: TrustCode, message: str) -> TrustError:
    return TrustError(Finding(code=code, path="/TrustServiceStatusList", message=message))
