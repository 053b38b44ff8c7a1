"""Answers that stand in one quote: a number, a day, or words copied out of it."""

from __future__ import annotations

from decimal import Decimal

from generator.checks.base import Case, Verdict, failed
from generator.checks.replays.kept import kept
from generator.english.dates import MONTHS, days
from generator.english.quantities import Amount, amounts, full_value
from store.records import utc_date
from store.text import tokens


def number(case: Case) -> Verdict:
    """Find the number again among the quote's amounts, with its bound words kept."""
    key, quote = case.candidate.key, case.candidate.quote
    wanted = Decimal(key.answer) * Decimal(str(key.spec.get("scale", "1")))
    for amount in amounts(quote):
        if full_value(amount) != wanted:
            continue
        if rival := _nearer(case, amount):
            return failed(f"the question's words stand beside {rival}, not {amount.digits}")
        if amount.bound_words and amount.bound_words not in case.candidate.question.casefold():
            return failed(f"the quote says {amount.bound_words!r}, the question does not")
        return kept(case, amount.start, f"the quote gives {amount.digits}")
    return failed(f"no number of the quote is {key.answer}")


#: What a number counts stands in so many words after it; judgement.
_UNIT_WORDS = 4
_NO_UNITS = frozenset(
    "a an and at but by for from in into of on or the to with is are was were be been has have had "
    "others other more than that when while after before how many much did do does as".split()
) | {month.casefold() for month in MONTHS}


def _nearer(case: Case, chosen: Amount) -> str:
    """Return another amount that is followed by what is asked for, where the chosen is not."""
    quote = case.candidate.quote
    asked = {word for word in tokens(case.wording) if word.isalpha()} - _NO_UNITS

    def shared(amount: Amount) -> int:
        return len(asked.intersection(tokens(quote[amount.end :])[:_UNIT_WORDS]))

    others = [one for one in amounts(quote) if one.start != chosen.start]
    mine = shared(chosen)
    # Nothing shared is a shape this cannot read: "16 to 9", "up from 40".
    nearer = [one for one in others if mine == 0 and shared(one) > 0]
    return nearer[0].digits if nearer else ""


def day(case: Case) -> Verdict:
    """Find the day again among the quote's days, resolved from the publication if need be."""
    published = utc_date(case.document.published_at)
    for found in days(case.candidate.quote, published):
        if found.day.isoformat() == case.candidate.key.answer:
            how = f" by {found.derivation}" if found.derivation else ""
            return kept(case, 0, f"the quote gives {found.written!r}{how}")
    return failed(f"no day of the quote is {case.candidate.key.answer}")


def words_of_quote(case: Case) -> Verdict:
    """Find the answer or an alias among the quote's words."""
    words = tokens(case.candidate.quote)
    for answer in (case.candidate.key.answer, *case.candidate.key.aliases):
        run = tokens(answer)
        for start in range(len(words) - len(run) + 1):
            if run and words[start : start + len(run)] == run:
                position = case.candidate.quote.casefold().find(answer.casefold())
                return kept(case, max(position, 0), f"the quote holds {answer!r}")
    return failed(f"the quote holds neither {case.candidate.key.answer!r} nor an alias")
