"""Judge several answers at once: a set in any order, or a sequence in its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import regex

from store.scoring.cleaning import clean_answer
from store.scoring.dates import grade_date
from store.scoring.numbers import grade_number
from store.scoring.span import LONGEST_SPAN, Reply
from store.scoring.text_answers import ARTICLES, COMPANY_SUFFIXES, HONORIFICS, content_words
from store.scoring.verdict import Verdict

_SEPARATORS = (
    ARTICLES
    | COMPANY_SUFFIXES
    | HONORIFICS
    | frozenset(
        "and & then both finally first firstly second secondly third thirdly next last lastly "
        "followed by after that + /".split()
    )
)
_HARD_BREAK = regex.compile(r"\s*(?:;|\n|->|→|=>)\s*")
_SOFT_BREAK = regex.compile(r"\s*(?:,(?!\s*\d{4}\b)(?!\d{3})|\band\b|\bthen\b|&|\s>\s)\s*")
_LIST_MARK = regex.compile(r"(?m)^[^\S\n]*(?:[-*•+]|\(?\d{1,2}[.)])[^\S\n]+")


def items_of(expected: str, spec: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a key's items: `items` of its spec, else its answer split at `;`, `->` or commas."""
    listed = spec.get("items")
    if isinstance(listed, Sequence) and not isinstance(listed, str) and listed:
        return tuple(str(item) for item in listed)
    return tuple(_pieces(clean_answer(expected)))


def grade_set(reply: Reply, expected: str, spec: Mapping[str, Any], question: str) -> Verdict:
    """Judge a set: every item and nothing else; order and repetition do not matter."""
    items = items_of(expected, spec)
    found = _found(_list_text(reply), items, spec, question)
    return "right" if found is not None and set(found) == set(range(len(items))) else "wrong"


def grade_order(reply: Reply, expected: str, spec: Mapping[str, Any], question: str) -> Verdict:
    """Judge a sequence: the same items in the same order."""
    items = items_of(expected, spec)
    found = _found(_list_text(reply), items, spec, question)
    return "right" if found == list(range(len(items))) else "wrong"


def item_f1(reply: Reply, expected: str, spec: Mapping[str, Any], question: str = "") -> float:
    """Return the F1 of the items a reply names, 0 to 1: reported beside the score, never as it."""
    items = items_of(expected, spec)
    pieces = _pieces(_list_text(reply))
    hits = {index for piece in pieces for index in _found(piece, items, spec, question) or []}
    misses = sum(not _found(piece, items, spec, question) for piece in pieces)
    total = len(items) + len(hits) + misses
    return 2 * len(hits) / total if total else 0.0


def _list_text(reply: Reply) -> str:
    """Return the text that lists the items: the answer line, or the lines of a list below it."""
    lines = reply.paragraph().split("\n") if reply.is_marked else []
    listed = [line for line in lines if line.strip()]
    is_list = len(listed) > 1 and all(_LIST_MARK.match(line) for line in listed)
    text = "\n".join(listed) if is_list else reply.span
    text = _LIST_MARK.sub("", text[:LONGEST_SPAN]) if is_list else text[:LONGEST_SPAN]
    return "\n".join(clean_answer(line) for line in text.split("\n"))


def _found(
    text: str, items: Sequence[str], spec: Mapping[str, Any], question: str
) -> list[int] | None:
    """Return the indices of the items that `text` names, in order; None when more is there."""
    kind: Literal["text", "date", "number"] = spec.get("of", "text")
    if kind in ("date", "number"):
        return _found_values(text, items, kind, question)
    return _found_names(text, items)


def _found_values(
    text: str, items: Sequence[str], kind: Literal["date", "number"], question: str
) -> list[int] | None:
    """Match dates or numbers piece by piece, with the rules of their kind."""
    grade = grade_date if kind == "date" else grade_number
    found: list[int] = []
    for piece in _pieces(text):
        reply = Reply(span=piece, tail=piece, is_marked=False, raw=piece)
        hits = [n for n, item in enumerate(items) if grade(reply, item, {}, question) == "right"]
        if len(hits) != 1:
            return None
        found += hits
    return found


def _found_names(text: str, items: Sequence[str]) -> list[int] | None:
    """Match names longest first on whole words; what remains must be separators."""
    words: list[str | int] = list(content_words(text))
    forms = [(_item_words(item), index) for index, item in enumerate(items)]
    for form, index in sorted(forms, key=lambda form: (-len(form[0]), form[1])):
        words = _with_item(words, form, index)
    if any(isinstance(word, str) and word not in _SEPARATORS for word in words):
        return None
    return [word for word in words if isinstance(word, int)]


def _with_item(words: list[str | int], form: list[str], index: int) -> list[str | int]:
    """Replace every run of `form` in `words` by the item's index."""
    replaced: list[str | int] = []
    place = 0
    while place < len(words):
        if form and words[place : place + len(form)] == form:
            replaced.append(index)
            place += len(form)
        else:
            replaced.append(words[place])
            place += 1
    return replaced


def _item_words(item: str) -> list[str]:
    """Return an item's words without what separators may hide: article, title, company suffix."""
    words = content_words(clean_answer(item))
    while len(words) > 1 and words[0] in ARTICLES | HONORIFICS:
        words = words[1:]
    while len(words) > 1 and words[-1] in COMPANY_SUFFIXES:
        words = words[:-1]
    return words


def _pieces(text: str) -> list[str]:
    """Split a list at semicolons, arrows and line ends; without any, at commas and "and"."""
    hard = _HARD_BREAK.split(text)
    pieces = (
        hard if len([piece for piece in hard if piece.strip()]) > 1 else _SOFT_BREAK.split(text)
    )
    return [piece.strip() for piece in pieces if piece.strip(" .")]
