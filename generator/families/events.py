"""Events with their days: what happened, in words that hold no date, and on which day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import regex

from generator.english.clauses import Clause, join
from generator.english.dates import MONTHS, WEEKDAYS, days
from generator.english.past import in_past
from generator.english.results import Match, match_of, release_of
from generator.english.trimming import trimmed
from generator.families.base import STATES, Reading, Statement
from generator.lots import ticket
from generator.passages import Sentence
from store.contexts import context_of
from store.records import Candidate, Document

#: An event must be told in a line: longer ones make a list nobody keeps in mind; judgement.
MAX_EVENT_CHARS = 90
_MIN_EVENT_WORDS = 4
_CALENDAR = frozenset([*MONTHS, *WEEKDAYS])
_NAME = regex.compile(r"\b\p{Lu}[\p{L}\p{M}\d'’.-]+")
#: Words that point at something outside the event, or tell its place among others.
_POINTS = regex.compile(
    r"\b(?:he|she|it|they|him|her|his|them|their|its|that|this|these|those|there|both|such|same|"
    r"first|second|third|last|final|finally|next|again|after|before|then|later|earlier|previous|"
    r"new|old|former|already|still|another|other|others|since|until|following|when|while|once|"
    r"rest|one|ones|more|also|instead|today|yesterday|now)\b",
    regex.IGNORECASE,
)
#: Verbs of saying: what is said has a day of its own.
_SPEECH = frozenset(
    "report say announce claim declare warn allege estimate predict confirm deny state".split()
)
#: Words that name nothing of their own: "the country", "the three aircraft".
_VAGUE = regex.compile(
    r"\bthe\s(?:country|two|three|four|case|deal|incident|attack|war|conflict|death toll|toll|"
    r"group|company|region|project|ban|law|bill|vote|election|figure|result|motion|agreement|"
    r"contract|core|boiler|service|post|board)s?\b(?!\sof)|\bdeath toll\b|\b\p{Lu}\.\s\p{Lu}"
)
#: Nobody is asked to rank the dead by date, and check `harm` takes no names beside them.
_VIOLENT = regex.compile(
    r"\b(?:kill|die|dead|strik|strike|airstrike|attack|bomb|shoot|injur|wound|arrest|murder|rape|"
    r"missile|drone|execut|sentenc|accus|charg)\p{Ll}*", regex.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """Something that happened on one day, told without the day."""

    reading: Reading
    sentence: Sentence
    day: date
    #: "the south basin of Port Aldry reopened"
    told: str
    #: Base form of its verb; "" for what is only named.
    verb: str = ""
    #: Whom it is about, where capitalised words would not tell.
    about: frozenset[str] = frozenset()
    #: The same in the past, where it is told in the present; "" where that is in doubt.
    told_in_past: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Whom it is about, by the capitalised words it is told in."""
        return self.about or frozenset(_NAME.findall(self.told)) - _CALENDAR

    @property
    def document(self) -> Document:
        """Where it is reported."""
        return self.reading.document


def events_of(reading: Reading) -> list[Event]:
    """Return the events of a document whose days its own sentences name, in text order.

    Two events that share their words are left out, both: nobody could tell them apart.
    """
    found = [event for statement in reading.statements if (event := _dated(statement, reading))]
    return [one for one in found if sum(other.told == one.told for other in found) == 1]


def _dated(statement: Statement, reading: Reading) -> Event | None:
    clause = statement.clause
    named = list(days(statement.dated_text, reading.published))
    if len(named) != 1 or named[0].preposition != "on" or named[0].day > reading.published:
        return None
    if any("weekday" in how for how in statement.derivations):
        # "On Monday" needs the day of the report: one more step, and another family's.
        return None
    passive = clause.auxiliary in ("was", "were") and clause.verb
    happened = clause.time == "past" and (not clause.auxiliary or passive)
    if not happened or not _names_who(clause) or (clause.base in STATES and not passive):
        return None
    rest = _without_day(statement, named[0].written)
    if rest is None:
        return None
    told = join(clause.inside or "", clause.auxiliary, clause.verb, rest)
    if (
        not tells_itself(told)
        or _VAGUE.search(told)
        or match_of(statement.sentence.text, reading.published)
    ):
        return None
    return Event(reading, statement.sentence, named[0].day, told, clause.base)


def _names_who(clause: Clause) -> bool:
    """Whether the subject is told apart: by a name, or as something not met before."""
    subject = clause.inside or ""
    met = subject.startswith(("the ", "two ", "three ")) and not _NAME.search(subject)
    return bool(subject) and "," not in subject and not met


def _without_day(statement: Statement, written: str) -> str | None:
    clause = statement.clause
    if clause.fronted:
        return trimmed(clause.rest) if clause.fronted == written else None
    if written not in clause.rest:
        return None
    before, _, after = clause.rest.partition(written)
    if before.strip() and trimmed(before) != before.strip(" ,"):
        return None
    return trimmed(join(before, after))


def tells_itself(told: str) -> bool:
    """Whether an event's words name somebody, point nowhere and fit in a line."""
    return (
        len(told) <= MAX_EVENT_CHARS
        and len(told.split()) >= _MIN_EVENT_WORDS
        and bool(set(_NAME.findall(told)) - _CALENDAR)
        and not _POINTS.search(told)
        and not any(mark in told for mark in ";:()")
    )


def headline_of(reading: Reading) -> Event | None:
    """Return one event of a day's news, by lot; its day is that of the report."""
    found = []
    for statement in reading.statements:
        clause = statement.clause
        plain = clause.time == "present" and not clause.auxiliary and clause.base not in STATES
        # Only a clause that is told whole: what a cut leaves may be half an event.
        whole = plain and not clause.fronted and trimmed(clause.rest) == clause.rest.strip()
        if not whole or not _names_who(clause) or clause.base in _SPEECH:
            continue
        if list(days(statement.dated_text, reading.published)):
            continue
        told = join(clause.inside or "", clause.verb, clause.rest)
        if len(told.split()) <= _MIN_EVENT_WORDS or _VAGUE.search(told) or _VIOLENT.search(told):
            continue
        if tells_itself(told):
            past, rest = in_past(clause, clause.rest, STATES)
            then = join(past.inside or "", past.verb, rest) if past.time == "past" else ""
            event = Event(
                reading, statement.sentence, reading.published, told, clause.base, told_in_past=then
            )
            found.append(event)
    return min(found, key=lambda event: ticket("headline", event.told)) if found else None


def matches_of(readings: Iterable[Reading]) -> list[tuple[Event, Match]]:
    """Return every match that a text reports, as an event "A against B".

    Two reports of one pairing are left out, both: a match that was moved or entered twice has
    two days, and the pairing alone does not say which is meant.
    """
    found = []
    for reading in readings:
        for sentence in reading.sentences:
            if match := match_of(sentence.text, reading.published):
                told = f"{match.clubs[0]} against {match.clubs[1]}"
                event = Event(reading, sentence, match.day, told, about=frozenset(match.clubs))
                found.append((event, match))
    pairings = Counter(_pairing(match) for _, match in found)
    return [(event, match) for event, match in found if pairings[_pairing(match)] == 1]


def _pairing(match: Match) -> tuple[str, ...]:
    """Return two clubs without "FC", which some reports leave out."""
    return tuple(regex.sub(r"\b(?:A?FC|CF)\b", "", club).strip() for club in match.clubs)


def releases_of(readings: Iterable[Reading]) -> list[tuple[Event, str]]:
    """Return every release that a text reports, as an event "Brell 2.4", with its product."""
    found = []
    for reading in readings:
        for sentence in reading.sentences:
            if release := release_of(sentence.text):
                about = frozenset({release.product})
                event = Event(reading, sentence, release.day, release.name, about=about)
                found.append((event, release.product))
    return found


def shown_days(
    candidate: Candidate, documents: Mapping[str, Document], told: Sequence[tuple[str, date]]
) -> list[date]:
    """Return the days of quoted sentences in the order in which a reader meets them."""
    context = context_of(candidate, documents)
    return [day for _, day in sorted(told, key=lambda one: context.index(one[0]))]


def months_of(found: Sequence[date]) -> str:
    """Return the months that days lie in: "March 2026", "February and March 2026", or a stretch."""
    months = sorted({(day.year, day.month) for day in found})
    years = sorted({year for year, _ in months})
    if len(months) == 1:
        return f"{MONTHS[months[0][1] - 1]} {years[0]}"
    if len(years) == 1 and len(months) == 2 and months[1][1] == months[0][1] + 1:
        return f"{MONTHS[months[0][1] - 1]} and {MONTHS[months[1][1] - 1]} {years[0]}"
    (first_year, first), (last_year, last) = months[0], months[-1]
    opening = MONTHS[first - 1] if first_year == last_year else f"{MONTHS[first - 1]} {first_year}"
    return f"{opening} to {MONTHS[last - 1]} {last_year}"
