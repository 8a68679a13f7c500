"""Brings a database to the tables of this version, inside one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

SCRIPTS: Final = Path(__file__).parent / "migrations"
_LOCK: Final = 0x6D72687562
"""Key of the advisory lock under which processes migrate one after the other: "mrhub"."""


def configuration(connection: Connection) -> Config:
    """Return the settings of Alembic for one connection; there is no file of settings."""
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def migrate(connection: Connection) -> None:
    """Apply every step that is missing.

    Two processes may start on one PostgreSQL database at the same time: the second waits and
    then finds nothing to do.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    config = configuration(connection)
    head = ScriptDirectory.from_config(config).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() != head:
        command.upgrade(config, "head")
