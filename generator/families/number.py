"""number – an exact value with its unit.

Needs one number with one unit and a nameable subject. The question states the unit, keeps
bound words ("at least how many") and names the day. Answer: the number as the sentence gives it.

Bad: 0 and 1, years, a number inside a longer clause, a rounded restatement, bounds that read
badly in a question ("more than how many").

Invented example: "By 4 August 2026 the Orrin Bridge repair had cost 4.2 million euros." ->
"By 4 August 2026, how many million euros had the Orrin Bridge repair cost?" – 4.2
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import regex

from generator.english.clauses import Clause, join
from generator.english.past import in_past
from generator.english.places import names_place
from generator.english.quantities import SCALES, Amount, amounts, full_value, shown
from generator.english.trimming import trimmed, without_asides
from generator.english.verbs import gerunds, participle_of, participles
from generator.families.base import STATES, Reading, Statement, draft, fronted, with_date
from generator.options import with_options
from store.records import AnswerKey, Candidate, passage_of

#: Where a unit's noun phrase ends: "people | in", "crowns | for", "drones | and".
_UNIT_END = regex.compile(
    r"\s(?:in|on|at|for|from|to|by|with|and|or|that|who|which|when|after|before|during|as|into|"
    r"over|under|between|per|since|until|while|including|is|are|was|were|be|towards?|against|"
    r"across|through|near|than|if|among|within|following|amid|around|out|more|each|around|"
    r"worth|last|next|this|throughout|because|about|earlier|later|ago|via|using|down|up|off|above|below|but|so|despite)\b|[,;]|$"
)
_MAX_UNIT_WORDS = 6
#: Two amounts closer than this may be one, rounded for a reader in a hurry; judgement.
ROUNDING = Decimal("0.03")
#: In a passage of so many different numbers the most frequent one stands out; judgement.
_MANY_NUMBERS = 4
_MEASURED = regex.compile(r"\s(long|high|tall|wide|deep|thick)\b")
_CURRENCIES = {"$": "US dollars", "US$": "US dollars", "£": "pounds", "€": "euros"}
#: "and eight others are injured", "with two more missing": another statement in the middle.
_COORDINATE = regex.compile(
    r"^,?\s*(?:and|while)\s[^,]{0,60}?\b(?:injured|wounded|missing|hospitali[sz]ed|rescued|arrested|"
    r"detained|displaced|captured|evacuated|abducted|kidnapped|destroyed|damaged|affected|trapped)(?:,\sincluding\s[^,]*(?:,|$))?\s*(?=in\s|when\s|after\s|during\s|as\s|by\s|at\s|"
    r"while\s|following\s|near\s|on\s|amid\s|across\s|$)"
)
_OTHERS = regex.compile(r"\b(?:others?|another|several|more)\b")
_FINITE = frozenset("has have had is are was were do does did".split())
_HARD_UNITS = frozenset("others people's days".split())
#: A unit that ends in one of these is no noun phrase: "6,120 servers open | to the internet".
_ADRIFT = frozenset("open shut free empty full available alive dead missing ready strong".split())
#: A description behind the noun ("men suspected of …") makes a question nobody can read.
_DESCRIBED = regex.compile(r"\s(?:\p{Ll}+(?:ed|ly)|of\s\p{Ll}+ing)\b")


#: Verbs that mean nothing without what they are about: "how many minutes did Pellmark need?".
_INCOMPLETE_ALONE = frozenset(
    {"need", "bring", "measure", "want", "take", "make", "give", "send", "ask", "charge", "offer",
     "use", "get", "set", "put", "hold", "vote"}
)  # fmt: skip


@dataclass(frozen=True)
class _Asked:
    """A question before its date, with the amount that answers it."""

    question: str
    amount: Amount
    unit: str


@dataclass(frozen=True)
class Number:
    """Ask for one exact amount of one sentence."""

    name: ClassVar[str] = "number"
    version: ClassVar[int] = 6

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield a question for each amount whose sentence has a known shape."""
        for statement in reading.statements:
            for shape in _SHAPES:
                asked = shape(statement)
                if asked is None or not _worth_asking(asked):
                    continue
                if _restated(asked, statement, reading) or _nowhere(statement, asked):
                    continue
                question = with_date(
                    fronted(statement, asked.question), statement, reading.published
                )
                free = draft(
                    self,
                    reading,
                    statement.sentence,
                    question,
                    number_key(asked.amount, asked.unit),
                )
                passage = passage_of(reading.document.text, free.context_spans)
                if _stands_often(asked.amount, passage):
                    continue
                yield with_options(
                    free,
                    passage=passage,
                    same_document=_rivals(asked, reading),
                )


def number_key(amount: Amount, unit: str) -> AnswerKey:
    """Return the key of an amount whose unit stands in the question."""
    spec: dict[str, object] = {"unit": unit, "unit_in_question": True, "tol": "0"}
    if amount.scale:
        spec["scale"] = format(SCALES[amount.scale].adjusted(), "d").join(["1e", ""])
    if amount.bound:
        spec["bound"] = amount.bound
    return AnswerKey(answer=shown(amount.value), kind="number", spec=spec)


def how_many(amount: Amount, unit: str) -> str:
    """Return "at least how many million crowns" for an amount and its unit."""
    scale = f" {amount.scale}" if amount.scale else ""
    return join(amount.bound_words, f"how many{scale}", unit)


def unit_after(text: str, amount: Amount) -> tuple[str, str] | None:
    """Split what follows an amount into its unit and the rest; None when there is no unit."""
    following = text[amount.end :]
    if amount.currency:
        name = _CURRENCIES.get(amount.currency)
        return (name, following.strip()) if name else None
    end = _UNIT_END.search(following)
    unit = following[: end.start()] if end else following
    words = unit.split()
    if not words or len(words) > _MAX_UNIT_WORDS or not words[0][0].isalpha():
        return None
    if words[0] in {"of", "percent", "per"} or words[-1] in {"the", "a", "of", "its", "their"}:
        return None
    if any(word in participles() or word in _FINITE for word in words[1:]):
        return None
    if words[-1] in _ADRIFT | {"it", "them"} or "other" in words or _DESCRIBED.search(unit):
        return None
    return unit.strip(), following[len(unit) :].strip()


#: Bounds and estimates that stand well before "how many".
_BOUNDS_ASKED = frozenset({"", "at least", "about", "around", "approximately", "roughly"})


def _worth_asking(asked: _Asked) -> bool:
    year = asked.amount.scale is None and 1900 <= asked.amount.value <= 2100
    # "At least how many" is English, "more than how many" is not.
    asks_well = asked.amount.bound_words in _BOUNDS_ASKED
    plain = asked.amount.value not in (0, 1) and not year
    return plain and asks_well and asked.unit not in _HARD_UNITS


def _restated(asked: _Asked, statement: Statement, reading: Reading) -> bool:
    """Whether another sentence gives nearly the same amount of the same thing."""
    noun = asked.unit.split()[-1] if asked.unit else ""
    value = full_value(asked.amount)
    for sentence in reading.sentences:
        if sentence == statement.sentence or noun not in sentence.text:
            continue
        for other in (full_value(amount) for amount in amounts(sentence.text)):
            if other != value and abs(other - value) < ROUNDING * max(other, value):
                return True
    return False


def _stands_often(amount: Amount, passage: str) -> bool:
    """Whether the passage gives the number more than once: who reads nothing would guess it."""
    counts = Counter(map(full_value, amounts(passage)))
    often = counts[full_value(amount)]
    return len(counts) >= _MANY_NUMBERS and often > 1 and often == max(counts.values())


def _rivals(asked: _Asked, reading: Reading) -> list[str]:
    """Return the document's other numbers of the same unit and scale."""
    found = []
    for sentence in reading.sentences:
        for amount in amounts(sentence.text):
            split = unit_after(sentence.text, amount)
            same = split and split[0].split()[-1] == asked.unit.split()[-1]
            if same and amount.scale == asked.amount.scale and not amount.bound_words:
                found.append(shown(amount.value))
    return found


def _first_amount(text: str) -> Amount | None:
    found = next(amounts(text), None)
    return found if found and found.start == 0 else None


def _counted_subject(statement: Statement) -> _Asked | None:
    """Turn "At least 22 people are killed in X" into "at least how many people are …"."""
    clause = statement.clause
    amount = _first_amount(clause.subject)
    if amount is None or "," in clause.subject:
        return None
    unit = clause.subject[amount.end :].strip()
    if not unit or not unit[0].isalpha() or unit.startswith(("of ", "percent", "per ")):
        return None
    rest = trimmed(_COORDINATE.sub("", without_asides(clause.rest)))
    if rest is None or " and " in unit or "other" in unit.split() or _OTHERS.search(rest):
        return None
    if _first_amount(rest) or (clause.base == "be" and _UNKNOWN_EVENT.match(rest)):
        # "Killed, including a child, two others hurt": a list of statements without an "and".
        return None
    clause, rest = in_past(clause, rest, STATES)
    question = join(how_many(amount, unit), clause.auxiliary, clause.verb, rest)
    return _Asked(f"{question}?", amount, unit)


def _counted_object(statement: Statement) -> _Asked | None:
    """Turn "The council approved 4 million crowns" into "how many million crowns did …"."""
    clause = statement.clause
    amount = _first_amount(clause.rest)
    if amount is None or clause.base == "be":
        return None
    split = unit_after(clause.rest, amount)
    if split is None:
        return None
    unit, following = split
    rest = trimmed(following)
    if not rest and clause.base in _INCOMPLETE_ALONE:
        return None
    inside = clause.inside
    if rest is None or inside is None or _RELATIVE.match(following):
        return None
    clause, rest = in_past(clause, rest, STATES)
    if clause.base in _HARMING and clause.time == "past" and not clause.auxiliary:
        # "How many people did an explosion at a mine in Brell kill?" keeps its verb too long.
        doer = join("by", inside, "," if rest and "," in clause.subject else "")
        question = join(how_many(amount, unit), "were", participle_of(clause.base), doer, rest)
    else:
        question = join(how_many(amount, unit), clause.inverted(rest) or "")
    return _Asked(f"{question}?", amount, unit)


def _measured(statement: Statement) -> _Asked | None:
    """Turn "The bridge is 214 metres long" into "how many metres long is the bridge"."""
    clause = statement.clause
    amount = _first_amount(clause.rest)
    if amount is None or clause.base != "be" or clause.verb:
        return None
    split = unit_after(clause.rest, amount)
    if split is None:
        return None
    unit, following = split
    rest = trimmed(following)
    adjective = _MEASURED.search(f" {unit}")
    if adjective is None or clause.inside is None or rest is None:
        return None
    question = join(how_many(amount, unit), clause.auxiliary, clause.inside, rest)
    return _Asked(f"{question}?", amount, unit.removesuffix(adjective[0]))


_RESULT = regex.compile(r",\s(?:and\s)?(?P<gerund>\p{L}+ing)\s(?=\S)")
#: Results of an event that "when" can ask for; others ("opening …") need a human's ear.
_RESULT_VERBS = frozenset(
    {"kill", "injure", "wound", "displace", "destroy", "damage", "strand", "arrest", "sink",
     "evacuate", "hospitalise", "sicken", "close", "leave"}
)  # fmt: skip


def _counted_result(statement: Statement) -> _Asked | None:
    """Turn "Storm Kristin strikes, killing six people" into "how many people are killed …"."""
    clause = statement.clause
    for match in _RESULT.finditer(clause.rest):
        base = gerunds().get(match["gerund"])
        amount = _first_amount(clause.rest[match.end() :])
        if base not in _RESULT_VERBS or base == "leave" or amount is None:
            continue
        split = unit_after(clause.rest[match.end() :], amount)
        inside = clause.inside
        if split is None or inside is None:
            return None
        unit, _ = split
        head = trimmed(clause.rest[: match.start()])
        if head is None:
            return None
        clause, head = in_past(clause, head, STATES)
        happening = join(inside, clause.auxiliary, clause.verb, head)
        be = "were" if clause.time == "past" else "are"
        question = join(how_many(amount, unit), be, participle_of(base), "when", happening)
        return _Asked(f"{question}?", amount, unit)
    return None


#: An event whose verb the lexicon lacks: "are lightly injured", "are trampled".
_UNKNOWN_EVENT = regex.compile(r"(?:\p{Ll}+ly\s)?\p{Ll}+ed\b")
#: "members that crossed the border" cannot stand on both sides of a verb.
_RELATIVE = regex.compile(r"(?:that|who|which|whose)\b")
_HARMING = frozenset({"kill", "injure", "wound"})
#: What happens to people happens somewhere: asked without the place, it fits many days' news.
_HAPPENS = _HARMING | frozenset(
    {"arrest", "detain", "rescue", "displace", "evacuate", "hospitalise", "hospitalize", "strand",
     "trample", "trap", "abduct", "kidnap", "capture", "recover"}
)  # fmt: skip


def _nowhere(statement: Statement, asked: _Asked) -> bool:
    """Whether a question about what happened to people names no place."""
    happened = _HAPPENS & {statement.clause.base, *map(participles().get, asked.question.split())}
    if not happened:
        return False
    return not names_place(join(statement.clause.fronted, asked.question))


_SHAPES: tuple[Callable[[Statement], _Asked | None], ...] = (
    _counted_subject,
    _counted_object,
    _counted_result,
    _measured,
)


def amount_shape(clause: Clause) -> tuple[Amount, str, str] | None:
    """Return (amount, unit, rest) when a clause's object is one exact amount."""
    amount = _first_amount(clause.rest)
    split = unit_after(clause.rest, amount) if amount else None
    return (amount, *split) if amount and split else None
