"""The day a question's answer holds for, where its own words name none: put on, and taken off.

"As reported on" stands before what happened, "As of" before how things are; both only date a
question and name nothing in it.
"""

from __future__ import annotations

from datetime import date

import regex

from generator.english.dates import long_form

_DATELINE = regex.compile(
    r"^(?:As reported on|As of)\s[^,]+,\s|,\sas\s(?:reported on|of)\s[^,?]+(?=\?)", regex.IGNORECASE
)


def with_dateline(question: str, day: date, *, state: bool, at_end: bool = False) -> str:
    """Return the question with its day: "As of 21 March 2026, how many …?".

    Args:
        question: A question that names no day.
        day: When the answer holds.
        state: Whether it asks how things are, not what happened.
        at_end: Put the day last, because something else stands first.
    """
    opening = "As of" if state else "As reported on"
    if at_end:
        return f"{question[:-1]}, {opening[0].lower()}{opening[1:]} {long_form(day)}?"
    return f"{opening} {long_form(day)}, {question[0].lower()}{question[1:]}"


def without_dateline(question: str) -> str:
    """Return the question without the day that only dates it."""
    return _DATELINE.sub("", question)


def in_dateline(question: str, position: int) -> bool:
    """Whether the character at `position` belongs to the day that only dates the question."""
    return any(match.start() <= position < match.end() for match in _DATELINE.finditer(question))
