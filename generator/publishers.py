"""Who publishes a document: its registrable domain, or its source where an address has none."""

from __future__ import annotations

from functools import cache
from urllib.parse import urlsplit

import tldextract

from store.records import Document


def publisher_of(document: Document) -> str:
    """Return the registrable domain of a document's address, else its source's name.

    Two sources on one bare address (a test site, an intranet) are two publishers.
    """
    host = urlsplit(document.url).hostname or ""
    bare = host.replace(".", "").isdigit() or ":" in host or "." not in host
    return document.source if bare else _registrable(host)


@cache
def _extractor() -> tldextract.TLDExtract:
    # The list that the library ships: nothing is fetched, nothing is written.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


@cache
def _registrable(host: str) -> str:
    return _extractor()(host).top_domain_under_public_suffix or host
