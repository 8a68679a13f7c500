"""Telling other processes that there is something to do; a hint, never to be relied on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, text

_NOTIFY: Final = text("SELECT pg_notify('exchange_work', :who)")


def notify(connection: Connection, names: Iterable[str]) -> None:
    """Ring for these names in every process, once this transaction is durable."""
    told = sorted(set(names))
    if told and connection.dialect.name == "postgresql":
        connection.execute(_NOTIFY, [{"who": who} for who in told])
