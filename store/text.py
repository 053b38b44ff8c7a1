"""Small pure text helpers that every package shares: one spelling of "the same text"."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence

import regex

#: Zero-width and bidirectional controls: invisible, so never part of an answer or a quote.
INVISIBLE = regex.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_DASHES = regex.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_SINGLE_QUOTES = regex.compile(r"[\u2018\u2019\u201a\u201b\u2032\u02bc]")
_DOUBLE_QUOTES = regex.compile(r"[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]")
_TOKEN = regex.compile(r"\d+(?:[.,:]\d+)*|[\p{L}\p{M}]+(?:['’][\p{L}]+)?")


def plain(text: str) -> str:
    """Return `text` in NFKC with no invisible characters and ASCII dashes and quotes."""
    text = INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _DASHES.sub("-", text)
    return _DOUBLE_QUOTES.sub('"', _SINGLE_QUOTES.sub("'", text))


def squeeze(text: str) -> str:
    """Return `text` with every run of white space as one space, and none at the ends."""
    return " ".join(text.split())


def tokens(text: str) -> list[str]:
    """Return the case-folded words and numbers of `text`, in order."""
    return [match.group().casefold() for match in _TOKEN.finditer(plain(text))]


def shingles(words: Sequence[str], size: int) -> Iterator[tuple[str, ...]]:
    """Yield every run of `size` words, in order; none when there are fewer."""
    for start in range(len(words) - size + 1):
        yield tuple(words[start : start + size])


def longest_common_run(left: Sequence[str], right: Sequence[str]) -> int:
    """Return the length of the longest run of words that both sequences contain.

    Time grows as len(left) * len(right).
    """
    best = 0
    previous = [0] * (len(right) + 1)
    for word in left:
        current = [0] * (len(right) + 1)
        for column, other in enumerate(right, start=1):
            if word == other:
                current[column] = previous[column - 1] + 1
                best = max(best, current[column])
        previous = current
    return best
