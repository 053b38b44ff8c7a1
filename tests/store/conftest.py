"""A store that is told one week after the other, and one with two published weeks."""

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


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at its newest schema, to copy: migrating anew for each test would be slow."""
    path = tmp_path_factory.mktemp("schema") / "unseen.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path


@pytest.fixture
def engine(empty_database: Path, tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    shutil.copy(empty_database, tmp_path / "unseen.db")
    made = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    yield made
    made.dispose()


@pytest.fixture
def world(engine: Engine, tmp_path: Path) -> World:
    """An empty store."""
    return World(tmp_path, engine, Keys.load(tmp_path / "keys", lambda n: bytes(range(n))))


@pytest.fixture(scope="session")
def published(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Published]:
    """Two published weeks; look, do not touch."""
    home = tmp_path_factory.mktemp("published")
    shutil.copy(empty_database, home / "unseen.db")
    made = World.at(home)
    yield publish_two_weeks(made)
    made.engine.dispose()


@pytest.fixture(scope="session")
def sound(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    """Five published weeks in memory; look, and ruin copies only."""
    home = tmp_path_factory.mktemp("chain")
    shutil.copy(empty_database, home / "unseen.db")
    made = World.at(home)
    weeks = publish_five_weeks(made)
    made.engine.dispose()
    return weeks


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database without a schema, of each kind we support."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'any.db'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def bare(database_url: str) -> Iterator[Engine]:
    """An engine on a database without a schema."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def any_engine(bare: Engine) -> Engine:
    """An engine on an empty database at its newest schema, of each kind."""
    upgrade(bare)
    return bare


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
