"""order – three or four events in the sequence in which they happened.

Needs events with absolute days at least one day apart, each named in words that tell nothing of
its place: events of one document, matches, releases of different products, or one event of each
of several days' news. The answer is a permutation among four, by sorting the days.

Bad: versions of one product, "reopened" after "closed", events that share a name, passages that
stand in the order of the answer.

Invented example: "Brell 2.4 was released on 2026-08-03." "Tarnlib 9.1 was released on 2026-08-01."
"Orrin 3.0 was released on 2026-08-05." -> "Put the following releases of August 2026 in order,
earliest first: (1) Brell 2.4; (2) Tarnlib 9.1; (3) Orrin 3.0." – 2, 1, 3
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import regex

from generator.families.base import Family, JoiningFamily, Library, Reading, draft
from generator.families.events import (
    Event,
    events_of,
    headline_of,
    matches_of,
    months_of,
    releases_of,
    shown_days,
)
from generator.families.permutations import listed, order_key
from generator.lots import lot_falls, ticket
from generator.passages import exhibit, passage_around
from store.records import Candidate, Span

#: Questions of each kind a library; the draw takes fewer.
MAX_A_KIND = 16
#: Three events or four: half of each, judgement.
_FOUR = 0.5
#: Events further apart belong to other seasons: one remembers which was first. Judgement.
_MAX_DAYS = 75
#: Events are drawn from stretches of so many days, the newest first; judgement.
_WINDOW = 30
#: Check `schema` takes no longer question.
_MAX_QUESTION = 400
_WORD = regex.compile(r"\b[\p{L}\p{M}]{5,}\b")


@dataclass(frozen=True)
class Order:
    """Put the dated events of one document in order."""

    name: ClassVar[str] = "order"
    version: ClassVar[int] = 1

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield at most one question: a document has one order of events."""
        chosen = _unlike(events_of(reading), 4)
        if len(chosen) < 3:
            return
        candidate = _asked(self, chosen, f"events of {months_of([e.day for e in chosen])}", ())
        if candidate and _scrambled(candidate, chosen):
            yield candidate


@dataclass(frozen=True)
class OrderAcross:
    """Put matches, releases or reported events of several documents in order."""

    name: ClassVar[str] = "order"
    version: ClassVar[int] = 1

    def join(self, library: Library) -> Iterator[Candidate]:
        """Yield matches, releases, dated events and news, each document once a kind."""
        for kind in (self._matches, self._releases, self._dated, self._news):
            yield from list(kind(library))[:MAX_A_KIND]

    def _matches(self, library: Library) -> Iterator[Candidate]:
        by_source: dict[str, list[Event]] = defaultdict(list)
        for event, _ in matches_of(library.readings):
            by_source[event.document.source].append(event)
        for source in sorted(by_source):
            for chosen in _groups(by_source[source], source):
                what = f"matches of {months_of([event.day for event in chosen])}"
                yield from self._joined(chosen, what, "by the day on which they were played")

    def _releases(self, library: Library) -> Iterator[Candidate]:
        newest = [event for event, _ in releases_of(library.readings)]
        for chosen in _groups(newest, "releases"):
            what = f"releases of {months_of([event.day for event in chosen])}"
            yield from self._joined(chosen, what, "by the day on which they came out")

    def _dated(self, library: Library) -> Iterator[Candidate]:
        by_source: dict[str, list[Event]] = defaultdict(list)
        for reading in library.readings:
            by_source[reading.document.source] += events_of(reading)[:1]
        for source in sorted(by_source):
            for chosen in _groups(by_source[source], source):
                what = f"events of {months_of([event.day for event in chosen])}"
                yield from self._joined(chosen, what, "by the day on which they happened")

    def _news(self, library: Library) -> Iterator[Candidate]:
        by_source: dict[str, list[Event]] = defaultdict(list)
        for reading in library.readings:
            if event := headline_of(reading):
                by_source[event.document.source].append(event)
        for source in sorted(by_source):
            for chosen in _groups(by_source[source], source, most=3):
                what = f"news of {months_of([event.day for event in chosen])}"
                yield from self._joined(chosen, what, "by the day of the report")

    def _joined(self, chosen: Sequence[Event], what: str, how: str) -> Iterator[Candidate]:
        candidate = _asked(self, chosen, what, how)
        if candidate and _scrambled(candidate, chosen):
            yield candidate


def _groups(events: Iterable[Event], salt: str, most: int = 4) -> Iterator[list[Event]]:
    """Yield groups of three or four unlike events of close days, each event in one group.

    The newest window first, within it by lot: n log n.
    """
    drawn = sorted(events, key=lambda e: (-(e.day.toordinal() // _WINDOW), ticket(salt, e.told)))
    group: list[Event] = []
    wanted = most
    for event in drawn:
        if all(_unlike_two(event, other) for other in group):
            group.append(event)
        if len(group) == wanted:
            yield group
            four = most == 4 and lot_falls(f"order/four/{event.told}", _FOUR)
            group, wanted = [], 4 if four else 3


def _unlike(events: Sequence[Event], most: int) -> list[Event]:
    """Return up to `most` events of which no two are alike, by lot."""
    chosen: list[Event] = []
    for event in sorted(events, key=lambda one: ticket("order", one.told)):
        if len(chosen) < most and all(_unlike_two(event, other) for other in chosen):
            chosen.append(event)
    return chosen


def _unlike_two(one: Event, other: Event) -> bool:
    """Whether two events are days apart and nothing in their words tells which came first.

    They share no name, and no longer word unless they did the same: what closed may reopen.
    """
    apart = abs((one.day - other.day).days)
    if one.names & other.names or not 1 <= apart <= _MAX_DAYS:
        return False
    shared = set(_WORD.findall(one.told.casefold())) & set(_WORD.findall(other.told.casefold()))
    return bool(one.about or one.verb == other.verb or not shared)


def _asked(
    family: Family | JoiningFamily, chosen: Sequence[Event], what: str, how: str | tuple[()]
) -> Candidate | None:
    """Return the question that lists the events by lot; None when it has too many characters."""
    salt = "/".join(event.told for event in chosen)
    events = [chosen[place] for place in listed(len(chosen), salt)]
    told = "; ".join(f"({number}) {event.told}" for number, event in enumerate(events, start=1))
    by = f" {how}" if how else " by the day on which they happened"
    question = f"Put the following {what} in order{by}, earliest first: {told}."
    if len(question) > _MAX_QUESTION:
        return None
    right = sorted(range(len(events)), key=lambda index: events[index].day)
    iso = ", ".join(event.day.isoformat() for event in events)
    key = order_key([index + 1 for index in right], salt, f"sort({iso})")
    # Documents of one address are shown in the order of their quotes: that is a lot, too.
    main, *others = sorted(events, key=lambda event: ticket("shown", salt, event.told))
    one_document = len({event.document.id for event in events}) == 1
    spans = _together(events) if one_document else passage_around(main.document, main.sentence)
    return draft(
        family,
        main.reading,
        main.sentence,
        question,
        key,
        context_spans=spans,
        also=tuple(exhibit(e.document, e.sentence, () if one_document else None) for e in others),
        level=0 if one_document else 3,
        as_of=max(event.reading.published for event in events),
    )


def _together(events: Sequence[Event]) -> tuple[Span, ...]:
    """Return the paragraphs of one document from the first event's to the last one's."""
    paragraphs = [event.sentence.paragraph for event in events]
    return (Span(start=min(p.start for p in paragraphs), end=max(p.end for p in paragraphs)),)


def _scrambled(candidate: Candidate, chosen: Sequence[Event]) -> bool:
    """Whether a reader meets the events in another order than they happened in."""
    documents = {event.document.id: event.document for event in chosen}
    met = shown_days(candidate, documents, [(event.sentence.text, event.day) for event in chosen])
    return any(earlier > later for earlier, later in pairwise(met))
