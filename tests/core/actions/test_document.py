"""Actions as XML: written in one way, read back as they were, and nothing beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from lxml import etree

from exchange.codes.actions import ActionCode
from exchange.core.actions.document import action_of, read_action, sealed_action
from exchange.core.actions.entries import entry_digest
from exchange.core.actions.person import person_octets, verify_person, word_digest
from exchange.core.actions.possession import possession_octets, verify_possession
from exchange.core.actions.values import (
    Action,
    Activate,
    Activation,
    AdministratorChange,
    Approve,
    BodyChange,
    Found,
    ProofOfPossession,
    Propose,
    Reject,
    SubjectKind,
    Suspend,
    Word,
)
from exchange.core.actions.writing import word_element, write_action
from exchange.core.algorithms import ALGORITHMS
from exchange.core.certificate import read_certificate
from exchange.core.limits import Limits
from exchange.core.model import ContentDigest, KeyRole
from exchange.core.schema import conform
from exchange.core.signature import verify
from exchange.core.trust_values import LegalBasis, SignatureLevel
from exchange.core.trust_writing import write_entry
from exchange.core.xml import canonical, parse
from exchange.errors import ExchangeError, RuleError
from tests.founded import (
    CB,
    FOUNDED_AT,
    HUB,
    admitted,
    bring,
    founding_word,
    hub_body,
    make_evidence,
    make_list,
    make_person,
    sign,
)
from tests.pki import make_signer
from tests.world import catalogue_and_lists

DIGEST = ContentDigest(sha256(b"a proposal").digest())
KEY = bring(CB, seed="2")
WORDS: dict[str, Word] = {
    "found": founding_word(),
    "propose a body": Propose(
        changes=(
            BodyChange(
                body=replace(
                    hub_body(),
                    predecessors=frozenset({CB}),
                    keys=(
                        replace(
                            hub_body().keys[0],
                            legal=LegalBasis(
                                instrument="Law & treaty “1”", level=SignatureLevel.ADVANCED
                            ),
                        ),
                    ),
                ),
                base=entry_digest(hub_body()),
                arrivals=(KEY.arrival, replace(KEY.arrival, evidence=None)),
            ),
        ),
        activation=Activation(at=FOUNDED_AT + timedelta(days=3), when_fetched=True),
        reason="first line\nsecond line with  two blanks & <markup> 认证",
    ),
    "propose persons and lists": Propose(
        changes=(
            AdministratorChange(
                administrator=make_person("new-one").administrator,
                replaces=make_person("li-wei").id,
            ),
            make_list("SG"),
            AdministratorChange(administrator=make_person("anna-berg").administrator, removed=True),
        ),
        activation=Activation(at=FOUNDED_AT),
        reason="because",
    ),
    "approve": Approve(
        proposal=DIGEST,
        shown=bytes(range(32)),
        evidence=((KEY.entry.fingerprint, make_evidence()),),
        confirms_shrinking=True,
    ),
    "reject": Reject(proposal=DIGEST, reason="no"),
    "suspend a key": Suspend(
        kind=SubjectKind.KEY, body=CB, key=KEY.entry.fingerprint, reason="lost"
    ),
    "suspend a body": Suspend(kind=SubjectKind.BODY, body=CB, key=None, reason="lost"),
    "activate": Activate(proposal=DIGEST),
}


def action_with(word: Word) -> Action:
    """Return an action that somebody signed, as far as its word is somebody's."""
    action = admitted().draft(word)
    return action if isinstance(word, Found | Activate) else sign(action, make_person("li-wei"))


@pytest.mark.parametrize("name", WORDS)
def test_action_is_read_back_as_it_was_written(name: str) -> None:
    action = action_with(WORDS[name])
    data = write_action(action)
    catalogue, _ = catalogue_and_lists()
    conform(parse(data, Limits()), catalogue, Limits())

    found, digest = action_of(canonical(parse(data, Limits()).root))

    assert found == action
    assert digest == word_digest(action)
    assert write_action(found) == data


def test_digest_of_the_word_is_that_of_its_element_in_the_document() -> None:
    action = action_with(WORDS["propose a body"])
    root = parse(write_action(action), Limits()).root
    element = root.find("{urn:mrhub:action:1}Word")
    assert element is not None

    by_hand = etree.tostring(element, method="c14n", exclusive=True)

    assert sha256(by_hand).digest() == word_digest(action)
    assert by_hand == canonical(word_element(action.word))


def test_digest_of_an_entry_is_that_of_its_element_on_the_list() -> None:
    body = hub_body()

    by_hand = etree.tostring(write_entry(body), method="c14n", exclusive=True)

    assert sha256(by_hand).digest() == entry_digest(body)


SPELLINGS = {
    "a blank between elements": (b"<Reject><Proposal>", b"<Reject> <Proposal>"),
    "a prefix of its own": (b"<Word>", b'<w:Word xmlns:w="urn:mrhub:action:1">'),
    "a blank in a digest": (b"</Proposal>", b"\n</Proposal>"),
    "one in place of true": (b">true<", b">1<"),
    "an instant with fractions": (b":00Z</ConfirmedAt>", b":00.5Z</ConfirmedAt>"),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_word_in_another_spelling_is_refused(name: str) -> None:
    old, new = SPELLINGS[name]
    word = WORDS["reject"] if b"Reject" in old or b"Proposal" in old else WORDS["approve"]
    data = write_action(action_with(word))
    other = data.replace(old, new)
    if b"w:Word" in new:
        other = other.replace(b"</Word>", b"</w:Word>")
    assert other != data
    catalogue, _ = catalogue_and_lists()
    conform(parse(other, Limits()), catalogue, Limits())

    with pytest.raises(RuleError) as caught:
        action_of(canonical(parse(other, Limits()).root))

    assert caught.value.code in (ActionCode.SPELLING, ActionCode.UNREADABLE)


def test_blanks_outside_the_word_do_not_matter() -> None:
    action = action_with(WORDS["reject"])
    data = write_action(action).replace(b"<Hub>", b"\n <Hub>")

    assert action_of(canonical(parse(data, Limits()).root))[0] == action


def test_sealed_action_carries_digest_seal_and_the_time_of_the_seal() -> None:
    hub = admitted()
    data = hub.sealed(hub.signed(hub.li, WORDS["reject"]))
    catalogue, _ = catalogue_and_lists()
    signed = verify(conform(parse(data, Limits()), catalogue, Limits()), ALGORITHMS)

    sealed = sealed_action(signed)

    assert sealed.action == read_action(signed)
    assert sealed.digest == signed.content_digest
    assert sealed.sealed_by == hub.seal.fingerprint
    assert sealed.at == hub.clock.now
    assert sealed.word_digest == word_digest(sealed.action)


# Persons


def test_person_signs_a_text_that_a_screen_can_show() -> None:
    action = action_with(WORDS["reject"])

    text = person_octets(action).decode()

    assert text == (
        "urn:mrhub:action:1 person\n"
        "hub XX-HUB-01\n"
        f"action {action.action_id}\n"
        "person XX-HUB-01/li-wei\n"
        "made-at 2026-11-22T11:00:00Z\n"
        f"word {word_digest(action).hex()}\n"
    )


def test_person_with_a_key_on_p384_signs_too() -> None:
    signer = make_signer("p384", number=9)
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey)
    administrator = replace(
        make_person("li-wei").administrator, certificate=read_certificate(signer.der)
    )
    action = replace(action_with(WORDS["reject"]), key=administrator.fingerprint, signature=None)
    value = ALGORITHMS.for_key(signer.key.public_key()).sign(signer.key, person_octets(action))

    verify_person(replace(action, signature=value), administrator)

    with pytest.raises(RuleError) as caught:
        verify_person(replace(action, signature=value[:64]), administrator)
    assert caught.value.code is ActionCode.PERSON_SIGNATURE


def test_person_with_an_rsa_key_is_no_person() -> None:
    signer = make_signer("rsa3072")
    administrator = replace(
        make_person("li-wei").administrator, certificate=read_certificate(signer.der)
    )
    action = replace(action_with(WORDS["reject"]), key=administrator.fingerprint)

    with pytest.raises(RuleError) as caught:
        verify_person(action, administrator)

    assert caught.value.code is ActionCode.PERSON_KEY


# Proofs


@pytest.mark.parametrize("kind", ["p256", "p384", "rsa3072"])
def test_every_kind_of_key_that_signs_documents_proves_its_possession(kind: str) -> None:
    signer = make_signer(kind)
    certificate = read_certificate(signer.der)
    assert isinstance(signer.key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    octets = possession_octets(
        hub=HUB,
        body=CB,
        role=KeyRole.STATUS,
        fingerprint=certificate.fingerprint,
        made_at=FOUNDED_AT,
    )
    row = ALGORITHMS.for_key(signer.key.public_key())
    proof = ProofOfPossession(
        made_at=FOUNDED_AT, algorithm=row.uri, value=row.sign(signer.key, octets)
    )

    verify_possession(proof, certificate, hub=HUB, body=CB, role=KeyRole.STATUS, at=FOUNDED_AT)

    for wrong in (
        replace(proof, value=bytes(len(proof.value))),
        replace(proof, value=b""),
        replace(proof, algorithm="urn:none"),
        replace(proof, made_at=FOUNDED_AT + timedelta(seconds=1)),
    ):
        with pytest.raises(ExchangeError) as caught:
            verify_possession(
                wrong, certificate, hub=HUB, body=CB, role=KeyRole.STATUS, at=FOUNDED_AT
            )
        assert caught.value.code is ActionCode.POSSESSION


def test_key_for_checkpoints_proves_its_possession_with_ed25519() -> None:
    hub = admitted()

    hub.change(hub.arrival_change(HUB, bring(HUB, KeyRole.CHECKPOINT, seed="2")))

    assert hub.key_of(HUB, 4).role is KeyRole.CHECKPOINT
