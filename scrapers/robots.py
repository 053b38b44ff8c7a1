"""What a site's robots.txt allows: RFC 9309, read by Protego."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from protego import Protego

from scrapers.fetched import RobotsVerdict

#: RFC 9309, 2.5: at least 500 KiB must be read; the rest is not.
MAX_ROBOTS_BYTES = 512 * 1024
#: RFC 9309, 2.4: a copy should not be used for longer.
MAX_AGE = timedelta(hours=24)
#: A host that was down is asked again after this (our choice: well within one interval).
FAILURE_AGE = timedelta(minutes=10)


#: A group's name ends where its letters do (RFC 9309, 2.2.1): "Unseen Bot" speaks to Unseen.
_GROUP_NAME = re.compile(
    r"^([ \t]*user-?agent[ \t]*:[ \t]*[a-z_-]+)[ \t/].*$", re.IGNORECASE | re.MULTILINE
)


#: Lines that are no rule do not end a group (RFC 9309, 2.2.4); to Protego they do. Rules are those
#: it knows, misspelt as it reads them, and an unknown word before a path was meant as one.
_OTHER_LINE = re.compile(
    r"^(?![ \t]*(?:user[- ]?agent|allow|di[as]+l+[ao]w|crawl[- ]delay|request[- ]rate"
    r"|visit[- ]time)[ \t]*[:\s])"
    r"(?![^:\n]*:[ \t]*/).*$",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True)
class RobotsFile:
    """A host's answer to /robots.txt, as it is kept.

    Attributes:
        status: What the server answered; None when it could not be reached.
        body: The file; empty where the status says that there is none.
        why: Why it could not be read.
        expires_at: When it must be read again.
    """

    status: int | None
    body: bytes
    why: str | None
    expires_at: datetime


class RobotsShelf(Protocol):
    """Where the answers are kept for other processes."""

    def robots(self, origin: str, user_agent: str) -> RobotsFile | None:
        """Return the answer kept for an origin, maybe one that is too old."""
        ...

    def keep_robots(self, origin: str, user_agent: str, answer: RobotsFile) -> None:
        """Keep an answer in place of the last."""
        ...


@dataclass(frozen=True)
class Robots:
    """One host's robots.txt, as read at one time.

    Attributes:
        rules: The parsed file; None when there is no file to obey.
        unreachable: Why the file could not be read; then nothing is allowed (RFC 9309, 2.3.1.4).
        expires_at: When it must be read again.
    """

    rules: Protego | None
    unreachable: str | None
    expires_at: datetime

    def crawl_delay_s(self, user_agent: str) -> float | None:
        """Return the pause the file asks for, in seconds."""
        if self.rules is None:
            return None
        delay: float | None = self.rules.crawl_delay(product_token(user_agent))
        return delay

    def verdict(self, url: str, user_agent: str) -> RobotsVerdict:
        """Return what the file says about `url` for this User-Agent header."""
        if self.unreachable:
            why = f"robots.txt cannot be read: {self.unreachable}"
            return RobotsVerdict(False, why, unread=True)
        if self.rules is None:
            return RobotsVerdict(True, "the site has no robots.txt")
        token = product_token(user_agent)
        allowed = self.rules.can_fetch(url, token)
        why = f"robots.txt {'allows' if allowed else 'does not allow'} {token}"
        return RobotsVerdict(allowed, why, self.crawl_delay_s(user_agent))


def product_token(user_agent: str) -> str:
    """Return the name robots.txt knows us by: "Unseen/0.1 (+…)" -> "Unseen"."""
    return user_agent.split("/", 1)[0].split(" ", 1)[0].strip() or "*"


def parse(body: bytes) -> Protego:
    """Parse the bytes of a robots.txt; anything that is no rule is ignored."""
    if len(body) > MAX_ROBOTS_BYTES:
        body = body[:MAX_ROBOTS_BYTES].rpartition(b"\n")[0]
    text = body.decode("utf-8-sig", errors="replace")
    return Protego.parse(_OTHER_LINE.sub("", _GROUP_NAME.sub(r"\1", text)))


def answered(status: int, body: bytes, now: datetime) -> RobotsFile:
    """Return what an answer to /robots.txt comes to, and for how long.

    2xx: the file; 4xx: no file, all is allowed; anything else: nothing is (RFC 9309, 2.3.1).
    """
    if 200 <= status < 300:
        return RobotsFile(status, body, None, now + MAX_AGE)
    if 400 <= status < 500:
        return RobotsFile(status, b"", None, now + MAX_AGE)
    return unreachable(f"the server answered {status}", now)


def unreachable(why: str, now: datetime) -> RobotsFile:
    """Return the answer of a host whose robots.txt cannot be read: nothing is allowed."""
    return RobotsFile(None, b"", why, now + FAILURE_AGE)


def rules_of(answer: RobotsFile) -> Robots:
    """Return the rules that an answer makes."""
    if answer.why is not None:
        return Robots(None, answer.why, answer.expires_at)
    rules = parse(answer.body) if answer.status and answer.status < 300 else None
    return Robots(rules, None, answer.expires_at)
