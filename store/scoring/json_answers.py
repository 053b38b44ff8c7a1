"""Judge a table or list given as JSON: strict to parse, cells compared by their kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import regex

from store.scoring.dates import parse_date
from store.scoring.span import Reply
from store.scoring.text_answers import text_form
from store.scoring.verdict import Verdict

#: A JSON value with exact numbers; Any because the type is recursive.
Json: TypeAlias = Any

#: Deeper nesting is no answer, and would exhaust Python's recursion.
_DEEPEST = 40
_FENCE = "```"
_FENCE_TAG = regex.compile(r"^[A-Za-z0-9]{0,12}[^\S\n]*\n?")
_BRACKETS = regex.compile(r"[\[\]{}]")
_ISO_DAY = regex.compile(r"\d{4}-\d{2}-\d{2}")


class _NotStrict(ValueError):
    """The text is no strict JSON."""


def grade_json(reply: Reply, expected: str) -> Verdict:
    """Judge JSON: right when every cell is; text that is not strict JSON is unreadable.

    Read is what follows `Answer:` if that is JSON, else the last fenced block, else the reply.
    """
    given = _given(reply)
    if given is None:
        return "unreadable"
    key = parse_json(expected)
    return "right" if key is not None and _is_equal(given[0], key[0]) else "wrong"


def cell_f1(reply: Reply, expected: str) -> float:
    """Return the F1 of a reply's cells by path, 0 to 1: reported beside the score, never as it."""
    given, key = _given(reply), parse_json(expected)
    if given is None or key is None:
        return 0.0
    left, right = dict(_cells(given[0], ())), dict(_cells(key[0], ()))
    hits = sum(path in left and _is_equal(left[path], cell) for path, cell in right.items())
    return 2 * hits / (len(left) + len(right)) if left or right else 1.0


def parse_json(text: str) -> tuple[Json] | None:
    """Return the value of a strict JSON text in a 1-tuple (it may be null), else None.

    NaN, repeated keys and nesting past 40 are refused; numbers are decimals.
    """
    if _is_too_deep(text):
        return None
    try:
        value = json.loads(
            text,
            parse_float=_number,
            parse_int=_number,
            parse_constant=_refuse,
            object_pairs_hook=_object,
        )
    except (ValueError, ArithmeticError):
        return None
    return (value,)


def _given(reply: Reply) -> tuple[Json] | None:
    """Return the first text that parses of those where the answer may stand."""
    for text in _places(reply):
        read = parse_json(text.strip().strip("`")) if text.strip() else None
        if read is not None:
            return read
    return None


def _places(reply: Reply) -> Iterator[str]:
    """Yield what follows the mark, then the last fenced block, else an unmarked reply itself."""
    if reply.is_marked:
        yield _unfenced(reply.tail)
        yield reply.tail.strip().partition("\n")[0]
    if reply.is_marked and _FENCE not in reply.raw:
        return
    whole = reply.whole
    fence = _last_fence(whole)
    if fence is not None:
        yield fence
    elif not reply.is_marked:
        yield whole


def _last_fence(text: str) -> str | None:
    """Return the inside of the last closed fenced block."""
    end = text.rfind(_FENCE)
    start = text.rfind(_FENCE, 0, end) if end > 0 else -1
    return _FENCE_TAG.sub("", text[start + len(_FENCE) : end], count=1) if start >= 0 else None


def _unfenced(text: str) -> str:
    """Return what a fence right after the mark holds, else the text itself."""
    text = text.strip()
    if not text.startswith(_FENCE):
        return text
    end = text.find(_FENCE, len(_FENCE))
    inside = text[len(_FENCE) : end if end >= 0 else len(text)]
    return _FENCE_TAG.sub("", inside, count=1)


def _is_too_deep(text: str) -> bool:
    """Whether brackets, those in strings included, nest deeper than an answer does."""
    depth = 0
    for bracket in _BRACKETS.finditer(text):
        depth += 1 if bracket.group() in "[{" else -1
        if depth > _DEEPEST:
            return True
    return False


def _number(text: str) -> Decimal:
    """Return an exact number; forty digits are more than any answer has."""
    if len(text) > 40:
        raise _NotStrict(text[:40])
    return Decimal(text)


def _refuse(name: str) -> Json:
    """Refuse NaN and the infinities, which JSON does not have."""
    raise _NotStrict(name)


def _object(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return an object whose keys are told once each."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise _NotStrict("a key is repeated")
    return table


def _is_equal(given: Json, key: Json) -> bool:
    """Compare by the kind of the key's cell; lists in order, objects by key."""
    if isinstance(key, Mapping):
        return (
            isinstance(given, Mapping)
            and given.keys() == key.keys()
            and all(_is_equal(given[name], cell) for name, cell in key.items())
        )
    if isinstance(key, list):
        return (
            isinstance(given, list)
            and len(given) == len(key)
            and all(_is_equal(one, cell) for one, cell in zip(given, key, strict=True))
        )
    if isinstance(key, str):
        return isinstance(given, str) and _is_same_string(given, key)
    return type(given) is type(key) and bool(given == key)


def _is_same_string(given: str, key: str) -> bool:
    """Compare dates as dates, other strings by the text rules."""
    if _ISO_DAY.fullmatch(key):
        return parse_date(given) == parse_date(key)
    return text_form(given) == text_form(key)


def _cells(
    value: Json, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Json]]:
    """Yield every cell with its path."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _cells(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _cells(inner, (*path, place))
    else:
        yield path, value
