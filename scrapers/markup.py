"""HTML bytes to text and tree, in one way for everything that reads a page.

Whatever a page holds, reading it takes a time that grows with its length: what would not is
refused, and the bound stands beside its reason.
"""

from __future__ import annotations

import codecs
import contextlib
import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from charset_normalizer import from_bytes
from lxml import etree
from lxml.html import HtmlComment, HtmlElement, HtmlProcessingInstruction

from store.errors import ExtractError

#: More replacement characters than this are no typing mistake: the bytes are not this text.
MAX_UNDECODABLE_SHARE = 0.01
#: Control characters have no place in HTML; random bytes are full of them.
MAX_CONTROL_SHARE = 0.001
#: Broken letters among those UTF-8 spells well; no other encoding looks like UTF-8 by chance.
MAX_BROKEN_UTF8_SHARE = 0.05
#: charset_normalizer's mess of a text that an encoding spells well: the right one has 0.00 in
#: eleven languages, the next one 0.05 to 0.18 or none at all (tests/scrapers/test_markup.py).
MAX_MESS = 0.04
#: As much of a page tells its encoding; more only takes longer.
CHARSET_SAMPLE_BYTES = 16_384

#: trafilatura's time grows with the square: 15,000 headings take a second and a half, 48,000 empty
#: paragraphs five; the largest of the benchmark's pages has 1,596.
MAX_ELEMENTS = 10_000
#: libxml2 parses no deeper and drops what follows; below 250 no page was met.
MAX_DEPTH = 255
#: libxml2 walks over all attributes of an element to add one: 100,000 take 100 s. A megabyte of
#: elements with 1,000 each takes 0.2 s; the benchmark's pages have at most 40.
MAX_ATTRIBUTES = 1_000
#: In a shorter page even one element of attributes only takes no 40 ms, so nobody counts.
UNCOUNTED_LENGTH = 30_000
_PIECE_BYTES = 8_192

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: What pages call one encoding and mean the larger one (WHATWG Encoding Standard, labels).
_MEANT = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "tis-620": "cp874",
    "big5": "big5hkscs",
}
#: What undeclared bytes may be in, beside Windows-1252: an encoding for each script.
_UNDECLARED = (
    "cp932 euc_jp gb18030 big5hkscs cp949 cp1251 koi8_r iso8859_5 cp1253 cp1255 cp1256 cp874"
).split()
_CHARSET = re.compile(
    rb"(?:charset|<\?xml\s[^>]{0,200}?encoding)\s*=\s*(?:[\"']\s*)?([A-Za-z0-9_:.\-]{1,40})",
    re.IGNORECASE,
)
#: A declaration further down is none (HTML standard: 1,024; Chromium reads on).
_DECLARED_WITHIN_BYTES = 4_096
#: A quarter of UTF-16 markup is zeros, even of Japanese: its tags are ASCII.
_START_BYTES = 400
_WIDE = re.compile(r"[^\x00-\x7f]+")
_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
#: What no XML tree may hold; a form feed is white space to HTML.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_UNFIT_REFERENCE = re.compile(
    r"&#(?:0*(?:[1-8]|1[1245678]|2\d|3[01]|127)|x0*(?:[1-8bcef]|1[\da-f]|7f))(?![\da-f]);?", re.I
)
_XML_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]{0,200}\?>")
#: libxml2 takes `<html/>` for the whole page.
_CLOSED_AT_ONCE = re.compile(r"(<(?:html|body)\b[^<>]{0,500}?)\s*/>", re.IGNORECASE)
_PROLOGUE_LENGTH = 4_096


def decode(body: bytes, content_type: str, url: str) -> str:
    """Return the text of a page: byte-order mark, UTF-8, what is declared, what reads well.

    Valid UTF-8 that is more than ASCII is believed before what the server declares: other
    encodings do not look like it by chance. Header and meta are believed, in this order, as far
    as the bytes spell words in what they say; then the encoding in which the bytes do so;
    then Windows-1252, as the HTML standard has it.

    Raises:
        ExtractError: The bytes are no text in any encoding.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _checked(body[len(mark) :].decode(encoding, "replace"), url)
    if wider := _told_by_ascii(body):
        return _checked(body.decode(wider, "replace"), url)
    try:
        return _checked(body.decode("utf-8"), url)
    except UnicodeDecodeError:
        text = body.decode("utf-8", "replace")
    n_wide = sum(map(len, _WIDE.findall(text)))
    if text.count("\ufffd") > MAX_BROKEN_UTF8_SHARE * n_wide:
        text = body.decode(_by_the_look(body, content_type), "replace")
    return _checked(text, url)


def _declared(body: bytes, content_type: str) -> Iterator[str]:
    """Yield the codecs that the header and the page name."""
    header = _CHARSET.search(content_type.encode("latin-1", "replace"))
    for found in (header, _CHARSET.search(body, 0, _DECLARED_WITHIN_BYTES)):
        if found and (name := _codec(found[1].decode("ascii"))):
            yield name


def _codec(label: str) -> str | None:
    try:
        known = codecs.lookup(label)
    except LookupError:
        return None
    # Codecs like "rot13" or "zlib" decode no text.
    return _MEANT.get(known.name, known.name) if known._is_text_encoding else None


def _told_by_ascii(body: bytes) -> str | None:
    """Return the encoding of bytes that look like ASCII and are not: UTF-16, ISO-2022-JP."""
    start = body[:_START_BYTES]
    if len(start) >= 4 and start.count(0) > len(start) / 4:
        return "utf-16-be" if start[0::2].count(0) > start[1::2].count(0) else "utf-16-le"
    if b"\x1b$" in body:
        with contextlib.suppress(UnicodeDecodeError):
            body.decode("iso2022_jp")
            return "iso2022_jp"
    return None


def _by_the_look(body: bytes, content_type: str) -> str:
    """Return the codec in which bytes that are no UTF-8 spell words."""
    first = _HIGH_BYTE.search(body)
    # From tag to tag, so that no letter is cut: "<" is part of none in these encodings.
    start = max(0, body.rfind(b"<", 0, first.start() if first else 0))
    sample = body[start : start + CHARSET_SAMPLE_BYTES]
    if len(sample) == CHARSET_SAMPLE_BYTES and b"<" in sample[1:]:
        sample = sample[: sample.rindex(b"<")]
    declared = [name for name in _declared(body, content_type) if name != "utf-8"]
    for name in (*declared, "cp1252"):
        if _mess(sample, [name]) <= MAX_MESS:
            return name
    found = from_bytes(sample, cp_isolation=_UNDECLARED, enable_fallback=False).best()
    if found is not None and found.chaos <= MAX_MESS:
        return _MEANT.get(found.encoding, found.encoding)
    return next(iter(declared), "cp1252")


def _mess(sample: bytes, codec_names: list[str]) -> float:
    found = from_bytes(sample, cp_isolation=codec_names, enable_fallback=False).best()
    return 1.0 if found is None else found.chaos


def printable(text: str) -> str:
    """Return `text` with a space for what no tree may hold."""
    return _UNFIT.sub(" ", text)


def _checked(text: str, url: str) -> str:
    limit = len(text) or 1
    if text.count("\ufffd") / limit > MAX_UNDECODABLE_SHARE:
        raise ExtractError(url, "the bytes are no text in the declared encoding")
    unfit = len(_UNFIT.findall(text))
    if unfit - text.count("\f") > MAX_CONTROL_SHARE * limit:
        raise ExtractError(url, "the bytes are no text")
    return printable(text) if unfit else text


def parse(markup: str, url: str) -> HtmlElement:
    """Return the tree of an HTML page, comments included; nothing is fetched or expanded.

    Args:
        markup: The page as `decode` or `printable` gives it.
        url: Named in errors.

    Raises:
        ExtractError: The page is empty, or has more elements, attributes or depth than a page.
    """
    _count_tags(markup, url)
    if "&#" in markup:
        markup = _UNFIT_REFERENCE.sub(" ", markup)
    head = _CLOSED_AT_ONCE.sub(r"\1>", markup[:_PROLOGUE_LENGTH])
    body = (head + markup[_PROLOGUE_LENGTH:]).encode("utf-8", "replace")
    if len(body) > UNCOUNTED_LENGTH:
        _count_attributes(body, url)
    parser = etree.HTMLParser(
        encoding="utf-8", collect_ids=False, huge_tree=False, no_network=True, default_doctype=False
    )
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        page: HtmlElement | None = etree.fromstring(body, parser)
    except etree.LxmlError as error:
        raise ExtractError(url, "the page cannot be parsed") from error
    if page is None:
        raise ExtractError(url, "there is nothing in the page")
    fault = parser.error_log.last_error
    # libxml2 stops there, and what follows would be missing without a word.
    if fault is not None and fault.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
        raise ExtractError(url, _TOO_DEEP)
    if count_elements(page) > MAX_ELEMENTS:
        raise ExtractError(url, f"more than {MAX_ELEMENTS} elements")
    return page


_TOO_DEEP = f"elements nested more than {MAX_DEPTH} deep"
#: lxml.html chooses a class for each element it meets, in Python: a tenth of an article's time,
#: for forms nobody fills in.
_ELEMENTS = etree.ElementDefaultClassLookup(
    element=HtmlElement, comment=HtmlComment, pi=HtmlProcessingInstruction
)
_N_ELEMENTS = etree.XPath("count(//*)")
_TEXTS = etree.XPath("descendant-or-self::text()")
_SCRIPTS = frozenset({"script", "style"})


def count_elements(page: HtmlElement) -> int:
    """Return how many elements a tree has."""
    return int(_N_ELEMENTS(page))


def texts_of(page: HtmlElement) -> Iterator[str]:
    """Yield all pieces of text in a tree, but those of scripts and styles."""
    for text in _TEXTS(page):
        if text.is_tail or text.getparent().tag not in _SCRIPTS:
            yield str(text)


def _count_tags(markup: str, url: str) -> None:
    # An element has one tag or two, and a little more is comments: beyond that nobody parses.
    if markup.count("<") > 3 * MAX_ELEMENTS:
        raise ExtractError(url, f"more than {MAX_ELEMENTS} elements")


def _count_attributes(body: bytes, url: str) -> None:
    """Refuse elements of too many attributes, read by the same parser, which builds no tree."""
    census = etree.HTMLParser(target=_Census(url), encoding="utf-8")
    # What a callback raises ends a piece, not the whole.
    for start in range(0, len(body), _PIECE_BYTES):
        census.feed(body[start : start + _PIECE_BYTES])
    census.close()


class _Census:
    """Counts what a parser meets.

    Depth too, because without a tree libxml2 does not, and is quadratic in it.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._depth = 0

    def start(self, tag: str, attrib: dict[str, str]) -> None:
        self._depth += 1
        if len(attrib) > MAX_ATTRIBUTES:
            raise ExtractError(self._url, f"an element of more than {MAX_ATTRIBUTES} attributes")
        if self._depth > MAX_DEPTH:
            raise ExtractError(self._url, _TOO_DEEP)

    def end(self, tag: str) -> None:
        self._depth -= 1

    def close(self) -> None:
        return None


def tree(markup: str, url: str) -> BeautifulSoup:
    """Return the tree of a list page for selectors, through lxml: html.parser is quadratic.

    Raises:
        ExtractError: `parse` refuses the page: selectors are quadratic in deep trees.
    """
    if markup.strip():
        parse(markup, url)
    markup = _XML_DECLARATION.sub("", markup, count=1)
    # Without a tag BeautifulSoup warns that this may be a file name.
    return BeautifulSoup(markup if "<" in markup else f"<p>{markup}</p>", "lxml")
