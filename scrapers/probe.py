"""What would be read from one URL: everything the collector sees, and nothing kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from scrapers.dates import choose_date, parse_date, why_undated
from scrapers.entries import Entry, Listing
from scrapers.extract import EXTRACTOR, extract
from scrapers.fetched import Fetched, Fetching
from store.errors import ExtractError, FetchError
from store.records import (
    Capture,
    DateBasis,
    Dates,
    Document,
    Source,
    SourceKind,
    sha256_hex,
)

#: What a URL turned out to be: an article, or a listing of one of the kinds of source.
Kind = Literal["article", "feed", "sitemap", "page", "json"]

#: A sitemap says what it is in its first element; comments and a stylesheet may stand before.
_SITEMAP = re.compile(rb"<(?:[A-Za-z][\w.-]*:)?(?:urlset|sitemapindex)[\s>]")
_HEAD_BYTES = 4_096
_GZIP = b"\x1f\x8b"
#: Lists further down in a JSON body are rarely what it is about.
_MAX_DEPTH = 3
_PLAIN_KEY = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Probe:
    """What came of one URL; the fields after `refused` are empty when it was not read.

    Attributes:
        refused: Why there is neither a document nor a listing, or None.
        robots: What robots.txt says, "" when it was not asked.
        kind: What it turned out to be; None when it was not read.
        document: What the collector would keep, whatever the cutoff.
        text: The article, also of a page that has no date to defend.
        listing: What it lists, when it is a listing.
    """

    url: str
    refused: str | None
    robots: str = ""
    final_url: str = ""
    status: int | None = None
    content_type: str = ""
    n_bytes: int = 0
    kind: Kind | None = None
    dates: Dates = field(default_factory=Dates)
    published_at: datetime | None = None
    date_basis: DateBasis | None = None
    title: str = ""
    language: str = ""
    text: str = ""
    hidden_text: str = ""
    document: Document | None = None
    capture: Capture | None = None
    listing: Listing = field(default_factory=Listing)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What it lists."""
        return self.listing.entries


def probe(
    url: str,
    fetcher: Fetching,
    *,
    source: Source | None = None,
    licence: str = "LicenseRef-None-Found",
    attribution: str = "unknown",
) -> Probe:
    """Fetch `url` as the collector would and tell what is in it; it raises no deliberate error.

    Args:
        url: A page or a listing.
        fetcher: The way out.
        source: The source it belongs to, which settles its kind where it is that source's own
            URL, its User-Agent, and its terms.
        licence: What a document of no source is taken to be under; by default nothing is shown.
        attribution: Whom a document of no source is from.
    """
    user_agent = source.user_agent if source else None
    try:
        robots = fetcher.robots_verdict(url, user_agent=user_agent).why
    except FetchError as error:
        return Probe(url, str(error))
    try:
        fetched = fetcher.fetch(url, user_agent=user_agent)
    except FetchError as error:
        return Probe(url, str(error), robots, status=error.status)
    read = Probe(
        url,
        None,
        robots,
        fetched.final_url,
        fetched.status,
        fetched.content_type,
        len(fetched.body),
    )
    if source is not None and source.url == url:
        return _of_listing(fetched, read, source)
    kind = _kind_of(fetched)
    terms = source or Source(
        name="probe", kind="page", url=url, licence=licence, attribution=attribution
    )
    if kind == "article":
        return _of_page(fetched, read, terms)
    # What belongs to the source's own listing says nothing about another one of its site.
    as_listed = {name: None for name in ("links", "items", "id", "title", "published", "text")}
    return _of_listing(fetched, read, terms.model_copy(update=as_listed | {"kind": kind}))


def _kind_of(fetched: Fetched) -> SourceKind | Literal["article"]:
    """Tell by its bytes what a URL that no source names is."""
    mime = fetched.content_type.partition(";")[0].strip().lower()
    if mime in ("text/html", "application/xhtml+xml"):
        return "article"
    body = fetched.body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if body.startswith((b"{", b"[")):
        return "feed" if b"jsonfeed.org" in body[:_HEAD_BYTES] else "json"
    if body.startswith(_GZIP) or _SITEMAP.search(body[:_HEAD_BYTES]):
        return "sitemap"
    # Plain text may be an article; one that begins like markup is a feed that is served as text.
    return "article" if mime == "text/plain" and not body.startswith(b"<") else "feed"


def _of_listing(fetched: Fetched, read: Probe, source: Source) -> Probe:
    """Return the probe of a listing, read as the collector reads this kind of source."""
    # The table of readers is the collector's, and its file loads all of them.
    from scrapers.base import READERS

    read = _with(read, kind=source.kind)
    if source.kind == "json" and source.items is None:
        return _with(read, refused=_what_json_holds(fetched))
    reader = READERS.get(source.kind)
    if reader is None:
        return _with(read, refused=f"kind {source.kind} cannot be read yet")
    try:
        listing = reader.read(fetched, source)
    except ExtractError as error:
        return _with(read, refused=str(error))
    read = _with(read, listing=listing)
    first = next((entry for entry in listing.entries if entry.text), None)
    return read if first is None else _of_entry(fetched, read, source, first, listing.recipe)


def _of_entry(fetched: Fetched, read: Probe, source: Source, entry: Entry, recipe: str) -> Probe:
    """Show the first text that structured data gives by itself."""
    from store.languages import language_of

    text = entry.text or ""
    dates = Dates(feed=entry.published, first_seen=fetched.fetched_at)
    read = _with(read, dates=dates, title=entry.title, language=language_of(text), text=text)
    url = entry.url or fetched.final_url
    return _dated(fetched, read, source, url, recipe)


def _what_json_holds(fetched: Fetched) -> str:
    """Say what a JSON body lists, for whoever is about to name its items."""
    try:
        lists = dict(_lists(json.loads(fetched.body), "", 0))
    except (ValueError, RecursionError):
        return f"{fetched.url} is no JSON that can be read"
    held = ", ".join(f"{path} ({count})" for path, count in list(lists.items())[:5])
    return (
        f"{fetched.url} is structured data; add it with --kind json and --items, one of: {held}"
        if held
        else f"{fetched.url} is structured data without a list of objects"
    )


def _lists(value: Any, path: str, depth: int) -> Iterator[tuple[str, int]]:  # noqa: ANN401 - JSON
    """Yield the JMESPath of each list of objects, outermost first, with its length."""
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        yield path or "@", len(value)
    elif isinstance(value, dict) and depth < _MAX_DEPTH:
        for key, inner in value.items():
            name = key if _PLAIN_KEY.fullmatch(key) else json.dumps(key)
            yield from _lists(inner, f"{path}.{name}" if path else name, depth + 1)


def _with(read: Probe, **changes: object) -> Probe:
    return replace(read, **changes)  # type: ignore[arg-type]


def _of_page(fetched: Fetched, read: Probe, source: Source) -> Probe:
    read = _with(read, kind="article")
    try:
        found = extract(fetched.body, fetched.content_type, fetched.final_url, fetched.headers)
    except ExtractError as error:
        return _with(read, refused=str(error))
    dates = Dates(
        page=found.page_date,
        http=parse_date(fetched.headers.get("last-modified", "")),
        first_seen=fetched.fetched_at,
    )
    read = _with(
        read,
        dates=dates,
        title=found.title,
        language=found.language,
        text=found.text,
        hidden_text=found.hidden_text,
    )
    return _dated(fetched, read, source, fetched.final_url)


def _dated(fetched: Fetched, read: Probe, source: Source, url: str, recipe: str = "") -> Probe:
    """Make the document, if its text has a date to defend."""
    now = fetched.fetched_at
    chosen = choose_date(read.dates, now)
    if chosen is None:
        return _with(read, refused=str(ExtractError(url, why_undated(read.dates, now))))
    capture = Capture(
        sha256=sha256_hex(fetched.body),
        source=source.name,
        url=fetched.url,
        final_url=fetched.final_url,
        status=fetched.status,
        content_type=fetched.content_type,
        headers=dict(fetched.headers),
        n_bytes=len(fetched.body),
        fetched_at=now,
    )
    document = Document(
        id=Document.id_of(url, read.text),
        source=source.name,
        url=url,
        title=read.title or url,
        text=read.text,
        text_sha256=sha256_hex(read.text.encode()),
        capture_sha256=capture.sha256,
        extractor=EXTRACTOR,
        hidden_text=read.hidden_text,
        language=read.language,
        topic=source.topic,
        licence=source.licence,
        attribution=source.attribution,
        published_at=chosen[0],
        date_basis=chosen[1],
        dates=read.dates,
        fetched_at=now,
        recipe=recipe,
    )
    return _with(
        read,
        published_at=chosen[0],
        date_basis=chosen[1],
        document=document,
        capture=capture,
    )
