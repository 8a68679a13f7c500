"""Runs the migrations on the connection that the store hands over."""

from __future__ import annotations

from alembic import context

from exchange.store.search_tables import is_of_search
from exchange.store.trust_tables import ACTIONS

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    # Those of `exchange.store.tables` and of its neighbour share it.
    target_metadata=ACTIONS.metadata,
    # No engine describes the index of the search as the other does; one step makes and drops it.
    include_name=lambda name, kind, _: kind != "table" or not is_of_search(name),
    # SQLite changes a table by copying it.
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
