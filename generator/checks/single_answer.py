"""19 single_answer – someone else, shown the passage but not the key, gives the same answer.

Rule families need no second reader: their answer is derived twice, by different code. What a
model wrote is never believed without one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.desk import Desk
from generator.prompts import load_prompt
from store.records import utc_date
from store.scoring.answers import same_answer


class AnswerReply(BaseModel):
    """What the verifier must reply with."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    quote: str


@dataclass(frozen=True)
class SingleAnswer:
    """Ask the verifier `attempts` times; all must be right for a pass, two leave it open."""

    #: None when the verifier is offline.
    desk: Desk | None
    today: date

    #: questions.md §2, check 19.
    attempts: int = 3

    name: ClassVar[str] = "single_answer"
    version: ClassVar[int] = 2

    async def examine(self, case: Case) -> Verdict:
        """Compare the verifier's answers with the key, by the one comparator."""
        candidate = case.candidate
        if candidate.writer.startswith("rule:"):
            return passed("by derivation: a rule wrote it and another rule found the answer again")
        if self.desk is None:
            return unsure("a model wrote it and no verifier is set (UNSEEN_VERIFIER)")
        prompt = load_prompt("answer", AnswerReply)
        asked = await asyncio.gather(
            *(
                self.desk.ask(
                    prompt,
                    AnswerReply,
                    passage=case.context,
                    # A second try of the check is not answered with the first one's replies.
                    attempt=(case.attempt - 1) * self.attempts + attempt,
                    today=self.today,
                    published=utc_date(case.document.published_at),
                    question=candidate.question,
                )
                for attempt in range(1, self.attempts + 1)
            )
        )
        replies = [reply.answer for reply, _ in asked]
        right = sum(
            same_answer(f"Answer: {reply}", candidate.key, candidate.question) == "right"
            for reply in replies
        )
        why = f"{right} of {self.attempts} answers of {self.desk.model.name} were the key's"
        score = right / self.attempts
        if right == self.attempts:
            return passed(why, score, replies=replies)
        judge = unsure if right == self.attempts - 1 else failed
        return judge(why, score, replies=replies)
