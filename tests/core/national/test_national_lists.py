"""Lists of other operators: what is read of them, and each way in which one is not believed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

import pytest

from exchange.codes import Code
from exchange.codes.gates import SignatureCode, XMLCode
from exchange.codes.outside import NationalCode
from exchange.codes.trust import TrustCode
from exchange.core.model import Fingerprint
from exchange.core.national.lists import read_national_again, read_national_list
from exchange.core.national.values import NationalList, called
from exchange.errors import RejectedError, Severity, TrustError, UndecidedError
from tests.national import GRANTED, WITHDRAWN, draft, list_signer, service
from tests.pki import make_signer

NOW: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PIN: Final = Fingerprint(sha256(list_signer().der).digest())
_CRITICAL: Final = '<Extension Critical="true"><Odd xmlns="urn:odd"/></Extension>'


def read(data: bytes, *, at: datetime = NOW, previous: NationalList | None = None) -> NationalList:
    return read_national_list(data, pinned={PIN}, at=at, previous=previous)


def signed(unsigned: bytes) -> bytes:
    return list_signer().sign(unsigned)


def in_draft(old: str, new: str) -> Callable[[], bytes]:
    """Return a list that was signed with something else in it."""

    def make() -> bytes:
        before = draft()
        assert before.count(old.encode()) >= 1, old
        return signed(before.replace(old.encode(), new.encode(), 1))

    return make


def after_signing(old: str, new: str) -> Callable[[], bytes]:
    def make() -> bytes:
        before = signed(draft())
        assert old.encode() in before
        return before.replace(old.encode(), new.encode(), 1)

    return make


def twice() -> bytes:
    once = signed(draft())
    start, end = once.index(b"<ds:Signature"), once.index(b"</ds:Signature>") + 15
    return once[:end] + once[start:end].replace(b'Id="', b'Id="x') + once[end:]


@pytest.mark.parametrize("version", [5, 6])
def test_a_list_of_either_version_is_read(version: int) -> None:
    ca = make_signer(number=910, authority=True)
    end = make_signer(number=911)
    one = read(
        signed(
            draft(
                version=version,
                services=(
                    service(ca.der, end.der, history=[(WITHDRAWN, "2025-01-01T00:00:00+02:00")]),
                    service(b"\x30\x03not a certificate", status=WITHDRAWN),
                ),
            )
        )
    )

    assert (one.economy, one.version, one.sequence) == ("NZ", version, 7)
    assert one.next_update == datetime(2027, 3, 1, tzinfo=UTC)
    first, second = one.services
    assert called(first.names) == "Signing CA"
    assert [c.is_authority for c in first.certificates] == [True, False]
    assert (first.is_granted, second.is_granted) == (True, False)
    assert (second.unreadable, second.certificates) == (1, ())
    assert first.status_at(datetime(2025, 6, 1, tzinfo=UTC)) == WITHDRAWN
    assert first.status_at(datetime(2024, 12, 31, 21, tzinfo=UTC)) is None
    assert first.status_at(NOW) == GRANTED
    assert [(f.code, f.severity) for f in one.findings] == [
        (NationalCode.CERTIFICATE, Severity.WARNING)
    ]


CASES: Final[tuple[tuple[str, Callable[[], bytes], Code], ...]] = (
    ("document type", lambda: b"<!DOCTYPE x>" + signed(draft()), XMLCode.DOCTYPE),
    ("entity", lambda: b'<!DOCTYPE x [<!ENTITY a "b">]>' + signed(draft()), XMLCode.DOCTYPE),
    ("comment", after_signing("<TSLType>", "<TSLType><!-- -->"), XMLCode.COMMENT),
    ("unsigned", draft, SignatureCode.MISSING),
    ("two signatures", twice, SignatureCode.MULTIPLE),
    ("changed", after_signing("Provider</Name>", "Prowider</Name>"), SignatureCode.DIGEST_MISMATCH),
    ("signed by another", lambda: list_signer(1).sign(draft()), TrustCode.LIST_SIGNER),
    ("another tag", in_draft("19612/TSLTag", "02231/TSLTag"), TrustCode.LIST_KIND),
    (
        "another root",
        lambda: signed(draft().replace(b"TrustServiceStatusList", b"StatusList")),
        TrustCode.LIST_KIND,
    ),
    (
        "order of elements",
        in_draft(
            "<TSLVersionIdentifier>6</TSLVersionIdentifier><TSLSequenceNumber>7</TSLSequenceNumber>",
            "<TSLSequenceNumber>7</TSLSequenceNumber><TSLVersionIdentifier>6</TSLVersionIdentifier>",
        ),
        NationalCode.STRUCTURE,
    ),
    ("unknown element", in_draft("</TSPServices>", "</TSPServices><Odd/>"), NationalCode.STRUCTURE),
    ("missing", in_draft("<SchemeTerritory>NZ</SchemeTerritory>", ""), NationalCode.STRUCTURE),
    (
        "element inside a text",
        in_draft("Svcstatus/granted", "Svcstatus/granted<i/>"),
        NationalCode.STRUCTURE,
    ),
    ("no provider", in_draft("<TSPServices>", "<TSPServices><x/>"), NationalCode.STRUCTURE),
    ("territory", in_draft(">NZ</SchemeT", ">nz </SchemeT"), NationalCode.VALUE),
    ("number", in_draft("<TSLSequenceNumber>7", "<TSLSequenceNumber>-7"), NationalCode.VALUE),
    ("time", in_draft("2026-11-01T00:00:00Z", "2026-11-01T00:00:00"), NationalCode.VALUE),
    ("no such day", in_draft("2026-11-01T00:00:00Z", "2026-02-30T00:00:00Z"), NationalCode.VALUE),
    ("ends before", in_draft("2027-03-01T", "2026-10-01T"), NationalCode.VALUE),
    (
        "base64",
        in_draft("</X509Certificate>", "*</X509Certificate>"),
        NationalCode.VALUE,
    ),
    (
        "order of a history",
        lambda: signed(
            draft(
                services=(
                    service(
                        list_signer().der,
                        history=[
                            (GRANTED, "2025-01-01T00:00:00Z"),
                            (GRANTED, "2025-06-01T00:00:00Z"),
                        ],
                    ),
                )
            )
        ),
        TrustCode.HISTORY_ORDER,
    ),
    ("version", lambda: signed(draft(version=4)), TrustCode.LIST_VERSION),
    ("future", lambda: signed(draft(issued="2026-11-23T00:00:00Z")), TrustCode.LIST_FROM_FUTURE),
    (
        "signed in the future",
        lambda: list_signer().sign(draft(), at=NOW + timedelta(hours=1)),
        TrustCode.LIST_FROM_FUTURE,
    ),
    ("closed", lambda: signed(draft(until="")), NationalCode.CLOSED),
    (
        "critical extension",
        in_draft(
            "</SchemeInformation>",
            f"<SchemeExtensions>{_CRITICAL}</SchemeExtensions></SchemeInformation>",
        ),
        NationalCode.EXTENSION,
    ),
)


@pytest.mark.parametrize(("make", "code"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_a_list_is_not_believed(make: Callable[[], bytes], code: Code) -> None:
    with pytest.raises(RejectedError) as caught:
        read(make())

    assert caught.value.code is code


def test_all_faults_of_a_list_are_named_at_once() -> None:
    data = draft(sequence=0, territory="nz", issued="yesterday")

    with pytest.raises(TrustError) as caught:
        read(signed(data))

    assert [finding.path.rpartition("/")[2] for finding in caught.value.findings] == [
        "SchemeTerritory",
        "ListIssueDateTime",
        "TSLSequenceNumber",
    ]


def test_a_list_past_its_next_update_is_undecided_and_can_be_read_again_as_a_former_one() -> None:
    data = signed(draft())

    with pytest.raises(UndecidedError) as caught:
        read(data, at=datetime(2027, 3, 1, tzinfo=UTC))

    assert caught.value.code is TrustCode.LIST_EXPIRED
    assert read_national_again(data).sequence == 7


@pytest.mark.parametrize(
    ("unsigned", "fits"),
    [
        (draft(sequence=8), True),
        (draft(sequence=7), True),
        (draft(sequence=7, until="2027-02-01T00:00:00Z"), False),
        (draft(sequence=6), False),
        (draft(sequence=8, issued="2026-10-01T00:00:00Z"), False),
        (draft(sequence=8, territory="AU"), False),
    ],
    ids=["newer", "the same", "other octets", "older", "issued before", "another economy"],
)
def test_a_list_is_held_against_the_one_accepted_before(unsigned: bytes, *, fits: bool) -> None:
    # One signing for the same octets: a signature value of ECDSA is another each time.
    former = signed(draft())
    data = former if unsigned == draft() else signed(unsigned)
    previous = read(former)

    if fits:
        assert read(data, previous=previous).sequence >= previous.sequence
        return
    with pytest.raises(TrustError) as caught:
        read(data, previous=previous)
    assert caught.value.code is TrustCode.LIST_ROLLBACK


def test_a_service_with_an_extension_that_nobody_understands_is_not_granted() -> None:
    one = read(signed(draft(services=(service(list_signer().der, extensions=_CRITICAL),))))

    assert one.services[0].status == GRANTED
    assert not one.services[0].is_granted


def test_a_list_that_lives_long_and_a_signer_without_the_purpose_are_warnings() -> None:
    plain = make_signer(number=920)
    pin = Fingerprint(sha256(plain.der).digest())

    one = read_national_list(plain.sign(draft(until="2028-11-01T00:00:00Z")), pinned={pin}, at=NOW)

    assert [finding.code for finding in one.findings] == [
        TrustCode.LIST_LONG_LIVED,
        NationalCode.SIGNER_PROFILE,
    ]
    assert all(finding.severity is Severity.WARNING for finding in one.findings)
