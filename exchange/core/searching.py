"""A question to the register, and what makes a page of answers continue where it ended.

- A question is a conjunction: every term of the text, and every filter. Each becomes a clause, a
  disjunction of tokens, so both engines are asked the same.
- What the index cannot know exactly (what has expired by the clock, what may be seen) is narrowed
  by a clause and decided again on the row of the register (`Question.admits`).
- A cursor names the place where a page ended and the question that it belongs to; with another
  question it is refused.

Example:
    >>> Question.of(text="海尔 pumps", status=Status.ACTIVE, at=now).clauses
    ((Term('海尔'),), (Term('pumps'),), (Term('t:active'),))
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import date, datetime
from hashlib import sha256
from typing import Final, NamedTuple

from exchange.codes.search import SearchCode
from exchange.core.index_entry import OPEN, Facet, facet
from exchange.core.model import BodyId, Economy, Status
from exchange.core.words import MAX_QUERY, Term, squeezed, terms, words_of
from exchange.errors import Finding, RefusedError

MAX_LIMIT: Final = 100
"""Certificates of a page at most."""
LIMIT: Final = 20
"""Certificates of a page unless asked."""
MAX_PAIRS: Final = 48
"""Disclosed pairs of issuer and scheme that become a clause; more are decided on the row."""
NUMBER_FROM: Final = 8
"""Characters from which on a word with a digit may be an identifier."""
_FIRST_YEAR: Final = 2000
"""No certificate of the hub's schemes ends before it."""
_TAG: Final = 8
_PLACE: Final = 8

Clause = tuple[Term, ...]
"""At least one of them is there."""
Pair = tuple[BodyId, str]
"""An issuer and a scheme."""


class Row(NamedTuple):
    """What the register says of a certificate, as far as a question needs it."""

    issuer: BodyId
    scheme: str
    status: Status
    since: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """Whose certificates may be shown to whoever asks."""

    everything: bool = False
    """The operator at the machine itself."""
    own: BodyId | None = None
    """An issuer sees its own."""
    public: frozenset[Pair] = frozenset()
    """What issuers declared public."""

    def admits(self, issuer: BodyId, scheme: str) -> bool:
        """Tell whether certificates of this issuer and scheme may be shown."""
        return self.everything or issuer == self.own or (issuer, scheme) in self.public


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is searched for."""

    text: str = ""
    scheme: str | None = None
    issuer: BodyId | None = None
    status: Status | None = None
    """As it is now: `expired` by the clock, too."""
    economy: Economy | None = None
    standard: str | None = None
    edition: str | None = None
    identifier: str | None = None
    valid_on: date | None = None

    def clauses(self, sight: Sight, at: datetime) -> tuple[Clause, ...]:
        """Return what must be there, each a choice of tokens.

        Args:
            sight: Whose certificates may be shown.
            at: Now.
        """
        found = [*self.said(), *self._facets(at)]
        public = [pair for pair in sorted(sight.public) if self._is_about(*pair)]
        if not sight.everything and len(public) <= MAX_PAIRS:
            seen = [facet(Facet.ISSUER_SCHEME, *pair) for pair in public]
            if sight.own is not None and self._is_about(sight.own):
                seen.append(facet(Facet.ISSUER, sight.own))
            found.append(tuple(map(Term, seen)))
        if not found:
            found.append(tuple(Term(facet(Facet.STATUS, status)) for status in Status))
        return tuple(found)

    def said(self) -> tuple[Clause, ...]:
        """Return what is searched for in what certificates say, and not by a filter."""
        number = () if self.identifier is None else (facet(Facet.NUMBER, self.identifier),)
        return (*map(_text, terms(self.text)), *((Term(one),) for one in number))

    def admits(self, row: Row, sight: Sight, at: datetime) -> bool:
        """Tell whether a row that has every clause is an answer."""
        return (
            sight.admits(row.issuer, row.scheme)
            and (self.scheme is None or row.scheme == self.scheme)
            and (self.issuer is None or row.issuer == self.issuer)
            and (self.valid_on is None or not _stopped_before(row, self.valid_on))
            and (self.status is None or shown_status(row, at) is self.status)
        )

    def _facets(self, at: datetime) -> Iterator[Clause]:
        for kind, value in (
            (Facet.SCHEME, self.scheme),
            (Facet.ISSUER, self.issuer),
            (Facet.ECONOMY, self.economy),
            (Facet.STANDARD, self.standard),
        ):
            if value is not None:
                yield (Term(facet(kind, value)),)
        if self.edition is not None:
            of = (self.edition,) if self.standard is None else (self.standard, self.edition)
            yield (Term(facet(Facet.EDITION, *of)),)
        if self.valid_on is not None:
            year = f"{Facet.YEAR.value}:{self.valid_on.year}"
            yield Term(year), Term(f"{Facet.YEAR.value}:{OPEN}")
        if self.status is Status.EXPIRED:
            yield tuple(map(Term, _expired(at)))
        elif self.status is not None:
            yield (Term(facet(Facet.STATUS, self.status)),)

    def _is_about(self, issuer: BodyId, scheme: str | None = None) -> bool:
        """Tell whether certificates of an issuer and a scheme can be answers at all."""
        return (self.issuer is None or issuer == self.issuer) and (
            None in {scheme, self.scheme} or scheme == self.scheme
        )

    def tag(self, sight: Sight) -> bytes:
        """Return what tells this question from others, for its cursors."""
        said = [repr(getattr(self, one.name)) for one in fields(self)]
        seen = [repr(sight.everything), repr(sight.own)]
        return sha256("\0".join((*said, *seen)).encode("utf-8", "backslashreplace")).digest()[:_TAG]


def is_said(clause: Clause, tokens: Collection[str]) -> bool:
    """Tell whether one of the tokens of an entry meets a clause."""
    return any(
        any(token.startswith(one.text) for token in tokens) if one.is_prefix else one.text in tokens
        for one in clause
    )


def former_number(said: Iterable[Clause], tokens: Collection[str], numbers: Iterable[str]) -> str:
    """Return the former number that a clause was met by; empty when it was something else.

    Args:
        said: What was searched for in what certificates say.
        tokens: Of the latest revision.
        numbers: That the certificate had before.
    """
    missed = [clause for clause in said if not is_said(clause, tokens)]
    return next(
        (
            number
            for number in numbers
            if any(
                is_said(one, {facet(Facet.NUMBER, number), *words_of([number])}) for one in missed
            )
        ),
        "",
    )


def shown_status(row: Row, at: datetime) -> Status:
    """Return the status of a certificate with the clock: what ends by it has ended."""
    over = row.expires_at is not None and row.expires_at <= at
    return Status.EXPIRED if over and row.status in _RUNNING else row.status


_RUNNING: Final = frozenset({Status.ACTIVE, Status.SUSPENDED})
"""What ends by the clock; what was withdrawn or cancelled stays that."""


def _stopped_before(row: Row, day: date) -> bool:
    """Tell whether what stands now stood on a day, and is no validity."""
    return row.status is not Status.ACTIVE and row.since.date() <= day


def _text(term: Term) -> Clause:
    """Return a word, which may be the whole of a number as well."""
    if len(term.text) >= NUMBER_FROM and any(map(str.isdigit, term.text)):
        return term, Term(f"{Facet.NUMBER.value}:{term.text}", term.is_prefix)
    return (term,)


def _expired(at: datetime) -> Iterator[str]:
    """Yield the years before this one and the months up to this one."""
    yield f"{Facet.STATUS.value}:{Status.EXPIRED.value}"
    for year in range(_FIRST_YEAR, at.year):
        yield f"{Facet.EXPIRY.value}:{year}"
    for month in range(1, at.month + 1):
        yield f"{Facet.EXPIRY.value}:{at.year}{month:02}"


def checked(question: Question) -> Question:
    """Return the question if it can be asked.

    Raises:
        RefusedError: The text has nothing to search for, or a filter has no value.
    """
    if len(question.text) > MAX_QUERY:
        raise _refused(
            SearchCode.LONG, f"expected at most {MAX_QUERY} characters, found {len(question.text)}"
        )
    if question.text.strip() and not terms(question.text):
        raise _refused(SearchCode.EMPTY, "expected a letter or a digit, found none")
    for name in ("scheme", "issuer", "economy", "standard", "edition", "identifier"):
        value = getattr(question, name)
        if value is not None and not squeezed(value):
            raise _refused(SearchCode.EMPTY, f"expected a letter or a digit in {name}, found none")
        if value is not None and len(value) > MAX_QUERY:
            raise _refused(SearchCode.LONG, f"expected at most {MAX_QUERY} characters in {name}")
    return question


def checked_limit(limit: int) -> int:
    """Return the size of a page if it is one."""
    if not 1 <= limit <= MAX_LIMIT:
        raise _refused(SearchCode.LIMIT, f"expected 1 to {MAX_LIMIT}, found {limit}")
    return limit


def write_cursor(place: int, tag: bytes) -> str:
    """Return where a page ended, for the question with this tag."""
    return base64.urlsafe_b64encode(tag + place.to_bytes(_PLACE, "big")).decode().rstrip("=")


def read_cursor(cursor: str, tag: bytes) -> int:
    """Return the place where a page ended.

    Raises:
        RefusedError: It is no cursor, or that of another question.
    """
    try:
        octets = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if len(octets) != _TAG + _PLACE:
        raise _refused(SearchCode.CURSOR, "expected the cursor of a page, found something else")
    if octets[:_TAG] != tag:
        raise _refused(SearchCode.CURSOR, "expected a cursor of this search, found that of another")
    return int.from_bytes(octets[_TAG:], "big") & (2**63 - 1)


def _refused(code: SearchCode, message: str) -> RefusedError:
    return RefusedError(Finding(code=code, message=message))
