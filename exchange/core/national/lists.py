"""Reading trust lists of other operators: octets in, `NationalList` out, or why not.

Rules, in order (ETSI TS 119 612 v2.1.1 to v2.4.1):
 1. the octets pass gate 1 as documents of others do: no document type, no comment, UTF-8;
 2. one signature, in its place, that holds under the policy `NATIONAL`; from here on only what
    was signed is read (clause 5.7.1, annex B);
 3. the signer is pinned by the reader, by the SHA-256 of its key certificate; nobody pinned
    means no list is believed (clause 5.3.13: whoever points to a list names its signers);
 4. the root element and its tag are those of a trust list (clause 5.2.1);
 5. the elements stand in the order of annex C, and every value that is read is one (clause 5);
 6. the version identifier is 5 or 6 (clause 5.3.1);
 7. it is not issued, nor signed, in the future (clause 5.3.14);
 8. its sequence number is higher than that of the list accepted before, or it is that very
    list (clause 5.3.2); its issue does not lie before the other's;
 9. it is not closed, and its next update lies ahead (clause 5.3.15); if it has passed, the
    answer is `UndecidedError`, not no.

Faults of rule 5 are named all at once. What does not keep a list from being used stays with it
as a warning: more than six months to the next update, a signer without the purpose of clause
5.7.1, key certificates that cannot be read.

Example:
    >>> one = read_national_list(data, pinned={signer}, at=now)
    >>> one.economy, one.sequence, len(one.services)
    ('AT', 42, 33)
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Final

from lxml import etree

from exchange.codes.outside import NationalCode
from exchange.codes.trust import TrustCode
from exchange.core.algorithms import ALGORITHMS, AlgorithmTable
from exchange.core.foreign import FOREIGN_LIMITS, Checked, check
from exchange.core.limits import Limits
from exchange.core.model import Fingerprint
from exchange.core.national.reading import Heading, Reading
from exchange.core.national.shape import T, shape_faults
from exchange.core.national.values import TSL_SIGNING, NationalList
from exchange.core.periods import in_zulu
from exchange.core.signature_policy import NATIONAL
from exchange.core.trust_values import POLICY, TSL_TAG
from exchange.core.xml import parse
from exchange.errors import Finding, Severity, TrustError, UndecidedError

VERSIONS: Final = frozenset({5, 6})
"""TSLVersionIdentifier of TS 119 612 v2.1.1 to v2.2.1, and of v2.3.1 and later."""
_PATH: Final = "/TrustServiceStatusList"


def read_national_list(
    data: bytes,
    *,
    pinned: Collection[Fingerprint],
    at: datetime,
    previous: NationalList | None = None,
    limits: Limits = FOREIGN_LIMITS,
    algorithms: AlgorithmTable = ALGORITHMS,
) -> NationalList:
    """Return another operator's list whose signer the reader has pinned.

    Args:
        data: The octets of the list, exactly as they were fetched.
        pinned: SHA-256 fingerprints of key certificates that may sign this list.
        at: The instant at which it is judged, aware UTC.
        previous: The list of the same territory that was accepted before, if any.
        limits: Sizes beyond which nothing is read.
        algorithms: The algorithms in force.

    Raises:
        MalformedError: Rule 1.
        SignatureError: Rule 2.
        TrustError: Rules 3 to 8, and a closed list.
        UndecidedError: The list is past its next update.
    """
    checked, signed_at = _checked(data, limits, algorithms)  # 1, 2
    if checked.certificate.fingerprint not in pinned:  # 3
        raise _refusal(
            TrustCode.LIST_SIGNER,
            "/Signature",
            f"expected one of {len(pinned)} pinned signers, found "
            f"{checked.certificate.fingerprint.hex()} ({checked.certificate.subject[:80]})",
        )
    one = _read(data, checked, signed_at)  # 4, 5, 6
    latest = at + POLICY.clock_tolerance
    for what, when in (("an issue", one.issued_at), ("a signing", signed_at)):  # 7
        if when > latest:
            raise _refusal(
                TrustCode.LIST_FROM_FUTURE,
                "/SchemeInformation/ListIssueDateTime",
                f"expected {what} time until {in_zulu(latest)}, found {in_zulu(when)}",
            )
    if previous is not None:
        _no_rollback(one, previous)  # 8
    if not at < one.next_update + POLICY.grace:  # 9
        raise UndecidedError(
            Finding(
                code=TrustCode.LIST_EXPIRED,
                path=f"{_PATH}/SchemeInformation/NextUpdate",
                message=f"list of {one.territory}: expected a next update after {in_zulu(at)}, "
                f"found {in_zulu(one.next_update)}",
            ),
            retry_after=POLICY.retry_after,
        )
    return one


def read_national_again(
    data: bytes, *, limits: Limits = FOREIGN_LIMITS, algorithms: AlgorithmTable = ALGORITHMS
) -> NationalList:
    """Return a list that was accepted before, for holding a newer one against it.

    It was accepted under a pin that may have changed since, and may be past its next update, so
    neither is asked again; nothing new is decided from it.

    Raises:
        RejectedError: It is not a list that was ever accepted.
    """
    return _read(data, *_checked(data, limits, algorithms))


def _checked(data: bytes, limits: Limits, algorithms: AlgorithmTable) -> tuple[Checked, datetime]:
    """Rules 1 and 2; the policy demands a signing time."""
    checked = check(
        parse(data, limits, reading=NATIONAL.reading), policy=NATIONAL, algorithms=algorithms
    )
    if checked.signed_at is None:
        raise LookupError("the policy demands signed properties, and they hold a signing time")
    return checked, checked.signed_at


def _read(data: bytes, checked: Checked, signed_at: datetime) -> NationalList:
    """Rules 4 to 6."""
    root = checked.root
    if root.tag != f"{T}TrustServiceStatusList" or root.get("TSLTag") != TSL_TAG:  # 4
        raise _refusal(
            TrustCode.LIST_KIND,
            "",
            f"expected TrustServiceStatusList with the tag {TSL_TAG}, found "
            f"{etree.QName(root).localname[:60]} with {(root.get('TSLTag') or 'none')[:80]}",
        )
    if faults := shape_faults(root):  # 5
        raise TrustError(*faults)
    reading = Reading(root)
    heading, providers = reading.heading(), reading.providers()
    if reading.faults:
        raise TrustError(*reading.faults)
    if heading.version not in VERSIONS:  # 6
        raise _refusal(
            TrustCode.LIST_VERSION,
            "/SchemeInformation/TSLVersionIdentifier",
            f"expected 5 or 6, found {heading.version}",
        )
    if heading.next_update is None:  # 9
        raise _refusal(
            NationalCode.CLOSED,
            "/SchemeInformation/NextUpdate",
            f"expected a next update of the list of {heading.territory}, found none",
        )
    return NationalList(
        type=heading.type,
        territory=heading.territory,
        version=heading.version,
        sequence=heading.sequence,
        operator_names=heading.operator_names,
        scheme_names=heading.scheme_names,
        issued_at=heading.issued_at,
        next_update=heading.next_update,
        pointers=heading.pointers,
        providers=providers,
        signer=checked.certificate,
        signed_at=signed_at,
        data=data,
        digest=sha256(data).digest(),
        findings=(*_warnings(heading, heading.next_update, checked), *reading.warnings),
    )


def _no_rollback(one: NationalList, previous: NationalList) -> None:
    path = "/SchemeInformation/TSLSequenceNumber"
    if one.territory != previous.territory or one.type != previous.type:
        raise _refusal(
            TrustCode.LIST_ROLLBACK,
            path,
            f"expected the list of {previous.territory} again, found another, of {one.territory}",
        )
    if one.digest == previous.digest:
        return
    if one.sequence <= previous.sequence or one.issued_at < previous.issued_at:
        raise _refusal(
            TrustCode.LIST_ROLLBACK,
            path,
            f"list of {one.territory}: expected a number above {previous.sequence} and an issue "
            f"from {in_zulu(previous.issued_at)} on, found {one.sequence} of "
            f"{in_zulu(one.issued_at)}",
        )


def _warnings(heading: Heading, next_update: datetime, checked: Checked) -> Iterator[Finding]:
    if next_update - heading.issued_at > POLICY.longest_validity:
        yield _warning(
            TrustCode.LIST_LONG_LIVED,
            "/SchemeInformation/NextUpdate",
            f"expected at most {POLICY.longest_validity.days} days after "
            f"{in_zulu(heading.issued_at)}, found {in_zulu(next_update)}",
        )
    purposes = checked.certificate.purposes
    if purposes is None or TSL_SIGNING not in purposes:
        yield _warning(
            NationalCode.SIGNER_PROFILE,
            "/Signature",
            f"expected the purpose {TSL_SIGNING} (clause 5.7.1), found "
            f"{', '.join(sorted(purposes)) if purposes else 'none'}",
        )


def _warning(code: TrustCode | NationalCode, path: str, message: str) -> Finding:
    return Finding(code=code, path=_PATH + path, message=message, severity=Severity.WARNING)


def _refusal(code: TrustCode | NationalCode, path: str, message: str) -> TrustError:
    return TrustError(Finding(code=code, path=_PATH + path, message=message))
