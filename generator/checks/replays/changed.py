"""changed – every quote is dated and read again, and the newest up to the day asked about wins."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.checks.replays.reports import day_of, version_of
from generator.english.dates import days
from generator.english.quantities import amounts
from store.records import AnswerKey, Document
from store.text import tokens

_UP_TO = regex.compile(r"\b(?:[Aa]s of|up to)\s(?P<day>\d{1,2}\s\p{Lu}\p{Ll}+\s20\d\d),")
_LINE = regex.compile(r"newest release of (?P<product>\p{Lu}[\p{L}.]*)(?:\s(?P<line>\d[\d.]*))?\?$")
_UNIT = regex.compile(r"\bhow many (?:(?P<scale>million|billion)\s)?(?P<unit>\p{Ll}+)")
#: A question asks with "did it show" for what a quote tells with "showed".
_ENDINGS = ("", "s", "d", "ed")
_EMPTY = frozenset(
    "the a an of in on at for to by as did do had was were what how many according newest count "
    "up its reading release".split()
)


def changed(case: Case) -> Verdict:
    """Read each quote's day and value and hold the newest up to the day asked about to the key."""
    candidate = case.candidate
    asked = _UP_TO.search(candidate.question)
    upto = (
        next((d.day for d in days(asked["day"], candidate.as_of or date.min)), None)
        if asked
        else None
    )
    if upto is None:
        return failed("the question names no day up to which texts count")
    if len(case.evidence) < 2:
        return failed("one report alone shows no change")
    told: dict[date, str] = {}
    for exhibit, document in case.evidence:
        value = _value(exhibit.quote, document, candidate.question)
        day = day_of(exhibit.quote, document)
        if value is None or day is None:
            return failed(f"the quote gives no value or no day: {exhibit.quote[:60]!r}")
        if day in told:
            return failed("two reports are of one day")
        told[day] = value
    if len(set(told.values())) < len(told):
        return failed("two reports give the same value: nothing changed")
    known = [day for day in told if day <= upto]
    if not known:
        return failed("no report is as old as the day asked about")
    answer = told[max(known)]
    if not _is_same(answer, candidate.key):
        return failed(f"up to {upto} the newest report says {answer}")
    if candidate.key.spec.get("derivation") != f"newest_up_to({upto.isoformat()})":
        return failed("the derivation names another day than the question")
    return passed(f"of {len(told)} reports the newest up to {upto} says {answer}")


def _value(quote: str, document: Document, question: str) -> str | None:
    """Return the one version, or the one amount of what is asked for, that a quote gives."""
    if line := _LINE.search(question):
        return version_of(quote, document, line["product"], line["line"])
    asked = [word for word in tokens(question.split(", ", 1)[-1]) if word not in _EMPTY]
    said = set(tokens(quote))
    if not all(any(f"{word}{ending}" in said for ending in _ENDINGS) for word in asked):
        return None
    unit = _UNIT.search(question)
    given = [
        amount
        for amount in amounts(quote)
        if unit
        and amount.scale == unit["scale"]
        and quote[amount.end :].lstrip().startswith(unit["unit"])
    ]
    if len(given) != 1 or given[0].bound_words:
        return None
    return format(given[0].value.normalize(), "f")


def _is_same(told: str, key: AnswerKey) -> bool:
    """Whether a value told is the key's; of versions 18.4 and 18.40 are two."""
    return told == key.answer if key.kind == "version" else Decimal(told) == Decimal(key.answer)
