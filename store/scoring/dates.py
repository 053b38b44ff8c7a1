"""Calendar dates, read strictly: ISO or a month's name, never a guess between day and month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

import regex

from store.scoring.cleaning import clean_answer
from store.scoring.span import Reply
from store.scoring.verdict import Verdict

_MONTHS = (
    "january february march april may june july august september october november december"
).split()
_MONTH = (
    r"(?:"
    + "|".join(
        rf"{name}|{name[:4]}|{name[:3]}" if name == "september" else rf"{name}|{name[:3]}"
        for name in _MONTHS
    )
    + r")(?!\p{L})\.?"
)
_WEEKDAY = regex.compile(
    r"(?i)\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thur?s?|fri|sat|sun)\b\.?,?"
)
_CLOCK = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?\s?(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
_DAY = r"\d{1,2}(?:st|nd|rd|th)?"
_YEAR = r"[12]\d{3}"
_DATE = regex.compile(
    rf"""
    (?<![\p{{L}}\p{{N}}]) (?<!\d[-/.,]) (?:
      (?P<y1>{_YEAR})(?P<gap>[-/.])(?P<m1>\d{{1,2}})(?P=gap)(?P<d1>\d{{1,2}})(?!\d){_CLOCK}
    | (?P<a>\d{{1,2}})(?P<gap2>[-/.])(?P<b>\d{{1,2}})(?P=gap2)(?P<y2>\d{{4}}|\d\d)(?!\d){_CLOCK}
    | (?P<y3>{_YEAR})-(?P<m3>\d\d)(?!\d)
    | (?P<d4>{_DAY})(?:\s+of)?[\s-]{{1,2}}(?P<m4>{_MONTH})(?:(?:,?\s+|-|,)(?P<y4>{_YEAR})(?!\d))?
    | (?P<y5>{_YEAR})[,\s-]{{1,2}}(?P<m5>{_MONTH})[\s-]{{1,2}}(?P<d5>{_DAY})(?!\d)
    | (?P<m6>{_MONTH})\s+(?:the\s+)?(?P<d6>{_DAY})(?!\d)(?:(?:,?\s+|,)(?P<y6>{_YEAR})(?!\d))?
    | (?P<m7>{_MONTH})(?:,?\s+(?:of\s+)?|-)(?P<y7>{_YEAR})(?!\d)
    ) (?![-/.,]?\d) (?!\p{{L}})
    """,
    regex.VERBOSE | regex.IGNORECASE,
)
_BARE_MONTH = regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?P<m>{_MONTH})", regex.IGNORECASE)
_BARE_YEAR = regex.compile(
    rf"(?<![\p{{L}}\p{{N}}])(?<!\d[-/.,])(?P<y>{_YEAR})(?![-/.,]?\d)(?!\p{{L}})"
)
_TIME = regex.compile(r"(?<!\d)\d{1,2}:\d{2}(?::\d{2})?(?!\d)")
_JOINED = regex.compile(r"(?i)^\s*(?:-|to|or|and|/|until)\s*(?:on\s+)?$")
_OTHER_DAY = regex.compile(r"(?i)\d(?:st|nd|rd|th)?\s*(?:-|to|or|and|/|,)\s*$")
_BEYOND = regex.compile(
    r"(?i)(?:\b(?:before|after|not|never|by|since|until|till|earlier than|later than|prior to|"
    r"following|or)|n't)(?:\s+(?:on|in|the))?\s*$"
)
#: These words may be the question's own ("until when …?"), then they are no bound.
_MAY_BE_ASKED = frozenset({"by", "since", "until", "till"})
_FILLER = frozenset({"on", "in", "the", "of", "at"})
_WINDOW = 24


@dataclass(frozen=True)
class PartialDate:
    """A date as precise as it was written; a part that was not written is None."""

    year: int | None = None
    month: int | None = None
    day: int | None = None

    def isoformat(self) -> str:
        """Return "2026-03-14", "2026-03" or "2026"; a missing year is "----"."""
        parts = [f"{self.year:04d}" if self.year else "----"]
        parts += [f"{part:02d}" for part in (self.month, self.day) if part]
        return "-".join(parts)


@dataclass(frozen=True)
class FoundDate:
    """A date and where it stands; `date` is None when day and month cannot be told apart."""

    date: PartialDate | None
    start: int
    end: int


def find_dates(text: str) -> list[FoundDate]:
    """Return the dates in a clean text, in order; lone years and months are not among them.

    "14/03/2026" has one reading, "03/04/2026" and "14/03/26" have none: their `date` is None.
    Days that do not exist (30 February) are no dates.
    """
    found = []
    for match in _DATE.finditer(text):
        read = _read(match)
        if read is None or _exists(read):
            found.append(FoundDate(read, match.start(), match.end()))
    return found


def parse_date(text: str, *, year: int | None = None) -> PartialDate | None:
    """Read a text that is one date and nothing else, or return None.

    Weekday, clock time and "on" beside it are ignored; "2026" and "March" are dates too.

    Args:
        text: The text, at any precision.
        year: Fills in for a year that is not written.
    """
    clean = _WEEKDAY.sub(" ", clean_answer(text))
    found = find_dates(clean) or _lone_parts(clean)
    if len(found) != 1 or found[0].date is None:
        return None
    rest = clean[: found[0].start] + " " + clean[found[0].end :]
    rest = _TIME.sub(" ", rest)
    if set(regex.findall(r"[\p{L}\p{N}]+", rest.casefold())) - _FILLER:
        return None
    read = found[0].date
    return PartialDate(read.year or year, read.month, read.day)


def without_dates(text: str) -> str:
    """Return `text` with its day-precise dates blanked, so that their parts are no numbers."""
    for found in reversed(find_dates(text)):
        if found.date is not None and found.date.day and found.date.month:
            text = text[: found.start] + " " * (found.end - found.start) + text[found.end :]
    return text


def grade_date(reply: Reply, expected: str, spec: Mapping[str, Any], question: str) -> Verdict:
    """Judge a date at the key's precision: finer is right if it agrees, coarser is wrong.

    The year may be missing only if the question names it. A numeric date whose day and month
    could be exchanged is unreadable.
    """
    key = parse_date(expected)
    if key is None:
        return "right" if reply.span.casefold() == clean_answer(expected).casefold() else "wrong"
    key = _at_precision(key, str(spec.get("precision", "")))
    text = _WEEKDAY.sub(" ", reply.span)
    found = find_dates(text) or _lone_parts(text)
    if not found:
        return "unreadable"
    if _is_bounded(text, found, question):
        return "wrong"
    asked = find_dates(clean_answer(question))
    dates = {one.date for one in found}
    new = dates - {one.date for one in asked}
    dates = new if len(new) == 1 else dates
    if len(dates) != 1 or None in dates:
        return "unreadable" if None in dates or key in dates else "wrong"
    (given,) = dates
    years = {match["y"] for match in _BARE_YEAR.finditer(clean_answer(question))}
    years |= {str(one.date.year) for one in asked if one.date}
    agrees = given is not None and _agrees(given, key, year_named=str(key.year) in years)
    return "right" if agrees else "wrong"


def _agrees(given: PartialDate, key: PartialDate, *, year_named: bool) -> bool:
    """Whether a date has every part of the key; a missing year counts when it was named."""
    year_fits = given.year == key.year or key.year is None or (given.year is None and year_named)
    month_fits = key.month is None or given.month == key.month
    return year_fits and month_fits and (key.day is None or given.day == key.day)


def _at_precision(key: PartialDate, precision: str) -> PartialDate:
    """Cut a date to "year" or "month"; any other precision leaves it as it is."""
    if precision == "year":
        return PartialDate(key.year)
    return PartialDate(key.year, key.month) if precision == "month" else key


def _is_bounded(text: str, found: Sequence[FoundDate], question: str) -> bool:
    """Whether the dates are ends of a span, alternatives, denied, or only limits."""
    asked = set(question.casefold().split())
    for left, right in pairwise(found):
        if _JOINED.match(text[left.end : right.start]):
            return True
    for one in found:
        before = text[max(0, one.start - _WINDOW) : one.start]
        limit = _BEYOND.search(before)
        if _OTHER_DAY.search(before):
            return True
        if limit and limit.group().split()[0].casefold() not in _MAY_BE_ASKED & asked:
            return True
    return False


def _lone_parts(text: str) -> list[FoundDate]:
    """Return lone years, else lone month names; "May" and "March" must be capitalised."""
    years = [
        FoundDate(PartialDate(int(match["y"])), match.start(), match.end())
        for match in _BARE_YEAR.finditer(text)
    ]
    return years or [
        FoundDate(PartialDate(None, _month(match["m"])), match.start(), match.end())
        for match in _BARE_MONTH.finditer(text)
        if match["m"][0].isupper()
    ]


def _read(match: regex.Match[str]) -> PartialDate | None:
    """Return the date a match spells, or None when it has two readings."""
    if match["y2"]:
        return _day_first_or_none(int(match["a"]), int(match["b"]), match["y2"])
    for n in "13":
        if match[f"y{n}"]:
            day = int(match["d1"]) if n == "1" else None
            return PartialDate(int(match[f"y{n}"]), int(match[f"m{n}"]), day)
    n = next(n for n in "4567" if match[f"m{n}"])
    day_text = match[f"d{n}"] if n != "7" else None
    year = match[f"y{n}"]
    day = int(regex.sub(r"\D", "", day_text)) if day_text else None
    return PartialDate(int(year) if year else None, _month(match[f"m{n}"]), day)


def _day_first_or_none(first: int, second: int, year: str) -> PartialDate | None:
    """Read DD/MM/YYYY or MM/DD/YYYY when only one of them exists."""
    if len(year) != 4 or (first <= 12 and second <= 12 and first != second):
        return None
    day, month = (first, second) if first > 12 or first == second else (second, first)
    return PartialDate(int(year), month, day)


def _month(name: str) -> int:
    """Return the number of a month from its name's first three letters."""
    return next(n for n, month in enumerate(_MONTHS, 1) if month[:3] == name[:3].casefold())


def _exists(read: PartialDate) -> bool:
    """Whether the calendar has this day; without a year, 29 February does exist."""
    try:
        date(read.year or 2000, read.month or 1, read.day or 1)
    except ValueError:
        return False
    return True
