"""What follows from a robots.txt that is missing, broken, slow, huge, elsewhere or not one."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from scrapers.client import Fetcher
from scrapers.fetched import FetchLimits
from scrapers.robots import parse
from store.errors import FetchError, RetryLater, RobotsRefused
from tests.corpora import corpus
from tests.scrapers.conftest import FakeClock, Site
from tests.scrapers.connects import connects

RULES = b"User-agent: *\nDisallow: /private/\n"
PADDING = b"# nothing to see here\n"

#: What may be read: by the rules, all of it, or nothing.
BY_RULES, ALL, NOTHING = (True, False), (True, True), (False, False)

#: Where Google's parser and RFC 9309 2.2.2 part: the RFC compares what is percent-encoded with
#: what is not; Google compares letters. A URL of ours is percent-encoded before it is asked about.
READ_BY_THE_RFC = ("ID_Encoding",)
#: RFC 9309, 2.2.4: a line nobody knows changes nothing.
UNKNOWN_LINES = "ID_LineSyntax_Groups_OtherRules"
#: What begins like an address and is none.
NO_ADDRESSES = ("http://[::1.2.3/", "http://[x]/", "//[", "http://[::①]/")


def google_rows() -> list[dict[str, Any]]:
    text = corpus("data/robots_google_robots_test.jsonl").read_text("utf-8")
    return [json.loads(row) for row in text.splitlines()]


def judged_otherwise(row: dict[str, Any]) -> bool:
    rules = parse(row["robotstxt"].encode())
    return bool(rules.can_fetch(row["url"], row["useragent"]) is not row["allowed"])


def test_googles_rows_of_the_rfc_are_judged_as_google_does():
    rows = [row for row in google_rows() if "GoogleOnly_" not in row["test"]]
    assert len(rows) == 72
    otherwise = [row for row in rows if judged_otherwise(row)]
    assert {row["test"] for row in otherwise} - {UNKNOWN_LINES} <= set(READ_BY_THE_RFC)
    assert len([row for row in otherwise if row["test"] in READ_BY_THE_RFC]) <= 3


def test_a_line_nobody_knows_ends_no_group():
    rows = [row for row in google_rows() if row["test"] == UNKNOWN_LINES]
    assert len(rows) > 1
    assert [row for row in rows if judged_otherwise(row)] == []


@pytest.fixture
def reader(site: Site, fake_clock: FakeClock) -> Fetcher:
    site.page("/public/x", b"hello")
    site.page("/private/x", b"secret")
    return Fetcher(
        fake_clock.clock,
        "Unseen/0.1 (+https://example.org/unseen)",
        FetchLimits(timeout_s=0.4),
        frozenset({site.authority, f"other.example.net:{site.server_address[1]}"}),
        resolve=lambda host, port: ["127.0.0.1"],
    )


def may_read(fetcher: Fetcher, site: Site) -> tuple[bool, bool]:
    """Return whether the public and the private page are fetched, and that no other way is lied."""
    found = []
    for path in ("/public/x", "/private/x"):
        try:
            found.append(fetcher.fetch(site.base + path).status == 200)
        except (RobotsRefused, RetryLater):
            found.append(False)
        assert (path in site.asked) is found[-1]
    return found[0], found[1]


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 405, 406, 410, 418, 421, 451, 499])
def test_a_robots_txt_that_is_not_there_forbids_nothing(site, reader, status):
    site.page("/robots.txt", b"User-agent: *\nDisallow: /\n", status=status)
    assert may_read(reader, site) == ALL


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 505, 507, 511, 520, 529, 599])
def test_a_robots_txt_that_is_broken_forbids_all(site, reader, status):
    site.page("/robots.txt", RULES, status=status)
    assert may_read(reader, site) == NOTHING
    assert site.asked.count("/robots.txt") <= 2


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("wait", ["60", "Mon, 24 Aug 2026 13:00:00 GMT"])
def test_a_robots_txt_that_asks_to_wait_is_waited_for(site, reader, status, wait):
    site.page("/robots.txt", status=status, Retry_After=wait)
    assert may_read(reader, site) == NOTHING
    assert site.asked == ["/robots.txt"]


def raw(whole: bytes, pause_s: float = 0.0) -> Callable[[Any], None]:
    """Return an answer that sends these bytes and ends, or pauses first."""

    def answer(handler: Any) -> None:
        handler.wfile.write(whole)
        handler.wfile.flush()
        time.sleep(pause_s)
        handler.close_connection = True

    return answer


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5000\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(raw(b""), id="closed at once"),
        pytest.param(raw(b"HTTP/1.1 200"), id="closed in the status line"),
        pytest.param(raw(HEAD), id="closed in the headers"),
        pytest.param(raw(HEAD + b"\r\n" + RULES), id="closed in the body"),
        pytest.param(raw(b"", 0.7), id="silent"),
        pytest.param(raw(HEAD, 0.7), id="silent in the headers"),
        pytest.param(raw(HEAD + b"\r\n" + RULES, 0.7), id="silent in the body"),
        pytest.param(raw(b"SSH-2.0-OpenSSH_9.9\r\n"), id="no HTTP"),
        pytest.param(raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\n" + RULES), id="brotli"),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + RULES), id="no gzip"
        ),
        pytest.param(
            raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), id="no chunks"
        ),
    ],
)  # fmt: skip
def test_a_robots_txt_that_cannot_be_read_forbids_all_and_soon(site, reader, answer):
    site.pages["/robots.txt"] = answer
    started = time.monotonic()
    assert may_read(reader, site) == NOTHING
    assert time.monotonic() - started < 3.0


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(("hops", "means"), [(1, BY_RULES), (5, BY_RULES), (6, ALL), (9, ALL)])
def test_a_robots_txt_elsewhere_is_read_after_five_redirects_at_most(
    site, reader, code, hops, means
):
    for hop in range(hops):
        here = "/robots.txt" if hop == 0 else f"/moved/{hop}"
        there = f"/moved/{hop + 1}" if hop + 1 < hops else "/rules"
        site.page(here, status=code, Location=there)
    site.page("/rules", RULES)
    assert may_read(reader, site) == means


def test_a_robots_txt_on_another_host_holds_for_this_one(site, reader):
    other = f"http://other.example.net:{site.server_address[1]}/rules"
    site.page("/robots.txt", status=302, Location=other)
    site.page("/rules", RULES)
    assert may_read(reader, site) == BY_RULES


@pytest.mark.parametrize(
    "target",
    ["http://10.0.0.1/robots.txt", "http://[::1]/robots.txt", "file:///etc/passwd", "http://a\\b/"],
)
def test_a_robots_txt_that_leads_where_we_do_not_go_forbids_all(site, reader, target):
    site.page("/robots.txt", status=301, Location=target)
    with connects() as log:
        assert may_read(reader, site) == NOTHING
    assert set(log) == {"127.0.0.1"}


@pytest.mark.parametrize("target", NO_ADDRESSES)
def test_a_robots_txt_that_leads_to_no_address_forbids_all(site, reader, target):
    site.pages["/robots.txt"] = raw(f"HTTP/1.1 301 Go\r\nLocation: {target}\r\n\r\n".encode())
    assert may_read(reader, site) == NOTHING


@pytest.mark.parametrize("target", NO_ADDRESSES)
def test_a_page_that_leads_to_no_address_is_an_error_with_a_sentence(site, reader, target):
    site.pages["/a"] = raw(f"HTTP/1.1 301 Go\r\nLocation: {target}\r\n\r\n".encode())
    with pytest.raises(FetchError, match="cannot read"):
        reader.fetch(f"{site.base}/a")


@pytest.mark.parametrize(
    ("body", "means"),
    [
        pytest.param(b"", ALL, id="empty"),
        pytest.param(RULES + PADDING * 30_000, BY_RULES, id="600 kB behind the rules"),
        pytest.param(PADDING * 23_000 + b"\n" + RULES, BY_RULES, id="506 kB before the rules"),
        pytest.param(PADDING * 30_000 + b"\n" + RULES, ALL, id="rules past what is read"),
        pytest.param(b"\xef\xbb\xbf" + RULES, BY_RULES, id="a byte-order mark"),
        pytest.param(RULES.replace(b"\n", b"\r\n"), BY_RULES, id="lines of Windows"),
        pytest.param(RULES.replace(b"\n", b"\r"), BY_RULES, id="lines of old Macintoshes"),
        pytest.param(RULES.rstrip(), BY_RULES, id="no end of the last line"),
        pytest.param(b"<!doctype html><p>Disallow: /</p>", ALL, id="HTML"),
        pytest.param(b"\0\1\2\xff\xfe" * 999, ALL, id="bytes"),
        pytest.param(b"\xff\xfe\xfd\n" + RULES, BY_RULES, id="bytes before the rules"),
        pytest.param(b"Disallow: /\n", ALL, id="rules for nobody"),
        pytest.param(b"User-agent: Other\nDisallow: /\n", ALL, id="rules for another"),
        pytest.param(b"User-agent: unseen\nDisallow: /\n", NOTHING, id="rules for us"),
        pytest.param(b"user-AGENT : *\n DISALLOW:/private/ # ours\n", BY_RULES, id="odd spelling"),
        pytest.param(b"User-agent: *\nDisallow: /" + b"x" * 99_999, ALL, id="an endless line"),
        pytest.param(b"User-agent: *\nDisallow: " + b"*" * 3_000 + b"q\n", ALL, id="many stars"),
    ],
)
def test_a_robots_txt_that_holds(site, reader, body, means):
    site.page("/robots.txt", body)
    started = time.monotonic()
    assert may_read(reader, site) == means
    assert time.monotonic() - started < 3.0


def test_a_compressed_robots_txt_is_read(site, reader):
    site.page("/robots.txt", gzip.compress(RULES), Content_Encoding="gzip")
    assert may_read(reader, site) == BY_RULES


def test_a_robots_txt_that_is_a_bomb_is_read_as_far_as_any_other(site, reader):
    bomb = gzip.compress(RULES + b"#\n" * (8 << 20), mtime=0)
    site.page("/robots.txt", bomb, Content_Encoding="gzip")
    # Too large to inflate and too large to read are both an answer; all of it is none.
    assert may_read(reader, site) in (BY_RULES, NOTHING)
