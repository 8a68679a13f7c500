"""How a rule of gate 5 is provoked: other texts in a good sample, or another world."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Final

from exchange.codes import Code
from exchange.core.competence import AccreditationPeriod, AccreditationState, ScopeCode
from exchange.core.model import KeyRole
from exchange.core.trust_values import BodyPeriod, BodyState
from exchange.errors import Finding, RuleError
from exchange.service.described import DescribedBody
from tests.world import ISSUER, World, make_world

SYSTEM: Final = "cn-qms-food-multi-site"
KETTLE: Final = "cn-ccc-kettle"
TAKEN_OVER: Final = "pt-qms-taken-over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provocation:
    """One way to break one rule."""

    code: Code
    name: str
    sample: str = SYSTEM
    kind: str = "attestation"
    changes: Mapping[str, str] = field(default_factory=dict)
    without: str | None = None
    """An element that is cut out, as it is written."""
    world: Callable[[World], World] | None = None

    def text(self, draft: str) -> str:
        """Return the draft with the changes made."""
        for old, new in self.changes.items():
            if old not in draft:
                raise AssertionError(f"{self.sample} does not contain {old!r}")
            draft = draft.replace(old, new)
        if self.without is not None:
            draft, cuts = re.subn(
                f"<{self.without}[ >].*?</{self.without}>", "", draft, flags=re.DOTALL
            )
            if not cuts:
                raise AssertionError(f"{self.sample} has no {self.without}")
        return draft


def authority_listed_later(world: World) -> World:
    later = BodyPeriod(state=BodyState.ACTIVE, since=datetime(2026, 6, 1, tzinfo=UTC))
    return world.with_body("CN-AB-CNAS", history=(later,))


def authority_suspended_then(world: World) -> World:
    history = (
        BodyPeriod(state=BodyState.ACTIVE, since=datetime(2026, 6, 1, tzinfo=UTC)),
        BodyPeriod(state=BodyState.SUSPENDED, since=datetime(2026, 3, 16, tzinfo=UTC)),
        BodyPeriod(state=BodyState.ACTIVE, since=datetime(2020, 1, 1, tzinfo=UTC)),
    )
    return world.with_body("CN-AB-CNAS", history=history)


def issuer(world: World) -> DescribedBody:
    return next(body for body in world.description.bodies if body.id == ISSUER)


def product_accreditation_with_sectors(world: World) -> World:
    sectors = (ScopeCode(list_id="IAF-ID1", code="3"), ScopeCode(list_id="IAF-ID1", code="29"))
    accreditations = tuple(
        replace(one, scope_codes=(*one.scope_codes, *sectors)) if one.number.endswith("P") else one
        for one in issuer(world).accreditations
    )
    return world.with_body(ISSUER, accreditations=accreditations)


def sector_under_another_accreditation(world: World) -> World:
    sector = ScopeCode(list_id="IAF-ID1", code="29")
    accreditations = tuple(
        replace(
            one,
            scope_codes=(*one.scope_codes, sector)
            if one.number.endswith("P")
            else tuple(code for code in one.scope_codes if code != sector),
        )
        for one in issuer(world).accreditations
    )
    return world.with_body(ISSUER, accreditations=accreditations)


def sector_forty(world: World) -> World:
    forty = ScopeCode(list_id="IAF-ID1", code="40")
    whole = issuer(world)
    accreditations = tuple(
        replace(one, scope_codes=(*one.scope_codes, forty)) for one in whole.accreditations
    )
    scope = next(key.scope for key in whole.keys if key.role is KeyRole.ATTESTATION)
    wider = replace(scope, product_groups=(*scope.product_groups, forty))
    return world.with_body(ISSUER, accreditations=accreditations).with_key(
        ISSUER, KeyRole.ATTESTATION, scope=wider
    )


def accreditation(state: AccreditationState, *since: str) -> Callable[[World], World]:
    """Return a change of the world: the accreditation for systems had this state since a day."""

    def change(world: World) -> World:
        accreditations = tuple(
            replace(
                one,
                history=(
                    *(
                        AccreditationPeriod(state=step, since=date.fromisoformat(day))
                        for step, day in zip(
                            (AccreditationState.ACTIVE, state)[-len(since) :], since, strict=True
                        )
                    ),
                    AccreditationPeriod(state=AccreditationState.ACTIVE, since=date(2022, 6, 1)),
                ),
            )
            if one.number.endswith("M")
            else one
            for one in issuer(world).accreditations
        )
        return world.with_body(ISSUER, accreditations=accreditations)

    return change


def given(
    code: Code,
    name: str,
    changes: Mapping[str, str],
    sample: str = SYSTEM,
    world: Callable[[World], World] | None = None,
) -> Provocation:
    return Provocation(code=code, name=name, sample=sample, changes=changes, world=world)


def without(code: Code, name: str, element: str, sample: str = SYSTEM) -> Provocation:
    return Provocation(code=code, name=name, sample=sample, without=element)


def changed(code: Code, name: str, sample: str, changes: Mapping[str, str]) -> Provocation:
    return Provocation(code=code, name=name, sample=sample, kind="status-change", changes=changes)


def findings_of(world: World, draft: bytes) -> tuple[Finding, ...]:
    """Return what gate 5 says about a draft, whether it accepts it or not."""
    try:
        return world.examine(world.sign(draft)).findings
    except RuleError as refusal:
        return refusal.findings


def broken_by(provocation: Provocation) -> tuple[Finding, ...]:
    """Return what gate 5 says about a broken document, having made sure that it is one fault.

    What the sample is warned about unbroken is not counted.
    """
    world = make_world()
    draft = world.draft(provocation.sample, kind=provocation.kind)
    usual = {finding.code for finding in findings_of(world, draft)} - {provocation.code}
    if provocation.world is not None:
        world = provocation.world(world)
    findings = findings_of(world, provocation.text(draft.decode()).encode())
    assert {finding.code for finding in findings} - usual == {provocation.code}
    return findings
