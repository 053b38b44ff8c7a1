"""8 self_contained – the question can be understood by someone who sees nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import regex
from pydantic import BaseModel, ConfigDict

from generator.checks.as_of import names_its_time
from generator.checks.asking import asked_or_derived
from generator.checks.base import Case, Verdict, failed, passed
from generator.desk import Desk
from generator.english.dateline import without_dateline
from generator.prompts import load_prompt

_POINTERS = regex.compile(
    r"\b(?:the|this|that|these|those)\s(?:article|passage|text|author|post|page|story|excerpt|"
    r"report(?=\s(?:say|state|mention|describe))|paragraph|document|piece)s?\b|\babove\b|"
    r"\bbelow\b(?=[,?]|\s(?:text|passage))|\baccording to the\b|\bmentioned\b|"
    # "A separate bombing": separate from what?
    r"\ba\ssep[ae]rate\b|\ban?(?:other|\ssecond)\s(?:such\s)?(?:attack|strike|bombing|crash|incident|"
    r"case|explosion|fire|accident)\b",
    regex.IGNORECASE,
)
_PRONOUNS = regex.compile(
    r"\b(?:he|she|it|they|we|i|him|her|his|hers|its|their|theirs|them|our|us|this|these|those)\b",
    regex.IGNORECASE,
)
_RELATIVE = regex.compile(
    r"\b(?:today|yesterday|tomorrow|tonight|now|currently|recently|recent|lately|soon|ago|"
    r"(?:last|next|this|past|coming)\s(?:week|month|year|night|day|weekend|spring|summer|autumn|"
    r"fall|winter|monday|tuesday|wednesday|thursday|friday|saturday|sunday)|(?:in|over|for)\sthe\s(?:past|last|coming|next)|"
    r"(?:end|start|beginning|middle)\sof\sthe\s(?:week|month|year|season)(?!\s(?:of|\d))|"
    r"earlier\s(?:this|in)|later\sthis|the\s(?:previous|same|following)\s(?:day|week|month|year)|"
    r"(?:days?|weeks?|months?)\s(?:earlier|prior|later))\b",
    regex.IGNORECASE,
)
_WEEKDAY = regex.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")
_FULL_DAY = regex.compile(r"\b\d{1,2}\s\p{Lu}\p{Ll}+\s20\d\d\b|\b20\d\d-\d\d-\d\d\b")
# A noun with a capital is part of a name: "the Tarn Mill".
_NAMELESS = regex.compile(
    r"\b[Tt]he\s(?:\p{Ll}+\s)?(?:"
    r"company|minister|president|group|country|government|agency|firm|"
    r"organi[sz]ation|team|city|town|village|man|woman|victim|suspect|attack|strike|"
    r"attacker|perpetrator|gunman|pilot|driver|court|party|union|project|council|mayor|rocket|vessel|ship|plane|"
    r"aircraft|bill|law|deal|agreement|study|researchers?|survey|crate|library|"
    r"package|release|version|feature|bridge|ferry|museum|incident|accident|crash|"
    r"fire|storm|island|province|region|area|conflict|war|ruling|decision|"
    r"announcement|programme?|both|station|club|jury|board|school|hospital|operator|factory|mill|"
    r"harbour|port|theatre|foundation|society|network|commission|ministry|department|league|"
    r"site|yard|dam|street|square|hall|probe|dredger|drone"
    r"|(?<!of the )two\s\p{Ll}+)\b",
)
# "The pier that opened on 3 May" points nowhere: what follows is its own clause.
_THAT = regex.compile(r"\bthat\s(?!\p{Ll}+ed\b)\p{Ll}+(?=\?|\s(?:in|on|after|by|for|at|with|to)\b)")
_ASKED_FOR = regex.compile(
    r"\b(?:which\s(?!(?:day|date|month|year|version|release)s?\b)\p{Ll}+|who)\b", regex.IGNORECASE
)
_NAME = regex.compile(
    r"(?<!^)(?<![.?!]\s)\b\p{Lu}[\p{L}\p{M}'’.-]+|\b\p{L}+\d[\w.]*|\b\p{L}+[-_.]\p{L}+\.?\p{L}*\b"
)

#: "On which day of October" names no one, though it has a capital.
_CALENDAR = frozenset(
    "January February March April May June July August September October November December "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
)


class LookUpReply(BaseModel):
    """What the verifier must reply with."""

    model_config = ConfigDict(extra="forbid")

    look_up: list[str]


@dataclass(frozen=True)
class SelfContained:
    """Fail on words that point out of the question, and on what a reader finds left open."""

    desk: Desk | None
    today: date

    name: ClassVar[str] = "self_contained"
    version: ClassVar[int] = 5

    async def examine(self, case: Case) -> Verdict:
        """Look for what is open by the words, then ask a reader what is."""
        by_words = self.by_words(case)
        if by_words.outcome != "pass":
            return by_words
        return await asked_or_derived(case, self.desk, lambda d: self._ask(case, d), by_words)

    async def _ask(self, case: Case, desk: Desk) -> Verdict:
        reply, _ = await desk.ask(
            load_prompt("lookup", LookUpReply),
            LookUpReply,
            attempt=case.attempt,
            today=self.today,
            question=case.wording,
        )
        if reply.look_up:
            return failed(f"a reader must look up {reply.look_up[0][:120]!r}", open=reply.look_up)
        return passed("it names what it is about, and a reader need not look anything up")

    def by_words(self, case: Case) -> Verdict:
        """Look for pointers, pronouns, relative dates and things without a name."""
        # "As reported on 5 March 2026," dates a question but names nothing in it.
        question = without_dateline(case.wording)
        if match := _POINTERS.search(question):
            return failed(f"it points at the text: {match.group()!r}")
        if match := _RELATIVE.search(question):
            return failed(f"it names a time by its distance: {match.group()!r}")
        if _WEEKDAY.search(question) and not _FULL_DAY.search(question):
            return failed("it names a weekday without its date")
        named = [m.start() for m in _NAME.finditer(question) if m.group() not in _CALENDAR]
        if not named:
            return failed("it names nobody and nothing")
        # "Which country … its forces": who is asked for is what a later pronoun means.
        known = named + [match.start() for match in _ASKED_FOR.finditer(question)]
        pronoun = _PRONOUNS.search(question)
        if pronoun and min(known) > pronoun.start():
            return failed(f"{pronoun.group()!r} stands before any name")
        if match := _THAT.search(question):
            return failed(f"{match.group().strip()!r} points at something said before")
        thing = _NAMELESS.search(question)
        if thing and min(named) > thing.start() and not _told_apart(question, thing.end()):
            return failed(f"{thing.group()!r} is not said to be which")
        if case.candidate.setting == "closed_book" and not names_its_time(case.wording):
            return failed("no passage dates it, and the question names no day, month or release")
        return passed("by derivation: it names what it is about")


def _told_apart(question: str, end: int) -> bool:
    """Whether the noun is told apart at once: "the city of Brell", "the ferry Wigeon"."""
    return (
        regex.match(r"\s(?:of\s|in\s|at\s|near\s|on\s)?(?:the\s|an?\s)?\p{Lu}", question[end:])
        is not None
    )
