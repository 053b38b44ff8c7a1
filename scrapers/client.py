"""The one way out: guarded, polite, bounded in time and bytes.

Every hop of every fetch is checked again: the URL's spelling, robots.txt, the host's pause and
the address that is connected to.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import httpcore2
import httpx2
import stamina

from scrapers.addresses import ParsedUrl, check_url
from scrapers.fetched import Clock, Fetched, FetchLimits, RobotsVerdict
from scrapers.inflate import BodyRefused, Inflater
from scrapers.robots import MAX_ROBOTS_BYTES, Robots, robots_from, unreachable
from scrapers.sockets import (
    Deadline,
    DeadlinePassed,
    GuardedBackend,
    GuardedTransport,
    Resolve,
    system_resolve,
)
from scrapers.turns import Turns
from store.errors import FetchError, ForbiddenAddress, RetryLater, RobotsRefused

#: Retry-After further ahead is read as this (reliability.md, F9).
MAX_RETRY_AFTER = timedelta(days=7)
#: A 429 that names no time (our choice: the default interval of a source).
DEFAULT_RETRY_AFTER = timedelta(hours=1)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: Worth one more try: the server or something before it stumbled.
_PASSING = frozenset({500, 502, 503, 504})


class _Stumbled(Exception):
    """A failure that may pass when the request is made again."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def default_user_agent(contact: str | None, version: str = "0.1") -> str:
    """Return the name we go by, with the page or address where the operator is reached."""
    return f"Unseen/{version} (+{contact})" if contact else f"Unseen/{version}"


def retry_after(value: str | None, now: datetime) -> datetime | None:
    """Return when a Retry-After header allows the next request, at most 7 days ahead.

    None when there is no header or it says neither seconds nor a date.
    """
    value = (value or "").strip()
    if value.isascii() and value.isdigit():
        seconds = min(int(value[:12]), int(MAX_RETRY_AFTER.total_seconds()))
        return now + timedelta(seconds=seconds)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=now.tzinfo)
    return min(max(until, now), now + MAX_RETRY_AFTER)


@dataclass(frozen=True)
class _Answer:
    """The answer of one hop."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Fetcher:
    """Reads URLs for everybody in this process; safe to share between threads.

    Attributes:
        user_agent: The default User-Agent header.
        allowed: `host:port` pairs that may be read although not public; they need no pause.
    """

    clock: Clock
    user_agent: str
    limits: FetchLimits = field(default_factory=FetchLimits)
    allowed: Set[str] = frozenset()
    resolve: Resolve = system_resolve
    _robots: dict[tuple[str, str], Robots] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: Turns = field(init=False)
    _tls: ssl.SSLContext = field(init=False)

    def __post_init__(self) -> None:
        self._turns = Turns(self.clock)
        self._tls = httpx2.create_ssl_context(trust_env=False)

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        user_agent: str | None = None,
    ) -> Fetched:
        """Return what `url` answers: its whole body, or that it is not modified.

        Raises:
            ForbiddenAddress: It, or what it redirects to, is not public.
            RobotsRefused: robots.txt does not allow it, or could not be read.
            RetryLater: The site asked us to wait.
            FetchError: Anything else went wrong; the sentence says what.
        """
        agent = user_agent or self.user_agent
        conditions = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in conditions.items() if value}
        final, answer = self._follow(url, agent, headers)
        now = self.clock.now()
        if answer.status == 304 and headers:
            return Fetched(url, final.url, 304, answer.headers, b"", now, not_modified=True)
        if not 200 <= answer.status < 300:
            raise FetchError(url, f"the server answered {answer.status}", answer.status)
        return Fetched(url, final.url, answer.status, answer.headers, answer.body, now)

    def robots_verdict(self, url: str, *, user_agent: str | None = None) -> RobotsVerdict:
        """Return what the site's robots.txt says about `url`, reading it when it must be.

        Raises:
            ForbiddenAddress: The URL is not one we follow.
            RetryLater: The site asked us to wait.
        """
        agent = user_agent or self.user_agent
        parsed = check_url(url, self.allowed)
        return self._robots_of(parsed, agent).verdict(parsed.url, agent)

    def _follow(
        self, url: str, agent: str, headers: Mapping[str, str]
    ) -> tuple[ParsedUrl, _Answer]:
        """Fetch and follow redirects, asking robots.txt at each hop; time is shared by all."""
        parsed, left_s = check_url(url, self.allowed), self.limits.timeout_s
        for _ in range(self.limits.max_redirects + 1):
            verdict = self._robots_of(parsed, agent).verdict(parsed.url, agent)
            if not verdict.allowed:
                raise RobotsRefused(parsed.url, verdict.why)
            pause_s = self._pause_s(parsed, verdict.crawl_delay_s)
            answer, left_s = self._ask(parsed, {"User-Agent": agent, **headers}, left_s, pause_s)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location:
                return parsed, answer
            parsed = self._next_hop(parsed, location)
        raise FetchError(url, f"more than {self.limits.max_redirects} redirects")

    def _next_hop(self, parsed: ParsedUrl, location: str) -> ParsedUrl:
        target = check_url(urljoin(parsed.url, location.strip(" \t")), self.allowed)
        if parsed.scheme == "https" and target.scheme == "http":
            raise ForbiddenAddress(target.url, f"{parsed.url} leads from https to http")
        return target

    def _pause_s(self, parsed: ParsedUrl, crawl_delay_s: float | None) -> float:
        if crawl_delay_s is not None:
            return min(crawl_delay_s, self.limits.max_pause_s)
        return 0.0 if parsed.authority in self.allowed else self.limits.pause_s

    def _robots_of(self, parsed: ParsedUrl, agent: str) -> Robots:
        """Return the host's rules from memory, or read them.

        Two threads may read the same file at once; both get the same rules.
        """
        key = (parsed.origin, agent)
        with self._lock:
            known = self._robots.get(key)
        if known and self.clock.now() < known.expires_at:
            return known
        found = self._read_robots(parsed, agent)
        with self._lock:
            self._robots[key] = found
        return found

    def _read_robots(self, parsed: ParsedUrl, agent: str) -> Robots:
        hop = ParsedUrl(parsed.scheme, parsed.host, parsed.port, "/robots.txt")
        left_s = self.limits.timeout_s
        try:
            for _ in range(self.limits.max_redirects + 1):
                answer, left_s = self._ask(
                    hop, {"User-Agent": agent}, left_s, self._pause_s(hop, None), robots=True
                )
                location = answer.headers.get("location")
                if answer.status not in _REDIRECTS or not location:
                    return robots_from(answer.status, answer.body, self.clock.now())
                hop = self._next_hop(hop, location)
        except RetryLater:
            raise
        except FetchError as error:
            return unreachable(error.why, self.clock.now())
        # RFC 9309, 2.3.1.2: after five redirects there is no robots.txt.
        return robots_from(404, b"", self.clock.now())

    def _ask(
        self,
        parsed: ParsedUrl,
        headers: Mapping[str, str],
        left_s: float,
        pause_s: float,
        *,
        robots: bool = False,
    ) -> tuple[_Answer, float]:
        """Make one request in the host's turn, again when the server stumbles.

        Returns:
            The answer, and the seconds that are left of `left_s`.
        """
        try:
            # Waiting between tries is the host's pause, so stamina itself never sleeps.
            for attempt in stamina.retry_context(
                on=_Stumbled,
                attempts=self.limits.attempts,
                timeout=None,
                wait_initial=0,
                wait_max=0,
                wait_jitter=0,
            ):
                with attempt, self._turns.turn(parsed.host, pause_s):
                    deadline = Deadline.after(left_s)
                    try:
                        answer = self._exchange(parsed, headers, deadline, robots=robots)
                    finally:
                        left_s = deadline.remaining()
                    self._check_welcome(parsed, answer)
        except _Stumbled as error:
            raise FetchError(parsed.url, error.why) from error
        return answer, left_s

    def _check_welcome(self, parsed: ParsedUrl, answer: _Answer) -> None:
        """Turn "later" and "I stumbled" into what they mean.

        Raises:
            RetryLater: 429, or 503 with a time.
            _Stumbled: A 5xx that may pass.
        """
        now = self.clock.now()
        until = retry_after(answer.headers.get("retry-after"), now)
        if answer.status == 429 or (answer.status == 503 and until):
            until = until or now + DEFAULT_RETRY_AFTER
            why = f"the server answered {answer.status}: not before {until:%Y-%m-%d %H:%M:%S} UTC"
            raise RetryLater(parsed.url, why, until)
        if answer.status in _PASSING:
            raise _Stumbled(f"the server answered {answer.status}")

    def _exchange(
        self, parsed: ParsedUrl, headers: Mapping[str, str], deadline: Deadline, *, robots: bool
    ) -> _Answer:
        """Send one request and read its answer whole, by the deadline."""
        transport = GuardedTransport(
            GuardedBackend(self.resolve, self.allowed, deadline), self._tls
        )
        sent = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "Connection": "close"}
        target = httpx2.URL(parsed.url)
        # Two readings of one URL is how guards are fooled; the sender must agree with the guard.
        if target.raw_host.decode().strip("[]") != parsed.host:
            raise ForbiddenAddress(parsed.url, "its host can be read in two ways")
        try:
            with (
                httpx2.Client(
                    transport=transport, trust_env=False, follow_redirects=False, timeout=None
                ) as client,
                client.stream("GET", target, headers={**sent, **headers}) as response,
            ):
                kept = _kept(response.headers)
                return _Answer(response.status_code, kept, self._read(response, robots=robots))
        except BodyRefused as error:
            raise FetchError(parsed.url, str(error)) from error
        except DeadlinePassed as error:
            why = f"not finished within {self.limits.timeout_s:g} seconds"
            raise FetchError(parsed.url, why) from error
        except httpx2.InvalidURL as error:
            raise ForbiddenAddress(parsed.url, f"no valid URL: {error}") from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpx2.HTTPError) as error:
            raise _Stumbled(_sentence(error)) from error

    def _read(self, response: httpx2.Response, *, robots: bool) -> bytes:
        # A redirect's or an error's body is of no use, and costs what a page costs.
        if not 200 <= response.status_code < 300:
            return b""
        inflater = Inflater(response.headers.get("content-encoding", ""), self.limits.max_bytes)
        announced = response.headers.get("content-length", "")
        if not robots and announced.isdigit() and int(announced[:18]) > self.limits.max_bytes:
            raise BodyRefused(f"the body is larger than {self.limits.max_bytes} bytes")
        for chunk in response.iter_raw():
            inflater.feed(chunk)
            if robots and inflater.size > MAX_ROBOTS_BYTES:
                return inflater.so_far()
        return inflater.body()


def _kept(headers: httpx2.Headers) -> dict[str, str]:
    """Return the headers worth keeping as evidence; a cookie is somebody's secret."""
    return {name.lower(): value for name, value in headers.items() if name.lower() != "set-cookie"}


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
