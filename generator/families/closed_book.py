"""closed book – the base question without its passage: it keeps its family, the role tells.

No model can know an event after the cutoff, so such a row means one of four things (questions.md
§1): with search, whether new facts are found; without, whether the item leaks and whether the
model invents; by declared cutoff, which of both; and where every value stands in the question, the
same as any other. Default: 15 % of the base rows get such a twin.

Needs a question that stands alone: of a family that asks for a fact of the world, with its names
and its day, month or release in it.

Bad: what only the passage settles (unanswerable, ambiguous, count "in the table", document), what
is wrong in itself (false_premise), sequences whose days the passage alone gives (order).

Invented example: "(no passage) As reported on 7 August 2026, how many million euros had the Orrin
Bridge repair cost?"
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import regex

from generator.english.dateline import without_dateline
from generator.families.base import variant
from generator.families.traits import CLOSED_BOOK
from generator.families.varying import Varying
from store.records import Candidate, Document

#: Families whose questions ask for a fact of the world; the others need the passage.
_FAMILIES = frozenset({"fact", "number", "date", "entity", "comparison", "changed", "multi_hop"})
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_DAY = regex.compile(
    rf"\b(?:\d{{1,2}}\s)?{_MONTH}(?:\sand\s{_MONTH})?\s20\d\d\b|\b20\d\d-\d\d-\d\d\b"
)
_TIMED = regex.compile(rf"\b{_MONTH}\s20\d\d\b|\b20\d\d-\d\d-\d\d\b|\brelease\s.*\d+\.\d+")
#: Names and numbers beside the day; one alone ("which country declared an emergency?") fits more
#: than one event. Judgement.
_FEWEST_MARKS = 2
_MARK = regex.compile(
    r"(?<!^)(?<![\p{L}])\p{Lu}[\p{L}\p{M}.'’-]*(?:\s(?:(?:of|the|and|al)\s)*\p{Lu}[\p{L}\p{M}.'’-]*)*"
    r"|(?<![\p{L}\d.])\d[\d.,]*"
)
#: What points at something shown.
_SHOWN = regex.compile(r"\b(?:shown|listed|list|table|matches shown|passages?)\b", regex.IGNORECASE)


@dataclass(frozen=True)
class ClosedBook(Varying):
    """Ask a share of the questions again without their passage."""

    #: About three eighths of a week stand alone: this makes 15 % of all (§1).
    share: float = 0.40

    name: ClassVar[str] = CLOSED_BOOK
    version: ClassVar[int] = 2

    def vary(self, base: Candidate, document: Document) -> Candidate | None:
        """Return the base as a closed-book question, if it can be understood as one."""
        if base.family not in _FAMILIES or not _stands_alone(base.question):
            return None
        twin = variant(base, self, CLOSED_BOOK, setting="closed_book")
        return Candidate.draft(
            **(twin.model_dump(exclude={"id", "raw_reply"}) | {"family": base.family})
        )


def _stands_alone(question: str) -> bool:
    """Whether a question names its day, and what it is about well enough to be looked up."""
    if not _TIMED.search(question) or _SHOWN.search(question):
        return False
    undated = _DAY.sub(" ", without_dateline(question))
    return len(list(_MARK.finditer(undated))) >= _FEWEST_MARKS
