"""Judge a number: exact decimals, units converted, currencies equal, bounds and ranges refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any

import regex

from store.scoring.cleaning import clean_answer
from store.scoring.dates import without_dates
from store.scoring.number_words import digits_for_words
from store.scoring.quantities import (
    COUNT,
    EXACT,
    Bound,
    FoundQuantity,
    Quantity,
    bound_named,
    find_quantities,
    unit_named,
)
from store.scoring.span import Reply
from store.scoring.units import Unit, converts, units_spelled
from store.scoring.verdict import Verdict

_LAST_EQUALS = regex.compile(r"^.*[=≈]", regex.DOTALL)
_NEGATION_BEFORE = regex.compile(
    r"(?i)(?:\bnot|n't|\bnever|\bnor|\bneither|\brather than|\binstead of)(?:\s+[\p{L}]+){0,2}\s*$"
)
_JOINED = regex.compile(r"(?i)^\s*(?:-|to|\.{2,3}|or|±|/|and/or)\s*(?:about\s*)?$")
_BETWEEN = regex.compile(r"(?i)\bbetween\s*$")
_BULLET = regex.compile(r"^-\s+\d")
_WORDS = regex.compile(r"\p{L}[\p{L}\d/]*|[%‰°]\p{L}?|\p{Sc}")
#: No tolerance or scale needs more; far beyond it decimals overflow.
_MOST_DIGITS = 40
#: Longest negation with two words between it and its number.
_NEGATION_WINDOW = 50


@dataclass(frozen=True)
class NumberKey:
    """What a number must be, in the question's own terms."""

    #: In units of `scale` times `unit`, as a bare reply would give it.
    value: Decimal
    scale: Decimal
    unit: Unit
    #: Whether a reply may leave the unit out.
    unit_stated: bool
    #: In the same terms as `value`.
    tolerance: Decimal
    bound: Bound | None

    @classmethod
    def of(cls, answer: str, spec: Mapping[str, Any], question: str) -> NumberKey | None:
        """Read a key; None when its answer holds no single number."""
        named, unit_scale = (
            unit_named(str(spec["unit"])) if spec.get("unit") else (None, Decimal(1))
        )
        text = digits_for_words(clean_answer(answer))
        found = list(find_quantities(text, named or COUNT))
        if len(found) != 1:
            return None
        quantity = found[0].quantity
        scale = EXACT.multiply(_decimal(spec.get("scale"), Decimal(1)), unit_scale)
        if quantity.scale != 1:
            scale = Decimal(1)
        unit = quantity.measure or named or COUNT
        stated = spec.get("unit_in_question")
        return cls(
            value=quantity.value,
            scale=scale,
            unit=unit,
            unit_stated=is_stated(unit, question) if stated is None else bool(stated),
            tolerance=abs(_decimal(spec.get("tol"), Decimal(0))),
            bound=bound_named(str(spec["bound"])) if spec.get("bound") else quantity.bound,
        )

    @property
    def needs_unit(self) -> bool:
        """Whether a reply without the unit is wrong."""
        return self.unit != COUNT and not self.unit_stated

    def accepts(self, given: Quantity, question: str) -> bool:
        """Whether a quantity is the key: unit, amount within tolerance, and bound."""
        if given.bound not in (None, self.bound):
            return False
        if given.measure is None:
            explicit = self.scale if given.scale != 1 else Decimal(1)
            return not self.needs_unit and self._near(given.value, explicit)
        if self.unit == COUNT:
            return is_stated(given.measure, question) and self._near(given.value, self.scale)
        if not converts(given.measure, self.unit):
            return False
        return self._near(given.amount, EXACT.multiply(self.scale, self.unit.factor))

    def _near(self, amount: Decimal, one: Decimal) -> bool:
        """Whether `amount` is the value within tolerance, both counted in `one`."""
        off = EXACT.subtract(amount, EXACT.multiply(self.value, one)).copy_abs()
        return off <= EXACT.multiply(self.tolerance, one)


def is_stated(unit: Unit, question: str) -> bool:
    """Whether a question names a unit in any spelling."""
    words = _WORDS.findall(clean_answer(question)) if question else []
    for size in (1, 2, 3):
        for start in range(len(words) - size + 1):
            phrase = " ".join(words[start : start + size])
            if any(known.symbol == unit.symbol for known in units_spelled(phrase)):
                return True
            if unit.dimension == Unit.named(phrase).dimension:
                return True
    return False


def grade_number(reply: Reply, expected: str, spec: Mapping[str, Any], question: str) -> Verdict:
    """Judge a number reply.

    The part after the last equals sign counts. Dates, negated numbers and numbers that stand in
    the question are passed over when exactly one other remains. A range or an alternative is
    wrong; several numbers of which none is the key are wrong, else unreadable.
    """
    key = NumberKey.of(expected, spec, question)
    if key is None:
        return "right" if reply.span.casefold() == clean_answer(expected).casefold() else "wrong"
    text = digits_for_words(without_dates(_LAST_EQUALS.sub("", reply.span)))
    if _BULLET.match(text):
        return "unreadable"
    found = list(find_quantities(text, key.unit))
    if not found:
        return "unreadable"
    if _is_range(text, found):
        return "wrong"
    affirmed = [one.quantity for one in found if not _is_negated(text, one)]
    if not affirmed:
        return "wrong"
    chosen = _only_one(affirmed, question)
    if chosen is None:
        return "unreadable" if any(key.accepts(one, question) for one in affirmed) else "wrong"
    return "right" if key.accepts(chosen, question) else "wrong"


def _only_one(given: Sequence[Quantity], question: str) -> Quantity | None:
    """Return the number a reply commits to, or None when there are several."""
    distinct = _distinct(given)
    if len(distinct) == 1:
        return distinct[0]
    asked = {
        one.quantity.value for one in find_quantities(digits_for_words(clean_answer(question)))
    }
    new = [one for one in distinct if one.value not in asked]
    return new[0] if len(new) == 1 else None


def _distinct(given: Sequence[Quantity]) -> list[Quantity]:
    """Drop restatements: "5 km (5000 m)" is one quantity, told twice."""
    kept: list[Quantity] = []
    for one in given:
        if not any(_restates(one, other) for other in kept):
            kept.append(one)
    return kept


def _restates(one: Quantity, other: Quantity) -> bool:
    """Whether two quantities are the same amount of the same thing with the same bound."""
    left = one.measure.dimension if one.measure else None
    right = other.measure.dimension if other.measure else None
    return (left, one.amount, one.bound) == (right, other.amount, other.bound)


def _is_range(text: str, found: Sequence[FoundQuantity]) -> bool:
    """Whether two numbers are the ends of a range or alternatives."""
    return any(
        _JOINED.match(text[left.end : right.start])
        or _BETWEEN.search(text[max(0, left.start - 12) : left.start])
        for left, right in pairwise(found)
    )


def _is_negated(text: str, one: FoundQuantity) -> bool:
    """Whether a number is said not to be the answer ("45, not 46")."""
    before = text[max(0, one.start - _NEGATION_WINDOW) : one.start]
    return one.quantity.bound is None and _NEGATION_BEFORE.search(before) is not None


def _decimal(value: object, default: Decimal) -> Decimal:
    """Return a spec's number, however it is written, or the default."""
    if value is None:
        return default
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return default
    is_usable = number.is_finite() and abs(number.adjusted()) <= _MOST_DIGITS
    return number if is_usable else default
