"""Reading lists: what is refused, with which code, and what a good list gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from lxml import etree

from exchange.codes.gates import SchemaCode, SignatureCode
from exchange.codes.trust import TrustCode
from exchange.core.model import BodyId, Economy, Fingerprint, KeyRole
from exchange.core.signing import complete, prepare
from exchange.core.trust_chain import read_lists
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_list_writing import ListDraft, PointerDraft, write_list
from exchange.core.trust_values import KeyPeriod, KeyStatus, ListType
from exchange.core.trustlist import limits_of_lists, read_again, read_list
from exchange.errors import (
    MalformedError,
    RejectedError,
    SchemaError,
    SignatureError,
    TrustError,
    UndecidedError,
)
from exchange.vault.vault import KeyKind, KeyName
from tests.world import START, World, make_world

CN_KEY: Final = KeyName("CN-AB-CNAS/list")
RU_KEY: Final = KeyName("RU-AB-RUSACC/list")
ROOT_KEY: Final = KeyName("XX-HUB-01/list")
ISSUED: Final = START - timedelta(days=1)
LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)

Edit = Callable[[str], str]


def unsigned(data: bytes) -> str:
    root = etree.fromstring(data)
    root.remove(root[-1])
    return etree.tostring(root, encoding="unicode")


def signed(world: World, draft: bytes, key: KeyName, at: datetime = ISSUED) -> bytes:
    to_sign = prepare(
        draft,
        certificates=world.vault.certificates_now(key),
        signed_at=at,
        limits=limits_of_lists(world.limits),
    )
    return complete(to_sign, world.vault.sign_now(key, to_sign.octets, to_sign.algorithm))


def edited(world: World, edit: Edit, key: KeyName = CN_KEY, name: str = "CN.xml") -> bytes:
    before = unsigned(world.files[name])
    after = edit(before)
    assert after != before
    return signed(world, after.encode(), key)


def given(world: World) -> dict[str, Any]:
    return {
        "catalogue": world.catalogue,
        "limits": world.limits,
        "algorithms": world.algorithms,
    }


def pin(world: World, key: KeyName) -> Fingerprint:
    signers = {one.territory: one.signer for one in world.lists if one.bodies}
    return signers[Economy(key[:2])]


def read(world: World, data: bytes, **changes: Any) -> TrustList:
    settings = {"pinned": {pin(world, CN_KEY)}, "at": START, **given(world), **changes}
    return read_list(data, **settings)


def swap(old: str, new: str, count: int = 1) -> Edit:
    def edit(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, count)

    return edit


def sub(pattern: str, new: str, count: int = 1) -> Edit:
    def edit(text: str) -> str:
        assert re.search(pattern, text, re.DOTALL), pattern
        return re.sub(pattern, new, text, count=count, flags=re.DOTALL)

    return edit


def again(pattern: str) -> Edit:
    """Put what the pattern finds there twice."""
    return sub(f"({pattern})", r"\1\1")


def key_of_another_body(text: str) -> str:
    """Let the certification body list the attestation key of the accreditation body."""
    certificates = re.findall(r"<X509Certificate>[^<]+</X509Certificate>", text)
    return text.replace(certificates[-1], certificates[0])


def transport_key_for_receipts(text: str) -> str:
    """List the transport key of the first body under the role of its receipt key."""
    certificates = re.findall(r"<X509Certificate>[^<]+</X509Certificate>", text)
    return text.replace(certificates[0], certificates[2])


HISTORY: Final = (
    "<ServiceHistory><ServiceHistoryInstance>"
    "<ServiceTypeIdentifier>urn:mrhub:trust:service:{role}</ServiceTypeIdentifier>"
    '<ServiceName><Name xml:lang="en">former</Name></ServiceName>'
    "<ServiceDigitalIdentity><DigitalId><X509SKI>{ski}</X509SKI></DigitalId>"
    "</ServiceDigitalIdentity>"
    "<ServiceStatus>http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus/granted</ServiceStatus>"
    "<StatusStartingTime>{since}</StatusStartingTime>"
    "</ServiceHistoryInstance></ServiceHistory>"
)


def with_history(role: str, ski: str, since: str) -> Edit:
    instance = HISTORY.format(role=role, ski=ski, since=since)
    return swap(
        "</ServiceInformation></TSPService>", f"</ServiceInformation>{instance}</TSPService>"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """One fault inside a list that is signed with the right key."""

    name: str
    edit: Edit
    code: TrustCode


OTHER_SKI: Final = "A" * 43 + "="

BROKEN: Final = (
    Broken(
        name="TSL-06 an unknown version",
        edit=swap("<TSLVersionIdentifier>6<", "<TSLVersionIdentifier>5<"),
        code=TrustCode.LIST_VERSION,
    ),
    Broken(
        name="issued in the future",
        edit=sub(r"<ListIssueDateTime>[^<]+", "<ListIssueDateTime>2026-11-22T09:06:00Z"),
        code=TrustCode.LIST_FROM_FUTURE,
    ),
    Broken(
        name="no body at all",
        edit=sub(r"<TrustServiceProviderList>.*</TrustServiceProviderList>", ""),
        code=TrustCode.LIST_EMPTY,
    ),
    Broken(
        name="TSL-07 the same body twice",
        edit=swap("<mrt:BodyID>CN-CB-0103<", "<mrt:BodyID>CN-AB-CNAS<", count=99),
        code=TrustCode.DUPLICATE_BODY,
    ),
    Broken(
        name="TSL-07 a body of another economy",
        edit=swap("CN-CB-0103<", "RU-CB-0103<", count=99),
        code=TrustCode.BODY_ECONOMY,
    ),
    Broken(
        name="TSL-07 a body on the list of another economy",
        edit=lambda text: swap("<mrt:Economy>CN<", "<mrt:Economy>RU<", count=2)(
            swap("CN-CB-0103<", "RU-CB-0103<", count=99)(text)
        ),
        code=TrustCode.BODY_ECONOMY,
    ),
    Broken(
        name="a time zone that does not exist",
        edit=swap("Asia/Shanghai", "Asia/Chinatown"),
        code=TrustCode.BODY_TIME_ZONE,
    ),
    Broken(
        name="a time zone that is a folder",
        edit=swap("Asia/Shanghai", "Asia"),
        code=TrustCode.BODY_TIME_ZONE,
    ),
    Broken(
        name="TSL-08 a history of another key",
        edit=with_history("receipt", OTHER_SKI, "2019-01-01T00:00:00Z"),
        code=TrustCode.HISTORY_IDENTITY,
    ),
    Broken(
        name="TSL-08 a history of another role",
        edit=with_history("list", OTHER_SKI, "2019-01-01T00:00:00Z"),
        code=TrustCode.KEY_SERVICE_TYPE,
    ),
    Broken(
        name="TSL-08 states of a body out of order",
        edit=again(r'<mrt:State since="2020-01-01T00:00:00Z">active</mrt:State>'),
        code=TrustCode.HISTORY_ORDER,
    ),
    Broken(
        name="TSL-08 states of an accreditation out of order",
        edit=again(r'<mrt:State since="2022-06-01">active</mrt:State>'),
        code=TrustCode.HISTORY_ORDER,
    ),
    Broken(
        name="a service type that is not that of the role",
        edit=swap("urn:mrhub:trust:service:receipt", "urn:mrhub:trust:service:list"),
        code=TrustCode.KEY_SERVICE_TYPE,
    ),
    Broken(
        name="a key of one body under another",
        edit=swap(
            "<mrt:BodyID>CN-CB-0103</mrt:BodyID><mrt:KeyRole>",
            "<mrt:BodyID>CN-CB-9999</mrt:BodyID><mrt:KeyRole>",
        ),
        code=TrustCode.KEY_OF_ANOTHER_BODY,
    ),
    Broken(
        name="TSL-09 one key for two bodies",
        edit=key_of_another_body,
        code=TrustCode.KEY_SHARED,
    ),
    Broken(
        name="a key certificate that is none",
        edit=sub(r"<X509Certificate>[^<]+", "<X509Certificate>" + "QUJD" * 60),
        code=TrustCode.KEY_CERTIFICATE,
    ),
    Broken(
        name="a key certificate with a blank of another script",
        edit=sub(r"(<X509Certificate>[^<]+)", "\\1\u3000"),
        code=TrustCode.KEY_CERTIFICATE,
    ),
    Broken(
        name="a key certificate with something else than Base64",
        edit=sub(r"(<X509Certificate>[^<]+)", r"\1*"),
        code=TrustCode.KEY_CERTIFICATE,
    ),
    Broken(
        name="a key certificate that may not sign documents",
        edit=transport_key_for_receipts,
        code=TrustCode.KEY_CERTIFICATE,
    ),
    Broken(
        name="a key that signs longer than it is accepted",
        edit=swap("<mrt:AcceptedUntil>2030-04-01", "<mrt:AcceptedUntil>2029-04-01"),
        code=TrustCode.KEY_PERIOD,
    ),
    Broken(
        name="a scope beyond the accreditation: a sector",
        edit=swap('<mrt:ScopeCode listID="IAF-ID1">29</mrt:ScopeCode>', ""),
        code=TrustCode.SCOPE_BEYOND_ACCREDITATION,
    ),
    Broken(
        name="a scope beyond the accreditation: a scheme",
        edit=swap("<mrt:Scheme>urn:mrhub:scheme:ccc</mrt:Scheme><mrt:ScopeCode", "<mrt:ScopeCode"),
        code=TrustCode.SCOPE_BEYOND_ACCREDITATION,
    ),
    Broken(
        name="a scope wider than the accredited branch of a tree",
        edit=swap('<mrt:ProductGroup listID="HS">84<', '<mrt:ProductGroup listID="HS">8<'),
        code=TrustCode.SCOPE_BEYOND_ACCREDITATION,
    ),
    Broken(
        name="TSL-11 a capability without schema",
        edit=swap("<mrt:Schema>urn:mrhub:attestation:1<", "<mrt:Schema>urn:mrhub:attestation:9<"),
        code=TrustCode.CAPABILITY_UNKNOWN,
    ),
    Broken(
        name="TSL-11 a capability of another kind",
        edit=swap("<mrt:Schema>urn:mrhub:attestation:1<", "<mrt:Schema>urn:mrhub:receipt:1<"),
        code=TrustCode.CAPABILITY_UNKNOWN,
    ),
)


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_read_list_refuses(world: World, case: Broken) -> None:
    with pytest.raises(TrustError) as caught:
        read(world, edited(world, case.edit))

    assert case.code in {finding.code for finding in caught.value.findings}


def test_read_list_names_all_faults_of_the_content_at_once(world: World) -> None:
    def edit(text: str) -> str:
        text = swap("Asia/Shanghai", "Asia/Chinatown")(text)
        return swap("<mrt:AcceptedUntil>2030-04-01", "<mrt:AcceptedUntil>2029-04-01")(text)

    with pytest.raises(TrustError) as caught:
        read(world, edited(world, edit))

    assert {finding.code for finding in caught.value.findings} == {
        TrustCode.BODY_TIME_ZONE,
        TrustCode.KEY_PERIOD,
    }


@pytest.mark.parametrize(
    ("edit", "error", "code"),
    [
        (swap('Critical="true"', 'Critical="false"'), SchemaError, SchemaCode.INVALID),
        (swap('Critical="true"', 'Critical="0"'), SchemaError, SchemaCode.INVALID),
        (
            swap("http://uri.etsi.org/19612/TSLTag", "http://a.example/"),
            SchemaError,
            SchemaCode.INVALID,
        ),
        (sub(r"<TSPServices>.*?</TSPServices>", "<TSPServices/>"), SchemaError, SchemaCode.INVALID),
        (swap("Svcstatus/granted", "Svcstatus/accredited"), SchemaError, SchemaCode.INVALID),
        (swap("CN-CB-0103<", "GAC<"), SchemaError, SchemaCode.INVALID),
        (sub(r"<NextUpdate>.*?</NextUpdate>", "<NextUpdate/>"), SchemaError, SchemaCode.INVALID),
        (
            sub(r"(</mrt:BodyInformation>)", r"\1<x xmlns='urn:x'/>"),
            SchemaError,
            SchemaCode.INVALID,
        ),
    ],
)
def test_read_list_outside_our_profile_is_refused_by_the_schema(
    world: World, edit: Edit, error: type[RejectedError], code: SchemaCode
) -> None:
    with pytest.raises(error) as caught:
        read(world, edited(world, edit))

    assert caught.value.code is code


def test_read_list_reads_texts_as_their_types_have_them(world: World) -> None:
    def edit(text: str) -> str:
        for pattern in (
            r"(<mrt:(?:BodyID|KeyRole|Custody|Economy|TimeZone|SignsUntil|Role|Standard)>)([^<]+)",
            r"(<(?:TSLSequenceNumber|TSLType|ServiceStatus|StatusStartingTime)>)([^<]+)",
        ):
            text = sub(pattern, r"\1 \n \2\t ", count=0)(text)
        return sub(r'since="([^"]+)"', r'since=" \1 "', count=0)(text)

    assert read(world, edited(world, edit)).bodies == read(world, world.files["CN.xml"]).bodies


@pytest.mark.parametrize(
    "zone", ["localtime", "Factory", "right/Asia/Shanghai", "posix/Asia/Shanghai", "Asia", "CN"]
)
def test_read_list_zone_that_depends_on_the_machine_is_none(world: World, zone: str) -> None:
    edit = sub(r"<mrt:TimeZone>[^<]+", f"<mrt:TimeZone>{zone}")

    with pytest.raises(TrustError) as caught:
        read(world, edited(world, edit))

    assert caught.value.code is TrustCode.BODY_TIME_ZONE


@pytest.mark.parametrize("text", ["2026-11-21T24:00:00Z", "0001-01-01T00:00:00Z", "2026-11-21"])
def test_read_list_time_that_no_clock_shows_is_refused(world: World, text: str) -> None:
    with pytest.raises(SchemaError):
        read(world, edited(world, sub(r"<ListIssueDateTime>[^<]+", f"<ListIssueDateTime>{text}")))


def test_read_list_changed_after_signing_is_refused(world: World) -> None:
    data = world.files["CN.xml"].replace(b">own<", b">hub<", 1)

    with pytest.raises(SignatureError) as caught:
        read(world, data)

    assert caught.value.code is SignatureCode.DIGEST_MISMATCH


def test_read_list_unsigned_is_refused(world: World) -> None:
    with pytest.raises((SignatureError, SchemaError)):
        read(world, unsigned(world.files["CN.xml"]).encode())


def test_read_list_with_a_document_type_is_refused(world: World) -> None:
    with pytest.raises(MalformedError):
        read(world, b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + world.files["CN.xml"].split(b"?>", 1)[1])


def test_read_list_given_an_attestation_is_refused(world: World) -> None:
    with pytest.raises(TrustError) as caught:
        read(world, world.attestation())

    assert caught.value.code is TrustCode.LIST_KIND


@pytest.mark.parametrize("pinned", [set(), {Fingerprint(bytes(32))}])
def test_read_list_without_the_right_pin_is_refused(world: World, pinned: set[Fingerprint]) -> None:
    with pytest.raises(TrustError) as caught:
        read(world, world.files["CN.xml"], pinned=pinned)

    assert caught.value.code is TrustCode.LIST_SIGNER


def test_read_list_signed_in_the_future_is_refused(world: World) -> None:
    data = signed(
        world, unsigned(world.files["CN.xml"]).encode(), CN_KEY, START + timedelta(minutes=6)
    )

    with pytest.raises(TrustError) as caught:
        read(world, data)

    assert caught.value.code is TrustCode.LIST_FROM_FUTURE


def test_read_list_past_its_next_update_is_undecided(world: World) -> None:
    data = world.files["CN.xml"]
    end = read(world, data).next_update

    assert read(world, data, at=end - timedelta(seconds=1)).next_update == end
    with pytest.raises(UndecidedError) as caught:
        read(world, data, at=end)

    assert caught.value.code is TrustCode.LIST_EXPIRED


def test_read_list_of_more_than_six_months_is_read_with_a_warning(world: World) -> None:
    data = edited(world, sub(r"<dateTime>[^<]+", "<dateTime>2027-11-21T09:00:00Z"))

    one = read(world, data)

    assert [finding.code for finding in one.findings] == [TrustCode.LIST_LONG_LIVED]
    assert not read(world, world.files["CN.xml"]).findings


def numbered(world: World, number: int, edit: Edit = lambda text: text) -> bytes:
    return edited(
        world,
        lambda text: edit(sub(r"<TSLSequenceNumber>\d+", f"<TSLSequenceNumber>{number}")(text)),
    )


@pytest.mark.parametrize(("number", "accepted"), [(7, True), (6, True), (5, False), (4, False)])
def test_read_list_sequence_must_rise(world: World, number: int, accepted: bool) -> None:  # noqa: FBT001
    previous = read(world, numbered(world, 5))
    data = numbered(world, number, swap("Huaxin", "Huaxing"))

    if accepted:
        assert read(world, data, previous=previous).sequence == number
        return
    with pytest.raises(TrustError) as caught:
        read(world, data, previous=previous)
    assert caught.value.code is TrustCode.LIST_ROLLBACK


def test_read_list_the_very_list_again_is_no_rollback(world: World) -> None:
    data = numbered(world, 5)

    assert read(world, data, previous=read(world, data)).sequence == 5


def test_read_list_of_another_economy_is_no_successor(world: World) -> None:
    previous = read_list(
        world.files["RU.xml"], pinned={pin(world, RU_KEY)}, at=START, **given(world)
    )

    with pytest.raises(TrustError) as caught:
        read(world, world.files["CN.xml"], previous=previous)

    assert caught.value.code is TrustCode.LIST_ROLLBACK


def test_read_list_signed_by_an_announced_key_is_accepted(world: World) -> None:
    next_key = KeyName("CN-AB-CNAS/list-next")
    world.vault.add(next_key, KeyKind.EC_P256)
    der = world.vault.certificates_now(next_key)[0]
    bodies = read(world, world.files["CN.xml"])
    announcing = signed(world, write_list(replace(as_draft(bodies), announces=(der,))), CN_KEY)
    previous = read(world, announcing)
    successor = write_list(replace(as_draft(bodies), sequence=2))

    assert read(world, signed(world, successor, next_key), previous=previous).sequence == 2
    with pytest.raises(TrustError) as caught:
        read(world, signed(world, successor, next_key), previous=bodies)
    assert caught.value.code is TrustCode.LIST_SIGNER


def test_read_list_without_a_key_of_the_list_before_is_refused(world: World) -> None:
    previous = read(world, world.files["CN.xml"])
    services = re.compile(r"<TSPService>.*?</TSPService>", re.DOTALL)
    data = numbered(world, 2, lambda text: services.sub("", text, count=1))

    with pytest.raises(TrustError) as caught:
        read(world, data, previous=previous)

    assert caught.value.code is TrustCode.KEY_DISAPPEARED


def as_draft(one: TrustList, pointers: Iterable[PointerDraft] = ()) -> ListDraft:
    return ListDraft(
        type=one.type,
        territory=one.territory,
        sequence=one.sequence,
        issued_at=one.issued_at,
        next_update=one.next_update,
        history_period=one.history_period,
        operator=one.operator,
        bodies=one.bodies,
        pointers=tuple(pointers),
    )


def test_written_list_is_read_back_as_it_was(world: World) -> None:
    for one in world.lists:
        if not one.bodies:
            continue
        key = next(key for key in world.description.lists if key.territory == one.territory).signer
        back = read_list(
            signed(world, write_list(as_draft(one)), key),
            pinned={one.signer},
            at=START,
            **given(world),
        )

        assert back.bodies == one.bodies
        assert back.operator == one.operator


def test_written_history_is_read_back_as_it_was(world: World) -> None:
    history = (
        KeyPeriod(status=KeyStatus.SUSPENDED, not_before=ISSUED, not_after=None),
        KeyPeriod(status=KeyStatus.GRANTED, not_before=LONG_AGO, not_after=ISSUED),
    )
    there = world.with_key("CN-CB-0103", KeyRole.STATUS, periods=history)

    (found,) = there.snapshot.trust.keys(BodyId("CN-CB-0103"), KeyRole.STATUS)

    assert found.periods == history
    assert found.signs_from == LONG_AGO
    assert found.status_at(LONG_AGO - timedelta(seconds=1)) is None


def test_read_lists_needs_no_more_than_the_root(world: World) -> None:
    lists = read_lists(
        reversed(tuple(world.files.values())), pinned={world.root}, at=START, **given(world)
    )

    assert {one.territory for one in lists if one.type is ListType.ECONOMY} == {
        "CN", "RU", "SA", "KZ", "PT", "SG", "XX",
    }  # fmt: skip


def test_read_lists_of_one_pinned_list_needs_no_list_of_lists(world: World) -> None:
    (one,) = read_lists(
        [world.files["CN.xml"]], pinned={pin(world, CN_KEY)}, at=START, **given(world)
    )

    assert one.territory == "CN"


def of_lists(world: World, pointers: Iterable[PointerDraft], territory: str = "XX") -> bytes:
    top = next(one for one in world.lists if one.type is ListType.LIST_OF_LISTS)
    draft = replace(as_draft(top, pointers), territory=Economy(territory))
    return signed(world, write_list(draft), ROOT_KEY)


def pointer(
    world: World, territory: str, key: KeyName | None, kind: ListType = ListType.ECONOMY
) -> PointerDraft:
    return PointerDraft(
        location="https://127.0.0.1/x.xml",
        type=kind,
        territory=Economy(territory),
        signers=() if key is None else world.vault.certificates_now(key),
    )


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda w: [of_lists(w, [])], TrustCode.LIST_EMPTY),
        (lambda w: [of_lists(w, [pointer(w, "CN", None)])], TrustCode.POINTER_SIGNERS),
        (lambda w: [of_lists(w, [pointer(w, "CN", CN_KEY)] * 2)], TrustCode.DUPLICATE_POINTER),
        (
            lambda w: [of_lists(w, [pointer(w, "XX", ROOT_KEY, ListType.LIST_OF_LISTS)])],
            TrustCode.POINTER_LOOP,
        ),
        (
            lambda w: [
                of_lists(w, [pointer(w, "QA", ROOT_KEY, ListType.LIST_OF_LISTS)], "QB"),
                of_lists(w, [pointer(w, "QB", ROOT_KEY, ListType.LIST_OF_LISTS)], "QA"),
            ],
            TrustCode.POINTER_LOOP,
        ),
        (
            lambda w: [of_lists(w, [pointer(w, "CN", CN_KEY)]), w.files["RU.xml"]],
            TrustCode.LIST_NOT_NAMED,
        ),
        (
            lambda w: [of_lists(w, [pointer(w, "CN", RU_KEY)]), w.files["CN.xml"]],
            TrustCode.LIST_SIGNER,
        ),
    ],
    ids=["no pointer", "no signer", "twice", "itself", "a circle", "unnamed", "other signer"],
)
def test_read_lists_refuses(
    world: World, make: Callable[[World], list[bytes]], code: TrustCode
) -> None:
    with pytest.raises(TrustError) as caught:
        read_lists(make(world), pinned={world.root}, at=START, **given(world))

    assert caught.value.code is code


def test_read_list_of_an_economy_that_points_elsewhere_is_refused(world: World) -> None:
    one = read(world, world.files["CN.xml"])
    data = signed(world, write_list(as_draft(one, [pointer(world, "RU", RU_KEY)])), CN_KEY)

    with pytest.raises(TrustError) as caught:
        read(world, data)

    assert caught.value.code is TrustCode.POINTER_LOOP


def test_trust_of_two_lists_with_the_same_body_is_refused(world: World) -> None:
    one = read(world, world.files["CN.xml"])

    with pytest.raises(TrustError) as caught:
        Trust.build([one, replace(one, territory=Economy("HK"), digest=bytes(32))])

    assert caught.value.code is TrustCode.DUPLICATE_BODY


def test_trust_of_one_key_on_two_lists_is_refused(world: World) -> None:
    one = read(world, world.files["CN.xml"])
    bodies = tuple(
        replace(
            body,
            id=BodyId(f"HK{body.id[2:]}"),
            keys=tuple(replace(key, body=BodyId(f"HK{body.id[2:]}")) for key in body.keys),
        )
        for body in one.bodies
    )

    with pytest.raises(TrustError) as caught:
        Trust.build([one, replace(one, territory=Economy("HK"), bodies=bodies, digest=bytes(32))])

    assert caught.value.code is TrustCode.KEY_SHARED


def test_read_again_reads_what_is_past_its_next_update(world: World) -> None:
    data = world.files["CN.xml"]

    assert read_again(data, pinned={pin(world, CN_KEY)}, **given(world)) == read(world, data)


def test_every_code_of_trust_is_provoked_somewhere() -> None:
    tests = Path(__file__).parents[1]
    files = (*tests.glob("core/test_trust*.py"), *tests.glob("service/test_publish*.py"))

    named = {
        name for file in files for name in re.findall(r"TrustCode\.(\w+)", file.read_text("utf-8"))
    }

    assert {code.name for code in TrustCode} <= named


@pytest.mark.parametrize("keys", [1_000])
def test_list_of_many_keys_is_read(keys: int) -> None:
    world = make_world(issuers=keys // 4)

    assert len(world.snapshot.trust.by_fingerprint) > keys
