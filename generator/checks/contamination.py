"""16 contamination – not a question of a known public benchmark, however reworded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from generator.checks.base import Case, Verdict
from generator.english.dateline import without_dateline
from generator.gate.gate import Gate
from generator.gate.normal import GateQuestion
from store.records import Outcome

_OUTCOMES: dict[str, Outcome] = {"clean": "pass", "contaminated": "fail", "unsure": "unsure"}


@dataclass(frozen=True)
class Contamination:
    """Ask the gate; its nearest neighbours are the evidence of every verdict."""

    gate: Gate

    name: ClassVar[str] = "contamination"
    version: ClassVar[int] = 1

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """Judge all cases in one batch."""
        found = self.gate.judge(
            [
                GateQuestion(
                    # Benchmark items do not say for which day they were reported.
                    question=without_dateline(case.wording),
                    choices=case.candidate.key.choices,
                    answer=case.candidate.key.answer,
                    language=case.candidate.language,
                )
                for case in cases
            ]
        )
        return [
            Verdict(_OUTCOMES[one.verdict], one.why, round(one.cosine, 4), evidence=one.as_json())
            for one in found
        ]
