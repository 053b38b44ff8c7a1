"""9 leak – the question does not give its own answer."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.english.quantities import amounts, full_value
from generator.families.traits import TRAITS
from generator.options import kind_of
from store.records import AnswerKey
from store.text import tokens

#: A day of the month is no amount: "on 4 March 2026" does not tell that four were hurt.
_DAY = regex.compile(r"\b\d{1,2}\s\p{Lu}\p{Ll}+\s20\d\d\b|\b20\d\d-\d\d-\d\d\b")
#: Initials so long are found without their capitals, too.
_LONG_INITIALS = 3
#: Words that give a number without naming it.
_COLLECTIVE = {
    "pair": 2, "couple": 2, "both": 2, "twins": 2, "duo": 2, "twice": 2, "trio": 3, "triplets": 3,
    "thrice": 3, "quartet": 4, "dozen": 12,
}  # fmt: skip
_CAPITALS = regex.compile(r"\b(?:\p{Lu}\.){2,}|\b\p{Lu}{2,6}\b")
_NAME_RUN = regex.compile(r"\p{Lu}[\p{L}'’]+(?:\s(?:of\s|the\s|and\s)*\p{Lu}[\p{L}'’]+){2,}")
#: Countries of several words, by what their people and governments are called.
_OTHER_NAMES = {
    "united states": {"american", "americans", "america"},
    "united kingdom": {"british", "briton", "britons", "britain"},
    "saudi arabia": {"saudi", "saudis"},
    "new zealand": {"zealander", "zealanders"},
    "czech republic": {"czech", "czechs"},
    "south africa": {"african"},
    "sri lanka": {"lankan", "lankans"},
    "united arab emirates": {"emirati", "emiratis"},
}
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
    version: ClassVar[int] = 3

    def __call__(self, case: Case) -> Verdict:
        """Look for the answer, its aliases, its number and its initials."""
        candidate = case.candidate
        if TRAITS[case.asked_as].names_answer:
            # A comparison offers both, a premise is planted.
            return passed(f"the family {case.asked_as} names what it is about by design")
        key, kind = candidate.key, kind_of(candidate.key)
        if kind == "number":
            if Decimal(key.answer) in _numbers_in(candidate.question):
                return failed(f"the question itself says {key.answer}")
            return passed("the number does not stand in the question")
        if word := _word_of_key_alone(candidate.question, key):
            return failed(f"only the right option shares {word!r} with the question")
        words = tokens(candidate.question)
        short_forms = _short_forms(candidate.question)
        for answer in (key.answer, *key.aliases):
            content = [word for word in tokens(answer) if word not in _EMPTY]
            if content and all(_told(word, words, kind) for word in content):
                return failed(f"the question holds {answer!r} or a word of its stem")
            if _OTHER_NAMES.get(" ".join(content), set()) & set(words):
                return failed(f"the question says {answer!r} by another name")
            initials = "".join(word[0] for word in content)
            lower = len(initials) >= _LONG_INITIALS and initials in words
            if lower or (kind == "text" and len(initials) > 1 and initials in short_forms):
                return failed(f"the question holds the initials of {answer!r}")
            if kind == "text" and answer.casefold() in _initials_of_names(candidate.question):
                return failed(f"the question spells {answer!r} out")
        return passed("the answer does not stand in the question")


def _numbers_in(question: str) -> set[Decimal]:
    """Return the numbers a question gives, in figures or words, with and without their scale."""
    undated = _DAY.sub(" ", question)
    given = {value for a in amounts(undated) for value in (a.value, full_value(a))}
    return given | {Decimal(_COLLECTIVE[word]) for word in tokens(undated) if word in _COLLECTIVE}


def _word_of_key_alone(question: str, key: AnswerKey) -> str:
    """Return a word, or stem, that question and key share and no other option has; or ""."""
    if key.choices is None:
        return ""
    asked = {_stem(word) for word in tokens(question) if word not in _EMPTY and word.isalpha()}
    shared = [{_stem(word) for word in tokens(one)} & asked for one in key.choices]
    others = set[str]().union(*(s for n, s in enumerate(shared) if n != key.answer_index))
    return min(shared[key.answer_index or 0] - others, default="")


def _stem(word: str) -> str:
    return word[: _STEM + 1]


def _short_forms(question: str) -> set[str]:
    """Return the words in capitals alone: "UAE" and "U.S." as "uae" and "us"."""
    return {m.group().replace(".", "").casefold() for m in _CAPITALS.finditer(question)}


def _initials_of_names(question: str) -> set[str]:
    """Return the initials of every run of capitalised words that has at least three of them."""
    runs = (m.group().split() for m in _NAME_RUN.finditer(question))
    return {"".join(w[0] for w in run if w[0].isupper()).casefold() for run in runs}


def _told(word: str, words: list[str], kind: str) -> bool:
    if word in words:
        return True
    if kind not in ("text", "choice") or len(word) < _STEM:
        return False
    if _PEOPLES.get(word, set()) & set(words):
        return True
    return any(other[:_STEM] == word[:_STEM] and len(other) > _STEM for other in words)
