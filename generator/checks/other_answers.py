"""20 other_answers – the passage lets nobody defend a second answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from generator.checks.asking import ONE_VALUE, asked_or_derived
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.desk import Desk
from generator.english.dates import days
from generator.english.quantities import amounts
from generator.options import free_key, kind_of
from generator.passages import clauses
from generator.prompts import load_prompt, unmarked
from store.records import AnswerKey, utc_date
from store.scoring.answers import equivalent
from store.text import squeeze, tokens

#: Of these several texts say the same of other days, and the day asked about decides.
_BY_DAY = frozenset({"changed", "multi_hop"})


class Defended(BaseModel):
    """One answer with the sentence that supports it."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    quote: str


class OtherAnswersReply(BaseModel):
    """What the verifier must reply with."""

    model_config = ConfigDict(extra="forbid")

    answers: list[Defended]


@dataclass(frozen=True)
class OtherAnswers:
    """Ask for every defensible answer; those with a real quote must all be the key.

    No sentence shown may be the quote over again with another value. Without a model, a number or
    day that a model wrote a question about must be the only one of its quote; of rules' questions
    the quote may hold several: which is meant follows from the clause, and check 7 reads the
    clause again.
    """

    desk: Desk | None
    today: date

    name: ClassVar[str] = "other_answers"
    version: ClassVar[int] = 2

    async def examine(self, case: Case) -> Verdict:
        """Collect the answers and compare each with the key."""
        key = free_key(case.candidate.key)
        if case.candidate.setting == "closed_book":
            return passed("no passage is shown: its base was read with one")
        if key.kind not in ONE_VALUE:
            return passed(f"by derivation: an answer of kind {key.kind} is no single value")
        by_day = case.asked_as in _BY_DAY
        if not by_day and (other := _told_otherwise(case, key)):
            return failed(f"the passage says the same of another value: {other[:120]!r}")
        if not case.candidate.by_rule and (rivals := _rivals(case, key)):
            return unsure(f"its quote holds other values of the kind: {', '.join(rivals)[:80]}")
        derived = passed("by derivation: the clause of the quote says which value is meant")
        return await asked_or_derived(case, self.desk, lambda d: self._ask(case, d, key), derived)

    async def _ask(self, case: Case, desk: Desk, key: AnswerKey) -> Verdict:
        reply, _ = await desk.ask(
            load_prompt("other_answers", OtherAnswersReply),
            OtherAnswersReply,
            passage=case.context,
            attempt=case.attempt,
            today=self.today,
            published=utc_date(case.document.published_at),
            question=case.candidate.question,
        )
        # As the prompt showed it.
        shown = squeeze(unmarked(case.context))
        quoted = [(one.answer, squeeze(one.quote)) for one in reply.answers]
        told = [answer for answer, quote in quoted if quote and quote in shown]
        others = [one for one in told if not _is_key(one, key, case.candidate.question)]
        if others:
            return failed(f"a reader defends {others[0][:120]!r}, too", answers=told)
        if not told:
            return unsure("a reader defends no answer with words of the passage", answers=told)
        return passed("no reader defends another answer", answers=told)


def _is_key(answer: str, key: AnswerKey, question: str) -> bool:
    return any(
        equivalent(answer, one, key.kind, key.spec, question) for one in (key.answer, *key.aliases)
    )


def _told_otherwise(case: Case, key: AnswerKey) -> str:
    """Return a sentence shown that is the quote but for the answer; "" when there is none."""
    quote, run = tokens(case.candidate.quote), tokens(key.answer)
    places = [n for n in range(len(quote)) if run and quote[n : n + len(run)] == run]
    if len(places) != 1:
        return ""
    before, after = quote[: places[0]], quote[places[0] + len(run) :]
    for sentence in clauses(case.context):
        said = tokens(sentence)
        n_between = len(said) - len(before) - len(after)
        if said == quote or not 1 <= n_between <= len(run) + 1:
            continue
        if said[: len(before)] == before and said[len(said) - len(after) :] == after:
            return squeeze(sentence)
    return ""


def _rivals(case: Case, key: AnswerKey) -> list[str]:
    """Return the other numbers or days of the quote; names are told apart by their clause."""
    quote, question = case.candidate.quote, case.candidate.question
    if kind_of(key) == "number":
        values = [format(amount.value.normalize(), "f") for amount in amounts(quote)]
    elif kind_of(key) == "date":
        published = utc_date(case.document.published_at)
        values = [day.day.isoformat() for day in days(quote, published)]
    else:
        return []
    return [one for one in values if not _is_key(one, key, question)]
