"""The one way to a database: engine, sessions, migrations; SQLite and Postgres alike."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlmodel import Session

from store.bulk import as_json
from store.errors import StoreError, StoreUnavailable

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
#: The newest migration. A test holds it equal to Alembic's, which takes 10 MiB to ask.
HEAD = "0005"

#: A writer waits this long for another before it gives up.
BUSY_TIMEOUT_MS = 30_000


def open_engine(url: str) -> Engine:
    """Return an engine for a SQLAlchemy URL, with the settings that keep data safe.

    SQLite: write-ahead log, full sync, foreign keys on, waiting writers.

    Raises:
        StoreError: The URL names no database that can be opened.
    """
    try:
        engine = create_engine(
            url, pool_pre_ping=not url.startswith("sqlite"), json_serializer=as_json
        )
    except Exception as error:
        raise StoreError(f"the database URL cannot be used: {type(error).__name__}") from error
    if engine.dialect.name == "sqlite":
        if engine.url.database and engine.url.database != ":memory:":
            try:
                Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                why = error.strerror
                raise StoreError(f"the database's folder cannot be made: {why}") from error
        event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DB-API object
    cursor = connection.cursor()
    for pragma in (
        # First, so that the others wait for a locked file too.
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def session(engine: Engine) -> Iterator[Session]:
    """Yield a session that commits at the end, or rolls back and says why in one sentence.

    Raises:
        StoreError: The database refused these rows, or is damaged.
        StoreUnavailable: It refused for reasons of its own: full disk, lock, lost connection.
    """
    try:
        with Session(engine, expire_on_commit=False) as work:
            yield work
            work.commit()
    except DBAPIError as error:
        ours = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
        refusal = StoreUnavailable if ours else StoreError
        raise refusal(f"the database refused: {_cause(error)}") from error


def _cause(error: DBAPIError) -> str:
    return str(error.orig).strip().splitlines()[0] if error.orig else type(error).__name__


def _config(engine: Engine) -> Config:
    # Alembic takes a fifth of a second to import; a process that only reads never needs it.
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to `revision`; nothing happens when it is there already.

    Raises:
        StoreError: The database cannot be reached or refused a step.
    """
    from alembic import command
    from alembic.util import CommandError

    try:
        command.upgrade(_config(engine), revision)
    except CommandError as error:
        raise StoreError(f"the database cannot be upgraded: {error}") from error
    except DBAPIError as error:
        raise StoreError(f"the database cannot be upgraded: {_cause(error)}") from error


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to `revision` ("base" is empty)."""
    from alembic import command

    command.downgrade(_config(engine), revision)


def is_newest(engine: Engine) -> bool:
    """Whether the schema is the newest this code knows, asked without Alembic.

    Raises:
        StoreError: The database cannot be reached or read.
    """
    with session(engine) as work:
        if not inspect(work.connection()).has_table("alembic_version"):
            return False
        version: object = work.connection().scalar(text("SELECT version_num FROM alembic_version"))
    return version == HEAD


def known_schemas() -> frozenset[str]:
    """Return every schema this code can bring to the newest, and that one."""
    from alembic.script import ScriptDirectory

    steps = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    return frozenset(step.revision for step in steps)


def schema_revisions(engine: Engine) -> tuple[str | None, str | None]:
    """Return the database's revision and the newest the code knows; None when there is none.

    Raises:
        StoreError: The database cannot be reached or read.
    """
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    with session(engine) as work:
        current = MigrationContext.configure(work.connection()).get_current_revision()
    return current, ScriptDirectory.from_config(_config(engine)).get_current_head()
