"""A store that is told one week after the other, and one with two published weeks, on either kind.

`kind` is the one place where a test becomes two. What is about SQLite alone says so: it takes
`sqlite_engine`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store.candidates import save_findings
from store.database import open_engine, session, upgrade
from store.records import Finding
from store.releases.keys import Keys
from tests.building import EARLIER, Told, World
from tests.postgres import Postgres, postgres
from tests.store.chains import Weeks, publish_five_weeks
from tests.store.weeks import Published, pier, publish_two_weeks

__all__ = ["postgres"]


def a_world(home: Path, engine: Engine) -> World:
    """Return an empty store whose keys are always the same."""
    return World(home, engine, Keys.load(home / "keys", lambda n: bytes(range(n))))


@pytest.fixture(params=["sqlite", "postgres"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each kind of database that we support."""
    return str(request.param)


@pytest.fixture(scope="session")
def sqlite_schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at its newest schema, to copy: migrating anew for each test would be slow."""
    path = tmp_path_factory.mktemp("schema") / "unseen.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_schema(postgres: Postgres) -> str:
    """The URL of a database at its newest schema, to copy."""
    url = postgres.new_database()
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def sound(sqlite_schema: Path, tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    """Five published weeks in memory; look, and ruin copies only."""
    home = tmp_path_factory.mktemp("chain")
    shutil.copy(sqlite_schema, home / "unseen.db")
    made = World.at(home)
    weeks = publish_five_weeks(made)
    made.engine.dispose()
    return weeks


@pytest.fixture
def database_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database without a schema."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    url = server.new_database()
    yield url
    server.drop(url)


@pytest.fixture
def bare(database_url: str) -> Iterator[Engine]:
    """An engine on a database without a schema."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def sqlite_engine(sqlite_schema: Path, tmp_path: Path) -> Iterator[Engine]:
    """An empty SQLite database at its newest schema, for what is about SQLite alone."""
    shutil.copy(sqlite_schema, tmp_path / "unseen.db")
    made = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    yield made
    made.dispose()


@pytest.fixture
def postgres_engine(postgres: Postgres, postgres_schema: str) -> Iterator[Engine]:
    """An empty Postgres database at its newest schema, for what is about Postgres alone."""
    url = postgres.copy(postgres_schema)
    made = open_engine(url)
    yield made
    made.dispose()
    postgres.drop(url)


@pytest.fixture
def engine(kind: str, request: pytest.FixtureRequest) -> Engine:
    """An empty database at its newest schema."""
    made: Engine = request.getfixturevalue(f"{kind}_engine")
    return made


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> World:
    """An empty store."""
    return a_world(tmp_path, engine)


@pytest.fixture(scope="session")
def sqlite_published(
    sqlite_schema: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    """Two weeks published on SQLite; for what reads values and files alone, which are the same."""
    home = tmp_path_factory.mktemp("published")
    shutil.copy(sqlite_schema, home / "unseen.db")
    made = open_engine(f"sqlite:///{home / 'unseen.db'}")
    yield publish_two_weeks(a_world(home, made))
    made.dispose()


@pytest.fixture(scope="session")
def postgres_published(
    postgres: Postgres, postgres_schema: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    """Two weeks published on Postgres."""
    made = open_engine(postgres.copy(postgres_schema))
    yield publish_two_weeks(a_world(tmp_path_factory.mktemp("published"), made))
    made.dispose()


@pytest.fixture
def published(kind: str, request: pytest.FixtureRequest) -> Published:
    """Two published weeks; look, do not touch."""
    made: Published = request.getfixturevalue(f"{kind}_published")
    return made


@pytest.fixture
def told(world: World) -> list[Told]:
    """Four drafted candidates of one week, each of its own document."""
    return [world.tell(pier(number), EARLIER, accepted=False) for number in range(4)]


@pytest.fixture
def save(engine: Engine) -> Callable[..., None]:
    """What stores findings."""

    def now(*findings: Finding) -> None:
        with session(engine) as work:
            save_findings(work, findings)

    return now
