"""Read numbers with their unit, currency, scale and bound out of text; exact decimals only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Context, Decimal
from typing import Literal

import regex

from store.scoring.cleaning import clean_answer
from store.scoring.number_words import digits_for_words
from store.scoring.units import MONEY_PREFIXES, Unit, converts, scale_spelled, units_spelled

Bound = Literal["over", "at least", "under", "at most", "nearly"]

#: Sixty digits hold every number read here (40 digits at most) times every factor exactly.
EXACT = Context(prec=60)
#: The unit of a bare number.
COUNT = Unit("", "count")

_BOUNDS: tuple[tuple[Bound, str], ...] = (
    (
        "at least",
        r"at least|no(?:t)? (?:fewer|less) than|a minimum of|minimum of|≥|>=|from at least",
    ),
    ("at most", r"at most|no(?:t)? more than|up to|a maximum of|maximum of|as many as|≤|<="),
    (
        "over",
        r"(?:just |well |slightly )?(?:over|above)|more than|greater than|upwards of"
        r"|exceed(?:s|ed|ing)?|in excess of|>",
    ),
    ("under", r"(?:just |well |slightly )?(?:under|below)|less than|fewer than|<"),
    ("nearly", r"nearly|almost|close to|approaching|not quite"),
)
_BOUND_BEFORE = regex.compile(
    "(?i)(?:"
    + "|".join(rf"(?P<b{n}>(?<!\p{{L}})(?:{words}))" for n, (_, words) in enumerate(_BOUNDS))
    + r")\s*(?:(?:about|around|a|an|some|the|roughly)\s+)?$"
)
_BOUND_AFTER = regex.compile(
    r"(?i)^\s*(?P<least>\+|or (?:more|over|above|greater)\b|at least\b|and (?:more|over|above)\b|"
    r"plus\b)|^\s*(?P<most>or (?:less|fewer|under|below)\b|at most\b)"
)
#: The longest bound with its filler has 30 characters.
_BOUND_WINDOW = 40

_CURRENCY = "|".join(regex.escape(prefix) for prefix in MONEY_PREFIXES)
_NUMBER = regex.compile(
    rf"""
    (?<![\p{{L}}\p{{N}}_]) (?<!\d[.,'/]) (?<!\p{{L}}-)
    (?P<sign>(?<![\d)%]\s?)[-+])?
    (?:(?P<currency>{_CURRENCY})\s?)?
    (?P<late_sign>-(?=\d))?
    (?:
      (?P<mixed>\d{{1,6}}\ (?=\d{{1,4}}/\d))?
      (?P<over>\d{{1,9}})\s?/\s?(?P<below>(?=0*[1-9])\d{{1,9}})
    | (?P<comma>\d{{1,3}}(?:,\d{{3}}){{1,12}}(?:\.\d{{1,20}})?)
    | (?P<indian>\d{{1,2}}(?:,\d\d){{1,12}},\d{{3}}(?:\.\d{{1,20}})?)
    | (?P<spaced>\d{{1,3}}(?:(?P<gap>[ '_])\d{{3}})(?:(?P=gap)\d{{3}}){{0,11}}(?:[.,]\d{{1,20}})?)
    | (?P<dotted>\d{{1,3}}(?:\.\d{{3}}){{2,12}}(?:,\d{{1,20}})?|\d{{1,3}}(?:\.\d{{3}}),\d{{1,2}})
    | (?P<decimal_comma>\d{{1,20}},\d{{1,2}})
    | (?P<simple>\d{{1,40}}(?:\.\d{{1,20}})?|\.\d{{1,20}})
    )
    (?!\d) (?![.,'/]\d)
    (?:[eE](?P<exponent>[-+]?\d{{1,3}})(?!\d)
      |\s?[x×*]\s?10\s?\^\s?[({{]?(?P<power>[-+]?\d{{1,3}})[)}}]?(?!\d)
      |(?P<raised>\^\d))?
    """,
    regex.VERBOSE,
)
_WORD = regex.compile(
    r"[\s-]?(\p{L}[\p{L}\p{M}\d/^]*(?:\.\p{L}+)*\$?\.?|[%°‰¢][\p{L}]?(?:-point)?|\p{Sc})"
)
_ORDINAL = regex.compile(r"(?i)(?:st|nd|rd|th)(?![\p{L}\p{N}])")
#: The longest unit in the table has three words.
_UNIT_WORDS = 3


@dataclass(frozen=True)
class Quantity:
    """A number and what it counts."""

    #: As written, scale words multiplied in: "1.2bn" is 1200000000.
    value: Decimal
    #: What it counts; None for a bare number.
    measure: Unit | None = None
    bound: Bound | None = None
    #: The factor of the scale word that was written ("bn": 10^9), 1 when none was.
    scale: Decimal = Decimal(1)

    @property
    def unit(self) -> str | None:
        """Symbol of a unit that is no currency: "km", "%", "pp"."""
        return None if self.measure is None or self.measure.is_money else self.measure.symbol

    @property
    def currency(self) -> str | None:
        """ISO code of the currency, or the sign when several share it ("$", "¥")."""
        money = self.measure is not None and self.measure.is_money
        return self.measure.dimension.removeprefix("money:") if money and self.measure else None

    @property
    def percent(self) -> bool:
        """Whether this is a percentage; percentage points are not."""
        return self.measure is not None and self.measure.symbol == "%"

    @property
    def amount(self) -> Decimal:
        """The value in the base unit of its dimension: 5 km is 5000."""
        return EXACT.multiply(self.value, self.measure.factor if self.measure else Decimal(1))


@dataclass(frozen=True)
class FoundQuantity:
    """A quantity and where it stands in the text it was found in."""

    quantity: Quantity
    start: int
    end: int
    #: Whether a unit's spelling has several meanings here ("m", "pounds").
    ambiguous: bool = False


def find_quantities(text: str, like: Unit | None = None) -> Iterator[FoundQuantity]:
    """Yield the numbers of a clean text in order, with unit, scale and bound.

    Digits inside words, versions, dates with slashes and powers are no numbers. Number words
    are read only after `digits_for_words`.

    Args:
        text: Cleaned text (`cleaning.clean_characters`); offsets are into it.
        like: The unit expected, `COUNT` for a bare number; it decides what "m" or "pounds"
            mean. Without it such a spelling is `ambiguous`.
    """
    for match in _NUMBER.finditer(text):
        if match["raised"]:
            continue
        tail = _read_tail(text, match.end(), match["currency"], like)
        if tail is None:
            continue
        scale, measure, end, ambiguous = tail
        value = EXACT.multiply(_value(match), scale)
        before = text[max(0, match.start() - _BOUND_WINDOW) : match.start()]
        bound = _bound(before, text[end : end + _BOUND_WINDOW])
        quantity = Quantity(value, measure, bound, scale)
        yield FoundQuantity(quantity, match.start(), end, ambiguous)


def parse_number(text: str, like: Unit | None = None) -> Quantity | None:
    """Read a text that holds exactly one number, or return None.

    Words beside the number ("about", "passengers") do not matter; a second number, a range or
    a unit with two meanings does. `like` is the unit expected, see `find_quantities`.

    >>> parse_number("$1.2bn").value
    Decimal('1200000000.0')
    """
    found = list(find_quantities(digits_for_words(clean_answer(text)), like))
    if len(found) != 1 or found[0].ambiguous:
        return None
    return found[0].quantity


def unit_named(name: str, like: Unit | None = None) -> tuple[Unit, Decimal]:
    """Return the unit and scale a key's `unit` names; an unknown name is a unit of its own.

    >>> unit_named("million EUR")[1]
    Decimal('1000000')
    """
    exact = units_spelled(name)
    if exact:
        return _chosen(exact, like) or exact[0], Decimal(1)
    read = parse_number(f"1 {name}", like)
    if read is not None and read.measure is not None:
        return read.measure, read.scale
    return Unit.named(name), Decimal(1)


def bound_named(name: str) -> Bound | None:
    """Return the bound a key's `bound` names: "at least", ">=", "more than" and so on."""
    return _bound(name.replace("_", " "), "")


def _value(match: regex.Match[str]) -> Decimal:
    """Return the signed number of a match, power of ten included."""
    if match["over"]:
        value = EXACT.divide(Decimal(match["over"]), Decimal(match["below"]))
        value = EXACT.add(value, Decimal((match["mixed"] or "0").strip()))
    else:
        value = Decimal(_plain_digits(match))
    if "-" in (match["sign"], match["late_sign"]):
        value = -value
    return EXACT.scaleb(value, int(match["exponent"] or match["power"] or 0))


def _plain_digits(match: regex.Match[str]) -> str:
    """Return a match's digits with a decimal point and no grouping."""
    if match["dotted"]:
        return match["dotted"].replace(".", "").replace(",", ".")
    if match["decimal_comma"]:
        return match["decimal_comma"].replace(",", ".")
    if match["spaced"]:
        return match["spaced"].replace(match["gap"], "").replace(",", ".")
    return (match["comma"] or match["indian"] or match["simple"]).replace(",", "")


def _read_tail(
    text: str, place: int, currency: str | None, like: Unit | None
) -> tuple[Decimal, Unit | None, int, bool] | None:
    """Read scale and unit after a number; None when its letters make it part of a word."""
    prefix = _chosen(units_spelled(currency), like) if currency else None
    ordinal = _ORDINAL.match(text, place)
    if ordinal:
        return Decimal(1), prefix, ordinal.end(), False
    words = _words_after(text, place)
    glued = place < len(text) and text[place].isalpha()
    units, end = _unit_at(words, like)
    scale = scale_spelled(words[0][0]) if words else None
    if scale is not None:
        later, later_end = _unit_at(words[1:], like)
        expected = like is not None and not any(converts(unit, like) for unit in units)
        if prefix or later or not units or expected:
            measure = prefix or _chosen(later, like)
            return (
                scale,
                measure,
                later_end or words[0][1],
                prefix is None and _unclear(later, like),
            )
    if units:
        several = _unclear(units, like) or (scale is not None and like is None)
        return Decimal(1), prefix or _chosen(units, like), end, prefix is None and several
    return None if glued else (Decimal(1), prefix, place, False)


def _words_after(text: str, place: int) -> list[tuple[str, int]]:
    """Return up to four words that follow directly, each with where it ends."""
    words: list[tuple[str, int]] = []
    while len(words) <= _UNIT_WORDS and (word := _WORD.match(text, place)):
        words.append((word[1], word.end()))
        place = word.end()
    return words


def _unit_at(words: list[tuple[str, int]], like: Unit | None) -> tuple[tuple[Unit, ...], int]:
    """Return the units that the longest known run of first words may mean, and its end.

    A noun that is the expected unit ("voters") is known too.
    """
    for count in range(min(_UNIT_WORDS, len(words)), 0, -1):
        phrase = " ".join(word for word, _ in words[:count])
        if like is not None and Unit.named(phrase.rstrip(".")).dimension == like.dimension:
            return (like,), words[count - 1][1]
        if units := units_spelled(phrase):
            return units, words[count - 1][1]
    return (), 0


def _chosen(units: tuple[Unit, ...], like: Unit | None) -> Unit | None:
    """Choose among the meanings of one spelling: the one that fits, else the first."""
    fitting = [unit for unit in units if like is not None and converts(unit, like)]
    return next(iter([*fitting, *units]), None)


def _unclear(units: tuple[Unit, ...], like: Unit | None) -> bool:
    """Whether a spelling keeps several meanings because nothing is expected."""
    return like is None and len(units) > 1


def _bound(before: str, after: str) -> Bound | None:
    """Return the bound that the words round a number set."""
    match = _BOUND_BEFORE.search(before)
    if match:
        return next(bound for n, (bound, _) in enumerate(_BOUNDS) if match[f"b{n}"])
    match = _BOUND_AFTER.match(after)
    if match:
        return "at least" if match["least"] else "at most"
    return None
