"""A page's or entry's bytes to clean text, title, language and date: the same every time.

Offsets into a document's text are promises, so the text must come out of the capture again,
letter by letter: `document_text` is the one way to it, and `EXTRACTOR` names everything the
text depends on.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from itertools import islice

import trafilatura
from lxml import etree
from lxml.html import HtmlElement
from trafilatura.settings import Extractor

from scrapers.entries import Entry
from scrapers.feeds import read_feed
from scrapers.markup import count_elements, decode, parse, printable, texts_of
from scrapers.page_dates import linked_data, page_date
from scrapers.safety import UNSEEN_LETTER, hidden_text, keep_away, keep_away_header
from store.errors import ExtractError
from store.languages import language_of
from store.text import squeeze

#: Our own part of the text's making; raise it when `clean` or the options change.
RECIPE = 2
#: Everything the text of a document depends on beside its capture.
EXTRACTOR = (
    f"trafilatura/{version('trafilatura')}/precision,no-comments"
    f"/lxml-{version('lxml')}/charset-normalizer-{version('charset-normalizer')}"
    f"/feedparser-{version('feedparser')}/{RECIPE}"
)
#: A text shorter than this holds no sentence with room for a question (our choice).
MIN_TEXT_LENGTH = 80
#: A page with more markup is no article; lxml and trafilatura take seconds from here on.
MAX_MARKUP_LENGTH = 3_000_000
MAX_TITLE_LENGTH = 300
#: Where a text ends: what follows its last dots is a handful of signs.
_END_LENGTH = 200

#: Readers' comments are no part of the article: without them F1 is .974, with them .967.
_FAST, _THOROUGH = (
    Extractor(fast=fast, precision=True, comments=False, dedup=False) for fast in (True, False)
)

#: trafilatura's fast way takes three fifths of the time and finds the same on all but 3 pages of
#: the benchmark and 1 of the newsroom's 1,691. There it finds less than this (the library's own
#: bound of a short text) and than a quarter of the page: then the thorough way is asked too,
#: which compares with two other extractors. F1 .950 becomes .974.
MIN_FAST_LENGTH, MIN_FAST_RATIO = 250, 4
#: justext asks every paragraph for its neighbours: 3,700 take a second, 14,800 take fourteen. Of
#: the benchmark's pages none has more than 1,596 elements, none that needs this more than 459.
MAX_THOROUGH_ELEMENTS = 2_000

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
    page = parse(markup, url)
    if why := keep_away(page, headers or {}):
        raise ExtractError(url, f"{why}, so it is not used")
    unseen = hidden_text(page)
    text = _article(page, url)
    return Extracted(
        text=text,
        title=_title(page),
        language=language_of(text, page.get("lang", "")),
        page_date=page_date(page),
        hidden_text=unseen,
    )


def extract_entry(entry: Entry, url: str) -> Extracted:
    """Return the article that a feed's entry itself carries.

    Raises:
        ExtractError: The entry carries none, or only its beginning.
    """
    page = parse(_entry_markup(entry, url), url)
    unseen = hidden_text(page)
    text = _article(page, url)
    if _CUT_SHORT.search(text[-_END_LENGTH:]):
        raise ExtractError(url, "the feed holds only the beginning of the text")
    return Extracted(
        text=text,
        title=entry.title,
        language=language_of(text),
        page_date=None,
        hidden_text=unseen,
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
        return _article(parse(markup, url), url)
    name = locator.removeprefix(_ENTRY)
    for entry in read_feed(body, content_type, url):
        if entry.id == name:
            return _article(parse(_entry_markup(entry, url), url), url)
    raise ExtractError(url, f"the feed has no entry {name!r}")


def entry_locator(entry: Entry) -> str:
    """Return where in a feed's capture an entry's text lies."""
    return _ENTRY + entry.id


def clean(text: str) -> str:
    """Return `text` in NFC, without invisible characters, one paragraph a line."""
    text = UNSEEN_LETTER.sub("", unicodedata.normalize("NFC", text))
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


def _entry_markup(entry: Entry, url: str) -> str:
    if not entry.content_html:
        raise ExtractError(url, "the entry carries no text")
    title = html.escape(entry.title)
    return printable(
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>"
        f"{_paragraphs(entry.content_html)}</article></body></html>"
    )


def _paragraphs(content: str) -> str:
    return content if "<" in content else f"<p>{content}</p>"


def _article(page: HtmlElement, url: str) -> str:
    """Return the article's text; the page loses its HTML comments."""
    etree.strip_tags(page, etree.Comment, etree.ProcessingInstruction)
    text = clean(_found(page, url, _FAST))
    if len(text) < MIN_FAST_LENGTH and _holds_more(page, MIN_FAST_RATIO * len(text)):
        text = clean(_found(page, url, _THOROUGH))
    return _long_enough(text, url)


def _holds_more(page: HtmlElement, length: int) -> bool:
    if count_elements(page) > MAX_THOROUGH_ELEMENTS:
        return False
    return sum(len(squeeze(text)) for text in texts_of(page)) >= length


def _found(page: HtmlElement, url: str, options: Extractor) -> str:
    try:
        return trafilatura.extract(page, options=options) or ""
    except (ValueError, TypeError, AttributeError, RecursionError, AssertionError) as error:
        # Hostile markup brings lxml and trafilatura to all of these.
        why = f"the page cannot be taken apart ({type(error).__name__})"
        raise ExtractError(url, why) from error


def _long_enough(text: str, url: str) -> str:
    if len(text) < MIN_TEXT_LENGTH:
        raise ExtractError(
            url, "there is no article in it" if not text else "its text is too short"
        )
    return text


def _title(page: HtmlElement) -> str:
    """Return the headline: og:title, JSON-LD, the only h1, the title tag."""
    return next((title for found in _titles(page) if (title := _one_line(found))), "")


def _titles(page: HtmlElement) -> Iterator[object]:
    yield next((e.get("content") for e in page.iter("meta") if e.get("property") == "og:title"), "")
    yield from (thing.get("headline") for thing in linked_data(page))
    headings = list(page.iter("h1"))
    if len(headings) == 1:
        yield " ".join(headings[0].itertext())
    yield from (" ".join(element.itertext()) for element in islice(page.iter("title"), 1))
    yield from (" ".join(element.itertext()) for element in headings[:1])


def _one_line(found: object) -> str:
    return squeeze(clean(found))[:MAX_TITLE_LENGTH] if isinstance(found, str) else ""
