"""Storing the week's invented pages as any page is stored: bytes, text taken out of them, a date.

They go the way of scraped pages from the capture on, so that their quotes are found again by the
same check; the distance to the site is all that is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from generator.invented import SOURCE
from generator.invented.pages import Page, pages_of
from scripts.wiring import House
from store.errors import SettingsError
from store.records import Capture, Dates, Document, Source, sha256_hex
from store.weeks import week_bounds

_CONTENT_TYPE = "text/plain; charset=utf-8"


def store_pages(house: House, week: str) -> int:
    """Store the invented pages of a week; doing it again changes nothing.

    Returns:
        How many are new.

    Raises:
        SettingsError: A source of the operator's list has the name of ours.
    """
    from scrapers.shelf import Finds, Shelf

    if any(source.name == SOURCE.name for source in house.sources):
        raise SettingsError(f"no source may be called {SOURCE.name}: it names our invented pages")
    start, _ = week_bounds(week)
    found = [_document(page, start) for page in pages_of(week)]
    shelf = Shelf(house.engine, house.blobs)
    known = shelf.known(document.id for _, document in found)
    new = [one for one in found if one[1].id not in known]
    if not new:
        return 0
    finds = Finds(
        bodies=tuple(document.text.encode() for _, document in new),
        captures=tuple(capture for capture, _ in new),
        documents=tuple(document for _, document in new),
    )
    return len(shelf.keep(finds).result().new)


def listed_with_ours(house: House) -> dict[str, Source]:
    """Return the operator's sources by name, and ours beside them."""
    return {source.name: source for source in (*house.sources, SOURCE)}


def visits_with_ours(visits: Mapping[str, datetime], now: datetime) -> dict[str, datetime]:
    """Return when each source was first visited; ours was there from the beginning."""
    return {**visits, SOURCE.name: min(visits.values(), default=now)}


def _document(page: Page, at: datetime) -> tuple[Capture, Document]:
    """Return a page as if read at the week's first instant: the clock has no part in it."""
    from scrapers.extract import EXTRACTOR, extract

    body = page.text.encode()
    capture = Capture(
        sha256=sha256_hex(body),
        source=SOURCE.name,
        url=page.url,
        final_url=page.url,
        status=200,
        content_type=_CONTENT_TYPE,
        headers={},
        n_bytes=len(body),
        fetched_at=at,
    )
    extracted = extract(body, _CONTENT_TYPE, page.url)
    document = Document(
        id=Document.id_of(page.url, extracted.text),
        source=SOURCE.name,
        url=page.url,
        title=extracted.title,
        text=extracted.text,
        text_sha256=sha256_hex(extracted.text.encode()),
        capture_sha256=capture.sha256,
        extractor=EXTRACTOR,
        hidden_text=extracted.hidden_text,
        language=extracted.language,
        topic=page.topic,
        licence=SOURCE.licence,
        attribution=SOURCE.attribution,
        published_at=at,
        date_basis="first_seen",
        dates=Dates(first_seen=at),
        fetched_at=at,
    )
    return capture, document
