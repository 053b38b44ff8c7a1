"""Addresses with a day in them, and the visit that reads them without a listing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from scrapers.base import Collector
from scrapers.dated import address_of, days_of, has_days
from scrapers.recorded import RecordedFetcher, Recording
from scrapers.shelf import Shelf
from store.captures import BlobStore
from store.database import open_engine, session, upgrade
from store.documents import documents_published
from store.errors import RobotsRefused
from store.records import Source

NOW = datetime(2026, 3, 2, 15, 30, tzinfo=UTC)
STORY = "The council of Port Ellery approved a budget of {} million crowns on Tuesday evening. "


def source(path="Events/{yyyy}_{month}_{d}", **more):
    return Source(
        name="days", kind="page", url=f"https://x.example/{path}", licence="MIT",
        attribution="X", days_late=2, **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Events/{yyyy}_{month}_{d}", "Events/2026_March_2"),
        ("{yyyy}/{mm}/{dd}/", "2026/03/02/"),
        ("{yyyy}-{mm}", "2026-03"),
    ],
)
def test_an_address_names_its_day(path, expected):
    assert has_days(source(path))
    assert address_of(source(path), NOW) == f"https://x.example/{expected}"


@pytest.mark.parametrize("path", ["feed.xml", "{query}", "{d}", "%7Byyyy%7D", "a?q={mm}{dd}"])
def test_any_other_address_is_taken_as_it_is(path):
    assert not has_days(source(path))


def test_the_newest_days_are_left_to_settle_and_a_week_is_looked_back_to():
    entries = days_of(source(), NOW).entries
    assert [entry.url.rpartition("/")[2] for entry in entries] == [
        "2026_February_28", "2026_February_27", "2026_February_26", "2026_February_25",
        "2026_February_24", "2026_February_23", "2026_February_22",
    ]  # fmt: skip
    assert entries[0].published == datetime(2026, 2, 28, tzinfo=UTC)


@pytest.fixture
def visit(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    web = RecordedFetcher({}, lambda: NOW)
    shelf = Shelf(engine, BlobStore(tmp_path / "captures"))
    yield web, Collector(web, shelf, datetime(2026, 2, 24, tzinfo=UTC), lambda: NOW)
    engine.dispose()


def page(number):
    text = "".join(f"<p>{STORY.format(number + part)}</p>" for part in range(4))
    return Recording(f"<html><body><article>{text}</article></body></html>".encode())


def test_a_visit_reads_the_days_that_are_there_and_asks_for_none_twice(visit):
    web, collector = visit
    base = "https://x.example/Events/2026_February_"
    web.answers = {f"{base}28": page(28), f"{base}26": page(26)}
    report = collector.collect(source())
    assert (report.n_listed, report.n_documents, report.n_too_old) == (7, 2, 2)
    assert report.error is None
    with session(collector.shelf.engine) as work:
        found = documents_published(work, datetime(2026, 1, 1, tzinfo=UTC), NOW)
    assert [(one.published_at.day, one.date_basis) for one in found] == [(26, "feed"), (28, "feed")]
    web.asked.clear()
    again = collector.collect(source())
    assert (again.n_documents, again.n_unchanged) == (0, 2)
    assert f"{base}28" not in web.asked


def test_a_site_that_gives_no_day_at_all_has_failed(visit):
    web, collector = visit
    refused = RobotsRefused("https://x.example/", "robots.txt does not allow Unseen")
    web.answers = {
        f"https://x.example/Events/2026_February_{day}": Recording(error=refused)
        for day in range(20, 29)
    }
    assert "does not allow Unseen" in (collector.collect(source()).error or "")
