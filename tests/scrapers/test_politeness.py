"""A day of many feeds on many hosts, and what the hosts' own log says of our manners."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush
from pathlib import Path

import pytest
import stamina
from sqlmodel import select

from scrapers.base import Collector
from scrapers.client import Fetcher, retry_after
from scrapers.fetched import FetchLimits
from scrapers.shelf import Shelf
from store.captures import BlobStore
from store.database import open_engine, session, upgrade
from store.errors import FetchError
from store.records import Source, SourceReport, SourceState
from store.tables import DocumentRow
from store.timetable import after_visit, interval_of, next_visit
from tests.scrapers.conftest import NOW, FakeClock
from tests.scrapers.manners import KINDS, Hit, by_host, counts, judge, too_close
from tests.scrapers.streets import KEEP_AWAY, Streets, streets

Visiting = Callable[[int], list[SourceReport]]

OPENED_AT = datetime(2026, 8, 24, tzinfo=UTC)
AGENT = "Unseen/0.1 (+https://example.org/unseen)"
#: Hosts of one's own are read without a pause unless the limits ask for one.
HAS_PAUSE = "private_pause_s" in {f.name for f in fields(FetchLimits)}
PAUSE_S = 1.0 if HAS_PAUSE else 0.0
LIMITS = FetchLimits(timeout_s=5.0, **({"private_pause_s": PAUSE_S} if HAS_PAUSE else {}))


@dataclass(frozen=True)
class Day:
    """What a simulated time came to."""

    web: Streets
    shelf: Shelf
    violations: dict[str, list[str]]
    n_visits: int
    seconds: float

    def __str__(self) -> str:
        found = {kind: len(cases) for kind, cases in self.violations.items()}
        return (
            f"{len(self.web.log)} requests of {self.n_visits} visits to {len(self.web.hosts)} "
            f"hosts in {self.seconds:.0f} s, answers {counts(self.web.log)}, violations {found}"
        )


def fetcher_of(web: Streets) -> Fetcher:
    return Fetcher(
        web.clock.clock, AGENT, LIMITS, web.allowed, resolve=lambda host, port: ["127.0.0.1"]
    )


def live_through(web: Streets, shelf: Shelf, hours: float) -> Day:
    """Visit every source at its instants, one visit a host at a time, until the day is over.

    Each host has its own line of time: what one host's pauses take delays no other, as with a
    daemon that visits hosts side by side.
    """
    started, clock = time.monotonic(), web.clock
    until = OPENED_AT + timedelta(hours=hours)
    fetcher = fetcher_of(web)
    collector = Collector(fetcher, shelf, OPENED_AT - timedelta(days=180), clock.now)
    sources = {source.name: source for source in web.sources()}
    states = {name: SourceState(source=name) for name in sources}
    free: dict[str, datetime] = {}
    ahead = [(OPENED_AT, name) for name in sources]
    heapify(ahead)
    n_visits = 0
    while ahead[0][0] < until:
        at, name = heappop(ahead)
        source, host = sources[name], sources[name].attribution
        if at < (begin := free.get(host, at)):
            heappush(ahead, (begin, name))
            continue
        clock.at = at
        states[name] = after_visit(source, states[name], collector.collect(source))
        n_visits += 1
        free[host] = clock.at
        following = next_visit(source, states[name], clock.at)
        assert following is not None
        heappush(ahead, (max(following, clock.at), name))
    fetcher.close()
    feeds = {
        (source.attribution, f"/f/{name.rsplit('-', 1)[1]}.xml"): interval_of(source)
        for name, source in sources.items()
    }
    found = judge(web.log, feeds, until, pause_s=PAUSE_S, attempts=LIMITS.attempts)
    return Day(web, shelf, found, n_visits, time.monotonic() - started)


@contextmanager
def a_time(
    folder: Path, numbers: Sequence[int], n_feeds: int, hours: float, intervals: Sequence[str]
) -> Iterator[Day]:
    engine = open_engine(f"sqlite:///{folder / 'unseen.db'}")
    upgrade(engine)
    stamina.instrumentation.set_on_retry_hooks(())
    try:
        with streets(numbers, n_feeds, FakeClock(OPENED_AT), intervals) as web:
            yield live_through(web, Shelf(engine, BlobStore(folder / "captures")), hours)
    finally:
        stamina.instrumentation.set_on_retry_hooks(None)
        engine.dispose()


def kept_urls(day: Day) -> set[str]:
    with session(day.shelf.engine) as work:
        return set(work.exec(select(DocumentRow.url)))


def unwelcome(day: Day) -> set[str]:
    """Return the pages that asked not to be kept."""
    return {
        f"http://{host.name}:{day.web.port}{host.path_of(feed, page)}"
        for host in day.web.hosts
        for feed in range(host.n_feeds)
        for page in range(60)
        if host.page_habit(feed, page) in (*KEEP_AWAY, "header")
    }


@pytest.fixture(scope="module")
def half_a_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """Sixty feeds of six hosts, each with another robots.txt."""
    folder = tmp_path_factory.mktemp("half-a-day")
    with a_time(folder, (0, 2, 4, 5, 6, 8), 10, 12, ("30m", "1h", "1h", "2h")) as day:
        yield day


@pytest.fixture(scope="module")
def three_days(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Day]:
    """A few feeds, for as long as a robots.txt or a failing feed grows old."""
    folder = tmp_path_factory.mktemp("three-days")
    with a_time(folder, (2, 3), 3, 75, ("2h", "4h")) as day:
        yield day


@pytest.mark.parametrize("kind", KINDS)
def test_half_a_day_of_sixty_feeds_on_six_hosts_breaks_no_rule_about(half_a_day, kind):
    assert half_a_day.violations[kind][:5] == []
    assert len(half_a_day.web.log) > 900, str(half_a_day)


@pytest.mark.parametrize("kind", KINDS)
def test_three_days_break_no_rule_about(three_days, kind):
    assert three_days.violations[kind][:5] == []
    asked = [hit.host for hit in three_days.web.log if hit.path == "/robots.txt"]
    assert min(asked.count(host.name) for host in three_days.web.hosts) >= 3


def test_pages_that_ask_not_to_be_kept_are_not(half_a_day):
    kept = kept_urls(half_a_day)
    assert len(kept) > 50
    assert not kept & unwelcome(half_a_day)
    assert len(unwelcome(half_a_day) & {
        f"http://{hit.host}:{half_a_day.web.port}{hit.path}" for hit in half_a_day.web.log
    }) > 10  # fmt: skip


@pytest.mark.long
def test_a_day_of_a_thousand_feeds_on_fifty_hosts_breaks_no_rule(tmp_path, capsys):
    with a_time(tmp_path, range(50), 20, 24.5, ("5m", "10m", "10m", "15m")) as day:
        with capsys.disabled():
            sys.stdout.write(f"\n{day}\n")
        found = [f"{kind}: {case}" for kind, cases in day.violations.items() for case in cases[:9]]
        assert not found, "\n".join(found)
        assert len(day.web.log) >= 50_000
        assert not kept_urls(day) & unwelcome(day)


@dataclass
class RealClock(FakeClock):
    """The real time under the face of the fake one."""

    def __post_init__(self) -> None:
        self.sleep = time.sleep

    def __setattr__(self, name: str, value: object) -> None:
        # Answers take the time they take.
        if name != "at":
            super().__setattr__(name, value)

    def __getattribute__(self, name: str) -> object:
        return datetime.now(UTC) if name == "at" else super().__getattribute__(name)


def test_many_threads_meet_a_host_one_at_a_time_and_with_its_pause():
    clock, pause_s = RealClock(), 0.02
    limits = FetchLimits(timeout_s=5.0, private_pause_s=pause_s)
    with streets((0, 11), 12, clock, ("1h",), work_s=0.004) as web:
        fetcher = replace(fetcher_of(web), limits=limits)

        def read(url: str) -> None:
            with suppress(FetchError):
                fetcher.fetch(url)

        with ThreadPoolExecutor(16) as pool:
            list(pool.map(read, [source.url for source in web.sources()]))
        fetcher.close()
    assert web.busiest == 1
    assert len(web.log) > 20
    for hits in by_host(web.log).values():
        assert list(too_close(hits, pause_s)) == []


def hit(at_s: float, path: str = "/a", status: int = 200, **more: object) -> Hit:
    began = OPENED_AT + timedelta(seconds=at_s)
    made = {"host": "h", "path": path, "status": status, "began": began, "agent": AGENT,
            "ended": began + timedelta(seconds=0.1), "tag": None, "etag": None,
            "retry_after": None, "body": b""}  # fmt: skip
    return Hit(**{**made, **more})


ROBOTS = hit(0, "/robots.txt", body=b"User-agent: *\nDisallow: /no/\nCrawl-delay: 5\n")
HOUR = 3600.0


@pytest.mark.parametrize(
    ("log", "kind"),
    [
        ([ROBOTS, hit(5.2), hit(10)], "pause"),
        ([hit(0, "/robots.txt", 404), hit(0.05)], "pause"),
        ([ROBOTS, hit(9, "/no/x")], "robots"),
        ([hit(9)], "robots"),
        ([hit(0, "/robots.txt", 500), hit(9)], "robots"),
        ([hit(0, "/robots.txt", 0), hit(9)], "robots"),
        ([ROBOTS, hit(20 * HOUR, "/robots.txt")], "robots"),
        ([ROBOTS, hit(25 * HOUR)], "robots"),
        ([hit(0, "/robots.txt", 500), hit(200, "/robots.txt", 500)], "robots"),
        ([ROBOTS, hit(9, "/a", 429, retry_after="60"), hit(60, "/b")], "retry-after"),
        (
            [ROBOTS, hit(9, "/a", 503, retry_after="Mon, 24 Aug 2026 10:00:00 GMT"), hit(HOUR)],
            "retry-after",
        ),
        ([ROBOTS, hit(9, etag='"1"'), hit(HOUR)], "conditional"),
        ([ROBOTS, hit(9, "/f", 500), hit(HOUR, "/f", 500), hit(2 * HOUR, "/f")], "back-off"),
        ([ROBOTS, hit(9, "/f", 500), hit(30 * HOUR, "/g")], "back-off"),
        ([ROBOTS, hit(9, agent="Unseen/0.1")], "user agent"),
    ],
)
def test_the_judge_sees_a_violation_of(log, kind):
    until = max(entry.ended for entry in log)
    feeds = {("h", "/f"): timedelta(minutes=55)}
    found = judge(log, feeds, until, pause_s=1.0, attempts=2)
    assert found[kind]


def test_the_judge_finds_nothing_in_good_manners():
    log = [
        ROBOTS,
        hit(9, "/f", 500),
        hit(15, "/f", 500),
        hit(HOUR, "/f", etag='"1"'),
        hit(2 * HOUR, "/f", 304, tag='"1"'),
        hit(2 * HOUR + 9, "/x", 429, retry_after="600"),
        hit(2 * HOUR + 700, "/x"),
    ]
    found = judge(log, {("h", "/f"): timedelta(hours=0.9)}, log[-1].ended, pause_s=1.0, attempts=2)
    assert not any(found.values()), found


def written(rng: random.Random) -> tuple[str, datetime | None]:
    """Return a Retry-After header as somebody may write it, and when it allows a request."""
    ahead = timedelta(seconds=rng.choice([0, 1, 59, 3600, 86_400, 604_799, 604_801, 10**7, 10**9]))
    ahead = min(ahead + timedelta(seconds=rng.randrange(900)), timedelta(days=30_000))
    at = NOW + rng.choice([ahead, -ahead, ahead])
    # Two digits of a year are read as 1969 to 2068.
    if not 1970 <= at.year <= 2068:
        at = NOW + timedelta(days=400)
    promised = min(max(at, NOW), NOW + timedelta(days=7))
    seconds = int(ahead.total_seconds())
    # RFC 9110, 5.6.7: the one form in use and the two that were.
    forms = {
        f"{at:%a, %d %b %Y %H:%M:%S} GMT": promised,
        f"{at:%A, %d-%b-%y %H:%M:%S} GMT": promised,
        f"{at:%a %b} {at.day:2d} {at:%H:%M:%S %Y}": promised,
        f"  {seconds} ": NOW + min(ahead, timedelta(days=7)),
        str(seconds): NOW + min(ahead, timedelta(days=7)),
        f"{seconds:030d}"[-12:]: NOW + min(ahead, timedelta(days=7)),
        str(10**rng.randrange(12, 60)): NOW + timedelta(days=7),
        str(-1 - seconds): None,
        f"+{seconds}": None,
        f"{seconds}.5": None,
        f"{seconds}s": None,
        rng.choice(["", "soon", "tomorrow", "Mon", "never", "1e3", "0x10", "٣٠", "²", "\x00", ",",
                    "Mon, 99 Foo 2026 99:99:99 GMT", "GMT", "60, 120", "PT1H", "12:00"]): None,
    }  # fmt: skip
    return rng.choice(list(forms.items()))


@pytest.mark.parametrize("seed", range(8))
def test_a_retry_after_is_read_as_promised_or_not_at_all(seed):
    rng = random.Random(f"retry-after {seed}")
    for _ in range(25):
        value, expected = written(rng)
        assert retry_after(value, NOW) == expected, value


@pytest.fixture
def visit(site, fetcher, fake_clock, tmp_path: Path) -> Iterator[Visiting]:
    """Visits a feed of two pages hourly; the second page is told by the test."""
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    shelf = Shelf(engine, BlobStore(tmp_path / "captures"))
    collector = Collector(fetcher, shelf, NOW - timedelta(days=180), fake_clock.now)
    items = [
        {"id": path, "url": site.base + path, "date_published": "2026-08-17T09:30:00Z"}
        for path in ("/1", "/2")
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    story = "<p>The council of Port Ellery gave district {} a budget of 4{} million crowns.</p>"
    text = "".join(story.format(part, part) for part in range(4))
    url = site.page("/feed.json", json.dumps(feed).encode(), ETag='"1"')
    site.page("/1", f"<html><body><article>{text}</article></body></html>".encode())
    source = Source(name="news", kind="feed", url=url, licence="MIT", attribution="News")

    def visits(hours: int) -> list[SourceReport]:
        reports = []
        for _ in range(hours):
            reports.append(collector.collect(source))
            fake_clock.at += timedelta(hours=1)
        return reports

    yield visits
    engine.dispose()


def test_a_disallowed_page_does_not_make_its_feed_be_read_whole_for_ever(site, visit):
    site.page("/robots.txt", b"User-agent: *\nDisallow: /2\n")
    first, *_ = visit(4)
    assert first.n_documents == 1
    asked = zip(site.asked, site.headers, strict=True)
    tags = [headers.get("if-none-match") for path, headers in asked if path == "/feed.json"]
    assert tags == [None, '"1"', '"1"', '"1"']


def test_a_page_that_always_fails_is_asked_less_and_less(site, visit):
    site.page("/2", status=500)
    visit(24)
    # After 0, 1, 3, 7 and 15 hours, two tries each, were it a source.
    assert site.asked.count("/2") <= 12


def test_a_robots_txt_that_grew_old_is_asked_for_after_the_crawl_delay(site, fetcher, fake_clock):
    site.page("/robots.txt", b"User-agent: *\nCrawl-delay: 10\n")
    at: dict[int, datetime] = {}
    url = site.page("/a")
    page = site.pages["/robots.txt"]

    def robots(handler: object) -> None:
        at[len(site.asked)] = fake_clock.at
        page(handler)

    site.pages["/robots.txt"] = robots
    fetcher.fetch(url)
    fake_clock.at += timedelta(hours=23, minutes=59, seconds=45)
    fetcher.fetch(url)
    last = fake_clock.at
    fake_clock.at += timedelta(seconds=6)
    fetcher.fetch(url)
    assert site.asked == ["/robots.txt", "/a", "/a", "/robots.txt", "/a"]
    assert at[4] - last >= timedelta(seconds=10)
