"""Rules about notices.

They are asked of what the hub issues itself, before it is committed, and by whoever receives it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from exchange.codes.notices import NoticeCode
from exchange.core.document.notice import (
    AccreditationCause,
    BodyCause,
    Cause,
    DeliveryCause,
    Duration,
    KeyCause,
    RemovalCause,
    Standing,
)
from exchange.core.periods import in_zulu
from exchange.core.rules.case import NoticeCase, quoted
from exchange.errors import Finding

_ENDS: Final = frozenset({Standing.SUSPENDED, Standing.WITHDRAWN, Standing.LIFTED})

STANDINGS: Final[Mapping[type[Cause], frozenset[Standing]]] = MappingProxyType(
    {
        KeyCause: frozenset({Standing.SUSPENDED, Standing.REVOKED, Standing.LIFTED}),
        BodyCause: _ENDS,
        AccreditationCause: _ENDS,
        RemovalCause: frozenset({Standing.REMOVED}),
        DeliveryCause: frozenset({Standing.LATE}),
    }
)
"""Which standings a cause can have."""

DURATIONS: Final[Mapping[Standing, Duration]] = MappingProxyType(
    {
        Standing.SUSPENDED: Duration.TEMPORARY,
        Standing.REVOKED: Duration.FINAL,
        Standing.WITHDRAWN: Duration.FINAL,
        # What was suspended is no more; another suspension is another notice.
        Standing.LIFTED: Duration.FINAL,
        Standing.REMOVED: Duration.FINAL,
        Standing.LATE: Duration.TEMPORARY,
    }
)
"""Whether a standing can still change."""


def standing_fits_cause(case: NoticeCase) -> Iterator[Finding]:
    """The standing is one that this kind of cause can have.

    Source: NTC-01; documents and rules, section 8.1, final and temporary states.
    """
    allowed = STANDINGS[type(case.document.cause)]
    if case.document.standing not in allowed:
        yield Finding(
            code=NoticeCode.NTC_01,
            path="/Notice/Standing",
            message=f"expected one of {', '.join(sorted(allowed))}, found {case.document.standing}",
        )


def duration_fits_standing(case: NoticeCase) -> Iterator[Finding]:
    """A suspension is temporary, an end is final.

    Source: NTC-02; issue 4, "each status is marked temporary or final".
    """
    expected = DURATIONS[case.document.standing]
    if case.document.duration is not expected:
        yield Finding(
            code=NoticeCode.NTC_02,
            path="/Notice/Duration",
            message=f"expected {expected} for {case.document.standing}, "
            f"found {case.document.duration}",
        )


def part_is_one_of_the_parts(case: NoticeCase) -> Iterator[Finding]:
    """The number of the part is at most the number of parts.

    Source: NTC-03; a recipient tells by it whether something is missing.
    """
    if case.document.part > case.document.parts:
        yield Finding(
            code=NoticeCode.NTC_03,
            path="/Notice/Part",
            message=f"expected {case.document.parts} or less, found {case.document.part}",
        )


def recipient_and_certificates_are_named(case: NoticeCase) -> Iterator[Finding]:
    """A notice names its addressee and certificates; one about a removal names neither.

    What was removed must not be told again by the notice about its removal. A notice that an
    acknowledgement is late goes to an authority, which has not received the certificates.

    Source: NTC-04; issue 4, "a statement can be removed by order, leaving a signed notice".
    """
    document = case.document
    addressed = not isinstance(document.cause, RemovalCause)
    if (document.addressee is not None) is not addressed:
        yield Finding(
            code=NoticeCode.NTC_04,
            path="/Notice/Addressee",
            message="expected an addressee, found none"
            if addressed
            else "expected no addressee, found one",
        )
    listed = addressed and not isinstance(document.cause, DeliveryCause)
    if bool(document.certificates) is not listed:
        yield Finding(
            code=NoticeCode.NTC_04,
            path="/Notice/Certificate",
            message="expected at least one certificate, found none"
            if listed
            else f"expected no certificate, found {len(document.certificates)}",
        )


def tells_what_has_happened(case: NoticeCase) -> Iterator[Finding]:
    """The notice is issued when or after the standing began.

    Source: NTC-05.
    """
    issued = case.document.header.issued_at
    if issued < case.document.since:
        yield Finding(
            code=NoticeCode.NTC_05,
            path="/Notice/Since",
            message=f"expected {in_zulu(issued)} or earlier, found {in_zulu(case.document.since)}",
        )


def certificate_stands_once(case: NoticeCase) -> Iterator[Finding]:
    """Each certificate stands once in a notice.

    Source: NTC-06; the notice may be counted against what was delivered.
    """
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(case.document.certificates, 1):
        if (one.issuer, one.attestation_id) in seen:
            yield Finding(
                code=NoticeCode.NTC_06,
                path=f"/Notice/Certificate[{number}]/AttestationID",
                message=f"expected each certificate once, found {quoted(one.attestation_id)} again",
            )
        seen.add((one.issuer, one.attestation_id))
