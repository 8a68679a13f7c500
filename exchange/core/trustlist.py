"""Reading trust lists: octets in, `TrustList` out, or the one reason why not.

Rules, in order (ETSI TS 119 612 v2.4.1; documents and rules, section 10, TSL):
 1. the octets pass gates 1 to 3, as a list of our own stricter schema with exactly our
    signature: a list is a statement like every other;
 2. TSL-02: its signer is pinned, or announced by the list before it; nobody pinned means no;
 3. TSL-06: its version identifier is known;
 4. it is not issued, nor signed, in the future;
 5. TSL-01: its sequence number is higher than that of the list accepted before, or it is
    that very list;
 6. what stands in it keeps rules TSL-05 and TSL-07 to TSL-11; all faults are named at once;
 7. TSL-03: its next update lies ahead; if not, the answer is `UndecidedError`, not no;
 8. TSL-04: more than six months between issue and next update is a warning that stays with
    the list.

`read_lists` reads several together: a list of lists is pinned, and pins the lists it names.

Example:
    >>> lists = read_lists(files, catalogue=catalogue, limits=limits, algorithms=algorithms,
    ...                    pinned={root}, at=now)
    >>> trust = Trust.build(lists)
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from lxml import etree

from exchange.codes.trust import TrustCode
from exchange.core.algorithms import AlgorithmTable
from exchange.core.limits import Limits
from exchange.core.model import Economy, Fingerprint, Kind
from exchange.core.periods import in_zulu
from exchange.core.schema import Catalogue, conform
from exchange.core.signature import Signed, verify
from exchange.core.trust_index import TrustList
from exchange.core.trust_list_rules import RULES, capabilities_are_registered, keys_stay_listed
from exchange.core.trust_reading import ListHeading, read_bodies, read_heading
from exchange.core.trust_values import POLICY, ListType
from exchange.core.xml import parse, read_canonical
from exchange.errors import Finding, Severity, TrustError, UndecidedError

_Name = tuple[ListType, Economy]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Opened:
    """A list whose signature holds and whose signer is not yet believed."""

    signed: Signed
    root: etree._Element
    """Parsed from the canonical octets that were signed."""
    heading: ListHeading

    @property
    def name(self) -> _Name:
        return (self.heading.type, self.heading.territory)


def read_list(
    data: bytes,
    *,
    catalogue: Catalogue,
    limits: Limits,
    algorithms: AlgorithmTable,
    pinned: Collection[Fingerprint],
    at: datetime,
    previous: TrustList | None = None,
) -> TrustList:
    """Return one list whose signer the reader has pinned.

    Args:
        data: The octets of the list, exactly as they were fetched.
        catalogue: The registered schemas.
        limits: Sizes beyond which nothing is read; those of a list follow from them.
        algorithms: The algorithms in force.
        pinned: SHA-256 fingerprints of key certificates that may sign this list.
        at: The instant of arrival, aware UTC.
        previous: The list of the same name that was accepted before, if any.

    Raises:
        MalformedError: Gate 1.
        SchemaError: Gate 2.
        SignatureError: Gate 3.
        TrustError: The list is not believed; one of the list codes of `TrustCode`.
        UndecidedError: The list is past its next update.
    """
    opened = _open(data, catalogue, limits, algorithms)
    return _admit(opened, catalogue, pinned, at, previous)


def read_again(
    data: bytes,
    *,
    catalogue: Catalogue,
    limits: Limits,
    algorithms: AlgorithmTable,
    pinned: Collection[Fingerprint],
) -> TrustList:
    """Return a list that was accepted before, judged at the instant at which it was made.

    For holding a newer list against it, and for replaying what was trusted when. It may be
    past its next update, so nothing new can be decided from it.

    Raises:
        RejectedError: As `read_list`.
    """
    opened = _open(data, catalogue, limits, algorithms)
    made = max(opened.heading.issued_at, opened.signed.signed_at)
    return _admit(opened, catalogue, pinned, made, None)


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
        pinned: Fingerprints of the root: who may sign the list of lists (or, for a reader
            of one list only, that list).
        at: The instant of arrival, aware UTC.
        previous: Lists accepted before; each is held against the new one of its name.

    Raises:
        RejectedError: As `read_list`; also `trust.list-not-named` for a list that nobody
            vouches for, and `trust.pointer-loop`.
        UndecidedError: One of the lists is past its next update.
    """
    before = {(one.type, one.territory): one for one in previous}
    waiting = [_open(data, catalogue, limits, algorithms) for data in files]
    admitted: list[TrustList] = []
    named: dict[_Name, frozenset[Fingerprint]] = {}
    progress = True
    while waiting and progress:
        progress = False
        for opened in tuple(waiting):
            earlier = before.get(opened.name)
            allowed = {*pinned, *named.get(opened.name, ())}
            if not _is_signed_by(opened, allowed, earlier):
                continue
            one = _admit(opened, catalogue, allowed, at, earlier)
            admitted.append(one)
            for pointer in one.pointers:
                target = (pointer.type, pointer.territory)
                named[target] = named.get(target, frozenset()) | pointer.signers
            waiting.remove(opened)
            progress = True
    for opened in waiting:
        _refuse_unnamed(opened, named)
    _refuse_loops(admitted)
    return tuple(admitted)


def limits_of_lists(limits: Limits) -> Limits:
    """Return what is read of a list: it may be larger than any other statement."""
    return replace(
        limits,
        max_bytes=limits.max_bytes_per_kind[Kind.TRUST_LIST],
        max_elements=max(limits.max_elements, POLICY.max_list_elements),
    )


def _open(data: bytes, catalogue: Catalogue, limits: Limits, algorithms: AlgorithmTable) -> _Opened:
    """Rule 1."""
    of_lists = limits_of_lists(limits)
    conforming = conform(parse(data, of_lists), catalogue, of_lists)
    if conforming.kind is not Kind.TRUST_LIST:
        raise _refusal(
            TrustCode.LIST_KIND, f"expected a trust list, found a {conforming.kind.value}"
        )
    signed = verify(conforming, algorithms)
    root = read_canonical(signed.content)
    return _Opened(signed=signed, root=root, heading=read_heading(root))


def _admit(
    opened: _Opened,
    catalogue: Catalogue,
    pinned: Collection[Fingerprint],
    at: datetime,
    previous: TrustList | None,
) -> TrustList:
    """Rules 2 to 8."""
    signed, heading = opened.signed, opened.heading
    if not _is_signed_by(opened, pinned, previous):  # 2
        raise _refusal(
            TrustCode.LIST_SIGNER,
            f"list of {heading.territory}: expected one of {len(pinned)} pinned signers, "
            f"found {signed.certificate.fingerprint.hex()}",
        )
    if heading.version not in POLICY.known_versions:  # 3
        raise _refusal(
            TrustCode.LIST_VERSION,
            f"expected version {' or '.join(map(str, sorted(POLICY.known_versions)))}, "
            f"found {heading.version}",
        )
    _not_from_the_future(opened, at)  # 4
    digest = sha256(signed.data).digest()
    if previous is not None:
        _no_rollback(heading, digest, previous)  # 5
    one = TrustList(
        type=heading.type,
        territory=heading.territory,
        version=heading.version,
        sequence=heading.sequence,
        issued_at=heading.issued_at,
        next_update=heading.next_update,
        history_period=heading.history_period,
        operator=heading.operator,
        bodies=read_bodies(opened.root),
        pointers=heading.pointers,
        announces=heading.announces,
        signer=signed.certificate.fingerprint,
        signed_at=signed.signed_at,
        data=signed.data,
        digest=digest,
        findings=tuple(_warnings(heading)),  # 8
    )
    findings = [finding for rule in RULES for finding in rule(one)]  # 6
    findings += capabilities_are_registered(one, _registered(catalogue))
    if previous is not None and previous.digest != digest:
        findings += keys_stay_listed(one, previous)
    if findings:
        raise TrustError(*findings)
    if not at < heading.next_update + POLICY.grace:  # 7
        raise UndecidedError(
            Finding(
                code=TrustCode.LIST_EXPIRED,
                path="/TrustServiceStatusList/SchemeInformation/NextUpdate",
                message=f"list of {heading.territory}: expected a next update after "
                f"{in_zulu(at)}, found {in_zulu(heading.next_update)}",
            ),
            retry_after=POLICY.retry_after,
        )
    return one


def _registered(catalogue: Catalogue) -> Collection[tuple[Kind, str]]:
    return {
        (document.kind, document.root[1:].partition("}")[0]) for document in catalogue.documents
    }


def _is_signed_by(
    opened: _Opened, pinned: Collection[Fingerprint], previous: TrustList | None
) -> bool:
    """An empty set of pins means that no list is believed, not that every list is."""
    signer = opened.signed.certificate.fingerprint
    return signer in pinned or (previous is not None and signer in previous.announces)


def _not_from_the_future(opened: _Opened, at: datetime) -> None:
    latest = at + POLICY.clock_tolerance
    for what, found in (
        ("an issue", opened.heading.issued_at),
        ("a signing", opened.signed.signed_at),
    ):
        if found > latest:
            raise _refusal(
                TrustCode.LIST_FROM_FUTURE,
                f"expected {what} time until {in_zulu(latest)}, found {in_zulu(found)}",
            )


def _no_rollback(heading: ListHeading, digest: bytes, previous: TrustList) -> None:
    if (heading.type, heading.territory) != (previous.type, previous.territory):
        raise _refusal(
            TrustCode.LIST_ROLLBACK,
            f"expected the list of {previous.territory} again, found that of {heading.territory}",
        )
    if digest != previous.digest and heading.sequence <= previous.sequence:
        raise _refusal(
            TrustCode.LIST_ROLLBACK,
            f"list of {heading.territory}: expected a sequence number above "
            f"{previous.sequence}, found {heading.sequence}",
        )


def _warnings(heading: ListHeading) -> Iterator[Finding]:
    if heading.next_update - heading.issued_at > POLICY.longest_validity:
        yield Finding(
            code=TrustCode.LIST_LONG_LIVED,
            path="/TrustServiceStatusList/SchemeInformation/NextUpdate",
            message=f"expected at most {POLICY.longest_validity.days} days after "
            f"{in_zulu(heading.issued_at)}, found {in_zulu(heading.next_update)}",
            severity=Severity.WARNING,
        )


def _refuse_unnamed(opened: _Opened, named: Mapping[_Name, frozenset[Fingerprint]]) -> None:
    territory = opened.heading.territory
    signer = opened.signed.certificate.fingerprint.hex()
    if opened.name in named:
        raise _refusal(
            TrustCode.LIST_SIGNER,
            f"list of {territory}: signed by {signer}, which the list of lists does not name",
        )
    raise _refusal(
        TrustCode.LIST_NOT_NAMED,
        f"list of {territory}: signed by {signer}, and no list in force names it",
    )


def _refuse_loops(lists: Iterable[TrustList]) -> None:
    """TSL-05: follow every pointer; a list that can be reached from itself is a loop."""
    names = {
        (one.type, one.territory): [(p.type, p.territory) for p in one.pointers] for one in lists
    }
    for start, pointed in names.items():
        seen: set[_Name] = set()
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


def _refusal(code: TrustCode, message: str) -> TrustError:
    return TrustError(Finding(code=code, path="/TrustServiceStatusList", message=message))
