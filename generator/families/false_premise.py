"""false_premise – the question takes for granted what the passage contradicts.

Made from an answerable question by planting one value – a count, a day or a country – that
the document contradicts and that stands nowhere in it. The right reply says so, or names the truth.

Bad: a planted value that is also true, or one that the passage merely leaves open.

Invented example: "The harbour of Port Mellin reopened on 5 August 2026." ->
"How many ferries used the harbour of Port Mellin when it reopened on 9 August 2026?"
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import regex

from generator.english.dateline import in_dateline
from generator.english.dates import days, long_form
from generator.english.names import countries, names
from generator.english.quantities import amounts, shown
from generator.families.base import Reading, variant
from generator.families.unanswerable import lot_falls
from store.records import FALSE_PREMISE, AnswerKey, Candidate

#: Of the questions with a slot, this share gets such a twin (mix of questions.md §1).
SHARE = 0.35
#: Days a planted date lies after the true one: near enough to be believed.
_SHIFTS = (3, 5, 8, 11)
_SOURCES = ("number", "entity")


@dataclass(frozen=True)
class FalsePremise:
    """Plant one wrong value in a right question."""

    name: ClassVar[str] = "false_premise"
    version: ClassVar[int] = 3

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield a twin for a fixed share of the siblings that have a slot."""
        for base in siblings:
            if base.family not in _SOURCES or not lot_falls(f"{self.name}/{base.id}", SHARE):
                continue
            planted = (
                _plant_count(base, reading)
                or _plant_day(base, reading)
                or _plant_country(base, reading)
            )
            if planted is None:
                continue
            question, truths, value = planted
            yield variant(
                base,
                self,
                "planted",
                question=question,
                key=AnswerKey(
                    answer=FALSE_PREMISE,
                    kind="premise",
                    spec={"correction": list(truths), "planted": value},
                ),
            )


#: What is done once: moved to another day it is untrue. That 22 buses ran on Monday leaves open
#: what ran on Thursday; such verbs have no place here.
_ONCE = frozenset(
    {"abolish", "adopt", "approve", "award", "close", "complete", "demolish", "dissolve", "elect",
     "found", "grant", "inaugurate", "launch", "merge", "order", "pledge", "publish", "recall",
     "rename", "reopen", "replace", "sign", "unveil"}
)  # fmt: skip
_PLACE_BEFORE = regex.compile(r"(?P<place>\p{Lu}[\p{L}\p{M}'’ -]*),\s$")
_OTHERS = regex.compile(
    r"\band\s(?P<count>\d[\d,]*|\p{Ll}+(?:-\p{Ll}+)?)(?P<who>\s(?:other(?:s|\s\p{Ll}+)|more))\s"
    r"(?:(?:are|were|is|was)\s)?(?P<verb>injured|wounded)\b"
)


def _plant_count(base: Candidate, reading: Reading) -> tuple[str, tuple[str, ...], str] | None:
    """Add what else happened, with a wrong count: "…, injuring 12 others?"."""
    match = _OTHERS.search(base.quote)
    if match is None or base.key.kind != "number" or "bound" in base.key.spec:
        # "At least four killed and 17 injured": twenty injured may be true as well.
        return None
    count = next(amounts(match["count"]), None)
    if count is None or count.value < 2:
        return None
    standing = {a.value for s in reading.sentences for a in amounts(s.text)}
    wrong = next(value for step in range(3, 1_000) if (value := count.value + step) not in standing)
    verb = {"injured": "injuring", "wounded": "wounding"}[match["verb"]]
    who = " others" if match["who"].strip() == "more" else match["who"]
    planted = f"{shown(wrong)}{who}"
    truth = f"{match['count']}{match['who']}"
    return f"{base.question[:-1]}, {verb} {planted}?", (truth, shown(count.value)), planted


def _plant_day(base: Candidate, reading: Reading) -> tuple[str, tuple[str, ...], str] | None:
    """Move the day of an event that happens once; the day of the report is no part of it."""
    statement = next((s for s in reading.statements if s.sentence.span == base.quote_span), None)
    if base.family != "number" or statement is None or statement.clause.base not in _ONCE:
        return None
    named = {day.day for s in reading.sentences for day in days(s.text, reading.published)}
    for day in days(base.question, reading.published):
        if day.preposition != "on" or in_dateline(base.question, day.start):
            continue
        for shift in _SHIFTS:
            wrong = day.day + timedelta(days=shift)
            if wrong not in named and wrong != reading.published:
                written = f"on {long_form(wrong)}"
                question = base.question[: day.start] + written + base.question[day.end :]
                truths = (long_form(day.day), day.day.isoformat())
                return question, truths, long_form(wrong)
    return None


def _plant_country(base: Candidate, reading: Reading) -> tuple[str, tuple[str, ...], str] | None:
    """Move a named town or province into a country that the document never names.

    A bare country is no slot: that something did not happen in Peru, too, is nowhere said.
    """
    there = {name.text for name in names(reading.document.text) if name.kind == "country"}
    slots = [
        name
        for name in names(base.question)
        if name.kind == "country"
        and (place := _PLACE_BEFORE.search(base.question[: name.start]))
        and place["place"] not in countries()
        and not base.question[name.end :].startswith((" and ", ", and "))
    ]
    if not slots:
        return None
    slot = slots[-1]
    absent = sorted(
        {rival for region in _REGIONS if slot.text in region for rival in region} - there
    )
    if not absent:
        return None
    lot = int(hashlib.sha256(f"planted/{base.id}".encode()).hexdigest()[:8], 16)
    value = absent[lot % len(absent)]
    question = base.question[: slot.start] + value + base.question[slot.end :]
    return question, (slot.text,), value


#: Countries that read well after "in" without an article, by region: a town moved to the other
#: end of the world would give the plant away without the passage.
_REGIONS = tuple(
    frozenset(line.split())
    & (countries() | {"Vietnam", "Laos", "Turkey", "Syria", "Iran", "Russia"})
    for line in (
        "Austria Belgium Bulgaria Croatia Denmark Estonia Finland France Germany Greece Hungary "
        "Italy Latvia Lithuania Norway Poland Portugal Romania Serbia Slovakia Slovenia Spain "
        "Sweden Switzerland Turkey Ukraine Russia Belarus Moldova Albania Ireland",
        "Egypt Iran Iraq Israel Jordan Kuwait Lebanon Libya Oman Qatar Syria Turkey Yemen Algeria "
        "Morocco Tunisia Sudan",
        "Angola Benin Botswana Cameroon Chad Ethiopia Ghana Kenya Malawi Mali Mozambique Namibia "
        "Niger Nigeria Rwanda Senegal Somalia Sudan Tanzania Togo Uganda Zambia Zimbabwe",
        "Afghanistan Bangladesh Cambodia China India Indonesia Japan Kazakhstan Laos Malaysia "
        "Mongolia Nepal Pakistan Singapore Taiwan Tajikistan Thailand Uzbekistan Vietnam",
        "Argentina Bolivia Brazil Chile Colombia Cuba Ecuador Guatemala Honduras Mexico Nicaragua "
        "Panama Paraguay Peru Uruguay Venezuela",
    )
)
