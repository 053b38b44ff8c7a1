"""The small decisions, without a server: ranges, marks, tags, types, sizes, pages of rows."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from api import errors
from api.conditional import weak_etag
from api.files import judge_range, media_type_of
from api.limits import BodyLimit
from api.middleware import is_released_file
from api.pages.render import is_weblink, rfc3339, size
from api.pages.views import bars, week_after
from api.provenance import Piece, marked
from api.serving import listen
from store.records import Span
from tests.corpora import ROOT


@pytest.mark.parametrize(
    ("asked", "n_bytes", "verdict"),
    [
        pytest.param("bytes=0-0", 1, "use", id="one byte"),
        pytest.param("bytes=0-", 0, "unsatisfiable", id="an empty file has no part"),
        pytest.param("bytes=-5", 0, "unsatisfiable", id="nor a last one"),
        pytest.param("bytes=-0", 9, "unsatisfiable", id="the last zero bytes are none"),
        pytest.param("bytes=9-", 9, "unsatisfiable", id="past the end"),
        pytest.param("bytes=3-2", 9, "ignore", id="backwards"),
        pytest.param("bytes=0-1,4-5", 9, "ignore", id="several"),
        pytest.param("bytes=" + "9" * 4000 + "-", 9, "ignore", id="no number a client means"),
        pytest.param("bytes=٣-", 9, "ignore", id="digits of another script"),
    ],
)
def test_a_range_is_used_ignored_or_refused(asked, n_bytes, verdict):
    assert judge_range(asked, n_bytes) == verdict


@pytest.mark.parametrize(
    ("quote", "pieces"),
    [
        pytest.param(Span(start=2, end=4), [("ab", False), ("cd", True), ("ef", False)], id="in"),
        pytest.param(Span(start=0, end=6), [("abcdef", True)], id="all of it"),
        pytest.param(Span(start=4, end=9), [("abcd", False), ("ef", True)], id="over the end"),
        pytest.param(Span(start=7, end=9), [("abcdef", False)], id="elsewhere"),
    ],
)
def test_a_quote_is_marked_where_it_stands_in_the_passage(quote, pieces):
    found = marked("abcdefghi", [Span(start=0, end=6)], [quote])
    assert found == [[Piece(text, quoted) for text, quoted in pieces]]


def test_tags_differ_when_the_parts_are_cut_differently():
    assert weak_etag("ab", "c") != weak_etag("a", "bc")
    assert weak_etag("ab", "c") == weak_etag("ab", "c")


@pytest.mark.parametrize(
    ("path", "is_file"),
    [
        ("/v1/sets/2026-W34", True),
        ("/v1/sets/2026-W34/questions.jsonl", True),
        ("/v1/sets/2026-W34/lm_eval/task.yaml", True),
        ("/v1/sets/2026-W34/questions", False),
        ("/v1/sets/2026-W34/diff/2026-W35", False),
        ("/v1/sets", False),
        ("/sets/2026-W34", False),
    ],
)
def test_only_released_files_go_uncompressed(path, is_file):
    assert is_released_file(path) is is_file


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("questions.jsonl", "application/jsonl"),
        ("croissant.json", "application/ld+json"),
        ("lm_eval/task.yaml", "application/yaml"),
        ("promptfoo.csv", "text/csv"),
        ("strange.bin", "application/octet-stream"),
    ],
)
def test_a_file_has_the_type_of_its_ending(name, media_type):
    assert media_type_of(name) == media_type


@pytest.mark.parametrize(
    ("url", "leads"),
    [
        ("https://gazette.example/a", True),
        ("HTTP://gazette.example", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//gazette.example", False),
        ("https:///nowhere", False),
        ("http://[", False),
    ],
)
def test_only_addresses_of_pages_become_links(url, leads):
    assert is_weblink(url) is leads


def test_values_are_written_for_people_and_programs():
    assert rfc3339("2026-08-24T08:00:00+02:00") == "2026-08-24T06:00:00Z"
    assert [size(999), size(1_400), size(2_000_000)] == ["999 B", "1.4 kB", "2.0 MB"]
    assert [(bar.name, bar.share) for bar in bars({"a": 1, "b": 4})] == [("b", 100), ("a", 25)]
    assert bars({}) == []


def test_a_body_is_counted_while_it_is_read():
    app = FastAPI()
    errors.install(app)
    app.add_middleware(BodyLimit, max_bytes=10)

    @app.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    asking = TestClient(app)

    def chunks(count: int):
        yield from (b"12345" for _ in range(count))

    assert asking.post("/read", content=chunks(2)).json() == 10
    refused = asking.post("/read", content=chunks(3))
    assert (refused.status_code, refused.json()["status"]) == (413, 413)
    assert asking.post("/read", headers={"Content-Length": "9" * 30}).status_code == 413


@pytest.mark.parametrize(
    ("week", "later"),
    [("2026-W33", "2026-W39"), ("2026-W50", "2027-W03"), ("2025-W50", "2026-W04")],
)
def test_weeks_are_counted_over_the_end_of_a_year(week, later):
    assert week_after(week, 6) == later


def test_an_accepted_connection_sends_at_once():
    with (
        listen("127.0.0.1", 0) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) == 1


HEAVY = ("torch", "langchain", "langchain_core", "faiss", "trafilatura", "sentence_transformers")
HEAVIER = ("transformers", "pyarrow", "numpy", "bs4", "feedparser", "generator", "scrapers")


def test_the_api_imports_no_model_no_scraper_and_no_parquet():
    program = (
        "import sys, api.app, api.asgi; "
        f"print([name for name in {HEAVY + HEAVIER!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
