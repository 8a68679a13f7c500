"""Who is let in as a person, and who no longer is."""

from __future__ import annotations

import pytest

from exchange.codes.service import RefusedCode
from exchange.core.trust_values import BodyPeriod, BodyState
from exchange.errors import RefusedError
from exchange.service.administrators import identify_administrator
from tests.core.actions.provocations import officers_of_authority
from tests.founded import CNAS, FOUNDED_AT, admitted


def test_person_of_a_body_that_has_ended_reads_nothing_any_more() -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    der = mei.administrator.certificate.der
    assert identify_administrator(hub.state, der, hub.clock.now) == mei.administrator
    ended = BodyPeriod(state=BodyState.ENDED, since=FOUNDED_AT)
    hub.change(hub.entry(CNAS, history=(ended,)), shrinking=True)

    with pytest.raises(RefusedError) as caught:
        identify_administrator(hub.state, der, hub.clock.now)

    assert caught.value.code is RefusedCode.KEY_NOT_ACTIVE


def test_person_of_a_body_that_is_suspended_still_sees_why() -> None:
    hub = admitted()
    mei, _ = officers_of_authority(hub)
    hub.suspend(hub.li, CNAS)

    found = identify_administrator(hub.state, mei.administrator.certificate.der, hub.clock.now)

    assert found == mei.administrator
