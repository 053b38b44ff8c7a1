"""23 choices_only – the options alone do not give the key away."""

from __future__ import annotations

import asyncio
import string
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from generator.checks.asking import told_by_each
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.checks.guess_limits import GuessLimit, limit_of_options
from generator.checks.guessable import families_of
from generator.desk import Desk
from generator.lots import ticket
from generator.prompts import load_prompt


class ChoicesReply(BaseModel):
    """What a guesser must reply with."""

    model_config = ConfigDict(extra="forbid")

    letter: str


@dataclass(frozen=True)
class ChoicesOnly:
    """Show every guesser the options without the question, shuffled anew each time.

    It fails when the guessers of every family are right beyond luck: one may have a taste, two
    have found a mark.
    """

    guessers: tuple[Desk, ...]
    today: date

    name: ClassVar[str] = "choices_only"
    version: ClassVar[int] = 2

    async def examine(self, case: Case) -> Verdict:
        """Count the hits of each guesser."""
        choices = case.candidate.key.choices
        if choices is None:
            return passed("a free answer: there are no options")
        if not self.guessers:
            if case.candidate.by_rule:
                return passed("by derivation: check 11 and the lazy strategies stand for guessers")
            return unsure("a model wrote it and no guesser is set (UNSEEN_GUESSERS)")
        limit = limit_of_options(len(choices))
        told, missing = await told_by_each(
            self.guessers, lambda desk: self._hits(desk, case, limit)
        )
        least = min((n for _, n in told), default=limit.attempts)
        if missing and least > limit.most_right:
            if not told and case.candidate.by_rule:
                return passed(f"by derivation: no guesser could be asked: {missing}")
            raise missing
        evidence: dict[str, Any] = {"hits": {desk.model.name: n for desk, n in told}}
        why = (
            f"from the options alone {len(families_of(self.guessers))} families were right in at "
            f"least {least} of {limit.attempts} tries, {limit.most_right} may be luck"
        )
        judge = passed if least <= limit.most_right else failed
        return judge(
            why, least / limit.attempts, threshold=limit.most_right / limit.attempts, **evidence
        )

    async def _hits(self, desk: Desk, case: Case, limit: GuessLimit) -> int:
        first = (case.attempt - 1) * limit.attempts + 1
        tries = range(first, first + limit.attempts)
        return sum(await asyncio.gather(*(self._hit(desk, case, number) for number in tries)))

    async def _hit(self, desk: Desk, case: Case, number: int) -> bool:
        key = case.candidate.key
        row = sorted(
            key.choices or (),
            key=lambda one: ticket("choices", case.candidate.id, str(number), one),
        )
        letters = string.ascii_uppercase[: len(row)]
        shown = "\n".join(f"{letter}) {one}" for letter, one in zip(letters, row, strict=True))
        reply, _ = await desk.ask(
            load_prompt("choices", ChoicesReply),
            ChoicesReply,
            attempt=number,
            today=self.today,
            options=shown,
        )
        given = reply.letter.strip().strip("().").upper()
        return given in letters and len(given) == 1 and row[letters.index(given)] == key.answer
