"""multi_hop – two reports of different publishers, joined by a day that the question does not name.

Needs a clue, which one publisher dates, and a series of another publisher (a club's matches, a
line of releases) of which just one report is of that day. The question names the clue, the reader
finds its day, and on that day the report of the series. Other reports of the series are shown,
too: alone they leave open which is meant.

Bad: two reports of the series on the day, a clue that two texts tell or that the series repeats,
an answer that the clue's passage holds.

Invented example: "Tarnlib 3.1 was released on 2026-08-03." and "On 2026-08-03 Brell FC played
Orrin FC and it ended 2 to 1.", "On 2026-08-09 Tarn FC played Brell FC and it ended 0 to 0." ->
"Against which club did Brell FC play on the day on which Tarnlib 3.1 was released?" – Orrin FC
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import regex

from generator.english.results import Match
from generator.families.base import Library, draft
from generator.families.events import Event, events_of, headline_of, matches_of
from generator.families.releases import issues_of, lines_of
from generator.lots import lot_falls, ticket
from generator.passages import exhibit, passage_around
from store.records import AnswerKey, Candidate

#: Questions of each kind a library: the draw takes 12 % of the week. Judgement.
MAX_A_KIND = 24
#: Questions one clue serves: more would only vary the club. Judgement.
MAX_A_CLUE = 3
#: Reports of the series beside the right one: the nearest days, so that no season tells.
#: Judgement.
N_OTHERS = 2
#: Share of matches that are asked for goals; the rival is less easily guessed. Judgement.
_OF_GOALS = 0.4
_SHORT_NAME = regex.compile(r"\b(?:A?FC|CF)\b")


@dataclass(frozen=True)
class Clue:
    """What the question names instead of the day."""

    event: Event
    #: "Brell 2.4 was released", "it was reported that the council of Tarn closed its museum".
    told: str
    #: The words of it that stand in the quote.
    words: str


@dataclass(frozen=True)
class Report:
    """One report of a series, with what may be asked of it."""

    event: Event
    #: The question, with {clue} where the day would stand.
    asks: str
    key: AnswerKey


@dataclass(frozen=True)
class MultiHop:
    """Ask for what happened on the day of something else."""

    name: ClassVar[str] = "multi_hop"
    version: ClassVar[int] = 1

    def join(self, library: Library) -> Iterator[Candidate]:
        """Yield questions about matches and about releases, each report and clue once."""
        clues = _clues_by_day(library)
        for kind in (_matches(library), _releases(library)):
            made = self._of_kind(library, kind, clues)
            yield from (one for _, one in zip(range(MAX_A_KIND), made, strict=False))

    def _of_kind(
        self,
        library: Library,
        series: Mapping[str, list[Report]],
        clues: Mapping[date, list[Clue]],
    ) -> Iterator[Candidate]:
        used: set[str] = set()
        told: Counter[str] = Counter()
        reports = [(name, one) for name, some in series.items() for one in some]
        for name, report in sorted(
            reports, key=lambda row: ticket("hop", row[0], row[1].event.told)
        ):
            if report.event.told in used:
                continue
            others = _beside(report, series[name])
            clue = _clue_for(report, others, clues.get(report.event.day, ()), library, told)
            if clue is not None:
                used.add(report.event.told)
                told[clue.told] += 1
                yield self._asked(report, others, clue)

    def _asked(self, report: Report, others: Sequence[Report], clue: Clue) -> Candidate:
        spec = report.key.spec | {
            "bridge": report.event.day.isoformat(),
            "of_bridge": "day",
            "clue": clue.words,
            "derivation": f"join(day={report.event.day.isoformat()})",
        }
        shown = [clue.event, *(other.event for other in others)]
        return draft(
            self,
            report.event.reading,
            report.event.sentence,
            report.asks.format(clue=clue.told),
            report.key.model_copy(update={"spec": spec}),
            also=tuple(exhibit(e.document, e.sentence) for e in shown),
            as_of=max(report.event.reading.published, clue.event.reading.published),
            level=3,
        )


def _clue_for(
    report: Report,
    others: Sequence[Report],
    clues: Sequence[Clue],
    library: Library,
    told: Counter[str],
) -> Clue | None:
    """Return a clue of the report's day that only its own text tells, or None."""
    if len(others) < N_OTHERS:
        return None
    shown = [one.event for one in (report, *others)]
    told_there = " ".join(_shown(event) for event in shown).casefold()
    publishers = {library.publisher(event.document) for event in shown}
    for clue in sorted(clues, key=lambda one: ticket("clue", report.event.told, one.told)):
        told_here = _shown(clue.event).casefold()
        apart = library.publisher(clue.event.document) not in publishers
        answers = (report.key.answer, *report.key.aliases)
        if (
            apart
            and told[clue.told] < MAX_A_CLUE
            and not clue.event.names & report.event.names
            and clue.words.casefold() not in told_there
            and not any(answer.casefold() in told_here for answer in answers)
        ):
            return clue
    return None


def _shown(event: Event) -> str:
    around = passage_around(event.document, event.sentence)
    spans = " ".join(span.of(event.document.text) for span in around)
    return f"{event.document.title} {spans}"


def _beside(report: Report, series: Sequence[Report]) -> list[Report]:
    """Return the reports of the series nearest in time, each of a day and text of its own."""
    same_day = [one for one in series if one.event.day == report.event.day]
    if len(same_day) != 1:
        return []
    far = sorted(
        (one for one in series if one is not report),
        key=lambda one: (abs((one.event.day - report.event.day).days), one.event.told),
    )
    found: list[Report] = []
    for one in far:
        days = {other.event.day for other in found}
        texts = {report.event.document.id, *(other.event.document.id for other in found)}
        if one.event.day not in days and one.event.document.id not in texts:
            found.append(one)
    return [one for one in found if one.key.answer != report.key.answer][:N_OTHERS]


def _clues_by_day(library: Library) -> dict[date, list[Clue]]:
    """Return what dates a day: releases, events with their day, and a day's news."""
    clues: dict[date, list[Clue]] = defaultdict(list)
    for issue in issues_of(library.readings):
        clues[issue.day].append(
            Clue(issue.event, f"{issue.event.told} was released", issue.version)
        )
    for reading in library.readings:
        for event in events_of(reading):
            clues[event.day].append(Clue(event, event.told, event.told))
        if (news := headline_of(reading)) and news.told_in_past and _opening(news):
            told = f"it was reported that {news.told_in_past}"
            clues[news.day].append(Clue(news, told, _opening(news)))
    return clues


def _opening(news: Event) -> str:
    """Return the words of a report before its verb: they stand in both tenses."""
    here, then = news.told.split(), news.told_in_past.split()
    same = next((n for n, (a, b) in enumerate(zip(here, then, strict=False)) if a != b), len(here))
    return " ".join(here[:same])


def _matches(library: Library) -> dict[str, list[Report]]:
    """Return the matches of each club, to be asked for the rival or the club's goals."""
    series: dict[str, list[Report]] = defaultdict(list)
    for event, match in matches_of(library.readings):
        for club in match.clubs:
            series[f"{event.document.source}/{club}"].append(_match(event, match, club))
    return series


def _match(event: Event, match: Match, club: str) -> Report:
    drawn = match.scores[0] == match.scores[1]
    if not drawn and lot_falls(f"hop/goals/{event.told}/{club}", _OF_GOALS):
        key = AnswerKey(
            answer=str(match.score_of(club)),
            kind="number",
            spec={"unit": "goals", "unit_in_question": True, "tol": "0"},
        )
        asks = f"How many goals did {club} score on the day on which {{clue}}?"
        return Report(event, asks, key)
    rival = match.rival_of(club)
    short = _SHORT_NAME.sub("", rival).strip()
    key = AnswerKey(answer=rival, kind="text", aliases=(short,) if short != rival else ())
    return Report(event, f"Against which club did {club} play on the day on which {{clue}}?", key)


def _releases(library: Library) -> dict[str, list[Report]]:
    series: dict[str, list[Report]] = defaultdict(list)
    for line, issues in lines_of(issues_of(library.readings)).items():
        for issue in issues:
            asks = f"Which release of {line} came out on the day on which {{clue}}?"
            series[line].append(Report(issue.event, asks, issue.key))
    return series
