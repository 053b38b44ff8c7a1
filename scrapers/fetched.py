"""What a fetch costs at most and what it gives: the values between the network and the readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class FetchLimits:
    """What one fetch may cost, and how long one host is left alone between two."""

    #: Wall clock from the first name lookup to the last byte, redirects and retries included;
    #: waiting for a host's turn does not count.
    timeout_s: float = 20.0
    #: A feed of 500 kB exists and is large (sources.md); ten times that is no article.
    max_bytes: int = 5_000_000
    max_redirects: int = 5
    #: One second is what crawlers agree on where robots.txt states no Crawl-delay.
    pause_s: float = 1.0
    #: The pause of hosts the operator allowed by name although they are not public: his own.
    private_pause_s: float = 0.0
    #: A stated Crawl-delay above this is obeyed as this: a daily visit would end never.
    max_pause_s: float = 60.0
    #: Tries of one fetch when the network or the server stumbles.
    attempts: int = 2


@dataclass(frozen=True)
class Clock:
    """The time and the way to wait; `scripts` passes the real ones."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


@dataclass(frozen=True)
class Fetched:
    """One answer of the web, whole.

    Attributes:
        headers: Response headers, names in lower case; cookies are left out.
        body: Inflated bytes; empty when `not_modified`.
    """

    url: str
    final_url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    fetched_at: datetime
    not_modified: bool = False

    @property
    def content_type(self) -> str:
        """The Content-Type header, "" when there is none."""
        return self.headers.get("content-type", "")


@dataclass(frozen=True)
class RobotsVerdict:
    """What a host's robots.txt says about one URL."""

    allowed: bool
    why: str
    crawl_delay_s: float | None = None
    #: Whether the file could not be read, so that nothing is allowed for now.
    unread: bool = False


class Fetching(Protocol):
    """The way out, real or recorded."""

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        user_agent: str | None = None,
    ) -> Fetched:
        """Return what `url` answers, or that it is not modified.

        Raises:
            FetchError: It could not be read, or may not be.
        """
        ...

    def robots_verdict(self, url: str, *, user_agent: str | None = None) -> RobotsVerdict:
        """Return what the site's robots.txt says about `url`.

        Raises:
            FetchError: The URL is not one we follow, or the site asked us to wait.
        """
        ...
