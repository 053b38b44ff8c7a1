"""The keys that releases are signed with, told to everybody; their secret halves are never read."""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from store.releases.endorsements import line_of
from store.releases.key_files import rotate_sealing, rotate_signing
from store.releases.keys import Keys
from tests.api.conftest import Site
from tests.building import NOW, World

SINCE = datetime(2026, 8, 20, tzinfo=UTC)
#: What was opened while a test listens; a hook of the interpreter can never be taken out again.
_opened: list[str] = []
_listening = False


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _listening and event == "open":
        _opened.append(str(arguments[0]))


sys.addaudithook(_hear)


@pytest.fixture
def world(tmp_path):
    made = World.at(tmp_path)
    yield made
    made.engine.dispose()


def client(world: World) -> TestClient:
    app = create_app(world.settings, world.engine, clock=lambda: NOW)
    return TestClient(app, raise_server_exceptions=False)


def test_a_house_that_never_replaced_its_key_tells_that_key(site: Site):
    answer = site.client.get("/v1/keys")
    assert answer.status_code == 200
    assert answer.json() == {"public_key": site.world.keys.public_hex, "key_history": []}


def test_a_replaced_key_is_told_with_the_endorsements_that_lead_to_the_new_one(world: World):
    asking = client(world)
    etag = asking.get("/v1/keys").headers["etag"]
    assert asking.get("/v1/keys", headers={"If-None-Match": etag}).status_code == 304
    line = rotate_signing(world.home / "keys", SINCE)
    answer = asking.get("/v1/keys", headers={"If-None-Match": etag})
    assert answer.status_code == 200
    told = answer.json()
    assert line_of(told["key_history"], told["public_key"]) == line
    assert line.keys[0] == world.keys.public_hex


def test_no_secret_file_is_opened(world: World):
    global _listening
    rotate_signing(world.home / "keys", SINCE)
    rotate_sealing(world.home / "keys")
    asking = client(world)
    _opened.clear()
    _listening = True
    try:
        assert asking.get("/v1/keys").status_code == 200
    finally:
        _listening = False
    in_folder = {name.rpartition("/")[2] for name in _opened if "/keys/" in name}
    assert in_folder == {"signing.pub", "endorsements.json"}
    body = asking.get("/v1/keys").text
    keys = Keys.load(world.home / "keys")
    for secret in (keys.signing_seed, keys.seal, *keys.old_seals):
        assert secret.hex() not in body


def test_without_a_key_there_is_nothing_and_a_damaged_file_is_told_as_ours(world: World):
    asking = client(world)
    public = world.home / "keys" / "signing.pub"
    public.write_text("not hex\n")
    answer = asking.get("/v1/keys")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert answer.headers["content-type"] == "application/problem+json"
    public.unlink()
    answer = asking.get("/v1/keys")
    assert answer.status_code == 404 and str(world.home) not in answer.text


def test_the_route_is_described(site: Site):
    described = site.client.get("/openapi.json").json()["paths"]["/v1/keys"]["get"]
    schema = described["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["$ref"].endswith("/PublicKeys")
