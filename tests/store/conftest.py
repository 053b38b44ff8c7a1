"""A store that is told one week after the other, and one with two published weeks."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from store.database import open_engine, upgrade
from store.releases.keys import Keys
from tests.building import World
from tests.store.weeks import Published, publish_two_weeks


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
