"""Many rows in one statement, on either database; one row object each costs ten times as much."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlmodel import Session, SQLModel

Thing = TypeVar("Thing")

#: Names in one question to the database; older SQLites take 999.
IN_LIMIT = 900


class JsonText(str):
    """JSON that is written already: an engine of ours stores it as it is."""

    __slots__ = ()


def as_json(value: object) -> str:
    """Return a value as the JSON that is stored."""
    return str(value) if isinstance(value, JsonText) else json.dumps(value)


def batched(things: Iterable[Thing], size: int = IN_LIMIT) -> Iterator[list[Thing]]:
    """Yield the things in lists of at most `size`."""
    ahead = iter(things)
    while some := list(islice(ahead, size)):
        yield some


def add_new(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows; one whose unique key is there already is left alone."""
    if rows:
        connection = session.connection()
        connection.execute(_adding(connection.dialect.name, table), rows)


def put(
    session: Session, table: type[SQLModel], key: Sequence[str], rows: Sequence[dict[str, Any]]
) -> None:
    """Insert rows, each in place of the one with its key.

    Args:
        session: Where to write.
        table: The table.
        key: The columns of its primary key.
        rows: Columns by name, the same ones in each; no key twice.
    """
    if rows:
        connection = session.connection()
        changed = tuple(name for name in rows[0] if name not in key)
        statement = _putting(connection.dialect.name, table, tuple(key), changed)
        connection.execute(statement, rows)


# A statement is made once: making it takes ten times as long as running it.
@cache
def _adding(dialect: str, table: type[SQLModel]) -> Any:  # noqa: ANN401 - either dialect's
    return _insert(dialect, table).on_conflict_do_nothing()


@cache
def _putting(
    dialect: str, table: type[SQLModel], key: tuple[str, ...], changed: tuple[str, ...]
) -> Any:  # noqa: ANN401 - either dialect's
    statement = _insert(dialect, table)
    new = {name: statement.excluded[name] for name in changed}
    return statement.on_conflict_do_update(index_elements=list(key), set_=new)


def _insert(dialect: str, table: type[SQLModel]) -> Any:  # noqa: ANN401 - either dialect's
    # The other database's dialect stays out of memory: the idle daemon counts its MiB.
    if dialect == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import insert as postgresql_insert

    return postgresql_insert(table)
