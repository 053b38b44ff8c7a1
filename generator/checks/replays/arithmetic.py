"""arithmetic – the operands are read from the quotes again, and reckoned with again.

What is to be reckoned follows from the question's words here, not from the stored expression:
an expression that answers another question is found out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.checks.replays.kept import kept
from generator.checks.replays.victims import victims
from generator.english.dates import days, long_form
from generator.english.expressions import value_of
from generator.english.quantities import Amount, amounts, full_value
from store.records import Document, utc_date

_DECIMALS = {"to one decimal?": 1, "to two decimals?": 2}
_SCORE = regex.compile(
    r"(?P<left>\p{Lu}[^,;:]*?)\s(?:played|beat|defeated)\s(?P<right>\p{Lu}.*?)\s"
    r"(?:and\sit\sended\s)?(?P<scored>\d+)\sto\s(?P<conceded>\d+)\b"
)
_MORE = regex.compile(
    r"how many more people (?:is|are|was|were) (?P<more>[\p{L}\s]+?) than ", regex.IGNORECASE
)
#: "[2]" before the second of several passages.
_MARK = regex.compile(r"(?m)^\[\d\]\s")


class _NotDerived(Exception):
    """The answer does not follow from the quotes, with the reason."""


def arithmetic(case: Case) -> Verdict:
    """Read the operands again, reckon as the question says, and compare with the key."""
    key = case.candidate.key
    try:
        stated = value_of(str(key.spec.get("derivation")))
        derived = _derived(case)
        _fits(case, derived)
    except (_NotDerived, ValueError, ZeroDivisionError) as error:
        return failed(str(error) or type(error).__name__)
    if abs(Fraction(stated) - derived) > Fraction(1, 10**9):
        return failed(f"the expression gives {stated}, the quotes give {float(derived):g}")
    answer = Decimal(key.answer)
    if any(answer in (one.value, full_value(one)) for one in amounts(_printed(case))):
        return failed(f"the passage prints {key.answer}")
    for exhibit, document in case.evidence:
        hedged = Case(case.candidate.model_copy(update={"quote": exhibit.quote}), document)
        verdict = kept(hedged, len(exhibit.quote), "")
        if verdict.outcome != "pass":
            return verdict
    return passed(f"{key.spec['derivation']} is {key.answer} by the quotes")


def _derived(case: Case) -> Fraction:
    question = case.candidate.question
    if "how many days passed" in question.casefold():
        return _days_apart(case)
    if regex.search(r"\bgoals\b.*\bmatches\b", question):
        return _goals(case)
    if "killed" in question or " kill or " in question:
        return _toll(case)
    return _measures(case)


def _fits(case: Case, derived: Fraction) -> None:
    """Hold answer, tolerance, unit and the decimals that the question states together."""
    key, question = case.candidate.key, case.candidate.question
    decimals = next((n for words, n in _DECIMALS.items() if question.endswith(words)), None)
    tolerance = Fraction(str(key.spec.get("tol")))
    wanted = Fraction(1, 2 * 10**decimals) if decimals else Fraction(0)
    if tolerance != wanted:
        raise _NotDerived(f"the tolerance is {key.spec.get('tol')}, the decimals are {decimals}")
    if abs(Fraction(key.answer) - derived) > tolerance:
        raise _NotDerived(f"the quotes give {float(derived):g}, the key says {key.answer}")
    unit = "percentage" if key.spec.get("unit") == "%" else str(key.spec.get("unit"))
    if unit not in question:
        raise _NotDerived(f"the question does not ask for {unit}")


def _printed(case: Case) -> str:
    """Return the passages without their own numbers and their days: neither prints a result."""
    text = _MARK.sub("", case.context)
    published = utc_date(case.document.published_at)
    for day in sorted(days(text, published), key=lambda one: -one.start):
        text = f"{text[: day.start]}{text[day.end :]}"
    return text


def _days_apart(case: Case) -> Fraction:
    found = [_only_day(exhibit.quote, document) for exhibit, document in case.evidence]
    if len(found) != 2:
        raise _NotDerived(f"{len(found)} quotes, days lie between two")
    first, last = sorted(found)
    iso = str(case.candidate.key.spec.get("derivation"))
    if not all(day.isoformat() in iso for day in found):
        raise _NotDerived("the expression holds other days than the quotes")
    if any(long_form(day) in case.candidate.question for day in found):
        raise _NotDerived("the question itself names a day")
    return Fraction((last - first).days)


def _only_day(quote: str, document: Document) -> date:
    found = {one.day for one in days(quote, utc_date(document.published_at))}
    if len(found) != 1:
        raise _NotDerived(f"the quote names {len(found)} days: {quote[:60]!r}")
    return next(iter(found))


def _toll(case: Case) -> Fraction:
    question, quote = case.candidate.question, case.candidate.quote
    found = victims(quote)
    if set(found) != {"killed", "hurt"}:
        raise _NotDerived("the quote does not give one number of killed and one of injured")
    if any(one.amount.bound_words for one in found.values()):
        raise _NotDerived("a number of the quote is a bound or an estimate")
    hurt_word = found["hurt"].word
    if hurt_word not in question and not regex.search(r"kill or (?:injure|wound)\b", question):
        raise _NotDerived(f"the question does not say {hurt_word!r}")
    killed, hurt = (Fraction(full_value(found[name].amount)) for name in ("killed", "hurt"))
    if "in total" in question:
        return killed + hurt
    if match := regex.search(r"what percentage (?:is|are|was|were) (?P<of>[\p{L}\s]+),", question):
        return (killed if match["of"] == "killed" else hurt) / (killed + hurt) * 100
    if match := _MORE.search(question):
        return killed - hurt if match["more"] == "killed" else hurt - killed
    raise _NotDerived("the question does not say what to reckon")


@dataclass(frozen=True)
class _Played:
    scored: int
    conceded: int


def _goals(case: Case) -> Fraction:
    question = case.candidate.question
    club = regex.search(r"did (?P<club>.+?) score", question)
    if club is None:
        raise _NotDerived("the question names no club")
    played = [
        _result(exhibit.quote, document, club["club"], question)
        for exhibit, document in case.evidence
    ]
    counted = [one for one in played if one]
    if len(counted) != question.count("against ") or len(counted) < 2:
        raise _NotDerived("not every match of the question has its quote")
    scored, conceded = sum(m.scored for m in counted), sum(m.conceded for m in counted)
    if "on average" in question:
        return Fraction(scored, len(counted))
    if "than concede" in question:
        return Fraction(scored - conceded)
    return Fraction(scored)


def _result(quote: str, document: Document, club: str, question: str) -> _Played | None:
    """Return a club's result, None when the question does not name the match."""
    match = _SCORE.search(regex.sub(r"^On [\d-]+ ", "", quote))
    if match is None or club not in (match["left"], match["right"]):
        raise _NotDerived(f"the quote gives no result of {club}: {quote[:60]!r}")
    at_home = match["left"] == club
    rival = match["right"] if at_home else match["left"]
    day = _only_day(quote, document)
    if f"against {rival} on {long_form(day)}" not in question:
        return None
    left, right = int(match["scored"]), int(match["conceded"])
    return _Played(left, right) if at_home else _Played(right, left)


def _measures(case: Case) -> Fraction:
    """Reckon with one amount of each of two quotes."""
    question = case.candidate.question
    if len(case.evidence) != 2:
        raise _NotDerived("two measures need two quotes")
    unit = str(case.candidate.key.spec.get("unit"))
    read = [(_measured(e.quote, d, unit, question), e.quote, d) for e, d in case.evidence]
    values = [value for value, _, _ in read]
    if "in total" in question:
        for _, quote, _ in read:
            _named_in(quote, question)
        return sum(values, Fraction(0))
    if match := regex.search(r"between (\d.+? \d{4}) and (\d.+? \d{4}),", question):
        start, end = (_of_day(read, match[n]) for n in (1, 2))
        return (end - start) / start * 100
    head, _, less = question.rstrip("?").rpartition(" than ")
    if less.startswith("by "):
        return _of_day(read, regex.sub(r".*\bby ", "", head)) - _of_day(read, less[3:])
    lesser = [n for n, (_, quote, _) in enumerate(read) if less.casefold() in quote.casefold()]
    if len(lesser) != 1:
        raise _NotDerived(f"{less!r} stands in {len(lesser)} quotes")
    _named_in(read[1 - lesser[0]][1], head)
    return values[1 - lesser[0]] - values[lesser[0]]


def _measured(quote: str, document: Document, unit: str, question: str) -> Fraction:
    for day in sorted(days(quote, utc_date(document.published_at)), key=lambda one: -one.start):
        quote = f"{quote[: day.start]}{quote[day.end :]}"
    wanted = [one for one in amounts(quote) if _is_of(quote, one, unit)]
    if len(wanted) != 1:
        raise _NotDerived(f"{len(wanted)} amounts of {unit}: {quote[:60]!r}")
    (amount,) = wanted
    if amount.bound_words:
        raise _NotDerived(f"the quote says {amount.bound_words!r}")
    if amount.scale and unit != "%" and amount.scale not in question.split():
        raise _NotDerived(f"the question does not say {amount.scale}")
    return Fraction(full_value(amount) if unit == "%" else amount.value)


def _is_of(quote: str, amount: Amount, unit: str) -> bool:
    return unit == "%" or quote[amount.end :].lstrip().startswith(unit)


def _named_in(quote: str, text: str) -> None:
    """Hold that a name of the quote stands in the text."""
    names = set(regex.findall(r"\p{Lu}[\p{L}\p{M}'’-]+", quote.split(",")[0]))
    if not any(name in text for name in names):
        raise _NotDerived(f"the question does not name whom {quote[:60]!r} is about")


def _of_day(read: Sequence[tuple[Fraction, str, Document]], told: str) -> Fraction:
    fitting = [
        value
        for value, quote, document in read
        if any(long_form(one.day) == told for one in days(quote, utc_date(document.published_at)))
    ]
    if len(fitting) != 1:
        raise _NotDerived(f"{len(fitting)} quotes are of {told}")
    return fitting[0]
