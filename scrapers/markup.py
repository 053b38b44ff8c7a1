"""HTML bytes to text and tree, in one way for everything that reads a page."""

from __future__ import annotations

import codecs
import re

from bs4 import BeautifulSoup

from store.errors import ExtractError

#: More replacement characters than this are no typing mistake: the bytes are not this text.
MAX_UNDECODABLE_SHARE = 0.01
#: Control characters have no place in HTML; random bytes are full of them.
MAX_CONTROL_SHARE = 0.001

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
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.\-]{1,40})", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_XML_DECLARATION = re.compile(r"\A\s*<\?xml\b[^>]{0,200}\?>")


def decode(body: bytes, content_type: str, url: str) -> str:
    """Return the text of a page: byte-order mark, valid UTF-8, header, meta, Windows-1252.

    Valid UTF-8 that is more than ASCII is believed before what the server declares: other
    encodings do not look like it by chance.

    Raises:
        ExtractError: The bytes are no text in the encoding they are said to be in.
    """
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _checked(body[len(mark) :].decode(encoding, "replace"), url)
    try:
        return _checked(body.decode("utf-8"), url)
    except UnicodeDecodeError:
        pass
    header = _CHARSET.search(content_type.encode("latin-1", "replace"))
    declared = header or _CHARSET.search(body[:2048])
    encoding = _codec(declared[1].decode("ascii")) if declared else "cp1252"
    return _checked(body.decode(encoding, "replace"), url)


def _codec(label: str) -> str:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return "cp1252"
    # Codecs like "rot13" or "zlib" decode no text.
    if not codecs.lookup(name)._is_text_encoding:
        return "cp1252"
    return _MEANT.get(name, name)


def _checked(text: str, url: str) -> str:
    limit = len(text) or 1
    if text.count("\ufffd") / limit > MAX_UNDECODABLE_SHARE:
        raise ExtractError(url, "the bytes are no text in the declared encoding")
    if len(_CONTROL.findall(text)) / limit > MAX_CONTROL_SHARE:
        raise ExtractError(url, "the bytes are no text")
    return _CONTROL.sub(" ", text)


def tree(markup: str) -> BeautifulSoup:
    """Return the parsed tree of an HTML page, through lxml: html.parser is quadratic."""
    markup = _XML_DECLARATION.sub("", markup, count=1)
    # Without a tag BeautifulSoup warns that this may be a file name.
    return BeautifulSoup(markup if "<" in markup else f"<p>{markup}</p>", "lxml")
