"""Kind `page`: a list page, whose links lead to the articles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from urllib.parse import urldefrag, urljoin, urlsplit

import tldextract
from bs4.element import Tag

from scrapers.dates import parse_date
from scrapers.entries import Entry, Listing
from scrapers.fetched import Fetched
from scrapers.markup import decode, tree
from scrapers.page_dates import MAX_DEPTH
from store.errors import ExtractError
from store.records import Source
from store.text import squeeze

#: Parts of a page that lead to other parts of the site, not to articles.
_CHROME = ("nav", "header", "footer", "aside", "form")
#: A title says more than "Next" or "About us" (our choice).
MIN_TITLE_LETTERS = 8
#: An article's last path segment: a slug, a number or a date, not a section's name.
_SLUG = re.compile(r"\d|[a-z]+[-_][a-z]+", re.IGNORECASE)
_ASSET = re.compile(r"\.(?:pdf|jpe?g|png|gif|svg|zip|xml|rss|json|mp[34]|docx?|xlsx?)$", re.I)


@dataclass(frozen=True)
class PageReader:
    """Lists the articles a page links to."""

    def read(self, fetched: Fetched, source: Source) -> Listing:
        """Return the same-site links in page order, each once.

        Raises:
            ExtractError: The page is no text, the selector cannot be read, or nothing matches.
        """
        page = tree(decode(fetched.body, fetched.content_type, fetched.url))
        base = fetched.final_url
        if (anchor := page.find("base", href=True)) and isinstance(anchor, Tag):
            base = urljoin(base, str(anchor["href"]))
        if source.links:
            try:
                links: Iterable[Tag] = page.select(source.links)
            except Exception as error:
                # soupsieve has one class for syntax and others for what it cannot do.
                why = f"the selector {source.links!r} cannot be read"
                raise ExtractError(fetched.url, why) from error
        else:
            links = (link for link in page.find_all("a", href=True) if _is_article_link(link))
        found = _entries(links, base, fetched.final_url)
        if not found:
            raise ExtractError(fetched.url, "the page links to no articles of its site")
        return Listing(found)


def _entries(links: Iterable[Tag], base: str, page_url: str) -> tuple[Entry, ...]:
    found: dict[str, Entry] = {}
    for link in links:
        anchor = link if link.name == "a" else link.find("a", href=True)
        if not isinstance(anchor, Tag) or not anchor.get("href"):
            continue
        url = _absolute(base, str(anchor["href"]))
        if url is None or url == urldefrag(page_url).url or not same_site(url, page_url):
            continue
        title = squeeze(anchor.get_text(" "))
        known = found.get(url)
        # A picture and a headline often lead to the same article; the headline has the words.
        if known is None or (not known.title and title):
            found[url] = Entry(url, url, title, _date_beside(anchor), None)
    return tuple(found.values())


def _absolute(base: str, href: str) -> str | None:
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
        and len(squeeze(link.get_text(" "))) >= MIN_TITLE_LETTERS
        and not any(parent.name in _CHROME for parent in islice(link.parents, MAX_DEPTH))
    )


def _date_beside(link: Tag) -> datetime | None:
    """Return the date of the list item a link stands in, when it names one and only one."""
    for parent in islice(link.parents, MAX_DEPTH):
        if parent.name in ("li", "article", "tr", "dd"):
            times = parent.find_all("time", datetime=True)
            return parse_date(str(times[0]["datetime"])) if len(times) == 1 else None
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
