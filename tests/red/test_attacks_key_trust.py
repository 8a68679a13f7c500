"""Attacks by keys whose trust does not reach: too early, too late, elsewhere, narrowed since."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.codes.declarations import DeclarationCode
from exchange.codes.trust import TrustCode
from exchange.core.competence import Scope
from exchange.core.model import KeyRole
from exchange.core.sentences import LANGUAGES, TEXTS, sentence
from exchange.core.trust_values import KeyPeriod, KeyStatus
from exchange.core.verification import Asked, Question, Verification
from exchange.errors import RejectedError
from exchange.service.materials import schemas_folder
from tests.core.test_verification import kept, result, verified
from tests.living import begun
from tests.world import ISSUER, START, World

QMS = "urn:mrhub:scheme:management-systems"
CCC = "urn:mrhub:scheme:ccc"
DAY = timedelta(days=1)
Change = Callable[[World], World]


def periods(*given: tuple[KeyStatus, timedelta]) -> tuple[KeyPeriod, ...]:
    """Return periods, newest first, that begin so long after the start of the world."""
    found: list[KeyPeriod] = []
    for status, since in given:
        end = found[-1].not_before if found else None
        found.append(KeyPeriod(status=status, not_before=START + since, not_after=end))
    return tuple(found)


def status_key(**changes: object) -> Change:
    return lambda world: world.with_key(ISSUER, KeyRole.STATUS, **changes)


def scoped(role: KeyRole, **changes: object) -> Change:
    """Return a change of the scope of one key."""

    def change(world: World) -> World:
        body = next(one for one in world.description.bodies if one.id == ISSUER)
        scope = next(key.scope for key in body.keys if key.role is role)
        return world.with_key(ISSUER, role, scope=replace(scope, **changes))  # type: ignore[arg-type]

    return change


LATER = status_key(periods=periods((KeyStatus.GRANTED, DAY)))
UNTIL_YESTERDAY = status_key(
    periods=periods((KeyStatus.WITHDRAWN, -DAY), (KeyStatus.GRANTED, -300 * DAY))
)
SIGNED_UNTIL_YESTERDAY = status_key(signs_until=START - DAY)
ACCEPTED_UNTIL_YESTERDAY = status_key(signs_until=START - 2 * DAY, accepted_until=START - DAY)
OTHER_SCHEME = scoped(KeyRole.STATUS, schemes=frozenset({CCC}))
NO_SCOPE = status_key(scope=Scope())
OTHER_PRODUCTS = scoped(KeyRole.ATTESTATION, product_groups=())


def declaration(world: World) -> bytes:
    path = schemas_folder() / "declaration" / "samples" / "good" / "cn-all-public.xml"
    text = re.sub(
        r"urn:uuid:[0-9a-f-]+", f"urn:uuid:{uuid.uuid4()}", path.read_text(encoding="utf-8")
    )
    return world.sign(text.encode(), ISSUER, KeyRole.STATUS)


def refusal(world: World, data: bytes) -> str:
    with pytest.raises(RejectedError) as caught:
        world.examine(data)
    return caught.value.findings[0].code.value


@pytest.mark.parametrize(
    ("change", "code", "of_declaration"),
    [
        (LATER, TrustCode.KEY_NOT_YET_GRANTED, None),
        (UNTIL_YESTERDAY, TrustCode.KEY_WITHDRAWN, None),
        (SIGNED_UNTIL_YESTERDAY, TrustCode.SIGNED_OUTSIDE_PERIOD, None),
        (ACCEPTED_UNTIL_YESTERDAY, TrustCode.SIGNED_OUTSIDE_PERIOD, None),
        (OTHER_SCHEME, TrustCode.KEY_OUT_OF_SCOPE, DeclarationCode.DCL_01),
        (NO_SCOPE, TrustCode.KEY_OUT_OF_SCOPE, DeclarationCode.DCL_01),
    ],
)
def test_what_a_status_key_without_trust_signs_is_refused(
    world: World, change: Change, code: TrustCode, of_declaration: DeclarationCode | None
) -> None:
    there = change(world)
    first = begun(there, 1)
    for name in ("suspend", "restore", "withdraw", "extend"):
        assert refusal(there, first.change(name, 1)) == code.value
    assert refusal(there, declaration(there)) == (of_declaration or code).value


def test_backdated_signing_time_does_not_bring_trust_back(world: World) -> None:
    there = ACCEPTED_UNTIL_YESTERDAY(world)
    text = re.sub(
        rb"(?s)\s*<ds:Signature.*</ds:Signature>", b"", begun(there, 1).change("suspend", 1)
    )
    data = there.sign(text, ISSUER, KeyRole.STATUS, at=START - 3 * DAY)

    assert refusal(there, data) == TrustCode.NO_LONGER_ACCEPTED.value


def test_attestation_outside_the_products_of_its_key_is_refused(world: World) -> None:
    there = OTHER_PRODUCTS(world)

    assert refusal(there, begun(there, 1).data) == TrustCode.KEY_OUT_OF_SCOPE.value


def narrowed_later(world: World, change: Change, *names: str) -> Verification:
    """Return what is said two days on, when the lists have changed, about yesterday and now."""
    first = begun(world, 1)
    said = [first.data, *(first.change(name, 1) for name in names)]
    certificate = kept(world, *said)
    snapshot = change(world).snapshot
    world.clock.forward(2 * DAY)
    return verified(world, certificate, snapshot=snapshot, asked=Asked(on=(START + DAY).date()))


WITHDRAWN_SINCE = periods((KeyStatus.WITHDRAWN, DAY), (KeyStatus.GRANTED, -300 * DAY))


@pytest.mark.parametrize(("names", "code"), [((), "in-force"), (("withdraw",), "withdrawn")])
@pytest.mark.parametrize("role", [KeyRole.ATTESTATION, KeyRole.STATUS])
def test_key_that_is_retired_later_leaves_what_it_signed(
    world: World, role: KeyRole, names: tuple[str, ...], code: str
) -> None:
    found = narrowed_later(
        world, lambda one: one.with_key(ISSUER, role, periods=WITHDRAWN_SINCE), *names
    )

    assert found.code.value == f"verification.{code}"


@pytest.mark.parametrize(
    ("change", "question", "code"),
    [
        (OTHER_PRODUCTS, Question.ISSUER, TrustCode.KEY_OUT_OF_SCOPE),
        (
            scoped(KeyRole.ATTESTATION, schemes=frozenset({CCC})),
            Question.ISSUER,
            TrustCode.KEY_OUT_OF_SCOPE,
        ),
        (
            scoped(KeyRole.ATTESTATION, economies=frozenset()),
            Question.ISSUER,
            TrustCode.KEY_OUT_OF_SCOPE,
        ),
        (
            lambda one: one.with_key(ISSUER, KeyRole.ATTESTATION, signs_until=START - DAY),
            Question.KEY,
            TrustCode.SIGNED_OUTSIDE_PERIOD,
        ),
    ],
)
def test_narrowed_scope_counts_for_everything_that_the_key_has_signed(
    world: World, change: Change, question: Question, code: TrustCode
) -> None:
    """A scope has no history: to narrow it from now on, another key is listed."""
    found = narrowed_later(world, change)

    assert result(found, question) == ("failed", code.value)
    assert (found.overall.value, found.now, found.then) == ("not-valid", None, None)


@pytest.mark.parametrize("change", [OTHER_SCHEME, NO_SCOPE, UNTIL_YESTERDAY, LATER])
@pytest.mark.parametrize("name", ["withdraw", "suspend"])
def test_withdrawal_under_a_key_narrowed_since_makes_nothing_valid(
    world: World, change: Change, name: str
) -> None:
    found = narrowed_later(world, change, name)

    assert result(found, Question.STANDING) == ("unknown", "verification.statement-unsound")
    assert found.overall.value == "cannot-tell"
    # Nobody says that it was in force on any day: the lost change may have ended it.
    assert (found.now, found.then) == (None, None)
    for language in LANGUAGES:
        day = TEXTS[language]["then-valid"].partition("{day}")[2]
        assert day not in sentence(found, language)
