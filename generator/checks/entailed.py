"""21 entailed – the quote alone makes the key right, and a rival answer wrong."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Literal

import regex
from pydantic import BaseModel, ConfigDict

from generator.checks.asking import ONE_VALUE, asked_or_derived
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.desk import Desk
from generator.english.dates import days
from generator.english.quantities import amounts
from generator.lots import lot_falls
from generator.options import free_key
from generator.prompts import load_prompt
from store.records import AnswerKey, utc_date
from store.scoring.answers import equivalent

_NAME = regex.compile(r"\p{Lu}[\p{L}\p{M}'’-]+(?:\s\p{Lu}[\p{L}\p{M}'’-]+)*")


class EntailedReply(BaseModel):
    """What the verifier must reply with."""

    model_config = ConfigDict(extra="forbid")

    first: Literal["yes", "no", "cannot tell"]
    second: Literal["yes", "no", "cannot tell"]


@dataclass(frozen=True)
class Entailed:
    """Show the quotes with the key and with a rival, in both orders."""

    desk: Desk | None

    name: ClassVar[str] = "entailed"
    version: ClassVar[int] = 1

    async def examine(self, case: Case) -> Verdict:
        """Hold a pass to a yes for the key and none for the rival, twice."""
        key = free_key(case.candidate.key)
        if case.candidate.setting == "closed_book":
            return passed("no passage is shown: its base was read with one")
        if key.kind not in ONE_VALUE:
            return passed(f"by derivation: an answer of kind {key.kind} is no single value")
        derived = passed("by derivation: check 7 derives the answer from the quote")
        return await asked_or_derived(case, self.desk, lambda d: self._ask(case, d, key), derived)

    async def _ask(self, case: Case, desk: Desk, key: AnswerKey) -> Verdict:
        rival = rival_of(case, key)
        told = [f"{case.candidate.question} – {answer}" for answer in (key.answer, rival)]
        # Which stands first is a lot, and then the other way round.
        straight = lot_falls(f"entailed/{case.candidate.id}", 0.5)
        said = await asyncio.gather(
            *(
                self._say(case, desk, told if forward else told[::-1])
                for forward in (straight, not straight)
            )
        )
        verdicts = [
            (one.first, one.second) if forward else (one.second, one.first)
            for one, forward in zip(said, (straight, not straight), strict=True)
        ]
        evidence: dict[str, Any] = {"rival": rival, "verdicts": [list(pair) for pair in verdicts]}
        if all(pair[0] == "yes" and pair[1] != "yes" for pair in verdicts):
            return passed(f"the quote supports the key and not {rival[:60]!r}", **evidence)
        if all(pair[0] == "no" for pair in verdicts):
            return failed("the quote alone does not make the key right", **evidence)
        if all(pair[1] == "yes" for pair in verdicts):
            return failed(f"the quote makes {rival[:60]!r} right, too", **evidence)
        return unsure("asked twice, a reader does not say the same of key and rival", **evidence)

    async def _say(self, case: Case, desk: Desk, told: list[str]) -> EntailedReply:
        reply, _ = await desk.ask(
            load_prompt("entailed", EntailedReply),
            EntailedReply,
            passage="\n".join(exhibit.quote for exhibit, _ in case.evidence),
            attempt=case.attempt,
            published=utc_date(case.document.published_at),
            first=told[0],
            second=told[1],
        )
        return reply


def rival_of(case: Case, key: AnswerKey) -> str:
    """Return a wrong answer of the key's kind: an option, another value shown, or a moved one."""
    question = case.candidate.question

    def is_wrong(answer: str) -> bool:
        rights = (key.answer, *key.aliases)
        return not any(equivalent(answer, one, key.kind, key.spec, question) for one in rights)

    shown: list[str] = list(case.candidate.key.choices or ())
    if key.kind == "number":
        shown += [format(one.value.normalize(), "f") for one in amounts(_undated(case))]
        shown.append(str(Decimal(key.answer) + 1))
    elif key.kind == "date":
        shown.append(_next_day(key.answer))
    elif key.kind == "text":
        shown += [one for one in _NAME.findall(case.context) if one not in question]
    return next(filter(is_wrong, shown), f"not {key.answer}")


def _undated(case: Case) -> str:
    """Return what is shown without its days: "4 August" is no amount of anything."""
    text = case.context
    for day in sorted(days(text, utc_date(case.document.published_at)), key=lambda d: -d.start):
        text = f"{text[: day.start]} {text[day.end :]}"
    return text


def _next_day(day: str) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    except ValueError:
        return f"{day} ± 1"
