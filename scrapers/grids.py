"""The tables and lists of a page as its markup has them: what its text alone leaves to guess."""

from __future__ import annotations

from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Tag

from scrapers.markup import decode, tree
from scrapers.tables import plain_tables
from scrapers.values import readable
from store.records import Grid

#: Lists of one page that are looked at, and entries of one list (our choice; the notes of a large
#: release list some 300 changes).
MAX_LISTS = 50
MIN_ENTRIES = 4
MAX_ENTRIES = 400
#: What stands there leads elsewhere.
_FURNITURE = ["nav", "header", "footer", "aside", "form"]
#: An entry that holds one of these is more than a line.
_NESTED = ["ul", "ol", "table", "pre", "blockquote"]


def grids_of(body: bytes, content_type: str, url: str) -> tuple[Grid, ...]:
    """Return the tables and flat lists of a page, tables first, each in the page's order.

    A table that can be read in two ways is left out, and so is a list with a list in it.

    Raises:
        ExtractError: The bytes are no page that can be read.
    """
    page = tree(decode(body, content_type, url), url)
    tables = (
        Grid(header=tuple(header), rows=tuple(map(tuple, rows)))
        for header, rows in plain_tables(page)
    )
    return (*tables, *_lists(page))


def _lists(page: BeautifulSoup) -> Iterator[Grid]:
    for found in page.find_all(["ul", "ol"], limit=MAX_LISTS):
        if not isinstance(found, Tag) or found.find_parent(_FURNITURE):
            continue
        entries = found.find_all("li", recursive=False)
        if not MIN_ENTRIES <= len(entries) <= MAX_ENTRIES or found.find(_NESTED):
            continue
        texts = [readable(entry.get_text()) for entry in entries]
        if all(texts):
            yield Grid(header=(), rows=tuple((text,) for text in texts))
