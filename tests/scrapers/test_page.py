"""List pages: the links that lead to articles, in order, each once."""

from __future__ import annotations

import pytest

from scrapers.fetched import Fetched
from scrapers.page import PageReader, same_site
from store.errors import ExtractError
from store.records import Source
from tests.scrapers.conftest import NOW

URL = "https://news.example.co.uk/latest/"
PAGE = """<html><body>
<nav><a href="/about-us">About us and our work</a></nav>
<ul>
 <li><a href="/2026/08/budget-approved"><img></a>
     <a href="/2026/08/budget-approved#top">The budget is approved</a>
     <time datetime="2026-08-17">17 August</time></li>
 <li><a href="harbour-wall.html">A harbour wall is built</a></li>
 <li><a href="https://www.example.co.uk/storm-2026">The storm passes by</a></li>
 <li><a href="https://elsewhere.example.net/story-1">A story of somebody else</a></li>
 <li><a href="/report-2026.pdf">The whole report as PDF</a></li>
 <li><a href="/news">All the news of today</a></li>
 <li><a href="javascript:void(0)">Nothing to see at all 1</a></li>
 <li><a href="/page-2">Next</a></li>
</ul><footer><a href="/terms-and-conditions">Terms and conditions</a></footer></body></html>"""


def listed(page: str = PAGE, links: str | None = None):
    fetched = Fetched(URL, URL, 200, {"content-type": "text/html"}, page.encode(), NOW)
    source = Source(name="s", kind="page", url=URL, licence="MIT", attribution="S", links=links)
    return PageReader().read(fetched, source).entries


def test_articles_are_found_in_page_order_each_once():
    entries = listed()
    assert [(entry.url, entry.title) for entry in entries] == [
        ("https://news.example.co.uk/2026/08/budget-approved", "The budget is approved"),
        ("https://news.example.co.uk/latest/harbour-wall.html", "A harbour wall is built"),
        ("https://www.example.co.uk/storm-2026", "The storm passes by"),
    ]


def test_the_date_beside_a_link_is_taken_when_it_is_the_only_one():
    assert [entry.published is not None for entry in listed()] == [True, False, False]


def test_a_selector_takes_what_it_names_and_still_only_of_this_site():
    urls = [entry.url for entry in listed(links="li:nth-of-type(n+4) a, footer")]
    assert urls == [
        "https://news.example.co.uk/report-2026.pdf",
        "https://news.example.co.uk/news",
        "https://news.example.co.uk/page-2",
        "https://news.example.co.uk/terms-and-conditions",
    ]


@pytest.mark.parametrize(
    ("page", "links", "why"),
    [
        pytest.param("<p>nothing", None, "links to no articles", id="no links"),
        pytest.param(PAGE, "li[[", "cannot be read", id="a broken selector"),
        pytest.param("", None, "links to no articles", id="an empty page"),
    ],
)
def test_a_page_that_lists_nothing_says_so(page, links, why):
    with pytest.raises(ExtractError, match=why):
        listed(page, links)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        pytest.param("https://a.example.com/", "https://b.example.com/", True, id="subdomains"),
        pytest.param("https://a.co.uk/", "https://b.co.uk/", False, id="a public suffix"),
        pytest.param("https://a.example.com/", "https://example.org/", False, id="domains"),
        pytest.param(
            "http://127.0.0.1:80/", "http://127.0.0.1:81/", False, id="ports of one address"
        ),
        pytest.param("http://127.0.0.1:80/a", "http://127.0.0.1:80/b", True, id="one address"),
    ],
)
def test_same_site(left, right, same):
    assert same_site(left, right) is same
