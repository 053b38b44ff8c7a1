"""fact – one name, title, place or term that one sentence states, worded by a model.

Needs a sentence with a name that occurs once in the passage. The model copies the evidence and
the answer first and writes the question last; code finds both again, or the draft is refused.

Bad: the headline itself, the same word in two roles, an answer the question's nouns suggest.

Invented example: "The Tarn Council named the new ferry Wigeon on 3 August 2026." ->
"What name did the Tarn Council give its new ferry in August 2026?" – Wigeon
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from generator.desk import Desk
from generator.families.base import Reading, Refusal
from generator.passages import PASSAGE_WORDS, paragraphs
from generator.prompts import Prompt, load_prompt
from store.errors import ModelCallError, ModelUnavailable
from store.records import AnswerKey, Candidate, Span

#: More questions from one passage only repeat it (questions.md §3).
MAX_A_PASSAGE = 3
#: A document is asked about in at most this many passages: the release takes three questions.
MAX_PASSAGES = 3


class FactDraft(BaseModel):
    """One drafted question, evidence and answer before the question."""

    model_config = ConfigDict(extra="forbid")

    quote: str = Field(min_length=1)
    answer: str = Field(min_length=1)
    aliases: list[str]
    question: str = Field(min_length=1)


class FactReply(BaseModel):
    """What the writer must reply with."""

    model_config = ConfigDict(extra="forbid")

    questions: list[FactDraft]


def fact_prompt() -> Prompt:
    """Return the writer's prompt."""
    return load_prompt("fact", FactReply)


@dataclass(frozen=True)
class Fact:
    """Let a model word questions about facts whose evidence code can find again."""

    desk: Desk
    today: date
    cutoff: date

    name: ClassVar[str] = "fact"
    version: ClassVar[int] = 1

    async def compose(
        self, reading: Reading, siblings: Sequence[Candidate]
    ) -> Sequence[Candidate | Refusal]:
        """Return a candidate for each draft whose quote stands in the passage."""
        passages = passages_of(reading.document.text)[:MAX_PASSAGES]
        drafts = await asyncio.gather(*(self._drafts(reading, span) for span in passages))
        return [draft for some in drafts for draft in some]

    async def _drafts(self, reading: Reading, span: Span) -> list[Candidate | Refusal]:
        prompt = fact_prompt()
        try:
            reply, raw = await self.desk.ask(
                prompt,
                FactReply,
                passage=span.of(reading.document.text),
                today=self.today,
                published=reading.published,
                cutoff=self.cutoff,
                language=reading.document.language,
                limit=MAX_A_PASSAGE,
            )
        except ModelCallError as error:
            unanswered = isinstance(error, ModelUnavailable)
            return [Refusal(self.name, str(error), error.raw, unanswered)]
        drafted = reply.questions[:MAX_A_PASSAGE]
        return [self._candidate(reading, span, one, prompt, raw) for one in drafted]

    def _candidate(
        self, reading: Reading, span: Span, drafted: FactDraft, prompt: Prompt, raw: str
    ) -> Candidate | Refusal:
        document = reading.document
        start = document.text.find(drafted.quote, span.start, span.end)
        if start < 0:
            return Refusal(self.name, "its quote does not stand in the passage", raw)
        return Candidate.draft(
            document_id=document.id,
            family=self.name,
            question=drafted.question.strip(),
            key=AnswerKey(answer=drafted.answer, kind="text", aliases=tuple(drafted.aliases)),
            quote=drafted.quote,
            quote_span=Span(start=start, end=start + len(drafted.quote)),
            context_spans=(span,),
            as_of=reading.published,
            language=document.language,
            topic=document.topic,
            writer=self.desk.model.name,
            prompt_sha256=prompt.sha256,
            raw_reply=raw,
        )


def passages_of(text: str) -> list[Span]:
    """Cut a text into runs of whole paragraphs of about `PASSAGE_WORDS` words."""
    found: list[Span] = []
    start, n_words, end = None, 0, 0
    for paragraph in paragraphs(text):
        start = paragraph.start if start is None else start
        n_words += len(paragraph.of(text).split())
        end = paragraph.end
        if n_words >= PASSAGE_WORDS:
            found.append(Span(start=start, end=end))
            start, n_words = None, 0
    if start is not None:
        found.append(Span(start=start, end=end))
    return found
