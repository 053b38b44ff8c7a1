"""What would be read from one URL: everything the collector sees, and nothing kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from scrapers.dates import choose_date, parse_date, why_undated
from scrapers.entries import Entry
from scrapers.extract import EXTRACTOR, extract
from scrapers.feeds import read_feed
from scrapers.fetched import Fetched, Fetching
from store.errors import ExtractError, FetchError
from store.records import Capture, DateBasis, Dates, Document, sha256_hex


@dataclass(frozen=True)
class Probe:
    """What came of one URL; the fields after `refused` are empty when it was not read.

    Attributes:
        refused: Why there is no document, or None; a listing is refused as one, with `entries`.
        robots: What robots.txt says, "" when it was not asked.
        document: What the collector would keep, whatever the cutoff.
        text: The article, also of a page that has no date to defend.
        entries: What the URL lists when it is a feed.
    """

    url: str
    refused: str | None
    robots: str = ""
    final_url: str = ""
    status: int | None = None
    content_type: str = ""
    n_bytes: int = 0
    dates: Dates = field(default_factory=Dates)
    published_at: datetime | None = None
    date_basis: DateBasis | None = None
    title: str = ""
    language: str = ""
    text: str = ""
    hidden_text: str = ""
    document: Document | None = None
    capture: Capture | None = None
    entries: tuple[Entry, ...] = ()


def probe(
    url: str,
    fetcher: Fetching,
    *,
    licence: str = "LicenseRef-None-Found",
    attribution: str = "unknown",
    user_agent: str | None = None,
) -> Probe:
    """Fetch `url` as the collector would and tell what is in it; it raises no deliberate error.

    Args:
        url: A page or a feed.
        fetcher: The way out.
        licence: What a document is taken to be under; by default nothing may be shown.
        attribution: Whom a document is from.
        user_agent: In place of the fetcher's own.
    """
    try:
        robots = fetcher.robots_verdict(url, user_agent=user_agent).why
    except FetchError as error:
        return Probe(url, str(error))
    try:
        fetched = fetcher.fetch(url, user_agent=user_agent)
    except FetchError as error:
        return Probe(url, str(error), robots)
    read = Probe(
        url,
        None,
        robots,
        fetched.final_url,
        fetched.status,
        fetched.content_type,
        len(fetched.body),
    )
    return _of_feed(fetched, read) or _of_page(fetched, read, licence, attribution)


def _of_feed(fetched: Fetched, read: Probe) -> Probe | None:
    """Return the probe of a feed, or None when the body is none."""
    kind = fetched.content_type.partition(";")[0].strip().lower()
    if kind in ("text/html", "application/xhtml+xml"):
        return None
    try:
        entries = read_feed(fetched.body, fetched.content_type, fetched.final_url)
    except ExtractError as error:
        # Plain text may be an article; a body that says it is a feed may not.
        return None if kind == "text/plain" else _with(read, refused=str(error))
    return _with(read, refused=f"{fetched.url} lists {len(entries)} entries", entries=entries)


def _with(read: Probe, **changes: object) -> Probe:
    return replace(read, **changes)  # type: ignore[arg-type]


def _of_page(fetched: Fetched, read: Probe, licence: str, attribution: str) -> Probe:
    try:
        found = extract(fetched.body, fetched.content_type, fetched.final_url, fetched.headers)
    except ExtractError as error:
        return _with(read, refused=str(error))
    now = fetched.fetched_at
    dates = Dates(
        page=found.page_date,
        http=parse_date(fetched.headers.get("last-modified", "")),
        first_seen=now,
    )
    read = _with(
        read,
        dates=dates,
        title=found.title,
        language=found.language,
        text=found.text,
        hidden_text=found.hidden_text,
    )
    chosen = choose_date(dates, now)
    if chosen is None:
        return _with(read, refused=str(ExtractError(fetched.url, why_undated(dates, now))))
    capture = Capture(
        sha256=sha256_hex(fetched.body),
        source="probe",
        url=fetched.url,
        final_url=fetched.final_url,
        status=fetched.status,
        content_type=fetched.content_type,
        headers=dict(fetched.headers),
        n_bytes=len(fetched.body),
        fetched_at=now,
    )
    document = Document(
        id=Document.id_of(fetched.final_url, found.text),
        source="probe",
        url=fetched.final_url,
        title=found.title or fetched.final_url,
        text=found.text,
        text_sha256=sha256_hex(found.text.encode()),
        capture_sha256=capture.sha256,
        extractor=EXTRACTOR,
        hidden_text=found.hidden_text,
        language=found.language,
        topic="general",
        licence=licence,
        attribution=attribution,
        published_at=chosen[0],
        date_basis=chosen[1],
        dates=dates,
        fetched_at=now,
    )
    return _with(
        read,
        published_at=chosen[0],
        date_basis=chosen[1],
        document=document,
        capture=capture,
    )
