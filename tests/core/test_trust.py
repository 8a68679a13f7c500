"""Gate 4: each rule with the document and the list that provoke it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.competence import Scope, ScopeCode, spans
from exchange.core.indication import SUB_INDICATIONS
from exchange.core.model import BodyRole, Custody, Economy, KeyRole, Kind
from exchange.core.snapshot import Snapshot
from exchange.core.trust import ISSUERS_OF, KEY_ROLE_OF, Trusted, establish
from exchange.core.trust_index import Trust
from exchange.core.trust_values import BodyPeriod, BodyState, KeyPeriod, KeyStatus
from exchange.errors import TrustError, UndecidedError
from exchange.vault.vault import KeyKind, KeyName
from tests.world import ISSUER, START, World

LONG_AGO: Final = datetime(2020, 1, 1, tzinfo=UTC)
YESTERDAY: Final = START - timedelta(days=1)


def trusted(world: World, data: bytes, at: datetime | None = None) -> Trusted:
    return establish(world.signed(data), world.snapshot, at or world.clock.now)


def periods(*newest_first: tuple[KeyStatus, datetime]) -> tuple[KeyPeriod, ...]:
    ends = (None, *(begin for _, begin in newest_first))
    return tuple(
        KeyPeriod(status=status, not_before=begin, not_after=end)
        for (status, begin), end in zip(newest_first, ends, strict=False)
    )


def status(status: KeyStatus, since: datetime) -> Callable[[World], World]:
    history = periods((status, since), (KeyStatus.GRANTED, LONG_AGO))
    return lambda world: world.with_key(ISSUER, KeyRole.ATTESTATION, periods=history)


def key(**changes: object) -> Callable[[World], World]:
    return lambda world: world.with_key(ISSUER, KeyRole.ATTESTATION, **changes)


def body(**changes: object) -> Callable[[World], World]:
    return lambda world: world.with_body(ISSUER, **changes)


def scope(world: World, **changes: object) -> World:
    described = next(one for one in world.description.bodies if one.id == ISSUER)
    given = next(one.scope for one in described.keys if one.role is KeyRole.ATTESTATION)
    return world.with_key(ISSUER, KeyRole.ATTESTATION, scope=replace(given, **changes))  # type: ignore[arg-type]


def outside(**changes: object) -> Callable[[World], World]:
    return lambda world: scope(world, **changes)


def unchanged(world: World) -> World:
    return world


def attested(world: World) -> bytes:
    return world.attestation()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """One way to be refused: a change of the lists, a document, and the code."""

    name: str
    code: TrustCode
    lists: Callable[[World], World] = unchanged
    document: Callable[[World], bytes] = attested


def signed_as(by: str, role: KeyRole) -> Callable[[World], bytes]:
    return lambda world: world.sign(world.draft(), by, role)


def signed_at(at: datetime) -> Callable[[World], bytes]:
    return lambda world: world.attestation(at=at)


def stranger(world: World) -> bytes:
    name = KeyName("CN-CB-6666/attestation")
    world.vault.add(name, KeyKind.EC_P256)
    return world.sign(world.draft(), key=name)


IAF_ONLY: Final = (ScopeCode(list_id="IAF-ID1", code="19"),)

REFUSALS: Final = (
    Refusal(name="a key on no list", code=TrustCode.KEY_UNKNOWN, document=stranger),
    Refusal(
        name="a key of another body",
        code=TrustCode.KEY_OF_ANOTHER_BODY,
        document=signed_as("RU-CB-0201", KeyRole.ATTESTATION),
    ),
    Refusal(
        name="the status key of the issuer",
        code=TrustCode.KEY_ROLE,
        document=signed_as(ISSUER, KeyRole.STATUS),
    ),
    Refusal(
        name="the receipt key of the issuer",
        code=TrustCode.KEY_ROLE,
        document=signed_as(ISSUER, KeyRole.RECEIPT),
    ),
    Refusal(
        name="an issuer that is an accreditation body",
        code=TrustCode.BODY_ROLE,
        lists=body(roles=frozenset({BodyRole.ACCREDITATION_BODY})),
    ),
    Refusal(
        name="a suspended body",
        code=TrustCode.BODY_NOT_ACTIVE,
        lists=body(
            history=(
                BodyPeriod(state=BodyState.SUSPENDED, since=YESTERDAY),
                BodyPeriod(state=BodyState.ACTIVE, since=LONG_AGO),
            )
        ),
    ),
    Refusal(
        name="a body that is active from tomorrow",
        code=TrustCode.BODY_NOT_ACTIVE,
        lists=body(history=(BodyPeriod(state=BodyState.ACTIVE, since=START + timedelta(days=1)),)),
    ),
    Refusal(
        name="a key that is granted from tomorrow",
        code=TrustCode.KEY_NOT_YET_GRANTED,
        lists=key(periods=periods((KeyStatus.GRANTED, START + timedelta(days=1)))),
    ),
    Refusal(
        name="a withdrawn key",
        code=TrustCode.KEY_WITHDRAWN,
        lists=status(KeyStatus.WITHDRAWN, YESTERDAY),
    ),
    Refusal(
        name="a key withdrawn at this very instant",
        code=TrustCode.KEY_WITHDRAWN,
        lists=status(KeyStatus.WITHDRAWN, START),
    ),
    Refusal(
        name="a suspended key",
        code=TrustCode.KEY_SUSPENDED,
        lists=status(KeyStatus.SUSPENDED, YESTERDAY),
    ),
    Refusal(
        name="a revoked key",
        code=TrustCode.KEY_REVOKED,
        lists=status(KeyStatus.REVOKED, YESTERDAY),
    ),
    Refusal(
        name="a signing time six minutes ahead",
        code=TrustCode.SIGNED_IN_FUTURE,
        document=signed_at(START + timedelta(minutes=6)),
    ),
    Refusal(
        name="a signing time before the key was listed",
        code=TrustCode.SIGNED_OUTSIDE_PERIOD,
        lists=key(periods=periods((KeyStatus.GRANTED, YESTERDAY))),
        document=signed_at(YESTERDAY - timedelta(seconds=1)),
    ),
    Refusal(
        name="a signing time at the end of the signing period",
        code=TrustCode.SIGNED_OUTSIDE_PERIOD,
        lists=key(signs_until=START),
    ),
    Refusal(
        name="a document that arrives at the end of acceptance",
        code=TrustCode.NO_LONGER_ACCEPTED,
        lists=key(signs_until=YESTERDAY, accepted_until=START),
        document=signed_at(YESTERDAY - timedelta(hours=1)),
    ),
    Refusal(
        name="a key in hub custody that the body forbids",
        code=TrustCode.CUSTODY_FORBIDDEN,
        lists=lambda world: body(forbids_hub_custody=True)(key(custody=Custody.HUB)(world)),
    ),
    Refusal(name="an empty scope", code=TrustCode.KEY_OUT_OF_SCOPE, lists=key(scope=Scope())),
    Refusal(
        name="another scheme",
        code=TrustCode.KEY_OUT_OF_SCOPE,
        lists=outside(schemes=frozenset({"urn:mrhub:scheme:ccc"})),
    ),
    Refusal(
        name="another standard",
        code=TrustCode.KEY_OUT_OF_SCOPE,
        lists=outside(standards=frozenset({"ISO 14001"})),
    ),
    Refusal(
        name="another sector",
        code=TrustCode.KEY_OUT_OF_SCOPE,
        lists=outside(product_groups=IAF_ONLY),
    ),
    Refusal(
        name="another economy of the holder",
        code=TrustCode.KEY_OUT_OF_SCOPE,
        lists=outside(economies=frozenset({Economy("SG")})),
    ),
    Refusal(
        name="a group of the scope left empty",
        code=TrustCode.KEY_OUT_OF_SCOPE,
        lists=outside(economies=frozenset()),
    ),
    Refusal(
        name="a status change of another scheme",
        code=TrustCode.KEY_OUT_OF_SCOPE,
        document=lambda world: world.sign(
            world.draft(
                "withdraw",
                kind="status-change",
                changes={"urn:mrhub:scheme:management-systems": "urn:mrhub:scheme:ccc"},
            )
        ),
    ),
)


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_establish_refuses(world: World, case: Refusal) -> None:
    there = case.lists(world)

    with pytest.raises(TrustError) as caught:
        trusted(there, case.document(there))

    assert caught.value.code is case.code
    assert len(caught.value.findings) == 1
    assert "expected" in caught.value.findings[0].message or case.code in {
        TrustCode.KEY_UNKNOWN,
        TrustCode.BODY_ROLE,
        TrustCode.CUSTODY_FORBIDDEN,
        TrustCode.KEY_OUT_OF_SCOPE,
    }


@pytest.mark.parametrize(
    ("sample", "issuer", "custody"),
    [
        ("cn-qms-food-multi-site", "CN-CB-0103", Custody.OWN),
        ("cn-ccc-kettle", "CN-CB-0103", Custody.OWN),
        ("ru-qms-machinery", "RU-CB-0201", Custody.OWN),
        ("sa-qms-construction", "SA-CB-0301", Custody.OWN),
        ("kz-qms-logistics", "KZ-CB-0401", Custody.OWN),
        ("sg-isms-data-centre", "SG-CB-0601", Custody.HUB),
    ],
)
def test_establish_listed_key_of_the_issuer_is_trusted(
    world: World, sample: str, issuer: str, custody: Custody
) -> None:
    found = trusted(world, world.attestation(sample))

    assert found.body.id == issuer
    assert found.key.role is KeyRole.ATTESTATION
    assert found.key.custody is custody
    assert found.claim.issuer == issuer


def test_establish_status_change_and_receipt_are_trusted_by_their_own_keys(world: World) -> None:
    assert trusted(world, world.status_change()).key.role is KeyRole.STATUS
    assert trusted(world, world.receipt()).key.role is KeyRole.RECEIPT


def test_establish_without_any_list_trusts_nobody(world: World) -> None:
    nobody = Snapshot.build(
        catalogue=world.catalogue,
        limits=world.limits,
        algorithms=world.algorithms,
        trust=Trust.build(()),
        code_lists=world.code_lists,
        hub=world.snapshot.hub,
        production=True,
    )

    with pytest.raises(TrustError) as caught:
        establish(world.signed(world.attestation()), nobody, START)

    assert caught.value.code is TrustCode.NO_LIST


def test_establish_after_next_update_is_undecided_and_not_refused(world: World) -> None:
    data = world.attestation()
    end = min(one.next_update for one in world.lists)

    assert trusted(world, data, end - timedelta(seconds=1)).body.id == ISSUER
    with pytest.raises(UndecidedError) as caught:
        trusted(world, data, end)

    assert caught.value.code is TrustCode.LIST_EXPIRED
    assert caught.value.retry_after > timedelta(0)


def test_establish_is_bounded_by_the_list_of_lists_too(world: World) -> None:
    end = START + timedelta(days=1)
    lists = [replace(one, next_update=end) if one.pointers else one for one in world.lists]

    assert all(one.decides_until == end for one in Trust.build(lists).by_fingerprint.values())


def test_establish_at_an_earlier_proof_time_uses_the_status_of_then(world: World) -> None:
    later = world.with_key(
        ISSUER,
        KeyRole.ATTESTATION,
        periods=periods((KeyStatus.REVOKED, START), (KeyStatus.GRANTED, LONG_AGO)),
    )
    data = world.attestation(at=START - timedelta(days=2))

    assert trusted(later, data, YESTERDAY).body.id == ISSUER
    with pytest.raises(TrustError):
        trusted(later, data, START)


def test_establish_late_arrival_is_accepted_until_accepted_until(world: World) -> None:
    rotated = world.with_key(
        ISSUER,
        KeyRole.ATTESTATION,
        signs_until=YESTERDAY,
        accepted_until=START + timedelta(days=30),
    )

    found = trusted(rotated, world.attestation(at=YESTERDAY - timedelta(minutes=1)))

    assert found.key.accepted_until == START + timedelta(days=30)


def test_establish_clock_tolerance_of_five_minutes_is_inclusive(world: World) -> None:
    assert trusted(world, world.attestation(at=START + timedelta(minutes=5))).body.id == ISSUER


@pytest.mark.parametrize(
    ("listed", "asked", "inside"),
    [
        ("HS:85", "HS:85044014", True),
        ("HS:8504", "HS:85", False),
        ("HS:85", "IAF-ID1:85", False),
        ("IAF-ID1:1", "IAF-ID1:19", False),
        ("IAF-ID1:19", "IAF-ID1:19", True),
        ("CCC-CLASS:09", "CCC-CLASS:0907", True),
        ("CCC-CLASS:0907", "CCC-CLASS:0718", False),
    ],
)
def test_scope_holds_what_lies_below_in_trees_only(listed: str, asked: str, inside: bool) -> None:  # noqa: FBT001
    def code(text: str) -> ScopeCode:
        list_id, _, value = text.partition(":")
        return ScopeCode(list_id=list_id, code=value)

    assert spans((code(listed),), code(asked)) is inside
    assert not spans((), code(asked))


def test_every_kind_of_statement_has_its_key_role_and_its_issuers() -> None:
    assert set(KEY_ROLE_OF) == set(ISSUERS_OF) == set(Kind)


def test_every_code_of_gate_4_has_a_word_of_the_standard() -> None:
    codes = {case.code for case in REFUSALS} | {TrustCode.NO_LIST, TrustCode.LIST_EXPIRED}

    assert codes <= set(SUB_INDICATIONS)


@pytest.mark.parametrize("blank", ["\u00a0", "\u3000", "\u2003", "\x85"])
@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("CN-CB-0103</c:Issuer>", TrustCode.KEY_OF_ANOTHER_BODY),
        ("</SchemeID>", TrustCode.KEY_OUT_OF_SCOPE),
        ("</SectorCode>", TrustCode.KEY_OUT_OF_SCOPE),
    ],
)
def test_establish_the_blanks_of_other_scripts_belong_to_the_text(
    world: World, text: str, code: TrustCode, blank: str
) -> None:
    name, _, end = text.partition("</")
    draft = world.draft(changes={text: f"{name}{blank}</{end}"})

    with pytest.raises(TrustError) as caught:
        trusted(world, world.sign(draft, ISSUER))

    assert caught.value.code is code


def test_establish_reads_tokens_as_their_types_have_them(world: World) -> None:
    draft = world.draft(
        changes={
            "CN-CB-0103</c:Issuer>": "&#10; CN-CB-0103\t</c:Issuer>",
            '<SectorCode listID="IAF-ID1">': '<SectorCode listID=" IAF-ID1 ">&#13; ',
            "<Number>ISO 9001<": "<Number> ISO &#10;\t9001 <",
        }
    )

    found = trusted(world, world.sign(draft, ISSUER))

    assert found.claim == trusted(world, world.attestation()).claim
