"""A page's or entry's bytes to clean text, title, language and date: the same every time.

Offsets into a document's text are promises, so the text must come out of the capture again,
letter by letter: `document_text` is the one way to it, and `EXTRACTOR` names everything the
text depends on.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

import trafilatura
from bs4 import BeautifulSoup

from scrapers.entries import Entry
from scrapers.feeds import read_feed
from scrapers.languages import language_of
from scrapers.markup import decode, tree
from scrapers.page_dates import linked_data, page_date
from scrapers.safety import hidden_text, keep_away, keep_away_header
from store.errors import ExtractError
from store.text import INVISIBLE, squeeze

#: Our own part of the text's making; raise it when `clean` or the options change.
RECIPE = 1
#: Everything the text of a document depends on beside its capture.
EXTRACTOR = (
    f"trafilatura/{version('trafilatura')}/precision,no-comments"
    f"/lxml-{version('lxml')}/feedparser-{version('feedparser')}/{RECIPE}"
)
#: A text shorter than this holds no sentence with room for a question (our choice).
MIN_TEXT_LENGTH = 80
#: A page with more markup is no article; lxml and trafilatura take seconds from here on.
MAX_MARKUP_LENGTH = 3_000_000
#: trafilatura's time grows with the square: 12,000 empty paragraphs take half a second, 48,000
#: take five; the largest of the benchmark's pages has some 4,000.
MAX_ELEMENTS = 15_000
MAX_TITLE_LENGTH = 300

#: The content types that can hold an article.
_READABLE = ("text/html", "application/xhtml+xml", "text/plain", "")
_ENTRY = "entry:"
_CUT_SHORT = re.compile(
    r"(?:…|\.\.\.|\[…\]|\[\.\.\.\]|\(more\)|read more|continue reading)\W*$", re.I
)


@dataclass(frozen=True)
class Extracted:
    """What a document is made of.

    Attributes:
        text: The article, NFC, paragraphs on lines of their own.
        title: May be empty.
        language: ISO 639-1, or "und".
        page_date: When the page says it was published.
        hidden_text: Prose its readers would not see, a piece a line.
    """

    text: str
    title: str
    language: str
    page_date: datetime | None
    hidden_text: str


def extract(
    body: bytes, content_type: str, url: str, headers: Mapping[str, str] | None = None
) -> Extracted:
    """Return the article of a page.

    Args:
        body: The page as it came.
        content_type: Its Content-Type header.
        url: Named in errors; it does not change the text.
        headers: Response headers, which may forbid the page's use.

    Raises:
        ExtractError: It is no page, holds no article, or asks machines to keep away.
    """
    markup = _page_markup(body, content_type, url)
    if _kind(content_type) == "text/plain":
        if why := keep_away_header(headers or {}):
            raise ExtractError(url, f"{why}, so it is not used")
        text = _long_enough(clean(markup), url)
        return Extracted(
            text, squeeze(text.split("\n", 1)[0])[:MAX_TITLE_LENGTH], language_of(text), None, ""
        )
    page = _bounded_tree(markup, url)
    if why := keep_away(page, headers or {}):
        raise ExtractError(url, f"{why}, so it is not used")
    text = _article(markup, url)
    return Extracted(
        text=text,
        title=_title(page),
        language=language_of(text, _declared_language(page)),
        page_date=page_date(page),
        hidden_text=hidden_text(page),
    )


def extract_entry(entry: Entry, url: str) -> Extracted:
    """Return the article that a feed's entry itself carries.

    Raises:
        ExtractError: The entry carries none, or only its beginning.
    """
    markup = _entry_markup(entry, url)
    page = _bounded_tree(markup, url)
    text = _article(markup, url)
    if _CUT_SHORT.search(text):
        raise ExtractError(url, "the feed holds only the beginning of the text")
    return Extracted(
        text=text,
        title=entry.title,
        language=language_of(text),
        page_date=None,
        hidden_text=hidden_text(page),
    )


def document_text(body: bytes, content_type: str, url: str, locator: str = "") -> str:
    """Return the text of a document again, from its capture alone.

    Args:
        body: The capture's bytes.
        content_type: The capture's Content-Type header.
        url: The capture's final URL.
        locator: The document's: "" for the whole page, "entry:ID" for a feed's entry.

    Raises:
        ExtractError: There is no such text in the capture.
    """
    if not locator:
        markup = _page_markup(body, content_type, url)
        if _kind(content_type) == "text/plain":
            return _long_enough(clean(markup), url)
        return _article(markup, url)
    name = locator.removeprefix(_ENTRY)
    for entry in read_feed(body, content_type, url):
        if entry.id == name:
            return _article(_entry_markup(entry, url), url)
    raise ExtractError(url, f"the feed has no entry {name!r}")


def entry_locator(entry: Entry) -> str:
    """Return where in a feed's capture an entry's text lies."""
    return _ENTRY + entry.id


def clean(text: str) -> str:
    """Return `text` in NFC, without invisible characters, one paragraph a line."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    return "\n".join(line for part in text.splitlines() if (line := squeeze(part)))


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _page_markup(body: bytes, content_type: str, url: str) -> str:
    if _kind(content_type) not in _READABLE:
        raise ExtractError(url, f"{_kind(content_type)} is no article")
    if not body.strip():
        raise ExtractError(url, "the page is empty")
    markup = decode(body, content_type, url)
    if len(markup) > MAX_MARKUP_LENGTH:
        raise ExtractError(url, f"more than {MAX_MARKUP_LENGTH} characters of markup")
    return markup


def _bounded_tree(markup: str, url: str) -> BeautifulSoup:
    # An element has one tag or two; the count refuses what would take seconds to build.
    if markup.count("<") > 3 * MAX_ELEMENTS:
        raise ExtractError(url, f"more than {MAX_ELEMENTS} elements")
    page = tree(markup)
    if len(page.find_all(True)) > MAX_ELEMENTS:
        raise ExtractError(url, f"more than {MAX_ELEMENTS} elements")
    return page


def _entry_markup(entry: Entry, url: str) -> str:
    if not entry.content_html:
        raise ExtractError(url, "the entry carries no text")
    title = html.escape(entry.title)
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"{_paragraphs(entry.content_html)}</article></body></html>"
    )


def _paragraphs(content: str) -> str:
    return content if "<" in content else f"<p>{content}</p>"


def _article(markup: str, url: str) -> str:
    """Return the article's text.

    Comments of readers are left out: without them F1 is .974 on the benchmark, with them .967.
    """
    try:
        found = trafilatura.extract(
            markup, favor_precision=True, include_comments=False, deduplicate=False
        )
    except (ValueError, TypeError, AttributeError, RecursionError, AssertionError) as error:
        # Hostile markup brings lxml and trafilatura to all of these.
        why = f"the page cannot be taken apart ({type(error).__name__})"
        raise ExtractError(url, why) from error
    return _long_enough(clean(found or ""), url)


def _long_enough(text: str, url: str) -> str:
    if len(text) < MIN_TEXT_LENGTH:
        raise ExtractError(
            url, "there is no article in it" if not text else "its text is too short"
        )
    return text


def _title(page: BeautifulSoup) -> str:
    """Return the headline: og:title, JSON-LD, the only h1, the title tag."""
    meta = page.find("meta", property="og:title")
    headings = page.find_all("h1")
    candidates = [
        meta.get("content") if meta else None,
        *(thing.get("headline") for thing in linked_data(page)),
        headings[0].get_text(" ") if len(headings) == 1 else None,
        page.title.get_text(" ") if page.title else None,
        headings[0].get_text(" ") if headings else None,
    ]
    titles = (clean(found).replace("\n", " ") for found in candidates if isinstance(found, str))
    return next((title[:MAX_TITLE_LENGTH] for title in titles if title), "")


def _declared_language(page: BeautifulSoup) -> str:
    return str(page.html.get("lang", "")) if page.html else ""
