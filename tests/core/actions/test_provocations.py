"""Every code of actions is met by somebody, and what is refused changes nothing."""

from __future__ import annotations

from dataclasses import fields

import pytest

from exchange.codes.actions import ActionCode
from exchange.core.actions.fold import fold
from exchange.core.actions.founding import begin
from exchange.errors import RuleError
from tests.core.actions.provocations import PROVOCATIONS, Provocation, world
from tests.founded import FoundedHub

ELSEWHERE = {
    # Histories: tests/core/actions/test_history.py.
    ActionCode.RECEIVED_AT,
    ActionCode.ROOT,
}


@pytest.mark.parametrize(
    "provocation", PROVOCATIONS, ids=[f"{one.code.value}: {one.name}" for one in PROVOCATIONS]
)
def test_what_breaks_a_rule_is_refused_with_its_code(provocation: Provocation) -> None:
    hub = world()

    with pytest.raises(RuleError) as caught:
        provocation.do(hub)

    codes = {finding.code for finding in caught.value.findings}
    assert provocation.code in codes, caught.value.findings
    assert all(
        finding.path.startswith("/") or not finding.path for finding in caught.value.findings
    )


@pytest.mark.parametrize(
    "provocation", PROVOCATIONS, ids=[f"{one.code.value}: {one.name}" for one in PROVOCATIONS]
)
def test_what_is_refused_leaves_the_state_as_it_was(provocation: Provocation) -> None:
    hub = Watched(**{one.name: getattr(world(), one.name) for one in fields(FoundedHub)})

    with pytest.raises(RuleError):
        provocation.do(hub)

    assert hub.state == hub.refolded()


class Watched(FoundedHub):
    """A hub whose actions can be folded again."""

    def refolded(self) -> object:
        """Return what follows from the octets of everything that counted."""
        first, *more = map(self.opened, self.data)
        return fold(begin(first), more)


def test_every_code_of_actions_is_met() -> None:
    met = {one.code for one in PROVOCATIONS} | ELSEWHERE

    assert [code for code in ActionCode if code not in met] == []
