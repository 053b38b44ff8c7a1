"""7 supported – the answer follows from the quote, and the question claims no more than it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import regex

from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.english.dates import days
from generator.english.quantities import SCALES, Amount, amounts
from store.records import AnswerKind, utc_date
from store.text import tokens

#: Words that change what a sentence claims: when they stand before the answer in the quote,
#: the question must carry them too.
_MUST_KEEP = regex.compile(
    r"\b(?:not|never|no longer|nobody|without|reportedly|allegedly|alleged|claims?|claimed|says?|"
    r"said|denies|denied|according to|estimates?|estimated|expected|expects|plans to|planned|"
    r"could|may|might|would|should|if|unless|hypothetical|forecasts?|predicted)\b",
    regex.IGNORECASE,
)


@dataclass(frozen=True)
class Supported:
    """Fail unless code derives the answer again from the quote (or finds it is not there)."""

    name: ClassVar[str] = "supported"
    version: ClassVar[int] = 2

    def __call__(self, case: Case) -> Verdict:
        """Derive the answer again by its kind."""
        replay = _REPLAYS.get(case.candidate.key.kind)
        if replay is None:
            return unsure(f"no rule derives answers of kind {case.candidate.key.kind}")
        if case.candidate.family == "comparison":
            replay = _comparison
        return replay(case)


def _full(amount: Amount) -> Decimal:
    return amount.value * (SCALES[amount.scale] if amount.scale else 1)


def _number(case: Case) -> Verdict:
    key, quote = case.candidate.key, case.candidate.quote
    wanted = Decimal(key.answer) * Decimal(str(key.spec.get("scale", "1")))
    for amount in amounts(quote):
        if _full(amount) != wanted:
            continue
        if amount.bound_words and amount.bound_words not in case.candidate.question.casefold():
            return failed(f"the quote says {amount.bound_words!r}, the question does not")
        return _kept(case, amount.start, f"the quote gives {amount.digits}")
    return failed(f"no number of the quote is {key.answer}")


def _date(case: Case) -> Verdict:
    published = utc_date(case.document.published_at)
    for day in days(case.candidate.quote, published):
        if day.day.isoformat() == case.candidate.key.answer:
            how = f" by {day.derivation}" if day.derivation else ""
            return _kept(case, 0, f"the quote gives {day.written!r}{how}")
    return failed(f"no day of the quote is {case.candidate.key.answer}")


def _span(case: Case) -> Verdict:
    words = tokens(case.candidate.quote)
    for answer in (case.candidate.key.answer, *case.candidate.key.aliases):
        run = tokens(answer)
        for start in range(len(words) - len(run) + 1):
            if run and words[start : start + len(run)] == run:
                position = case.candidate.quote.casefold().find(answer.casefold())
                return _kept(case, max(position, 0), f"the quote holds {answer!r}")
    return failed(f"the quote holds neither {case.candidate.key.answer!r} nor an alias")


def _comparison(case: Case) -> Verdict:
    """Find both values again in the passage, and the larger beside the answer."""
    stated = regex.fullmatch(
        r"max\(([\d.E+]+), ([\d.E+]+)\)", str(case.candidate.key.spec.get("derivation"))
    )
    if stated is None:
        return failed("the comparison names no two values")
    left, right = Decimal(stated[1]), Decimal(stated[2])
    there = {_full(a) for a in amounts(case.context)}
    if not {left, right} <= there:
        return failed("the passage does not give both values")
    beside = {_full(a) for a in amounts(case.candidate.quote)}
    subject = case.candidate.key.answer.casefold().removeprefix("the ")
    if max(left, right) not in beside or subject not in case.candidate.quote.casefold():
        return failed("the larger value does not stand beside the answer in the quote")
    return passed(f"{max(left, right)} is more than {min(left, right)}")


def _abstain(case: Case) -> Verdict:
    """Pass when nothing of the base question's answer is left in the passage."""
    if case.base is None:
        return failed("an unanswerable question needs the answerable one it was made from")
    key = case.base.key
    published = utc_date(case.document.published_at)
    if key.kind == "number":
        wanted = {
            Decimal(key.answer),
            Decimal(key.answer) * Decimal(str(key.spec.get("scale", "1"))),
        }
        given = {v for a in amounts(case.shown) for v in (a.value, _full(a))}
        if wanted & given:
            return failed(f"the title or passage still gives {key.answer}")
    if key.kind == "date" and any(
        d.day.isoformat() == key.answer for d in days(case.shown, published)
    ):
        return failed(f"the title or passage still gives {key.answer}")
    words = " ".join(tokens(case.shown))
    for answer in (key.answer, *key.aliases):
        if key.kind not in ("number", "date") and f" {' '.join(tokens(answer))} " in f" {words} ":
            return failed(f"the title or passage still holds {answer!r}")
    if case.base.quote in case.shown:
        return failed("the title or passage still holds the evidence")
    return passed("no sentence with the answer is left in the passage")


def _premise(case: Case) -> Verdict:
    """Pass when the truth stands in the quote and the planted value nowhere in the document."""
    spec = case.candidate.key.spec
    truths, planted = list(spec.get("correction", ())), str(spec.get("planted", ""))
    if not planted or planted.casefold() not in case.candidate.question.casefold():
        return failed("the question does not hold the planted value")
    if planted.casefold() in case.document.text.casefold():
        return failed(f"the document itself says {planted!r}")
    published = utc_date(case.document.published_at)
    resolved = {d.day.isoformat() for d in days(case.candidate.quote, published)}
    if not any(t in resolved or t.casefold() in case.candidate.quote.casefold() for t in truths):
        return failed("the quote does not hold the true value")
    return passed(f"the quote says {truths[0]!r}, {planted!r} stands nowhere")


def _kept(case: Case, answer_at: int, why: str) -> Verdict:
    """Pass unless a word that changes the claim stands before the answer and was dropped."""
    question = case.candidate.question.casefold()
    for match in _MUST_KEEP.finditer(case.candidate.quote[:answer_at]):
        stem = match.group().casefold()[:5].strip()
        if stem not in question:
            return failed(
                f"the quote says {match.group()!r} before the answer, the question does not"
            )
    return passed(why)


_REPLAYS: dict[AnswerKind, Callable[[Case], Verdict]] = {
    "number": _number,
    "date": _date,
    "text": _span,
    "version": _span,
    "id": _span,
    "choice": _span,
    "abstain": _abstain,
    "premise": _premise,
}
