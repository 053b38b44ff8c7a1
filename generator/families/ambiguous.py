"""ambiguous – words that fit two things in the texts shown; the right reply gives both.

Needs two siblings whose questions become one when the words that tell them apart are deleted: two
matches of a club in one month, two releases of one product, two events of one kind in one country
that are reported in one month. Just these two are shown, so no third fits. The precise question
about one of them is the base.

Bad: one reading is far likelier, both readings have one answer, a bound ("at least") in either, a
plural that could ask for the sum.

Invented example: "On 2026-08-01 Brell FC played Orrin FC and it ended 2 to 1." and "On 2026-08-08
Tarn FC played Brell FC and it ended 0 to 3." -> "On which day of August 2026 did Brell FC play?" –
2026-08-01; 2026-08-08; precise: "… did Brell FC play against Orrin FC?"
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import regex

from generator.english.dates import MONTHS
from generator.english.names import countries
from generator.families.base import Library, Reading, draft, pair_id, variant
from generator.families.date import DateOf
from generator.families.events import Event, matches_of, releases_of
from generator.lots import ticket
from generator.passages import Sentence, exhibit
from store.records import AnswerKey, Candidate, Exhibit, Span

#: Pairs of each kind a library: the draw takes 4 % of the week.
MAX_A_KIND = 10
_ASKED = regex.compile(
    r"^As reported on (?P<day>\d{1,2} (?P<month>\p{L}+ \d{4})), "
    r"how many (?P<unit>people|civilians) (?P<be>are|were) "
    r"(?P<done>killed|injured|wounded|rescued|arrested) in an? (?P<thing>[\p{L}\s-]*?)"
    r"(?P<where>\s(?:at|in|on|near|outside|inside|off)\s.*),\s(?P<country>\p{Lu}[\p{L}\s]+)\?$"
)
#: Things that happen once at a time and may be meant by "the fire in Tarnland".
_THINGS = frozenset(
    "fire explosion shooting crash collision landslide avalanche bombing stabbing attack strike "
    "airstrike blast accident earthquake shootout collapse ambush flood".split()
)


@dataclass(frozen=True)
class Ambiguous:
    """Ask what fits two things, with the precise question beside it."""

    name: ClassVar[str] = "ambiguous"
    version: ClassVar[int] = 1

    def join(self, library: Library) -> Iterator[Candidate]:
        """Yield a precise base and its vague variant for each pair of siblings."""
        for kind in (self._matches, self._releases, self._events):
            for made in list(kind(library))[:MAX_A_KIND]:
                yield from made

    def _matches(self, library: Library) -> Iterator[tuple[Candidate, Candidate]]:
        played: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
        for event, match in matches_of(library.readings):
            for club in match.clubs:
                played[_month(event), event.document.source, club].append(event)
        asked: set[str] = set()
        for (month, _, club), events in _newest(played):
            chosen = _two([event for event in events if event.told not in asked], club)
            if chosen is None:
                continue
            asked.add(chosen[0].told)
            rival = next(name for name in chosen[0].about if name != club)
            yield self._dated(
                chosen,
                f"On which day of {month} did {club} play against {rival}?",
                f"On which day of {month} did {club} play?",
            )

    def _releases(self, library: Library) -> Iterator[tuple[Candidate, Candidate]]:
        released: dict[tuple[str, str, str], list[Event]] = defaultdict(list)
        for event, product in releases_of(library.readings):
            released[_month(event), event.document.source, product].append(event)
        for (month, _, product), events in _newest(released):
            if chosen := _two(events, product):
                yield self._dated(
                    chosen,
                    f"On which day of {month} was {chosen[0].told} released?",
                    f"On which day of {month} was {product} released?",
                )

    def _dated(
        self, chosen: Sequence[Event], precise: str, vague: str
    ) -> tuple[Candidate, Candidate]:
        """Return both questions about two dated events, each with both passages."""
        first, other = chosen
        # Their own paragraphs alone: a wider passage may tell of a third.
        spans = (first.sentence.paragraph,)
        base = draft(
            DateOf(),
            first.reading,
            first.sentence,
            precise,
            AnswerKey(answer=first.day.isoformat(), kind="date", spec={"precision": "day"}),
            writer=f"rule:{self.name}/{self.version}",
            context_spans=spans,
            also=(exhibit(other.document, other.sentence, (other.sentence.paragraph,)),),
            level=2,
        )
        both = sorted(event.day.isoformat() for event in chosen)
        return self._pair(base, question=vague, key=_both(both, "date"))

    def _events(self, library: Library) -> Iterator[tuple[Candidate, Candidate]]:
        readings = {reading.document.id: reading for reading in library.readings}
        for (unit, be, done, thing, country, month), found in sorted(_alike(library).items()):
            chosen = _unlike_answers(found)
            if chosen is None:
                continue
            (base, day), (other, other_day) = chosen
            when = f"on {day}" if day == other_day else f"in {month}"
            values = sorted((base.key.answer, other.key.answer), key=int)
            yield self._pair(
                base,
                question=(
                    f"As reported {when}, how many {unit} {be} {done} in the {thing} in {country}?"
                ),
                key=_both(values, "number"),
                **_shown(base, other, readings),
            )

    def _pair(self, base: Candidate, **changes: object) -> tuple[Candidate, Candidate]:
        vague = variant(base, self, "vague", level=2, **changes)
        return base.model_copy(update={"pair": pair_id(base), "pair_role": "base"}), vague


def _alike(library: Library) -> dict[tuple[str, ...], list[tuple[Candidate, str]]]:
    """Return questions for exact numbers with their days, by what they share when cut short."""
    alike: dict[tuple[str, ...], list[tuple[Candidate, str]]] = defaultdict(list)
    for reading in library.readings:
        for one in library.drafts.get(reading.document.id, ()):
            plain = one.family == "number" and one.pair_role in (None, "base")
            asked = _ASKED.match(one.question) if plain else None
            if asked is None or one.key.spec.get("scale"):
                continue
            thing = asked["thing"].split()[-1] if asked["thing"].split() else ""
            if thing in _THINGS and asked["country"] in countries():
                told = (asked["unit"], asked["be"], asked["done"])
                alike[*told, thing, asked["country"], asked["month"]].append((one, asked["day"]))
    return alike


def _unlike_answers(
    found: Sequence[tuple[Candidate, str]],
) -> tuple[tuple[Candidate, str], tuple[Candidate, str]] | None:
    """Return two questions by lot that have two answers."""
    drawn = sorted(found, key=lambda one: ticket("ambiguous", one[0].id))
    for other in drawn[1:]:
        if other[0].key.answer != drawn[0][0].key.answer:
            return drawn[0], other
    return None


def _both(items: Sequence[str], of: str) -> AnswerKey:
    return AnswerKey(answer="; ".join(items), kind="set", spec={"items": list(items), "of": of})


def _month(event: Event) -> str:
    return f"{MONTHS[event.day.month - 1]} {event.day.year}"


def _newest(
    table: dict[tuple[str, str, str], list[Event]],
) -> Iterator[tuple[tuple[str, str, str], list[Event]]]:
    """Yield one row a name, the newest month first, then by lot: a club is asked about once."""
    seen: set[str] = set()
    rows = sorted(
        table.items(),
        key=lambda row: (-max(e.day.toordinal() // 31 for e in row[1]), ticket("month", *row[0])),
    )
    for names, events in rows:
        if names[2] not in seen and len({event.day for event in events}) > 1:
            seen.add(names[2])
            yield names, events


def _two(events: Sequence[Event], salt: str) -> list[Event] | None:
    """Return two events by lot, on days and in documents of their own."""
    drawn = sorted(events, key=lambda event: ticket("ambiguous", salt, event.told))
    for other in drawn[1:]:
        apart = other.day != drawn[0].day and other.document.id != drawn[0].document.id
        if apart and other.told != drawn[0].told:
            return [drawn[0], other]
    return None


def _shown(
    base: Candidate, other: Candidate, readings: dict[str, Reading]
) -> dict[str, tuple[Span, ...] | tuple[Exhibit, ...]]:
    """Return what is shown of two siblings: their own paragraphs and nothing else."""
    mine = _sentence(base, readings).paragraph
    theirs = _sentence(other, readings).paragraph
    if base.document_id == other.document_id:
        spans = tuple(sorted((mine, theirs), key=lambda span: span.start))
        shown: tuple[Span, ...] = ()
    else:
        spans, shown = (mine,), (theirs,)
    also = Exhibit(
        document_id=other.document_id,
        quote=other.quote,
        quote_span=other.quote_span,
        context_spans=shown,
    )
    return {"context_spans": tuple(dict.fromkeys(spans)), "also": (also,)}


def _sentence(one: Candidate, readings: dict[str, Reading]) -> Sentence:
    every = readings[one.document_id].sentences
    return next(sentence for sentence in every if sentence.span == one.quote_span)
