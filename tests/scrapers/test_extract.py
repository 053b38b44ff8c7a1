"""Pages to clean text, the same every time, and never anything but the article."""

from __future__ import annotations

import contextlib
import json
import re
import time
from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from scrapers.entries import Entry
from scrapers.extract import (
    EXTRACTOR,
    clean,
    document_text,
    entry_locator,
    extract,
    extract_entry,
)
from scrapers.markup import MAX_ELEMENTS, decode, parse
from scrapers.safety import hidden_text
from scrapers.sample.content import load_articles
from scrapers.sample.pages import render_site
from store.errors import ExtractError
from store.languages import language_of
from store.text import squeeze
from tests.bench.article_report import FINDERS, benchmark_pages, quality

URL = "https://news.example.net/budget"
STORY = (
    "The council of Port Ellery approved a budget of 41.7 million crowns on Tuesday. "
    "The mayor, Ilse Brandt, said that the new harbour wall will cost 9.2 million."
)


def page(body: str = "", head: str = "", story: str = STORY) -> bytes:
    return (
        f"<!doctype html><html lang='en'><head><title>Budget | The Paper</title>{head}</head><body>"
        "<div class='cookie-banner'>We use cookies to improve your experience.</div>"
        "<nav><a href='/'>Home</a> <a href='/about'>About us</a></nav>"
        f"<main><article><h1>The budget</h1><p>{story}</p><p>{story}</p>{body}</article></main>"
        "<footer>All rights reserved. Sign up to our newsletter.</footer></body></html>"
    ).encode()


def test_the_article_is_found_and_the_menus_are_not():
    found = extract(page(), "text/html; charset=utf-8", URL)
    assert found.text.startswith("The budget\nThe council of Port Ellery approved")
    assert not re.search("cookies|About us|newsletter|rights", found.text)
    assert (found.title, found.language) == ("The budget", "en")


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        pytest.param(
            '<script type="application/ld+json">{"@graph":[{"@type":["NewsArticle"],'
            '"datePublished":"2026-08-17T09:30:00+02:00","dateModified":"2026-08-20"}]}</script>',
            "",
            datetime(2026, 8, 17, 7, 30, tzinfo=UTC),
            id="JSON-LD",
        ),
        pytest.param(
            '<meta property="article:published_time" content="2026-08-17T09:30:00Z">',
            "",
            datetime(2026, 8, 17, 9, 30, tzinfo=UTC),
            id="a meta tag",
        ),
        pytest.param(
            "", '<time datetime="2026-08-17">17 August</time>', datetime(2026, 8, 17, tzinfo=UTC),
            id="a lone time",
        ),
        pytest.param(
            "",
            '<time datetime="2026-01-01">x</time><time itemprop="datePublished" '
            'datetime="2026-08-17">y</time>',
            datetime(2026, 8, 17, tzinfo=UTC),
            id="the time that is marked",
        ),
        pytest.param(
            "", '<time datetime="2026-01-01">x</time><time datetime="2026-08-17">y</time>', None,
            id="no one of two",
        ),
        pytest.param(
            '<script type="application/ld+json">{"@type":"Product","datePublished":"2020-01-01"}'
            '</script><script type="application/ld+json">{broken</script>',
            "",
            None,
            id="no other thing's",
        ),
        pytest.param("", "", None, id="none"),
    ],
)  # fmt: skip
def test_the_page_date_is_that_of(head, body, expected):
    assert extract(page(body, head), "text/html", URL).page_date == expected


def test_the_text_comes_out_of_the_capture_again():
    body = page()
    assert document_text(body, "text/html", URL) == extract(body, "text/html", URL).text
    assert EXTRACTOR.startswith("trafilatura/")


def test_an_entrys_text_comes_out_of_the_feed_again():
    items = [
        {"id": f"n{n}", "title": f"Budget {n}", "content_html": f"<p>{STORY} Part {n}.</p>"}
        for n in range(3)
    ]
    feed = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
    entry = Entry("n1", None, "Budget 1", None, items[1]["content_html"])
    text = extract_entry(entry, URL).text
    assert "Part 1." in text
    assert document_text(feed, "application/feed+json", URL, entry_locator(entry)) == text
    with pytest.raises(ExtractError, match="no entry 'n9'"):
        document_text(feed, "application/feed+json", URL, "entry:n9")


@pytest.mark.parametrize(
    ("body", "content_type", "why"),
    [
        pytest.param(b"", "text/html", "the page is empty", id="nothing"),
        pytest.param(b"%PDF-1.7", "application/pdf", "application/pdf is no article", id="a PDF"),
        pytest.param(bytes(range(256)) * 99, "text/html", "bytes are no text", id="binary bytes"),
        pytest.param(b"<html><body></body></html>", "text/html", "no article", id="no text"),
        pytest.param(b"<p>Short.</p>", "text/html", "too short|no article", id="a few words"),
        pytest.param(b"<b>" * 3_000_000, "text/html", "more than", id="much markup"),
        pytest.param(
            b"<p>x" * (MAX_ELEMENTS + 1), "text/html", "elements", id="many elements"
        ),
        pytest.param(
            page(head="<meta name='robots' content='noindex'>"),
            "text/html",
            "noindex",
            id="noindex",
        ),
    ],
)  # fmt: skip
def test_there_is_no_article_in(body, content_type, why):
    with pytest.raises(ExtractError, match=why):
        extract(body, content_type, URL)


def test_a_header_may_keep_us_away():
    with pytest.raises(ExtractError, match="X-Robots-Tag says noai"):
        extract(page(), "text/html", URL, {"x-robots-tag": "noai"})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(None, "carries no text", id="nothing"),
        pytest.param(f"{STORY} And then…", "only the beginning", id="dots at its end"),
        pytest.param(f"<p>{STORY}</p><p>[…]</p>", "only the beginning", id="dots in brackets"),
    ],
)
def test_an_entry_is_no_article_with(content, why):
    with pytest.raises(ExtractError, match=why):
        extract_entry(Entry("1", URL, "T", None, content), URL)


def test_plain_text_is_an_article():
    found = extract(f"Budget\n\n{STORY}".encode(), "text/plain", URL)
    assert found.text == f"Budget\n{STORY}"
    assert found.title == "Budget"


@pytest.mark.parametrize(
    ("encoding", "content_type", "head"),
    [
        pytest.param("utf-8", "text/html; charset=iso-8859-1", "", id="UTF-8 against its header"),
        pytest.param("utf-8-sig", "text/html", "", id="a byte-order mark"),
        pytest.param("utf-16", "text/html", "", id="UTF-16"),
        pytest.param("cp1252", "text/html; charset=iso-8859-1", "", id="Windows called Latin-1"),
        pytest.param("cp1252", "text/html", "", id="nothing declared"),
        pytest.param("cp1250", "text/html", "<meta charset='windows-1250'>", id="a meta tag"),
    ],
)
def test_letters_are_right_in(encoding, content_type, head):
    story = STORY.replace("Brandt", "Žďár" if encoding == "cp1250" else "Müller – ‘sic’")
    body = page(head=head, story=story).decode().encode(encoding)
    expected = "Žďár" if encoding == "cp1250" else "Müller – ‘sic’"
    assert expected in extract(body, content_type, URL).text


def test_clean_text_is_nfc_without_invisible_letters_one_paragraph_a_line():
    assert clean(" Cafe\u0301 \u200b is\u00a0open. \r\n\r\n\n\u202eNext\u202c line.\ufeff ") == (
        "Café is open.\nNext line."
    )


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (STORY * 2, "fr", "en"),
        (STORY * 2, "en-GB", "en"),
        ("Der Stadtrat hat am Dienstag den Haushalt beschlossen. " * 5, "", "de"),
        ("Der Stadtrat hat am Dienstag den Haushalt in der Halle beschlossen. " * 5, "en", "de"),
        ("De raad was in de hal en is het eens met de begroting van de stad. " * 5, "en", "nl"),
        ("市議会は火曜日に予算を承認しました。新しい港の壁の費用は高いです。" * 8, "", "ja"),
        ("Le budget", "fr-FR", "fr"),
        ("x", "", "und"),
    ],
)
def test_the_language_is_told_from_the_text(text, declared, language):
    assert language_of(text, declared) == language


@pytest.mark.parametrize(
    "seed",
    ["<a ", "<!--", '<a b="', "&#", "<div>", "<ul><li>a ", "<span>ab ", "<p hidden>a b c d e f",
     "\u200b", "word ", "<![CDATA[", "<time datetime='2020-01-01'>", "<p style='left:-"],
)  # fmt: skip
def test_hostile_markup_takes_no_time(seed):
    body = ("<html><body><article>" + seed * (120_000 // len(seed))).encode()
    started = time.monotonic()
    with contextlib.suppress(ExtractError):
        extract(body, "text/html", URL)
    # A quadratic step takes minutes here; the limit leaves room for a busy machine.
    assert time.monotonic() - started < 10


@pytest.mark.long
def test_articles_are_found_as_well_as_promised():
    """F1 of word 4-grams, mean precision and mean recall, as the benchmark counts."""
    pages = benchmark_pages()
    found = quality(pages, FINDERS["ours"])
    assert len(pages) == 91
    assert found.f1 >= 0.970


def test_text_that_only_the_thorough_way_finds_is_found():
    """The three pages of the benchmark of which the fast way sees next to nothing."""
    known = ("0ec95c", "9da36a", "e372e4")
    pages = [page for page in benchmark_pages() if page.name.startswith(known)]
    assert len(pages) == 3
    assert quality(pages, FINDERS["ours"]).f1 >= 0.99
    assert quality(pages, FINDERS["trafilatura, precise and fast"]).f1 < 0.6


def test_nothing_of_the_benchmark_is_called_hidden():
    """Over-defence: an innocent page would be put aside."""
    trees = {page.url: parse(decode(page.body, "text/html", ""), "") for page in benchmark_pages()}
    assert {url: found for url, tree in trees.items() if (found := hidden_text(tree))} == {}


def test_the_text_does_not_depend_on_what_else_is_asked_of_the_page():
    body = page("<!-- a comment --><p>It is <!-- so -->ended.</p><?pi?>")
    assert document_text(body, "text/html", URL) == extract(body, "text/html", URL).text
    assert "It is ended." in extract(body, "text/html", URL).text


def test_no_article_of_the_sample_site_loses_text():
    articles = load_articles("2026-W34")
    pages = render_site(articles, "http://127.0.0.1:1")
    for article in articles:
        text = extract(pages[article.path].body, "text/html", URL).text
        for paragraph in BeautifulSoup(article.html, "lxml").find_all("p"):
            assert squeeze(paragraph.get_text()) in squeeze(text), article.path
