"""What a server's log says about a visitor's manners; no code of ours takes part in judging."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import pairwise

#: RFC 9309, 2.5: what a crawler must read of a robots.txt.
ROBOTS_BYTES = 500 * 1024
DAY = timedelta(days=1)
#: Longest silence a site may ask for (issue 4, 3).
LONGEST_HOLD = timedelta(days=7)
#: A robots.txt that could not be read is not asked for again sooner.
ROBOTS_REST = timedelta(minutes=10)
#: Two tries of one fetch lie closer than this, two visits further apart.
ONE_VISIT = timedelta(seconds=150)
#: Clocks are floats: a thousandth of a second is no violation.
A_TICK = timedelta(milliseconds=1)


#: What a log is judged for.
KINDS = ("pause", "robots", "retry-after", "conditional", "back-off", "user agent")


@dataclass(frozen=True)
class Hit:
    """One request as the server saw it.

    Attributes:
        status: 0 when the connection was closed without an answer.
        began: When the request was there.
        ended: When the answer was gone.
        tag: The If-None-Match it carried.
        etag: The ETag of the answer.
        retry_after: The header of the answer, as written.
        body: Of a robots.txt only.
    """

    host: str
    path: str
    status: int
    began: datetime
    ended: datetime
    agent: str
    tag: str | None
    etag: str | None
    retry_after: str | None
    body: bytes = b""

    @property
    def for_robots(self) -> bool:
        """Whether it asked for robots.txt, or for where that was redirected to."""
        return self.path.startswith("/robots")

    def __str__(self) -> str:
        return f"{self.began:%d %H:%M:%S.%f} {self.host}{self.path} {self.status}"


@dataclass(frozen=True)
class Rules:
    """What a host's robots.txt came to: prefixes nobody may read, and seconds between requests."""

    disallowed: tuple[str, ...] = ()
    delay_s: float = 0.0


def rules_of(body: bytes) -> Rules:
    """Read the plain files of these tests: one group for all, prefixes without wildcards."""
    disallowed, delay_s = [], 0.0
    for line in body[:ROBOTS_BYTES].decode("utf-8-sig", "replace").splitlines():
        name, _, value = line.partition(":")
        if name.strip().lower() == "disallow" and value.strip():
            disallowed.append(value.strip())
        elif name.strip().lower() == "crawl-delay":
            delay_s = float(value)
    return Rules(tuple(disallowed), delay_s)


def held_until(hit: Hit) -> datetime | None:
    """Return the instant before which a 429 or 503 asks for no further request."""
    if hit.status not in (429, 503) or not hit.retry_after:
        return None
    if hit.retry_after.isdigit():
        seconds = min(int(hit.retry_after), int(LONGEST_HOLD.total_seconds()))
        return hit.began + timedelta(seconds=seconds)
    try:
        until = parsedate_to_datetime(hit.retry_after)
    except ValueError:
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return min(until, hit.began + LONGEST_HOLD)


def by_host(log: Iterable[Hit]) -> dict[str, list[Hit]]:
    """Return each host's own log, in the order of its time."""
    found: dict[str, list[Hit]] = defaultdict(list)
    for hit in log:
        found[hit.host].append(hit)
    for hits in found.values():
        hits.sort(key=lambda hit: hit.began)
    return found


@dataclass
class _Door:
    """What a host's robots.txt said last, as one walks along its log."""

    rules: Rules | None = None
    good_at: datetime | None = None
    bad_at: datetime | None = None
    n_bad: int = 0
    n_redirects: int = 0

    def take(self, hit: Hit) -> None:
        if 300 <= hit.status < 400:
            self.n_redirects += 1
            if self.n_redirects > 5:
                self._is(Rules(), hit)
            return
        self.n_redirects = 0
        if hit.status == 200:
            self._is(rules_of(hit.body), hit)
        elif 400 <= hit.status < 500 and hit.status != 429:
            self._is(Rules(), hit)
        else:
            self.n_bad = self.n_bad + 1 if self.bad_at else 1
            self.rules, self.good_at, self.bad_at = None, None, hit.ended

    def _is(self, rules: Rules, hit: Hit) -> None:
        self.rules, self.good_at, self.bad_at = rules, hit.ended, None
        self.n_redirects = 0


def at_the_door(hits: Sequence[Hit], attempts: int) -> Iterator[str]:
    """Yield every request of one host that its robots.txt, or the lack of it, forbids."""
    door = _Door()
    for hit in hits:
        if hit.for_robots:
            if hit.path == "/robots.txt" and door.good_at:
                if hit.began < door.good_at + DAY - A_TICK:
                    yield f"robots.txt asked again within a day: {hit}"
            elif hit.path == "/robots.txt" and door.bad_at:
                again = hit.began - door.bad_at < ONE_VISIT and door.n_bad % attempts
                if not again and hit.began < door.bad_at + ROBOTS_REST - A_TICK:
                    yield f"failing robots.txt asked again too soon: {hit}"
            door.take(hit)
            continue
        if door.rules is None or door.good_at is None:
            yield f"no robots.txt to go by: {hit}"
            continue
        if any(hit.path.startswith(prefix) for prefix in door.rules.disallowed):
            yield f"disallowed: {hit}"
        if hit.began > door.good_at + DAY + timedelta(seconds=60):
            yield f"robots.txt older than a day: {hit}"


def too_close(hits: Sequence[Hit], pause_s: float) -> Iterator[str]:
    """Yield every request of one host that came at once with, or too soon after, the one before."""
    door = _Door()
    for before, hit in pairwise(hits):
        if before.for_robots:
            door.take(before)
        delay_s = door.rules.delay_s if door.rules else 0.0
        pause = timedelta(seconds=delay_s or pause_s)
        if hit.began < before.ended + pause - A_TICK:
            gap = (hit.began - before.ended).total_seconds()
            yield f"{gap:.3f} s after the one before, pause {pause.total_seconds()} s: {hit}"


def before_retry_after(hits: Sequence[Hit]) -> Iterator[str]:
    """Yield every request of one host that came before the host wanted any."""
    until: datetime | None = None
    for hit in hits:
        if until and hit.began < until - timedelta(seconds=1):
            yield f"asked before {until:%d %H:%M:%S}: {hit}"
        held = held_until(hit)
        until = max(filter(None, (until, held)), default=None)


def unconditional(hits: Sequence[Hit]) -> Iterator[str]:
    """Yield every request for a page of which a tag was known that did not carry it."""
    known: dict[str, str] = {}
    for hit in hits:
        if hit.path in known and not hit.tag:
            yield f"without the tag {known[hit.path]}: {hit}"
        if hit.status == 200 and hit.etag and not hit.for_robots:
            known[hit.path] = hit.etag


def out_of_step(
    hits: Sequence[Hit],
    every: timedelta,
    until: datetime,
    *,
    early: timedelta = timedelta(seconds=2),
) -> Iterator[str]:
    """Yield visits to one failing feed that came before its back-off ended, or not for a day.

    Args:
        hits: The requests for that feed alone.
        every: Its interval.
        until: When the log ends.
        early: How much sooner than the back-off is no violation; instants are whole seconds.
    """
    visits: list[list[Hit]] = []
    for hit in hits:
        if visits and hit.began - visits[-1][-1].ended < ONE_VISIT:
            visits[-1].append(hit)
        else:
            visits.append([hit])
    n_failed = 0
    for number, visit in enumerate(visits):
        last = visit[-1]
        n_failed = 0 if last.status in (200, 304) else n_failed + 1
        if not n_failed:
            continue
        rest = min(every * 2 ** min(n_failed - 1, 12), max(DAY, every))
        following = visits[number + 1][0].began if number + 1 < len(visits) else None
        if following and following < last.ended + rest - early:
            yield f"failed {n_failed} times, asked {following - last.ended} later: {last}"
        # Back-off may double while a hold lasts: it is a day at most, behind the hold or not.
        held = max(filter(None, (last.ended, held_until(last))))
        latest = held + max(DAY, every) + 1.2 * every + timedelta(hours=1)
        if (following or until) > latest:
            yield f"failed {n_failed} times and was forgotten: {last}"


def nameless(hits: Sequence[Hit]) -> Iterator[str]:
    """Yield every request that does not say who asks and where to reach them."""
    for hit in hits:
        if not hit.agent.startswith("Unseen/") or "(+" not in hit.agent:
            yield f"no contact in {hit.agent!r}: {hit}"


def judge(
    log: Sequence[Hit],
    feeds: Mapping[tuple[str, str], timedelta],
    until: datetime,
    *,
    pause_s: float,
    attempts: int,
) -> dict[str, list[str]]:
    """Return the violations in a log by kind; every kind is there.

    Args:
        log: All requests.
        feeds: The interval of each feed, by host and path.
        until: When the log ends.
        pause_s: Seconds between two requests where robots.txt names none.
        attempts: Tries of one fetch.
    """
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for host, hits in by_host(log).items():
        found["pause"] += too_close(hits, pause_s)
        found["robots"] += at_the_door(hits, attempts)
        found["retry-after"] += before_retry_after(hits)
        found["conditional"] += unconditional(hits)
        found["user agent"] += nameless(hits)
        paths: dict[str, list[Hit]] = defaultdict(list)
        for hit in hits:
            paths[hit.path].append(hit)
        for path, asked in paths.items():
            if (host, path) in feeds:
                found["back-off"] += out_of_step(asked, feeds[host, path], until)
    return found


def counts(log: Iterable[Hit]) -> dict[str, int]:
    """Return how often each status was answered, most often first."""
    return {str(status): n for status, n in Counter(hit.status for hit in log).most_common()}
