"""Names and phrases: equal after case, accents, articles, honorifics and punctuation are gone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

import regex

from store.scoring.cleaning import clean_answer
from store.scoring.span import Reply, without_lead_in
from store.scoring.verdict import Verdict

ARTICLES = frozenset({"the", "a", "an"})
HONORIFICS = frozenset("mr mrs ms mx miss dr prof professor sir dame".split())
COMPANY_SUFFIXES = frozenset(
    "ltd limited inc incorporated plc llc llp corp corporation co company gmbh ag sa nv bv oy ab "
    "se spa srl pty".split()
)

_LEADING_ARTICLE = regex.compile(r"(?i)^(?:the|an?)\s+(?=\p{L})")
_INNER_ARTICLE = regex.compile(r"(?i)(?<=\s)the\s+(?=\p{L})")
_INITIALS = regex.compile(
    r"(?<![\p{L}\p{N}'.])\p{L}(?:[. ]{1,2}\p{L})+(?:\.|(?![\p{L}\p{N}']))(?![\p{L}\p{N}'])"
)
_AMPERSAND = regex.compile(r"(?<=\s)&(?=\s)")
_INNER_APOSTROPHE = regex.compile(r"(?<=\p{L})'(?=\p{L})")
_GROUPING = regex.compile(r"(?<=\d),(?=\d{3}(?!\d))")
#: What the rules keep: letters, digits, + # & % / and currency signs; dots and signs of numbers.
_DROPPED = regex.compile(r"[^\p{L}\p{M}\p{N}\p{Sc}+#&%/.\-]|\.(?!\d)|(?<=[^\d\s])\.|-(?!\d)")
_INNER_DASH = regex.compile(r"(?<=\S)-")
_SPACE_BEFORE_PERCENT = regex.compile(r"\s+%")
#: Latin letters that do not decompose into a letter and a mark.
_LATIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d"}
)


def text_form(text: str) -> str:
    """Return the form in which two text answers are compared.

    When nothing is left (an answer of punctuation only), it is the cleaned text itself.
    """
    bare = clean_answer(text)
    words = content_words(_without_articles(without_lead_in(bare)))
    if len(words) > 1 and words[0] in HONORIFICS:
        words = words[1:]
    while len(words) > 1 and words[-1] in COMPANY_SUFFIXES and not words[-2][-1:].isdigit():
        words = words[:-1]
    return " ".join(words) or bare.casefold()


def content_words(text: str) -> list[str]:
    """Return the case-folded words of a clean text, accents and punctuation gone."""
    text = _INITIALS.sub(lambda found: found.group().replace(".", "").replace(" ", ""), text)
    text = _without_accents(_AMPERSAND.sub("and", text).casefold())
    text = _GROUPING.sub("", _INNER_APOSTROPHE.sub("", text))
    text = _INNER_DASH.sub(" ", _DROPPED.sub(" ", text))
    return _SPACE_BEFORE_PERCENT.sub("%", text).split()


def equals_any(span: str, answers: Iterable[str]) -> bool:
    """Whether `span` is one of `answers` after the text rules."""
    form = text_form(span)
    return any(form == text_form(answer) for answer in answers)


def grade_text(reply: Reply, expected: str) -> Verdict:
    """Judge a name or phrase: equal, or wrong; there is no nearly."""
    return "right" if text_form(reply.span) == text_form(expected) else "wrong"


def _without_articles(text: str) -> str:
    """Drop articles that stand before a word; a last "A", as in "Vitamin A", is none."""
    return _INNER_ARTICLE.sub("", _LEADING_ARTICLE.sub("", text, count=1))


def _without_accents(text: str) -> str:
    """Drop marks on Latin letters only: elsewhere a mark makes another letter."""
    if text.isascii():
        return text
    kept: list[str] = []
    on_latin = False
    for character in unicodedata.normalize("NFD", text):
        if not unicodedata.combining(character):
            on_latin = character.isalpha() and unicodedata.name(character, "").startswith("LATIN")
        elif on_latin:
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_LATIN)
