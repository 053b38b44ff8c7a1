"""Which texts tell an answer together with everybody a question names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import regex

from generator.english.dateline import without_dateline
from generator.english.dates import MONTHS, WEEKDAYS
from store.records import Candidate, Document
from store.text import tokens

#: Answer and names must stand within so many words (questions.md §2, check 17).
WITHIN = 40
_NAME = regex.compile(r"(?<!^)\b\p{Lu}[\p{L}\p{M}'’-]+(?:\.\d+)*|\b\d+(?:\.\d+)+\b")
_CALENDAR = frozenset(word.casefold() for word in (*MONTHS, *WEEKDAYS))


@dataclass(frozen=True)
class Wanted:
    """What a text must tell: an answer in any spelling, and all names of the question."""

    id: str
    answers: tuple[tuple[str, ...], ...]
    names: frozenset[str]

    @classmethod
    def of(cls, candidate: Candidate, wording: str) -> Wanted:
        """Return what to look for; without any name in the wording nothing is found."""
        question = without_dateline(wording)
        named = {word for name in _NAME.findall(question) for word in tokens(name)}
        key = candidate.key
        answers = dict.fromkeys(tuple(tokens(one)) for one in (key.answer, *key.aliases))
        return cls(candidate.id, tuple(one for one in answers if one), frozenset(named - _CALENDAR))


def mentions(
    wanted: Sequence[Wanted], documents: Iterable[Document]
) -> Mapping[str, list[Document]]:
    """Return the documents that tell each wanted thing, by its id.

    Each text is read once, word by word; only what shares a name with it is looked at closer, so
    time grows with the words of the texts.
    """
    by_name: dict[str, list[Wanted]] = defaultdict(list)
    for one in wanted:
        if one.names and one.answers:
            by_name[max(one.names, key=lambda name: (len(name), name))].append(one)
    found: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        words = tokens(f"{document.title}\n{document.text}")
        there = set(words)
        for name in by_name.keys() & there:
            for one in by_name[name]:
                if one.names <= there and _tells(words, one):
                    found[one.id].append(document)
    return found


def _tells(words: Sequence[str], wanted: Wanted) -> bool:
    return any(
        wanted.names <= set(words[max(0, place - WITHIN) : place + len(run) + WITHIN])
        for run in wanted.answers
        for place in _places(words, run)
    )


def _places(words: Sequence[str], run: tuple[str, ...]) -> Iterator[int]:
    for place in range(len(words) - len(run) + 1):
        if words[place] == run[0] and tuple(words[place : place + len(run)]) == run:
            yield place
