"""Column types that mean the same on both engines.

SQLite tables are STRICT, so each type has a variant that STRICT knows. An instant is aware UTC
on the way in and on the way out: PostgreSQL keeps `timestamptz`, SQLite the microseconds since
1970 in one integer, which compares and indexes like the instant.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    Integer,
    LargeBinary,
    Text,
    TypeDecorator,
)
from sqlalchemy.types import TypeEngine

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Number: Final = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits."""
String: Final = Text()
Octets: Final = LargeBinary()


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Choose the type of the engine."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Integer())
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive instants and write aware ones."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("expected an aware instant, found a naive one")
        if dialect.name == "sqlite":
            return (value - EPOCH) // _MICROSECOND
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Read an instant as aware UTC."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return EPOCH + timedelta(microseconds=value)
        if not isinstance(value, datetime):
            raise TypeError(f"expected an instant, found {type(value).__name__}")
        return value.astimezone(UTC)


def has_length(column: str, octets: int) -> CheckConstraint:
    """Return the constraint that a column of octets has this length."""
    return CheckConstraint(f"length({column}) = {octets}", name=f"{column}_length")


def is_one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Return the constraint that a column has one of the values of an enumeration."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
