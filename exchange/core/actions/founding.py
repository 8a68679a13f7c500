"""The first action: the ceremony, signed by the offline root before everybody's eyes.

- It brings the operator's entry with its first keys, the lists, and three trust officers.
- Its keys need no second person and no evidence: who stood around the table saw them made.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import combinations

from exchange.codes.actions import ActionCode
from exchange.core.actions.entries import entry_digest, key_state
from exchange.core.actions.life import KeyState
from exchange.core.actions.listing import list_findings
from exchange.core.actions.moves import Effective
from exchange.core.actions.persons import same_human, usable_findings
from exchange.core.actions.plan import seals
from exchange.core.actions.settle import settle
from exchange.core.actions.state import FEWEST_OFFICERS, KeyEvent, KeyRecord, TrustState
from exchange.core.actions.values import (
    Administrator,
    AdministratorRole,
    Found,
    SealedAction,
)
from exchange.core.model import BodyId, KeyRole
from exchange.core.trust_values import Body
from exchange.errors import Finding, RuleError


def begin(sealed: SealedAction) -> TrustState:
    """Return the state of trust after the founding.

    Args:
        sealed: The founding; whoever verified its seal has pinned the root that made it.

    Raises:
        RuleError: It founds nothing (`action.founding` and others); all findings are named.
    """
    action, at = sealed.action, sealed.at
    word = action.word
    if not isinstance(word, Found) or action.person is not None:
        raise RuleError(_fault("expected the founding, without a person, found another action"))
    settled = settle(None, word.hub, Effective(start=at, due=at, is_now=True))
    hub = settled.body
    findings = (
        *_hub_findings(hub, action.hub, at),
        *settled.findings,
        *list_findings((hub,), at),
        *_list_findings(word, hub),
        *_officer_findings(word.officers, hub, at),
        *_root_findings(sealed, word, hub),
    )
    if findings:
        raise RuleError(*findings)
    return TrustState(
        hub=hub.id,
        root=sealed.sealed_by,
        count=1,
        at=at,
        last=sealed.digest,
        administrators={one.person: one for one in word.officers},
        former={},
        person_keys={one.certificate.key_id: one.person for one in word.officers},
        lists={one.territory: one for one in word.lists},
        bodies={hub.id: hub},
        digests={hub.id: entry_digest(hub)},
        owners={key.key_id: key for key in hub.keys},
        keys={
            key.fingerprint: KeyRecord(
                fingerprint=key.fingerprint,
                body=hub.id,
                role=key.role,
                proof=None,
                evidence=None,
                events=(
                    KeyEvent(
                        state=KeyState.ACTIVE,
                        at=key.periods[0].not_before,
                        action=sealed.digest,
                        persons=(),
                        reason="founding",
                    ),
                ),
            )
            for key in hub.keys
        },
        proposals={},
        waiting=frozenset(),
        spent=frozenset({action.action_id}),
        suspensions={},
        stopped_keys={},
        stopped_bodies={},
        quota={},
    )


def _hub_findings(hub: Body, named: BodyId, at: datetime) -> Iterator[Finding]:
    if hub.id != named:
        yield _fault(f"expected the entry of {named}, found that of {hub.id}")
    if not seals(hub, at):
        yield _fault("expected an active hub operator with an active receipt key, found none")
    if not any(
        key.role is KeyRole.LIST and key_state(key, at) is KeyState.ACTIVE for key in hub.keys
    ):
        yield _fault("expected an active list key of the hub, found none")


def _list_findings(word: Found, hub: Body) -> Iterator[Finding]:
    territories = [one.territory for one in word.lists]
    if hub.economy not in territories or len(set(territories)) != len(territories):
        yield _fault(
            f"expected one list for each economy, {hub.economy} among them, found "
            f"{' '.join(territories) or 'none'}"
        )


def _officer_findings(
    officers: Sequence[Administrator], hub: Body, at: datetime
) -> Iterator[Finding]:
    if len(officers) < FEWEST_OFFICERS:
        yield _fault(f"expected {FEWEST_OFFICERS} trust officers or more, found {len(officers)}")
    for one in officers:
        if one.body != hub.id or one.role is not AdministratorRole.TRUST_OFFICER:
            yield _fault(f"expected a trust officer of {hub.id}, found {one.person}")
        yield from usable_findings(one, at)
    for one, other in combinations(officers, 2):
        if same_human(one, other):
            yield _fault(
                f"{one.person} has the name, key or identity document of {other.person}",
                ActionCode.PERSON_TWICE,
            )


def _root_findings(sealed: SealedAction, word: Found, hub: Body) -> Iterator[Finding]:
    """The root stays off line: it is nobody's key, and none of the hub."""
    keys = [key.certificate for key in hub.keys]
    persons = [one.certificate for one in word.officers]
    if any(one.fingerprint == sealed.sealed_by for one in (*keys, *persons)):
        yield _fault("expected a root of its own, found a key of the hub or of an officer")
    ids = {one.key_id for one in keys}
    if any(one.key_id in ids for one in persons):
        yield _fault("has a key of the hub", ActionCode.KEY_OF_PERSON)


def _fault(message: str, code: ActionCode = ActionCode.FOUNDING) -> Finding:
    return Finding(code=code, path="/Action/Word/Found", message=message)
