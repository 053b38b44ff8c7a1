"""15 duplicate – new to us: not asked by another candidate, nor in any earlier release."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from generator.checks.base import Case, Verdict, failed, passed
from generator.embeddings import Embedder, Vectors
from generator.gate.decision import Cosines, Side, decide, side_of
from generator.gate.lexical import LexicalIndex
from generator.gate.normal import GateQuestion
from generator.gate.thresholds import WITHIN_THE_HOUSE
from generator.gate.wording import CaseTable
from generator.nearest import NearestIndex
from store.records import Question


@dataclass(frozen=True)
class _Asked:
    """A question that stands already, or comes before in this batch."""

    name: str
    pair: str | None
    side: Side


@dataclass(frozen=True)
class Duplicate:
    """Fail the second of two questions that ask the same; the gate's rule decides.

    As at the gate, what is near is found by meaning, by telling words, by rare runs of words and
    by equal wording.
    """

    embedder: Embedder
    #: Everything accepted before, released or not.
    earlier: Sequence[Question]

    #: How many questions near by meaning are compared, and from which cosine (questions.md §2,
    #: check 15).
    top: int = 20
    near: float = 0.80
    #: How many that share the most telling words; judgement.
    top_by_words: int = 10

    name: ClassVar[str] = "duplicate"
    version: ClassVar[int] = 4

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """Compare each case with all that stood before it, in order."""
        return self.judge_after((), cases)

    def judge_after(self, settled: Sequence[Case], cases: Sequence[Case]) -> list[Verdict]:
        """Compare each case with what was accepted, what passed already, and those before it."""
        asked = [_Asked(q.id, q.pair, _side(q.question)) for q in self.earlier]
        asked += [_asked(case) for case in settled]
        n_earlier = len(asked)
        asked += [_asked(case) for case in cases]
        vectors = self.embedder.encode([one.side.question.text for one in asked])
        failing: set[int] = set()
        verdicts = []
        for mine, found in enumerate(self._near(asked, vectors, n_earlier), start=n_earlier):
            before = [
                (one, round(float(vectors[mine] @ vectors[one]), 4))
                for one in found
                if one < mine and one not in failing
            ]
            # Of ours, most that share words but no meaning are sisters of one template.
            near = [
                (one, cosine)
                for one, cosine in before
                if cosine >= self.near or _same_bag(asked[mine].side, asked[one].side)
            ]
            # The nearest first: it is what a person would call the original.
            ranked = sorted(near, key=lambda one: (-one[1], one[0]))
            verdict = self._compare(asked, mine, ranked)
            if verdict.outcome != "pass":
                failing.add(mine)
            verdicts.append(verdict)
        return verdicts

    def _near(self, asked: Sequence[_Asked], vectors: Vectors, first: int) -> Iterator[set[int]]:
        """Yield what each question from `first` on is compared with, by place."""
        words = [one.side.question.words for one in asked]
        lexical = LexicalIndex(words, [one.side.question.fingerprint for one in asked])
        scores, found = NearestIndex.build(vectors).search(vectors[first:], self.top + 1)
        by_words = lexical.best(words[first:], self.top_by_words + 1)
        for row, one in enumerate(asked[first:]):
            near = {int(at) for at in found[row][scores[row] >= self.near]}
            near |= {*by_words[row], *lexical.sharing_grams(one.side.question.words)}
            yield near | {*lexical.same_words(one.side.question.fingerprint)}

    def _compare(
        self, asked: Sequence[_Asked], mine: int, near: Sequence[tuple[int, float]]
    ) -> Verdict:
        me = asked[mine]
        for other, cosine in near:
            one = asked[other]
            if me.pair and me.pair == one.pair:
                continue
            decision = decide(me.side, one.side, Cosines.alike(cosine), WITHIN_THE_HOUSE)
            if decision.verdict != "clean":
                why = f"it asks what {one.name} asks"
                because = decision.why(one.name)
                return failed(why, cosine, other=one.name, because=because)
        if not near:
            return passed("nothing we have asked is near it")
        # No threshold beside the score: the guard on facts decides, not the cosine.
        return passed("the nearest of ours asks something else", near[0][1])


def _same_bag(left: Side, right: Side) -> bool:
    return sorted(left.question.words) == sorted(right.question.words)


def _side(question: str) -> Side:
    # Without its options: the same thing asked freely, or beside other wrong answers, is the same.
    return side_of(GateQuestion(question), CaseTable())


def _asked(case: Case) -> _Asked:
    candidate = case.candidate
    return _Asked(candidate.id, candidate.pair, _side(case.wording))
