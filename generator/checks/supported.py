"""7 supported – the answer follows from the quote, and the question claims no more than it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from generator.checks.base import Case, Verdict, unsure
from generator.checks.replays import OF_FAMILY, OF_KIND


@dataclass(frozen=True)
class Supported:
    """Fail unless code derives the answer again from the quote (or finds it is not there)."""

    name: ClassVar[str] = "supported"
    version: ClassVar[int] = 3

    def __call__(self, case: Case) -> Verdict:
        """Derive the answer again by its family, else by its kind."""
        candidate = case.candidate
        replay = OF_FAMILY.get(candidate.family) or OF_KIND.get(candidate.key.kind)
        if replay is None:
            return unsure(f"no rule derives answers of kind {candidate.key.kind}")
        return replay(case)
