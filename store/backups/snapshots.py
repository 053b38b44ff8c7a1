"""The database as it was at one instant, in a file, while others go on writing; and back again."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, inspect, text
from sqlmodel import Session, col, select

from store.backups import programs
from store.backups.listing import DATABASE
from store.database import HEAD, known_schemas, open_engine, schema_revisions, session
from store.errors import BackupError, StoreError
from store.tables import CaptureRow, DocumentRow, FactRow, ReleaseRow, WithdrawalRow

Progress = Callable[[str, int, int], None]

#: Pages that SQLite copies between two words about progress: 8 MB of the usual 4 KiB.
_PAGES_A_STEP = 2_048
#: Files that SQLite keeps beside a database; one without its database belongs to another.
LOGS = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Snapshot:
    """A copy of the database, and what its rows say must lie beside it.

    Attributes:
        path: The copy.
        dialect: What it was copied from.
        schema: Its revision.
        captures: Hashes of the captures of sources that were not taken down.
        releases: The SHA-256 of each published week's manifest.
        withdrawn: The sources that were taken down.
    """

    path: Path
    dialect: str
    schema: str
    captures: frozenset[str]
    releases: Mapping[str, str]
    withdrawn: frozenset[str]


def file_of(engine: Engine) -> Path | None:
    """Return the file of a SQLite database; None for a server's.

    Raises:
        BackupError: It is in memory alone.
    """
    if engine.dialect.name != "sqlite":
        return None
    if not engine.url.database or engine.url.database == ":memory:":
        raise BackupError("a database in memory can neither be backed up nor restored")
    return Path(engine.url.database)


def take_snapshot(
    engine: Engine, folder: Path, environment: Mapping[str, str], progress: Progress
) -> Snapshot:
    """Copy the database into `folder` as it is now; writers go on, and nothing of theirs is in it.

    Raises:
        BackupError: There is no database, it is damaged or of a newer program, or Postgres's
            programs cannot be run.
        StoreError: The database cannot be reached.
    """
    file = file_of(engine)
    if file is None:
        return _of_postgres(engine, folder / DATABASE["postgresql"], environment)
    if not file.exists():
        raise BackupError(f"there is no database yet: {file} does not exist")
    copy = folder / DATABASE["sqlite"]
    _copy_sqlite(engine, copy, progress)
    check_sqlite(copy)
    copied = open_engine(str(engine.url.set(database=str(copy))))
    try:
        with session(copied) as work:
            snapshot = _described(work, copy)
    finally:
        copied.dispose()
    return snapshot


def _copy_sqlite(engine: Engine, copy: Path, progress: Progress) -> None:
    """Copy by SQLite's online backup, all steps in one read transaction.

    Without it every commit of another process would have the copy begin anew: under steady
    writing it would never end.
    """

    def report(_status: int, left: int, total: int) -> None:
        progress("database", total - left, total)

    pooled = engine.raw_connection()
    try:
        source = pooled.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise BackupError("only SQLite's own driver can copy a database")
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        with closing(sqlite3.connect(copy)) as target:
            source.backup(target, pages=_PAGES_A_STEP, progress=report)
    except sqlite3.Error as error:
        raise StoreError(f"the database cannot be copied: {error}") from error
    finally:
        pooled.close()


def check_sqlite(path: Path) -> None:
    """Have SQLite look at every page of a database.

    Raises:
        BackupError: It is damaged, or none.
    """
    try:
        with closing(sqlite3.connect(path)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(1)")]
    except sqlite3.Error as error:
        raise BackupError(f"the database cannot be read: {error}") from error
    if found != ["ok"]:
        raise BackupError(f"the database is damaged: {found[0] if found else 'it says nothing'}")


def _of_postgres(engine: Engine, copy: Path, environment: Mapping[str, str]) -> Snapshot:
    """Have pg_dump copy what this transaction sees, and read in it what that names."""
    programs.program("pg_dump", environment)
    with session(engine.execution_options(isolation_level="REPEATABLE READ")) as work:
        name = work.connection().scalar(text("SELECT pg_export_snapshot()"))
        snapshot = _described(work, copy)
        programs.run(
            "pg_dump", engine, environment,
            "--format=custom", f"--snapshot={name}", f"--file={copy}",
        )  # fmt: skip
    return snapshot


def _described(work: Session, copy: Path) -> Snapshot:
    """Read what a database names; it may be older than this program, and lack a table."""
    connection = work.connection()
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        raise BackupError("there is no database of Unseen yet: nothing is there to back up")
    schema = str(connection.scalar(text("SELECT version_num FROM alembic_version")))
    if schema != HEAD and schema not in known_schemas():
        raise BackupError(f"the database has schema {schema}, newer than this program ({HEAD})")
    withdrawn = (
        frozenset(work.exec(select(WithdrawalRow.source)))
        if WithdrawalRow.__tablename__ in tables
        else frozenset[str]()
    )
    return Snapshot(
        path=copy,
        dialect=connection.dialect.name,
        schema=schema,
        captures=_captures(work, withdrawn, facts=FactRow.__tablename__ in tables),
        releases=dict(work.exec(select(ReleaseRow.week, ReleaseRow.manifest_sha256)).all()),
        withdrawn=withdrawn,
    )


def _captures(work: Session, withdrawn: frozenset[str], *, facts: bool) -> frozenset[str]:
    """Return the hashes of what was captured for sources that were not taken down."""
    kept = select(CaptureRow.sha256).where(col(CaptureRow.source).not_in(withdrawn))
    texts = select(col(DocumentRow.body)["capture_sha256"].as_string()).where(
        col(DocumentRow.source).not_in(withdrawn)
    )
    values = select(col(FactRow.body)["capture_sha256"].as_string()).where(
        col(FactRow.source).not_in(withdrawn)
    )
    queries = (kept, texts, values) if facts else (kept, texts)
    return frozenset(sha256 for query in queries for sha256 in work.exec(query.distinct()))


def withdrawn_now(engine: Engine) -> frozenset[str]:
    """Return the sources that are taken down now; none where the schema knows of no take-down."""
    with session(engine) as work:
        if not inspect(work.connection()).has_table(str(WithdrawalRow.__tablename__)):
            return frozenset()
        return frozenset(work.exec(select(WithdrawalRow.source)))


def is_empty(engine: Engine) -> bool:
    """Whether there is nothing yet where the database is to be.

    Raises:
        StoreError: It cannot be reached or read.
    """
    file = file_of(engine)
    if file is not None and not file.exists():
        return not any(file.with_name(file.name + log).exists() for log in LOGS)
    with session(engine) as work:
        empty = not inspect(work.connection()).get_table_names()
    # The file may be replaced: nothing may hold it, or its log.
    engine.dispose()
    return empty


def check_schema(engine: Engine, stated: str) -> None:
    """Refuse a restored database whose schema is not the one that its backup states.

    Raises:
        BackupError: It is another.
    """
    current, _ = schema_revisions(engine)
    if current != stated:
        raise BackupError(f"the database has schema {current}, not {stated} as is stated")
