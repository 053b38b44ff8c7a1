"""Real feeds, whole and damaged: entries and dates as feedparser finds them, and never a crash."""

from __future__ import annotations

import gzip
import json
import os
import random
import re
import subprocess
import sys
import tarfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from scrapers.base import Collector
from scrapers.dates import FIRST_YEAR, MAX_AHEAD, parse_date, plausible
from scrapers.feeds import PARSER, read_feed
from scrapers.recorded import RecordedFetcher, Recording
from scrapers.shelf import Shelf
from store.captures import BlobStore
from store.database import open_engine, upgrade
from store.errors import ExtractError
from store.records import Source
from tests.corpora import corpus
from tests.scrapers.conftest import NOW

URL = "http://news.example.net/feed"
#: No feed, however damaged, takes longer (issue 4, 4).
MAX_S = 5.0


@cache
def real_feeds() -> dict[str, bytes]:
    with tarfile.open(corpus("data/feeds_real.tar.gz")) as files:
        found = {m.name: files.extractfile(m).read() for m in files if m.isfile()}  # type: ignore[union-attr]
    # The archive's 230 members are these and their folders.
    assert len(found) == 221
    return found


# --- feeds as they are ----------------------------------------------------------------------

#: feedparser alone, in a process of its own and with none of our code.
PEER = """
import base64, calendar, io, json, sys, warnings
import feedparser
warnings.simplefilter("ignore")
for line in sys.stdin:
    body = base64.b64decode(line)
    found = []
    for entry in feedparser.parse(io.BytesIO(body)).entries:
        parsed = [dict.get(entry, f"{n}_parsed") for n in ("published", "created", "updated")]
        date = next((p for p in parsed if p), None)
        found.append({"link": dict.get(entry, "link", ""), "title": dict.get(entry, "title", ""),
                      "date": calendar.timegm(date) if date else None})
    print(json.dumps(found), flush=True)
"""


@pytest.fixture(scope="module")
def peer() -> dict[str, list[dict[str, Any]]]:
    """What feedparser itself finds in each of the real feeds."""
    import base64

    feeds = real_feeds()
    asked = "\n".join(base64.b64encode(body).decode() for body in feeds.values())
    done = subprocess.run(
        [sys.executable, "-c", PEER], input=asked, capture_output=True, text=True, check=True,
        timeout=300,
    )  # fmt: skip
    return dict(zip(feeds, map(json.loads, done.stdout.splitlines()), strict=True))


@pytest.fixture(scope="module")
def ours() -> dict[str, Any]:
    """What we find in them; None where it is refused, with how long it took."""
    found: dict[str, Any] = {}
    for name, body in real_feeds().items():
        started = time.monotonic()
        try:
            entries = read_feed(body, "", URL)
        except ExtractError:
            entries = None
        found[name] = (entries, time.monotonic() - started)
    return found


@pytest.mark.long
def test_entries_are_found_wherever_feedparser_finds_them(peer, ours):
    fewer = {
        name: (len(ours[name][0] or ()), len(theirs))
        for name, theirs in peer.items()
        if len(ours[name][0] or ()) < len(theirs)
    }
    assert fewer == {}
    assert sum(1 for theirs in peer.values() if theirs) >= 149
    assert sum(len(entries or ()) for entries, _ in ours.values()) >= sum(map(len, peer.values()))


@pytest.mark.long
def test_links_and_dates_are_feedparsers_or_unknown(peer, ours):
    wrong, n_dates, n_missing = [], 0, 0
    for name, theirs in peer.items():
        for mine, other in zip(ours[name][0] or (), theirs, strict=False):
            if other["link"].lower().startswith(("http://", "https://")):
                assert mine.url is not None, (name, other)
            if other["date"] is None:
                continue
            n_dates += 1
            if mine.published is None:
                n_missing += 1
            # feedparser drops fractions of a second.
            elif mine.published.replace(microsecond=0) != datetime.fromtimestamp(
                other["date"], UTC
            ):
                wrong.append((name, mine.published.isoformat(), other))
    assert not wrong, "\n".join(map(str, wrong))
    assert n_dates > 2_000
    assert n_missing <= MISSING, (n_missing, n_dates)


#: Dates that feedparser reads and we call unknown.
MISSING = 0


@pytest.mark.long
def test_no_real_feed_takes_long_and_no_date_of_one_is_believed_in_the_future(ours):
    assert max(seconds for _, seconds in ours.values()) < MAX_S
    captured = datetime(2026, 8, 24, tzinfo=UTC)
    for name, (entries, _) in ours.items():
        for entry in entries or ():
            if entry.published and entry.published > captured + MAX_AHEAD:
                assert not plausible(entry.published, captured), name


def test_a_sample_of_real_feeds_gives_entries():
    feeds = real_feeds()
    for name in sorted(feeds)[::11]:
        body = feeds[name]
        try:
            entries = read_feed(body, "", URL)
        except ExtractError:
            assert (
                len(re.findall(rb"<(?:\w+:)?(?:item|entry)\b", body)) == 0
                or b"<html" in body.lower()
            ), name
            continue
        assert len({entry.id for entry in entries}) == len(entries)


# --- damage -----------------------------------------------------------------------------------


@dataclass
class Lot:
    """What chance decides, and how far damage goes.

    Attributes:
        strength: Repetitions are these times as many.
    """

    rng: random.Random
    strength: float

    def many(self, *numbers: int) -> int:
        return max(int(self.rng.choice(numbers) * self.strength), 2)


Damage = Callable[[Lot, bytes, bytes], bytes]


def _spot(rng: random.Random, body: bytes) -> int:
    return rng.randrange(len(body) + 1)


def flips(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """Change single bytes."""
    rng = lot.rng
    made = bytearray(body)
    for _ in range(rng.choice([1, 5, 50, 500])):
        if made:
            made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def cut(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """End anywhere, or lose a piece of the middle."""
    rng = lot.rng
    start, end = sorted((_spot(rng, body), _spot(rng, body)))
    return body[:start] if rng.random() < 0.5 else body[:start] + body[end:]


def splice(lot: Lot, body: bytes, other: bytes) -> bytes:
    """Begin as one feed and end as another, or hold one within the other."""
    rng = lot.rng
    if rng.random() < 0.3:
        at = _spot(rng, body)
        return body[:at] + other + body[at:]
    return body[: _spot(rng, body)] + other[_spot(rng, other) :]


def repeated(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """Open or close one tag many times."""
    rng = lot.rng
    tags = re.findall(rb"</?[A-Za-z][^<>]{0,80}>", body[:200_000]) or [b"<item>"]
    at = _spot(rng, body)
    return body[:at] + rng.choice(tags) * lot.many(2, 30, 2_000) + body[at:]


def numbers(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """Make some numbers huge, negative or no numbers."""
    rng = lot.rng
    odd = [b"9" * 30, b"9" * 400, b"-1", b"99999", b"0", b"1e999", b"NaN", "٣".encode(), b"", b"+"]
    rate = rng.choice([0.02, 0.3])
    return re.sub(
        rb"\d+", lambda m: rng.choice(odd) if rng.random() < rate else m.group(), body[:300_000]
    )


def encoded(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """Write in one encoding and declare another."""
    rng = lot.rng
    text = body.decode("utf-8", "replace")
    made = text.encode(
        rng.choice(["utf-16", "utf-16-be", "utf-32", "cp1252", "shift_jis", "utf-7", "koi8-r"]),
        "xmlcharrefreplace",
    )
    names = (b"utf-8 utf-16 utf-32 x-nonsense base64 rot13 idna hex utf-7 ebcdic-cp-us \xff zlib "
             b"unicode_escape " + b"a" * 900).split()  # fmt: skip
    head = b'<?xml version="1.0" encoding="' + rng.choice(names) + b'"?>'
    bare = re.sub(rb"^\s*<\?xml[^>]*\?>", b"", body)
    return rng.choice([made, head + bare, head + made, b"\xfe\xff" + body, b"\xef\xbb\xbf" + made])


def nested(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """Go deep."""
    rng = lot.rng
    depth = lot.many(100, 1_500, 20_000)
    tag = rng.choice([b"div", b"item", b"entry", b"content", b"channel", b"a:b", b"author"])
    at = _spot(rng, body)
    closing = b"</" + tag + b">"
    return body[:at] + (b"<" + tag + b">") * depth + rng.choice([b"", closing * depth]) + body[at:]


def sections(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """Leave CDATA, comments, instructions and declarations open, or put them where none may be."""
    rng = lot.rng
    odd = [b"<![CDATA[", b"]]>", b"<!--", b"-->", b"--", b"<?", b"?>", b"<!", b"<!DOCTYPE x [",
           b"]>", b"<![", b"&", b"&#", b"&#x110000;", b"&#0;", b"&#xD800;", b"&bogus;", b"<", b">",
           b'"', b"<a b=", b"<a b='", b"xmlns=''", b"xmlns:a='b'", b"\0", b"xml:base='http://[' ",
           b"xml:lang=''", b"<base href='http://[::'>", b"<link href='//[x'/>"]  # fmt: skip
    made = body
    for _ in range(rng.choice([1, 3, 20])):
        at = _spot(rng, made)
        made = made[:at] + rng.choice(odd) * rng.choice([1, 1, 200]) + made[at:]
    return made


def attributes(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """Give one tag very many attributes, or a very long one."""
    rng = lot.rng
    many = b"".join(b" a%d='%d'" % (n, n) for n in range(lot.many(10, 3_000)))
    added = rng.choice(
        [many, b" a='" + b"x" * 100_000 + b"'", b" href='http://[::1'", b" a=" * 500]
    )
    return re.sub(rb"<([A-Za-z:]+)", lambda m: m.group() + added, body, count=rng.choice([1, 3]))


def zipped(lot: Lot, body: bytes, _other: bytes) -> bytes:
    """Come compressed though nobody said so."""
    rng = lot.rng
    return gzip.compress(body)[: rng.choice([None, 500, -5])]


DAMAGES: tuple[Damage, ...] = (
    flips, cut, splice, repeated, numbers, encoded, nested, sections, attributes, zipped,
)  # fmt: skip
#: What a server may say of it.
CONTENT_TYPES = (
    "", "", "application/rss+xml", "application/atom+xml; charset=utf-16", "text/html",
    "text/xml; charset=utf-8", "text/xml; charset=", "application/xml; charset=x-nonsense",
    "application/feed+json", "image/png", "text/xml; charset=hex", ";;;=", "text/xml; charset=idna",
    "x" * 5_000, "text/plain; charset=\u00fc", "application/rss+xml; charset=utf-7",
)  # fmt: skip
URLS = (URL, URL, "http://[2a00::1]/x", "https://x.org/" + "a" * 1_900, "http://x.org/?a=b%00")


@dataclass
class Campaign:
    """What came of many damaged feeds."""

    n: int = 0
    slowest: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.n} damaged feeds, slowest {self.slowest:.2f} s, {dict(self.outcomes)}"


def damaged(
    seed: int, small: Sequence[bytes], strength: float = 1.0
) -> tuple[str, bytes, str, str]:
    """Return what was done to a feed, the feed, its content type and its URL."""
    rng = random.Random(f"damage {seed}")
    lot = Lot(rng, strength)
    body, other, done = rng.choice(small), rng.choice(small), []
    for damage in rng.sample(DAMAGES, rng.choice([1, 1, 2, 3])):
        body = damage(lot, body, other)[:2_000_000]
        done.append(damage.__name__)
    return " ".join(done), body, rng.choice(CONTENT_TYPES), rng.choice(URLS)


def campaign(seeds: Sequence[int], largest: int, strength: float) -> Campaign:
    """Read damaged feeds made of real ones of at most `largest` bytes."""
    small = [body for _, body in sorted(real_feeds().items()) if 0 < len(body) <= largest]
    came = Campaign()
    for seed in seeds:
        what, body, content_type, url = damaged(seed, small, strength)
        started = time.monotonic()
        try:
            entries = read_feed(body, content_type, url)
            outcome = "entries" if entries else "no entries"
            assert len({entry.id for entry in entries}) == len(entries)
            assert all(e.url is None or e.url.lower().startswith("http") for e in entries)
            assert all(e.published is None or e.published.tzinfo is UTC for e in entries)
        except ExtractError as refusal:
            outcome = refusal.why.partition(":")[0]
        except Exception as error:
            outcome = "uncaught"
            came.failures.append(f"seed {seed} ({what}): {error!r}")
        seconds = time.monotonic() - started
        if seconds > MAX_S:
            came.failures.append(f"seed {seed} ({what}): {seconds:.1f} s")
        came.n += 1
        came.slowest = max(came.slowest, seconds)
        came.outcomes[outcome] += 1
    return came


def children() -> set[int]:
    """Return the processes that this one started and that still run or were not waited for."""
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    parent = int(file.read().rpartition(")")[2].split()[1])
            except OSError:
                continue
            if parent == os.getpid():
                found.add(int(name))
    return found


def judged(came: Campaign, before: set[int]) -> None:
    assert came.failures == []
    # Damage that always ends in a refusal, or never, would test little.
    assert came.outcomes["entries"] > came.n / 5
    assert came.outcomes["entries"] < came.n
    PARSER.close()
    assert children() - before == set()


def test_three_hundred_damaged_feeds_give_entries_or_a_sentence():
    PARSER.close()
    before = children()
    came = campaign(range(300), largest=8_000, strength=0.1)
    judged(came, before)
    assert came.n == 300


@pytest.mark.long
def test_ten_thousand_damaged_feeds_give_entries_or_a_sentence(capsys):
    PARSER.close()
    before = children()
    came = campaign(range(300, 10_300), largest=100_000, strength=1.0)
    with capsys.disabled():
        sys.stdout.write(f"\n{came}\n")
    judged(came, before)


@pytest.mark.parametrize("number", ["9" * 30, "9" * 400, "1e999", "-1", "NaN", "٣" * 30, "0" * 90])
@pytest.mark.parametrize(
    "written",
    ["Tue, 03 Jun 2003 09:39:{}MT", "Sun, 16 Dec 2012 11:{} +00:zz", "{} Aug 2026", "2026-08-{}",
     "June 22, 2023 at 01:{}EDT", "17 Aug 2026 09:30 +{}"],
)  # fmt: skip
def test_a_date_with_a_number_too_large_is_unknown(written, number):
    found = parse_date(written.format(number))
    assert found is None or FIRST_YEAR <= found.year <= 2026


def test_five_thousand_entries_of_one_id_are_told_apart_at_once():
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "a"}] * 5_000}
    started = time.monotonic()
    entries = read_feed(json.dumps(feed).encode(), "application/feed+json", URL)
    assert [entry.id for entry in entries][:3] == ["a", "a~2", "a~3"]
    assert len({entry.id for entry in entries}) == 5_000
    # Counted from one each time they take two seconds.
    assert time.monotonic() - started < 0.5


# --- size and links ---------------------------------------------------------------------------


def big_feed(size: int) -> bytes:
    item = (
        "<item><guid>{n}</guid><title>Budget {n}</title><link>http://news.example.net/{n}</link>"
        "<pubDate>Mon, 17 Aug 2026 09:30:00 GMT</pubDate><description>{text}</description></item>"
    )
    text = "The council approved the budget. " * 12
    items, n = [], 0
    while sum(map(len, items)) < size:
        items.append(item.format(n=n, text=text))
        n += 1
    return f"<rss version='2.0'><channel>{''.join(items)}</channel></rss>".encode()


def test_a_feed_of_five_hundred_kilobytes_is_read_whole_and_soon():
    body = big_feed(500_000)
    started = time.monotonic()
    entries = read_feed(body, "application/rss+xml", URL)
    assert len(body) > 500_000
    assert len(entries) == body.count(b"<item>")
    assert time.monotonic() - started < MAX_S


def test_a_feed_without_bodies_leads_to_its_pages(tmp_path):
    links = [f"http://news.example.net/{n}" for n in range(4)]
    items = "".join(
        f"<item><link>{link}</link><pubDate>Mon, 17 Aug 2026 0{n}:30:00 GMT</pubDate></item>"
        for n, link in enumerate(links)
    )
    page = "<html><body><article><h1>Budget</h1>{}</article></body></html>"
    story = "<p>The council of Port Ellery gave district {} a budget of {} million crowns.</p>"
    web = RecordedFetcher(
        {
            URL: Recording(f"<rss version='2.0'><channel>{items}</channel></rss>".encode()),
            **{
                link: Recording(
                    page.format("".join(story.format(n, part) for part in range(4))).encode()
                )
                for n, link in enumerate(links)
            },
        },
        lambda: NOW,
    )
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    shelf = Shelf(engine, BlobStore(tmp_path / "captures"))
    source = Source(name="news", kind="feed", url=URL, licence="MIT", attribution="News")
    report = Collector(web, shelf, NOW - timedelta(days=180), lambda: NOW).collect(source)
    engine.dispose()
    assert (report.n_listed, report.n_documents, report.refusals) == (4, 4, ())
    assert set(web.asked) == {URL, *links}
