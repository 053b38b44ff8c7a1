"""Over a database server that goes away the API says so, and goes on by itself when it is back."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from api.errors import MEDIA_TYPE
from store.database import open_engine, upgrade
from store.releases.keys import Keys
from tests.api.conftest import Site, serving
from tests.api.stories import tell_two_weeks
from tests.building import LATER, World
from tests.postgres import SAFE, Postgres, Shutdown, wanted_postgres

#: What needs no database: the files of a release, and that the process lives.
FROM_FILES = ("/livez", f"/v1/sets/{LATER}/questions.jsonl", f"/v1/sets/{LATER}/questions")


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that may be killed."""
    with wanted_postgres(SAFE) as running:
        yield running


@pytest.fixture(scope="module")
def over_postgres(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An API over two weeks on a Postgres of its own."""
    home = tmp_path_factory.mktemp("home")
    engine = open_engine(server.new_database())
    upgrade(engine)
    keys = Keys.load(home / "keys", lambda n: bytes(range(n)))
    world = World(home, engine, keys)
    told = tell_two_weeks(world)
    with serving(world) as url, httpx2.Client(base_url=url) as client:
        yield Site(url, world, told, client)


def routes(site: Site) -> list[str]:
    """Return every route that can be read, with a question and a week in place of the names."""
    name = next(iter(site.told.values())).question.id
    filled = [
        path.replace("{week}", LATER)
        .replace("{other}", "2026-W33")
        .replace("{name}", "manifest.json")
        .replace("{question_id}", name)
        for path, operations in site.client.get("/openapi.json").json()["paths"].items()
        if "get" in operations
    ]
    assert not [path for path in filled if "{" in path]
    return [*filled, "/", "/runs", "/sources", "/funnel", f"/questions/{name}", f"/sets/{LATER}"]


def get(site: Site, path: str) -> httpx2.Response:
    """Ask once; redirects are not followed."""
    return site.client.get(path, headers={"Accept": "application/json"})


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_while_the_server_is_gone_the_api_says_so_and_then_goes_on(
    over_postgres: Site, server: Postgres, how: Shutdown
) -> None:
    site = over_postgres
    paths = routes(site)
    before = {path: get(site, path) for path in paths}
    assert {answer.status_code for answer in before.values()} <= {200, 307}
    server.stop(how)
    refused = set()
    for path in paths:
        answer = get(site, path)
        if answer.status_code == before[path].status_code:
            continue
        assert answer.status_code == 503, path
        if path != "/readyz":
            assert answer.headers["Content-Type"] == MEDIA_TYPE, path
            assert answer.headers["Retry-After"] == "60"
            assert str(server.socket_folder) not in answer.text
        refused.add(path)
    assert {"/readyz", "/v1/runs", "/v1/sources", "/sources"} <= refused
    assert refused.isdisjoint(FROM_FILES)
    server.start()
    for path in paths:
        answer = get(site, path)
        assert answer.status_code == before[path].status_code, path
        if path not in ("/metrics", "/readyz"):
            assert answer.content == before[path].content, path


@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_restart_between_two_requests_is_not_noticed(
    over_postgres: Site, server: Postgres, how: Shutdown
) -> None:
    site = over_postgres
    before = get(site, "/v1/runs")
    for _ in range(3):
        server.restart(how)
        after = get(site, "/v1/runs")
        assert (after.status_code, after.content) == (200, before.content)
