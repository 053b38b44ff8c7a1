"""A store with two weeks, and a real server over it on loopback; both made once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
import uvicorn

from api.app import create_app
from api.serving import listen
from tests.api.stories import tell_two_weeks
from tests.api.world import NOW, Told, World


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


class serving:
    """Runs a real uvicorn on a free loopback port for the length of a `with`."""

    def __init__(self, world: World) -> None:
        self.world = world
        app = create_app(world.settings, world.engine, clock=lambda: NOW)
        self.server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
        self.socket = listen("127.0.0.1", 0)
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]})

    def __enter__(self) -> str:
        # The socket listens already: a request sent now is answered when the server is up.
        self.thread.start()
        return f"http://127.0.0.1:{self.socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(timeout=10)
        self.socket.close()
        self.world.engine.dispose()
