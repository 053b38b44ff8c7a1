"""Every page of the sample site, rendered once before it is served."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from scrapers.sample import syndication
from scrapers.sample.content import Article
from scrapers.sample.topics import TOPICS, Listing, Topic
from store.records import sha256_hex

#: The folder that robots.txt keeps closed; a polite reader never asks for it.
CLOSED_FOLDER = "/drafts/"

_HTML = "text/html; charset=utf-8"
_N_RELATED = 3

_Feed = Callable[[Topic, Sequence[Article], str], bytes]
_FEEDS: dict[Listing, tuple[_Feed, str]] = {
    "rss": (syndication.rss, "application/rss+xml; charset=utf-8"),
    "atom": (syndication.atom, "application/atom+xml; charset=utf-8"),
    "json": (syndication.json_feed, "application/feed+json"),
}


@dataclass(frozen=True)
class Page:
    """One answer of the site, plain and compressed."""

    body: bytes
    gzipped: bytes
    content_type: str
    modified: datetime
    #: Strong, quoted, of the plain body.
    etag: str

    @classmethod
    def of(cls, body: bytes, content_type: str, modified: datetime) -> Page:
        """Make the page that answers with `body`."""
        etag = f'"{sha256_hex(body)[:32]}"'
        return cls(body, gzip.compress(body, mtime=0), content_type, modified, etag)


def render_site(articles: Sequence[Article], base_url: str) -> Mapping[str, Page]:
    """Return every page by its path; the newest articles stand first in lists."""
    newest_first = sorted(articles, key=lambda article: article.published_at, reverse=True)
    modified = newest_first[0].published_at
    template = _environment(base_url).get_template
    pages = {
        "/": _html(template("home.html").render(), modified),
        "/robots.txt": Page.of(_robots(base_url), "text/plain; charset=utf-8", modified),
        "/sitemap.xml": Page.of(
            syndication.sitemap(articles, base_url), "application/xml", modified
        ),
        CLOSED_FOLDER: _html(template("draft.html").render(), modified),
    }
    for topic in TOPICS:
        listed = [article for article in newest_first if article.topic == topic.name]
        pages |= _topic_pages(topic, listed, base_url)
    return pages


def _topic_pages(topic: Topic, listed: Sequence[Article], base_url: str) -> dict[str, Page]:
    template = _environment(base_url).get_template
    modified = listed[0].published_at
    list_page = template("topic.html").render(topic=topic, articles=listed)
    pages = {f"/{topic.name}/": _html(list_page, modified)}
    if topic.listing in _FEEDS:
        make, content_type = _FEEDS[topic.listing]
        feed = make(topic, listed, base_url)
        pages[topic.listing_path] = Page.of(feed, content_type, modified)
    for article in listed:
        related = [other for other in listed if other is not article][:_N_RELATED]
        text = template("article.html").render(
            article=article,
            topic=topic,
            related=related,
            linked_data=_linked_data(article, base_url),
        )
        pages[article.path] = _html(text, article.published_at)
    return pages


def _environment(base_url: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("scrapers.sample"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"base_url": base_url, "topics": TOPICS, "closed": CLOSED_FOLDER}
    return environment


def _html(text: str, modified: datetime) -> Page:
    return Page.of(text.encode(), _HTML, modified)


def _linked_data(article: Article, base_url: str) -> str:
    """Return the article's JSON-LD, safe inside a script element."""
    described = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": article.title,
        "url": base_url + article.path,
        "datePublished": article.published_at.isoformat(),
        "dateModified": article.published_at.isoformat(),
        "inLanguage": "en",
        "license": "https://creativecommons.org/publicdomain/zero/1.0/",
        "publisher": {"@type": "Organization", "name": "Unseen sample site"},
    }
    return json.dumps(described, ensure_ascii=False).replace("<", "\\u003c")


def _robots(base_url: str) -> bytes:
    lines = (
        "User-agent: *",
        "Crawl-delay: 0",
        f"Disallow: {CLOSED_FOLDER}",
        "",
        f"Sitemap: {base_url}/sitemap.xml",
        "",
    )
    return "\n".join(lines).encode()
