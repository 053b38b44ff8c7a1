"""Kind `sitemap`: the pages a site lists for machines, in XML, in plain text, or compressed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlsplit

from lxml import etree

from scrapers.dates import parse_date, plausible
from scrapers.entries import Entry, Listing
from scrapers.fetched import Fetched
from scrapers.inflate import BodyRefused, Inflater
from scrapers.markup import decode
from scrapers.page import absolute, same_site
from store.errors import ExtractError
from store.records import Source
from store.text import squeeze

#: What one sitemap may list, and how long a URL may be (sitemaps.org, protocol).
MAX_URLS = 50_000
MAX_URL_LENGTH = 2_048
#: Inflated: the protocol's 50,000 URLs at 200 bytes each; its own limit of 50 MB is ours' tenfold.
MAX_BYTES = 10_000_000
#: So much is parsed between two looks at what was found.
_CHUNK = 1 << 16

_GZIP = b"\x1f\x8b"
_HTML_START = re.compile(rb"\s*<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_OLDEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class SitemapReader:
    """Lists the pages of a sitemap, or the sitemaps of an index."""

    def read(self, fetched: Fetched, source: Source) -> Listing:
        """Return what a sitemap lists, the newest hint first, otherwise in its own order.

        `lastmod` is a hint and becomes `modified`: sites write the day of their last rebuild.
        Only a news sitemap says when something was published. Pages of other sites are left out,
        and so is a hint from the future.

        Raises:
            ExtractError: The body is no sitemap, declares XML entities, or inflates past all
                bounds.
        """
        body = _plain_body(fetched)
        if _HTML_START.match(body):
            raise ExtractError(fetched.url, "it is no sitemap but an HTML page")
        if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") or _is_wide(body):
            pages, sitemaps = _read_xml(body, fetched.url)
        else:
            pages, sitemaps = _read_text(body, fetched), []
        own = _same_site_as(fetched.final_url)
        listed, further = _kept(pages, own, fetched), _kept(sitemaps, own, fetched)
        notes = []
        if n_left := len(pages) + len(sitemaps) - len(listed) - len(further):
            notes.append(f"{n_left} addresses are listed twice, of other sites, or past the limit")
        return Listing(
            entries=tuple(_entry(page) for page in listed),
            further=tuple(sitemap.url for sitemap in further),
            notes=tuple(notes),
        )


@dataclass(frozen=True)
class _Listed:
    """One address as it is listed."""

    url: str
    modified: datetime | None = None
    published: datetime | None = None
    title: str = ""


def _entry(page: _Listed) -> Entry:
    return Entry(page.url, page.url, page.title, page.published, modified=page.modified)


def _plain_body(fetched: Fetched) -> bytes:
    """Return the body, inflated once where it is gzip: its first bytes say so, not its name.

    A server that sends `sitemap.xml.gz` with a Content-Encoding has had it inflated by now.
    """
    if not fetched.body.startswith(_GZIP):
        return fetched.body
    inflater = Inflater("gzip", MAX_BYTES)
    try:
        inflater.feed(fetched.body)
        body = inflater.body()
    except BodyRefused as error:
        raise ExtractError(fetched.url, str(error)) from error
    if body.startswith(_GZIP):
        raise ExtractError(fetched.url, "the sitemap is compressed twice")
    return body


def _is_wide(body: bytes) -> bool:
    """Whether the body is XML in UTF-16."""
    return body[:2] in (b"\xff\xfe", b"\xfe\xff") or body[:2] in (b"<\0", b"\0<")


def _read_xml(body: bytes, url: str) -> tuple[list[_Listed], list[_Listed]]:
    pages: list[_Listed] = []
    sitemaps: list[_Listed] = []
    try:
        for element in _children_of_root(body, url):
            found = _local_name(element)
            if found in ("url", "sitemap") and (listed := _listed(element)):
                (pages if found == "url" else sitemaps).append(listed)
            if len(pages) + len(sitemaps) > MAX_URLS:
                break
    except etree.LxmlError as error:
        # What lxml adds is advice for programmers and a file name that is none.
        why = str(error)
        for advice in (", see ", ", use ", " (<string>"):
            why = why.partition(advice)[0]
        raise ExtractError(url, f"the sitemap is no XML: {squeeze(why)[:200]}") from error
    return pages, sitemaps


def _children_of_root(body: bytes, url: str) -> Iterator[etree._Element]:
    """Yield the root's children one by one, each forgotten when the next is asked for."""
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    root: etree._Element | None = None
    for start in range(0, len(body) + 1, _CHUNK):
        parser.feed(body[start : start + _CHUNK])
        if start + _CHUNK > len(body):
            parser.close()
        for event, element in parser.read_events():
            if root is None:
                root = _checked_root(element, url)
            elif event == "end" and element.getparent() is root:
                yield element
                root.remove(element)


def _checked_root(root: etree._Element, url: str) -> etree._Element:
    """Return the root of a sitemap.

    Raises:
        ExtractError: It is the root of something else, or the document declares entities.
    """
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise ExtractError(url, "the sitemap is refused: it declares XML entities")
    name = _local_name(root)
    if name not in ("urlset", "sitemapindex"):
        what = "a feed" if name in ("rss", "feed", "RDF") else f"XML of <{name[:40]}>"
        raise ExtractError(url, f"it is no sitemap but {what}")
    return root


def _local_name(element: etree._Element) -> str:
    """Return an element's name without its namespace: sites write old, wrong and none."""
    # An entity that was not resolved has a function for a name.
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _listed(element: etree._Element) -> _Listed | None:
    """Read one `<url>` or `<sitemap>`; an image's `<loc>` inside it is the image's."""
    texts = {_local_name(child): child.text or "" for child in element}
    news = {
        _local_name(part): part.text or ""
        for child in element
        if _local_name(child) == "news"
        for part in child
    }
    url = texts.get("loc", "").strip()
    return _Listed(
        url=url,
        modified=parse_date(texts.get("lastmod", "")),
        published=parse_date(news.get("publication_date", "")),
        title=squeeze(news.get("title", ""))[:300],
    )


def _read_text(body: bytes, fetched: Fetched) -> list[_Listed]:
    """Read a sitemap of one URL a line."""
    lines = decode(body, fetched.content_type, fetched.url).split()
    if not lines or not all(line.lower().startswith(("http://", "https://")) for line in lines):
        raise ExtractError(fetched.url, "it is neither an XML sitemap nor a list of addresses")
    return [_Listed(line) for line in lines[: MAX_URLS + 1]]


def _kept(found: Iterable[_Listed], own: Callable[[str], bool], fetched: Fetched) -> list[_Listed]:
    """Return what is of the site, each once, the newest first."""
    now = fetched.fetched_at
    kept: dict[str, _Listed] = {}
    for listed in found:
        url = absolute(fetched.final_url, listed.url) if listed.url else None
        if url is None or len(url) > MAX_URL_LENGTH or url in kept or not own(url):
            continue
        hint = listed.modified
        modified = hint if hint is not None and plausible(hint, now) else None
        kept[url] = replace(listed, url=url, modified=modified)
    newest = sorted(kept.values(), key=_newest_hint, reverse=True)
    return newest[:MAX_URLS]


def _newest_hint(listed: _Listed) -> datetime:
    return max(listed.published or _OLDEST, listed.modified or _OLDEST)


def _same_site_as(url: str) -> Callable[[str], bool]:
    """Return a test for addresses of one site, which asks once for each host."""

    @cache
    def is_own(origin: str) -> bool:
        return same_site(origin, url)

    return lambda other: is_own("://".join(urlsplit(other)[:2]))
