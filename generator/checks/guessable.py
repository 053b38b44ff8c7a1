"""22 guessable – nobody knows the answer without the passage, and nobody guesses it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from math import factorial
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from generator.checks.asking import answers_right, told_by_each
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.checks.guess_limits import GuessLimit, limit_of_answer
from generator.desk import Desk
from generator.llm import model_family
from generator.options import free_key
from generator.prompts import load_prompt
from store.records import AnswerKey


class GuessReply(BaseModel):
    """What a guesser must reply with."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    basis: Literal["known", "guessed"]


@dataclass(frozen=True)
class Guessable:
    """Ask every guesser the question alone; in no family may more than luck be right."""

    guessers: tuple[Desk, ...]
    today: date

    #: Of what a model wrote so many families must have failed (questions.md §2, check 22).
    least_families: int = 2

    name: ClassVar[str] = "guessable"
    version: ClassVar[int] = 2

    async def examine(self, case: Case) -> Verdict:
        """Count right guesses a family, and hold the most of them to the limit."""
        key = self._key(case)
        if key is None:
            return passed("its right reply is no value that could be guessed")
        families = families_of(self.guessers)
        if not case.candidate.by_rule and len(families) < self.least_families:
            return unsure(
                f"a model wrote it, and {len(families)} families of guessers are set; "
                f"{self.least_families} are needed, so not only the writer's (UNSEEN_GUESSERS)"
            )
        if not self.guessers:
            return passed("by derivation: no guesser is set; lazy strategies are counted a week")
        limit = limit_of_answer(key, _n_named(case))
        told, missing = await told_by_each(
            self.guessers, lambda desk: self._guess(desk, case, key, limit)
        )
        found = self._verdict([one for _, one in told], limit) if told else None
        if missing is None or (found and found.outcome != "pass"):
            return found or passed("by derivation: no guesser is set")
        if case.candidate.by_rule:
            return passed(f"by derivation: a guesser could not be asked: {missing}")
        raise missing

    def _key(self, case: Case) -> AnswerKey | None:
        """Return what a guess is compared with: of an abstention, what its base asks for."""
        candidate = case.candidate
        if candidate.key.kind == "abstain" and case.base is not None:
            candidate = case.base
        key = free_key(candidate.key)
        return None if key.kind in ("abstain", "premise", "json", "set") else key

    async def _guess(
        self, desk: Desk, case: Case, key: AnswerKey, limit: GuessLimit
    ) -> tuple[str, int, int]:
        """Return a guesser, how often it was right, and how often it said that it knew.

        Raises:
            ModelCallError: A try failed, and the others are right no more often than luck.
        """
        prompt = load_prompt("guess", GuessReply)

        async def guess(number: int) -> GuessReply:
            reply, _ = await desk.ask(
                prompt,
                GuessReply,
                attempt=(case.attempt - 1) * limit.attempts + number,
                today=self.today,
                question=case.wording,
            )
            return reply

        told, missing = await told_by_each(range(1, limit.attempts + 1), guess)
        replies = [reply for _, reply in told]
        right = answers_right([one.answer for one in replies], key, case.candidate.question)
        if missing and right <= limit.most_right:
            raise missing
        return desk.model.name, right, sum(one.basis == "known" for one in replies)

    def _verdict(self, found: Iterable[tuple[str, int, int]], limit: GuessLimit) -> Verdict:
        told = sorted(found, key=lambda one: (-one[1], one[0]))
        name, most, known = told[0]
        evidence: dict[str, Any] = {"right": {one: n for one, n, _ in told}}
        why = (
            f"{name} was right in {most} of {limit.attempts} guesses without the passage, "
            f"{limit.most_right} may be luck ({known} said to be known)"
        )
        score, threshold = most / limit.attempts, limit.most_right / limit.attempts
        judge = passed if most <= limit.most_right else failed
        return judge(why, score, threshold=threshold, **evidence)


def families_of(desks: Iterable[Desk]) -> set[str]:
    """Return the makers of models."""
    return {model_family(desk.model.name) for desk in desks}


def _n_named(case: Case) -> int:
    """Return how many possible answers a question names itself."""
    if case.asked_as == "comparison":
        return 2
    if free_key(case.candidate.key).kind == "order":
        return min(factorial(case.candidate.key.answer.count(",") + 1), 6)
    return 0
