"""Calendar days as they stand in an English sentence, absolute or resolvable by rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import regex

MONTHS: Final = (
    "January February March April May June July August September October November December"
).split()
WEEKDAYS: Final = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()
_MONTH = "|".join(MONTHS)
_DAY_FORMS: Final = (
    rf"(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<m1>{_MONTH}),?\s(?P<y1>20\d\d)",
    rf"(?P<m2>{_MONTH})\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<y2>20\d\d)",
    r"(?P<y3>20\d\d)-(?P<m3>\d\d)-(?P<d3>\d\d)",
    rf"(?P<d4>\d{{1,2}})\s(?P<m4>{_MONTH})(?![,\s]*\d{{4}})",
    rf"(?P<m5>{_MONTH})\s(?P<d5>\d{{1,2}})(?:st|nd|rd|th)?(?![\w]|,?\s*\d{{4}})",
)
_DAY = regex.compile(
    rf"\b(?:(?P<prep>[Oo]n|[Ff]rom|[Bb]y|[Uu]ntil|[Ss]ince)\s)?(?:{'|'.join(_DAY_FORMS)})\b"
)
_WEEKDAY = regex.compile(rf"\b(?P<prep>[Oo]n)\s(?P<day>{'|'.join(WEEKDAYS)})\b")


@dataclass(frozen=True)
class Day:
    """A calendar day a sentence names; offsets include its preposition."""

    start: int
    end: int
    day: date
    preposition: str
    written: str
    #: How the day follows from the publication date, when the sentence leaves it open.
    derivation: str | None = None


def days(sentence: str, published: date) -> Iterator[Day]:
    """Yield every day that `sentence` names, in order.

    A day without a year is taken as the one nearest before or after publication, within half
    a year; the derivation is kept. Impossible days are skipped.
    """
    for match in _DAY.finditer(sentence):
        parts = {name: value for name, value in match.groupdict().items() if value}
        form = next(name[1] for name in parts if name[0] == "d")
        month = parts[f"m{form}"]
        number = MONTHS.index(month) + 1 if month in MONTHS else int(month)
        found = _resolve(parts.get(f"y{form}"), number, int(parts[f"d{form}"]), published)
        if found:
            yield Day(
                match.start(),
                match.end(),
                found,
                (parts.get("prep") or "").casefold(),
                sentence[match.start() : match.end()],
                None if f"y{form}" in parts else f"nearest_year({published.isoformat()})",
            )
    for match in _WEEKDAY.finditer(sentence):
        index = WEEKDAYS.index(match["day"])
        back = (published.weekday() - index) % 7
        yield Day(
            match.start(),
            match.end(),
            published - timedelta(days=back),
            "on",
            match.group(),
            f"weekday_before({published.isoformat()}, {match['day'][:3].casefold()})",
        )


def _resolve(year: str | None, month: int, day: int, published: date) -> date | None:
    years = [int(year)] if year else [published.year - 1, published.year, published.year + 1]
    found = []
    for candidate in years:
        try:
            found.append(date(candidate, month, day))
        except ValueError:
            continue
    if not found:
        return None
    nearest = min(found, key=lambda one: abs((one - published).days))
    return nearest if year or abs((nearest - published).days) < 180 else None


def long_form(day: date) -> str:
    """Return a day as a question writes it: 5 August 2026."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"
