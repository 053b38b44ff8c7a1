"""Lists, rows, filters, differences, and releases that appear while the server runs."""

from __future__ import annotations

import json

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from store.errors import SettingsError, StoreError
from tests.api.conftest import Site
from tests.api.stories import OPEN, SECRET, numbered, tell_two_weeks
from tests.building import EARLIER, LATER, NOW, World

ROWS = f"/v1/sets/{LATER}/questions"


def rows_of(site: Site, name: str, week: str = LATER) -> list[dict[str, object]]:
    """Return the rows of a released file."""
    text = (site.world.home / "releases" / week / name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def walk(site: Site, url: str) -> list[list[dict[str, object]]]:
    """Follow the Link header from page to page."""
    pages = []
    while url:
        answer = site.client.get(url)
        assert answer.status_code == 200
        pages.append(answer.json()["items"])
        linked = answer.links.get("next", {}).get("url", "")
        assert (answer.json()["next"] or "") == linked
        url = linked
    return pages


def test_releases_are_listed_newest_first_a_page_at_a_time(site: Site):
    pages = walk(site, "/v1/sets?limit=1")
    assert [[each["week"] for each in page] for page in pages] == [[LATER], [EARLIER]]
    newest = pages[0][0]
    assert (newest["n_open"], newest["n_sealed"], newest["n_retired"]) == (31, 1, 1)
    assert newest["published_at"] == "2026-08-24T06:00:00Z"


@pytest.mark.parametrize("limit", [1, 7, 32, 1000])
def test_pages_of_rows_hold_every_row_once_in_the_order_of_ids(site: Site, limit):
    rows = [row for page in walk(site, f"{ROWS}?limit={limit}") for row in page]
    expected = rows_of(site, "questions.jsonl") + rows_of(site, "sealed.jsonl")
    assert rows == sorted(expected, key=lambda row: row["id"])


@pytest.mark.parametrize(
    ("query", "takes"),
    [
        ("topic=economy", lambda row: row["topic"] == "economy"),
        ("family=entity", lambda row: row.get("family") == "entity"),
        ("setting=closed_book", lambda row: row["setting"] == "closed_book"),
        ("language=en", lambda row: row["language"] == "en"),
        ("language=de", lambda row: False),
        (
            "published_after=2026-08-02T00:00:00Z",
            lambda row: row["source_published_at"] > "2026-08-02T00:00:00Z",
        ),
        ("published_after=2026-08-12", lambda row: row["source_published_at"] > "2026-08-12T00"),
        (
            "topic=economy&published_after=2026-08-01T12:00:00Z",
            lambda row: row["topic"] == "economy" and row["source_published_at"] > "2026-08-01T12",
        ),
    ],
)
def test_filters_take_exactly_the_rows_that_fit_on_every_page(site: Site, query, takes):
    everything = rows_of(site, "questions.jsonl") + rows_of(site, "sealed.jsonl")
    expected = sorted(row["id"] for row in everything if takes(row))
    got = [row["id"] for page in walk(site, f"{ROWS}?limit=4&{query}") for row in page]
    assert got == expected


def test_rows_can_be_asked_for_by_id(site: Site):
    ids = [site.id("choice"), site.id("sealed"), "q_0000000000000000"]
    found = site.client.get(ROWS, params={"ids": ",".join(ids)}).json()["items"]
    assert {row["id"] for row in found} == set(ids[:2])


def test_the_family_of_a_sealed_row_cannot_be_asked_for(site: Site):
    ids = [row["id"] for page in walk(site, f"{ROWS}?family=entity") for row in page]
    assert ids == [site.id("choice")] and site.told["sealed"].question.family == "entity"


def test_a_difference_names_each_question_and_why_it_retired(site: Site):
    told = site.client.get(f"/v1/sets/{EARLIER}/diff/{LATER}").json()
    assert told["carried"] == [site.id("sealed")]
    assert len(told["added"]) == 31 and site.id("choice") in told["added"]
    assert told["left"] == sorted([site.id("open"), site.id("quote_only"), site.id("retiring")])
    assert told["retired"] == [
        {
            "id": site.id("retiring"),
            "week": LATER,
            "why": "stale: a later capture gives another value",
        }
    ]


def test_runs_are_paged_newest_first_and_keep_their_reasons_home(site: Site):
    pages = walk(site, "/v1/runs?limit=1")
    assert [page[0]["key"] for page in pages] == [LATER, EARLIER]
    assert "/srv" not in json.dumps(pages)


def test_the_funnel_counts_where_candidates_stopped(site: Site):
    told = site.client.get(f"/v1/funnel?week={LATER}").json()
    assert told["stopped"] == {"self_contained": 1}
    assert sum(told["drafted"].values()) == 33 and sum(told["accepted"].values()) == 32
    assert site.client.get("/v1/funnel").json()["week"] == LATER


def test_the_funnel_of_a_release_is_the_one_it_states(world: World):
    stated = {"documents": 9, "documents_stopped": {}, "drafted": {"number": 7}}
    stated |= {"stopped": {"leak": 6}, "held": {}, "accepted": {"number": 1}}
    world.release(EARLIER, [world.tell(OPEN, EARLIER)], statement={"funnel": stated})
    told = client(world).get(f"/v1/funnel?week={EARLIER}").json()
    # A release of before says nothing of drafts refused or of cost.
    unsaid = {"refused": {}, "waiting": 0, "cost": None, "per_accepted": {}}
    assert told == {"week": EARLIER, **stated, **unsaid, "rejected": [], "next": None}


def test_the_feed_is_well_formed_and_names_the_weeks(site: Site):
    from lxml import etree

    feed = etree.fromstring(site.client.get("/feed.atom").content)
    space = {"a": "http://www.w3.org/2005/Atom"}
    titles = feed.xpath("a:entry/a:title/text()", namespaces=space)
    assert titles == [f"Unseen {LATER}", f"Unseen {EARLIER}"]
    assert feed.xpath("string(a:updated)", namespaces=space) == "2026-08-24T06:00:00Z"


@pytest.fixture
def world(tmp_path) -> World:
    """An empty store."""
    return World.at(tmp_path)


def client(world: World) -> TestClient:
    """Return a client of an application over a store, without a server."""
    app = create_app(world.settings, world.engine, clock=lambda: NOW)
    return TestClient(app, raise_server_exceptions=False, follow_redirects=False)


def test_an_empty_store_is_served_and_says_so(world: World):
    asking = client(world)
    assert asking.get("/v1/sets").json() == {"items": [], "next": None}
    assert "Nothing is published yet" in asking.get("/").text
    assert asking.get("/v1/sets/latest").status_code == 404
    for path in ("/funnel", "/sources", "/runs", "/feed.atom", "/readyz", "/metrics"):
        assert asking.get(path).status_code == 200, path


def test_a_release_becomes_visible_without_a_restart_and_never_half(world: World):
    asking = client(world)
    world.release(EARLIER, [world.tell(OPEN, EARLIER)])
    assert asking.get("/v1/sets/latest").headers["location"] == f"/v1/sets/{EARLIER}"
    releases = world.home / "releases"
    draft = releases / f".{LATER}.draft-1"
    draft.mkdir()
    for name in ("manifest.json", "manifest.sig", "questions.jsonl"):
        (draft / name).write_bytes((releases / EARLIER / name).read_bytes())
    half = releases / LATER
    half.mkdir()
    (half / "questions.jsonl").write_text('{"id":"half"}\n')
    for path in (f"/v1/sets/{LATER}", f"/v1/sets/{LATER}/questions.jsonl", f"/sets/{LATER}"):
        assert asking.get(path).status_code == 404
    assert asking.get(f"/v1/sets/.{LATER}.draft-1/manifest.json").status_code == 404
    assert asking.get("/v1/sets/latest").headers["location"] == f"/v1/sets/{EARLIER}"
    (half / "questions.jsonl").unlink()
    half.rmdir()
    world.release(LATER, [world.tell(numbered(1), LATER)])
    assert asking.get("/v1/sets/latest").headers["location"] == f"/v1/sets/{LATER}"
    assert len(asking.get("/v1/sets").json()["items"]) == 2


def test_a_stray_file_in_a_release_is_not_served(world: World):
    world.release(EARLIER, [world.tell(OPEN, EARLIER)])
    (world.home / "releases" / EARLIER / "notes.txt").write_text("left here by hand")
    assert client(world).get(f"/v1/sets/{EARLIER}/notes.txt").status_code == 404


def test_a_damaged_file_is_an_error_and_not_an_answer(world: World):
    world.release(EARLIER, [world.tell(OPEN, EARLIER)])
    path = world.home / "releases" / EARLIER / "questions.jsonl"
    path.write_bytes(path.read_bytes().replace(b"412", b"413"))
    asking = client(world)
    assert asking.get(f"/v1/sets/{EARLIER}/questions").json()["title"] == "A release is damaged"
    path.write_bytes(path.read_bytes() + b"{}\n")
    answer = asking.get(f"/v1/sets/{EARLIER}/questions.jsonl")
    assert answer.status_code == 500 and "413" not in answer.text


def test_a_damaged_manifest_hides_its_week_alone_and_is_not_ready(world: World):
    tell_two_weeks(world)
    (world.home / "releases" / LATER / "manifest.json").write_text("{")
    asking = client(world)
    assert [each["week"] for each in asking.get("/v1/sets").json()["items"]] == [EARLIER]
    ready = asking.get("/readyz")
    assert ready.status_code == 503 and "releases: one is damaged" in ready.json()["detail"]


def test_an_old_schema_is_not_ready(tmp_path):
    from store.database import open_engine

    world = World.at(tmp_path)
    world.engine = open_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    answer = client(world).get("/readyz")
    assert answer.status_code == 503
    assert "schema: not at the revision" in answer.json()["detail"]
    world.engine.dispose()


def test_a_database_that_refuses_is_a_503_that_says_when_to_ask_again(world: World, monkeypatch):
    def refuse(*_: object) -> None:
        raise StoreError(f"the database refused: unable to open {world.home}/unseen.db")

    monkeypatch.setattr("api.operations.sources", refuse)
    answer = client(world).get("/v1/sources")
    assert answer.status_code == 503 and answer.headers["retry-after"] == "60"
    assert answer.json()["type"] == "/problems#store-unavailable"
    assert str(world.home) not in answer.text


def test_what_nobody_foresaw_is_a_500_without_a_stack(world: World, monkeypatch):
    def break_down(*_: object) -> None:
        raise RuntimeError(f"SELECT {SECRET} FROM {world.home}")

    monkeypatch.setattr("api.operations.sources", break_down)
    answer = client(world).get("/v1/sources")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert SECRET not in answer.text and "nobody foresaw" in answer.json()["detail"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_server_that_cannot_check_keys_does_not_start_open(world: World):
    needs_keys = world.settings.model_copy(update={"require_key": True})
    with pytest.raises(SettingsError, match="cannot check keys"):
        create_app(needs_keys, world.engine)
