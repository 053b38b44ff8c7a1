"""The judge of two questions: asked in both orders, believed only with the fact that differs."""

from __future__ import annotations

import asyncio
from typing import Literal

from pydantic import BaseModel, ConfigDict

from generator.desk import Desk
from generator.lots import lot_falls
from generator.prompts import load_prompt, unmarked
from store.text import squeeze

Word = Literal["same", "different", "cannot tell"]


class SameReply(BaseModel):
    """What the judge must reply with.

    Attributes:
        verdict: Whether the two ask for the same fact.
        difference: Words of one of them that the other has no equal of; "" for the same.
    """

    model_config = ConfigDict(extra="forbid")

    verdict: Word
    difference: str


async def judge_twice(desk: Desk, question: str, known: str, *, attempt: int = 1) -> Word:
    """Return what the judge says whichever stands first; "cannot tell" when that matters.

    Raises:
        ModelCallError: One of the calls gave no usable reply.
    """
    straight = lot_falls(f"same/{question}/{known}", 0.5)
    pairs = [(question, known), (known, question)]
    prompt = load_prompt("same", SameReply)
    asked = await asyncio.gather(
        *(
            desk.ask(prompt, SameReply, attempt=attempt, first=first, second=second)
            for first, second in (pairs if straight else pairs[::-1])
        )
    )
    words = {_believed(reply, question, known) for reply, _ in asked}
    return words.pop() if len(words) == 1 else "cannot tell"


def _believed(reply: SameReply, question: str, known: str) -> Word:
    """Return the verdict; a difference that stands in none of the two, or in both, is none."""
    if reply.verdict != "different":
        return reply.verdict
    fact = squeeze(reply.difference).casefold()
    # As the prompt showed them.
    there = [fact in squeeze(unmarked(text)).casefold() for text in (question, known)]
    return "different" if fact and there.count(True) == 1 else "cannot tell"
