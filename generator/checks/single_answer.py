"""19 single_answer – someone else, shown the passage but not the key, gives the same answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from generator.checks.asking import answers_right, asked_or_derived
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.desk import Desk
from generator.options import free_key
from generator.prompts import load_prompt
from store.records import utc_date


class AnswerReply(BaseModel):
    """What the verifier must reply with."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    quote: str


async def replies_to(
    case: Case, desk: Desk, today: date, *, context: str, attempts: int
) -> list[str]:
    """Return what a model answers from a context, so many times, the options hidden.

    Raises:
        ModelCallError: One of the calls gave no usable reply.
    """
    prompt = load_prompt("answer", AnswerReply)
    asked = await asyncio.gather(
        *(
            desk.ask(
                prompt,
                AnswerReply,
                passage=context,
                # A second try of the check is not answered with the first one's replies.
                attempt=(case.attempt - 1) * attempts + 1 + number,
                today=today,
                published=utc_date(case.document.published_at),
                question=case.candidate.question,
            )
            for number in range(attempts)
        )
    )
    return [reply.answer for reply, _ in asked]


@dataclass(frozen=True)
class SingleAnswer:
    """Ask the verifier `attempts` times: all right pass, one wrong asks a second verifier."""

    #: None when the verifier is offline.
    desk: Desk | None
    today: date
    second: Desk | None = None

    #: questions.md §2, check 19; of both verifiers' replies all but one.
    attempts: int = 3

    name: ClassVar[str] = "single_answer"
    version: ClassVar[int] = 3

    async def examine(self, case: Case) -> Verdict:
        """Compare the answers with the key, by the one comparator."""
        if case.candidate.setting == "closed_book":
            return passed("no passage is shown: its base was read with one")
        derived = passed("by derivation: a rule wrote it and other code found the answer again")
        return await asked_or_derived(case, self.desk, lambda desk: self._ask(case, desk), derived)

    async def _ask(self, case: Case, desk: Desk) -> Verdict:
        replies, right = await self._right(case, desk)
        why = f"{right} of {self.attempts} answers of {desk.model.name} were the key's"
        if right == self.attempts:
            return passed(why, right / self.attempts, replies=replies)
        if right < self.attempts - 1:
            return failed(why, right / self.attempts, replies=replies)
        if self.second is None:
            return unsure(f"{why}; a second verifier could decide", replies=replies)
        more, right_too = await self._right(case, self.second)
        score = (right + right_too) / (2 * self.attempts)
        why = f"{why}, and {right_too} of {self.second.model.name}"
        judge = passed if right + right_too >= 2 * self.attempts - 1 else unsure
        return judge(why, score, replies=[*replies, *more])

    async def _right(self, case: Case, desk: Desk) -> tuple[list[str], int]:
        replies = await replies_to(
            case, desk, self.today, context=case.context, attempts=self.attempts
        )
        key = free_key(case.candidate.key)
        return replies, answers_right(replies, key, case.candidate.question)
