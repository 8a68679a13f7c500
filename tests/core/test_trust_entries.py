"""Entries of bodies: written and read alone and on a list, with everything that can stand there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from lxml import etree

from exchange.codes.trust import TrustCode
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.competence import Scope
from exchange.core.model import BodyId, Custody, Economy, KeyRole
from exchange.core.trust_list_writing import ListDraft, canonical_form, write_list
from exchange.core.trust_reading import known_certificates, read_entry
from exchange.core.trust_tree import LANG, T
from exchange.core.trust_values import (
    Body,
    FormerName,
    KeyEntry,
    KeyPeriod,
    KeyStatus,
    LegalBasis,
    ListType,
    Operator,
    Place,
    SignatureLevel,
)
from exchange.core.trust_writing import write_entry
from exchange.core.trustlist import read_list
from exchange.core.xml import canonical
from exchange.errors import TrustError
from tests.core.test_trustlist import CN_KEY, as_draft, given, pin, signed
from tests.pki import make_signer
from tests.world import ISSUER, START, World

CHECKPOINT: Final = read_certificate(make_signer("ed25519").der)
_TOP: Final = make_signer(number=1, subject="Anchor & Söhne", authority=True)
_MIDDLE: Final = make_signer(number=2, subject="Issuer", authority=True, issuer=_TOP)
_LEAF: Final = make_signer(number=3, subject="认证机构", issuer=_MIDDLE)
_PLACE: Final = Place(
    street="1 Street", locality="City", economy=Economy("CN"), contact="mailto:a@b.example",
    information="https://b.example/",
)  # fmt: skip
_EMPTY: Final = Body(
    id=BodyId("CN-CB-01"), roles=frozenset(), names={}, economy=Economy("CN"),
    economies=frozenset(), time_zone="UTC", approval_number=None, cab_code=None, history=(),
    accreditations=(), capabilities=(), place=_PLACE, endpoint=None, forbids_hub_custody=False,
    keys=(),
)  # fmt: skip
_DRAFT: Final = ListDraft(
    type=ListType.ECONOMY, territory=Economy("CN"), sequence=1, issued_at=START,
    next_update=START, history_period=timedelta(days=1),
    operator=Operator(names={"en": "a"}, scheme_names={"en": "b"}, place=_PLACE),
    announces=(_LEAF.der,), distribution_points=("https://b.example/CN.xml",),
)  # fmt: skip
TOP, MIDDLE, LEAF = (read_certificate(one.der) for one in (_TOP, _MIDDLE, _LEAF))


def of_issuer(world: World) -> Body:
    return world.snapshot.trust.bodies[BodyId(ISSUER)]


def with_key(body: Body, role: KeyRole, **changes: object) -> Body:
    """Return the body with the first key of a role changed."""
    keys = list(body.keys)
    index = next(number for number, key in enumerate(keys) if key.role is role)
    keys[index] = replace(keys[index], **changes)  # type: ignore[arg-type]
    return replace(body, keys=tuple(keys))


def full(body: Body) -> Body:
    """Return a body that has everything which an entry can say."""
    changed = with_key(
        body,
        KeyRole.ATTESTATION,
        certificate=LEAF,
        path=(MIDDLE, TOP),
        legal=LegalBasis(
            instrument="《中华人民共和国电子签名法》 & more",
            level=SignatureLevel.ADVANCED_QUALIFIED_CERTIFICATE,
        ),
        custody=Custody.HUB,
        periods=(
            KeyPeriod(status=KeyStatus.SUSPENDED, not_before=START, not_after=None),
            KeyPeriod(
                status=KeyStatus.GRANTED,
                not_before=datetime(2021, 1, 1, tzinfo=UTC),
                not_after=START,
            ),
        ),
    )
    checkpoint = KeyEntry(
        body=body.id,
        role=KeyRole.CHECKPOINT,
        custody=Custody.OWN,
        certificate=CHECKPOINT,
        names=MappingProxyType({"en": "checkpoint"}),
        periods=(
            KeyPeriod(
                status=KeyStatus.GRANTED,
                not_before=datetime(2021, 1, 1, tzinfo=UTC),
                not_after=None,
            ),
        ),
        scope=Scope(),
        signs_until=START + timedelta(days=300),
        accepted_until=START + timedelta(days=400),
        legal=LegalBasis(instrument="Regulation (EU) 910/2014", level=SignatureLevel.BASIC),
    )
    return replace(
        changed,
        keys=(*changed.keys, checkpoint),
        former_names=(
            FormerName(names=MappingProxyType({"en": "Huaxin & Co", "zh": "华信"}), until=START),
            FormerName(
                names=MappingProxyType({"en": "Before"}), until=datetime(2022, 1, 1, tzinfo=UTC)
            ),
        ),
        predecessors=frozenset({BodyId("CN-CB-0099"), BodyId("CN-CB-0098")}),
        endpoint="https://127.0.0.1:8443/in",
        approval_number="CNCA-R-2002-103",
        cab_code="03",
    )


def again(body: Body) -> Body:
    """Return the body after its entry was written, sent and read."""
    return read_entry(etree.fromstring(etree.tostring(write_entry(body))))


def test_every_entry_of_the_world_is_read_back_as_it_was(world: World) -> None:
    for body in world.snapshot.trust.bodies.values():
        assert again(body) == body


def test_an_entry_with_everything_is_read_back_as_it_was(world: World) -> None:
    body = full(of_issuer(world))

    assert again(body) == body
    assert again(body).keys[-1].certificate is CHECKPOINT


def test_an_entry_with_everything_stands_on_a_list(world: World) -> None:
    body = full(of_issuer(world))
    one = next(one for one in world.lists if one.territory == "CN" and one.bodies)
    bodies = tuple(body if was.id == body.id else was for was in one.bodies)
    data = signed(world, write_list(replace(as_draft(one), bodies=bodies)), CN_KEY)

    found = read_list(data, pinned={pin(world, CN_KEY)}, at=START, **given(world))

    assert found.bodies == bodies


def test_the_same_values_give_the_same_octets(world: World) -> None:
    body = full(of_issuer(world))
    shuffled = replace(
        body,
        predecessors=frozenset(sorted(body.predecessors, reverse=True)),
        economies=frozenset(sorted(body.economies, reverse=True)),
    )

    assert canonical(write_entry(body)) == canonical(write_entry(shuffled))


@pytest.mark.parametrize("level", SignatureLevel)
def test_each_signature_level_is_written_and_read(world: World, level: SignatureLevel) -> None:
    legal = LegalBasis(instrument="Закон 63-ФЗ", level=level)

    body = with_key(of_issuer(world), KeyRole.STATUS, legal=legal)

    assert {key.legal for key in again(body).keys if key.role is KeyRole.STATUS} == {legal}


def test_known_key_certificates_are_not_parsed_again(world: World) -> None:
    body = full(of_issuer(world))
    known = known_certificates([body])

    found = read_entry(write_entry(body), known)

    assert all(
        one.certificate is was.certificate for one, was in zip(found.keys, body.keys, strict=True)
    )
    assert known.keys() >= {LEAF.der, MIDDLE.der, TOP.der}


def path(*above: KeyCertificate) -> Callable[[Body], Body]:
    return lambda body: with_key(body, KeyRole.ATTESTATION, certificate=LEAF, path=above)


def ed25519(role: KeyRole) -> Callable[[Body], Body]:
    return lambda body: with_key(body, role, certificate=CHECKPOINT)


def checkpoint_of_another_kind(body: Body) -> Body:
    entry = replace(full(body).keys[-1], certificate=LEAF)
    return replace(body, keys=(*body.keys, entry))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (path(TOP), TrustCode.KEY_PATH),
        (path(TOP, MIDDLE), TrustCode.KEY_PATH),
        (path(MIDDLE, LEAF), TrustCode.KEY_PATH),
        (path(MIDDLE, MIDDLE), TrustCode.KEY_PATH),
        (ed25519(KeyRole.ATTESTATION), TrustCode.KEY_CERTIFICATE),
        (ed25519(KeyRole.RECEIPT), TrustCode.KEY_CERTIFICATE),
        (ed25519(KeyRole.TRANSPORT), TrustCode.KEY_CERTIFICATE),
        (checkpoint_of_another_kind, TrustCode.KEY_CERTIFICATE),
    ],
    ids=[
        "the issuer left out", "upside down", "a signer as authority", "no anchor of that name",
        "a checkpoint key for attestations", "a checkpoint key for receipts",
        "a checkpoint key for connections", "another key for checkpoints",
    ],
)  # fmt: skip
def test_a_key_that_can_never_work_is_refused_when_it_is_listed(
    world: World, change: Callable[[Body], Body], code: TrustCode
) -> None:
    body = change(of_issuer(world))

    for known in ({}, known_certificates([body])):
        with pytest.raises(TrustError) as caught:
            read_entry(write_entry(body), known)

        assert caught.value.code is code
        assert ISSUER in caught.value.findings[0].path


@pytest.mark.parametrize("text", ["bell \x07", "end \x00", "half \ud800", "not one \uffff"])
def test_a_text_that_no_list_can_hold_is_refused_before_anybody_signs_it(text: str) -> None:
    with pytest.raises(TrustError) as caught:
        write_entry(replace(_EMPTY, cab_code=text))

    assert caught.value.code is TrustCode.ENTRY_TEXT


@settings(max_examples=300, deadline=None)
@for_all(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\t\n\r")))
def test_no_text_of_a_stranger_is_markup(text: str) -> None:
    body = replace(_EMPTY, names=MappingProxyType({"en": text}))

    entry = write_entry(body)

    (name,) = entry.iter(f"{T}TSPName")
    assert [(one.get(LANG), one.text or "") for one in name] == [("en", text)]


@settings(max_examples=300, deadline=None)
@for_all(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\t\n\r")),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\t\n\r")),
)
def test_the_canonical_form_of_what_is_written_needs_no_parser(text: str, language: str) -> None:
    body = replace(_EMPTY, names=MappingProxyType({language: text}), endpoint=text, cab_code=text)
    data = write_list(replace(_DRAFT, bodies=(body,), territory=Economy(text)))

    assert canonical(etree.fromstring(data)) == canonical_form(data)
