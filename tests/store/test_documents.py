"""Captures, visits, documents and reports are remembered once, whatever happens twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from store.database import session
from store.documents import (
    captures_of,
    count_documents,
    document,
    documents_of,
    documents_published,
    first_seen,
    latest_reports,
    remember_captures,
    remember_documents,
    remember_visits,
    reports_of,
    visits_of,
)
from store.errors import NotFound
from store.records import Capture, Dates, Document, SourceReport, Visit, sha256_hex
from store.tables import SourceReportRow

NOW = datetime(2026, 8, 24, 12, tzinfo=UTC)
URL = "https://news.example.net/1"


def capture(body=b"x", at=NOW):
    return Capture(
        sha256=sha256_hex(body), source="news", url=URL, final_url=URL, status=200,
        content_type="text/html", headers={"etag": '"1"'}, n_bytes=len(body), fetched_at=at,
    )  # fmt: skip


def text(words="The budget.", at=NOW, source="news"):
    return Document(
        id=Document.id_of(URL, words), source=source, url=URL, title="T", text=words,
        text_sha256=sha256_hex(words.encode()), capture_sha256=sha256_hex(b"x"), extractor="e/1",
        language="en", topic="general", licence="MIT", attribution="News", published_at=at,
        date_basis="feed", dates=Dates(feed=at), fetched_at=at,
    )  # fmt: skip


def test_the_same_bytes_at_one_url_are_one_capture_the_first(engine):
    with session(engine) as work:
        remember_captures(work, [capture(), capture(at=NOW + timedelta(hours=1))])
        remember_captures(work, [capture(at=NOW + timedelta(hours=1))])
        remember_captures(work, [capture(b"y", NOW + timedelta(hours=2))])
        assert [c.fetched_at for c in captures_of(work, URL)] == [NOW, NOW + timedelta(hours=2)]
        assert first_seen(work, [URL, "https://elsewhere.example.net/"]) == {URL: NOW}


def test_a_document_comes_back_as_it_went_in_and_only_once(engine):
    with session(engine) as work:
        assert remember_documents(work, [text(), text()]) == {text().id}
    with session(engine) as work:
        assert remember_documents(work, [text(at=NOW + timedelta(days=1))]) == set()
        assert document(work, text().id) == text()
        assert documents_of(work, URL) == [text()]
        assert (count_documents(work), count_documents(work, "other")) == (1, 0)


def test_an_unknown_document_is_named_in_the_error(engine):
    with session(engine) as work, pytest.raises(NotFound, match="no document is called 'd_0'"):
        document(work, "d_0")


def test_a_window_holds_its_first_instant_and_not_its_last(engine):
    days = [text(f"Day {n}.", NOW + timedelta(days=n), f"s{n % 2}") for n in range(4)]
    with session(engine) as work:
        for one in reversed(days):
            remember_documents(work, [one])
        end = NOW + timedelta(days=3)
        assert documents_published(work, NOW, end) == days[:3]
        assert documents_published(work, NOW, end, ["s1"]) == [days[1]]


def test_the_last_visit_takes_the_place_of_the_one_before(engine):
    first = Visit(url=URL, etag='"1"', status=200, checked_at=NOW)
    with session(engine) as work:
        assert visits_of(work, [URL]) == {}
        remember_visits(work, [first])
    with session(engine) as work:
        assert visits_of(work, [URL]) == {URL: first}
        later = first.model_copy(update={"etag": '"2"', "retry_at": NOW})
        remember_visits(work, [first, later])
        assert visits_of(work, [URL]) == {URL: later}


def test_every_visit_has_a_report_and_the_newest_of_each_source_is_found(engine):
    reports = [
        SourceReport(source=name, started_at=NOW, finished_at=NOW, n_listed=n)
        for n, name in enumerate(["b", "a", "b"])
    ]
    with session(engine) as work:
        for report in reports:
            work.add(SourceReportRow.of(report))
            work.flush()
        assert latest_reports(work) == [reports[1], reports[2]]
        assert reports_of(work, "b") == [reports[2], reports[0]]
        assert reports_of(work, "b", limit=1) == [reports[2]]


def test_writers_at_the_same_time_store_one_document_once(engine):
    def write(_):
        with session(engine) as work:
            remember_captures(work, [capture()])
            return remember_documents(work, [text()])

    with ThreadPoolExecutor(4) as pool:
        assert sum(len(new) for new in pool.map(write, range(12))) == 1
    with session(engine) as work:
        assert (count_documents(work), len(captures_of(work, URL))) == (1, 1)
