"""Reading again how many a sentence says were killed and hurt, by where its numbers stand."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from generator.english.quantities import Amount, amounts

_ASIDE = regex.compile(r",\sincluding\s[^,]*(?=[,.])")
_BEHIND = regex.compile(
    r"^\s[\p{L}\p{M}’'.\s-]{0,80}?(?P<word>(?:\p{L}+ly\s)?(?:killed|injured|wounded))\b"
)
_BEFORE = regex.compile(r"\b(?P<word>kill|injur|wound)(?:s|es|e|ed|ing)?\s$")
#: Another verb in between claims the number for itself.
_OTHER = regex.compile(r"\b(?:missing|rescued|arrested|trapped|displaced|and|after|when|in)\b")
_STEMS = {"kill": "killed", "injur": "injured", "wound": "wounded"}


@dataclass(frozen=True)
class Victims:
    """One number of victims with the word for what befell them."""

    amount: Amount
    word: str


def victims(quote: str) -> dict[str, Victims]:
    """Return the numbers a sentence gives of the killed and the hurt, under those two names.

    A name is missing when the sentence gives no such number, or more than one.
    """
    text = _ASIDE.sub("", quote)
    found = list(amounts(text))
    read: dict[str, list[Victims]] = {"killed": [], "hurt": []}
    for position, amount in enumerate(found):
        end = found[position + 1].start if position + 1 < len(found) else len(text)
        start = found[position - 1].end if position else 0
        word = _word(text[amount.end : end], text[start : amount.start])
        if word:
            read["killed" if word == "killed" else "hurt"].append(Victims(amount, word))
    return {name: every[0] for name, every in read.items() if len(every) == 1}


def _word(behind: str, before: str) -> str:
    following = _BEHIND.match(behind)
    if following and not _OTHER.search(following.group()):
        return following["word"]
    preceding = _BEFORE.search(before)
    return _STEMS[preceding["word"]] if preceding else ""
