"""arithmetic – what two or more quoted numbers come to.

Needs exact numbers of one unit: the dead and the injured of one event, one measure of two
subjects, two dated events of one document; `arithmetic_across` joins several documents. The
answer is the value of a stored expression; the question states unit and decimals. Half of the
items keep the irrelevant numbers of their passage, the others lose the paragraphs that hold them.

Bad: a bound ("at least 22") in any operand, percentages of unstated bases, chained rounding, a
result that the passage prints, two events that share a place.

Invented example: "Six people are killed and 18 others are injured when a tram derails in Brell,
Tarnland." -> "As reported on 7 August 2026, of the people killed or injured when a tram derails
in Brell, Tarnland, what percentage are injured, to one decimal?" – 75.0, from 18 / (6 + 18) * 100
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

import regex

from generator.english.casualties import Toll, toll_of
from generator.english.clauses import join
from generator.english.dates import MONTHS, days
from generator.english.expressions import rounded, value_of
from generator.families.amounts import (
    Measure,
    alike,
    decimal_of,
    gives,
    has_amount,
    scale_of,
    scaled_unit,
)
from generator.families.base import Reading, Statement, draft, spans_without, with_date
from generator.families.events import Event, events_of
from generator.lots import lot_falls, ticket
from generator.passages import Sentence, passage_around
from store.records import AnswerKey, Candidate, Exhibit, Span, passage_of

#: Half the items carry irrelevant numbers (questions.md §1, arithmetic).
IRRELEVANT_SHARE = 0.5
#: Questions of one kind a document: the draw takes one of a family a document anyway.
_MAX_A_KIND = 3
#: Events further apart are of different stories; a month and a half, judgement.
MAX_DAYS_APART = 45
_CASUALTIES = regex.compile(
    r"\b(?:kill|injur|wound|dead|dies|died|death|casualt)\p{Ll}*", regex.IGNORECASE
)
_NAME = regex.compile(r"\b\p{Lu}[\p{L}\p{M}'’-]{2,}")


@dataclass(frozen=True)
class Sum:
    """A question with the expression that answers it, and the sentences of its operands."""

    question: str
    expression: str
    unit: str
    sentences: tuple[Sentence, ...]
    #: None for an exact result.
    decimals: int | None = None
    scale: str | None = None


@dataclass(frozen=True)
class Arithmetic:
    """Reckon with numbers of one document."""

    name: ClassVar[str] = "arithmetic"
    version: ClassVar[int] = 1

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield tolls, measures of two subjects, and days between events."""
        for shape in (_tolls, _measures, _spells):
            ready = (self._drafted(one, reading) for one in shape(reading))
            yield from [one for one in ready if one][:_MAX_A_KIND]

    def _drafted(self, made: Sum, reading: Reading) -> Candidate | None:
        key = key_of(made)
        spans = _passage(made, reading)
        if gives(passage_of(reading.document.text, spans), Decimal(key.answer)):
            return None
        main, *others = made.sentences
        also = tuple(
            Exhibit(document_id=reading.document.id, quote=one.text, quote_span=one.span)
            for one in others
        )
        return draft(self, reading, main, made.question, key, context_spans=spans, also=also)


def key_of(made: Sum) -> AnswerKey:
    """Return the key that a sum's expression gives, within half of its last decimal."""
    value = value_of(made.expression)
    answer = format(value.normalize(), "f") if made.decimals is None else ""
    spec: dict[str, object] = {"unit": made.unit, "unit_in_question": True, "tol": "0"}
    if made.decimals is not None:
        answer = rounded(value, made.decimals)
        spec["tol"] = format(Decimal(5).scaleb(-made.decimals - 1), "f")
    if made.scale:
        spec["scale"] = made.scale
    spec["derivation"] = made.expression
    return AnswerKey(answer=answer, kind="number", spec=spec)


def _passage(made: Sum, reading: Reading) -> tuple[Span, ...]:
    """Return the passage shown: around the operands, by lot without other numbers.

    Whole paragraphs go: a sentence alone would leave behind what speaks of it.
    """
    spans = _joined([span for s in made.sentences for span in passage_around(reading.document, s)])
    if lot_falls(f"arithmetic/irrelevant/{made.question}", IRRELEVANT_SHARE):
        return spans
    own = [sentence.paragraph for sentence in made.sentences]
    holes = [s.paragraph for s in reading.sentences if has_amount(s, reading)]
    return spans_without(reading.document, spans, [hole for hole in holes if hole not in own])


def _joined(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Return spans in order, those that overlap as one."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(start=joined[-1].start, end=max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)


def _tolls(reading: Reading) -> Iterator[Sum]:
    for statement in reading.statements:
        toll = toll_of(statement.clause)
        if toll and _alone(toll, statement, reading):
            yield _reckoned(toll, statement, reading)


def _alone(toll: Toll, statement: Statement, reading: Reading) -> bool:
    """Whether no other sentence tells of victims at a place of the event."""
    places = set(_NAME.findall(toll.happening))
    return not any(
        _CASUALTIES.search(other.text) and len(places & set(_NAME.findall(other.text))) > 1
        for other in reading.sentences
        if other != statement.sentence
    )


def _reckoned(toll: Toll, statement: Statement, reading: Reading) -> Sum:
    """Return a sum, a difference or a share of a toll, by lot."""
    killed, injured = decimal_of(toll.killed), decimal_of(toll.injured)
    lots = int(ticket("arithmetic/toll", statement.sentence.text)[:8], 16) % 4
    unit, decimals = "people", None
    if lots == 0:
        asked, expression = _more(toll, killed, injured)
    elif lots == 1:
        by = f"by {toll.doer}" if toll.doer else ""
        victims = join(f"of the people killed or {toll.hurt}", by, toll.happening)
        asked = f"{victims}, what percentage {toll.be} {toll.hurt}, to one decimal?"
        expression = f"{injured} / ({killed} + {injured}) * 100"
        unit, decimals = "%", 1
    elif toll.doer:
        verb = _base(toll.hurt)
        does = _does(toll, statement)
        asked = join(f"how many people in total {does} {toll.doer} kill or {verb}", toll.happening)
        asked, expression = f"{asked}?", f"{killed} + {injured}"
    else:
        victims = f"how many people in total {toll.be} killed or {toll.hurt}"
        asked, expression = f"{join(victims, toll.happening)}?", f"{killed} + {injured}"
    question = with_date(asked[0].upper() + asked[1:], statement, reading.published)
    return Sum(question, expression, unit, (statement.sentence,), decimals)


def _more(toll: Toll, killed: str, injured: str) -> tuple[str, str]:
    pairs = [(Decimal(killed), "killed"), (Decimal(injured), toll.hurt)]
    (_, fewer), (_, more) = sorted(pairs)
    by = f"by {toll.doer}" if toll.doer else ""
    asked = join(f"how many more people {toll.be} {more} than {fewer}", by, toll.happening)
    high, low = (killed, injured) if more == "killed" else (injured, killed)
    return f"{asked}?", f"{high} - {low}"


def _base(hurt: str) -> str:
    return "wound" if hurt.endswith("wounded") else "injure"


def _does(toll: Toll, statement: Statement) -> str:
    if toll.past:
        return "did"
    return "do" if statement.clause.verb == statement.clause.base else "does"


def _measures(reading: Reading) -> Iterator[Sum]:
    for left, right in alike(reading):
        addable = left.addable and lot_falls(f"arithmetic/add/{left.subject}/{right.subject}", 0.5)
        asked, expression = (_added if addable else _subtracted)(left, right)
        question = with_date(asked[0].upper() + asked[1:], left.statement, reading.published)
        unit = scaled_unit(left.amount, left.unit)
        sentences = (left.statement.sentence, right.statement.sentence)
        if unit:
            yield Sum(question, expression, left.unit, sentences, None, scale_of(left.amount))


def _added(left: Measure, right: Measure) -> tuple[str, str]:
    clause = left.statement.clause
    do = "did" if clause.time == "past" else "do"
    both = f"{left.subject} and {right.subject}"
    unit = scaled_unit(left.amount, left.unit)
    asked = join(f"how many {unit} {do} {both} {clause.base} in total", left.rest)
    return f"{asked}?", f"{decimal_of(left.amount)} + {decimal_of(right.amount)}"


def _subtracted(left: Measure, right: Measure) -> tuple[str, str]:
    more, less = (left, right) if left.amount.value > right.amount.value else (right, left)
    unit = scaled_unit(more.amount, more.unit)
    head = f"how many {unit} more" if more.amount.scale else f"how many more {unit}"
    clause = more.statement.clause
    asked = join(head, clause.inverted(more.rest) or "", f"than {less.subject}")
    # The order of the operands is that of the sentences, so a rise is told by its sign.
    expression = f"{decimal_of(more.amount)} - {decimal_of(less.amount)}"
    return f"{asked}?", expression


def _spells(reading: Reading) -> Iterator[Sum]:
    """Yield the days between two events that the document dates."""
    events = events_of(reading)
    pairs = [
        (one, other)
        for index, one in enumerate(events)
        for other in events[index + 1 :]
        if 2 <= abs((one.day - other.day).days) <= MAX_DAYS_APART
        and not list(days(one.told + other.told, reading.published))
    ]
    for one, other in sorted(pairs, key=lambda pair: ticket(pair[0].told, pair[1].told)):
        yield days_between(one, other)


def days_between(one: Event, other: Event) -> Sum:
    """Return the question how many days lie between two events, in the order of the texts."""
    when = _time_of(one.day, other.day)
    asked = (
        f"{when}, how many days passed between the day on which {one.told} "
        f"and the day on which {other.told}?"
    )
    expression = f'days_between("{one.day.isoformat()}", "{other.day.isoformat()}")'
    return Sum(asked, expression, "days", (one.sentence, other.sentence))


def _time_of(one: date, other: date) -> str:
    if one.year != other.year:
        return f"In {min(one, other).year} and {max(one, other).year}"
    if one.month == other.month:
        return f"In {MONTHS[one.month - 1]} {one.year}"
    return f"In {one.year}"
