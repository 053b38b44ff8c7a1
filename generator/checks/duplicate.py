"""15 duplicate – new to us: not asked by another candidate, nor in any earlier release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from generator.checks.base import Case, Verdict, failed, passed
from generator.embeddings import Embedder
from generator.gate.decision import same_question
from generator.gate.normal import GateQuestion, normalise
from generator.nearest import NearestIndex
from store.records import Question


@dataclass(frozen=True)
class _Asked:
    """A question that stands already, or comes before in this batch."""

    name: str
    pair: str | None
    question: GateQuestion


@dataclass(frozen=True)
class Duplicate:
    """Fail the second of two questions that ask the same; the guard on facts decides."""

    embedder: Embedder
    #: Everything accepted before, released or not.
    earlier: Sequence[Question]

    #: How many near questions are compared, and from which cosine (questions.md §2, check 15).
    top: int = 20
    near: float = 0.80

    name: ClassVar[str] = "duplicate"
    version: ClassVar[int] = 3

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """Compare each case with all that stood before it, in order."""
        return self.judge_after((), cases)

    def judge_after(self, settled: Sequence[Case], cases: Sequence[Case]) -> list[Verdict]:
        """Compare each case with what was accepted, what passed already, and those before it."""
        asked = [_Asked(q.id, q.pair, GateQuestion(q.question)) for q in self.earlier]
        asked += [_asked(case) for case in settled]
        n_earlier = len(asked)
        asked += [_asked(case) for case in cases]
        vectors = self.embedder.encode([normalise(one.question).text for one in asked])
        scores, found = NearestIndex.build(vectors).search(vectors[n_earlier:], self.top + 1)
        failing: set[int] = set()
        verdicts = []
        for row in range(len(cases)):
            mine = n_earlier + row
            near = [
                (int(other), float(score))
                for other, score in zip(found[row], scores[row], strict=True)
                if 0 <= other < mine and other not in failing and score >= self.near
            ]
            verdict = self._compare(asked, mine, near)
            if verdict.outcome != "pass":
                failing.add(mine)
            verdicts.append(verdict)
        return verdicts

    def _compare(
        self, asked: Sequence[_Asked], mine: int, near: Sequence[tuple[int, float]]
    ) -> Verdict:
        me = asked[mine]
        nearest = max((score for _, score in near), default=None)
        for other, score in near:
            one = asked[other]
            if me.pair and me.pair == one.pair:
                continue
            decision = same_question(me.question, one.question, score)
            if decision.verdict != "clean":
                return failed(
                    f"it asks what {one.name} asks",
                    round(score, 4),
                    other=one.name,
                    because=decision.why,
                )
        if nearest is None:
            return passed("nothing we have asked is near it")
        # No threshold beside the score: the guard on facts decides, not the cosine.
        return passed("the nearest of ours asks something else", float(np.round(nearest, 4)))


def _asked(case: Case) -> _Asked:
    candidate = case.candidate
    # Without its options: the same thing asked freely, or beside other wrong answers, is the same.
    question = GateQuestion(case.wording)
    return _Asked(candidate.id, candidate.pair, question)
