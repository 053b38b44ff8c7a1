"""The one way out: guarded, polite, bounded in time and bytes.

Every hop of every fetch is checked again: the URL's spelling, robots.txt, the host's pause and
the address that is connected to.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Mapping, Sequence, Set
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
from scrapers.robots import (
    MAX_AGE,
    MAX_ROBOTS_BYTES,
    Robots,
    RobotsFile,
    RobotsShelf,
    answered,
    rules_of,
    unreachable,
)
from scrapers.sockets import Connections, DeadlinePassed, Resolve, system_resolve
from scrapers.turns import Turns
from store.errors import FetchError, ForbiddenAddress, RetryLater, RobotsRefused

#: Retry-After further ahead is read as this (reliability.md, F9).
MAX_RETRY_AFTER = timedelta(days=7)
#: A 429 that names no time (our choice: the default interval of a source).
DEFAULT_RETRY_AFTER = timedelta(hours=1)

#: A refused or redirecting answer this short is read to its end, so that its connection is kept.
_SHORT_BODY = 16_384
_ALWAYS_SENT = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
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
        allowed: `host:port` pairs that may be read although not public.
        shelf: Where robots.txt files are kept for other processes; None keeps them here alone.
        turns: The hosts' turns, where other processes take part in them.
    """

    clock: Clock
    user_agent: str
    limits: FetchLimits = field(default_factory=FetchLimits)
    allowed: Set[str] = frozenset()
    resolve: Resolve = system_resolve
    shelf: RobotsShelf | None = None
    turns: Turns | None = None
    _robots: dict[tuple[str, str], Robots] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turns: Turns = field(init=False)
    _connections: Connections = field(init=False)

    def __post_init__(self) -> None:
        self._turns = self.turns or Turns(self.clock)
        tls = httpx2.create_ssl_context(trust_env=False)
        self._connections = Connections(self.resolve, self.allowed, tls)
        # A fetcher that is dropped hangs up, as an open file does.
        weakref.finalize(self, self._connections.close)

    def close(self) -> None:
        """Close the idle connections."""
        self._connections.close()

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
                raise RobotsRefused(parsed.url, verdict.why, unread=verdict.unread)
            pause_s = self._pause_s(parsed, verdict.crawl_delay_s)
            answer, left_s = self._ask(parsed, {"User-Agent": agent, **headers}, left_s, pause_s)
            location = answer.headers.get("location")
            if answer.status not in _REDIRECTS or not location:
                return parsed, answer
            parsed = self._next_hop(parsed, location)
        raise FetchError(url, f"more than {self.limits.max_redirects} redirects")

    def _next_hop(self, parsed: ParsedUrl, location: str) -> ParsedUrl:
        try:
            joined = urljoin(parsed.url, location.strip(" \t"))
        except ValueError as error:
            raise ForbiddenAddress(location, f"no valid URL: {error}") from error
        target = check_url(joined, self.allowed)
        if parsed.scheme == "https" and target.scheme == "http":
            raise ForbiddenAddress(target.url, f"{parsed.url} leads from https to http")
        return target

    def _pause_s(self, parsed: ParsedUrl, crawl_delay_s: float | None) -> float:
        if crawl_delay_s is not None:
            return min(crawl_delay_s, self.limits.max_pause_s)
        private = parsed.authority in self.allowed
        return self.limits.private_pause_s if private else self.limits.pause_s

    def _robots_of(self, parsed: ParsedUrl, agent: str) -> Robots:
        """Return the host's rules from memory, or read them.

        Two threads may read the same file at once; both get the same rules.
        """
        key, now = (parsed.origin, agent), self.clock.now()
        with self._lock:
            known = self._robots.get(key)
        if known and now < known.expires_at:
            return known
        kept = self.shelf.robots(*key) if self.shelf else None
        # A copy from a clock that was ahead is not believed for longer than a copy may live.
        if kept is None or not now < kept.expires_at <= now + MAX_AGE:
            # A copy that grew old still says how long to wait before asking for the next.
            old = known or (kept and rules_of(kept))
            kept = self._read_robots(parsed, agent, old.crawl_delay_s(agent) if old else None)
            if self.shelf:
                self.shelf.keep_robots(*key, kept)
        rules = rules_of(kept)
        with self._lock:
            self._robots[key] = rules
        return rules

    def _read_robots(
        self, parsed: ParsedUrl, agent: str, crawl_delay_s: float | None
    ) -> RobotsFile:
        hop = ParsedUrl(parsed.scheme, parsed.host, parsed.port, "/robots.txt")
        left_s = self.limits.timeout_s
        try:
            for _ in range(self.limits.max_redirects + 1):
                pause_s = self._pause_s(hop, crawl_delay_s)
                answer, left_s = self._ask(hop, {"User-Agent": agent}, left_s, pause_s, robots=True)
                location = answer.headers.get("location")
                if answer.status not in _REDIRECTS or not location:
                    return answered(answer.status, answer.body, self.clock.now())
                hop = self._next_hop(hop, location)
        except RetryLater:
            raise
        except FetchError as error:
            return unreachable(error.why, self.clock.now())
        # RFC 9309, 2.3.1.2: after five redirects there is no robots.txt.
        return answered(404, b"", self.clock.now())

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
                    self._check_hold(parsed)
                    began = time.monotonic()
                    try:
                        answer = self._translated(parsed, headers, left_s, robots=robots)
                    finally:
                        left_s -= time.monotonic() - began
                    self._check_welcome(parsed, answer)
        except _Stumbled as error:
            raise FetchError(parsed.url, error.why) from error
        return answer, left_s

    def _translated(
        self, parsed: ParsedUrl, headers: Mapping[str, str], left_s: float, *, robots: bool
    ) -> _Answer:
        """Send one request; what goes wrong on the wire becomes one of our errors."""
        try:
            return self._exchange(parsed, headers, left_s, robots=robots)
        except BodyRefused as error:
            raise FetchError(parsed.url, str(error)) from error
        except DeadlinePassed as error:
            why = f"not finished within {self.limits.timeout_s:g} seconds"
            raise FetchError(parsed.url, why) from error
        except httpx2.InvalidURL as error:
            raise ForbiddenAddress(parsed.url, f"no valid URL: {error}") from error
        except (
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpcore2.UnsupportedProtocol,
        ) as error:
            raise _Stumbled(_sentence(error)) from error

    def _check_hold(self, parsed: ParsedUrl) -> None:
        until = self._turns.held_until(parsed.host)
        if until:
            why = f"its host asked to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC"
            raise RetryLater(parsed.url, why, until)

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
            self._turns.hold(parsed.host, until)
            why = f"the server answered {answer.status}: not before {until:%Y-%m-%d %H:%M:%S} UTC"
            raise RetryLater(parsed.url, why, until)
        if answer.status in _PASSING:
            raise _Stumbled(f"the server answered {answer.status}")

    def _exchange(
        self, parsed: ParsedUrl, headers: Mapping[str, str], left_s: float, *, robots: bool
    ) -> _Answer:
        """Send one request and read its answer whole, within `left_s` seconds."""
        target = httpx2.URL(parsed.url)
        # Two readings of one URL is how guards are fooled; the sender must agree with the guard.
        if target.raw_host.decode().strip("[]") != parsed.host:
            raise ForbiddenAddress(parsed.url, "its host can be read in two ways")
        request = httpcore2.Request(
            "GET",
            httpcore2.URL(
                scheme=target.raw_scheme,
                host=target.raw_host,
                port=target.port,
                target=target.raw_path,
            ),
            headers=_sent({"Host": target.netloc.decode(), **_ALWAYS_SENT, **headers}),
        )
        site = (parsed.scheme, parsed.host, parsed.port)
        connection = self._connections.take(*site)
        connection.deadline.set(left_s)
        try:
            response = connection.pool.handle_request(request)
            try:
                kept = _kept(response.headers)
                answer = _Answer(response.status, kept, self._read(response, kept, robots=robots))
            finally:
                response.close()
        except BaseException:
            connection.pool.close()
            raise
        self._connections.give(*site, connection)
        return answer

    def _read(
        self, response: httpcore2.Response, headers: Mapping[str, str], *, robots: bool
    ) -> bytes:
        announced = headers.get("content-length", "")
        n_announced = int(announced[:18]) if announced.isdigit() else None
        if not 200 <= response.status < 300:
            # Such a body is of no use; a short one is read for the connection's sake.
            if response.status in (204, 304) or (n_announced or 0) <= _SHORT_BODY:
                _drain(response)
            return b""
        inflater = Inflater(headers.get("content-encoding", ""), self.limits.max_bytes)
        if not robots and n_announced and n_announced > self.limits.max_bytes:
            raise BodyRefused(f"the body is larger than {self.limits.max_bytes} bytes")
        for chunk in response.iter_stream():
            inflater.feed(chunk)
            if robots and inflater.size > MAX_ROBOTS_BYTES:
                return inflater.so_far()
        return inflater.body()


def _drain(response: httpcore2.Response) -> None:
    n_bytes = 0
    for chunk in response.iter_stream():
        n_bytes += len(chunk)
        if n_bytes > _SHORT_BODY:
            return


def _sent(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [
        (name.encode("ascii"), value.encode("latin-1", "replace"))
        for name, value in headers.items()
    ]


def _kept(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers worth keeping as evidence; a cookie is somebody's secret.

    Of a header that comes more than once the values are joined, as HTTP says they may be.
    """
    kept: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name != "set-cookie":
            kept[name] = f"{kept[name]}, {value}" if name in kept else value
    return kept


def _sentence(error: Exception) -> str:
    return str(error).strip().rstrip(".") or type(error).__name__
