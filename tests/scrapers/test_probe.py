"""A probe tells what would be read, and why it would not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.client import Fetcher
from scrapers.fetched import Clock, FetchLimits
from scrapers.probe import probe
from scrapers.recorded import RecordedFetcher, Recording
from store.records import Source


@pytest.fixture
def room(newsroom):
    clock = Clock(lambda: datetime(2026, 8, 25, tzinfo=UTC), lambda seconds: None)
    allowed = frozenset({newsroom.removeprefix("http://")})
    return newsroom, Fetcher(clock, "Unseen/0.1", FetchLimits(timeout_s=5.0), allowed)


def test_an_article_is_shown_with_its_date_and_document(room):
    base, fetcher = room
    listed = probe(f"{base}/rust/feed.atom", fetcher)
    assert (listed.refused, listed.kind, len(listed.entries)) == (None, "feed", 6)
    found = probe(listed.entries[0].url, fetcher, licence="MIT", attribution="Rust")
    assert (found.refused, found.status, found.date_basis) == (None, 200, "page")
    assert found.kind == "article"
    assert found.robots == "robots.txt allows Unseen"
    assert found.document is not None and found.document.licence == "MIT"
    assert found.document.text == found.text and found.title
    assert found.language == "en"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/private/x", "robots.txt does not allow"),
        ("/faults/no-date.html", "neither the feed nor the page"),
        ("/faults/future-date.html", "2199-01-01, in the future"),
        ("/faults/empty.html", "the page is empty"),
        ("/faults/binary.html", "the bytes are no text"),
        ("/faults/to-metadata", "is not public"),
        ("/missing", "the server answered 404"),
    ],
)
def test_a_page_is_refused_because(room, path, why):
    base, fetcher = room
    found = probe(base + path, fetcher)
    assert why in (found.refused or "")
    assert found.document is None


def test_hidden_orders_are_shown_apart_from_the_text(room):
    base, fetcher = room
    found = probe(f"{base}/faults/injection.html", fetcher)
    assert "Ignore all previous instructions" in found.hidden_text
    assert "Ignore all previous instructions" not in found.text


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1:1/", "", "hello"])
def test_what_is_no_public_url_is_refused(room, url):
    _, fetcher = room
    found = probe(url, fetcher)
    assert found.refused and found.robots == ""


# --- listings -------------------------------------------------------------------------------

URL = "https://tarn.example/list"
SITEMAP = b"""<?xml version="1.0"?><!-- by hand -->
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>https://tarn.example/a</loc><lastmod>2026-08-20</lastmod></url>
<url><loc>https://tarn.example/b</loc></url></urlset>"""
INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://tarn.example/map-1.xml</loc></sitemap></sitemapindex>"""
ATOM = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>
<entry><id>1</id><title>One</title><link href="https://tarn.example/1"/>
<updated>2026-08-20T00:00:00Z</updated></entry></feed>"""
QUAKES = b"""{"type": "x", "meta data": {"sources": [{"a": 1}]}, "features": [
{"id": "q1", "title": "A quake", "time": "2026-08-20T10:00:00Z", "mag": 5.1,
 "place": "Port Mellin"}, {"id": "q2", "title": "Another", "time": null, "mag": 4.9,
 "place": "the Tarn valley"}]}"""
STRUCTURED = Source(
    name="quakes", kind="json", url=URL, licence="CC0-1.0", attribution="q", items="features",
    id="id", title="title", published="time",
    text="A quake of magnitude {mag} was recorded near {place} on 20 August 2026, 10:00 UTC.",
)  # fmt: skip


def probed(body: bytes, content_type: str = "application/xml", source: Source | None = None):
    answers = {URL: Recording(body, content_type)}
    now = datetime(2026, 8, 25, tzinfo=UTC)
    return probe(URL, RecordedFetcher(answers, lambda: now), source=source)


@pytest.mark.parametrize(
    ("body", "content_type", "kind", "urls"),
    [
        pytest.param(ATOM, "text/plain", "feed", ["/1"], id="a feed served as text"),
        pytest.param(SITEMAP, "text/xml", "sitemap", ["/a", "/b"], id="a sitemap"),
    ],
)
def test_of_a_listing_it_is_said_what_it_lists(body, content_type, kind, urls):
    found = probed(body, content_type)
    assert (found.refused, found.kind) == (None, kind)
    assert [entry.url for entry in found.entries] == [f"https://tarn.example{u}" for u in urls]
    assert found.document is None


def test_of_an_index_of_sitemaps_it_is_said_where_it_leads():
    found = probed(INDEX)
    assert (found.kind, found.listing.further) == ("sitemap", ("https://tarn.example/map-1.xml",))


def test_structured_data_that_no_source_names_is_told_by_its_lists():
    found = probed(QUAKES, "application/json")
    assert found.kind == "json" and found.document is None
    assert 'one of: "meta data".sources (1), features (2)' in (found.refused or "")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param(b"[1, 2]", "without a list of objects", id="numbers"),
        pytest.param(b'[{"a": 1}]', "one of: @ (1)", id="a bare list"),
        pytest.param(b'{"a": ', "is no JSON", id="half an object"),
        pytest.param(b"[" * 100_000, "is no JSON", id="a deep one"),
    ],
)
def test_a_body_without_items_is_refused_in_a_sentence(body, words):
    assert words in (probed(body, "application/json").refused or "")


def test_structured_data_of_a_source_is_read_by_its_expressions():
    found = probed(QUAKES, "application/json", STRUCTURED)
    assert (found.refused, found.kind, len(found.entries)) == (None, "json", 2)
    assert {cell.attribute for cell in found.listing.cells} >= {"mag", "place"}
    assert found.document is not None and found.document.licence == "CC0-1.0"
    assert found.text.startswith("A quake of magnitude 5.1 was recorded near Port Mellin")
    assert (found.date_basis, found.published_at) == ("feed", datetime(2026, 8, 20, 10, tzinfo=UTC))


def test_a_list_page_of_a_source_is_read_by_its_selector():
    page = b'<a class="story" href="/a-b">A long title</a><a href="/c-d">Another one</a>'
    source = Source(name="p", kind="page", url=URL, licence="MIT", attribution="p", links="a.story")
    found = probed(page, "text/html", source)
    assert [entry.url for entry in found.entries] == ["https://tarn.example/a-b"]


def test_an_article_of_a_source_has_its_terms():
    source = Source(
        name="p", kind="feed", url="https://tarn.example/feed", licence="MIT", attribution="P"
    )
    body = (
        '<html><head><meta property="article:published_time" content="2026-08-20"></head><body>'
        f"<article><h1>News</h1><p>{'The Tarn Council named its ferry. ' * 12}</p></article>"
    ).encode()
    found = probed(body, "text/html", source)
    assert found.document is not None
    assert (found.document.source, found.document.licence, found.document.attribution) == (
        "p", "MIT", "P",
    )  # fmt: skip
