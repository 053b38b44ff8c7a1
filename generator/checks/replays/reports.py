"""What one report of a series says when it is read again: its day, and the release it tells of."""

from __future__ import annotations

from datetime import date

import regex

from generator.english.dates import days
from store.records import Document, utc_date

_VERSION = regex.compile(r"(?<![\d.-])\d+(?:\.\d+)+(?![\d-]|\.\d)")


def day_of(quote: str, document: Document) -> date | None:
    """Return the day a quote names, that of its publication for none, None for several."""
    published = utc_date(document.published_at)
    found = {one.day for one in days(quote, published)}
    if not found:
        return published
    return found.pop() if len(found) == 1 else None


def version_of(quote: str, document: Document, product: str, line: str | None) -> str | None:
    """Return the one version of a product's line that a quote gives, or None.

    The notes of a release name its product in their title alone, so that it may stand there.
    """
    named = regex.compile(rf"(?<![\p{{L}}\d]){regex.escape(product)}(?![\p{{L}}\d])")
    if not (named.search(quote) or named.search(document.title)):
        return None
    found = set(_VERSION.findall(quote))
    if len(found) != 1:
        return None
    version = str(found.pop())
    return version if not line or f"{version}.".startswith(f"{line}.") else None
