"""11 options – exactly one of them is right, and none stands out."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Literal

import regex
from pydantic import BaseModel, ConfigDict

from generator.checks.asking import asked_or_derived
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.desk import Desk
from generator.english.quantities import amounts
from generator.options import free_key
from generator.passages import clauses
from generator.prompts import load_prompt
from store.records import AnswerKey, AnswerKind, Candidate, utc_date
from store.scoring.answers import equivalent, text_form
from store.text import tokens

_ALL_OR_NONE = regex.compile(
    r"\b(?:all|none|both|neither|either|some|any)\s(?:of\s)?(?:the\s)?(?:above|these|them|others?)\b|"
    r"^(?:all|none|both|neither|other|unknown)$|\bcannot be known\b|\bfalse premise\b",
    regex.IGNORECASE,
)
_NUMBER = regex.compile(r"-?\d+(?:\.\d+)?")
#: Words that many questions share say nothing about which option fits.
_COMMON = frozenset(
    "the a an of and in on at for to by with from that it its as be is are was were has had "
    "which who what how many much did do does reported when where after while or than their his "
    "her".split()
)


class OptionReply(BaseModel):
    """What the verifier must reply with."""

    model_config = ConfigDict(extra="forbid")

    right: Literal["yes", "no", "cannot tell"]


@dataclass(frozen=True)
class Options:
    """Hold a row of options to every rule of questions.md §1; free answers have none to hold."""

    desk: Desk | None
    today: date

    fewest: int = 3
    most: int = 6
    #: Of texts: the longest has at most this many times the characters of the shortest (§1).
    max_stretch: float = 1.5
    #: From this share of the question's content words on, a sentence may say the same of
    #: another name; judgement.
    same_deed: float = 0.6

    name: ClassVar[str] = "options"
    version: ClassVar[int] = 3

    async def examine(self, case: Case) -> Verdict:
        """Hold the row to the rules, then ask a reader of each option alone."""
        by_rules = self.by_rules(case)
        asked = case.candidate.key.choices is not None and case.candidate.setting == "open_book"
        if by_rules.outcome != "pass" or not asked:
            return by_rules
        return await asked_or_derived(case, self.desk, lambda d: self._ask(case, d), by_rules)

    async def _ask(self, case: Case, desk: Desk) -> Verdict:
        choices = case.candidate.key.choices or ()
        asked = await asyncio.gather(*(self._say(case, desk, option) for option in choices))
        said = dict(zip(choices, asked, strict=True))
        true = [option for option, word in said.items() if word == "yes"]
        if true == [case.candidate.key.answer]:
            return passed(
                f"of {len(choices)} options, each alone, a reader calls one right", said=said
            )
        wrong = [option for option in true if option != case.candidate.key.answer]
        if wrong:
            return failed(f"a reader calls the option {wrong[0][:80]!r} right, too", said=said)
        judge = failed if said[case.candidate.key.answer] == "no" else unsure
        return judge("a reader does not call the key right", said=said)

    async def _say(self, case: Case, desk: Desk, option: str) -> str:
        reply, _ = await desk.ask(
            load_prompt("option", OptionReply),
            OptionReply,
            passage=case.context,
            attempt=case.attempt,
            today=self.today,
            published=utc_date(case.document.published_at),
            question=case.candidate.question,
            option=option,
        )
        return reply.right

    def by_rules(self, case: Case) -> Verdict:
        """Look at number, form, order and truth of the options."""
        key = case.candidate.key
        if key.choices is None:
            return passed("a free answer: there are no options")
        kind: AnswerKind = key.spec.get("of", "text")
        why = (
            self._number(key.choices)
            or _form(key.choices, kind, self.max_stretch)
            or _other_key(key, kind, case.candidate.question)
            or _order(case, key.choices, kind)
            or self._truth(case, key, kind)
        )
        if why:
            return failed(why)
        return passed(f"by derivation: {len(key.choices)} options, one of them right")

    def _number(self, choices: Sequence[str]) -> str:
        if not self.fewest <= len(choices) <= self.most:
            return f"there are {len(choices)} options"
        if len({text_form(one) for one in choices}) < len(choices):
            return "two options are the same"
        if odd := next((one for one in choices if _ALL_OR_NONE.search(one)), None):
            return f"the option {odd!r} speaks of the others"
        return ""

    def _truth(self, case: Case, key: AnswerKey, kind: AnswerKind) -> str:
        """Say which wrong option the passage makes true, or ""."""
        if kind == "number":
            return _bounded(case.candidate)
        if kind not in ("text", "version", "id"):
            return ""
        asked = _content(case.candidate.question)
        for sentence in clauses(case.context):
            said = set(tokens(sentence))
            if len(asked & said) < self.same_deed * max(1, len(asked)):
                continue
            for option in _wrong(key):
                if set(tokens(option)) <= said and key.answer.casefold() not in sentence.casefold():
                    return f"the passage may say the same of {option!r}"
        return ""


def _wrong(key: AnswerKey) -> list[str]:
    return [one for n, one in enumerate(key.choices or ()) if n != key.answer_index]


def _form(choices: Sequence[str], kind: AnswerKind, max_stretch: float) -> str:
    """Say what sets one option apart from the others, or ""."""
    if kind == "number":
        forms = {(len(one.partition(".")[0]), len(one.partition(".")[2])) for one in choices}
        plain = all(_NUMBER.fullmatch(one) for one in choices)
        return "" if plain and len(forms) == 1 else "the numbers are not written alike"
    if kind == "date":
        return "" if all(map(_is_day, choices)) else "an option is no day"
    lower = [one.casefold() for one in choices]
    if any(a in b for i, a in enumerate(lower) for j, b in enumerate(lower) if i != j):
        return "an option stands inside another"
    lengths = sorted(map(len, choices))
    if lengths[-1] > max_stretch * lengths[0]:
        return f"the longest option has {lengths[-1]} characters, the shortest {lengths[0]}"
    if kind == "version" and len({one.count(".") for one in choices}) > 1:
        return "the versions are not written alike"
    return ""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _other_key(key: AnswerKey, kind: AnswerKind, question: str) -> str:
    """Say which other option counts as right, too, or ""."""
    spec: dict[str, Any] = {name: value for name, value in key.spec.items() if name != "of"}
    for option in _wrong(key):
        for answer in (key.answer, *key.aliases):
            if equivalent(option, answer, kind, spec, question):
                return f"{option!r} is {answer!r} in other words"
    return ""


def _order(case: Case, choices: Sequence[str], kind: AnswerKind) -> str:
    """Say what is wrong with the order of the options, or ""."""
    if kind == "order":
        # Sequences have an order of their own; family `order` answers for it.
        return ""
    # A variant keeps the row of the question it was made from.
    candidate = case.base if case.base and case.base.key.choices else case.candidate
    if case.candidate.key.choices != candidate.key.choices:
        return "a variant has other options than its base"
    name = _free(candidate).id
    if kind not in ("number", "date"):
        expected = sorted(
            choices, key=lambda one: hashlib.sha256(f"{name}‖{one}".encode()).digest()
        )
        return "" if list(choices) == expected else "the options are not in the order of their hash"
    values = [_value(one) for one in choices]
    if values != sorted(values):
        return "numbers and days are listed ascending"
    digest = hashlib.sha256(f"rank/{name}".encode()).hexdigest()[:8]
    rank = int(digest, 16) * len(choices) // 16**8
    if candidate.key.answer_index != rank:
        return f"the key has rank {candidate.key.answer_index}, its lot is {rank}"
    return ""


def _value(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(date.fromisoformat(text).toordinal())


def _free(candidate: Candidate) -> Candidate:
    """Return the candidate as it was before it had options: its id is what their order hangs on."""
    fields = candidate.model_dump(exclude={"id", "key", "pair", "pair_role"})
    return Candidate.draft(**fields, key=free_key(candidate.key))


def _bounded(candidate: Candidate) -> str:
    """Say that the number is a bound or an estimate, of which a lower or near one is true, too."""
    for amount in amounts(candidate.quote):
        same = amount.value == Decimal(candidate.key.answer)
        if same and amount.bound_words and amount.bound_words in candidate.question.casefold():
            return f"{amount.bound_words!r} makes more than one number true"
    return ""


def _content(text: str) -> frozenset[str]:
    return frozenset(word for word in tokens(text) if not word[0].isdigit()) - _COMMON
