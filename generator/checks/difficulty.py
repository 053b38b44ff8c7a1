"""25 difficulty – an estimate from 0 (easy) to 1, never a gate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from generator.checks.base import Case, Verdict, passed
from generator.english.dates import days
from generator.english.names import names
from generator.english.quantities import amounts
from generator.families.traits import TRAITS
from generator.options import kind_of
from store.records import utc_date
from store.text import tokens


@dataclass(frozen=True)
class Difficulty:
    """Score by family, level, rivals of the answer in the passage, and shared wording."""

    #: Weights of level, rivals (saturating at 8) and of words not shared; judgement.
    per_level: float = 0.12
    rivals: float = 0.25
    rewording: float = 0.2

    name: ClassVar[str] = "difficulty"
    version: ClassVar[int] = 1

    def __call__(self, case: Case) -> Verdict:
        """Estimate; always passes."""
        candidate = case.candidate
        n_rivals = max(0, _rivals(case) - 1)
        asked, told = set(tokens(candidate.question)), set(tokens(candidate.quote))
        shared = len(asked & told) / len(asked) if asked else 1.0
        score = (
            TRAITS[candidate.family].start
            + self.per_level * candidate.level
            + self.rivals * min(n_rivals, 8) / 8
            + self.rewording * (1 - shared)
        )
        score = round(min(1.0, score), 3)
        return passed(
            f"estimated from {n_rivals} rivals of the answer and {shared:.0%} shared words", score
        )


def _rivals(case: Case) -> int:
    """Count values of the answer's kind in the passage."""
    kind = kind_of((case.base or case.candidate).key)
    if kind == "number":
        return sum(1 for _ in amounts(case.context))
    if kind == "date":
        return sum(1 for _ in days(case.context, utc_date(case.document.published_at)))
    return len({name.text for name in names(case.context)})
