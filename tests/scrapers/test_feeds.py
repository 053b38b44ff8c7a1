"""Feeds in every form give their entries; hostile ones give a sentence, soon and cheaply."""

from __future__ import annotations

import contextlib
import io
import json
import random
import tarfile
import time
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from scrapers.feeds import read_feed
from scrapers.limited import ChildFailed, LimitedChild
from store.errors import ExtractError
from tests.corpora import corpus
from tests.scrapers.connects import connects

URL = "http://news.example.net/feed"
ITEM = (
    "<item><guid isPermaLink='false'>1</guid><title>Budget</title>"
    "<link>http://news.example.net/1</link>"
    "<pubDate>Mon, 17 Aug 2026 09:30:00 GMT</pubDate><description>It costs 41.</description></item>"
)


def rss(items: str = ITEM, head: str = '<?xml version="1.0"?>') -> bytes:
    return f"{head}<rss version='2.0'><channel><title>N</title>{items}</channel></rss>".encode()


def test_rss_gives_id_link_title_date_and_text():
    (entry,) = read_feed(rss(), "application/rss+xml", URL)
    assert (entry.id, entry.url, entry.title) == ("1", "http://news.example.net/1", "Budget")
    assert entry.published == datetime(2026, 8, 17, 9, 30, tzinfo=UTC)
    assert entry.content_html == "It costs 41."


def test_atom_published_comes_before_updated():
    body = (
        b"<feed xmlns='http://www.w3.org/2005/Atom'><entry><id>a</id><title>T</title>"
        b"<link href='http://news.example.net/a'/><updated>2026-08-19T00:00:00Z</updated>"
        b"<published>2026-08-17T00:00:00Z</published><content type='html'>&lt;p&gt;x&lt;/p&gt;"
        b"</content></entry></feed>"
    )
    (entry,) = read_feed(body, "", URL)
    assert entry.published == datetime(2026, 8, 17, tzinfo=UTC)
    assert entry.content_html == "<p>x</p>"


def test_json_feed_gives_the_same():
    items = [
        {"id": 7, "url": "https://x.org/7", "title": " T ", "content_text": "a < b\n\nc",
         "date_published": "2026-08-17T09:30:00Z"},
        {"title": "no id"},
        "no item",
    ]  # fmt: skip
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    first, second = read_feed(json.dumps(feed).encode(), "application/feed+json", URL)
    assert (first.id, first.url, first.title) == ("7", "https://x.org/7", "T")
    assert first.content_html == "<p>a &lt; b</p><p>c</p>"
    assert len(second.id) == 16 and second.url is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(b"<!doctype html><html><p>Log in", "the feed is an HTML page", id="HTML"),
        pytest.param(b"", "the feed is empty", id="nothing"),
        pytest.param(b"hello", "neither RSS, Atom nor JSON Feed", id="a word"),
        pytest.param(b'{"items": []}', "no JSON Feed", id="other JSON"),
        pytest.param(b'{"items": [', "no valid JSON", id="half JSON"),
        pytest.param(b'{"a":' * 100_000, "no valid JSON", id="deep JSON"),
        pytest.param(b'{"version": "https://jsonfeed.org/version/1"}', "no items", id="no items"),
        pytest.param(
            b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"/>',
            "declares XML entities",
            id="an entity",
        ),
        pytest.param(
            '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><rss/>'.encode("utf-16"),
            "declares XML entities",
            id="an entity in UTF-16",
        ),
    ],
)
def test_what_is_no_feed_says_so(body, why):
    with pytest.raises(ExtractError, match=why):
        read_feed(body, "application/rss+xml", URL)


def test_an_empty_feed_is_a_feed():
    assert read_feed(rss(""), "", URL) == ()


def test_a_doctype_without_entities_is_no_reason_to_refuse():
    head = '<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "x.dtd">'
    assert len(read_feed(rss(head=head), "", URL)) == 1


def test_broken_xml_still_gives_its_entries():
    assert len(read_feed(rss(ITEM + "<item><title>A & B</title>"), "", URL)) == 2


def test_entries_that_share_an_id_are_told_apart():
    assert [entry.id for entry in read_feed(rss(ITEM * 3), "", URL)] == ["1", "1~2", "1~3"]


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://x.org/", "/relative", ""])
def test_a_link_we_do_not_follow_is_no_link(link):
    (entry,) = read_feed(rss(ITEM.replace("http://news.example.net/1", link)), "", URL)
    assert entry.url is None or entry.url.startswith("http")


@pytest.mark.parametrize("body", [b"/etc/passwd", b"file:///etc/passwd", b"http://127.0.0.1:9/"])
def test_a_body_that_is_a_path_or_a_url_is_neither_opened_nor_fetched(body):
    with connects() as log, pytest.raises(ExtractError, match="neither RSS"):
        read_feed(body, "", URL)
    assert log == []


CHILD = """
import sys, struct, time, json
def frame():
    size = sys.stdin.buffer.read(4)
    return sys.stdin.buffer.read(struct.unpack(">I", size)[0]) if len(size) == 4 else None
while frame() is not None:
    body = frame()
    if body == b"hang": time.sleep(60)
    if body == b"die": sys.exit(1)
    reply = json.dumps({"ok": len(body)}).encode()
    sys.stdout.buffer.write(struct.pack(">I", len(reply)) + reply); sys.stdout.buffer.flush()
"""


@pytest.fixture
def child(tmp_path):
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    made = LimitedChild(script, wall_s=2.0)
    yield made
    made.close()


def test_a_child_is_kept_warm(child):
    assert child.ask({}, b"abc") == {"ok": 3}
    first = child._process
    assert child.ask({}, b"x" * 3_000_000) == {"ok": 3_000_000}
    assert child._process is first


@pytest.mark.parametrize("body", [b"hang", b"die"])
def test_a_child_that_hangs_or_dies_is_replaced(child, body):
    child.ask({}, b"warm")
    child.wall_s = 0.2
    started = time.monotonic()
    with pytest.raises(ChildFailed):
        child.ask({}, body)
    assert time.monotonic() - started < 1.0
    child.wall_s = 2.0
    assert child.ask({}, b"abc") == {"ok": 3}


def test_a_hanging_parser_is_a_refused_feed(child):
    child.ask({}, b"warm")
    child.wall_s = 0.2
    with pytest.raises(ExtractError, match="the feed cannot be parsed: it took too long"):
        read_feed(b"hang", "", URL, child)


def test_the_parser_may_neither_connect_nor_write_nor_grow(tmp_path):
    script = tmp_path / "limits.py"
    script.write_text(
        "import sys, json, struct, socket, subprocess\n"
        f"sys.path.insert(0, {str(Path(__file__).parents[2])!r})\n"
        "from scrapers.feed_child import limit_this_process\n"
        "def refused(act):\n"
        "    try: act()\n"
        "    except BaseException as error: return type(error).__name__\n"
        "    return 'done'\n"
        "limit_this_process()\n"
        "result = {\n"
        "  'connect': refused(lambda: socket.create_connection(('127.0.0.1', 9))),\n"
        "  'start': refused(lambda: subprocess.run(['true'])),\n"
        f"  'write': refused(lambda: open({str(tmp_path / 'x')!r}, 'wb', 0).write(b'x')),\n"
        "  'grow': refused(lambda: bytearray(1 << 30)),\n"
        "}\n"
        "reply = json.dumps(result).encode()\n"
        "sys.stdout.buffer.write(struct.pack('>I', len(reply)) + reply)\n"
        "sys.stdout.buffer.flush(); sys.stdin.buffer.read()\n"
    )
    limited = LimitedChild(script)
    try:
        assert limited.ask({}, b"") == {
            "connect": "PermissionError",
            "start": "PermissionError",
            "write": "OSError",
            "grow": "MemoryError",
        }
    finally:
        limited.close()


def test_xml_bombs_and_external_entities_give_nothing_and_reach_nowhere():
    with tarfile.open(corpus("data/hostile_bodies.tar.gz")) as files:
        bodies = {
            m.name: files.extractfile(m).read()
            for m in files
            if m.isfile() and m.name.startswith("xml_bombs/")
        }
    assert len(bodies) >= 15
    with connects() as log:
        for name, body in bodies.items():
            started = time.monotonic()
            try:
                entries = read_feed(body, "application/xml", URL)
            except ExtractError:
                entries = ()
            assert time.monotonic() - started < 5, name
            assert not any("root:" in (entry.content_html or "") for entry in entries), name
    assert log == []


def test_damaged_feeds_give_entries_or_a_sentence():
    rng, seed = random.Random(7), rss(ITEM * 3)
    pieces = [b"<", b">", b"&", b"<![CDATA[", b"\xff\xfe", b"\0", b"]]>", b"<!--", b"9" * 400]
    for _ in range(200):
        body = bytearray(seed)
        for _ in range(rng.randrange(1, 6)):
            start = rng.randrange(len(body))
            body[start : start + rng.randrange(9)] = rng.choice(pieces)
        with contextlib.suppress(ExtractError):
            assert len(read_feed(bytes(body), "", URL)) <= 60


@pytest.mark.long
@pytest.mark.filterwarnings("ignore")
def test_real_feeds_give_entries_and_dates_wherever_feedparser_finds_them():
    n_files, fewer = 0, []
    with tarfile.open(corpus("data/feeds_real.tar.gz")) as files:
        for member in files:
            if not member.isfile():
                continue
            n_files += 1
            body = files.extractfile(member).read()
            try:
                entries = read_feed(body, "", URL)
            except ExtractError:
                entries = ()
            peer = feedparser.parse(io.BytesIO(body)).entries
            dated = sum(
                any(dict.get(entry, f"{n}_parsed") for n in ("published", "updated", "created"))
                for entry in peer
            )
            if len(entries) < len(peer) or sum(e.published is not None for e in entries) < dated:
                fewer.append(member.name)
    assert n_files == 221
    assert fewer == []
