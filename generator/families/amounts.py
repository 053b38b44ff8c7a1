"""Amounts that may be reckoned with: exact, of one unit, each with its own subject."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations

import regex

from generator.english.clauses import join
from generator.english.dates import days
from generator.english.quantities import SCALES, Amount, amounts, full_value, shown
from generator.families.base import Reading, Statement
from generator.families.number import amount_shape
from generator.passages import Sentence

_MAX_SUBJECT_WORDS = 8
#: What two subjects do may be added up only where the sum means something.
ADDABLE = frozenset(
    "carry land lift collect score sell produce buy serve receive win catch deliver transport "
    "plant build lose download raise bring cost".split()
)
#: Amounts of these are rates or marks, not heaps: they have no sum.
_NO_HEAP = regex.compile(r"\b(?:a|an|per|percent|degrees|each|high|tall|wide|deep|long)\b|%")


@dataclass(frozen=True)
class Measure:
    """One subject's exact amount, as one plain sentence gives it."""

    statement: Statement
    #: As it reads inside a question.
    subject: str
    amount: Amount
    unit: str
    rest: str

    @property
    def like(self) -> tuple[str, str, str, str, str | None, str | None]:
        """What two measures must share to be reckoned together."""
        clause = self.statement.clause
        return (
            clause.base, clause.time, self.unit, self.rest, self.amount.scale, self.amount.currency
        )  # fmt: skip

    @property
    def addable(self) -> bool:
        """Whether two of its kind have a sum that means something."""
        return self.statement.clause.base in ADDABLE and not _NO_HEAP.search(self.unit)


def measure_of(statement: Statement) -> Measure | None:
    """Return what a statement measures; None when it has a bound or no nameable subject."""
    clause = statement.clause
    shape = amount_shape(clause)
    if shape is None or clause.auxiliary or clause.inside is None:
        return None
    amount, unit, rest = shape
    plain = "," not in clause.subject and len(clause.subject.split()) <= _MAX_SUBJECT_WORDS
    named = regex.search(r"\p{Lu}", clause.inside)
    simple = not rest or (len(rest.split()) <= 6 and "," not in rest and " and " not in rest)
    if amount.bound_words or amount.value == 0 or not (plain and named and simple and unit):
        return None
    others = [one for one in amounts(clause.rest) if one.start != amount.start]
    if others or " and " in f" {clause.subject} " or (amount.currency and not unit):
        return None
    return Measure(statement, clause.inside, amount, unit, rest)


def alike(reading: Reading) -> list[tuple[Measure, Measure]]:
    """Return the pairs of measures of a document that differ in subject and amount alone."""
    found = [one for s in reading.statements if not s.clause.fronted and (one := measure_of(s))]
    single = [
        one
        for one in found
        if sum((other.subject, other.like) == (one.subject, one.like) for other in found) == 1
    ]
    return [
        (left, right)
        for left, right in combinations(single, 2)
        if left.like == right.like
        and left.amount.value != right.amount.value
        and left.subject not in right.subject
        and right.subject not in left.subject
        and not _measured_third(left, right, single)
    ]


def _measured_third(left: Measure, right: Measure, found: Sequence[Measure]) -> bool:
    """Whether a sentence after both gives the same subjects again, under other words."""
    return any(
        one.statement not in (left.statement, right.statement)
        and one.like[:1] == left.like[:1]
        and one.unit == left.unit
        and one.subject in (left.subject, right.subject)
        for one in found
    )


def scaled_unit(amount: Amount, unit: str) -> str:
    """Return the unit with its scale: "million euros"."""
    return join(amount.scale or "", unit)


def decimal_of(amount: Amount) -> str:
    """Return an amount as an expression writes it."""
    return shown(amount.value)


def scale_of(amount: Amount) -> str | None:
    """Return the scale as a key states it: "1e6"."""
    return f"1e{SCALES[amount.scale].adjusted()}" if amount.scale else None


def has_amount(sentence: Sentence, reading: Reading) -> bool:
    """Whether a sentence holds a number that might be taken for an operand."""
    text = sentence.text
    for day in sorted(days(text, reading.published), key=lambda one: -one.start):
        text = text[: day.start] + text[day.end :]
    return any(True for _ in amounts(text))


def gives(text: str, value: Decimal) -> bool:
    """Whether a text prints a number."""
    return any(value in (one.value, full_value(one)) for one in amounts(text))


def measure_grown(reading: Reading) -> Iterator[tuple[date, Measure]]:
    """Yield what something had come to by a day: "By 4 August 2026 the repair had cost …"."""
    for statement in reading.statements:
        clause = statement.clause
        named = list(days(statement.dated_text, reading.published))
        by_day = len(named) == 1 and named[0].preposition == "by" and clause.auxiliary == "had"
        shape = amount_shape(clause)
        if (
            not by_day
            or shape is None
            or clause.inside is None
            or named[0].written != clause.fronted
        ):
            continue
        amount, unit, rest = shape
        named_subject = regex.search(r"\p{Lu}", clause.inside)
        if amount.bound_words or not unit or rest or not named_subject:
            continue
        yield named[0].day, Measure(statement, clause.inside, amount, unit, rest)
