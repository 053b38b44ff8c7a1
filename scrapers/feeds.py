"""Kind `feed`: the entries of RSS, Atom, RDF and JSON Feed.

XML goes through feedparser in a limited child process (`feed_child`); JSON Feed is small enough
to be read here.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from scrapers.dates import FIRST_YEAR, parse_date
from scrapers.entries import Entry, Listing
from scrapers.fetched import Fetched
from scrapers.limited import ChildFailed, LimitedChild
from store.errors import ExtractError
from store.records import Source, sha256_hex

#: A feed that takes longer is refused. The largest real one (1.6 MB, 730 entries) takes 2 s, on
#: a busy machine 4; none may hold the others up for 5 (issue 4, 4).
MAX_PARSE_S = 4.5
#: The one warm child of this process; it starts with the first feed.
PARSER = LimitedChild(Path(__file__).with_name("feed_child.py"), wall_s=MAX_PARSE_S)

#: The comments are taken whole, for a body of nothing else would be tried in every division.
_HTML_START = re.compile(rb"^\s*+(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html)\b", re.I | re.S)
_JSON_FEED = re.compile(r"https?://(?:www\.)?jsonfeed\.org/version/\d(?:\.\d+)?")
_YEAR = re.compile(r"(?:19|20)\d{2}")
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class FeedReader:
    """Lists the entries of a feed."""

    parser: LimitedChild = PARSER

    def read(self, fetched: Fetched, source: Source) -> Listing:
        """Return the feed's entries in its own order.

        Raises:
            ExtractError: The body is no feed.
        """
        return Listing(
            read_feed(fetched.body, fetched.content_type, fetched.final_url, self.parser)
        )


def read_feed(
    body: bytes, content_type: str, url: str, parser: LimitedChild = PARSER
) -> tuple[Entry, ...]:
    """Return the entries of a feed in its own order; ill-formed XML is no failure.

    Raises:
        ExtractError: The body is no feed, declares XML entities, or took too much to parse.
    """
    if not body.strip():
        raise ExtractError(url, "the feed is empty")
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return _json_entries(body, url)
    try:
        answer = parser.ask({"content_type": content_type, "url": url}, body)
    except ChildFailed as error:
        raise ExtractError(url, f"the feed cannot be parsed: {error}") from error
    if why := answer.get("refused"):
        raise ExtractError(url, f"the feed is refused: {why}")
    entries = _distinct(_xml_entry(fields) for fields in answer["entries"])
    if not entries and not answer["version"]:
        is_page = _HTML_START.match(body)
        why = "the feed is an HTML page" if is_page else "it is neither RSS, Atom nor JSON Feed"
        raise ExtractError(url, why)
    return entries


def _distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Number the entries that share an id: a locator must name one."""
    found: dict[str, Entry] = {}
    # Counting goes on where it stopped: from one each time it would be quadratic.
    counts: dict[str, int] = {}
    for entry in entries:
        name = entry.id
        while name in found:
            counts[entry.id] = counts.get(entry.id, 1) + 1
            name = f"{entry.id}~{counts[entry.id]}"
        found[name] = replace(entry, id=name)
    return tuple(found.values())


def _xml_entry(fields: Mapping[str, Any]) -> Entry:
    title = " ".join(html.unescape(re.sub(r"<[^<>]*>", "", fields["title"])).split())
    url = fields["url"].strip()
    return Entry(
        id=fields["id"].strip() or url or _made_id(title, fields["date"]),
        url=url if url.lower().startswith(("http://", "https://")) else None,
        title=title,
        published=parse_date(fields["date"]) or _second_reading(fields["date"], fields["seconds"]),
        content_html=fields["html"],
    )


def _made_id(*parts: str) -> str:
    return sha256_hex("\n".join(parts).encode("utf-8", "surrogatepass"))[:16]


def _second_reading(written: str, seconds: int | None) -> datetime | None:
    """Take feedparser's word for a date that names year, month and day in another language."""
    if seconds is None or not _YEAR.search(written) or len(_NUMBERS.findall(written)) < 2:
        return None
    try:
        found = datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return found if found.year >= FIRST_YEAR else None


def _json_entries(body: bytes, url: str) -> tuple[Entry, ...]:
    try:
        feed = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ExtractError(url, "the feed is no valid JSON") from error
    version = feed.get("version")
    if not isinstance(version, str) or not _JSON_FEED.match(version):
        raise ExtractError(url, "it is JSON, but no JSON Feed")
    items = feed.get("items")
    if not isinstance(items, list):
        raise ExtractError(url, "the JSON Feed has no items")
    return _distinct(_json_entry(item) for item in items if isinstance(item, dict))


def _json_entry(item: Mapping[str, Any]) -> Entry:
    def text(name: str) -> str:
        value = item.get(name)
        return value.strip() if isinstance(value, str) else ""

    link, given = text("url"), item.get("id")
    content = text("content_html")
    if not content and (plain := text("content_text")):
        paragraphs = (html.escape(part) for part in re.split(r"\n\s*\n", plain))
        content = "".join(f"<p>{part}</p>" for part in paragraphs)
    date = text("date_published") or text("date_modified")
    number = isinstance(given, int | float) and not isinstance(given, bool)
    return Entry(
        id=(str(given) if number else text("id")) or link or _made_id(text("title"), date),
        url=link if link.lower().startswith(("http://", "https://")) else None,
        title=" ".join(text("title").split()),
        published=parse_date(date),
        content_html=content or None,
    )
