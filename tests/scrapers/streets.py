"""A web of many hosts on one loopback port, with habits good and bad, living in fake time.

Everything a host does follows from the seed, its name and the fake instant: the same day twice
is the same day.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from http import HTTPStatus
from zlib import crc32

from store.records import Source
from tests.scrapers.conftest import FakeClock
from tests.scrapers.manners import Hit

#: What the robots.txt of a host does; host n has habit n modulo their number.
ROBOTS = (
    "none",
    "disallow",
    "crawl-delay",
    "500 at first",
    "drops at first",
    "600 KiB",
    "redirected",
    "redirected for ever",
    "asks to wait",
    "HTML",
    "BOM",
    "403",
    "always 500",
)
#: How pages ask not to be kept, and the server's way of saying it.
KEEP_AWAY = {
    "noindex": '<meta name="robots" content="noindex">',
    "noarchive": '<meta name="robots" content="noarchive, follow">',
    "noai": '<meta name="robots" content="noai">',
}
FEED_HABITS = (*("well",) * 12, "busy", "busy until a date", "broken for hours", "gone", "no tag",
               "garbled wait", "away for weeks", "once in a while")  # fmt: skip
PAGE_HABITS = (*("well",) * 14, *KEEP_AWAY, "header", "private", "gone", "stumbles", "moved",
               "busy", "broken")  # fmt: skip
N_LISTED = 8


@dataclass(frozen=True)
class Reply:
    """What a host answers; status 0 is a closed connection."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def _rng(*parts: object) -> random.Random:
    return random.Random(" ".join(map(str, parts)))


@dataclass(frozen=True)
class Host:
    """One site: its feeds, its pages and its moods.

    Attributes:
        opened_at: The fake instant the day begins.
    """

    number: int
    seed: int
    opened_at: datetime
    n_feeds: int

    @cached_property
    def name(self) -> str:
        """Return its name, under a domain that nobody owns."""
        return f"h{self.number}.example.net"

    @property
    def robots_habit(self) -> str:
        """What its robots.txt does."""
        return ROBOTS[self.number % len(ROBOTS)]

    @cached_property
    def delay_s(self) -> int:
        """Return the Crawl-delay it asks for, where it does."""
        return _rng(self.seed, self.name, "delay").choice([2, 5, 10, 30])

    def feed_habit(self, feed: int) -> str:
        """What one of its feeds does."""
        habit = _rng(self.seed, self.name, "feed", feed).choice(FEED_HABITS)
        # Few hosts send us away for weeks, else most of the day would be silence.
        return "busy" if habit == "away for weeks" and self.number % 20 else habit

    def page_habit(self, feed: int, page: int) -> str:
        """What one of its pages does."""
        return _rng(self.seed, self.name, "page", feed, page).choice(PAGE_HABITS)

    def path_of(self, feed: int, page: int) -> str:
        """Return where a page lies."""
        private = self.page_habit(feed, page) == "private"
        return f"/{'private' if private else 'p'}/{feed}/{page}.html"

    def robots(self, path: str, since: timedelta, n_asked: int) -> Reply:
        """Answer a request for robots.txt, or for where that leads."""
        rules = b"User-agent: *\nDisallow: /private/\nDisallow: /f/1.xml\n"
        match self.robots_habit:
            case "disallow":
                return Reply(200, rules)
            case "crawl-delay":
                return Reply(200, rules + f"Crawl-delay: {self.delay_s}\n".encode())
            case "500 at first" if since < timedelta(hours=3):
                return Reply(500)
            case "drops at first" if since < timedelta(hours=2):
                return Reply(0)
            case "600 KiB":
                return Reply(200, rules + b"# nothing here\n" * 40_000 + b"Disallow: /\n")
            case "redirected" if path != "/robots-5.txt":
                hop = 1 if path == "/robots.txt" else int(path[8]) + 1
                return Reply(302, b"", (("Location", f"/robots-{hop}.txt"),))
            case "redirected":
                return Reply(200, rules)
            case "redirected for ever":
                return Reply(301, b"", (("Location", "/robots.txt"),))
            case "asks to wait" if n_asked <= 2:
                return Reply(503, b"", (("Retry-After", "1800"),))
            case "HTML":
                return Reply(200, b"<!doctype html><html><body>Not found</body></html>")
            case "BOM":
                return Reply(200, b"\xef\xbb\xbf" + rules)
            case "403":
                return Reply(403)
            case "always 500":
                return Reply(500)
        return Reply(404)

    def feed(self, feed: int, now: datetime, tag: str | None, n_asked: int) -> Reply:
        """Answer a request for a feed."""
        habit, since = self.feed_habit(feed), now - self.opened_at
        if habit == "busy" and n_asked % 9 == 4:
            seconds = _rng(self.seed, self.name, feed, n_asked).choice([1, 40, 300, 900, 9_000])
            return Reply(429, b"", (("Retry-After", str(seconds)),))
        if habit == "busy until a date" and n_asked % 8 == 3:
            until = now + timedelta(hours=_rng(self.seed, feed, n_asked).randint(1, 2))
            forms = (
                format_datetime(until, usegmt=True),
                f"{until:%A, %d-%b-%y %H:%M:%S} GMT",
                f"{until:%a %b %d %H:%M:%S %Y}",
            )
            return Reply(503, b"", (("Retry-After", forms[n_asked % 3]),))
        if habit == "away for weeks" and n_asked >= 5:
            return Reply(429, b"", (("Retry-After", str(30 * 86_400)),))
        if habit == "garbled wait" and n_asked % 10 == 5:
            return Reply(429, b"", (("Retry-After", "tomorrow"),))
        if habit == "broken for hours" and timedelta(hours=3) < since < timedelta(hours=9):
            return Reply(503 if feed % 2 else 502)
        if habit == "once in a while" and n_asked % 6 == 2:
            return Reply(0 if feed % 2 else 500)
        if habit == "gone":
            return Reply(410)
        newest = self.newest(feed, now)
        etag = f'"{self.number}-{feed}-{newest}"'
        headers = (("Content-Type", "application/rss+xml"),)
        if habit != "no tag":
            headers += (("ETag", etag),)
            if tag == etag:
                return Reply(304, b"", headers)
        return Reply(200, self._rss(feed, newest).encode(), headers)

    def newest(self, feed: int, now: datetime) -> int:
        """Return the number of the newest page of a feed."""
        every = timedelta(minutes=_rng(self.seed, self.name, "pace", feed).randint(60, 360))
        return 3 + int((now - self.opened_at) / every)

    def _rss(self, feed: int, newest: int) -> str:
        items = "".join(
            f"<item><guid>{n}</guid><title>Budget {n}</title>"
            f"<link>http://{self.name}:PORT{self.path_of(feed, n)}</link><pubDate>"
            f"{format_datetime(self.opened_at - timedelta(days=40 - n % 30))}</pubDate></item>"
            for n in range(newest, max(newest - N_LISTED, -1), -1)
        )
        return f"<rss version='2.0'><channel><title>{feed}</title>{items}</channel></rss>"

    def page(self, feed: int, page: int, n_asked: int) -> Reply:
        """Answer a request for a page."""
        habit, head = self.page_habit(feed, page), ""
        headers: tuple[tuple[str, str], ...] = (
            ("Content-Type", "text/html; charset=utf-8"),
            ("ETag", f'"{feed}-{page}"'),
        )
        if habit in KEEP_AWAY:
            head = KEEP_AWAY[habit]
        elif habit == "header":
            headers += (("X-Robots-Tag", "noindex, nofollow"),)
        elif habit == "gone":
            return Reply(404)
        elif habit == "broken":
            return Reply(500)
        elif habit == "stumbles" and n_asked == 1:
            return Reply(502)
        elif habit == "busy" and n_asked == 1:
            return Reply(503, b"", (("Retry-After", "1200"),))
        elif habit == "moved":
            target = f"/private/{feed}/{page}.html" if page % 2 else f"/m/{feed}/{page}.html"
            return Reply(302, b"", (("Location", target),))
        text = "".join(
            f"<p>The council of Port Ellery gave district {feed} a budget of {page + part} million "
            "crowns on Tuesday evening, the mayor said.</p>"
            for part in range(3)
        )
        html = f"<html><head>{head}</head><body><article><h1>B</h1>{text}</article></body></html>"
        return Reply(200, html.encode(), headers)


@dataclass
class Streets:
    """All hosts behind one port.

    Attributes:
        clock: Answers take time on it.
        log: Every request, as the server saw it.
        work_s: Real seconds an answer takes; more than none lets requests overlap.
        busiest: The most requests of one host that were under way at once.
    """

    hosts: Sequence[Host]
    clock: FakeClock
    seed: int
    intervals: Sequence[str]
    work_s: float = 0.0
    log: list[Hit] = field(default_factory=list)
    busiest: int = 0
    port: int = 0
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)
    _under_way: dict[str, int] = field(default_factory=dict)

    def sources(self) -> list[Source]:
        """Return all feeds as sources, each on an interval of its own."""
        return [
            Source(
                name=f"{host.name}-{feed}",
                kind="feed",
                url=f"http://{host.name}:{self.port}/f/{feed}.xml",
                licence="CC0-1.0",
                attribution=host.name,
                interval=_rng(self.seed, host.name, "interval", feed).choice(self.intervals),
            )
            for host in self.hosts
            for feed in range(host.n_feeds)
        ]

    @property
    def allowed(self) -> frozenset[str]:
        """The pairs a fetcher must be allowed to read."""
        return frozenset(f"{host.name}:{self.port}" for host in self.hosts)

    def _reply(self, host: Host, path: str, tag: str | None, n_asked: int) -> Reply:
        now = self.clock.at
        if path.startswith("/robots"):
            return host.robots(path, now - host.opened_at, n_asked)
        kind, feed, *rest = path[1:].split("/")
        if kind == "f":
            return host.feed(int(feed.partition(".")[0]), now, tag, n_asked)
        if kind in ("p", "private", "m"):
            number = int(rest[0].partition(".")[0])
            if kind == "m":
                return Reply(200, host.page(int(feed), 0, 9).body)
            return host.page(int(feed), number, n_asked)
        return Reply(404)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        try:
            while await self._one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError):
            # The visitor left, as visitors do.
            return
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head)
        }
        path, name = head[0].split(" ")[1], headers["host"].partition(":")[0]
        host = next(host for host in self.hosts if host.name == name)
        began = self.clock.at
        self._asked[name, path] = n_asked = self._asked.get((name, path), 0) + 1
        self._under_way[name] = self._under_way.get(name, 0) + 1
        self.busiest = max(self.busiest, self._under_way[name])
        if self.work_s:
            await asyncio.sleep(self.work_s)
        reply = self._reply(host, path, headers.get("if-none-match"), n_asked)
        self._under_way[name] -= 1
        # An answer takes from 20 to 400 ms, as answers do.
        self.clock.at += timedelta(milliseconds=20 + crc32(f"{path} {n_asked}".encode()) % 380)
        answered = dict(reply.headers)
        self.log.append(
            Hit(
                name, path, reply.status, began, self.clock.at, headers.get("user-agent", ""),
                headers.get("if-none-match"), answered.get("ETag"), answered.get("Retry-After"),
                reply.body if path.startswith("/robots") else b"",
            )
        )  # fmt: skip
        if not reply.status:
            return False
        body = reply.body.replace(b":PORT", f":{self.port}".encode())
        close = headers.get("connection", "").lower() == "close"
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"{key}: {value}" for key, value in reply.headers]
        if reply.status != 304:
            lines.append(f"Content-Length: {len(body)}")
        lines.append(f"Connection: {'close' if close else 'keep-alive'}\r\n\r\n")
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        return not close


@contextmanager
def streets(
    numbers: Sequence[int],
    n_feeds: int,
    clock: FakeClock,
    intervals: Sequence[str],
    *,
    seed: int = 7,
    work_s: float = 0.0,
) -> Iterator[Streets]:
    """Serve the hosts of these numbers, each with `n_feeds` feeds, from a thread of its own."""
    hosts = [Host(number, seed, clock.at, n_feeds) for number in numbers]
    web = Streets(hosts, clock, seed, intervals, work_s)
    ready, loops, closing = threading.Event(), list[asyncio.AbstractEventLoop](), asyncio.Event()

    async def live() -> None:
        async with await asyncio.start_server(web.serve, "127.0.0.1", 0) as server:
            web.port = server.sockets[0].getsockname()[1]
            loops.append(asyncio.get_running_loop())
            ready.set()
            await closing.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), name="streets", daemon=True)
    thread.start()
    ready.wait()
    try:
        yield web
    finally:
        loops[0].call_soon_threadsafe(closing.set)
        thread.join()
