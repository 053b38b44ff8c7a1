"""What words tell by themselves: which are grammar, which are names, what kind is asked for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

MONTHS = tuple(
    "january february march april may june july august september october november december".split()
)
WEEKDAYS = frozenset("monday tuesday wednesday thursday friday saturday sunday".split())

#: Articles, prepositions, auxiliaries, question words: they carry no fact of their own.
STOP_WORDS = frozenset(
    """a an the this that these those of in on at to for from by with as into onto upon about over
    under between among through during per via than then is are was were be been being am do
    does did done has have had having will would shall should can could may might must and or
    but if so such it its it's he she they them his her their theirs him i me my we us our you
    your who whom whose which what when where why how there here one ones some any each every
    both either also just only own same very much many more most other another not no nor s t
    's following called name named known""".split()
)

#: Words that a capital never makes a name of: months and weekdays are facts of their own.
NEVER_NAMES = STOP_WORDS | WEEKDAYS | frozenset(MONTHS)
#: After "what", these do not begin the thing asked for.
_NO_THING = STOP_WORDS | frozenset(
    """type kind sort word term name statement statements way happens happened makes made percent
    percentage amount number long order event person thing time""".split()
)

_CASED_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class CaseTable:
    """How words are usually written in the reference corpus, counted when it is built.

    Attributes:
        lower: Words usually in lower case: a capital does not make names of them.
        capital: Words nearly always with a capital: names even in lower-case text.
    """

    lower: frozenset[str] = frozenset()
    capital: frozenset[str] = frozenset()


#: Wordings that settle what kind of answer is wanted; the first that fits decides.
_ASKED = (
    (
        "count",
        r"\bhow (?:many|much|long|far|old|tall|high|often|large|big|fast)\b"
        r"|\b(?:number|amount) of\b",
    ),
    ("time", r"\b(?:what|which) (?:\w+ )?(?:year|date|day|month|decade|century|time)\b|\bwhen\b"),
    (
        "place",
        r"\b(?:what|which) (?:\w+ )?(?:country|city|state|place|county|continent|town|nation)\b"
        r"|\bwhere\b",
    ),
    (
        "person",
        r"\b(?:who|whom|whose)\b|\b(?:what|which) (?:\w+ )?(?:actor|actress|artist|player|person"
        r"|singer|author|composer|president|scientist)\b",
    ),
    ("reason", r"\bwhy\b"),
)
_ASKED_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _ASKED)
_QUESTION_START = re.compile(
    r"^(?:(?:in|on|at|from|to|for|of|by|with|during|into) )?"
    r"(?:what|which|who|whom|whose|when|where|why|how)\b"
)


def asked_kind(text: str) -> str | None:
    """Return what kind of answer a question in normal form wants, or None when it is not plain.

    Only a text that begins by asking is read: a "when" further in is seldom the question.
    """
    if not (start := _QUESTION_START.match(text)):
        return None
    head = text[: start.end() + 25]
    found = [
        (match.start(), kind)
        for kind, pattern in _ASKED_PATTERNS
        if (match := pattern.search(head))
    ]
    return min(found)[1] if found and min(found)[0] <= start.end() else None


_ASKED_NOUN = re.compile(
    r"\b(?:what|which)"
    r"(?: (?:\w+ing|\w+al|\w+an|\w+ic|\w+ish|\w+ese|\w+ous|first|last|new|old|2|3))*"
    r" ([a-z]{3,})\b"
)


def asked_noun(text: str) -> str | None:
    """Return the thing a "which …" or "what …" in normal form asks for; None when it names none."""
    found = _ASKED_NOUN.search(text)
    return found[1] if found and found[1] not in _NO_THING else None


def count_cases(stems: Iterable[str]) -> tuple[Counter[str], Counter[str]]:
    """Return how often each word is written in lower case, and how often with a capital.

    Texts that do not begin with a capital are left out: their writers used none. First words
    are left out too.
    """
    lower: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for stem in stems:
        if not stem[:1].isupper():
            continue
        for word in _CASED_WORD.findall(stem)[1:]:
            (capital if word[0].isupper() else lower)[word.casefold()] += 1
    return lower, capital


def case_table(lower: Counter[str], capital: Counter[str]) -> CaseTable:
    """Return which words are usually in lower case, and which nearly always with a capital.

    Half is the line for lower case (gate.md §3, 4: "usually"); for capitals nine in ten of at
    least three, so that a word of ordinary text is not taken for a name.
    """
    return CaseTable(
        frozenset(word for word, n in lower.items() if n >= 2 and n >= capital[word]),
        frozenset(
            word
            for word, n in capital.items()
            if n >= 3 and n >= 9 * lower[word] and word not in NEVER_NAMES
        ),
    )
