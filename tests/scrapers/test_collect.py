"""A visit to a source: what it keeps, what it refuses, and that it stops nobody."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import store.documents
from scrapers.base import READERS, Collector
from scrapers.client import Fetcher
from scrapers.entries import Entry, Listing
from scrapers.extract import document_text
from scrapers.fetched import Clock, FetchLimits
from scrapers.lanes import run_lanes
from scrapers.recorded import RecordedFetcher, Recording
from scrapers.shelf import Shelf
from store.captures import BlobStore
from store.database import open_engine, session, upgrade
from store.documents import captures_of, documents_published, latest_reports, visits_of
from store.errors import FetchError, RetryLater, RobotsRefused, StoreError
from store.records import Source
from tests.scrapers.conftest import NOW

FEED = "https://news.example.net/feed.json"
CUTOFF = datetime(2026, 2, 1, tzinfo=UTC)
STORY = "The council of Port Ellery approved a budget of {} million crowns on Tuesday evening. "


@pytest.fixture
def shelf(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    yield Shelf(engine, BlobStore(tmp_path / "captures"))
    engine.dispose()


def source(**fields):
    made = {"name": "news", "kind": "feed", "url": FEED, "licence": "MIT", "attribution": "News"}
    return Source(**{**made, **fields})


def url(n):
    return f"https://news.example.net/{n}.html"


def item(n, day="2026-08-17", **more):
    return {"id": str(n), "url": url(n), "title": f"Budget {n}",
            "date_published": f"{day}T09:30:00Z", **more}  # fmt: skip


def feed(*items):
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items})
    return Recording(body.encode(), "application/feed+json")


def article(n, head="", **headers):
    text = "".join(f"<p>{STORY.format(n + part)}</p>" for part in range(4))
    body = f"<article><h1>Budget {n}</h1>{text}</article>"
    page = f"<html><head>{head}</head><body>{body}</body></html>"
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    return Recording(page.encode(), headers=named)


@pytest.fixture
def web(fake_clock):
    return RecordedFetcher({}, fake_clock.now)


@pytest.fixture
def collector(web, shelf, fake_clock):
    return Collector(web, shelf, CUTOFF, fake_clock.now)


def documents(shelf):
    with session(shelf.engine) as work:
        return documents_published(work, CUTOFF, NOW + timedelta(days=9))


def test_a_feeds_articles_become_documents_whose_text_their_capture_gives_again(
    web, collector, shelf
):
    web.answers = {
        FEED: feed(item(1), item(2, "2026-08-18")),
        url(1): article(1),
        url(2): article(2),
    }
    report = collector.collect(source(topic="harbours"))
    assert (report.n_listed, report.n_documents, report.refusals, report.error) == (2, 2, (), None)
    first, _second = documents(shelf)
    assert (first.title, first.language, first.topic) == ("Budget 1", "en", "harbours")
    assert (first.published_at, first.date_basis) == (
        datetime(2026, 8, 17, 9, 30, tzinfo=UTC),
        "feed",
    )
    assert first.dates.first_seen == NOW
    with session(shelf.engine) as work:
        (capture,) = captures_of(work, first.url)
    body = shelf.blobs.get(first.capture_sha256)
    assert body == web.answers[first.url].body
    assert document_text(body, capture.content_type, capture.final_url, first.locator) == first.text


def test_a_second_visit_asks_for_the_feed_alone_and_finds_nothing_new(web, collector, shelf):
    web.answers = {FEED: feed(item(1)), url(1): article(1)}
    collector.collect(source())
    web.asked.clear()
    report = collector.collect(source())
    assert web.asked == [FEED]
    assert (report.n_unchanged, report.n_documents, report.n_listed) == (1, 0, 0)
    assert len(documents(shelf)) == 1


def test_a_server_without_tags_is_known_by_the_bytes(web, collector):
    web.answers = {FEED: replace(feed(item(1)), headers={"etag": ""}), url(1): article(1)}
    collector.collect(source())
    assert collector.collect(source()).n_unchanged == 1


def test_a_changed_feed_costs_a_request_for_its_new_article_only(web, collector, fake_clock):
    web.answers = {FEED: feed(item(1)), url(1): article(1)}
    collector.collect(source())
    web.answers = {**web.answers, FEED: feed(item(1), item(2)), url(2): article(2)}
    web.asked.clear()
    report = collector.collect(source())
    assert web.asked == [FEED, url(2)]
    assert (report.n_documents, report.n_unchanged) == (1, 1)


def test_a_known_article_is_looked_at_again_after_three_days_and_its_change_is_a_document(
    web, collector, shelf, fake_clock
):
    web.answers = {FEED: feed(item(1)), url(1): article(1)}
    collector.collect(source())
    fake_clock.at += timedelta(hours=73)
    web.answers = {FEED: feed(item(1), item(2)), url(1): article(50), url(2): article(2)}
    assert collector.collect(source()).n_documents == 2
    old, new = [document for document in documents(shelf) if document.url == url(1)]
    assert old.text != new.text
    assert new.dates.first_seen == NOW  # when the URL was first seen, not this text


def test_a_second_look_after_three_days_is_the_last_at_a_page_that_stays_the_same(
    web, collector, shelf, fake_clock
):
    web.answers = {FEED: feed(item(1)), url(1): article(1)}
    collector.collect(source())
    for hours, asked in ((73, 2), (200, 2), (2000, 2)):
        fake_clock.at = NOW + timedelta(hours=hours)
        web.answers = {**web.answers, FEED: feed(item(1), item(hours))}
        collector.collect(source())
        assert web.asked.count(url(1)) == asked
    with session(shelf.engine) as work:
        visit = visits_of(work, [url(1)])[url(1)]
    assert (visit.captured_at, visit.checked_at) == (NOW, NOW + timedelta(hours=73))


def test_a_visit_that_is_told_to_stop_ends_after_the_page_it_is_at_and_the_next_does_the_rest(
    web, collector, shelf, monkeypatch
):
    web.answers = {FEED: feed(*map(item, range(1, 6))), **{url(n): article(n) for n in range(1, 6)}}
    fetch = web.fetch

    def stopping(address, **given):
        if len(web.asked) == 2:
            collector.stop.set()
        return fetch(address, **given)

    monkeypatch.setattr(web, "fetch", stopping)
    report = collector.collect(source())
    assert (report.n_documents, report.error) == (2, None)
    collector.stop.clear()
    monkeypatch.undo()
    assert collector.collect(source()).n_documents == 3


def test_a_visit_that_takes_too_long_leaves_the_rest_to_the_next(web, collector, fake_clock):
    web.answers = {FEED: feed(*map(item, range(1, 6))), **{url(n): article(n) for n in range(1, 6)}}
    slow = replace(collector, max_visit=timedelta(minutes=2))
    fetch = web.fetch

    def slowly(address, **given):
        fake_clock.at += timedelta(minutes=1)
        return fetch(address, **given)

    web.fetch = slowly
    assert slow.collect(source()).n_documents == 2
    web.fetch = fetch
    assert slow.collect(source()).n_documents == 3


def test_a_listing_that_leads_to_others_is_read_with_them(web, shelf, fake_clock):
    class Index:
        def read(self, fetched, source):
            if fetched.url == FEED:
                return Listing(further=("https://x.example/1.json", "https://x.example/2.json"))
            return READERS["feed"].read(fetched, source)

    collector = Collector(web, shelf, CUTOFF, fake_clock.now, readers={"feed": Index()})
    gone = FetchError("https://x.example/2.json", "the server answered 404", 404)
    web.answers = {
        FEED: Recording(b"an index"),
        "https://x.example/1.json": feed(item(1)),
        "https://x.example/2.json": Recording(error=gone),
        url(1): article(1),
    }
    report = collector.collect(source())
    assert (report.n_documents, report.error) == (1, None)
    assert "x.example/2.json: the server answered 404" in report.refusals[0]
    # The index says nothing new, and what it leads to may all the same.
    web.answers = {**web.answers, "https://x.example/1.json": feed(item(1), item(2)),
                   url(2): article(2)}  # fmt: skip
    assert collector.collect(source()).n_documents == 1
    assert collector.collect(source()).n_unchanged == 1


def test_an_item_of_structured_data_is_a_document_without_a_page(web, shelf, fake_clock):
    text = STORY.format(7)

    class Items:
        def read(self, fetched, source):
            old = datetime(2025, 1, 1, tzinfo=UTC)
            return Listing(
                (
                    Entry("1", url(1), "Budget", NOW, text=text),
                    Entry("2", None, "Undated", None, text=text),
                    Entry("3", None, "Old", old, text=text),
                ),
                recipe='{"items":"all"}',
            )

    collector = Collector(web, shelf, CUTOFF, fake_clock.now, readers={"json": Items()})
    web.answers = {FEED: Recording(b"{}")}
    report = collector.collect(source(kind="json"))
    assert (report.n_documents, report.n_refused, report.n_too_old) == (1, 1, 1)
    (document,) = documents(shelf)
    assert (document.text, document.locator, document.recipe) == (
        text.strip(), "item:1", '{"items":"all"}',
    )  # fmt: skip
    assert web.asked == [FEED]
    web.answers = {FEED: Recording(b"{ }")}
    assert collector.collect(source(kind="json")).n_unchanged == 1


def test_a_hint_of_change_has_a_known_page_looked_at_again(web, shelf, fake_clock):
    hint = [NOW - timedelta(days=1)]

    class Map:
        def read(self, fetched, source):
            return Listing((Entry(url(1), url(1), "", None, modified=hint[0]),))

    collector = Collector(web, shelf, CUTOFF, fake_clock.now, readers={"sitemap": Map()})
    page = article(1, "<meta name='date' content='2026-08-17'>")
    web.answers = {FEED: Recording(b"1"), url(1): page}
    assert collector.collect(source(kind="sitemap")).n_documents == 1
    fake_clock.at += timedelta(hours=2)
    web.answers = {**web.answers, FEED: Recording(b"2")}
    assert collector.collect(source(kind="sitemap")).n_unchanged == 1
    hint[0] = NOW + timedelta(hours=1)
    changed = article(9, "<meta name='date' content='2026-08-17'>")
    web.answers = {FEED: Recording(b"3"), url(1): changed}
    assert collector.collect(source(kind="sitemap")).n_documents == 1
    hint[0] = datetime(2025, 1, 1, tzinfo=UTC)
    web.answers = {**web.answers, FEED: Recording(b"4")}
    assert collector.collect(source(kind="sitemap")).n_too_old == 1


def test_texts_before_the_cutoff_are_not_even_fetched(web, collector):
    web.answers = {FEED: feed(item(1, "2025-12-31"), item(2)), url(2): article(2)}
    report = collector.collect(source())
    assert url(1) not in web.asked
    assert (report.n_listed, report.n_documents, report.n_refused, report.n_too_old) == (2, 1, 0, 1)


def test_newest_come_first_and_the_rest_waits_for_the_next_visit(web, collector, shelf):
    items = [item(n, f"2026-08-{n:02d}") for n in (3, 9, 5, 7)]
    web.answers = {FEED: feed(*items), **{url(n): article(n * 10) for n in (3, 5, 7, 9)}}
    few = replace(collector, max_documents=2)
    assert few.collect(source()).n_documents == 2
    assert web.asked == [FEED, url(9), url(7)]
    assert few.collect(source()).n_documents == 2
    assert few.collect(source()).n_unchanged == 1
    assert len(documents(shelf)) == 4


@pytest.mark.parametrize(
    ("given", "page", "why"),
    [
        pytest.param(item(1, "2199-01-01"), article(1), "2199-01-01, in the future", id="future"),
        pytest.param(
            {"id": "1", "url": url(1)}, article(1), "neither the feed nor the page", id="no date"
        ),
        pytest.param(
            {"id": "1", "url": url(1)},
            article(1, Last_Modified="Mon, 17 Aug 2026 09:30:00 GMT"),
            "neither the feed nor the page",
            id="Last-Modified alone",
        ),
        pytest.param(
            {"id": "1", "url": url(1)},
            article(1, "<meta name='date' content='2025-01-01'>"),
            "published on 2025-01-01, before the cutoff 2026-02-01",
            id="page before the cutoff",
        ),
        pytest.param(
            item(1),
            article(1, "<meta name='date' content='2199-01-01'>"),
            "in the future",
            id="page",
        ),
        pytest.param(item(1), Recording(b"<p>Hi</p>"), "too short|no article", id="no article"),
        pytest.param(
            item(1), article(1, "<meta name='robots' content='noai'>"), "noai", id="keep away"
        ),
        pytest.param(
            item(1, content_html="<p>" + STORY * 9),
            Recording(error=RobotsRefused(url(1), "robots.txt does not allow Unseen")),
            "does not allow Unseen",
            id="robots, and the feed is no way round",
        ),
        pytest.param(item(1), None, "the server answered 404", id="missing"),
    ],
)  # fmt: skip
def test_an_entry_is_refused_and_the_next_is_not(web, collector, given, page, why):
    web.answers = {FEED: feed(given, item(2, "2026-08-01")), url(2): article(2)}
    if page is not None:
        web.answers = {**web.answers, url(1): page}
    report = collector.collect(source())
    assert (report.n_documents, report.n_refused, report.error) == (1, 1, None)
    assert any(part in report.refusals[0] for part in why.split("|"))


@pytest.mark.parametrize("link", [True, False], ids=["page cannot be read", "no link"])
def test_the_feeds_own_text_stands_in(web, collector, shelf, link):
    given = item(1, content_html="<p>" + STORY.format(7) * 4 + "</p>")
    if not link:
        del given["url"]
    web.answers = {FEED: feed(given)}
    assert collector.collect(source()).n_documents == 1
    (document,) = documents(shelf)
    assert (document.locator, document.url) == ("entry:1", url(1) if link else FEED)
    body = shelf.blobs.get(document.capture_sha256)
    assert body == web.answers[FEED].body
    assert document_text(body, "application/feed+json", FEED, "entry:1") == document.text


def test_an_entry_that_stumbled_is_tried_again_though_the_feed_did_not_change(
    web, collector, fake_clock
):
    broken = Recording(error=FetchError(url(1), "the server answered 500", 500))
    web.answers = {FEED: feed(item(1)), url(1): broken}
    assert collector.collect(source()).n_refused == 1
    web.answers = {**web.answers, url(1): article(1)}
    assert collector.collect(source()).n_documents == 0  # not at once
    fake_clock.at += timedelta(hours=1)
    assert collector.collect(source()).n_documents == 1
    assert collector.collect(source()).n_unchanged == 1


def test_an_entry_that_stumbles_for_ever_is_given_up_and_its_feed_is_not(
    web, collector, fake_clock
):
    broken = Recording(error=FetchError(url(1), "the server answered 500", 500))
    web.answers = {FEED: feed(item(1)), url(1): broken}
    for _ in range(24 * 6):
        assert collector.collect(source()).error is None
        fake_clock.at += timedelta(hours=1)
    assert web.asked.count(url(1)) == 7
    web.answers = {**web.answers, FEED: feed(item(1), item(2)), url(2): article(2)}
    assert collector.collect(source()).n_documents == 1


def test_the_rest_of_a_feed_that_did_not_change_is_read_from_its_capture(web, collector, shelf):
    web.answers = {
        FEED: feed(item(1), item(2, "2026-08-01")),
        url(1): article(1),
        url(2): article(2),
    }
    few = replace(collector, max_documents=1)
    assert few.collect(source()).n_documents == 1
    assert few.collect(source()).n_documents == 1
    with session(shelf.engine) as work:
        assert len(captures_of(work, FEED)) == 1
        assert not visits_of(work, [FEED])[FEED].unfinished


def test_a_feed_whose_capture_is_gone_fails_once_and_is_asked_for_again(web, collector, shelf):
    web.answers = {
        FEED: feed(item(1), item(2, "2026-08-01")),
        url(1): article(1),
        url(2): article(2),
    }
    few = replace(collector, max_documents=1)
    few.collect(source())
    with session(shelf.engine) as work:
        (capture,) = captures_of(work, FEED)
    shelf.blobs.path(capture.sha256).unlink()
    assert "cannot be read back" in (few.collect(source()).error or "")
    assert few.collect(source()).n_documents == 1


def test_a_site_that_asks_us_to_wait_is_left_alone_until_then(web, collector, fake_clock):
    later = RetryLater(url(1), "the server answered 429", NOW + timedelta(hours=5))
    web.answers = {
        FEED: feed(item(1), item(2, "2026-08-01")),
        url(1): Recording(error=later),
        url(2): article(2),
    }
    report = collector.collect(source())
    assert (report.n_documents, report.n_refused) == (0, 1)
    assert url(2) not in web.asked
    fake_clock.at += timedelta(hours=4)
    collector.collect(source())
    assert web.asked.count(url(1)) == 1
    fake_clock.at += timedelta(hours=2)
    web.answers = {**web.answers, url(1): article(1)}
    assert collector.collect(source()).n_documents == 2


def test_a_source_that_asks_us_to_wait_is_not_asked(web, collector, shelf, fake_clock):
    later = RetryLater(FEED, "the server answered 503", NOW + timedelta(hours=5))
    web.answers = {FEED: Recording(error=later)}
    assert "503" in (collector.collect(source()).error or "")
    assert "left alone until 2026-08-24 17:00:00" in (collector.collect(source()).error or "")
    assert web.asked == [FEED]
    with session(shelf.engine) as work:
        visit = visits_of(work, [FEED]).get(FEED)
    assert visit is not None and visit.retry_at == later.until


def test_bytes_are_kept_though_nothing_can_be_read_from_them(web, collector, shelf):
    web.answers = {FEED: Recording(b"<html>Log in</html>", "application/rss+xml")}
    report = collector.collect(source())
    assert report.error == f"no document in {FEED}: the feed is an HTML page"
    with session(shelf.engine) as work:
        (capture,) = captures_of(work, FEED)
    assert shelf.blobs.get(capture.sha256) == b"<html>Log in</html>"


def test_a_failing_source_keeps_what_it_gave_when_the_store_breaks(web, collector, monkeypatch):
    web.answers = {
        FEED: feed(item(1), item(2, "2026-08-01")),
        url(1): article(1),
        url(2): article(2),
    }
    keep, kept = store.documents.remember_documents, []

    def keep_one(work, documents):
        if documents and kept:
            raise StoreError("the disk is full")
        kept.extend(documents)
        return keep(work, documents)

    monkeypatch.setattr("scrapers.shelf.remember_documents", keep_one)
    monkeypatch.setattr("scrapers.base.BATCH", 1)
    report = collector.collect(source())
    assert (report.error, report.n_documents) == ("the disk is full", 1)
    monkeypatch.undo()
    assert collector.collect(source()).n_documents == 1


def test_sources_are_visited_together_and_each_says_how_it_went(web, collector, shelf):
    sources = [source(name=f"s{n}", url=f"https://s{n}.example.net/feed.json") for n in range(6)]
    web.answers = {s.url: feed() for s in sources if s.name != "s4"}
    reports = {report.source: report for report in run_lanes(sources, collector.collect, 3)}
    assert [name for name, report in sorted(reports.items()) if report.error] == ["s4"]
    with session(shelf.engine) as work:
        assert [report.source for report in latest_reports(work)] == sorted(reports)


def test_a_new_kind_is_one_line_of_a_table(web, shelf, fake_clock):
    class Lines:
        def read(self, fetched, source):
            return READERS["feed"].read(replace(fetched, body=feed(item(1)).body), source)

    web.answers = {FEED: Recording(b"anything"), url(1): article(1)}
    collector = Collector(web, shelf, CUTOFF, fake_clock.now, readers={"feed": Lines()})
    assert collector.collect(source()).n_documents == 1


def real_collector(newsroom, shelf, **limits):
    clock = Clock(lambda: datetime(2026, 8, 25, tzinfo=UTC), lambda seconds: None)
    allowed = frozenset({newsroom.removeprefix("http://")})
    fetcher = Fetcher(clock, "Unseen/0.1", FetchLimits(**limits), allowed)
    return Collector(fetcher, shelf, CUTOFF, clock.now)


@pytest.mark.parametrize(
    ("kind", "path"),
    [("feed", "/rust/feed.atom"), ("feed", "/advisories/feed.xml"), ("page", "/wire/"),
     ("feed", "/node/feed.xml")],
)  # fmt: skip
def test_the_newsrooms_sources_are_read_whole_and_the_second_time_not_at_all(
    newsroom, shelf, kind, path
):
    collector = real_collector(newsroom, shelf)
    given = source(kind=kind, url=newsroom + path)
    report = collector.collect(given)
    assert (report.n_documents, report.refusals, report.error) == (6, (), None)
    for document in documents(shelf):
        assert document.date_basis == ("page" if kind == "page" else "feed")
        assert not any(word in document.text for word in ("cookies", "Most read", "newsletter"))
        assert document.hidden_text == ""
    again = collector.collect(given)
    assert (again.n_documents, again.n_unchanged, again.error) == (0, 1, None)


FAULTS = [
    ("slow", "not finished within"),
    ("stall", "not finished within"),
    ("reset", "disconnected|reset"),
    ("truncated", "without sending complete message body"),
    ("huge", "larger than"),
    ("500", "the server answered 500"),
    ("loop", "more than 5 redirects"),
    ("to-metadata", "169.254.169.254 is not public"),
    ("to-file", "only http:// and https://"),
    ("not-xml", "the feed is an HTML page"),
    ("entity-bomb.xml", "declares XML entities"),
    ("empty.html", "the feed is empty"),
    ("binary.html", "neither RSS, Atom nor JSON Feed"),
    ("no-such-fault", "the server answered 404"),
]


@pytest.mark.parametrize(("fault", "why"), FAULTS)
def test_a_faulty_source_says_what_is_wrong(newsroom, shelf, fault, why):
    seconds = 0.3 if fault in ("slow", "stall") else 5.0
    collector = real_collector(newsroom, shelf, timeout_s=seconds)
    report = collector.collect(source(url=f"{newsroom}/faults/{fault}"))
    assert report.error is not None and any(part in report.error for part in why.split("|"))


@pytest.mark.long
def test_the_newsrooms_bomb_is_refused(newsroom, shelf):
    collector = real_collector(newsroom, shelf, timeout_s=60.0)
    report = collector.collect(source(url=f"{newsroom}/faults/gzip-bomb"))
    assert "inflates past 5000000 bytes" in (report.error or "")
