"""Schemas move up and down with everything in them, and a migration that dies had not begun."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect, text
from sqlmodel import SQLModel

from store.database import (
    HEAD,
    MIGRATIONS,
    downgrade,
    open_engine,
    schema_revisions,
    session,
    upgrade,
)

SCRIPT = ScriptDirectory(str(MIGRATIONS))
#: Every schema that a database out there may have, the oldest first; the newest is `HEAD`.
REVISIONS = [one.revision for one in SCRIPT.walk_revisions("base", "heads")][::-1]
HISTORIC = REVISIONS[:-1]
EMPTY = "base"
N_ROWS = 3
NOW = datetime(2026, 8, 24, 12, 30, 15, 123456, tzinfo=UTC)
CHANGES = ("CREATE", "DROP", "ALTER", "INSERT", "UPDATE", "DELETE")


def tables(engine):
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def reflected(engine):
    """Return the tables as they are in the database, not as the code of today would have them."""
    found = sa.MetaData()
    with engine.connect() as connection:
        found.reflect(connection)
    return {name: table for name, table in found.tables.items() if name != "alembic_version"}


def value_for(column, number):
    """Return the `number`-th value of a column: every one another, so that no key is met twice."""
    if column.name == "body":
        return {"topic": f"topic {number}", "é\u2028": ["a", number, None], "number": number}
    if isinstance(column.type, sa.DateTime):
        return NOW + timedelta(days=number)
    if isinstance(column.type, sa.Boolean):
        return number % 2 == 0
    if isinstance(column.type, sa.LargeBinary):
        return bytes([number, 0, 255])
    if isinstance(column.type, sa.Float):
        return number + 0.25
    if isinstance(column.type, sa.Integer):
        return number
    if isinstance(column.type, sa.JSON):
        return {"counted": number}
    # Small letters, capitals and accents: what locales put in another order than code points.
    return f"{'aBé'[number % 3]} {column.name} {number}"


def fill(engine):
    """Put rows into every table, each column with a value."""
    with engine.begin() as connection:
        for table in reflected(engine).values():
            rows = [{c.name: value_for(c, n) for c in table.columns} for n in range(1, N_ROWS + 1)]
            connection.execute(table.insert(), rows)


def content(engine, columns=None):
    """Return every row of every table by table; of `columns` alone, {table: names}, if given."""
    found = {}
    with engine.connect() as connection:
        for name, table in reflected(engine).items():
            wanted = columns.get(name) if columns is not None else [c.name for c in table.columns]
            if wanted:
                rows = connection.execute(sa.select(*(table.c[one] for one in wanted))).all()
                found[name] = sorted(map(repr, rows))
    return found


def columns_of(engine):
    return {name: [c.name for c in table.columns] for name, table in reflected(engine).items()}


def indexes(engine):
    looked = inspect(engine)
    return {
        (table, index["name"], tuple(index["column_names"]), index["unique"])
        for table in tables(engine)
        for index in looked.get_indexes(table)
    }


def test_models_and_migrations_agree(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_a_database_goes_up_down_and_up_again(bare):
    assert schema_revisions(bare)[0] is None
    upgrade(bare)
    current, newest = schema_revisions(bare)
    assert current == newest == HEAD
    assert tables(bare) == set(SQLModel.metadata.tables)
    upgrade(bare)
    downgrade(bare, EMPTY)
    assert tables(bare) == set()
    upgrade(bare)
    assert tables(bare) == set(SQLModel.metadata.tables)


@pytest.mark.parametrize("revision", HISTORIC)
def test_what_an_old_database_holds_is_kept_up_down_and_up_again(bare, revision):
    upgrade(bare, revision)
    fill(bare)
    before, known, was = content(bare), columns_of(bare), indexes(bare)
    assert {len(rows) for rows in before.values()} == {N_ROWS}
    upgrade(bare)
    newest = content(bare)
    assert content(bare, known) == before
    downgrade(bare, revision)
    assert (content(bare), indexes(bare)) == (before, was)
    upgrade(bare)
    assert content(bare) == newest
    if revision < "0004":
        with bare.connect() as connection:
            topics = connection.scalars(text("SELECT topic FROM candidate")).all()
        assert sorted(topics) == ["topic 1", "topic 2", "topic 3"]


@pytest.mark.parametrize("revision", HISTORIC)
def test_a_new_database_may_go_back_and_keeps_what_the_old_schema_knows(bare, revision):
    upgrade(bare, revision)
    known = columns_of(bare)
    upgrade(bare)
    fill(bare)
    before = content(bare, known)
    downgrade(bare, revision)
    assert content(bare) == before
    upgrade(bare)
    assert content(bare, known) == before


def test_a_candidate_of_before_that_told_no_topic_has_none(bare):
    upgrade(bare, "0003")
    with bare.begin() as connection:
        row = {c.name: value_for(c, 1) for c in reflected(bare)["candidate"].columns}
        connection.execute(reflected(bare)["candidate"].insert(), row | {"body": {"no": "topic"}})
    upgrade(bare)
    with bare.connect() as connection:
        assert connection.scalars(text("SELECT topic FROM candidate")).all() == [""]


def test_text_sorts_by_code_point_whatever_the_locale_of_the_database(engine):
    """With the next letter, capitals before small letters, and accents last: as Python sorts."""
    told = ["a", "B", "é", "Z", "_", "c-1", "c1", "ß", "z", "\U0001f600", "\uffee"]
    with session(engine) as work:
        rows = [{"question_id": name, "week": "w", "why": ""} for name in told]
        work.connection().execute(SQLModel.metadata.tables["retirement"].insert(), rows)
        found = work.connection().execute(
            text("SELECT question_id FROM retirement ORDER BY question_id")
        )
        assert list(found.scalars()) == sorted(told)
        after = text("SELECT question_id FROM retirement WHERE question_id > 'a'")
        assert set(work.connection().scalars(after)) == {name for name in told if name > "a"}


def test_no_text_column_of_postgres_is_left_to_the_locale(postgres_engine):
    """A migration that adds one calls `sort_by_code_point` at its end."""
    asked = text(
        "SELECT table_name || '.' || column_name FROM information_schema.columns "
        "WHERE table_schema = 'public' AND table_name <> 'alembic_version' "
        "AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C'"
    )
    with postgres_engine.connect() as connection:
        assert connection.scalars(asked).all() == []


def test_the_locale_of_the_tests_is_not_that_of_code_points(postgres, postgres_engine):
    if not postgres.has_icu:
        pytest.skip("this Postgres knows no locale but C")
    with postgres_engine.connect() as connection:
        assert connection.scalar(text("SELECT 'a' < 'B'")) is True


@contextmanager
def at_each_change(engine, act):
    """Call `act(number)` before every statement that changes something; yields the statements."""
    seen = []

    def before(connection, cursor, statement, *_):
        if statement.lstrip().upper().startswith(CHANGES):
            seen.append(statement)
            act(len(seen))

    event.listen(engine, "before_cursor_execute", before)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", before)


def killed_at(url, number, move):
    """Let a process die in `move` before its `number`-th change; whether it came to that."""

    def die(count):
        if count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        try:
            # Nothing of the parent's connections is touched: they are the parent's.
            own = open_engine(url)
            with at_each_change(own, die):
                move(own)
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


#: From which schema to which a migration dies: each historic one upwards, and all the way back.
MOVES = [(EMPTY, HEAD), *((revision, HEAD) for revision in HISTORIC), (HEAD, EMPTY)]


def move_to(revision):
    return (lambda engine: downgrade(engine, EMPTY)) if revision == EMPTY else upgrade


def at(engine, revision):
    """Bring an empty database to a schema, with rows in it."""
    if revision != EMPTY:
        upgrade(engine, revision)
        fill(engine)
    engine.dispose()


def dies_and_goes_on(engine, url, number, goal):
    """Die before the `number`-th change on the way to `goal`; nothing may have happened."""
    before = (content(engine), schema_revisions(engine)[0])
    engine.dispose()
    died = killed_at(url, number, move_to(goal))
    if died:
        assert (content(engine), schema_revisions(engine)[0]) == before
    return died


@pytest.mark.parametrize(
    ("start", "goal", "number"),
    [(EMPTY, HEAD, 9), ("0001", HEAD, 12), ("0003", HEAD, 2), (HEAD, EMPTY, 11)],
)
def test_a_migration_that_is_killed_had_not_begun(bare, database_url, start, goal, number):
    at(bare, start)
    kept = columns_of(bare)
    before = content(bare)
    assert dies_and_goes_on(bare, database_url, number, goal)
    move_to(goal)(bare)
    assert schema_revisions(bare)[0] == (None if goal == EMPTY else goal)
    if goal != EMPTY and start != EMPTY:
        assert content(bare, kept) == before


@pytest.mark.long
@pytest.mark.parametrize(("start", "goal"), MOVES, ids=lambda revision: revision)
def test_a_migration_may_be_killed_at_every_change(bare, database_url, start, goal):
    at(bare, start)
    number = 1
    while dies_and_goes_on(bare, database_url, number, goal):
        number += 1
    assert number > 10
    assert schema_revisions(bare)[0] == (None if goal == EMPTY else goal)


def test_two_programs_that_upgrade_at_once_take_turns(bare, database_url):
    children = []
    for _ in range(3):
        child = os.fork()
        if not child:
            try:
                upgrade(open_engine(database_url))
                os._exit(0)
            finally:
                os._exit(1)
        children.append(child)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert ends == [0, 0, 0]
    assert schema_revisions(bare) == (HEAD, HEAD)


def test_every_migration_is_reachable_from_the_newest_by_one_line():
    assert len(SCRIPT.get_heads()) == 1
    files = [path for path in (MIGRATIONS / "versions").glob("*.py") if path.stem != "__init__"]
    assert len(REVISIONS) == len(files) > 0
    assert all(path.stem.split("_")[0] in REVISIONS for path in files)
