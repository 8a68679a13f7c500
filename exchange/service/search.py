"""Search: what the register finds for whoever asks, shown as far as its issuer discloses it.

- Anyone finds what issuers declared public; a body finds its own as well. What may not be seen
  is not counted, and its absence looks like any other.
- What is shown is read from the octets that are kept; the status is that of the register with
  the clock, with a mark where what it rests on is stopped (`exchange.core.hits`), and with
  *unknown since* where the body has not confirmed its register. A verdict is a verification
  (`exchange.service.verify`), and a hit is none.
- What an earlier revision said, a former number above all, leads to the latest one, which says
  that it was found so.

Example:
    >>> page = await search_register(hub, Question(text="海尔"), limit=20)
    >>> page.found[0].certificate_number
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, TypedDict

import structlog

from exchange.core.declarations import Declarations, Disclosure
from exchange.core.document.attestation import Attestation
from exchange.core.document.values import LocalName
from exchange.core.hits import Mark, marks, unconfirmed
from exchange.core.index_entry import attestation_of, index_entry
from exchange.core.lifecycle import FINAL_STATUSES
from exchange.core.model import BodyId, Status
from exchange.core.searching import (
    LIMIT,
    Clause,
    Question,
    Sight,
    checked,
    checked_limit,
    former_number,
    is_said,
    read_cursor,
    shown_status,
    write_cursor,
)
from exchange.core.snapshot import Snapshot
from exchange.errors import StoreError
from exchange.service.hub import Hub
from exchange.store.searching import Hit

_log = structlog.get_logger(__name__)

_STEP: Final = 200
"""Statements that are put into the index in one transaction."""
_PAUSE: Final = 0.05
"""Seconds between two of them, so that commits are not kept waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Former:
    """A certificate was found by what it says no more."""

    number: str
    """The number that it had before; empty when it was found by something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A certificate that was found."""

    certificate_number: str
    attestation_id: str
    issuer: BodyId
    scheme: str
    status: Status
    """By the register and the clock."""
    is_final: bool
    """Whether nothing can follow this status; any other one is temporary."""
    marks: tuple[Mark, ...]
    """What is stopped behind it, and whether its status is confirmed; empty on a quiet day."""
    former: Former | None
    """How it was found, where it was not by what its latest revision says."""
    holders: tuple[tuple[str, str], ...]
    """Names of the holder with their language; the authoritative one first."""
    economy: str
    objects: tuple[str, ...]
    """Names of products and services, or the scope, in the authoritative language."""
    standards: tuple[str, ...]
    """Numbers with editions."""
    valid_from: date | None
    valid_to: date | None
    """Last valid day, inclusive; `None` is open, or not readable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    """A page of certificates, newest first."""

    found: tuple[Found, ...]
    after: str | None
    """The cursor of the next page; `None` when there is none."""
    is_complete: bool
    """Whether everything that is kept is in the index; `False` while it is being made."""


async def search_register(
    hub: Hub,
    question: Question,
    *,
    caller: BodyId | None = None,
    after: str | None = None,
    limit: int = LIMIT,
) -> FoundPage:
    """Return a page of the certificates that a question finds.

    Args:
        hub: Open.
        question: What is searched for.
        caller: The body that asks; `None` is anyone.
        after: The cursor of the page before.
        limit: Certificates of the page.

    Raises:
        RefusedError: The question cannot be asked, or the cursor belongs to another one.
        StoreError: The database did not answer.
    """
    question, limit = checked(question), checked_limit(limit)
    at = hub.clock()
    declarations = await hub.store.declarations()
    sight = sight_of(declarations, caller)
    tag = question.tag(sight)
    place = None if after is None else read_cursor(after, tag)
    page = await hub.store.search(question, sight=sight, after=place, limit=limit, at=at)
    progress = await hub.store.search_progress()
    said = question.said()
    shown = (_found(hub.snapshot, declarations, hit, said, at) for hit in page.hits)
    return FoundPage(
        found=tuple(one for one in shown if _covers(question, one)),
        after=None if page.after is None else write_cursor(page.after, tag),
        is_complete=progress.is_complete,
    )


def sight_of(declarations: Declarations, caller: BodyId | None) -> Sight:
    """Return whose certificates may be shown to whoever asks."""
    return Sight(
        own=caller,
        public=frozenset(
            (one.issuer, one.scheme)
            for one in declarations.by_scheme.values()
            if one.disclosure is Disclosure.PUBLIC
        ),
    )


async def index_existing(hub: Hub) -> None:
    """Put what was there before the index into it, until everything is or the hub drains."""
    while not hub.draining.is_set():
        try:
            progress = await hub.store.index_more(_STEP)
        except StoreError as error:
            _log.error("search-index", code=error.code.value, cause=str(error))
            await asyncio.sleep(1)
            continue
        if progress.is_complete:
            return
        _log.info("search-index", done=progress.done, of=progress.of)
        await asyncio.sleep(_PAUSE)


def _covers(question: Question, found: Found) -> bool:
    """Tell whether a day lies in the validity; the index knows its year only."""
    day = question.valid_on
    if day is None:
        return True
    begun = found.valid_from is None or found.valid_from <= day
    return begun and (found.valid_to is None or day <= found.valid_to)


def _found(
    snapshot: Snapshot,
    declarations: Declarations,
    hit: Hit,
    said: Sequence[Clause],
    at: datetime,
) -> Found:
    document = None if hit.data is None else attestation_of(hit.data)
    status = shown_status(hit.row, at)
    issuer, scheme = hit.row.issuer, hit.row.scheme
    told = [*marks(document, issuer, hit.signer, snapshot, at)]
    if status is Status.ACTIVE and hit.heard_at is not None:
        told += unconfirmed(hit.heard_at, declarations.of_scheme(issuer, scheme), at)
    shared = _Shared(
        certificate_number=hit.certificate_number,
        attestation_id=hit.attestation_id,
        issuer=issuer,
        scheme=scheme,
        status=status,
        is_final=status in FINAL_STATUSES,
        marks=tuple(told),
        former=_former(hit, document, said),
    )
    if document is None:
        return Found(
            **shared,
            holders=(),
            economy="",
            objects=(),
            standards=(),
            valid_from=None,
            valid_to=None,
        )
    first = document.header.authoritative
    names = sorted(document.holder.names, key=lambda name: name.language != first)
    return Found(
        **shared,
        holders=tuple((name.text, name.language) for name in names),
        economy=document.holder.address.economy,
        objects=tuple(name.text for name in _objects(document) if name.language == first),
        standards=tuple(
            f"{one.number}:{one.edition}" if one.edition else one.number
            for one in document.requirements
        ),
        valid_from=document.validity.effective_date,
        valid_to=document.validity.expiry_date,
    )


class _Shared(TypedDict):
    """What is shown of every certificate, even where its octets were removed."""

    certificate_number: str
    attestation_id: str
    issuer: BodyId
    scheme: str
    status: Status
    is_final: bool
    marks: tuple[Mark, ...]
    former: Former | None


def _objects(document: Attestation) -> Iterator[LocalName]:
    things = document.object
    for product in things.products:
        yield from product.names
    for service in things.services:
        yield from service.names
    for process in things.processes:
        yield from process.names
    for whole in (things.management_system, things.organisation):
        if whole is not None:
            yield from whole.scope_statements


def _former(hit: Hit, document: Attestation | None, said: Sequence[Clause]) -> Former | None:
    """Return by what a certificate was found that its latest revision says no more."""
    if document is None or not hit.is_revised or not said:
        return None
    tokens = frozenset(index_entry(document, hit.row.issuer).split())
    if all(is_said(clause, tokens) for clause in said):
        return None
    return Former(number=former_number(said, tokens, hit.former_numbers))
