"""paraphrase – two rewordings of a question, by a model of another family than its writer.

Needs a question and a paraphraser. What must not change (names, numbers, days, bounds, negations)
is handed over as a list; code throws out a rewording that lost one, brought in a new one, or is
the question again. Passage, evidence and key are the base's. The difference between the two is
also the noise that swapped names are held against.

Bad: a rewording that adds or loses a condition.

Invented example: "How many million euros had the Orrin Bridge repair cost by 4 August 2026?" ->
"By 4 August 2026, what had the Orrin Bridge repair cost, in million euros?"
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import regex
from pydantic import BaseModel, ConfigDict

from generator.desk import Desk
from generator.english.quantities import BOUNDS, SCALES
from generator.families.base import Reading, Refusal, pair_id, variant
from generator.llm import model_family
from generator.lots import asked_as, lot_falls
from generator.prompts import Prompt, load_prompt
from store.errors import ModelCallError, ModelUnavailable
from store.records import Candidate
from store.text import squeeze

#: Rewordings that are kept of one question.
MOST = 2
ROLE = "reworded"
_NAMED = regex.compile(r"(?<![\p{L}\p{N}])[\p{L}\p{N}][\p{L}\p{N}'’./@_%+-]*[\p{L}\p{N}%+]|\d")
_SMALL = regex.compile(
    r"\b(?:"
    + "|".join(sorted((*BOUNDS, *SCALES, "not", "no", "never", "without", "only"), key=len)[::-1])
    + r")\b",
    regex.IGNORECASE,
)


class RewordReply(BaseModel):
    """What the paraphraser must reply with."""

    model_config = ConfigDict(extra="forbid")

    rewordings: list[str]


@dataclass(frozen=True)
class Paraphrase:
    """Have a share of the questions reworded."""

    desk: Desk
    #: With noise, closed twins and invented pairs it keeps to the share of variants (§1).
    share: float = 0.08

    name: ClassVar[str] = "paraphrase"
    version: ClassVar[int] = 1

    async def compose(
        self, reading: Reading, siblings: Sequence[Candidate]
    ) -> Sequence[Candidate | Refusal]:
        """Return the rewordings that kept all that matters."""
        bases = [
            one
            for one in siblings
            if one.pair_role in (None, "base")
            and one.pair in (None, pair_id(one))
            and self._may_reword(one)
            and lot_falls(f"{self.name}/{asked_as(one)}", self.share)
        ]
        drafts = await asyncio.gather(*(self._reworded(base) for base in bases))
        return [draft for some in drafts for draft in some]

    def _may_reword(self, base: Candidate) -> bool:
        """Whether the paraphraser is of another family than who wrote the question."""
        mine = model_family(self.desk.model.name)
        return base.by_rule or model_family(base.writer) != mine

    async def _reworded(self, base: Candidate) -> list[Candidate | Refusal]:
        prompt = load_prompt("reword", RewordReply)
        kept = protected(base.question)
        try:
            reply, raw = await self.desk.ask(
                prompt,
                RewordReply,
                language=base.language,
                protected="\n".join(f"- {one}" for one in kept) or "- (nothing)",
                question=base.question,
            )
        except ModelCallError as error:
            unanswered = isinstance(error, ModelUnavailable)
            return [Refusal(self.name, str(error), error.raw, unanswered)]
        made: list[Candidate | Refusal] = []
        for number, text in enumerate(reply.rewordings[:MOST], start=1):
            why = why_not(text, base.question, kept)
            if why:
                made.append(Refusal(self.name, why, raw))
            else:
                made.append(self._variant(base, squeeze(text), number, prompt, raw))
        return made

    def _variant(
        self, base: Candidate, question: str, number: int, prompt: Prompt, raw: str
    ) -> Candidate:
        return variant(
            base,
            self,
            f"{ROLE}_{number}",
            question=question,
            writer=self.desk.model.name,
            prompt_sha256=prompt.sha256,
            raw_reply=raw,
        )


def protected(question: str) -> list[str]:
    """Return what must stand in every rewording, in the question's order and once each."""
    found = [
        match.group()
        for match in _NAMED.finditer(question)
        if (match.start() > 0 and match.group()[0].isupper())
        or any(character.isdigit() for character in match.group())
    ]
    found += [match.group() for match in _SMALL.finditer(question)]
    return list(dict.fromkeys(found))


def why_not(text: str, question: str, kept: Sequence[str]) -> str:
    """Return why a rewording cannot be used; "" when it can."""
    text = squeeze(text)
    if text.casefold() == question.casefold():
        return "the rewording is the question itself"
    if not text.endswith(("?", ".")):
        return "the rewording is no whole sentence"
    for one in kept:
        if one.casefold() not in text.casefold():
            return f"the rewording lost {one[:60]!r}"
    known = {one.casefold() for one in protected(f"x {question}")}
    new = [one for one in protected(f"x {text}") if one.casefold() not in known]
    # Its first word has a capital whatever it is.
    first = text.split(" ", 1)[0].rstrip(",").casefold()
    strangers = [one for one in new if one.casefold() != first]
    return f"the rewording brings in {strangers[0][:60]!r}" if strangers else ""
