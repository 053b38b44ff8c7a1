"""choice – the right option is derived as its kind of value is, options or not."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from generator.checks.base import Case, Verdict
from generator.checks.replays.spans import day, number, words_of_quote
from generator.options import kind_of

_BY_KIND: Mapping[str, Callable[[Case], Verdict]] = {"number": number, "date": day}


def chosen(case: Case) -> Verdict:
    """Derive the right option again: its number, its day, or its words in the quote."""
    return _BY_KIND.get(kind_of(case.candidate.key), words_of_quote)(case)
