"""What is found is kept together: bytes first, all of a batch or none, many visits at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta

import pytest
from sqlalchemy import event

import scrapers.shelf
from scrapers.robots import RobotsFile
from scrapers.shelf import Finds, Shelf
from store.captures import BlobStore
from store.database import open_engine, session, upgrade
from store.documents import captures_of, count_documents, latest_reports
from store.errors import StoreError
from store.records import Capture, Source, SourceReport, Visit, sha256_hex
from store.sources import source_states
from tests.scrapers.conftest import NOW

SOURCE = Source(name="news", kind="feed", url="http://x/", licence="MIT", attribution="News")


@pytest.fixture
def shelf(tmp_path):
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    yield Shelf(engine, BlobStore(tmp_path / "captures"))
    engine.dispose()


def found(number):
    body, url = f"page {number}".encode(), f"http://x/{number}"
    capture = Capture(
        sha256=sha256_hex(body), source="news", url=url, final_url=url, status=200,
        content_type="text/html", headers={}, n_bytes=len(body), fetched_at=NOW,
    )  # fmt: skip
    visit = Visit(url=url, status=200, checked_at=NOW, body_sha256=capture.sha256)
    return Finds(bodies=(body,), captures=(capture,), visits=(visit,))


def test_what_is_kept_is_there_when_the_future_is_done(shelf):
    shelf.keep(found(1)).result()
    assert shelf.visits(["http://x/1", "http://x/2"])["http://x/1"].checked_at == NOW
    assert shelf.first_seen(["http://x/1"]) == {"http://x/1": NOW}
    assert shelf.blobs.get(sha256_hex(b"page 1")) == b"page 1"


def test_what_waits_while_the_disk_is_busy_is_committed_together(shelf):
    commits = []
    event.listen(shelf.engine, "commit", lambda connection: commits.append(1))
    busy = threading.Event()
    with ThreadPoolExecutor(1) as writer:
        writer.submit(busy.wait, 10)
        shelf.writer = writer
        kept = [shelf.keep(found(number)) for number in range(40)]
        assert not any(one.done() for one in kept)
        busy.set()
        wait(kept)
    assert len(commits) == 1
    assert len(shelf.visits(f"http://x/{n}" for n in range(40))) == 40


def test_a_batch_that_the_database_refuses_is_not_half_there_and_says_why(shelf, monkeypatch):
    def refuse(work, visits):
        raise StoreError("the disk is full")

    monkeypatch.setattr(scrapers.shelf, "remember_visits", refuse)
    with pytest.raises(StoreError, match="the disk is full"):
        shelf.keep(found(1)).result()
    with session(shelf.engine) as work:
        assert captures_of(work, "http://x/1") == [] and count_documents(work) == 0
    monkeypatch.undo()
    shelf.keep(found(1)).result()
    with session(shelf.engine) as work:
        assert len(captures_of(work, "http://x/1")) == 1


def test_finds_that_are_refused_cost_no_other_of_their_batch(shelf, monkeypatch):
    put_all = shelf.blobs.put_all

    def refuse(self, bodies):
        if b"page 2" in bodies:
            raise StoreError("a capture cannot be stored")
        return put_all(bodies)

    monkeypatch.setattr(BlobStore, "put_all", refuse)
    busy = threading.Event()
    with ThreadPoolExecutor(1) as writer:
        writer.submit(busy.wait, 10)
        shelf.writer = writer
        kept = [shelf.keep(found(number)) for number in range(4)]
        busy.set()
        wait(kept)
    assert [one.exception() is None for one in kept] == [True, True, False, True]
    assert set(shelf.visits(f"http://x/{n}" for n in range(4))) == {
        f"http://x/{n}" for n in (0, 1, 3)
    }


def test_a_visits_end_is_a_report_and_where_the_source_stands(shelf):
    report = SourceReport(source="news", started_at=NOW, finished_at=NOW, error="it burns")
    shelf.keep(Finds(outcome=(SOURCE, report))).result()
    with session(shelf.engine) as work:
        assert latest_reports(work) == [report]
        state = source_states(work)["news"]
    assert (state.failing_since, state.n_failures, state.why) == (NOW, 1, "it burns")


def test_a_robots_file_is_kept_for_other_processes(shelf):
    file = RobotsFile(200, b"User-agent: *\nDisallow: /\xff", None, NOW + timedelta(hours=24))
    assert shelf.robots("http://x", "Unseen/1") is None
    shelf.keep_robots("http://x", "Unseen/1", file)
    assert Shelf(shelf.engine, shelf.blobs).robots("http://x", "Unseen/1") == file
    assert shelf.robots("http://x", "Other/1") is None
