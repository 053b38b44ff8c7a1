"""How the API speaks HTTP, asked of a real server on loopback."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
from urllib.parse import urlsplit

import pytest

from tests.api.conftest import Site
from tests.building import LATER

FILE = f"/v1/sets/{LATER}/questions.jsonl"
FILES = {
    "questions.jsonl": "application/jsonl",
    "questions.parquet": "application/vnd.apache.parquet",
    "sealed.jsonl": "application/jsonl",
    "provenance.jsonl": "application/jsonl",
    "retired.jsonl": "application/jsonl",
    "manifest.json": "application/json",
    "manifest.sig": "text/plain; charset=utf-8",
    "README.md": "text/markdown; charset=utf-8",
}
RENDERED = [
    "/v1/sets",
    f"/v1/sets/{LATER}/questions?limit=5",
    f"/v1/sets/2026-W33/diff/{LATER}",
    "/v1/sources",
    "/v1/runs",
    "/v1/funnel",
    "/feed.atom",
    "/",
    f"/sets/{LATER}",
    "/funnel",
    "/sources",
    "/runs",
    "/problems",
]


@pytest.mark.parametrize(("name", "media_type"), FILES.items())
def test_a_released_file_is_sent_byte_for_byte_and_for_ever(site: Site, name, media_type):
    answer = site.client.get(f"/v1/sets/{LATER}/{name}")
    body = (site.world.home / "releases" / LATER / name).read_bytes()
    digest = hashlib.sha256(body)
    assert answer.status_code == 200 and answer.content == body
    assert answer.headers["content-type"] == media_type
    assert answer.headers["etag"] == f'"{digest.hexdigest()}"'
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["repr-digest"] == (
        f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    )
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", [FILE, f"/v1/sets/{LATER}", *RENDERED])
def test_head_says_what_get_says_without_the_body(site: Site, path):
    got, head = site.client.get(path), site.client.head(path)
    moving = {"date"}
    assert head.status_code == got.status_code == 200 and head.content == b""
    assert {k: v for k, v in head.headers.items() if k not in moving} == {
        k: v for k, v in got.headers.items() if k not in moving
    }


def test_head_of_a_file_reads_none_of_it(site: Site, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the file was opened")

    monkeypatch.setattr("anyio.open_file", refuse)
    assert site.client.head(FILE).headers["content-length"] != "0"


@pytest.mark.parametrize("path", [FILE, f"/v1/sets/{LATER}", *RENDERED])
def test_who_holds_the_same_version_is_told_so(site: Site, path):
    etag = site.client.get(path).headers["etag"]
    for asked in (etag, f'"other", {etag}', "*"):
        answer = site.client.get(path, headers={"If-None-Match": asked})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag and "cache-control" in answer.headers
    assert site.client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_file_has_a_strong_tag_and_a_rendered_answer_a_weak_one(site: Site):
    assert not site.client.get(FILE).headers["etag"].startswith("W/")
    assert all(site.client.get(path).headers["etag"].startswith("W/") for path in RENDERED)


def test_tags_are_compared_before_the_store_is_touched(site: Site, monkeypatch):
    etag = site.client.get(f"/v1/sets/{LATER}/questions").headers["etag"]

    def refuse(*_: object) -> None:
        raise AssertionError("rows were read for a version the client holds")

    monkeypatch.setattr("api.rows.WeekRows.page", refuse)
    answer = site.client.get(f"/v1/sets/{LATER}/questions", headers={"If-None-Match": etag})
    assert answer.status_code == 304


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        pytest.param("bytes=0-9", 0, 10, id="the first ten"),
        pytest.param("bytes=10-", 10, None, id="all but ten"),
        pytest.param("bytes=-7", -7, None, id="the last seven"),
        pytest.param("bytes=5-99999999", 5, None, id="an end past the file is the file's end"),
    ],
)
def test_a_range_gives_that_part(site: Site, asked, start, end):
    whole = site.client.get(FILE)
    part = site.client.get(FILE, headers={"Range": asked})
    assert part.status_code == 206 and part.content == whole.content[start:end]
    first = start % len(whole.content)
    assert part.headers["content-range"] == (
        f"bytes {first}-{first + len(part.content) - 1}/{len(whole.content)}"
    )
    assert part.headers["repr-digest"] == whole.headers["repr-digest"]
    assert part.headers["etag"] == whole.headers["etag"]


@pytest.mark.parametrize(
    "asked", ["bytes=9-5", "bytes=a-b", "lines=0-5", "bytes=0-1,5-6", "bytes=", "0-5"]
)
def test_a_range_that_is_none_is_ignored(site: Site, asked):
    answer = site.client.get(FILE, headers={"Range": asked})
    assert answer.status_code == 200 and answer.content == site.client.get(FILE).content


def test_a_range_outside_the_file_is_refused_with_its_size(site: Site):
    size = len(site.client.get(FILE).content)
    for asked in (f"bytes={size}-", "bytes=-0"):
        answer = site.client.get(FILE, headers={"Range": asked})
        assert answer.status_code == 416
        assert answer.headers["content-range"] == f"bytes */{size}"
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_range_of_another_version_gives_the_whole(site: Site):
    stale = site.client.get(FILE, headers={"Range": "bytes=0-9", "If-Range": '"old"'})
    same = site.client.get(
        FILE, headers={"Range": "bytes=0-9", "If-Range": site.client.get(FILE).headers["etag"]}
    )
    dated = site.client.get(
        FILE,
        headers={
            "Range": "bytes=99999999-",
            "If-Range": site.client.get(FILE).headers["last-modified"],
        },
    )
    assert (stale.status_code, same.status_code, dated.status_code) == (200, 206, 200)


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        ("/v1/sets/latest", f"/v1/sets/{LATER}"),
        ("/v1/sets/latest/questions.jsonl", FILE),
        ("/v1/sets/latest/questions?topic=people", f"/v1/sets/{LATER}/questions?topic=people"),
    ],
)
def test_latest_leads_to_the_week_and_is_asked_again_each_time(site: Site, path, leads_to):
    answer = site.client.get(path)
    assert (answer.status_code, answer.headers["location"]) == (307, leads_to)
    assert answer.headers["cache-control"] == "no-cache"
    assert site.client.head(path).status_code == 307


def test_rendered_answers_are_compressed_and_files_are_not(site: Site):
    asked = {"Accept-Encoding": "gzip"}
    page = site.client.get(f"/sets/{LATER}", headers=asked)
    assert page.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in page.headers["vary"].lower()
    for path in (FILE, f"/v1/sets/{LATER}"):
        assert "content-encoding" not in site.client.get(path, headers=asked).headers
    part = site.client.get(FILE, headers={**asked, "Range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)


PROBLEMS = [
    ("GET", "/nothing", 404),
    ("GET", "/v1/sets/2020-W01", 404),
    ("GET", "/v1/sets/nonsense", 404),
    ("GET", f"/v1/sets/{LATER}/secret.txt", 404),
    ("GET", "/v1/sets/latest/secret.txt", 404),
    ("GET", f"/v1/sets/{LATER}/..%2f..%2funseen.db", 404),
    ("GET", f"/v1/sets/..%2f{LATER}/questions.jsonl", 404),
    ("GET", f"/v1/sets/{LATER}/%00", 404),
    ("GET", f"/v1/sets/{LATER}/diff/2020-W01", 404),
    ("GET", "/v1/questions/q_0000000000000000", 404),
    ("GET", "/v1/questions/'%20OR%201=1--", 404),
    ("GET", "/v1/funnel?week=2020-W01", 404),
    ("GET", "/v1/funnel?week=2026-W99", 404),
    ("GET", "/v1/sets/2026-W99", 404),
    ("GET", "/sets/2026-W99", 404),
    ("GET", "/static/x/../../app.py", 404),
    ("POST", "/v1/sets", 405),
    ("DELETE", FILE, 405),
    ("PUT", "/", 405),
    ("GET", "/v1/sets?limit=0", 422),
    ("GET", "/v1/sets?after=x", 422),
    ("GET", "/v1/sets?colour=red", 422),
    ("GET", "/v1/runs?job=other", 422),
    ("GET", "/runs?job=%27%20OR%201=1--", 422),
    ("GET", f"/v1/sets/{LATER}/questions?limit=1001", 422),
    ("GET", f"/v1/sets/{LATER}/questions?published_after=yesterday", 422),
    ("GET", f"/v1/sets/{LATER}/questions?topics=people", 422),
    ("GET", f"/v1/sets/{LATER}/questions?topic={'x' * 81}", 422),
]


@pytest.mark.parametrize(("method", "path", "status"), PROBLEMS)
def test_every_error_is_a_problem_that_tells_nothing_of_ours(site: Site, method, path, status):
    answer = site.client.request(method, path)
    told = answer.json()
    assert answer.status_code == status == told["status"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "detail"} <= told.keys() and told["detail"].endswith(".")
    for ours in (str(site.world.home), "SELECT", "Traceback", "sqlalchemy", ".py", "unseen.db"):
        assert ours not in answer.text or ours in path
    if status == 405:
        assert "GET" in answer.headers["allow"]


def test_a_misfit_is_named_and_not_repeated(site: Site):
    told = site.client.get("/v1/sets?limit=<script>").json()
    assert told["errors"][0]["where"] == "query.limit" and "script" not in json.dumps(told)


def test_a_person_gets_an_error_as_a_page_and_a_program_as_a_problem(site: Site):
    wants_page = {"Accept": "text/html"}
    page = site.client.get("/sets/2020-W01", headers=wants_page)
    assert page.status_code == 404 and page.headers["content-type"].startswith("text/html")
    assert "No release is called" in page.text
    program = site.client.get("/v1/sets/2020-W01", headers=wants_page)
    assert program.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", FILE, "/v1/sets", "/nothing", "/v1/sets?limit=0"])
def test_every_answer_carries_the_security_headers(site: Site, path):
    headers = site.client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "script" not in policy and "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_body_that_says_it_is_too_large_is_refused_unread(site: Site):
    parts = urlsplit(site.url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
    connection.putrequest("POST", "/v1/sets")
    connection.putheader("Content-Length", str((1 << 20) + 1))
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == 413 and json.loads(answer.read())["title"]
    connection.close()


def test_the_description_names_the_problem_of_every_operation(site: Site):
    described = site.client.get("/openapi.json").json()
    schema = described["components"]["schemas"]["Problem"]
    assert {"type", "title", "status", "detail"} <= set(schema["required"])
    for operations in described["paths"].values():
        for operation in operations.values():
            content = operation["responses"]["4XX"]["content"]
            assert list(content) == ["application/problem+json"]
    assert "/v1/sets/{week}/{name}" in described["paths"]


def test_health_tells_living_from_ready(site: Site):
    assert site.client.get("/livez").json()["status"] == "ok"
    ready = site.client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json()["checks"] == {
        "database": "ok",
        "schema": "ok",
        "releases": "ok",
        "daemon": "never ran",
    }


def test_the_gauges_tell_the_age_and_the_states(site: Site):
    text = site.client.get("/metrics").text
    for line in (
        "unseen_newest_release_age_seconds 86400.0",
        'unseen_questions{state="open"} 31.0',
        'unseen_questions{state="sealed"} 1.0',
        'unseen_candidates{state="rejected"} 1.0',
        "unseen_sources_failing 1.0",
    ):
        assert line in text
