"""16 contamination – not a question of a known public benchmark, however reworded."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from generator.checks.base import Case, Verdict
from generator.desk import Desk
from generator.english.dateline import without_dateline
from generator.gate.gate import Gate, GateVerdict, Neighbour
from generator.gate.judge import Word, judge_twice
from generator.gate.normal import GateQuestion
from generator.loop import run
from store.errors import ModelCallError
from store.records import Outcome

_OUTCOMES: dict[str, Outcome] = {"clean": "pass", "contaminated": "fail", "unsure": "unsure"}


@dataclass(frozen=True)
class Contamination:
    """Ask the gate; where a judge is set, ask it of each near pair, in both orders.

    The judge sees two questions and nothing else. It may turn a pass into a fail and the gate's
    unsure into either, but never a fail of the gate into anything.
    """

    gate: Gate
    desk: Desk | None = None

    #: Pairs below are of other things (questions.md §2, check 16).
    near: float = 0.60

    name: ClassVar[str] = "contamination"
    version: ClassVar[int] = 3

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """Judge all cases in one batch."""
        # Benchmark items do not say for which day they were reported.
        asked = [without_dateline(case.wording) for case in cases]
        found = self.gate.judge(
            [
                GateQuestion(
                    question=question,
                    choices=case.candidate.key.choices,
                    answer=case.candidate.key.answer,
                    language=case.candidate.language,
                )
                for question, case in zip(asked, cases, strict=True)
            ]
        )
        by_gate = [
            Verdict(_OUTCOMES[one.verdict], one.why, round(one.cosine, 4), evidence=one.as_json())
            for one in found
        ]
        if self.desk is None:
            return by_gate
        rows = zip(cases, asked, found, by_gate, strict=True)
        return run(self._all_judged(self.desk, list(rows)))

    async def _all_judged(
        self, desk: Desk, rows: Sequence[tuple[Case, str, GateVerdict, Verdict]]
    ) -> list[Verdict]:
        return list(await asyncio.gather(*(self._judged(desk, *row) for row in rows)))

    async def _judged(
        self, desk: Desk, case: Case, question: str, found: GateVerdict, by_gate: Verdict
    ) -> Verdict:
        """Return the judge's verdict on the near pairs; the gate's where it cannot be had."""
        near = [pair for pair in found.pairs if pair.cosine >= self.near]
        if by_gate.outcome == "fail" or not near:
            return by_gate
        # A text that may not be shown is not handed on; the gate's own verdict on it stands.
        told = [(pair, pair.text) for pair in near if pair.text is not None]
        if not told or (by_gate.outcome == "unsure" and len(told) < len(near)):
            return by_gate
        try:
            words = await asyncio.gather(
                *(judge_twice(desk, question, text, attempt=case.attempt) for _, text in told)
            )
        except ModelCallError as error:
            return Verdict(
                by_gate.outcome,
                f"{by_gate.why}; the judge could not be asked: {error}",
                by_gate.score,
                evidence=by_gate.evidence,
            )
        return _concluded(by_gate, [pair for pair, _ in told], words)


def _concluded(by_gate: Verdict, near: Sequence[Neighbour], words: Sequence[Word]) -> Verdict:
    named = [f"{pair.benchmark}/{pair.row_id}" for pair in near]
    evidence: dict[str, Any] = by_gate.evidence | {"judge": dict(zip(named, words, strict=True))}
    for name, word in zip(named, words, strict=True):
        if word == "same":
            return Verdict(
                "fail", f"a judge says it asks what {name} asks", by_gate.score, None, evidence
            )
    if "cannot tell" in words:
        name = named[words.index("cannot tell")]
        why = f"a judge cannot tell whether it asks what {name} asks"
        return Verdict("unsure", why, by_gate.score, None, evidence)
    why = f"a judge says that it asks something else than the {len(named)} nearest"
    return Verdict("pass", why, by_gate.score, None, evidence)
