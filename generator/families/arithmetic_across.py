"""arithmetic over several documents: goals of one club, days between releases, growth.

Needs structured one-line reports (matches, releases) or the same measure of one subject on two
days. Each operand has its quote, in the order of the expression.

Bad: a club that meets the same rival twice on one day, a match that ends without a goal of the
club, the same version twice.

Invented example: "On 2026-08-01 Brell FC played Orrin FC and it ended 2 to 1." and "On 2026-08-05
Tarn FC played Brell FC and it ended 0 to 3." -> "How many goals did Brell FC score in total in its
matches against Orrin FC on 1 August 2026 and against Tarn FC on 5 August 2026?" – 5, from 2 + 3
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import ClassVar

import regex

from generator.english.clauses import join
from generator.english.dates import long_form
from generator.english.expressions import value_of
from generator.english.results import Match
from generator.families.amounts import (
    Measure,
    decimal_of,
    measure_grown,
    scale_of,
    scaled_unit,
)
from generator.families.arithmetic import MAX_DAYS_APART, Sum, key_of
from generator.families.base import Library, draft
from generator.families.events import Event, matches_of, releases_of
from generator.lots import lot_falls, ticket
from generator.passages import exhibit
from store.records import Candidate

#: Questions of each kind a library: more would only vary names and days; the draw takes fewer.
MAX_A_KIND = 20
_GOALS = regex.compile(r"\bgoals?\b", regex.IGNORECASE)
_FOOTBALL = regex.compile(r"\b(?:A?FC|CF)\b")


@dataclass(frozen=True)
class ArithmeticAcross:
    """Reckon with numbers and days of several documents."""

    name: ClassVar[str] = "arithmetic"
    version: ClassVar[int] = 1

    def join(self, library: Library) -> Iterator[Candidate]:
        """Yield goals over several matches, days between releases, and growth."""
        for kind in (self._goals, self._releases, self._growth):
            yield from list(kind(library))[:MAX_A_KIND]

    def _goals(self, library: Library) -> Iterator[Candidate]:
        by_club: dict[tuple[str, str], list[tuple[Event, Match]]] = defaultdict(list)
        for event, match in matches_of(library.readings):
            if _FOOTBALL.search(event.told) or _GOALS.search(event.document.text):
                for club in match.clubs:
                    by_club[event.document.source, club].append((event, match))
        for (_, club), played in sorted(by_club.items(), key=lambda row: row[0]):
            drawn = _drawn(club, played)
            turns = (self._of_club(club, [*drawn[n:], *drawn[:n]]) for n in range(len(drawn)))
            yield from [one for one in turns if one][:1]

    def _of_club(self, club: str, drawn: Sequence[tuple[Event, Match]]) -> Candidate | None:
        """Return a question about a club's matches; None when a score prints its answer."""
        if len(drawn) < 2:
            return None
        wanted = 3 if len(drawn) > 3 or lot_falls(f"arithmetic/three/{club}", 0.5) else 2
        operands = sorted(drawn[:wanted], key=lambda one: one[1].day)
        more = drawn[wanted : wanted + 1] if lot_falls(f"arithmetic/irrelevant/{club}", 0.5) else []
        scored = [match.score_of(club) for _, match in operands]
        conceded = [sum(match.scores) - match.score_of(club) for _, match in operands]
        made = _of_goals(club, scored, conceded, [match for _, match in operands])
        printed = {score for _, match in (*operands, *more) for score in match.scores}
        # Adding nothing to one number is no sum.
        if sum(goals > 0 for goals in scored) < 2 or value_of(made.expression) in printed:
            return None
        return self._joined(made, [e for e, _ in (*operands, *more)], operands[-1][1].day)

    def _releases(self, library: Library) -> Iterator[Candidate]:
        found = releases_of(library.readings)
        times = Counter(event.told for event, _ in found)
        once = [(event, product) for event, product in found if times[event.told] == 1]
        drawn = sorted(once, key=lambda one: ticket("arithmetic/releases", one[0].told))
        taken: set[str] = set()
        for (one, product), (other, rival) in pairwise(drawn):
            apart = abs((one.day - other.day).days)
            if product == rival or not 2 <= apart <= MAX_DAYS_APART or one.told in taken:
                continue
            taken |= {one.told, other.told}
            asked = (
                f"How many days passed between the release of {one.told} "
                f"and the release of {other.told}?"
            )
            expression = f'days_between("{one.day.isoformat()}", "{other.day.isoformat()}")'
            yield self._joined(
                Sum(asked, expression, "days", ()), [one, other], max(one.day, other.day)
            )

    def _growth(self, library: Library) -> Iterator[Candidate]:
        grown: dict[object, list[tuple[Event, Measure]]] = defaultdict(list)
        for reading in library.readings:
            for day, measure in measure_grown(reading):
                event = Event(reading, measure.statement.sentence, day, measure.subject)
                grown[reading.document.source, measure.subject, measure.like].append(
                    (event, measure)
                )
        for rows in grown.values():
            rows.sort(key=lambda one: one[0].day)
            (first, start), (last, end) = rows[0], rows[-1]
            if first.day < last.day and start.amount.value < end.amount.value:
                yield self._joined(_growth_of(first, start, last, end), [last, first], last.day)

    def _joined(self, made: Sum, events: Sequence[Event], as_of: date) -> Candidate:
        main, *others = events
        return draft(
            self,
            main.reading,
            main.sentence,
            made.question,
            key_of(made),
            also=tuple(exhibit(one.document, one.sentence) for one in others),
            level=3,
            as_of=as_of,
        )


def _of_goals(
    club: str, scored: Sequence[int], conceded: Sequence[int], matches: Sequence[Match]
) -> Sum:
    """Return a mean, a difference or a total of goals, by lot."""
    played = _and([f"against {m.rival_of(club)} on {long_form(m.day)}" for m in matches])
    total, against = " + ".join(map(str, scored)), " + ".join(map(str, conceded))
    kind = int(ticket("arithmetic/goals", club)[:8], 16) % 4
    if kind == 0:
        asked = f"How many goals a match did {club} score on average in its matches {played}"
        return Sum(f"{asked}, to two decimals?", f"({total}) / {len(matches)}", "goals", (), 2)
    if kind == 1 and sum(scored) > sum(conceded):
        asked = f"How many more goals did {club} score than concede in total in its matches"
        return Sum(f"{asked} {played}?", f"({total}) - ({against})", "goals", ())
    return Sum(
        f"How many goals did {club} score in total in its matches {played}?", total, "goals", ()
    )


def _drawn(club: str, played: Sequence[tuple[Event, Match]]) -> list[tuple[Event, Match]]:
    """Return up to four of a club's matches by lot, each in a document and on a day of its own."""
    drawn: list[tuple[Event, Match]] = []
    for event, match in sorted(
        played, key=lambda one: ticket("arithmetic", club, one[0].document.id)
    ):
        taken = {(e.document.id, m.day) for e, m in drawn}
        documents, taken_days = {d for d, _ in taken}, {day for _, day in taken}
        if event.document.id not in documents and match.day not in taken_days:
            drawn.append((event, match))
    return drawn[:4]


def _growth_of(first: Event, start: Measure, last: Event, end: Measure) -> Sum:
    """Return how much a measure of one subject grew between two days: in percent for a cost."""
    low, high = decimal_of(start.amount), decimal_of(end.amount)
    clause = end.statement.clause
    if clause.base == "cost":
        asked = (
            f"By what percentage did the cost of {end.subject} rise between "
            f"{long_form(first.day)} and {long_form(last.day)}, to one decimal?"
        )
        return Sum(asked, f"({high} - {low}) / {low} * 100", "%", (), 1)
    unit = scaled_unit(end.amount, end.unit)
    head = f"How many {unit} more" if end.amount.scale else f"How many more {unit}"
    had = join(head, f"had {end.subject} {clause.verb}", end.rest)
    asked = f"{had} by {long_form(last.day)} than by {long_form(first.day)}?"
    return Sum(asked, f"{high} - {low}", end.unit, (), None, scale_of(end.amount))


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
