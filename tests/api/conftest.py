"""A store with two weeks, and a real server over it on loopback; both made once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
import pytest

from api.app import create_app
from tests.api.stories import tell_two_weeks
from tests.building import NOW, Told, World
from tests.serving import serving as serving_app


@dataclass(frozen=True)
class Site:
    """A running server, its store, and a client that follows nothing by itself."""

    url: str
    world: World
    told: dict[str, Told]
    client: httpx2.Client

    def id(self, name: str) -> str:
        """Return the id of a told question."""
        return self.told[name].question.id


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server over two weeks."""
    world = World.at(tmp_path_factory.mktemp("home"))
    told = tell_two_weeks(world)
    with serving(world) as url, httpx2.Client(base_url=url) as client:
        yield Site(url, world, told, client)


@contextmanager
def serving(world: World) -> Iterator[str]:
    """Serve a world; its database is closed with the server."""
    app = create_app(world.settings, world.engine, clock=lambda: NOW)
    with serving_app(app) as url:
        yield url
    world.engine.dispose()
