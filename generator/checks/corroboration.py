"""18 corroboration – what no passage proves, two publishers must tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from generator.checks.asking import asks_value
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.invented import is_invented
from generator.mentions import Wanted, mentions
from generator.publishers import publisher_of
from generator.stories import near_copies, stories_of
from store.records import Document


@dataclass(frozen=True)
class Corroboration:
    """Count the publishers that tell the answer within a week of each other, copies as one.

    With its passage shown a question needs its own publisher alone; without, one more. What one
    text says against another is not looked for: rules read too few shapes to know a denial.
    """

    #: The texts of the window; read when the check runs.
    documents: Callable[[], Iterable[Document]]
    now: datetime

    #: Publishers that must tell a closed-book answer (questions.md §2, check 18).
    least: int = 2
    #: A witness published no further apart (same).
    within_days: int = 7
    #: After that a second publisher is not waited for (same).
    wait_days: int = 14

    name: ClassVar[str] = "corroboration"
    version: ClassVar[int] = 2

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """Search the window once for all cases."""
        asked = [case for case in cases if _needs_witness(case)]
        found = mentions(
            [Wanted.of(case.candidate, case.wording) for case in asked], self.documents()
        )
        return [
            self._verdict(case, found.get(case.candidate.id, ()))
            if _needs_witness(case)
            else passed("it asks for no value that somebody else could tell")
            for case in cases
        ]

    def _verdict(self, case: Case, told_by: Sequence[Document]) -> Verdict:
        witnesses = self._witnesses(case, told_by)
        n_publishers = 1 + len(witnesses)
        told = f"{n_publishers} publishers tell it" if witnesses else "its publisher alone tells it"
        if case.candidate.setting == "open_book" or n_publishers >= self.least:
            return passed(told, n_publishers, witnesses=witnesses)
        published = case.document.published_at
        if self.now - published > timedelta(days=self.wait_days):
            return failed(
                f"{told}, and without a passage {self.least} must",
                n_publishers,
                threshold=self.least,
            )
        later = min(self.now + timedelta(days=1), published + timedelta(days=self.wait_days))
        return unsure(
            f"{told}; another may yet",
            n_publishers,
            threshold=self.least,
            not_before=later.isoformat(),
        )

    def _witnesses(self, case: Case, told_by: Sequence[Document]) -> list[str]:
        """Return the other publishers that tell it in words of their own; of copies the first."""
        mine, near = case.document, timedelta(days=self.within_days)
        others = [
            one
            for one in told_by
            if publisher_of(one) != publisher_of(mine)
            and abs(one.published_at - mine.published_at) <= near
        ]
        if not others:
            return []
        told = [mine, *sorted(others, key=lambda one: (one.published_at, one.id))]
        story = stories_of([one.id for one in told], near_copies(told))
        first = {story[one.id]: publisher_of(one) for one in reversed(told)}
        return sorted({name for name in first.values() if name != publisher_of(mine)})


def _needs_witness(case: Case) -> bool:
    return asks_value(case) and not is_invented(case.document)
