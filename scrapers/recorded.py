"""A `Fetching` without a network, over answers written down beforehand: for tests and replays."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scrapers.fetched import Fetched, RobotsVerdict
from store.errors import FetchError


@dataclass(frozen=True)
class Recording:
    """One answer: a body, or the error that comes instead."""

    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    error: FetchError | None = None

    @property
    def etag(self) -> str:
        """The tag a server would give this body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:16]}"'


@dataclass
class RecordedFetcher:
    """Answers from a dictionary of URLs; others are 404. It honours ETags like a server.

    Attributes:
        asked: Every URL that was asked for, in order.
    """

    answers: Mapping[str, Recording]
    now: Callable[[], datetime]
    asked: list[str] = field(default_factory=list)

    def fetch(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        user_agent: str | None = None,
    ) -> Fetched:
        """Return the answer recorded for `url`.

        Raises:
            FetchError: There is none, or the recorded answer is an error.
        """
        self.asked.append(url)
        answer = self.answers.get(url)
        if answer is None:
            raise FetchError(url, "the server answered 404")
        if answer.error is not None:
            raise answer.error
        headers = {"etag": answer.etag, "content-type": answer.content_type, **answer.headers}
        if etag == answer.etag:
            return Fetched(url, url, 304, headers, b"", self.now(), not_modified=True)
        return Fetched(url, url, 200, headers, answer.body, self.now())

    def robots_verdict(self, url: str, *, user_agent: str | None = None) -> RobotsVerdict:
        """Return that everything recorded may be read."""
        return RobotsVerdict(True, "recorded")
