"""Lazy strategies: what someone scores who reads nothing, or next to nothing (questions.md §1).

Each looks at one row and gives a reply, which the one comparator judges. Beside each stands what
pure chance would score on the same rows, so that more than chance means the rows give something
away.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from generator.english.dateline import without_dateline
from generator.english.names import names
from generator.english.quantities import Amount, amounts, full_value
from generator.families.traits import TRAITS
from generator.options import kind_of
from store.protocol import letter
from store.records import CANNOT_BE_KNOWN, FALSE_PREMISE, Question
from store.scoring.answers import same_answer
from store.text import tokens

#: From this share of common words on, last week asked the same of another day; judgement.
SAME_TEMPLATE = 0.8
_EMPTY = frozenset(
    "the a an of and in on at for to by with from that it its as be is are was were which who what "
    "how many much did do does".split()
)


@dataclass(frozen=True)
class Guess:
    """What a strategy replies to one row, and how often chance alone would be right there."""

    reply: str
    chance: float


@dataclass(frozen=True)
class Strategy:
    """One way to answer without understanding.

    Attributes:
        name: What it does.
        guess: Its reply to a row; None where it has none, and the row does not count.
        holds: Whether more than chance holds a release; the control is only shown.
        reads: Whether it looks at the passage.
        constant: Whether it replies the same to every row.
    """

    name: str
    guess: Callable[[Question], Guess | None]
    holds: bool = True
    reads: bool = False
    constant: bool = False


def strategies(
    questions: Sequence[Question], last_week: Sequence[Question] = ()
) -> tuple[Strategy, ...]:
    """Return every strategy for a set of rows.

    Args:
        questions: The base rows of the release: its options tell how many letters there are.
        last_week: The rows of the release before, whose values a lazy one repeats.
    """
    n_letters = max((len(q.choices) for q in questions if q.choices), default=0)
    shares = planned_shares(questions)
    return (
        *(
            Strategy(f"always {letter(place)}", partial(_at_place, place), constant=True)
            for place in range(n_letters)
        ),
        Strategy("longest option", _longest_option),
        Strategy("option most like the question", _most_like_question),
        Strategy("random option", _random_option, holds=False),
        Strategy("first number of the context", partial(_number, _first), reads=True),
        Strategy("last number of the context", partial(_number, _last), reads=True),
        Strategy("most frequent number of the context", partial(_number, _most), reads=True),
        Strategy("first name of the context", _first_name, reads=True),
        Strategy("last week's value", partial(_last_value, _by_family(last_week))),
        Strategy(
            "always cannot be known",
            lambda question: Guess(CANNOT_BE_KNOWN, shares["abstain"]),
            constant=True,
        ),
        Strategy(
            "always false premise",
            lambda question: Guess(FALSE_PREMISE, shares["premise"]),
            constant=True,
        ),
    )


def is_right(guess: Guess, question: Question) -> bool:
    """Whether the one comparator takes a guess for the answer."""
    return same_answer(f"Answer: {guess.reply}", question.key, question.question) == "right"


def planned_shares(questions: Sequence[Question]) -> Mapping[str, float]:
    """Return what a constant reply earns by plan: its family's share among the families there."""
    there = {question.family for question in questions}
    whole = sum(TRAITS[family].share for family in there) or 1
    return {
        "abstain": sum(TRAITS[f].share for f in there if f == "unanswerable") / whole,
        "premise": sum(TRAITS[f].share for f in there if f == "false_premise") / whole,
    }


def longest_is_single(question: Question) -> int | None:
    """Return the index of the one longest option; None without options, or when two are."""
    if not question.choices:
        return None
    lengths = [len(choice) for choice in question.choices]
    longest = max(lengths)
    return lengths.index(longest) if lengths.count(longest) == 1 else None


def _at_place(place: int, question: Question) -> Guess | None:
    if not question.choices or place >= len(question.choices):
        return None
    return Guess(letter(place), 1 / len(question.choices))


def _longest_option(question: Question) -> Guess | None:
    place = longest_is_single(question)
    return None if place is None else _at_place(place, question)


def _most_like_question(question: Question) -> Guess | None:
    """Choose the option that shares most words with the question, where there is one such."""
    asked = _content(question.question)
    shared = [len(_content(choice) & asked) for choice in question.choices or ()]
    most = max(shared, default=0)
    if not most or shared.count(most) > 1:
        return None
    return _at_place(shared.index(most), question)


def _random_option(question: Question) -> Guess | None:
    if not question.choices:
        return None
    digest = hashlib.sha256(f"random/{question.id}".encode()).digest()
    return _at_place(int.from_bytes(digest[:8]) % len(question.choices), question)


def _first(found: Sequence[Amount]) -> Amount:
    return found[0]


def _last(found: Sequence[Amount]) -> Amount:
    return found[-1]


def _most(found: Sequence[Amount]) -> Amount:
    """Return the number that stands most often; of several the first."""
    counts = Counter(map(full_value, found))
    return max(found, key=lambda amount: counts[full_value(amount)])


def _number(choose: Callable[[Sequence[Amount]], Amount], question: Question) -> Guess | None:
    """Reply with a number of the context; chance is one of the different ones, if it is there."""
    if kind_of(question.key) != "number" or question.context is None:
        return None
    found = list(amounts(question.context))
    if not found:
        return None
    different = {full_value(amount): amount for amount in found}
    there = any(is_right(Guess(one.digits, 0), question) for one in different.values())
    return Guess(choose(found).digits, 1 / len(different) if there else 0.0)


def _first_name(question: Question) -> Guess | None:
    if kind_of(question.key) != "text" or question.context is None:
        return None
    # "The first" as a reader meets it: the parser yields kind by kind.
    found = [name.text for name in sorted(names(question.context), key=lambda one: one.start)]
    if not found:
        return None
    different = dict.fromkeys(found)
    there = any(is_right(Guess(name, 0), question) for name in different)
    return Guess(found[0], 1 / len(different) if there else 0.0)


def _by_family(last_week: Sequence[Question]) -> Mapping[str, Sequence[tuple[frozenset[str], str]]]:
    """Return content words and answer of every earlier row, by family."""
    table: dict[str, list[tuple[frozenset[str], str]]] = {}
    for one in sorted(last_week, key=lambda row: row.id):
        table.setdefault(one.family, []).append((_template(one.question), one.answer))
    return table


def _last_value(
    table: Mapping[str, Sequence[tuple[frozenset[str], str]]], question: Question
) -> Guess | None:
    """Reply what last week's row of the same words was answered by; nothing is right by chance."""
    if not table:
        return None
    asked = _template(question.question)
    best, answer = 0.0, ""
    for words, value in table.get(question.family, ()):
        alike = len(asked & words) / max(1, len(asked | words))
        if alike > best:
            best, answer = alike, value
    return Guess(answer if best >= SAME_TEMPLATE else "(nothing)", 0.0)


def _template(question: str) -> frozenset[str]:
    return _content(without_dateline(question))


def _content(text: str) -> frozenset[str]:
    return frozenset(word for word in tokens(text) if not word[0].isdigit()) - _EMPTY
