"""24 needs_all – every hop counts: from one half of the passages nobody can answer.

That nothing of an answer is left where it was taken out, and that what was planted stands nowhere,
check 7 derives from the words, and check 19 asks of a reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from generator.checks.asking import answers_right, asked_or_derived
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.checks.single_answer import replies_to
from generator.desk import Desk
from generator.options import free_key, kind_of
from store.contexts import passages_of
from store.records import Exhibit


@dataclass(frozen=True)
class NeedsAll:
    """Ask from the clue alone, and from the series alone; both must leave the answer open."""

    desk: Desk | None
    today: date

    #: Tries from each half alone (questions.md §2, check 24).
    attempts: int = 2

    name: ClassVar[str] = "needs_all"
    version: ClassVar[int] = 2

    async def examine(self, case: Case) -> Verdict:
        """Hold both halves to their words, then ask from each alone."""
        if case.asked_as != "multi_hop":
            return passed(f"a question of family {case.asked_as} is no chain of hops")
        derived = _hops(case)
        return await asked_or_derived(case, self.desk, lambda d: self._halves(case, d), derived)

    async def _halves(self, case: Case, desk: Desk) -> Verdict:
        """Ask from the clue's passage alone, and from the series' alone."""
        clue, series = _clue_and_series(case)
        halves = [_shown(case, [clue]), _shown(case, series)]
        key, question = free_key(case.candidate.key), case.candidate.question
        replies = await asyncio.gather(
            *(
                replies_to(case, desk, self.today, context=half, attempts=self.attempts)
                for half in halves
            )
        )
        right = [answers_right(some, key, question) for some in replies]
        evidence: dict[str, Any] = {"clue_alone": replies[0], "series_alone": replies[1]}
        if max(right) == self.attempts:
            return failed("one half of the passages is enough to answer", **evidence)
        if any(right):
            return unsure("from one half of the passages a reader was right once", **evidence)
        return passed(f"{desk.model.name} cannot answer from either half alone", **evidence)


def _hops(case: Case) -> Verdict:
    spec, question = case.candidate.key.spec, case.candidate.question
    clue, series = _clue_and_series(case)
    words, bridge = str(spec.get("clue", "")), str(spec.get("bridge", ""))
    if not words or not bridge or not series:
        return failed("it names no bridge, no clue or no series")
    if bridge.casefold() in question.casefold():
        return failed("the question names the bridge itself")
    here, there = _shown(case, [clue]).casefold(), _shown(case, series).casefold()
    if words.casefold() not in here:
        return failed("the clue's passage does not hold the clue")
    if words.casefold() in there:
        return failed("the series repeats the clue")
    answers = (case.candidate.key.answer, *case.candidate.key.aliases)
    of_name = kind_of(case.candidate.key) in ("text", "version")
    if of_name and any(answer.casefold() in here for answer in answers):
        return failed("the clue's passage holds the answer")
    if len(series) < 2:
        return failed("the series shows one report alone, which answers without the clue")
    return passed("by derivation: the clue stands in one text, the answer in others")


def _clue_and_series(case: Case) -> tuple[Exhibit, list[Exhibit]]:
    """Return the quote of the clue, which stands second, and the quotes of the series."""
    value, *others = case.candidate.quotes
    clue = others[0] if others else value
    return clue, [value, *others[1:]]


def _shown(case: Case, quotes: Sequence[Exhibit]) -> str:
    return passages_of({one.document_id: one.context_spans for one in quotes}, case.documents)
