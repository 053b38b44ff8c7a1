"""The sample site's machine-readable lists: RSS 2.0, Atom 1.0, JSON Feed 1.1, a sitemap."""

from __future__ import annotations

import json
from collections.abc import Sequence
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from scrapers.sample.content import Article
from scrapers.sample.topics import Topic


def rss(topic: Topic, articles: Sequence[Article], base_url: str) -> bytes:
    """Return the topic's RSS 2.0 feed: first paragraphs only, so articles must be fetched."""
    root = ET.Element("rss", version="2.0")
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", topic.title)
    _add(channel, "link", f"{base_url}/{topic.name}/")
    _add(channel, "description", f"{topic.title} on the Unseen sample site")
    _add(channel, "language", "en")
    for article in articles:
        item = ET.SubElement(channel, "item")
        _add(item, "title", article.title)
        _add(item, "link", base_url + article.path)
        _add(item, "guid", base_url + article.path).set("isPermaLink", "true")
        _add(item, "pubDate", format_datetime(article.published_at, usegmt=True))
        _add(item, "description", article.summary)
    return _xml(root)


def atom(topic: Topic, articles: Sequence[Article], base_url: str) -> bytes:
    """Return the topic's Atom feed: first paragraphs only, so articles must be fetched."""
    home = f"{base_url}/{topic.name}/"
    root = ET.Element("feed", xmlns="http://www.w3.org/2005/Atom")
    _add(root, "id", home)
    _add(root, "title", topic.title)
    _add(root, "updated", max(article.published_at for article in articles).isoformat())
    _add(root, "link").set("href", home)
    _add(_add(root, "author"), "name", "Unseen sample site")
    for article in articles:
        entry = ET.SubElement(root, "entry")
        _add(entry, "id", base_url + article.path)
        _add(entry, "title", article.title)
        _add(entry, "link").set("href", base_url + article.path)
        _add(entry, "published", article.published_at.isoformat())
        _add(entry, "updated", article.published_at.isoformat())
        _add(entry, "summary", article.summary)
    return _xml(root)


def json_feed(topic: Topic, articles: Sequence[Article], base_url: str) -> bytes:
    """Return the topic's JSON Feed, with the whole articles in it."""
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": topic.title,
        "home_page_url": f"{base_url}/{topic.name}/",
        "feed_url": base_url + topic.listing_path,
        "language": "en",
        "items": [
            {
                "id": base_url + article.path,
                "url": base_url + article.path,
                "title": article.title,
                "date_published": article.published_at.isoformat(),
                "content_html": article.html,
            }
            for article in articles
        ],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def sitemap(articles: Sequence[Article], base_url: str) -> bytes:
    """Return the sitemap of every article."""
    root = ET.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for article in articles:
        url = ET.SubElement(root, "url")
        _add(url, "loc", base_url + article.path)
        _add(url, "lastmod", article.published_at.isoformat())
    return _xml(root)


def _add(parent: ET.Element, tag: str, text: str | None = None) -> ET.Element:
    child = ET.SubElement(parent, tag)
    child.text = text
    return child


def _xml(root: ET.Element) -> bytes:
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document
