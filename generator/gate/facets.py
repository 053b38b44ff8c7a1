"""What a question is about, fact by fact, and which facts two questions have exchanged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from generator.gate.normal import NormalQuestion
from generator.gate.opposites import opposite_words
from generator.gate.wording import (
    MONTHS,
    NEVER_NAMES,
    STOP_WORDS,
    WEEKDAYS,
    CaseTable,
    asked_kind,
    asked_noun,
)
from store.text import plain

#: Bumped when another set of facts is found or compared.
FACETS_VERSION = 1

_MONTH = re.compile(
    r"\b(january|february|april|june|july|august|september|october|november|december)\b"
    r"|\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|march|may)\.?(?= \d)"
    r"|(?<=\d )(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|march|may)\b"
    r"|\b(?:in|of|since|until|by|before|after|during|on|to|from|late|early|mid)[ -](march|may)\b"
    r"(?! (?:be|have|not|the|of)\b)"
)
_ISO_DATE = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_ORDINAL_WORDS = tuple(
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()
)
_ORDINALS = {word: str(value) for value, word in enumerate(_ORDINAL_WORDS, start=1)}
_ORDINAL = re.compile(rf"\b({'|'.join(_ORDINAL_WORDS)})\b(?! (?:that|if|of all)\b)")
#: "one" and "a second" are rarely counts.
_NO_COUNT = re.compile(
    r"\b(?:which|each|every|any|no|this|that|the|another) 1\b|\b1 (?:of|another)\b"
)

_NEGATIONS = frozenset(
    "not never neither nor without except cannot least false isn't aren't wasn't weren't don't "
    "doesn't didn't won't can't couldn't shouldn't wouldn't hasn't haven't hadn't".split()
)


#: Two words at least this alike are one word with a typo or another ending (rapidfuzz ratio).
#: Measured on the dev pairs: typos lie at 80 and above, exchanged names below.
TYPO_RATIO = 80.0

#: With more of its words in capitals than this, a text is a title: no names are to be seen.
TITLE_SHARE = 0.8

_JOINING = frozenset({"and", "or", "nor"})

_LETTERS = re.compile(r"[^\W\d_]+")
_WORD_OR_END = re.compile(r"[^\W_](?:[\w'&-]|\.(?=\w))*|[.?!:;\n|\"(\[]")
_ABBREVIATION = re.compile(
    r"[A-Z]|Mr|Mrs|Ms|Dr|St|Jr|Sr|Prof|Gen|Col|Capt|Lt|Rev|Hon|Gov|Sen|No|vs?|Mt|Ft|[A-Z]\.[\w.]*"
)


@dataclass(frozen=True)
class Facets:
    """The facts of one question that make it this one and no other.

    Attributes:
        numbers: How often each number is there; ordinals and number words count.
        months: Months, in full.
        weekdays: Days of the week.
        names: Words that are names.
        capitals: Words with a capital inside a sentence, names or not.
        words: How often each word and number of the normal form is there.
        sequence: The same words in their order.
        asked: The kind of answer wanted, where the wording is plain.
        asked_noun: The thing asked for, after "which" or "what".
    """

    numbers: Counter[str]
    months: Counter[str]
    weekdays: frozenset[str]
    names: frozenset[str]
    capitals: frozenset[str]
    words: Counter[str]
    sequence: tuple[str, ...]
    asked: str | None
    asked_noun: str | None


def facets_of(question: NormalQuestion, cases: CaseTable) -> Facets:
    """Return the facts of a question, as far as `cases` tells names from other words."""
    text = _ISO_DATE.sub(
        lambda found: f"{found[1]} {MONTHS[int(found[2]) - 1]} {int(found[3])}", question.text
    )
    counted = _ORDINAL.sub(lambda found: f" {_ORDINALS[found[1]]} ", text)
    words = Counter(question.words)
    capitals = tuple(_capitals(question.stem))
    if not any(letter.isupper() for letter in question.stem):
        capitals = tuple((word, True) for word in question.words if word in cases.capital)
    names = frozenset(word for word, sure in capitals if sure or word not in cases.lower)
    return Facets(
        numbers=Counter(
            _plain_number(number) for number in _NUMBER.findall(_NO_COUNT.sub(" ", counted))
        ),
        months=Counter(
            _full_month(next(group for group in found.groups() if group))
            for found in _MONTH.finditer(text)
        ),
        weekdays=frozenset(words) & WEEKDAYS,
        names=names,
        capitals=frozenset(word for word, _ in capitals),
        words=words,
        sequence=question.words,
        asked=asked_kind(question.part),
        asked_noun=asked_noun(question.part),
    )


def _full_month(written: str) -> str:
    return next(month for month in MONTHS if month.startswith(written[:3]))


def _plain_number(written: str) -> str:
    whole, dot, rest = written.partition(".")
    rest = rest.rstrip("0") if dot else ""
    return (whole.lstrip("0") or "0") + (f".{rest}" if rest else "")


def _capitals(stem: str) -> Iterable[tuple[str, bool]]:
    """Yield the words with a capital inside a sentence, folded, and whether they are surely names.

    Sure are capitals inside a word (OpenSSL, BBC) and words in a row of capitals (Red Bull).
    Text that is all capitals or in title case shows nothing by its capitals.
    """
    pieces = _WORD_OR_END.findall(plain(stem))
    words = [piece for piece in pieces if piece[0].isalpha()]
    if len(words) > 3 and sum(word[0].isupper() for word in words) > TITLE_SHARE * len(words):
        return
    raised = [
        piece[0].isupper()
        and not any(letter.isdigit() for letter in piece)
        and (index > 0 and not _ends_sentence(pieces, index - 1))
        for index, piece in enumerate(pieces)
    ]
    for index, piece in enumerate(pieces):
        if not raised[index]:
            continue
        in_row = raised[index - 1] or (index + 1 < len(pieces) and raised[index + 1])
        inner = any(letter.isupper() for letter in piece[1:])
        for word in _LETTERS.findall(piece.casefold().removesuffix("'s")):
            if len(word) > 2 and word not in NEVER_NAMES:
                yield word, in_row or inner


def _ends_sentence(pieces: list[str], index: int) -> bool:
    """Whether the piece at `index` ends a sentence, so that the next capital shows nothing."""
    piece = pieces[index]
    if piece == ".":
        return not (index and _ABBREVIATION.fullmatch(pieces[index - 1]))
    return not piece[0].isalnum() and piece not in '"(['


@dataclass(frozen=True)
class Comparison:
    """How the facts of two questions differ.

    Attributes:
        swapped: Kinds of fact where each side has what the other lacks.
        left: Content words only the first has; typos and inflections are not counted.
        right: Content words only the second has.
        reordered: Names, or words in each other's place, come in another order.
        other_thing: Each asks for a thing the other does not speak of.
    """

    swapped: tuple[str, ...]
    left: tuple[str, ...]
    right: tuple[str, ...]
    reordered: bool
    other_thing: bool


def compare(left: Facets, right: Facets, *, near_verbatim: bool) -> Comparison:
    """Return what two questions exchanged; symmetric up to the order of `left` and `right`.

    Args:
        left: Facts of one question.
        right: Facts of the other.
        near_verbatim: Whether the texts are almost the same words. Then a lone negation,
            an opposite and any capitalised word count; in a free rewording they may be
            another way to say the same.
    """
    gone, come = left.words - right.words, right.words - left.words
    only_left = _missing(gone, come, right.words)
    only_right = _missing(come, gone, left.words)
    swapped = []
    if _numbers_swapped(left.numbers, right.numbers, near_verbatim):
        swapped.append("numbers")
    if left.months - right.months and right.months - left.months:
        swapped.append("months")
    if left.weekdays - right.weekdays and right.weekdays - left.weekdays:
        swapped.append("weekdays")
    if _names_swapped(left, right, only_left, only_right, near_verbatim):
        swapped.append("names")
    if near_verbatim and opposite_words(gone, come):
        swapped.append("opposites")
    if near_verbatim and (
        _NEGATIONS.intersection(only_left) or _NEGATIONS.intersection(only_right)
    ):
        swapped.append("negation")
    if left.asked and right.asked and left.asked != right.asked:
        swapped.append("asked")
    content = STOP_WORDS.__contains__
    return Comparison(
        tuple(swapped),
        tuple(word for word in only_left if not content(word)),
        tuple(word for word in only_right if not content(word)),
        _reordered(left, right) or exchanged(left.sequence, right.sequence),
        bool(
            {left.asked_noun}.intersection(only_left)
            and {right.asked_noun}.intersection(only_right)
        ),
    )


def _reordered(left: Facets, right: Facets) -> bool:
    """Whether both name the same things as often, in another order."""
    names = left.names | right.names
    first = [word for word in left.sequence if word in names]
    second = [word for word in right.sequence if word in names]
    return first != second and Counter(first) == Counter(second)


def _numbers_swapped(left: Counter[str], right: Counter[str], near_verbatim: bool) -> bool:
    """Whether each side has a number the other lacks.

    In a rewording a 1 is no number: "an hour" is "1 hour", and "1 week" is "7 days".
    """
    gone, come = left - right, right - left
    if not near_verbatim:
        del gone["1"], come["1"]
    return bool(gone and come)


def _names_swapped(
    left: Facets,
    right: Facets,
    only_left: Collection[str],
    only_right: Collection[str],
    near_verbatim: bool,
) -> bool:
    if near_verbatim:
        return bool(
            left.capitals.intersection(only_left) and right.capitals.intersection(only_right)
        )
    return bool(left.names.intersection(only_left) and right.names.intersection(only_right))


def exchanged(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether two content words changed places: who did what to whom.

    Moving a clause is not an exchange; neither is turning round "A and B" or two neighbours.
    """
    slots = [
        (left[op.src_start : op.src_end], right[op.dest_start : op.dest_end], op.src_start)
        for op in Levenshtein.opcodes(left, right)
        if op.tag == "replace"
    ]
    for first, (gone, come, start) in enumerate(slots):
        for back_gone, back_come, back_start in slots[first + 1 :]:
            there = (set(gone) & set(back_come)) - set(come) - STOP_WORDS
            back = (set(come) & set(back_gone)) - set(gone) - STOP_WORDS
            between = set(left[start + len(gone) : back_start])
            if there and back and not between <= _JOINING:
                return True
    return False


def _missing(
    gone: Collection[str], come: Collection[str], all_other: Collection[str]
) -> tuple[str, ...]:
    """Return the words gone that did not come back in another spelling."""
    others = frozenset(come) | frozenset(all_other) if len(gone) < 40 else frozenset(come)
    return tuple(sorted(word for word in gone if not _spelled_nearly(word, others - {word})))


@cache
def _stem(word: str) -> str:
    for ending in ("ing", "ied", "ies", "ed", "es", "s", "'s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            return word[: -len(ending)]
    return word


def _spelled_nearly(word: str, among: frozenset[str]) -> bool:
    if word[0].isdigit():
        return False
    return any(
        _stem(word) == _stem(other)
        or (
            len(word) > 3
            and abs(len(word) - len(other)) < 3
            and fuzz.ratio(word, other) >= TYPO_RATIO
        )
        for other in among
    )
