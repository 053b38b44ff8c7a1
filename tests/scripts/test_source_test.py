"""`unseen sources test`: a row for every URL, in order, whatever became of the one before."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from typer import Typer
from typer.testing import CliRunner

from scrapers.recorded import RecordedFetcher, Recording
from scripts import source_test
from scripts.commands.sources import sources_test as command
from scripts.source_test import as_line, urls_in
from scripts.source_test import test_url as one_url
from scripts.source_test import test_urls as many_urls
from store.errors import FetchError, RobotsRefused
from store.records import Source

app = Typer()
app.command()(command)

HERE = "https://tarn.example"
ARTICLE = (
    b'<html lang="en"><head><meta property="article:published_time" content="2026-08-20T09:00:00Z">'
    b"<title>Ferry</title></head><body><article><h1>Ferry</h1><p>The Tarn Council bought the ferry "
    b"Wigeon on 3 August 2026. The ferry Wigeon carries 412 passengers on the crossing to Tarn. "
    b"The crossing takes 45 minutes, and the council paid 4.2 million euros for it.</p>"
    b"</article></body></html>"
)
FEED = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>
<entry><id>1</id><title>One</title><link href="https://tarn.example/1"/>
<updated>2026-08-20T00:00:00Z</updated></entry><entry><id>2</id><title>Two</title>
<link href="https://tarn.example/2"/></entry></feed>"""
GAZETTE = Source(
    name="gazette", kind="feed", url=f"{HERE}/feed", licence="CC-BY-4.0", attribution="Gazette"
)
ANSWERS = {
    f"{HERE}/a": Recording(ARTICLE),
    f"{HERE}/feed": Recording(FEED, "application/atom+xml"),
    f"{HERE}/no": Recording(error=RobotsRefused(f"{HERE}/no", "robots.txt does not allow it")),
    f"{HERE}/odd": Recording(error=FetchError(f"{HERE}/odd", "half a sign \ud800")),
}


class Web(RecordedFetcher):
    """Recorded answers; one address breaks what reads it."""

    def fetch(self, url: str, **how: object):
        if url.endswith("/broken"):
            raise ZeroDivisionError
        return super().fetch(url, **how)

    def close(self) -> None:
        """Close nothing."""


@pytest.fixture
def web():
    return Web(ANSWERS, lambda: datetime(2026, 8, 25, tzinfo=UTC))


@pytest.fixture
def house(web):
    return SimpleNamespace(sources=(GAZETTE,), fetcher=lambda: web)


def test_of_an_article_everything_is_shown(web):
    row = one_url([GAZETTE], web, f"{HERE}/a")
    assert (row["fetched"], row["refused"], row["status"]) == (True, None, 200)
    assert (row["kind"], row["robots"]) == ("article", "recorded")
    assert row["published_at"] == "2026-08-20T09:00:00+00:00"
    assert row["date_known_by"] == "page"
    assert (row["source"], row["licence"]) == ("gazette", "CC-BY-4.0")
    assert row["text_may_be_shown"] is True
    assert "carries 412 passengers" in row["text"]
    assert {"family", "question", "answer"} == set(row["questions"][0])


def test_of_a_feed_it_is_said_what_it_lists(web):
    row = one_url([GAZETTE], web, f"{HERE}/feed")
    assert (row["fetched"], row["refused"], row["kind"]) == (True, None, "feed")
    assert row["n_entries"] == 2
    assert row["entries"][0] == {
        "url": f"{HERE}/1", "title": "One", "published_at": "2026-08-20T00:00:00+00:00",
    }  # fmt: skip
    assert row["entries"][1]["published_at"] is None


def test_of_what_no_source_is_known_for_the_licence_is_asked_for(web):
    row = one_url([], web, f"{HERE}/a")
    assert (row["source"], row["text_may_be_shown"]) == (None, False)
    assert "name it when you add" in row["licence"]


LINES = f"""{HERE}/a

not a url
{HERE}/no
  {HERE}/broken  \r
http://[half
{HERE}/odd
{HERE}/feed"""


def test_every_line_of_a_file_is_answered_in_order_whatever_the_others_do(house, tmp_path):
    path = tmp_path / "urls.txt"
    path.write_bytes(b"\xef\xbb\xbf" + LINES.encode() + b"\nhttps://tarn.example/\xff\xfe\n")
    rows = [json.loads(as_line(row)) for row in many_urls(house, urls_in(path))]
    assert [row["url"].removeprefix(HERE) for row in rows] == [
        "/a", "not a url", "/no", "/broken", "http://[half", "/odd", "/feed", "/\\xff\\xfe",
    ]  # fmt: skip
    assert [row["fetched"] for row in rows] == [
        True, False, False, False, False, False, True, False,
    ]  # fmt: skip
    assert "robots.txt does not allow it" in rows[2]["refused"]
    assert rows[3]["refused"] == "it cannot be tested: ZeroDivisionError"
    assert all(row["refused"] for row in rows if not row["fetched"])


def test_the_command_prints_a_line_for_a_line_and_ends_well(house, tmp_path, monkeypatch):
    monkeypatch.setattr("scripts.commands.sources.open_house", lambda: house)
    path = tmp_path / "urls.txt"
    path.write_text(LINES)
    done = CliRunner().invoke(app, ["--file", str(path)])
    assert done.exit_code == 0
    assert [json.loads(line)["fetched"] for line in done.stdout.splitlines()] == [
        True, False, False, False, False, False, True,
    ]  # fmt: skip


def test_an_empty_file_is_answered_by_nothing_and_a_missing_one_is_said(
    house, tmp_path, monkeypatch
):
    monkeypatch.setattr("scripts.commands.sources.open_house", lambda: house)
    empty = tmp_path / "empty.txt"
    empty.write_text("\n \n")
    done = CliRunner().invoke(app, ["--file", str(empty)])
    assert (done.exit_code, done.stdout) == (0, "")
    gone = CliRunner().invoke(app, ["--file", str(tmp_path / "gone.txt")])
    assert isinstance(gone.exception, FileNotFoundError)


def test_what_is_no_url_is_refused_by_the_real_way_out_too():
    from scrapers.client import Fetcher
    from scrapers.fetched import Clock

    now = Clock(lambda: datetime(2026, 8, 25, tzinfo=UTC), lambda seconds: None)
    with closing(Fetcher(now, "Unseen/0.1")) as fetcher:
        for line in (
            "not a url",
            "file:///etc/passwd",
            "http://127.0.0.1:1/",
            "http://[half",
            "#x",
        ):
            row = one_url([GAZETTE], fetcher, line)
            assert not row["fetched"] and row["refused"] and row["questions"] == []


def test_of_a_long_listing_the_first_entries_are_shown_and_all_counted(web):
    entries = b"".join(
        b"<entry><id>%d</id><title>T</title><link href='https://tarn.example/%d'/></entry>" % (n, n)
        for n in range(50)
    )
    body = b'<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title>' + entries + b"</feed>"
    long = Web({f"{HERE}/long": Recording(body, "application/atom+xml")}, web.now)
    row = one_url([], long, f"{HERE}/long")
    assert (row["n_entries"], len(row["entries"])) == (50, source_test.MAX_ENTRIES)
