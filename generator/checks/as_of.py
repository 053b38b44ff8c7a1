"""10 as_of – the answer stays true, or the question says for which day it holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import regex

from generator.checks.base import Case, Verdict, failed, passed

#: Words whose answer moves: holders of office, prices, totals, records, tolls.
_VOLATILE = regex.compile(
    r"\b(?:president|prime minister|minister|ceo|chief executive|chair(?:man|woman|person)?|leader|"
    r"champion|price|prices|cost|costs|total|totals|latest|newest|record|toll|version|population|"
    r"ranking|rank|rate|share price|index|holder|so far|to date|number of)\b",
    regex.IGNORECASE,
)
_DAY = regex.compile(
    r"\b\d{1,2}\s(?:January|February|March|April|May|June|July|August|September|October|November|"
    r"December)\s20\d\d\b|\b20\d\d-\d\d-\d\d\b|\b(?:January|February|March|April|May|June|July|"
    r"August|September|October|November|December)\s20\d\d\b"
)
_PRESENT = regex.compile(r"\b(?:is|are|has|have|does|do|will|can)\b")
#: A named release never changes what it holds.
_FIXED = regex.compile(r"\brelease\s.*\d+\.\d+")


def names_its_time(question: str) -> bool:
    """Whether a question names its day or month, or a release, which never changes."""
    return bool(_DAY.search(question) or _FIXED.search(question))


@dataclass(frozen=True)
class AsOf:
    """Fail on a volatile question without a date in it; every present tense needs one, too."""

    name: ClassVar[str] = "as_of"
    version: ClassVar[int] = 1

    def __call__(self, case: Case) -> Verdict:
        """Look for volatile words and a present tense, and for a date."""
        question = case.wording
        if _DAY.search(question):
            return passed("the question names the day it is about")
        if _FIXED.search(question):
            return passed("the question is about a named release, which does not change")
        if match := _VOLATILE.search(question):
            return failed(f"{match.group()!r} may change, and the question names no day")
        if match := _PRESENT.search(question):
            return failed(f"it asks in the present ({match.group()!r}) and names no day")
        return passed("it asks for something past")
