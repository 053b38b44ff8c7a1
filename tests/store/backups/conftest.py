"""A house on either kind of database, a backup of it, and a place for another."""

from __future__ import annotations

import os
from contextlib import closing

import pytest

from store.backups.making import back_up
from store.database import open_engine
from store.releases.keys import Keys
from tests.building import NOW, World
from tests.store.backups.archives import Disposable
from tests.store.conftest import a_world
from tests.store.weeks import publish_two_weeks


@pytest.fixture
def world(sqlite_engine, tmp_path):
    """An empty store on SQLite, for what is about files: `house` is on either kind."""
    return a_world(tmp_path, sqlite_engine)


@pytest.fixture
def environment(request, database_url):
    """What says where pg_dump is: that of the server's version, where there is a server."""
    if database_url.startswith("sqlite"):
        return {"PATH": ""}
    server = request.getfixturevalue("postgres")
    return {"PATH": f"{server.programs}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def empty_url(request, database_url, tmp_path):
    """What makes a place for one more database of the same kind, beside a home."""

    def make(home):
        if database_url.startswith("sqlite"):
            return f"sqlite:///{home / 'unseen.db'}"
        return request.getfixturevalue("postgres").new_database()

    return make


@pytest.fixture
def house(engine, tmp_path):
    """Two published weeks on either database, with a source list and keys of chance."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "sources.toml").write_text("# ours\n")
    world = World(home, engine, Keys.load(home / "keys"))
    publish_two_weeks(world)
    return world


@pytest.fixture
def archive(house, tmp_path, environment):
    """A backup of it."""
    file = tmp_path / "house.tar"
    back_up(file, house.engine, house.home, NOW, environment=environment)
    return file


@pytest.fixture(scope="session")
def honest(tmp_path_factory, sqlite_schema):
    """An archive of two weeks; look, do not touch."""
    home = tmp_path_factory.mktemp("honest")
    (home / "unseen.db").write_bytes(sqlite_schema.read_bytes())
    (home / "sources.toml").write_text("# ours\n")
    world = World(home, open_engine(f"sqlite:///{home / 'unseen.db'}"), Keys.load(home / "keys"))
    publish_two_weeks(world)
    file = home / "house.tar"
    back_up(file, world.engine, home, NOW, environment={})
    world.engine.dispose()
    return file


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home"


@pytest.fixture
def into(home):
    """What restores a file into the home."""
    with closing(Disposable(home)) as place:
        yield place
