"""Text sorts by code point on every database, whatever locale it was made with.

SQLite does so by itself. A Postgres sorts by the locale of whoever made the database, so that the
same rows would come in another order there, "least" and "after" would mean something else, and a
system update could move what an index holds. The collation "C" compares bytes.
"""

from __future__ import annotations

from itertools import groupby

from sqlalchemy import Connection, text

#: Alembic's own table is left alone.
_TEXT_COLUMNS = """
SELECT table_name, column_name, data_type
FROM information_schema.columns
WHERE table_schema = current_schema() AND table_name <> 'alembic_version'
  AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM :collation
ORDER BY table_name, ordinal_position
"""


def sort_by_code_point(connection: Connection) -> None:
    """Give every text column the collation "C"; a migration that adds one calls this last.

    Columns that have it stay untouched. Rows are not written again, only indexes are.
    """
    _collate(connection, "C")


def sort_by_locale(connection: Connection) -> None:
    """Give every text column back to the database's own locale."""
    _collate(connection, "default")


def _collate(connection: Connection, collation: str) -> None:
    if connection.dialect.name != "postgresql":
        return
    # A column of the database's locale has no collation of its own in that table.
    wanted = None if collation == "default" else collation
    columns = connection.execute(text(_TEXT_COLUMNS), {"collation": wanted}).all()
    quoted = connection.dialect.identifier_preparer.quote_identifier
    # All columns of a table in one statement: its indexes are made once.
    for table, found in groupby(columns, key=lambda row: row.table_name):
        changes = ", ".join(
            f"ALTER COLUMN {quoted(row.column_name)} TYPE {row.data_type} "
            f"COLLATE {quoted(collation)}"
            for row in found
        )
        connection.execute(text(f"ALTER TABLE {quoted(table)} {changes}"))
