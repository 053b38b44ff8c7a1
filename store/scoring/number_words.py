"""Numbers written as English words become digits; text2num does the reading."""

from __future__ import annotations

import regex
from text_to_num import text2num

_SMALL = (
    "zero|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|"
    "fifteen|sixteen|seventeen|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|"
    "ninety"
)
_ATOM = rf"(?:{_SMALL}|hundred|thousand|million|billion|trillion)"
#: Twenty words spell any number below a quadrillion; a bound keeps the pattern linear.
_RUN = regex.compile(
    rf"(?i)(?<![\p{{L}}\p{{N}}'-])(?:{_SMALL})(?:(?:[\s-]{{1,2}}|,\s|\s+and\s+){_ATOM}){{0,20}}"
    r"(?![\p{L}\p{N}'])(?!-\p{L})(?!\s+of\b)"
)
_LAST_SCALE = regex.compile(r"(?i)^(.*\S)[\s-]+(million|billion|trillion)$")
_DIGITS = "zero one two three four five six seven eight nine".split()
_POINT = regex.compile(rf"(?i)(?<=[\p{{L}}\d])\s+point((?:\s+(?:{'|'.join(_DIGITS)})){{1,12}})\b")
_INDEFINITE = regex.compile(
    r"(?i)\b(?:an?|one)\s+(?=(?:hundred|thousand|million|billion|trillion|dozen)\b)"
)
_HALF_A = regex.compile(r"(?i)\bhalf\s+an?\s+(?=(?:million|billion|trillion|dozen)\b)")
_AND_A_HALF = regex.compile(r"(?i)(?<=\d)\s+and\s+a\s+half\b")
_MINUS = regex.compile(r"(?i)\b(?:minus|negative)\s+(?=[\d\p{Sc}])")
_PLAIN_SEPARATOR = regex.compile(r"[\s,-]+")


def digits_for_words(text: str) -> str:
    """Return `text` with its number words as digits: "two million" -> "2 million".

    Words that spell no number together ("five six") are left as they are. A final million,
    billion or trillion stays a word, so that it is seen to be a scale.
    """
    text = _POINT.sub(lambda point: "." + _decimals(point[1]), text)
    text = _HALF_A.sub("0.5 ", text)
    text = _INDEFINITE.sub("one ", text)
    text = _RUN.sub(lambda run: _digits(run.group()), text)
    return _MINUS.sub("-", _AND_A_HALF.sub(".5", text))


def _decimals(words: str) -> str:
    """Return digit words as digits: "one four" is "14"."""
    return "".join(str(_DIGITS.index(word.lower())) for word in words.split())


def _digits(run: str) -> str:
    """Return one run of number words as digits, or unchanged when it is no number."""
    scaled = _LAST_SCALE.match(run)
    words, scale = (scaled[1], " " + scaled[2]) if scaled else (run, "")
    try:
        return f"{text2num(_PLAIN_SEPARATOR.sub(' ', words).lower(), 'en')}{scale}"
    except ValueError:
        return run
