"""When a model's word counts: beside the derivation of a rule, instead of none for a model's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from generator.checks.base import Case, Verdict, passed, unsure
from generator.desk import Desk
from generator.options import kind_of
from store.errors import ModelCallError
from store.records import AnswerKey, AnswerKind
from store.scoring.answers import same_answer

#: Kinds of answer that are one value: a rival of the kind may be set beside it.
ONE_VALUE: frozenset[AnswerKind] = frozenset(
    {"text", "number", "date", "duration", "version", "id"}
)


Asked = TypeVar("Asked")
Told = TypeVar("Told")


def asks_value(case: Case) -> bool:
    """Whether the answer is one value that another text could tell, too."""
    return case.asked_as != "comparison" and kind_of(case.candidate.key) in ONE_VALUE


async def told_by_each(
    asked: Iterable[Asked], ask: Callable[[Asked], Awaitable[Told]]
) -> tuple[list[tuple[Asked, Told]], ModelCallError | None]:
    """Ask all at once and return who said what, and the first error: it silences no other.

    Raises:
        Exception: Whatever is no fault of a model.
    """
    every = list(asked)
    outcomes = await asyncio.gather(*map(ask, every), return_exceptions=True)
    told: list[tuple[Asked, Told]] = []
    errors: list[ModelCallError] = []
    for one, outcome in zip(every, outcomes, strict=True):
        if isinstance(outcome, ModelCallError):
            errors.append(outcome)
        elif isinstance(outcome, BaseException):
            raise outcome
        else:
            told.append((one, outcome))
    return told, errors[0] if errors else None


async def asked_or_derived(
    case: Case, desk: Desk | None, ask: Callable[[Desk], Awaitable[Verdict]], derived: Verdict
) -> Verdict:
    """Return what the model concludes; where it cannot, what stands without one.

    What a rule wrote keeps the verdict of code when nobody can be asked, so that a model's bad
    night costs no questions; what a model wrote is held until another has read it.

    Args:
        case: What is judged.
        desk: Who is asked; None when the role is offline.
        ask: Asks, and turns replies into a verdict.
        derived: What code found, for questions by rule; its reason says "by derivation".

    Raises:
        ModelCallError: A model wrote the question and the other could not be asked.
    """
    if not case.candidate.by_rule:
        if desk is None:
            return unsure("a model wrote it and no verifier is set (UNSEEN_VERIFIER)")
        return await ask(desk)
    if desk is None or derived.outcome != "pass":
        return derived
    try:
        return await ask(desk)
    except ModelCallError as error:
        return passed(f"{derived.why}; no model confirms it: {error}")


def answers_right(replies: Sequence[str], key: AnswerKey, question: str) -> int:
    """Return how many replies the one comparator calls right."""
    return sum(same_answer(f"Answer: {reply}", key, question) == "right" for reply in replies)
