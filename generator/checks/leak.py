"""9 leak – the question does not give its own answer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.english.quantities import amounts
from generator.families.traits import TRAITS
from store.text import tokens

#: A day of the month is no amount: "on 4 March 2026" does not tell that four were hurt.
_DAY = regex.compile(r"\b\d{1,2}\s\p{Lu}\p{Ll}+\s20\d\d\b|\b20\d\d-\d\d-\d\d\b")
_EMPTY = frozenset("the a an of and in on at for to by with from".split())
#: Two words that share this many first letters are taken for one stem ("Norway", "Norwegian").
_STEM = 4
#: Peoples whose name shares too little with their country's.
_PEOPLES = {
    "finland": {"finnish", "finn", "finns"},
    "france": {"french"},
    "germany": {"german", "germans"},
    "netherlands": {"dutch"},
    "spain": {"spanish", "spaniard", "spaniards"},
    "switzerland": {"swiss"},
    "thailand": {"thai"},
    "poland": {"polish", "pole", "poles"},
    "denmark": {"danish", "dane", "danes"},
    "wales": {"welsh"},
    "ireland": {"irish"},
    "iceland": {"icelandic"},
    "laos": {"lao"},
    "myanmar": {"burmese"},
    "philippines": {"filipino", "filipinos"},
    "greece": {"greek", "greeks"},
    "kingdom": {"british", "briton", "britons", "uk", "u.k"},
}


@dataclass(frozen=True)
class Leak:
    """Fail when every content word of the answer, or its stem, stands in the question."""

    name: ClassVar[str] = "leak"
    version: ClassVar[int] = 2

    def __call__(self, case: Case) -> Verdict:
        """Look for the answer, its aliases, its number and its initials."""
        candidate = case.candidate
        if TRAITS[candidate.family].names_answer:
            # A comparison offers both, a premise is planted.
            return passed(f"the family {candidate.family} names what it is about by design")
        key = candidate.key
        if key.kind == "number":
            undated = _DAY.sub(" ", candidate.question)
            there = {amount.value for amount in amounts(undated)}
            if Decimal(key.answer) in there:
                return failed(f"the question itself says {key.answer}")
            return passed("the number does not stand in the question")
        words = tokens(candidate.question)
        for answer in (key.answer, *key.aliases):
            content = [word for word in tokens(answer) if word not in _EMPTY]
            if content and all(_told(word, words, key.kind) for word in content):
                return failed(f"the question holds {answer!r} or a word of its stem")
            initials = "".join(word[0] for word in content)
            if len(initials) >= 3 and initials in words:
                return failed(f"the question holds the initials of {answer!r}")
        return passed("the answer does not stand in the question")


def _told(word: str, words: list[str], kind: str) -> bool:
    if word in words:
        return True
    if kind not in ("text", "choice") or len(word) < _STEM:
        return False
    if _PEOPLES.get(word, set()) & set(words):
        return True
    return any(other[:_STEM] == word[:_STEM] and len(other) > _STEM for other in words)
