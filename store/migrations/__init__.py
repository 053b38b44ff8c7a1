"""The schema's history (Alembic); `store.database.upgrade` runs it."""
