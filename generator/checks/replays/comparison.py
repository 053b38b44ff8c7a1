"""comparison – both values stand in the passage, the larger beside the answer."""

from __future__ import annotations

from decimal import Decimal

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.english.quantities import amounts, full_value


def comparison(case: Case) -> Verdict:
    """Find both values again in the passage, and the larger beside the answer."""
    stated = regex.fullmatch(
        r"max\(([\d.E+]+), ([\d.E+]+)\)", str(case.candidate.key.spec.get("derivation"))
    )
    if stated is None:
        return failed("the comparison names no two values")
    left, right = Decimal(stated[1]), Decimal(stated[2])
    there = {full_value(a) for a in amounts(case.context)}
    if not {left, right} <= there:
        return failed("the passage does not give both values")
    beside = {full_value(a) for a in amounts(case.candidate.quote)}
    subject = case.candidate.key.answer.casefold().removeprefix("the ")
    if max(left, right) not in beside or subject not in case.candidate.quote.casefold():
        return failed("the larger value does not stand beside the answer in the quote")
    return passed(f"{max(left, right)} is more than {min(left, right)}")
