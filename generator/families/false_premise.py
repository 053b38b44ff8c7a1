"""false_premise – the question takes for granted what the passage contradicts.

Made from an answerable question by planting one value – a count, a day, a month or the kind of
thing – that the document contradicts and that stands nowhere in it. The right reply says so, or
names the truth.

Bad: a planted value that is also true, one that the passage merely leaves open, and one that
anybody sees is wrong without the passage ("in Uttar Pradesh, Hungary").

Invented example: "The harbour of Port Mellin reopened on 5 August 2026." ->
"How many ferries used the harbour of Port Mellin when it reopened on 9 August 2026?"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

import regex

from generator.english.dateline import in_dateline
from generator.english.dates import MONTHS, days, long_form
from generator.english.quantities import Amount, amounts, number_word, shown
from generator.families.base import Reading, variant
from generator.lots import asked_as, lot, lot_falls
from generator.options import kind_of
from store.records import FALSE_PREMISE, AnswerKey, Candidate

#: Of the questions with a slot, this share gets such a twin (mix of questions.md §1).
SHARE = 0.7
#: Of fewer things, one to three more are planted; of others, a fifth to a third more; judgement.
_FEW = 10
#: Farther away nobody believes it: eleven ships for two; judgement.
_REACH, _STRETCH = 4, 0.75
#: Days a planted date lies after the true one: near enough to be believed.
_SHIFTS = (3, 5, 8, 11)
_SOURCES = ("number", "entity", "date")


@dataclass(frozen=True)
class Plant:
    """A question with one wrong value in it, and what it should have said."""

    question: str
    #: The true value, in the quote's words first.
    truths: tuple[str, ...]
    planted: str


@dataclass(frozen=True)
class FalsePremise:
    """Plant one wrong value in a right question."""

    name: ClassVar[str] = "false_premise"
    version: ClassVar[int] = 5

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield a twin for a fixed share of the siblings that have a slot."""
        for base in siblings:
            if base.family not in _SOURCES or not lot_falls(f"{self.name}/{asked_as(base)}", SHARE):
                continue
            plants = [found for plant in _PLANTS if (found := plant(base, reading))]
            if not plants:
                continue
            chosen = plants[int(lot(f"planted/{asked_as(base)}") * len(plants))]
            spec = {"correction": list(chosen.truths), "planted": chosen.planted}
            yield variant(
                base,
                self,
                "planted",
                question=chosen.question,
                key=AnswerKey(answer=FALSE_PREMISE, kind="premise", spec=spec),
            )


#: What is done once: moved to another day it is untrue. That 22 buses ran on Monday leaves open
#: what ran on Thursday; such verbs have no place here.
_ONCE = frozenset(
    {"abolish", "adopt", "approve", "award", "close", "complete", "demolish", "dissolve", "elect",
     "found", "grant", "inaugurate", "launch", "merge", "order", "pledge", "publish", "recall",
     "rename", "reopen", "replace", "sign", "unveil"}
)  # fmt: skip
#: Of these the month alone is wrong, too: a street may close in October and in November.
_ONCE_EVER = _ONCE - {"approve", "close", "grant", "launch", "order", "pledge", "publish", "recall"}
#: "28 to 27": a score that is turned round shows what was planted.
_SCORE_BEFORE = regex.compile(r"\d\sto\s$")
_SCORE_BEHIND = regex.compile(r"\sto\s\d")
_OTHERS = regex.compile(
    r"\band\s(?P<count>\d[\d,]*|\p{Ll}+(?:-\p{Ll}+)?)(?P<who>\s(?:other(?:s|\s\p{Ll}+)|more))\s"
    r"(?:(?:are|were|is|was)\s)?(?P<verb>injured|wounded)\b"
)


def _plant_count(base: Candidate, reading: Reading) -> Plant | None:
    """Add what else happened, with a wrong count: "besides the 12 others who were injured"."""
    match = _OTHERS.search(base.quote)
    if match is None or kind_of(base.key) != "number" or "bound" in base.key.spec:
        # "At least four killed and 17 injured": twenty injured may be true as well.
        return None
    count = next(amounts(match["count"]), None)
    if count is None or count.value < 2 or count.scale:
        return None
    who = " others" if match["who"].strip() == "more" else match["who"]
    wrong = _other_number(count.value, base, reading)
    if wrong is None:
        return None
    planted = f"{shown(wrong)}{who}"
    added = f", besides the {planted} who were {match['verb']}?"
    truths = (f"{match['count']}{match['who']}", shown(count.value))
    return Plant(base.question[:-1] + added, truths, planted)


def _plant_quantity(base: Candidate, reading: Reading) -> Plant | None:
    """Change another number of the question: "repatriated 91 nationals"."""
    question = base.question
    for amount in amounts(question):
        if not _is_plain(question, amount):
            continue
        true = next((a for a in amounts(base.quote) if a.value == amount.value), None)
        if true is None or true.bound_words:
            continue
        wrong = _other_number(amount.value, base, reading)
        if wrong is None:
            continue
        written = _written_like(question[amount.start : amount.end], wrong)
        question = question[: amount.start] + written + question[amount.end :]
        noun = question[amount.start + len(written) :].split()[0].strip(",?")
        return Plant(question, (true.digits, shown(true.value)), f"{written} {noun}")
    return None


def _is_plain(question: str, amount: Amount) -> bool:
    """Whether a number is a bare count: no bound, no year, no part of a name or of a date."""
    before = question[: amount.start].split()[-1:] or [""]
    after = question[amount.end :]
    year = 1900 <= amount.value <= 2100
    return (
        not (amount.bound_words or amount.scale or amount.currency or year)
        and amount.value >= 2
        and amount.value == amount.value.to_integral()
        and before[0][:1].islower()
        and regex.match(r"\s\p{Ll}", after) is not None
        and not (_SCORE_BEFORE.search(question[: amount.start]) or _SCORE_BEHIND.match(after))
        and not in_dateline(question, amount.start)
    )


def _other_number(true: Decimal, base: Candidate, reading: Reading) -> Decimal | None:
    """Return a number near the true one that stands nowhere in the document, if there is one."""
    standing = {a.value for s in reading.sentences for a in amounts(s.text)}
    # A little more is believed: three trains for two, 16 injured for 12.
    least, most = (1, 3) if true < _FEW else (int(true / 5), int(true / 3))
    first = least + int(lot(f"step/{asked_as(base)}") * (most - least + 1))
    near = range(first, max(_REACH, int(float(true) * _STRETCH)) + 1)
    return next((true + step for step in near if true + step not in standing), None)


def _written_like(model: str, value: Decimal) -> str:
    """Return a number in words where the model is in words and has such."""
    return (number_word(value) or shown(value)) if model[0].isalpha() else shown(value)


def _plant_day(base: Candidate, reading: Reading) -> Plant | None:
    """Move the day of an event that happens once; the day of the report is no part of it."""
    if base.family != "number" or not _happens(base, reading, _ONCE):
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
                return Plant(question, truths, long_form(wrong))
    return None


def _plant_month(base: Candidate, reading: Reading) -> Plant | None:
    """Ask for the day of another month, of an event that happens once."""
    if base.family != "date" or not _happens(base, reading, _ONCE_EVER):
        return None
    year, month = int(base.key.answer[:4]), int(base.key.answer[5:7])
    wrong = f"{MONTHS[month - 2]} {year if month > 1 else year - 1}"
    true = f"{MONTHS[month - 1]} {year}"
    if MONTHS[month - 2] in reading.document.text or base.question.count(true) != 1:
        return None
    written = long_form(next(iter(days(base.key.answer, reading.published))).day)
    return Plant(base.question.replace(true, wrong), (base.key.answer, written), wrong)


def _happens(base: Candidate, reading: Reading, verbs: frozenset[str]) -> bool:
    statement = next((s for s in reading.statements if s.sentence.span == base.quote_span), None)
    return statement is not None and statement.clause.base in verbs


#: Things of one kind that are never each other: what is a bus is no lorry. None is a kind of
#: another (a ferry is a boat), and each can stand where another stands.
_KINDS = tuple(
    tuple(line.split())
    for line in (
        "bus truck car van",
        "train tram",
        "helicopter glider seaplane",
        "ferry tanker trawler yacht",
        "hospital hotel school warehouse restaurant mosque church nightclub prison library museum",
        "avalanche landslide",
        "shooting stabbing",
    )
)
#: What may stand between its article and the thing, and after it.
_KIND_AROUND = (
    r"(?P<article>\ban?)\s(?P<between>(?:mass|passenger)\s)?(?P<thing>{things})"
    r"(?=\?|\s(?:in|at|on|near|off|outside|collided|crashed|overturned|plunged|fell|rolled|rammed|"
    r"derailed|capsized|sank|veered|skidded|swerved|crash|when|by)\b)"
)


def _plant_kind(base: Candidate, reading: Reading) -> Plant | None:
    """Make another thing of what it happened to: a truck of the bus, a hotel of the school."""
    text = reading.document.text.casefold()
    for kind in _KINDS:
        pattern = _KIND_AROUND.replace("{things}", "|".join(kind))
        match = regex.search(pattern, base.question)
        if match is None or regex.search(rf"\b{match['thing']}\b", base.quote) is None:
            continue
        absent = [thing for thing in kind if thing not in text]
        if not absent:
            continue
        wrong = absent[int(lot(f"kind/{asked_as(base)}") * len(absent))]
        between = match["between"] or ""
        article = "an" if (between or wrong)[0] in "aeiou" else "a"
        question = (
            f"{base.question[: match.start()]}{article} {between}{wrong}"
            f"{base.question[match.end() :]}"
        )
        return Plant(question, (match["thing"],), wrong)
    return None


_PLANTS: tuple[Callable[[Candidate, Reading], Plant | None], ...] = (
    _plant_count,
    _plant_quantity,
    _plant_day,
    _plant_month,
    _plant_kind,
)
