"""Who publishes a document: its registrable domain, or its source where an address has none."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

import tldextract

from store.records import Document


def publisher_of(document: Document) -> str:
    """Return who publishes a document."""
    return publisher_at(document.url, document.source)


def publisher_at(url: str, source: str) -> str:
    """Return the registrable domain of an address, else the name of the source it belongs to.

    Two sources on one bare address (a test site, an intranet) are two publishers.
    """
    host = urlsplit(url).hostname or ""
    bare = host.replace(".", "").isdigit() or ":" in host or "." not in host
    return source if bare else _registrable(host)


@cache
def _extractor() -> tldextract.TLDExtract:
    # The list that the library ships: nothing is fetched, nothing is written.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@cache
def _registrable(host: str) -> str:
    return _extractor()(host).top_domain_under_public_suffix or host
