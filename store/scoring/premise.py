"""Judge an item whose question rests on something untrue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import regex

from store.records import FALSE_PREMISE
from store.scoring.abstention import abstains
from store.scoring.dates import PartialDate, find_dates, parse_date
from store.scoring.span import Reply
from store.scoring.text_answers import ARTICLES, content_words, equals_any
from store.scoring.verdict import Verdict

_NEGATION = regex.compile(
    r"(?i)\b(?:not|never|no|nor|neither|cannot|without|false|incorrect|wrong|untrue|mistaken)\b|n't\b"
)
_PREMISE = regex.compile(
    r"(?i)^[\"'(]*(?:(?:the|this|that|it|question|answer|there|has|have|is|was|rests|relies|based|on|"
    r"contains|assumes|makes|a|an)\s+){0,10}false premise\b"
)
_HEDGE = regex.compile(r"(?i)\b(?:or|maybe|perhaps|possibly|probably|if)\b")
_CLAUSE_END = regex.compile(
    r"(?i)[;:,()]\s+|[.!?](?:\s+|$)|\s-+\s|\s(?=(?:but|rather|however|instead|although|though)\b)"
)
#: A list goes on under the negation before it: "not in Quito, nor Lima", "…, or Lima".
_CONTINUES = regex.compile(r"(?i)^(?:or|nor)\b")


def grade_premise(reply: Reply, expected: str, spec: Mapping[str, Any]) -> Verdict:
    """Judge a reply to a false premise.

    Right is the protocol's FALSE PREMISE, or a denial in one clause with a listed correction
    that is not denied in another. A denial alone is wrong, a plain abstention is `abstained`.
    """
    span = reply.span
    if equals_any(span, [FALSE_PREMISE, expected]):
        return "right"
    if abstains(span):
        return "abstained"
    first = _CLAUSE_END.split(span)[0] if span else ""
    if _PREMISE.match(first):
        return "wrong" if _HEDGE.search(span) else "right"
    return "right" if _corrects(span, _corrections(spec)) else "wrong"


def _corrections(spec: Mapping[str, Any]) -> list[str]:
    """Return a key's corrections; a single one may stand without its list."""
    listed = spec.get("correction") or []
    return [str(one) for one in ([listed] if isinstance(listed, str) else listed)]


def _corrects(span: str, corrections: Sequence[str]) -> bool:
    """Whether one clause denies and another gives a correction without denying it."""
    denied: list[bool] = []
    gives: list[bool] = []
    for clause in filter(None, map(str.strip, _CLAUSE_END.split(span))):
        continues = bool(denied) and denied[-1] and _CONTINUES.match(clause) is not None
        rest = _without_corrections(clause, corrections)
        denied.append(
            continues
            or _NEGATION.search(" ".join(rest or [])) is not None
            or (rest is None and _NEGATION.search(clause) is not None)
        )
        gives.append(rest is not None and not denied[-1])
    return any(denied) and any(gives)


def _without_corrections(clause: str, corrections: Sequence[str]) -> list[str] | None:
    """Return the clause's words without the first correction found in it, None without one."""
    words = [word for word in content_words(clause) if word not in ARTICLES]
    for correction in corrections:
        wanted = [word for word in content_words(correction) if word not in ARTICLES]
        for start in range(len(words) - len(wanted) + 1 if wanted else 0):
            if words[start : start + len(wanted)] == wanted:
                return words[:start] + words[start + len(wanted) :]
        day = parse_date(correction)
        if day is not None and any(_is_same_day(found.date, day) for found in find_dates(clause)):
            return words
    return None


def _is_same_day(given: PartialDate | None, wanted: PartialDate) -> bool:
    """Whether a date in a clause is the correction; the clause may leave the year out."""
    if given is None or (given.month, given.day) != (wanted.month, wanted.day):
        return False
    return given.year in (None, wanted.year)
