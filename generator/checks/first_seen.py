"""17 first_seen – the fact itself is new, not just the page that tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from generator.checks.asking import asks_value
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.mentions import Wanted, mentions
from store.records import Document, utc_date


@dataclass(frozen=True)
class FirstSeen:
    """Fail when a text from before the cutoff tells the answer beside all names of the question.

    It shows only what we captured: how many older texts of the topic there were to search is
    kept, and too few of them leave a closed-book question open.
    """

    #: The texts first published before the cutoff; read when the check runs.
    older: Callable[[], Iterable[Document]]
    now: datetime

    #: Fewer older texts of a topic prove nothing (questions.md §2, check 17; judgement).
    least_searched: int = 1_000
    #: The next look is worth while when another week was collected; judgement.
    wait_days: int = 7

    name: ClassVar[str] = "first_seen"
    version: ClassVar[int] = 2

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """Search the older texts once for all cases."""
        wanted = [Wanted.of(case.candidate, case.wording) for case in cases if asks_value(case)]
        n_by_topic: Counter[str] = Counter()

        def counted() -> Iterable[Document]:
            for document in self.older():
                n_by_topic[document.topic] += 1
                yield document

        found = mentions(wanted, counted())
        return [self._verdict(case, found.get(case.candidate.id, ()), n_by_topic) for case in cases]

    def _verdict(
        self, case: Case, told_by: Sequence[Document], n_by_topic: Counter[str]
    ) -> Verdict:
        if not asks_value(case):
            return passed("it asks for no value that an older text could tell")
        n_searched = n_by_topic[case.candidate.topic]
        if told_by:
            first = min(told_by, key=lambda one: (one.published_at, one.id))
            return failed(
                f"a text of {utc_date(first.published_at)} tells it already: {first.url[:120]}",
                documents=[one.id for one in told_by[:5]],
            )
        if n_searched >= self.least_searched:
            return passed(f"none of {n_searched} older texts of the topic tells it", n_searched)
        why = f"not proven new: {n_searched} older texts of the topic were searched"
        if case.candidate.setting == "closed_book":
            later = self.now + timedelta(days=self.wait_days)
            return unsure(
                f"{why}, {self.least_searched} are needed without a passage",
                n_searched,
                threshold=self.least_searched,
                not_before=later.isoformat(),
            )
        return passed(why, n_searched)
