"""What an action must be before anybody asks who says it.

Whether the person is known, the signature theirs and the change theirs to make is decided by
`exchange.core.actions.fold`, from the actions before this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from exchange.codes.actions import ActionCode
from exchange.core.actions.listing import register_findings
from exchange.core.actions.values import Action, Activate, BodyChange, Found, Propose
from exchange.core.snapshot import Snapshot
from exchange.errors import Finding

ActionRule = Callable[[Action, Snapshot, datetime], Iterator[Finding]]


def somebody_says_it(action: Action, _snapshot: Snapshot, _at: datetime) -> Iterator[Finding]:
    """A word carries the signature of the person who says it; what the hub notes has none.

    Source: issue 3, "every action carries the administrator's own signature".
    """
    has_person = action.signature is not None
    if isinstance(action.word, Activate) is has_person:
        yield Finding(
            code=ActionCode.PERSON_MISSING,
            path="/Action/Person",
            message="expected no person, found one"
            if has_person
            else "expected the signature of a person, found none",
        )


def nobody_founds_again(action: Action, _snapshot: Snapshot, _at: datetime) -> Iterator[Finding]:
    """The founding is signed by the offline root at the ceremony, and by nothing else.

    Source: issue 3, "the ceremony".
    """
    if isinstance(action.word, Found):
        yield Finding(
            code=ActionCode.FOUND_AGAIN,
            path="/Action/Word/Found",
            message="expected another word, since trust was founded before this hub opened",
        )


def entries_are_of_the_registers(
    action: Action, snapshot: Snapshot, at: datetime
) -> Iterator[Finding]:
    """Economies are those of the code list, and documents that a body takes have a schema.

    Source: TSL-07 and TSL-11, which every reader of the list asks again.
    """
    if isinstance(action.word, Propose):
        bodies = [one.body for one in action.word.changes if isinstance(one, BodyChange)]
        catalogue = snapshot.catalogue
        registered = {(one.kind, catalogue.namespaces[one.files[0]]) for one in catalogue.documents}
        yield from register_findings(bodies, at, snapshot.code_lists, registered)


ACTION: Final[tuple[ActionRule, ...]] = (
    somebody_says_it,
    nobody_founds_again,
    entries_are_of_the_registers,
)
"""Asked of every action; each finding refuses it."""
