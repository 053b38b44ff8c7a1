"""When a page says it was published: JSON-LD, meta tags, then a lone `<time>`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from lxml.html import HtmlElement

from scrapers.dates import parse_date

#: schema.org types whose datePublished is the page's own, not that of a product or a review.
_ARTICLE_TYPES = ("article", "posting", "report", "webpage", "dataset", "creativework")
#: Meta names and properties for the day of publication, the surest first.
_META_NAMES = (
    "article:published_time",
    "og:published_time",
    "datepublished",
    "citation_publication_date",
    "citation_online_date",
    "citation_date",
    "dcterms.issued",
    "dcterms.created",
    "dc.date.issued",
    "dc.date.created",
    "dcterms.date",
    "dc.date",
    "parsely-pub-date",
    "sailthru.date",
    "publish-date",
    "publish_date",
    "pubdate",
    "date",
)
#: Where a `<time>` speaks of something else than the article.
_NOT_THE_ARTICLE = frozenset({"aside", "nav", "footer", "form"})
#: Parents further up are not asked: deep pages would cost the square of their size.
MAX_DEPTH = 64
#: Nesting of JSON-LD further down than this is not followed.
_MAX_NESTING = 6


def page_date(page: HtmlElement) -> datetime | None:
    """Return when the page says it was published, or None."""
    for written in _written(page):
        if found := parse_date(written):
            return found
    return None


def _written(page: HtmlElement) -> Iterator[str]:
    for thing in linked_data(page):
        if isinstance(value := thing.get("datePublished"), str) and _is_article(thing):
            yield value
    yield from _meta_dates(page)
    yield from _times(page)


def linked_data(page: HtmlElement) -> Iterator[dict[str, Any]]:
    """Yield the things a page describes in JSON-LD, outermost first; broken JSON is skipped."""
    for script in page.iter("script"):
        if script.get("type", "").strip().lower() != "application/ld+json":
            continue
        try:
            value = json.loads((script.text or "").strip(), strict=False)
        except (ValueError, RecursionError):
            continue
        yield from _things(value, 0)


def _things(value: object, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MAX_NESTING:
        return
    if isinstance(value, list):
        for item in value:
            yield from _things(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "mainEntityOfPage"):
            yield from _things(value.get(name), depth + 1)


def _is_article(thing: dict[str, Any]) -> bool:
    kinds = thing.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(name, str) and name.lower().endswith(_ARTICLE_TYPES) for name in names)


def _meta_dates(page: HtmlElement) -> Iterator[str]:
    said: dict[str, str] = {}
    for element in page.iter("meta"):
        content = element.get("content")
        for attribute in ("property", "name", "itemprop"):
            if content is not None and (name := element.get(attribute)):
                said.setdefault(name.lower(), content)
    yield from (said[name] for name in _META_NAMES if name in said)


def _times(page: HtmlElement) -> Iterator[str]:
    """Yield a `<time>` marked as the publication's, else one that stands alone.

    Several unmarked ones may be events, comments or other articles: then none is believed.
    """
    times = [
        element
        for element in page.iter("time")
        if "datetime" in element.attrib and _of_article(element)
    ]
    marked = [
        element
        for element in times
        if "pubdate" in element.attrib
        or "datepublished" in element.get("itemprop", "").lower()
        or "dt-published" in element.get("class", "")
        or "entry-date" in element.get("class", "")
    ]
    chosen = marked[:1] or (times if len({e.get("datetime", "") for e in times}) == 1 else [])
    yield from (element.get("datetime", "") for element in chosen)


def _of_article(element: HtmlElement) -> bool:
    parents = islice(element.iterancestors(), MAX_DEPTH)
    return not any(parent.tag in _NOT_THE_ARTICLE for parent in parents)
