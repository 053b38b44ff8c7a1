"""Every time a page was read or found unchanged is a look, with what stood there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from store.database import session
from store.looks import looks_at
from store.records import Capture, Dates, Document, Visit, sha256_hex
from store.tables import CaptureRow, DocumentRow, VisitRow

ASKED, URL = "https://portal.example/day", "https://portal.example/day-1"
START = datetime(2026, 8, 10, 9, tzinfo=UTC)


def after(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def capture(body: str, hours: float, url: str = ASKED) -> Capture:
    return Capture(
        sha256=sha256_hex(body.encode()), source="portal", url=url, final_url=URL, status=200,
        content_type="text/html", headers={}, n_bytes=len(body), fetched_at=after(hours),
    )  # fmt: skip


def document(text: str, body: str, locator: str = "") -> Document:
    return Document(
        id=Document.id_of(URL, text), source="portal", url=URL, title="Day", text=text,
        text_sha256=sha256_hex(text.encode()), capture_sha256=sha256_hex(body.encode()),
        locator=locator, extractor="x", language="en", topic="world", licence="CC-BY-SA-4.0",
        attribution="p", published_at=START, date_basis="page", dates=Dates(page=START),
        fetched_at=START,
    )  # fmt: skip


def visit(body: str, at: float, since: float | None = None, url: str = ASKED) -> Visit:
    return Visit(
        url=url, body_sha256=sha256_hex(body.encode()), status=304, checked_at=after(at),
        captured_at=None if since is None else after(since),
    )  # fmt: skip


A, B = document("A", "a"), document("B", "b")


@pytest.mark.parametrize(
    ("rows", "looks"),
    [
        pytest.param([capture("a", 0)], [(0, "A")], id="one capture is one look"),
        pytest.param(
            [capture("a", 0), capture("b", 73)], [(0, "A"), (73, "B")], id="changed bytes"
        ),
        pytest.param(
            [capture("a", 0), visit("a", 73)], [(0, "A"), (73, "A")], id="found unchanged"
        ),
        pytest.param(
            [capture("a", 0), capture("b", 5), visit("a", 90, since=9)],
            [(0, "A"), (5, "B"), (9, "A"), (90, "A")],
            id="changed and changed back",
        ),
        pytest.param(
            [capture("a", 0), capture("c", 73)], [(0, "A"), (73, None)], id="bytes without a text"
        ),
        pytest.param(
            [capture("a", 0), visit("z", 80)], [(0, "A")], id="a visit whose bytes were not kept"
        ),
        pytest.param(
            [capture("a", 0), capture("c", 9, url="https://portal.example/else")],
            [(0, "A")],
            id="another page",
        ),
    ],
)
def test_looks_are_captures_and_visits_that_found_the_same(engine, rows, looks):
    with session(engine) as work:
        for one in (A, B):
            work.add(DocumentRow.of(one))
        for row in rows:
            work.add((CaptureRow if isinstance(row, Capture) else VisitRow).of(row))
    with session(engine) as work:
        found = [(look.at, look.text) for look in looks_at(work, A)]
    assert found == [(after(hours), text) for hours, text in looks]


def test_another_entry_of_the_same_listing_gives_no_text(engine):
    with session(engine) as work:
        work.add(DocumentRow.of(document("other", "b", locator="entry:2")))
        work.add(CaptureRow.of(capture("a", 0)))
        work.add(CaptureRow.of(capture("b", 80)))
        work.add(DocumentRow.of(A))
    with session(engine) as work:
        assert [look.text for look in looks_at(work, A)] == ["A", None]
