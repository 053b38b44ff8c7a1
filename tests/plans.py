"""How a database goes about what it is asked: every statement of a block, and its plan."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

Asked = list[tuple[str, Any]]

#: What a plan of SQLite says where it reads a whole table, or sorts what no index gave in order.
_SQLITE_FAULTS = ("SCAN ", "USE TEMP B-TREE")
#: What a plan of Postgres says then, with everything else forbidden that could be done instead.
_POSTGRES_FAULTS = ("Seq Scan", "Sort", "Incremental Sort")
_ONLY_INDEXES = (
    "SET LOCAL enable_seqscan = off",
    "SET LOCAL enable_sort = off",
    "SET LOCAL enable_bitmapscan = off",
    "SET LOCAL enable_hashjoin = off",
    "SET LOCAL enable_mergejoin = off",
)


@contextmanager
def listening(engine: Engine) -> Iterator[Asked]:
    """Yield the statements that read or change rows, as they are sent, with their values."""
    asked: Asked = []

    def before(
        connection: object, cursor: object, statement: str, values: Any, context: object, many: bool
    ) -> None:
        if not many and statement.startswith(("SELECT", "UPDATE", "WITH")):
            asked.append((statement, values))

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", before)


def plan_of(connection: Connection, statement: str, values: Any) -> list[str]:
    """Return the steps of a statement's plan; on Postgres of the one by indexes alone."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
        return [str(row[-1]) for row in rows]
    for setting in _ONLY_INDEXES:
        connection.exec_driver_sql(setting)
    (found,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).one()
    told = json.loads(found) if isinstance(found, str) else found
    return list(_steps(told[0]["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[str]:
    where = f" on {node['Relation Name']}" if "Relation Name" in node else ""
    by = f" using {node['Index Name']}" if "Index Name" in node else ""
    yield f"{node['Node Type']}{where}{by}"
    for child in node.get("Plans", ()):
        yield from _steps(child)


def faults(steps: list[str], *, walks: str | None = None) -> list[str]:
    """Return the steps that read a whole table or sort.

    Args:
        steps: A plan.
        walks: A table that is meant to be read whole, in the order of an index.
    """
    allowed = f"SCAN {walks} USING " if walks else "\0"
    return [
        step
        for step in steps
        if step.startswith(_SQLITE_FAULTS + _POSTGRES_FAULTS) and not step.startswith(allowed)
    ]
