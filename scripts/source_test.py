"""`unseen sources test`: what would be read from URLs, with draft questions; nothing stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scripts.wiring import House
from store.errors import UnseenError
from store.licences import text_may_be_shown
from store.records import Document, Source

if TYPE_CHECKING:
    from scrapers.fetched import Fetching
    from scrapers.probe import Probe

#: Entries of a listing that are shown; a sitemap may have 50,000.
MAX_ENTRIES = 20
#: Draft questions that are shown.
MAX_DRAFTS = 5


def urls_in(path: Path) -> list[str]:
    """Return the lines of a file that are not blank, in order; what is no URL is tested too.

    Raises:
        OSError: The file cannot be read.
    """
    text = path.read_bytes().decode("utf-8-sig", errors="backslashreplace")
    return [line for raw in text.split("\n") if (line := raw.strip())]


def as_line(row: dict[str, Any]) -> str:
    """Return a row as one line of JSON that can always be printed."""
    line = json.dumps(row, ensure_ascii=False, default=str)
    # A page may hold half a surrogate pair, which no encoding of a terminal has.
    return line.encode("utf-8", errors="backslashreplace").decode()


def test_urls(house: House, urls: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Yield a row for each URL, in order; whatever one does, the others are tested.

    Args:
        house: The house.
        urls: What to test; a line that is no URL is a row with that reason.
    """
    with closing(house.fetcher()) as fetcher:
        for url in urls:
            try:
                yield test_url(house.sources, fetcher, url)
            except Exception as error:
                reason = str(error) if isinstance(error, UnseenError) else type(error).__name__
                yield {"url": url, "fetched": False, "refused": f"it cannot be tested: {reason}"}


def test_url(sources: Iterable[Source], fetcher: Fetching, url: str) -> dict[str, Any]:
    """Return what a visit to `url` would give, and the questions the rules would draft."""
    from scrapers.probe import probe

    source = _source_of(sources, url)
    found = probe(url, fetcher, source=source)
    row: dict[str, Any] = {
        "url": url,
        "fetched": bool(found.n_bytes) or found.refused is None,
        "refused": found.refused,
        "robots": found.robots or None,
        "status": found.status,
        "content_type": found.content_type or None,
        "kind": found.kind,
        "source": source.name if source else None,
        "published_at": found.published_at.isoformat() if found.published_at else None,
        "date_known_by": found.date_basis,
        "licence": source.licence if source else "unknown; name it when you add the source",
        "text_may_be_shown": text_may_be_shown(source.licence) if source else False,
        "title": found.title or None,
        "language": found.language or None,
        "text": found.text or None,
        "hidden_text": found.hidden_text or None,
    }
    return row | _listed(found) | {"questions": _drafts(found.document) if found.document else []}


def _listed(found: Probe) -> dict[str, Any]:
    """Return what a listing would give; nothing for an article."""
    if found.kind in (None, "article") or (found.refused and not found.entries):
        return {}
    listing = found.listing
    shown = [
        {
            "url": entry.url,
            "title": entry.title or None,
            "published_at": entry.published.isoformat() if entry.published else None,
        }
        for entry in listing.entries[:MAX_ENTRIES]
    ]
    return {
        "n_entries": len(listing.entries),
        "entries": shown,
        "n_values": len(listing.cells),
        "further_listings": list(listing.further[:MAX_ENTRIES]),
    }


def _source_of(sources: Iterable[Source], url: str) -> Source | None:
    """Return the source whose URL this is, or else one of its site."""
    sources = list(sources)
    exact = [source for source in sources if source.url == url]
    return next(iter([*exact, *(one for one in sources if _same_site(one, url))]), None)


def _same_site(source: Source, url: str) -> bool:
    try:
        return urlsplit(source.url).netloc == urlsplit(url).netloc
    except ValueError:
        return False


def _drafts(document: Document) -> list[dict[str, str]]:
    from generator.families.writing import write_all

    return [
        {"family": c.family, "question": c.question, "answer": c.key.answer}
        for c in write_all(document).candidates[:MAX_DRAFTS]
    ]
