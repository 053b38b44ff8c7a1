"""What a question is about, fact by fact, and which facts two questions have exchanged."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

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
FACETS_VERSION = 2

_MONTH = re.compile(
    r"\b(january|february|april|june|july|august|september|october|november|december)\b"
    r"|\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|march|may)\.?(?= \d)"
    r"|(?<=\d )(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|march|may)\b"
    r"|\b(?:in|of|since|until|by|before|after|during|on|to|from|late|early|mid)[ -](march|may)\b"
    r"(?! (?:be|have|not|the|of)\b)"
)
_ISO_DATE = re.compile(r"\b(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
#: "23 786", "20.000" and "1,5": figures as other languages write them.
_GROUPS = re.compile(r"(?<![\d.,])\d{1,3}(?:[ .,'\u00a0\u202f]\d{3})+(?!\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2})(?!\d)")
_LARGEST_COMMON = 31
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
#: "In Brell in 1947" says what "in 1947 in Brell" says.
_PLACING = frozenset({"in", "on", "at", "from", "by", "with"})
_NAME = r"[^\W\d_a-z][\w.'-]*(?: [^\W\d_a-z][\w.'-]*){0,3}"
#: Names in a list: "Ada Brell, Tarn and Lull". Their order says nothing. Thirteen at most, so
#: that no text takes time as the square of its length.
_LIST = re.compile(rf"{_NAME}(?:\s?, {_NAME}){{1,11}}\s?,? (?:and|or) {_NAME}")
_BETWEEN = re.compile(r"\s?, (?:and |or )?| (?:and|or) ")

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
        sequence: The same words in their order, that of lists of names aside.
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
    sequence = NormalQuestion(_in_one_order(question.stem), (), question.code).words
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
        sequence=sequence,
        asked=asked_kind(question.part),
        asked_noun=asked_noun(question.part),
    )


def _in_one_order(stem: str) -> str:
    """Return a text with the names of each list in the order of the alphabet."""

    def ordered(found: re.Match[str]) -> str:
        return ", ".join(sorted(_BETWEEN.split(found.group())))

    return _LIST.sub(ordered, stem)


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


Facet = Literal["numbers", "months", "weekdays", "names", "opposites", "negation", "asked"]


@dataclass(frozen=True)
class Swap:
    """One kind of fact where each side has what the other lacks, with an example of each."""

    kind: Facet
    left: str
    right: str


@dataclass(frozen=True)
class Comparison:
    """How the facts of two questions differ.

    Attributes:
        swaps: Facts exchanged, a kind each.
        left: Content words only the first has; typos and inflections are not counted.
        right: Content words only the second has.
        reordered: Words stand in each other's place, or in more than one other place.
        other_thing: Each asks for a thing the other does not speak of.
    """

    swaps: tuple[Swap, ...]
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
    swaps = [
        *_numbers_swapped(left.numbers, right.numbers, near_verbatim),
        *_swap("months", left.months - right.months, right.months - left.months),
        *_swap("weekdays", left.weekdays - right.weekdays, right.weekdays - left.weekdays),
        *_names_swapped(left, right, only_left, only_right, near_verbatim),
    ]
    if near_verbatim:
        swaps += [Swap("opposites", *pair) for pair in opposite_words(gone, come)[:1]]
        swaps += _negated(only_left, only_right)
    if left.asked and right.asked and left.asked != right.asked:
        swaps.append(Swap("asked", f"a {left.asked}", f"a {right.asked}"))
    content = STOP_WORDS.__contains__
    return Comparison(
        tuple(swaps),
        tuple(word for word in only_left if not content(word)),
        tuple(word for word in only_right if not content(word)),
        exchanged(left.sequence, right.sequence) or scattered(left.sequence, right.sequence),
        bool(
            {left.asked_noun}.intersection(only_left)
            and {right.asked_noun}.intersection(only_right)
        ),
    )


def _swap(kind: Facet, left: Iterable[str], right: Iterable[str]) -> list[Swap]:
    """Return the exchange when each side has something the other lacks."""
    mine, theirs = sorted(left), sorted(right)
    return [Swap(kind, mine[0], theirs[0])] if mine and theirs else []


def _numbers_swapped(left: Counter[str], right: Counter[str], near_verbatim: bool) -> list[Swap]:
    """Return the exchange of numbers, if there is one.

    In a rewording a 1 is no number: "an hour" is "1 hour", and "1 week" is "7 days".
    """
    gone, come = left - right, right - left
    if not near_verbatim:
        del gone["1"], come["1"]
    return _swap("numbers", gone, come)


def _names_swapped(
    left: Facets,
    right: Facets,
    only_left: Collection[str],
    only_right: Collection[str],
    near_verbatim: bool,
) -> list[Swap]:
    mine, theirs = (left.capitals, right.capitals) if near_verbatim else (left.names, right.names)
    return _swap("names", mine.intersection(only_left), theirs.intersection(only_right))


def _negated(only_left: Collection[str], only_right: Collection[str]) -> list[Swap]:
    mine, theirs = _NEGATIONS.intersection(only_left), _NEGATIONS.intersection(only_right)
    if not mine and not theirs:
        return []
    return [Swap("negation", min(mine, default="nothing"), min(theirs, default="nothing"))]


def numbers_across(left: str, right: str) -> Swap | None:
    """Return the numbers that two texts in different languages exchanged, or None.

    Only figures are compared, and of those only what no language writes as a word, a month or an
    hour: above 31, or with decimals.
    """
    mine, theirs = _figures(left), _figures(right)
    found = _swap("numbers", mine - theirs, theirs - mine)
    return found[0] if found else None


def _figures(text: str) -> set[str]:
    joined = _GROUPS.sub(lambda found: re.sub(r"\D", "", found[0]), text)
    plain = (_plain_number(one) for one in _NUMBER.findall(_DECIMAL_COMMA.sub(r"\1.\2", joined)))
    return {number for number in plain if "." in number or int(number) > _LARGEST_COMMON}


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
            between = left[start + len(gone) : back_start]
            if there and back and not _are_neighbours(left[max(0, start - 1) : start], between):
                return True
    return False


def scattered(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether more of the common content words stand elsewhere than one clause that was moved.

    Cut into runs that both texts share, a moved clause leaves three of them at most, and never
    all three turned round: "Tarn beat Lull" and "Lull beat Tarn".
    """
    first, second = (
        [_stem(word) for word in side if word not in STOP_WORDS] for side in (left, right)
    )
    n_first, n_second = Counter(first), Counter(second)
    place = {word: at for at, word in enumerate(first) if n_first[word] == n_second[word] == 1}
    rank = {word: number for number, word in enumerate(sorted(place, key=place.__getitem__))}
    order = [rank[word] for word in second if word in rank]
    runs = [at for number, at in enumerate(order) if not number or at != order[number - 1] + 1]
    return len(runs) > 3 or (len(runs) == 3 and runs == sorted(runs, reverse=True))


def _are_neighbours(before: Sequence[str], between: Sequence[str]) -> bool:
    """Whether two words that changed places stand side by side: "A and B", "in A in B"."""
    if set(between) <= _JOINING:
        return True
    return tuple(before) == tuple(between) and set(between) <= _PLACING


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
