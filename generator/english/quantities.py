"""Counts and measures as they stand in a sentence: bound, number, unit noun phrase."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import regex

_WORD_NUMBERS: Final = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen".split()
    )
}
_TENS: Final = {
    word: 10 * (index + 2)
    for index, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split())
}
SCALES: Final = {
    "hundred": Decimal(100),
    "thousand": Decimal(1_000),
    "million": Decimal(1_000_000),
    "billion": Decimal(1_000_000_000),
    "trillion": Decimal(1_000_000_000_000),
}

#: Words before a number that change what it claims, with the bound a key states for grading;
#: a question keeps the words (questions.md §1, number).
BOUNDS: Final = {
    "at least": "at least",
    "no fewer than": "at least",
    "no less than": "at least",
    "more than": "over",
    "over": "over",
    "at most": "at most",
    "up to": "at most",
    "as many as": "at most",
    "fewer than": "under",
    "less than": "under",
    "under": "under",
    "nearly": "nearly",
    "almost": "nearly",
    # An estimate is graded as the number it gives (questions.md §4): kept in words only.
    "about": None,
    "around": None,
    "approximately": None,
    "roughly": None,
    "some": None,
    "an estimated": None,
}

_BOUND = "|".join(sorted((b.replace(" ", r"\s+") for b in BOUNDS), key=len, reverse=True))
_ONES = "|".join([*list(_WORD_NUMBERS)[1:], *_TENS])
_SCALE = "|".join(SCALES)
_NUMBER = regex.compile(
    rf"""(?<![\w.,/$£€¥^:-])(?<![×^/]\s)
    (?:(?P<bound>{_BOUND})\s+)?
    (?P<currency>US\$|A\$|C\$|[$£€¥])?
    (?P<number>
        \d{{1,3}}(?:,\d{{3}})+(?:\.\d+)? | \d+(?:\.\d+)?
      | (?:{_ONES})(?:-(?:{_ONES}))?
    )
    (?:\s(?P<scale>{_SCALE}))?
    (?!\w|[.,:]\d|-?\d|\s?(?:[ap]\.?m\b|o['’]clock)|\s?[/×x^]\s?\d|[⁰¹²³⁴-⁹])""",
    regex.VERBOSE | regex.IGNORECASE,
)


@dataclass(frozen=True)
class Amount:
    """A number as one sentence gives it; offsets count from the sentence's start."""

    start: int
    end: int
    #: The words of the bound as written ("at least"), or "".
    bound_words: str
    bound: str | None
    #: The number and its scale as written, without the bound: "41.7 million".
    digits: str
    value: Decimal
    scale: str | None
    currency: str | None


def word_value(word: str) -> int | None:
    """Return the value of a number word below one hundred: 'twenty-four' -> 24."""
    first, _, second = word.casefold().partition("-")
    if first in _TENS:
        return _TENS[first] + (_WORD_NUMBERS.get(second, 0) if second else 0)
    return _WORD_NUMBERS.get(first) if not second else None


def number_word(value: Decimal) -> str | None:
    """Return a number from one to ninety-nine in words, None for others: 24 -> 'twenty-four'."""
    words = {Decimal(number): word for word, number in (_WORD_NUMBERS | _TENS).items()}
    if not 1 <= value <= 99 or value != value.to_integral():
        return None
    tens = value - value % 10
    return words.get(value) or f"{words[tens]}-{words[value % 10]}"


def amounts(sentence: str) -> Iterator[Amount]:
    """Yield every number of `sentence` that stands for an amount, in order.

    Powers (2³²), fractions, ranges, versions, clock times and ordinals are not amounts.
    """
    for match in _NUMBER.finditer(sentence):
        written = match["number"]
        spelled = word_value(written) if written[0].isalpha() else None
        if written[0].isalpha() and spelled is None:
            continue
        value = Decimal(spelled) if spelled is not None else Decimal(written.replace(",", ""))
        scale = match["scale"].casefold() if match["scale"] else None
        bound_words = " ".join((match["bound"] or "").casefold().split())
        yield Amount(
            start=match.start(),
            end=match.end(),
            bound_words=bound_words,
            bound=BOUNDS.get(bound_words),
            digits=sentence[match.start("number") : match.end()],
            value=value,
            scale=scale,
            currency=match["currency"],
        )


def full_value(amount: Amount) -> Decimal:
    """Return an amount with its scale: 4.2 million -> 4200000."""
    return amount.value * (SCALES[amount.scale] if amount.scale else 1)


def shown(value: Decimal) -> str:
    """Return a number as an answer is written: no grouping, no trailing zeros added."""
    return format(value, "f")
