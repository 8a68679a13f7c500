"""An action takes the one road: five gates, a statement, no change of the register."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from exchange.codes.actions import ActionCode
from exchange.codes.trust import TrustCode
from exchange.core.actions.values import (
    Action,
    Activate,
    Activation,
    BodyChange,
    Propose,
    SubjectKind,
    Suspend,
    Word,
)
from exchange.core.actions.writing import write_action
from exchange.core.model import BodyId, BodyRole, ContentDigest, DocumentId, Economy, KeyRole, Kind
from exchange.core.projection import project
from exchange.core.trust_values import Capability
from exchange.errors import RuleError, TrustError
from tests.founded import (
    CB,
    CNAS,
    HUB,
    accreditation,
    founding_word,
    make_body,
    make_entry,
    make_person,
    sign,
)
from tests.world import World, make_world

SUSPEND = Suspend(kind=SubjectKind.BODY, body=CB, key=None, reason="lost")


def action(world: World, word: Word, *, is_signed: bool = True, hub: BodyId = HUB) -> Action:
    """Return an action of this world's hub."""
    drafted = Action(
        action_id=DocumentId(f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, 'action')}"),
        hub=hub,
        made_at=world.clock.now,
        word=word,
        person=None,
        key=None,
        signature=None,
    )
    return sign(drafted, make_person("li-wei")) if is_signed else drafted


def sealed(world: World, one: Action, body: BodyId = HUB, role: KeyRole = KeyRole.RECEIPT) -> bytes:
    return world.sign(write_action(one), body, role)


def test_action_passes_five_gates_and_changes_nothing_in_the_register() -> None:
    world = make_world()
    said = action(world, SUSPEND)

    accepted = world.examine(sealed(world, said))
    statement = project(accepted, world.snapshot.trust)

    assert accepted.document == said
    assert accepted.trusted.claim.issuer == HUB
    assert (statement.kind, statement.issuer, statement.claim) == (Kind.ACTION, HUB, None)
    assert statement.document_id == said.action_id
    assert statement.scheme is None
    assert statement.order_key == said.action_id


@pytest.mark.parametrize(
    ("body", "role", "code"),
    [
        (HUB, KeyRole.LIST, TrustCode.KEY_ROLE),
        (CB, KeyRole.ATTESTATION, TrustCode.KEY_OF_ANOTHER_BODY),
    ],
)
def test_action_sealed_by_another_key_is_refused(
    body: BodyId, role: KeyRole, code: TrustCode
) -> None:
    world = make_world()

    with pytest.raises(TrustError) as caught:
        world.examine(sealed(world, action(world, SUSPEND), body, role))

    assert caught.value.code is code


def test_body_that_operates_no_hub_issues_no_action() -> None:
    world = make_world()

    with pytest.raises(TrustError) as caught:
        world.examine(sealed(world, action(world, SUSPEND, hub=CNAS), CNAS))

    assert caught.value.code is TrustCode.BODY_ROLE


@pytest.mark.parametrize(
    ("word", "is_signed", "code"),
    [
        (SUSPEND, False, ActionCode.PERSON_MISSING),
        (Activate(proposal=ContentDigest(bytes(32))), True, ActionCode.PERSON_MISSING),
        (founding_word(), False, ActionCode.FOUND_AGAIN),
    ],
)
def test_word_that_nobody_may_say_so_is_refused(
    word: Word,
    is_signed: bool,  # noqa: FBT001
    code: ActionCode,
) -> None:
    world = make_world()

    with pytest.raises(RuleError) as caught:
        world.examine(sealed(world, action(world, word, is_signed=is_signed)))

    assert code in {finding.code for finding in caught.value.findings}


def test_entry_is_held_against_the_registers_before_anybody_approves_it() -> None:
    world = make_world()
    body = replace(
        make_body(
            BodyId("CN-CB-0777"),
            BodyRole.CERTIFICATION_BODY,
            accreditations=(accreditation(CNAS),),
            keys=(make_entry(BodyId("CN-CB-0777")),),
        ),
        economies=frozenset({Economy("CN"), Economy("QQ")}),
        capabilities=(
            Capability(kind=Kind.ATTESTATION, schema="urn:nobody:1", schemes=frozenset()),
        ),
    )
    word = Propose(
        changes=(BodyChange(body=body, base=None),),
        activation=Activation(at=world.clock.now),
        reason="because",
    )

    with pytest.raises(RuleError) as caught:
        world.examine(sealed(world, action(world, word)))

    assert {finding.code for finding in caught.value.findings} == {
        TrustCode.BODY_ECONOMY,
        TrustCode.CAPABILITY_UNKNOWN,
    }
