"""Sitemaps: what they list, what is only a hint, and what is refused."""

from __future__ import annotations

import gzip
import sys
import time
import urllib.request
import zlib
from datetime import UTC, date, datetime

import pytest

from scrapers.entries import Listing
from scrapers.fetched import Fetched
from scrapers.sitemap import MAX_URLS, SitemapReader
from store.errors import ExtractError
from store.records import Source
from tests.newsroom import newsroom as newsroom_of
from tests.scrapers.conftest import NOW

URL = "https://news.example.com/sitemap.xml"
PROTOCOL = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
ENTITIES = '<!DOCTYPE urlset [<!ENTITY a "x">]><urlset><url><loc>&a;</loc></url></urlset>'
BOMB = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10))


def listed(body: str | bytes, url: str = URL, content_type: str = "application/xml") -> Listing:
    raw = body.encode() if isinstance(body, str) else body
    fetched = Fetched(url, url, 200, {"content-type": content_type}, raw, NOW)
    source = Source(name="s", kind="sitemap", url=url, licence="MIT", attribution="S")
    return SitemapReader().read(fetched, source)


def urlset(*urls: str, attributes: str = PROTOCOL) -> str:
    return f"<urlset {attributes}>{''.join(f'<url>{url}</url>' for url in urls)}</urlset>"


def paths(listing: Listing) -> list[str]:
    return [(entry.url or "").removeprefix("https://news.example.com") for entry in listing.entries]


def test_pages_come_with_the_newest_hint_first_and_undated_ones_last_in_their_order():
    listing = listed(
        urlset(
            "<loc>https://news.example.com/c</loc>",
            "<loc>https://news.example.com/a</loc><lastmod>2026-08-01</lastmod>",
            "<loc> https://news.example.com/b#top </loc><lastmod>2026-08-02T10:00+02:00</lastmod>",
            "<loc>https://news.example.com/d</loc><lastmod>2026-08</lastmod>",
        )
    )
    assert paths(listing) == ["/b", "/a", "/c", "/d"]
    assert listing.entries[0].modified == datetime(2026, 8, 2, 8, tzinfo=UTC)


def test_lastmod_is_never_a_date_of_publication():
    listing = listed(urlset("<loc>https://news.example.com/a</loc><lastmod>2026-08-01</lastmod>"))
    assert listing.entries[0].published is None


def test_a_hint_from_the_future_is_none():
    listing = listed(
        urlset(
            "<loc>https://news.example.com/liar</loc><lastmod>2041-01-01</lastmod>",
            "<loc>https://news.example.com/new</loc><lastmod>2026-08-24</lastmod>",
        )
    )
    assert paths(listing) == ["/new", "/liar"]
    assert listing.entries[1].modified is None


def test_a_news_sitemap_says_when_and_what_was_published():
    news = (
        "<loc>https://news.example.com/a</loc><lastmod>2026-08-20</lastmod><n:news>"
        "<n:publication_date>2026-08-17T09:30:00Z</n:publication_date>"
        "<n:title> The wall\n is built </n:title></n:news>"
    )
    found = listed(urlset(news, attributes=f'{PROTOCOL} xmlns:n="urn:news"')).entries[0]
    assert found.published == datetime(2026, 8, 17, 9, 30, tzinfo=UTC)
    assert found.title == "The wall is built"


@pytest.mark.parametrize(
    "attributes",
    [
        pytest.param(PROTOCOL, id="the protocol's namespace"),
        pytest.param("", id="none"),
        pytest.param('xmlns="http://www.google.com/schemas/sitemap/0.84"', id="an old one"),
    ],
)
def test_the_namespace_does_not_matter(attributes):
    body = urlset("<loc>https://news.example.com/a</loc>", attributes=attributes)
    assert paths(listed(body)) == ["/a"]


def test_the_address_of_a_picture_is_not_that_of_its_page():
    body = urlset(
        "<i:image><i:loc>https://news.example.com/a.jpg</i:loc></i:image>"
        "<loc>https://news.example.com/a</loc>"
        "<i:image><i:loc>https://news.example.com/b.jpg</i:loc></i:image>",
        attributes=f'{PROTOCOL} xmlns:i="urn:image"',
    )
    assert paths(listed(body)) == ["/a"]


def test_pages_of_other_sites_and_repeated_ones_are_left_out_and_told():
    listing = listed(
        urlset(
            "<loc>https://news.example.com/a</loc>",
            "<loc>https://news.example.com/a</loc>",
            "<loc>https://www.example.com/b</loc>",
            "<loc>https://example.net/c</loc>",
            "<loc>javascript:alert(1)</loc>",
            f"<loc>https://news.example.com/{'x' * 2_100}</loc>",
            "<loc/>",
        )
    )
    assert [entry.url for entry in listing.entries] == [
        "https://news.example.com/a",
        "https://www.example.com/b",
    ]
    assert "5 addresses" in listing.notes[0]


def test_an_index_gives_its_sitemaps_newest_first_and_no_pages():
    listing = listed(
        f"<sitemapindex {PROTOCOL}>"
        "<sitemap><loc>https://news.example.com/1.xml</loc></sitemap>"
        "<sitemap><loc>https://news.example.com/2.xml.gz</loc><lastmod>2026-07-01</lastmod></sitemap>"
        "<sitemap><loc>https://news.example.com/3.xml</loc><lastmod>2026-08-01</lastmod></sitemap>"
        "<sitemap><loc>https://example.net/4.xml</loc></sitemap>"
        "</sitemapindex>"
    )
    names = [url.rpartition("/")[2] for url in listing.further]
    assert (names, listing.entries) == (["3.xml", "2.xml.gz", "1.xml"], ())


def test_a_text_sitemap_has_an_address_a_line():
    body = "\ufeffhttps://news.example.com/a\r\n\r\nhttps://news.example.com/b\n"
    assert paths(listed(body, content_type="text/plain")) == ["/a", "/b"]


@pytest.mark.parametrize(
    ("url", "content_type"),
    [
        pytest.param(URL + ".gz", "application/xml", id="by its name"),
        pytest.param(URL, "application/gzip", id="by its type"),
        pytest.param(URL, "application/x-gzip", id="by the type's old name"),
    ],
)
@pytest.mark.parametrize("packed", [True, False], ids=["compressed", "inflated on the way"])
def test_a_compressed_sitemap_is_read(url, content_type, packed):
    body = urlset("<loc>https://news.example.com/a</loc>").encode()
    found = listed(gzip.compress(body) if packed else body, url, content_type)
    assert paths(found) == ["/a"]


def gzip_of_zeros(size: int) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunks = [stream.compress(b"\0" * (1 << 20)) for _ in range(size >> 20)]
    return b"".join((*chunks, stream.flush()))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        pytest.param(lambda: gzip_of_zeros(1 << 28), "inflates past", id="a bomb"),
        pytest.param(lambda: gzip.compress(gzip.compress(b"<urlset/>")), "twice", id="two layers"),
        pytest.param(lambda: gzip.compress(b"<urlset/>")[:-6], "cut short", id="half a body"),
        pytest.param(lambda: b"\x1f\x8b" + b"x" * 90, "damaged", id="no gzip after all"),
        pytest.param(lambda: ENTITIES, "declares XML entities", id="an entity"),
        pytest.param(
            lambda: ("\ufeff" + ENTITIES).encode("utf-16-le"), "declares XML", id="in UTF-16"
        ),
        pytest.param(
            lambda: '<!DOCTYPE r [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]><urlset/>',
            "declares XML entities",
            id="an entity from a file",
        ),
        pytest.param(
            lambda: f'<!DOCTYPE r [<!ENTITY l0 "x">{BOMB}]><urlset a="&l9;"/>',
            "amplification",
            id="an entity bomb in an attribute",
        ),
        pytest.param(lambda: "<urlset>" + "<a>" * 10**6, "depth", id="a million elements deep"),
        pytest.param(lambda: "<urlset><url><loc>https://n", "no XML", id="cut short"),
        pytest.param(lambda: '<rss version="2.0"/>', "but a feed", id="a feed"),
        pytest.param(lambda: "<!doctype html><p>Log in", "an HTML page", id="a page"),
        pytest.param(lambda: "<log/>", "XML of <log>", id="other XML"),
        pytest.param(lambda: "not here", "neither", id="other text"),
        pytest.param(lambda: "", "neither", id="nothing"),
        pytest.param(lambda: "/etc/passwd", "neither", id="a path"),
        pytest.param(lambda: bytes(range(256)) * 20, "no text", id="binary"),
    ],
)
def test_what_is_no_sitemap_is_refused_at_once_with_the_reason(body, why):
    raw = body()
    started = time.process_time()
    with pytest.raises(ExtractError, match=why):
        listed(raw)
    # The bound of the fault table (reliability, P6), in processor time.
    assert time.process_time() - started < 1.0


def test_a_quarter_of_a_million_attributes_take_no_time():
    attributes = " ".join(f'a{n}="1"' for n in range(250_000))
    started = time.process_time()
    assert listed(f"<urlset {attributes}/>").entries == ()
    assert time.process_time() - started < 1.0


def test_nothing_is_opened_or_connected_while_parsing():
    events: list[str] = []
    listening = [True]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event.startswith(("open", "socket.connect", "socket.getaddrinfo")):
            events.append(f"{event} {arguments[:1]}")

    body = '<!DOCTYPE urlset SYSTEM "http://127.0.0.1:9/x.dtd">' + urlset("<loc>x</loc>")
    listed(body)  # Whatever is imported or read once is by now.
    sys.addaudithook(hook)
    try:
        listed(body)
        with pytest.raises(ExtractError):
            listed('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><urlset>&x;</urlset>')
    finally:
        listening.clear()
    assert events == []


def test_more_than_the_protocol_allows_is_cut_and_told():
    body = urlset(*(f"<loc>https://news.example.com/{n}</loc>" for n in range(MAX_URLS + 1)))
    listing = listed(body)
    assert len(listing.entries) == MAX_URLS
    assert "past the limit" in listing.notes[0]


def test_the_newsroom_s_sitemap_lists_all_its_articles_newest_first():
    with newsroom_of(date(2026, 8, 24)) as base:
        with urllib.request.urlopen(base + "/sitemap.xml") as answer:
            body = answer.read()
        entries = listed(body, base + "/sitemap.xml").entries
    assert len(entries) == body.count(b"<url>") > 1_000
    hints = [entry.modified for entry in entries]
    assert all(hint is not None for hint in hints)
    assert hints == sorted(hints, reverse=True)
    assert not any(entry.published for entry in entries)
