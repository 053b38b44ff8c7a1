"""Alembic's entry: uses the engine it is handed, never a configuration file."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import store.tables  # noqa: F401 - declares the tables

with context.config.attributes["engine"].begin() as connection:
    if connection.dialect.name == "sqlite":
        # Its driver begins no transaction for DDL; without one a crash leaves half a schema.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Two programs that start at once take turns; the number is ours alone ("unseen").
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(29109470)")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    context.run_migrations()
