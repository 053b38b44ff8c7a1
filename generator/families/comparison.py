"""comparison – which of two named things has more of the same measure.

Needs two sentences of one document with the same verb and unit, exact amounts, and a margin of
at least 5 %. Written in both orders of mention, as one pair, so that position earns nothing.

Bad: bounds, different scopes or days of measurement, a subject that is not a short name.

Invented example: "Ash ward has 3,104 voters. Elm ward has 2,870 voters." ->
"Which has more voters, Elm ward or Ash ward?" – Ash ward
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations
from typing import ClassVar

from generator.english.dateline import with_dateline
from generator.english.dates import days
from generator.english.quantities import SCALES, Amount
from generator.families.base import Reading, Statement, draft, pair_id, variant
from generator.families.number import amount_shape
from store.records import AnswerKey, Candidate, Span

#: Smaller margins turn on rounding (questions.md §1, comparison).
MIN_MARGIN = Decimal("0.05")
_MAX_SUBJECT_WORDS = 6
#: At most this many comparisons a document: they grow as the square of its sentences.
_MAX_PAIRS = 3


@dataclass(frozen=True)
class _Measured:
    statement: Statement
    subject: str
    amount: Amount
    unit: str
    rest: str

    @property
    def value(self) -> Decimal:
        return self.amount.value * (SCALES[self.amount.scale] if self.amount.scale else 1)


@dataclass(frozen=True)
class Comparison:
    """Ask which of two subjects has more."""

    name: ClassVar[str] = "comparison"
    version: ClassVar[int] = 4

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield both orders of each comparable pair."""
        measured = [m for s in reading.statements if (m := _measured(s, reading))]
        measured = [one for one in measured if not _measured_again(one, measured)]
        comparable = [pair for pair in combinations(measured, 2) if _comparable(*pair)]
        for left, right in comparable[:_MAX_PAIRS]:
            yield from self._both_orders(reading, left, right)

    def _both_orders(
        self, reading: Reading, left: _Measured, right: _Measured
    ) -> Iterator[Candidate]:
        more = left if left.value > right.value else right
        first, last = sorted(
            (left.statement.sentence, right.statement.sentence), key=lambda s: s.span.start
        )
        passage = (Span(start=first.paragraph.start, end=last.paragraph.end),)
        key = AnswerKey(
            answer=more.subject,
            kind="text",
            aliases=_aliases(more.subject),
            spec={"derivation": f"max({left.value}, {right.value})"},
        )
        question = _question(reading, left, right)
        base = draft(self, reading, more.statement.sentence, question, key, context_spans=passage)
        yield base.model_copy(update={"pair": pair_id(base), "pair_role": "base"})
        yield variant(base, self, "swap_order", question=_question(reading, right, left))


def _measured(statement: Statement, reading: Reading) -> _Measured | None:
    clause = statement.clause
    shape = amount_shape(clause)
    subject = clause.subject
    if shape is None or clause.fronted or clause.auxiliary:
        return None
    amount, unit, rest = shape
    plain = (
        subject[0].isupper() and "," not in subject and len(subject.split()) <= _MAX_SUBJECT_WORDS
    )
    if amount.bound or not plain or amount.value == 0 or subject.split()[0] in {"A", "An", "This"}:
        return None
    if clause.inside is None:
        return None
    return _Measured(statement, clause.inside, amount, unit, rest)


def _measured_again(one: _Measured, every: Sequence[_Measured]) -> bool:
    """Whether the document measures the same subject twice: then no value is its own."""
    return any(
        other is not one
        and (other.subject, other.unit, other.statement.clause.base)
        == (one.subject, one.unit, one.statement.clause.base)
        for other in every
    )


def _comparable(left: _Measured, right: _Measured) -> bool:
    same = (
        left.statement.clause.base == right.statement.clause.base
        and left.statement.clause.time == right.statement.clause.time
        and left.unit == right.unit
        and left.rest == right.rest
        and left.amount.currency == right.amount.currency
        and left.subject != right.subject
    )
    if not same or left.subject in right.subject or right.subject in left.subject:
        return False
    low, high = sorted((left.value, right.value))
    return (high - low) >= MIN_MARGIN * high


def _question(reading: Reading, first: _Measured, second: _Measured) -> str:
    clause = first.statement.clause
    rest = f" {first.rest}" if first.rest else ""
    # "Which of the two" is right for people and things alike.
    # "Cost more euros" is no English; what costs, costs money.
    unit = "" if clause.base == "cost" else f" {first.unit}"
    more = f"which of the two {clause.verb} more{unit}{rest}"
    asked = f"{more}: {first.subject} or {second.subject}?"
    if any(day.derivation is None for day in days(asked, reading.published)):
        return asked[0].upper() + asked[1:]
    return with_dateline(asked, reading.published, state=clause.time == "present")


def _aliases(subject: str) -> tuple[str, ...]:
    bare = subject.removeprefix("the ")
    return (bare,) if bare != subject else ()
