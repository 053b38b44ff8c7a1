"""Bytes become the letters their author wrote, whatever they are said to be in."""

from __future__ import annotations

import encodings.aliases
import re

import pytest

from scrapers.extract import extract
from scrapers.markup import decode, parse, texts_of, tree
from store.errors import ExtractError

URL = "https://news.example.net/budget"

#: One short report in each language; our own words.
STORIES = {
    "en": "The mayor’s plan – “bold”, she says – will cost £9.2 million; the café stays open. ",
    "de": "Der Stadtrat hat am Dienstag den Haushalt beschlossen, sagt Bürgermeisterin Müller. ",
    "fr": "Le conseil a approuvé mardi un budget élevé, a déclaré la mairesse à l’hôtel de ville. ",
    "pl": "Rada miasta zatwierdziła we wtorek budżet, a nowy mur portowy będzie bardzo drogi. ",
    "cs": "Městská rada v úterý schválila rozpočet a starostka řekla, že zeď bude příliš drahá. ",
    "ru": "Городской совет во вторник утвердил бюджет, а мэр сказала, что стена обойдётся дорого. ",
    "el": "Το δημοτικό συμβούλιο ενέκρινε την Τρίτη τον προϋπολογισμό για το λιμάνι της πόλης. ",
    "tr": "Meclis salı günü bütçeyi onayladı; başkan yeni duvarın pahalı olduğunu söyler. ",
    "ja": "市議会は火曜日に予算を承認しました。新しい港の壁の費用は高いと市長は述べています。",
    "zh": "市议会星期二批准了预算。市长说新的海港墙将耗资九百万克朗，工程将于明年春天开始。",
    "zh-Hant": "市議會星期二批准了預算。市長說新的海港牆將耗資九百萬克朗，工程將於明年春天開始。",
    "ko": "시의회는 화요일에 예산을 승인했다. 시장은 새로운 항구의 벽이 비싸다고 말했다. ",
    "th": "สภาเมืองอนุมัติงบประมาณเมื่อวันอังคาร นายกเทศมนตรีกล่าวว่ากำแพงท่าเรือใหม่มีราคาแพง ",
}

#: Language, the codec the bytes are in, what pages call it.
CHARSETS = (
    ("en", "cp1252", "iso-8859-1"),
    ("de", "cp1252", "windows-1252"),
    ("fr", "cp1252", "iso-8859-15"),
    ("pl", "cp1250", "windows-1250"),
    ("pl", "iso8859_2", "iso-8859-2"),
    ("cs", "cp1250", "windows-1250"),
    ("cs", "iso8859_2", "iso-8859-2"),
    ("tr", "cp1254", "iso-8859-9"),
    ("ru", "cp1251", "windows-1251"),
    ("ru", "koi8_r", "koi8-r"),
    ("ru", "iso8859_5", "iso-8859-5"),
    ("el", "cp1253", "windows-1253"),
    ("el", "iso8859_7", "iso-8859-7"),
    ("ja", "shift_jis", "shift_jis"),
    ("ja", "euc_jp", "euc-jp"),
    ("ja", "iso2022_jp", "iso-2022-jp"),
    ("zh", "gb18030", "gb2312"),
    ("zh", "gb18030", "gb18030"),
    ("zh-Hant", "big5", "big5"),
    ("ko", "euc_kr", "euc-kr"),
    ("th", "cp874", "tis-620"),
    ("ja", "utf-8", "utf-8"),
    ("ru", "utf-8", "utf-8"),
    ("ja", "utf-16", "utf-16"),
    ("en", "utf-16-le", "utf-16le"),
    ("de", "utf-16-be", "utf-16be"),
)
#: Scripts whose bytes look like no other's: nothing need be declared.
TOLD_BY_LOOKS = tuple(
    row
    for row in CHARSETS
    if row[0] in ("en", "de", "fr", "ru", "el", "ja", "zh", "zh-Hant", "ko", "th")
)

WRONG = ("", "utf-8", "iso-8859-1", "windows-1251", "shift_jis", "no-such-charset", "rot13")


def page(language: str, meta: str = "") -> str:
    story = STORIES[language]
    return (
        f"<!doctype html><html lang='{language}'><head>{meta}<title>{story[:20]}</title></head>"
        "<body><nav><a href='/'>Home</a> <a href='/about'>About</a></nav>"
        f"<article><h1>{story[:20]}</h1><p>{story * 2}</p><p>And {story * 2}</p></article>"
        "<footer>All rights reserved.</footer></body></html>"
    )


def in_bytes(text: str, codec: str) -> bytes:
    # What a codec lacks, an author leaves out.
    return text.encode(codec, "ignore")


each_charset = pytest.mark.parametrize(
    ("language", "codec", "label"),
    CHARSETS,
    ids=[f"{r[0]} in {r[1]} called {r[2]}" for r in CHARSETS],
)


@each_charset
@pytest.mark.parametrize("where", ["header", "meta", "old meta", "both"])
def test_letters_are_right_when_declared_in(language, codec, label, where):
    meta = {
        "header": "",
        "meta": f"<meta charset='{label}'>",
        "old meta": f'<meta http-equiv="Content-Type" content="text/html; charset={label}">',
        "both": f'<meta charset="{label}">',
    }[where]
    header = f"text/html; charset={label}" if where in ("header", "both") else "text/html"
    written = page(language, meta)
    body = in_bytes(written, codec)
    expected = body.decode(codec)
    assert decode(body, header, URL) == expected
    assert "\ufffd" not in expected


@pytest.mark.parametrize(
    ("language", "codec", "declared"),
    [
        pytest.param(language, codec, declared, id=f"{language} in {codec} called {declared!r}")
        for language, codec, _ in TOLD_BY_LOOKS
        for declared in WRONG
        # A pound sign that reads as a Cyrillic letter is not enough to doubt a header.
        if (language, declared) != ("en", "windows-1251")
    ],
)
def test_letters_are_right_when_another_charset_is_declared(language, codec, declared):
    body = in_bytes(page(language), codec)
    header = f"text/html; charset={declared}" if declared else "text/html"
    found = decode(body, header, URL)
    assert _letters(found) == _letters(body.decode(codec))


def _letters(text: str) -> str:
    # Windows-1252 and -1250 differ in no letter of German, ISO 8859-15 in the euro sign.
    return re.sub(r"[^\w\s]", "", text)


def test_the_page_is_believed_when_the_servers_default_is_nonsense():
    written = page("ru", "<meta charset='koi8-r'>")
    assert decode(written.encode("koi8-r"), "text/html; charset=iso-8859-1", URL) == written


def test_utf8_with_a_broken_letter_stays_utf8():
    body = page("ru").encode().replace("бюджет".encode(), "бюджет".encode()[:-1], 1)
    text = decode(body, "text/html", URL)
    assert "Городской совет" in text
    assert text.count("\ufffd") == 1


def test_an_extracted_article_holds_its_letters():
    body = page("ja").encode("shift_jis")
    found = extract(body, "text/html; charset=iso-8859-1", URL)
    assert STORIES["ja"].strip() in found.text
    assert found.language == "ja"


@pytest.mark.parametrize("codec", sorted(set(encodings.aliases.aliases.values())))
def test_whatever_codec_is_declared_there_is_text_or_a_reason(codec):
    for language in ("de", "ja"):
        try:
            text = decode(page(language).encode(), f"text/html; charset={codec}", URL)
            assert STORIES[language] in text
            decode(page(language).encode("utf-16-le")[1:], f"text/html; charset={codec}", URL)
            decode(b"<p>\x81\x8d\xff " * 99, f"text/html; charset={codec}", URL)
        except ExtractError as error:
            assert "bytes are no text" in str(error)


@pytest.mark.parametrize(
    ("reference", "letter"),
    [("&#146;", "’"), ("&#x92;", "’"), ("&#8217;", "’"), ("&rsquo;", "’"), ("&#233;", "é"),
     ("&eacute;", "é"), ("&#x1F600;", "😀"), ("&amp;", "&"), ("&#0;", "\ufffd"), ("&#1;", " "),
     ("&#x0B;", " "), ("&#31", " "), ("&#xD800;", "\ufffd")],
)  # fmt: skip
def test_a_reference_is_a_letter_and_never_one_that_no_tree_holds(reference, letter):
    assert "".join(texts_of(parse(f"<p>a{reference}</p>", URL))) == f"a{letter}"


@pytest.mark.parametrize(
    "markup",
    [
        pytest.param("<html/><body><p>It stays.</p>", id="html closed at once"),
        pytest.param("<!doctype html>\n<html lang='en' /><p>It stays.</p>", id="with a language"),
        pytest.param("<?xml version='1.0' encoding='shift_jis'?><p>It stays.</p>", id="XML"),
        pytest.param("<!DOCTYPE html PUBLIC '-//W3C//DTD/' /><p>It stays.</p>", id="a doctype"),
        pytest.param("It stays.", id="no tag at all"),
        pytest.param("<p>It stays.\ud800</p>", id="half a pair"),
        pytest.param(
            "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><p>It stays.</p>", id="DTD"
        ),
    ],
)
def test_a_page_begun_oddly_is_read(markup):
    assert "It stays." in "".join(texts_of(parse(markup, URL)))
    assert "root:" not in "".join(texts_of(parse(markup, URL)))


def test_a_list_page_is_refused_for_the_same_reasons_as_an_article():
    with pytest.raises(ExtractError, match="deep"):
        tree("<b>" * 300, URL)
    assert tree("", URL).find("a") is None
