"""What bodies have declared: the last word about each scheme, written with the statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, func, or_, select

from exchange.core.declarations import Coverage, Declarations, Declared, Disclosure, admit
from exchange.core.entry import Statement
from exchange.core.model import BodyId, ContentDigest, Status
from exchange.store.bell import Bell
from exchange.store.notice_tables import DECLARATIONS
from exchange.store.postgres import PostgreSQL
from exchange.store.sqlite import SQLite
from exchange.store.tables import REGISTER, STATEMENTS

BELL: Final = "/declarations"
"""The name under which those are woken who keep what was declared; no body is called so."""
_FRESH: Final = timedelta(seconds=30).total_seconds()
"""How long what is kept is believed without a ring: another process's ring may be lost."""

_DECLARED: Final = select(
    DECLARATIONS.c.issuer,
    DECLARATIONS.c.scheme,
    DECLARATIONS.c.disclosure,
    DECLARATIONS.c.coverage,
    DECLARATIONS.c.as_of,
    DECLARATIONS.c.certificates,
    STATEMENTS.c.content_digest,
).join(STATEMENTS, STATEMENTS.c.sequence == DECLARATIONS.c.statement)
_FORGET: Final = delete(DECLARATIONS).where(
    DECLARATIONS.c.issuer == bindparam("whose"), DECLARATIONS.c.scheme == bindparam("which")
)


class DeclarationStore:
    """The part of the store that is about what bodies declare."""

    _database: SQLite | PostgreSQL
    _bell: Bell
    _declared: tuple[int, float, Declarations] | None = None

    async def declarations(self) -> Declarations:
        """Return the last declaration of every body about every scheme.

        What was read before is given again while nobody has declared anything, here or in another
        process, so that every answer to a stranger can ask for it.
        """
        kept, mark = self._declared, self._bell.mark(BELL)
        if kept is not None and kept[0] == mark and monotonic() - kept[1] < _FRESH:
            return kept[2]
        began = monotonic()
        found = await self._database.read(lambda c: Declarations.of(read(c)))
        self._declared = (mark, began, found)
        return found

    async def count_active(
        self, issuer: BodyId, schemes: Iterable[str], *, at: datetime
    ) -> dict[str, int]:
        """Return how many certificates of a body are active by the register, by scheme."""
        wanted = sorted(set(schemes))
        return await self._database.read(lambda c: _count(c, issuer, wanted, at))


def read(connection: Connection, issuers: Iterable[BodyId] = ()) -> tuple[Declared, ...]:
    """Return what was declared last; empty asks for everybody."""
    query = _DECLARED
    if wanted := sorted(set(issuers)):
        query = query.where(DECLARATIONS.c.issuer.in_(wanted))
    return tuple(
        Declared(
            issuer=BodyId(row.issuer),
            scheme=row.scheme,
            disclosure=Disclosure(row.disclosure),
            coverage=Coverage(row.coverage),
            as_of=row.as_of,
            statement=ContentDigest(row.content_digest),
            certificates=row.certificates,
        )
        for row in connection.execute(query)
    )


def enter(connection: Connection, statement: Statement, entering: Sequence[Declared]) -> None:
    """Let a declaration enter that is newer than what was declared before.

    Args:
        connection: Inside the transaction that commits it.
        statement: The declaration.
        entering: What enters before it in the same transaction.

    Raises:
        RuleError: It is not newer (DCL-04).
    """
    before = read(connection, [statement.issuer])
    admit(statement.issuer, statement.declared, Declarations.of([*before, *entering]))


def new_row(declared: Declared, statement: int) -> dict[str, Any]:
    """Return the row of what a statement declares about one scheme."""
    return {
        "issuer": declared.issuer,
        "scheme": declared.scheme,
        "disclosure": declared.disclosure.value,
        "coverage": declared.coverage.value,
        "as_of": declared.as_of,
        "certificates": declared.certificates,
        "statement": statement,
    }


def keep(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Write the last words in place of those before them."""
    last = {(row["issuer"], row["scheme"]): row for row in rows}
    connection.execute(_FORGET, [{"whose": whose, "which": which} for whose, which in last])
    connection.execute(DECLARATIONS.insert(), list(last.values()))


def _count(
    connection: Connection, issuer: BodyId, schemes: Sequence[str], at: datetime
) -> dict[str, int]:
    rows = connection.execute(
        select(REGISTER.c.scheme, func.count())
        .where(
            REGISTER.c.issuer == issuer,
            REGISTER.c.scheme.in_(schemes),
            REGISTER.c.status == Status.ACTIVE,
            or_(REGISTER.c.expires_at.is_(None), REGISTER.c.expires_at > at),
        )
        .group_by(REGISTER.c.scheme)
    )
    return {**dict.fromkeys(schemes, 0), **{row[0]: int(row[1]) for row in rows}}
