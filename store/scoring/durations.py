"""Lengths of time: to seconds, and months apart because a month has no fixed seconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any

import regex

from store.scoring.cleaning import clean_answer
from store.scoring.number_words import digits_for_words
from store.scoring.numbers import is_stated
from store.scoring.quantities import EXACT, Quantity, find_quantities, unit_named
from store.scoring.span import Reply
from store.scoring.units import Unit, units_spelled
from store.scoring.verdict import Verdict

_SECOND = units_spelled("second")[0]
_COUNT = r"(\d{1,9}(?:[.,]\d{1,9})?)"
_ISO = regex.compile(
    rf"(?i)P(?=[\dT])(?:{_COUNT}Y)?(?:{_COUNT}M)?(?:{_COUNT}W)?(?:{_COUNT}D)?"
    rf"(?:T(?=\d)(?:{_COUNT}H)?(?:{_COUNT}M)?(?:{_COUNT}S)?)?"
)
_ISO_MONTHS = (12, 1, 0, 0, 0, 0, 0)
_ISO_SECONDS = (0, 0, 604_800, 86_400, 3_600, 60, 1)
_CLOCK = regex.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d)")
_GLUED = regex.compile(r"(?<=\d\s?[dhmDHM])(?=\d)")
_INDEFINITE = regex.compile(
    r"(?i)\b(half\s+)?an?\s+(?=(?:second|minute|hour|day|week|month|year|decade|century)\b)"
)
_ADDS = regex.compile(r"(?i)\s*,?\s*(?:and)?\s*")
_NEGATION = regex.compile(r"(?i)\b(?:not|never)\b|n't")


@dataclass(frozen=True)
class Duration:
    """A length of time; "30 days" and "1 month" are not the same."""

    months: Decimal
    seconds: Decimal


def parse_duration(text: str, unit: str | None = None) -> Duration | None:
    """Read "2 h 30 min", "PT2H30M", "2:30:00" or "90 minutes", or return None.

    "2:30" is refused: it may be hours or minutes. `unit` is what a bare number counts.
    """
    bare = clean_answer(text).rstrip(".")
    iso = _ISO.fullmatch(bare)
    if iso:
        parts = [Decimal((part or "0").replace(",", ".")) for part in iso.groups()]
        return Duration(_sum(parts, _ISO_MONTHS), _sum(parts, _ISO_SECONDS))
    clock = _CLOCK.fullmatch(bare)
    if clock:
        parts = [Decimal(part) for part in clock.groups()]
        return Duration(Decimal(0), _sum(parts, (3_600, 60, 1)))
    bare = _INDEFINITE.sub(lambda found: "0.5 " if found[1] else "1 ", bare)
    words = _GLUED.sub(" ", digits_for_words(bare))
    found = list(find_quantities(words, _SECOND))
    if not found or any(one.quantity.bound for one in found):
        return None
    if not all(_ADDS.fullmatch(words[left.end : right.start]) for left, right in pairwise(found)):
        return None
    return _total([one.quantity for one in found], unit)


def grade_duration(reply: Reply, expected: str, spec: Mapping[str, Any], question: str) -> Verdict:
    """Judge a duration: equal in months and seconds; a bare number only if the unit was asked."""
    unit = str(spec["unit"]) if spec.get("unit") else None
    key = parse_duration(expected, unit)
    if key is None:
        return "right" if reply.span.casefold() == clean_answer(expected).casefold() else "wrong"
    stated = spec.get("unit_in_question")
    if unit is not None and stated is None:
        stated = is_stated(unit_named(unit, _SECOND)[0], question)
    given = parse_duration(reply.span, unit if stated else None)
    if given is not None:
        is_same = given == key and not _NEGATION.search(reply.span)
        return "right" if is_same else "wrong"
    parts = find_quantities(_GLUED.sub(" ", digits_for_words(reply.span)), _SECOND)
    times = [one for one in parts if one.quantity.measure is not None]
    return "wrong" if times else "unreadable"


def _total(parts: list[Quantity], unit: str | None) -> Duration | None:
    """Add the parts; None when one counts something else than time."""
    months = seconds = Decimal(0)
    for part in parts:
        measure: Unit | None = part.measure
        if measure is None and unit is not None and len(parts) == 1:
            measure = unit_named(unit, _SECOND)[0]
        if measure is None or measure.dimension not in ("time", "calendar"):
            return None
        amount = EXACT.multiply(part.value, measure.factor)
        if measure.dimension == "time":
            seconds = EXACT.add(seconds, amount)
        else:
            months = EXACT.add(months, amount)
    return Duration(months, seconds)


def _sum(parts: list[Decimal], weights: tuple[int, ...]) -> Decimal:
    """Return the weighted sum of `parts`."""
    total = Decimal(0)
    for part, weight in zip(parts, weights, strict=True):
        total = EXACT.add(total, EXACT.multiply(part, Decimal(weight)))
    return total
