"""18 corroboration – what no passage proves, two publishers must tell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from generator.checks.asking import ONE_VALUE
from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.invented import is_invented
from generator.mentions import Wanted, mentions
from generator.options import kind_of
from generator.publishers import publisher_of
from store.records import Document
from store.text import shingles, tokens


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
    #: From this share of common runs of five words on, a text is a copy (same).
    copied: float = 0.5
    #: After that a second publisher is not waited for (same).
    wait_days: int = 14

    name: ClassVar[str] = "corroboration"
    version: ClassVar[int] = 1

    def judge(self, cases: Sequence[Case]) -> list[Verdict]:
        """Search the window once for all cases."""
        asked = [case for case in cases if _needs_witness(case)]
        found = mentions([Wanted.of(case.candidate) for case in asked], self.documents())
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
        """Return the other publishers that tell it in words of their own, by name."""
        mine = publisher_of(case.document)
        own = set(shingles(tokens(case.document.text), 5))
        near = timedelta(days=self.within_days)
        return sorted(
            {
                publisher_of(one)
                for one in told_by
                if publisher_of(one) != mine
                and abs(one.published_at - case.document.published_at) <= near
                and not self._is_copy(own, one)
            }
        )

    def _is_copy(self, own: set[tuple[str, ...]], other: Document) -> bool:
        theirs = set(shingles(tokens(other.text), 5))
        smaller = min(len(own), len(theirs))
        return smaller > 0 and len(own & theirs) / smaller >= self.copied


def _needs_witness(case: Case) -> bool:
    value = case.asked_as != "comparison" and kind_of(case.candidate.key) in ONE_VALUE
    return value and not is_invented(case.document)
