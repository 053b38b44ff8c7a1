"""A probe tells what would be read, and why it would not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.client import Fetcher
from scrapers.fetched import Clock, FetchLimits
from scrapers.probe import probe


@pytest.fixture
def room(newsroom):
    clock = Clock(lambda: datetime(2026, 8, 25, tzinfo=UTC), lambda seconds: None)
    allowed = frozenset({newsroom.removeprefix("http://")})
    return newsroom, Fetcher(clock, "Unseen/0.1", FetchLimits(timeout_s=5.0), allowed)


def test_an_article_is_shown_with_its_date_and_document(room):
    base, fetcher = room
    listed = probe(f"{base}/rust/feed.atom", fetcher)
    assert listed.entries and "lists 6 entries" in (listed.refused or "")
    found = probe(listed.entries[0].url, fetcher, licence="MIT", attribution="Rust")
    assert (found.refused, found.status, found.date_basis) == (None, 200, "page")
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
