"""The day that somebody asks about: in force now and not then is not *valid*."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from exchange.core.sentences import LANGUAGES, TEXTS, sentence
from exchange.core.verification import Asked, Verification
from tests.core.test_verification import kept, verified
from tests.living import begun
from tests.world import World


def suspended_for_ten_days(world: World, on: date) -> Verification:
    """Return the answer about a certificate that was suspended and restored."""
    first = begun(world, 1)
    data = [first.data]
    for number, change in enumerate(("suspend", "restore"), 1):
        previous = "active" if change == "suspend" else "suspended"
        data.append(first.change(change, number, previous=previous))
        world.clock.forward(timedelta(days=10))
    return verified(world, kept(world, *data), asked=Asked(on=on))


@pytest.mark.parametrize(("days", "overall"), [(3, "not-valid"), (12, "valid")])
def test_suspended_on_the_day_is_not_valid_though_in_force_now(
    world: World, days: int, overall: str
) -> None:
    begins = world.clock.now.date()
    found = suspended_for_ten_days(world, begins + timedelta(days=days))

    assert found.overall.value == overall
    assert found.now is not None
    assert found.now.status.value == "active"
    for language in LANGUAGES:
        lead, text = TEXTS[language]["not-valid"].format(reason=""), sentence(found, language)
        assert text.startswith(lead) is (overall == "not-valid")
    if overall == "not-valid":
        assert (found.because, found.code.value) == (("then",), "verification.suspended")
        text = sentence(found, "en")
        assert "is in force today" in text
        assert "it was not valid: it was suspended" in text


def test_not_begun_on_the_day_is_not_valid(world: World) -> None:
    found = verified(world, kept(world, begun(world, 2).data), asked=Asked(on=date(2020, 1, 1)))

    assert (found.overall.value, found.because) == ("not-valid", ("then",))
    assert found.code.value == "verification.not-yet"
    assert sentence(found, "en").startswith("Not valid: ")
    assert "it had not begun yet" in sentence(found, "en")
