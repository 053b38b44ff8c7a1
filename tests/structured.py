"""The newsroom's structured sources, and one look at each on a day of its past."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from types import SimpleNamespace

from scrapers.fetched import Fetched
from store.records import Capture, Source, sha256_hex
from tests.newsroom import newsroom_module

BASE = "https://newsroom.example.com"

KEV = {
    "path": "/kev.json",
    "licence": "CC0-1.0",
    "items": "vulnerabilities",
    "id": "cveID",
    "title": "vulnerabilityName",
    "published": "dateAdded",
    "text": "{vulnerabilityName} ({cveID}) was added on {dateAdded}. {shortDescription}",
}
PYTHON = {
    "path": "/versions/python.json",
    "licence": "MIT",
    "items": "values(versions)",
    "id": "name",
    "published": "date",
    "text": "Version {name} was released on {date}.",
}
FOOTBALL = {
    "path": "/football/en.1.json",
    "licence": "CC0-1.0",
    "items": "matches",
    # Two sides meet once a season in one's home; days are moved.
    "id": "join(' / ', [team1, team2])",
    "published": "date",
    "text": "On {date} {team1} played {team2} and it ended {score.ft[0]} to {score.ft[1]}.",
}


def source(name: str, fields: dict[str, str], kind: str = "json") -> Source:
    """Return a structured source of the newsroom."""
    others = {field: value for field, value in fields.items() if field != "path"}
    return Source(name=name, kind=kind, url=BASE + fields["path"], attribution=name, **others)


def look(fields: dict[str, str], day: date, path: str | None = None) -> Fetched:
    """Return what a source answered on a day of its past."""
    path = path or fields["path"]
    # The newsroom's own answer, without the seconds its articles take to load.
    asked = SimpleNamespace(server=SimpleNamespace(as_of=day))
    body, content_type = newsroom_module().Handler.structured(asked, path)
    body = body.encode() if isinstance(body, str) else body
    url, at = BASE + path, datetime.combine(day, time(18), UTC)
    return Fetched(url, url, 200, {"content-type": content_type}, body, at)


def capture_of(fetched: Fetched, name: str) -> Capture:
    """Return the capture of an answer."""
    return Capture(
        sha256=sha256_hex(fetched.body),
        source=name,
        url=fetched.url,
        final_url=fetched.final_url,
        status=fetched.status,
        content_type=fetched.content_type,
        headers={},
        n_bytes=len(fetched.body),
        fetched_at=fetched.fetched_at,
    )
