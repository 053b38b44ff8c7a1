"""changed – what holds on a day of which two texts give an earlier and a later value.

Needs two reports of one thing by one rule: the newest release of a line, a count that is told
again, a gauge that is read again, what a version of a product supports. The question names the
day up to which texts count, so that it stays true; the twin names an earlier day, with the other
answer, and shows the same passages.

Bad: a forecast, another unit or place, a value that the later text calls an error, a day on which
a third report could have come.

Invented example: "Brell 2.3 supports 6 targets." (2 March 2026) and "Brell 2.4 supports 9
targets." (3 August 2026) -> "As of 10 August 2026, how many targets did the newest release of
Brell support?" – 9; as of 10 May 2026 – 6
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

import regex

from generator.english.dates import days, long_form
from generator.english.quantities import amounts
from generator.families.base import Library, Reading, draft, pair_id, variant
from generator.families.number import number_key
from generator.families.releases import issues_of, lines_of
from generator.lots import lot, ticket
from generator.passages import Sentence, exhibit, passage_around
from store.records import AnswerKey, Candidate, Document

#: Questions a library, and of one thing: the draw takes 8 % of the week. Judgement.
MAX_QUESTIONS = 20
MAX_OF_ONE = 3
#: A day asked about lies at most so many days after the report it asks for: later ones may have
#: seen a report that nobody captured. Judgement.
MAX_DAYS_AFTER = 10
_DAY = r"(?P<day>\d{1,2}\s\p{Lu}\p{Ll}+\s20\d\d)"
_NUMBER = r"(?P<number>\d[\d,]*(?:\.\d+)?)"
#: "By 9 November 2026 the outbreak in Brell had reached 96 confirmed cases."
_COUNTED = regex.compile(
    rf"^By\s{_DAY},?\s(?P<who>(?:the\s|\p{{Lu}})[^,;:]{{2,60}}?)\shad\s(?P<done>\p{{Ll}}+)\s{_NUMBER}\s"
    r"(?P<unit>\p{Ll}+(?:\s\p{Ll}+)?)(?=[.,])"
)
#: "The gauge at Brell Bridge showed 3.10 metres on 5 November 2026."
_READ = regex.compile(
    rf"^(?P<who>The\s[^,;:]{{4,60}}?)\sshowed\s{_NUMBER}\s(?P<unit>\p{{Ll}}+)\son\s{_DAY}(?=[.,])"
)
#: "Brell 2.4 supports 9 targets."
_SUPPORTS = regex.compile(
    rf"^(?P<who>\p{{Lu}}[\p{{L}}.]*)\s(?P<version>\d+(?:\.\d+)+)\s(?P<done>supports|contains|offers)\s"
    rf"{_NUMBER}\s(?P<unit>\p{{Ll}}+(?:\s\p{{Ll}}+)?)\.$"
)
#: A later text that says so takes the earlier one back: no change, a correction.
_CORRECTS = regex.compile(
    r"\b(?:correct(?:s|ed|ion)|erratum|errata|in error|by mistake|wrongly|mistakenly|retract\w*|"
    r"revised|clarification)\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True)
class Standing:
    """What a text says of a thing from a day on, until another text says otherwise."""

    reading: Reading
    sentence: Sentence
    day: date
    #: The question, with {day} where the day belongs up to which texts count.
    asks: str
    key: AnswerKey

    @property
    def document(self) -> Document:
        """Where it is said."""
        return self.reading.document


@dataclass(frozen=True)
class Changed:
    """Ask for the later value, with the earlier one as its twin."""

    name: ClassVar[str] = "changed"
    version: ClassVar[int] = 1

    def join(self, library: Library) -> Iterator[Candidate]:
        """Yield pairs of one thing's consecutive values, the newest first."""
        last = max((reading.published for reading in library.readings), default=date.min)
        n_made = 0
        for told in _by_lot(_histories(library)):
            for made in list(self._of_one(told, last))[:MAX_OF_ONE]:
                n_made += 1
                if n_made > MAX_QUESTIONS:
                    return
                yield from made

    def _of_one(
        self, told: Sequence[Standing], last: date
    ) -> Iterator[tuple[Candidate, Candidate]]:
        """Yield pairs of values next to each other, each value in one pair."""
        place = len(told) - 1
        while place > 0:
            earlier, later = told[place - 1], told[place]
            ends = told[place + 1].day if place + 1 < len(told) else last + timedelta(days=1)
            made = self._pair(earlier, later, ends)
            if made:
                yield made
            place -= 2 if made else 1

    def _pair(
        self, earlier: Standing, later: Standing, ends: date
    ) -> tuple[Candidate, Candidate] | None:
        if earlier.document.id == later.document.id or earlier.key.answer == later.key.answer:
            return None
        if _CORRECTS.search(later.document.text):
            return None
        now, then = _day_within(later, ends), _day_within(earlier, later.day)
        if now is None or then is None:
            return None
        base = draft(
            self,
            later.reading,
            later.sentence,
            later.asks.format(day=long_form(now)),
            _key(later, earlier, now),
            also=(exhibit(earlier.document, earlier.sentence),),
            as_of=now,
            level=3,
        )
        twin = variant(
            base,
            self,
            "earlier",
            question=earlier.asks.format(day=long_form(then)),
            key=_key(earlier, later, then),
            document_id=earlier.document.id,
            quote=earlier.sentence.text,
            quote_span=earlier.sentence.span,
            context_spans=passage_around(earlier.document, earlier.sentence),
            also=(exhibit(later.document, later.sentence),),
            as_of=then,
        )
        return base.model_copy(update={"pair": pair_id(base), "pair_role": "base"}), twin


def _key(told: Standing, other: Standing, day: date) -> AnswerKey:
    spec = told.key.spec | {
        "other": other.key.answer,
        "derivation": f"newest_up_to({day.isoformat()})",
    }
    return told.key.model_copy(update={"spec": spec})


def _day_within(told: Standing, ends: date) -> date | None:
    """Return a day after a report and before the next, by lot; None when there is none between."""
    room = min((ends - told.day).days - 1, MAX_DAYS_AFTER)
    if room < 1:
        return None
    return told.day + timedelta(days=1 + int(lot(f"changed/{told.sentence.text}") * room))


def _by_lot(histories: Sequence[tuple[str, list[Standing]]]) -> list[list[Standing]]:
    return [told for name, told in sorted(histories, key=lambda one: ticket("changed", one[0]))]


def _histories(library: Library) -> list[tuple[str, list[Standing]]]:
    """Return what is told of each thing, by day; one that has two values on a day is left out."""
    told: dict[str, list[Standing]] = defaultdict(list)
    for line, issues in lines_of(issues_of(library.readings)).items():
        asks = f"As of {{day}}, what was the newest release of {line}?"
        for issue in issues:
            event = issue.event
            told[f"release/{line}"].append(
                Standing(event.reading, event.sentence, issue.day, asks, issue.key)
            )
    for reading in library.readings:
        for statement in reading.statements:
            found = _stands(reading, statement.sentence, statement.dated_text)
            if found is not None:
                told[f"{library.publisher(reading.document)}/{found.asks}"].append(found)
    sorted_ = [(name, sorted(some, key=lambda one: one.day)) for name, some in told.items()]
    return [(name, some) for name, some in sorted_ if _one_a_day(some)]


def _one_a_day(told: Sequence[Standing]) -> bool:
    return len(told) > 1 and all(left.day < right.day for left, right in pairwise(told))


def _stands(reading: Reading, sentence: Sentence, dated: str) -> Standing | None:
    """Return what a sentence counts, reads off or says of a version; None for all others."""
    if found := _COUNTED.match(dated):
        who = found["who"]
        asks = (
            f"By the newest count up to {{day}}, how many {found['unit']} had {who} "
            f"{found['done']}?"
        )
        return _numbered(reading, sentence, found, _named_day(found["day"], reading), asks)
    if found := _READ.match(dated):
        who = found["who"][0].lower() + found["who"][1:]
        asks = f"In its newest reading up to {{day}}, how many {found['unit']} did {who} show?"
        return _numbered(reading, sentence, found, _named_day(found["day"], reading), asks)
    if found := _SUPPORTS.match(dated):
        done = found["done"].removesuffix("s")
        asks = (
            f"As of {{day}}, how many {found['unit']} did the newest release of {found['who']} "
            f"{done}?"
        )
        return _numbered(reading, sentence, found, reading.published, asks)
    return None


def _numbered(
    reading: Reading, sentence: Sentence, found: regex.Match[str], day: date | None, asks: str
) -> Standing | None:
    if day is None or day > reading.published:
        return None
    amounts_there = [a for a in amounts(found.group()) if a.value == _value(found["number"])]
    if len(amounts_there) != 1:
        return None
    key = number_key(amounts_there[0], found["unit"].split()[-1])
    return Standing(reading, sentence, day, asks, key)


def _value(written: str) -> Decimal:
    return Decimal(written.replace(",", ""))


def _named_day(written: str, reading: Reading) -> date | None:
    return next((one.day for one in days(written, reading.published)), None)
