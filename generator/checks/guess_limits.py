"""How many guesses may be right by luck: more than these are knowledge, or a give-away.

Chosen so that luck alone rejects at most 5 % (questions.md §2, guess limits; computed).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from generator.options import kind_of
from store.records import AnswerKey
from store.text import tokens


@dataclass(frozen=True)
class GuessLimit:
    """So many tries, and so many of them that may be right."""

    attempts: int
    most_right: int


#: By the number of options that a guess is one of.
_OF_OPTIONS = {
    2: GuessLimit(8, 6),
    3: GuessLimit(5, 3),
    4: GuessLimit(5, 3),
    5: GuessLimit(5, 3),
    6: GuessLimit(5, 2),
}
_FREE = GuessLimit(5, 0)
#: One-word common nouns and numbers under 20 are hit now and then.
_SMALL = GuessLimit(5, 1)
_SMALL_NUMBER = 20


def limit_of_options(n_options: int) -> GuessLimit:
    """Return the limit for guesses among options; of more than six, that of six."""
    return _OF_OPTIONS[min(max(n_options, 2), 6)]


def limit_of_answer(key: AnswerKey, n_named: int = 0) -> GuessLimit:
    """Return the limit for a free answer.

    Args:
        key: What counts as right.
        n_named: How many possible answers the question names itself.
    """
    if n_named > 1:
        return limit_of_options(n_named)
    kind = kind_of(key)
    if kind == "number" and abs(Decimal(key.answer)) < _SMALL_NUMBER:
        return _SMALL
    common = kind == "text" and len(tokens(key.answer)) == 1 and key.answer.islower()
    return _SMALL if common else _FREE
