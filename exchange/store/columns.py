"""Column types that mean the same on both engines.

SQLite tables are STRICT, so each type has a variant that STRICT knows. An instant is aware UTC
on the way in and on the way out: PostgreSQL keeps `timestamptz`, SQLite the microseconds since
1970 in one integer, which compares and indexes like the instant. An identifier is read and written
as its text and kept as 16 octets.
"""

from __future__ import annotations

import re
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


class Identifier(TypeDecorator[str]):
    """A UUID in lower case behind a prefix that is always the same.

    Any other text is kept too, behind more octets than a UUID has, so that asking for what cannot
    be there finds nothing, and nothing is ever read otherwise than it was written.
    """

    impl = LargeBinary
    cache_ok = True

    def __init__(self, prefix: str = "") -> None:
        """Prepare for identifiers with a prefix, such as `urn:uuid:`."""
        super().__init__()
        self.prefix = prefix

    def written(self, value: str | None) -> bytes | None:
        """Return the octets of an identifier."""
        return None if value is None else octets_of(value, self.prefix)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:  # noqa: ARG002
        """Return the octets of an identifier."""
        return self.written(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Return the identifier."""
        return None if value is None else text_of(value, self.prefix)


_UUID_OCTETS: Final = 16
_UUID: Final = re.compile("-".join(f"[0-9a-f]{{{count}}}" for count in (8, 4, 4, 4, 12)))
_OTHER: Final = bytes(_UUID_OCTETS + 1)
"""Stands before a text that is no UUID."""


def octets_of(text: str, prefix: str) -> bytes:
    """Return an identifier as it is kept."""
    start = len(prefix)
    if text.startswith(prefix) and _UUID.fullmatch(text, start):
        return bytes.fromhex(text[start:].replace("-", ""))
    return _OTHER + text.encode()


def text_of(octets: bytes, prefix: str) -> str:
    """Return an identifier as it was written."""
    if len(octets) != _UUID_OCTETS:
        return octets[len(_OTHER) :].decode()
    digits = octets.hex()
    return f"{prefix}{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


MessageKey: Final = Identifier()
"""A UUID without a prefix: of a message or a delivery."""
DocumentKey: Final = Identifier("urn:uuid:")
"""The identifier that a document gives itself, or its certificate."""


def has_length(column: str, octets: int) -> CheckConstraint:
    """Return the constraint that a column of octets has this length."""
    return CheckConstraint(f"length({column}) = {octets}", name=f"{column}_length")


def is_one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """Return the constraint that a column has one of the values of an enumeration."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")
