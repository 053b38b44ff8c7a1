"""Kind `page`: a list page, whose links lead to the articles, or one whose tables hold values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from urllib.parse import urldefrag, urljoin, urlsplit

import tldextract
from bs4 import BeautifulSoup
from bs4.element import Tag

from scrapers.dates import parse_date
from scrapers.entries import Entry, Listing
from scrapers.fetched import Fetched
from scrapers.markup import decode, tree
from scrapers.page_dates import MAX_DEPTH
from scrapers.tables import read_tables
from store.errors import ExtractError
from store.records import Source
from store.text import squeeze

#: Parts of a page that lead to other parts of the site, not to articles.
_CHROME = ("nav", "header", "footer", "aside", "form")
#: What one entry of a list page is.
_ITEMS = frozenset({"li", "article", "tr", "dd"})
#: Longer addresses are refused by most servers (RFC 9110, 4.1, asks for 8,000 at least); joined
#: to a thousand links, a long `<base>` would fill the memory.
MAX_URL_LENGTH = 8_000
#: A headline is shorter; what is longer is a text inside a link (as in `extract`).
MAX_TITLE_LENGTH = 300
#: A title says more than "Next" or "About us" (our choice).
MIN_TITLE_LETTERS = 8
#: An article's last path segment: a slug, a number or a date, not a section's name.
_SLUG = re.compile(r"\d|[a-z][-_][a-z]", re.IGNORECASE)
_ASSET = re.compile(r"\.(?:pdf|jpe?g|png|gif|svg|zip|xml|rss|json|mp[34]|docx?|xlsx?)$", re.I)


@dataclass(frozen=True)
class PageReader:
    """Lists the articles a page links to, and the values of its tables."""

    def read(self, fetched: Fetched, source: Source) -> Listing:
        """Return the same-site links in page order, each once, and the cells of data tables.

        With a selector its links are followed, whatever tables stand beside them. Without one a
        page that has data tables is read for these alone, any other for what looks like articles.

        Raises:
            ExtractError: The page is no text, the selector cannot be read, or nothing is found.
        """
        page = tree(decode(fetched.body, fetched.content_type, fetched.url), fetched.url)
        tables = read_tables(page)
        entries: tuple[Entry, ...] = ()
        if source.links or not tables.cells:
            links = _links(page, source, fetched.url)
            base, dates = _base(page, fetched.final_url), _dates_of_items(page)
            entries = _entries(links, base, fetched.final_url, dates)
            if not entries:
                why = "the page links to no articles of its site"
                raise ExtractError(fetched.url, "; ".join((why, *tables.notes[:3])))
        if not tables.cells:
            return Listing(entries)
        return Listing(entries, tables.cells, whole=tables.whole, notes=tables.notes)


def _base(page: BeautifulSoup, page_url: str) -> str:
    anchor = page.find("base", href=True)
    return (anchor and absolute(page_url, str(anchor["href"]))) or page_url


def _links(page: BeautifulSoup, source: Source, url: str) -> Iterable[Tag]:
    if not source.links:
        return (link for link in page.find_all("a", href=True) if _is_article_link(link))
    try:
        return page.select(source.links)
    except Exception as error:
        # soupsieve has one class for syntax and others for what it cannot do.
        raise ExtractError(url, f"the selector {source.links!r} cannot be read") from error


def _entries(
    links: Iterable[Tag], base: str, page_url: str, dates: Mapping[int, list[str]]
) -> tuple[Entry, ...]:
    found: dict[str, Entry] = {}
    for link in links:
        anchor = link if link.name == "a" else link.find("a", href=True)
        if not isinstance(anchor, Tag) or not anchor.get("href"):
            continue
        url = absolute(base, str(anchor["href"]))
        if url is None or url == urldefrag(page_url).url or not same_site(url, page_url):
            continue
        title = _title_of(anchor)
        known = found.get(url)
        # A picture and a headline often lead to the same article; the headline has the words.
        if known is None or (not known.title and title):
            found[url] = Entry(url, url, title, _date_beside(anchor, dates), None)
    return tuple(found.values())


def absolute(base: str, href: str) -> str | None:
    """Return where a link leads, without its fragment; None where that is no web page."""
    if len(href) > MAX_URL_LENGTH:
        return None
    try:
        url = urldefrag(urljoin(base, href.strip())).url
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return url if url.lower().startswith(("http://", "https://")) and host else None


def _is_article_link(link: Tag) -> bool:
    path = urlsplit(str(link["href"]).strip()).path if "//[" not in str(link["href"]) else ""
    segments = [part for part in path.split("/") if part]
    return (
        bool(segments)
        and _SLUG.search(segments[-1]) is not None
        and not _ASSET.search(path)
        and len(_title_of(link)) >= MIN_TITLE_LETTERS
        and not any(parent.name in _CHROME for parent in islice(link.parents, MAX_DEPTH))
    )


def _title_of(link: Tag) -> str:
    """Return the words of a link; links in links would repeat a long text at every depth."""
    words, length = [], 0
    for piece in link.stripped_strings:
        words.append(piece)
        length += len(piece)
        if length > MAX_TITLE_LENGTH:
            break
    return squeeze(" ".join(words))[:MAX_TITLE_LENGTH]


def _dates_of_items(page: BeautifulSoup) -> Mapping[int, list[str]]:
    """Return what the `<time>`s in each item of a list say, by the item's `id()`.

    Asked once for all: a thousand links of one item would each read the whole of it.
    """
    found: dict[int, list[str]] = {}
    for time in page.find_all("time", datetime=True):
        for parent in islice(time.parents, MAX_DEPTH):
            if parent.name in _ITEMS:
                found.setdefault(id(parent), []).append(str(time["datetime"]))
    return found


def _date_beside(link: Tag, dates: Mapping[int, list[str]]) -> datetime | None:
    """Return the date of the list item a link stands in, when it names one and only one."""
    for parent in islice(link.parents, MAX_DEPTH):
        if parent.name in _ITEMS:
            times = dates.get(id(parent), [])
            return parse_date(times[0]) if len(times) == 1 else None
    return None


@cache
def _suffixes() -> tldextract.TLDExtract:
    # The list that comes with the library: fetching a newer one would be a second way out.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)


def same_site(left: str, right: str) -> bool:
    """Whether two URLs belong to one registered domain, or to one host where there is none."""
    hosts = [urlsplit(url) for url in (left, right)]
    if hosts[0].netloc.lower() == hosts[1].netloc.lower():
        return True
    domains = [_suffixes()(host.hostname or "").top_domain_under_public_suffix for host in hosts]
    return bool(domains[0]) and domains[0] == domains[1]
