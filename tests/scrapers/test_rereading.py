"""A document's text comes out of its capture again, or the reason why not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.base import Collector
from scrapers.recorded import RecordedFetcher, Recording
from scrapers.rereading import Rereader
from scrapers.shelf import Shelf
from store.captures import BlobStore
from store.database import open_engine, session, upgrade
from store.documents import documents_published
from store.errors import CaptureDamaged, ExtractError
from store.records import Source
from tests.scrapers.conftest import NOW

STORY = "The council of Port Ellery approved a budget of 41 million crowns on Tuesday evening. "
JSON = b'{"all": [{"id": "a", "day": "2026-08-17", "what": "%s"}]}' % (STORY * 2).strip().encode()
FEED = (
    b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "date_published": '
    b'"2026-08-17T09:30:00Z", "title": "Budget", "content_html": "<p>%s</p>"}]}'
) % (STORY * 4).encode()


@pytest.fixture
def shelf(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    yield Shelf(engine, BlobStore(tmp_path / "captures"))
    engine.dispose()


def collected(shelf, kind, body, **fields):
    url = "https://x.example/list"
    web = RecordedFetcher({url: Recording(body, "application/json")}, lambda: NOW)
    source = Source(name="x", kind=kind, url=url, licence="MIT", attribution="X", **fields)
    cutoff = datetime(2026, 1, 1, tzinfo=UTC)
    assert Collector(web, shelf, cutoff, lambda: NOW).collect(source).n_documents == 1
    with session(shelf.engine) as work:
        (document,) = documents_published(work, cutoff, NOW)
    return document


@pytest.mark.parametrize(
    ("kind", "body", "fields"),
    [
        pytest.param("feed", FEED, {}, id="an entry of a feed"),
        pytest.param(
            "json", JSON, {"items": "all", "id": "id", "published": "day", "text": "{what}"},
            id="an item of structured data",
        ),
    ],
)  # fmt: skip
def test_the_text_comes_out_again(shelf, kind, body, fields):
    document = collected(shelf, kind, body, **fields)
    assert Rereader(shelf.engine, shelf.blobs)(document) == document.text


def test_a_capture_that_changed_or_never_was_gives_no_text(shelf):
    document = collected(shelf, "feed", FEED)
    unknown = document.model_copy(update={"id": "d_1", "capture_sha256": "0" * 64})
    elsewhere = document.model_copy(update={"id": "d_2", "locator": "entry:other"})
    reread = Rereader(shelf.engine, shelf.blobs)
    with pytest.raises(CaptureDamaged, match="is not known"):
        reread(unknown)
    with pytest.raises(ExtractError, match="has no entry"):
        reread(elsewhere)
    shelf.blobs.path(document.capture_sha256).write_bytes(b"damaged")
    with pytest.raises(CaptureDamaged):
        reread(document)
