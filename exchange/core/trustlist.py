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

Several lists together are read by `exchange.core.trust_chain`.

Example:
    >>> read_list(data, catalogue=catalogue, limits=limits, algorithms=algorithms,
    ...           pinned={signer}, at=now).sequence
    7
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
from exchange.core.trust_heading import ListHeading, read_heading
from exchange.core.trust_index import TrustList
from exchange.core.trust_list_rules import RULES, capabilities_are_registered, keys_stay_listed
from exchange.core.trust_reading import NONE_KNOWN, KnownCertificates, read_bodies
from exchange.core.trust_values import POLICY, ListType
from exchange.core.xml import parse, read_canonical
from exchange.errors import Finding, Severity, TrustError, UndecidedError

ListName = tuple[ListType, Economy]
"""What names a list: there is one of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A list whose signature holds and whose signer is not yet believed."""

    signed: Signed
    root: etree._Element
    """Parsed from the canonical octets that were signed."""
    heading: ListHeading

    @property
    def name(self) -> ListName:
        """Which list it says it is."""
        return (self.heading.type, self.heading.territory)

    @property
    def signer(self) -> Fingerprint:
        """Whose signature it is."""
        return self.signed.certificate.fingerprint


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
    opened = open_list(data, catalogue=catalogue, limits=limits, algorithms=algorithms)
    announced = frozenset() if previous is None else previous.announces
    return admit(opened, catalogue, {*pinned, *announced}, at, previous=previous)


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
    opened = open_list(data, catalogue=catalogue, limits=limits, algorithms=algorithms)
    made = max(opened.heading.issued_at, opened.signed.signed_at)
    return admit(opened, catalogue, pinned, made, previous=None)


def limits_of_lists(limits: Limits) -> Limits:
    """Return what is read of a list: it may be larger than any other statement."""
    return replace(
        limits,
        max_bytes=limits.max_bytes_per_kind[Kind.TRUST_LIST],
        max_elements=max(limits.max_elements, POLICY.max_list_elements),
    )


def open_list(
    data: bytes, *, catalogue: Catalogue, limits: Limits, algorithms: AlgorithmTable
) -> Opened:
    """Return a list whose signature holds, whoever signed it: rule 1.

    Raises:
        RejectedError: As `read_list`.
    """
    of_lists = limits_of_lists(limits)
    conforming = conform(parse(data, of_lists), catalogue, of_lists)
    if conforming.kind is not Kind.TRUST_LIST:
        raise _refusal(
            TrustCode.LIST_KIND, f"expected a trust list, found a {conforming.kind.value}"
        )
    signed = verify(conforming, algorithms)
    root = read_canonical(signed.content)
    return Opened(signed=signed, root=root, heading=read_heading(root))


def admit(
    opened: Opened,
    catalogue: Catalogue,
    signers: Collection[Fingerprint],
    at: datetime,
    *,
    previous: TrustList | None,
    known: KnownCertificates = NONE_KNOWN,
) -> TrustList:
    """Return the list if one of these signers signed it and it keeps rules 2 to 8.

    Args:
        opened: A list whose signature holds.
        catalogue: The registered schemas.
        signers: Who may sign it: pinned, named, or announced by the list before. An empty set
            means that no list is believed, not that every list is.
        at: The instant of arrival.
        previous: The list of the same name that was accepted before.
        known: Key certificates that this process has read before.

    Raises:
        TrustError: The list is not believed.
        UndecidedError: It is past its next update.
    """
    signed, heading = opened.signed, opened.heading
    if opened.signer not in signers:  # 2
        raise _refusal(
            TrustCode.LIST_SIGNER,
            f"list of {heading.territory}: expected one of {len(signers)} pinned signers, "
            f"found {opened.signer.hex()}",
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
        bodies=read_bodies(opened.root, known),
        pointers=heading.pointers,
        announces=heading.announces,
        signer=opened.signer,
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
    still_decides(one, at)  # 7
    return one


def still_decides(one: TrustList, at: datetime) -> None:
    """Rule 7.

    Raises:
        UndecidedError: The list is past its next update.
    """
    if not at < one.next_update + POLICY.grace:
        raise UndecidedError(
            Finding(
                code=TrustCode.LIST_EXPIRED,
                path="/TrustServiceStatusList/SchemeInformation/NextUpdate",
                message=f"list of {one.territory}: expected a next update after "
                f"{in_zulu(at)}, found {in_zulu(one.next_update)}",
            ),
            retry_after=POLICY.retry_after,
        )


def _registered(catalogue: Catalogue) -> Collection[tuple[Kind, str]]:
    return {
        (document.kind, document.root[1:].partition("}")[0]) for document in catalogue.documents
    }


def _not_from_the_future(opened: Opened, at: datetime) -> None:
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


def _refusal(code: TrustCode, message: str) -> TrustError:
    return TrustError(Finding(code=code, path="/TrustServiceStatusList", message=message))
