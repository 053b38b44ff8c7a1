"""2 source – the page may be trusted: who gave it, and how long its sentence has stood."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from generator.checks.base import Case, Verdict, failed, passed, unsure
from store.looks import Look
from store.records import Document, Source, Withdrawal, utc_date
from store.text import squeeze
from store.timetable import PROBATION, on_probation


@dataclass(frozen=True)
class TrustedSource:
    """Fail what no listed source gave, or one that was taken down; hold what a new source gave.

    The sources a house opens with were chosen together by its operator and need no probation;
    one that is added later waits.
    """

    sources: Mapping[str, Source]
    #: When each source was first visited.
    first_visits: Mapping[str, datetime]
    now: datetime
    withdrawals: Mapping[str, Withdrawal]

    name: ClassVar[str] = "source"
    version: ClassVar[int] = 2

    def __call__(self, document: Document) -> Verdict:
        """Look the document's source up."""
        if gone := self.withdrawals.get(document.source):
            return _withdrawn(gone)
        source = self.sources.get(document.source)
        if source is None:
            return failed(f"{document.source} is not on the list of sources")
        if not source.enabled:
            return failed(f"{document.source} is disabled")
        first = self.first_visits.get(document.source)
        if first is None:
            return unsure(f"{document.source} has no recorded visit")
        if on_probation(first, min(self.first_visits.values()), self.now):
            trusted_at = first + PROBATION
            why = f"{document.source} is new: it counts from {trusted_at:%Y-%m-%d %H:%M} UTC"
            return unsure(why, not_before=trusted_at.isoformat())
        return passed(f"{document.source} is listed and enabled")


@dataclass(frozen=True)
class StandingSentence:
    """The part of the check that needs the quote: has it stood on a page anybody may edit?

    A sentence counts when it was found unchanged at every look at its page from one to another
    at least `apart` later, the newest among them.
    """

    sources: Mapping[str, Source]
    withdrawals: Mapping[str, Withdrawal]
    #: Returns the looks at a document's page, oldest first, each with what stood there.
    looks: Callable[[Document], Sequence[Look]]
    #: Looks after this do not count.
    now: datetime

    #: Judgement (questions.md §2, check 2): an invented record stayed up elsewhere for days.
    apart: timedelta = timedelta(hours=72)

    name: ClassVar[str] = "source"
    version: ClassVar[int] = 3

    def __call__(self, case: Case) -> Verdict:
        """Look at every capture of each page for its quote; the first that fails is told."""
        verdicts = [self._stands(exhibit.quote, document) for exhibit, document in case.evidence]
        return next((one for one in verdicts if one.outcome != "pass"), verdicts[0])

    def _stands(self, quote: str, document: Document) -> Verdict:
        if gone := self.withdrawals.get(document.source):
            return _withdrawn(gone)
        source = self.sources.get(document.source)
        if source is None:
            return unsure(f"{document.source} is not on the list: who may edit it is not known")
        if not source.openly_edited:
            return passed(f"{document.source} is edited by its publisher alone")
        quote = squeeze(quote)
        seen = [
            (look.at, None if look.text is None else quote in squeeze(look.text))
            for look in self.looks(document)
            if look.at <= self.now
        ]
        return self._judge(seen)

    def _judge(self, seen: Sequence[tuple[datetime, bool | None]]) -> Verdict:
        if not seen:
            return unsure("no capture of the page is known")
        newest, holds = seen[-1]
        if holds is None:
            return unsure(f"the page of {newest:%Y-%m-%d %H:%M} UTC gives no text to look in")
        if not holds:
            return failed(f"the sentence was gone from the page on {newest:%Y-%m-%d %H:%M} UTC")
        since = newest
        for at, held in reversed(seen):
            if not held:
                break
            since = at
        if newest - since >= self.apart:
            return passed(
                f"the sentence stood unchanged from {since:%Y-%m-%d %H:%M} "
                f"to {newest:%Y-%m-%d %H:%M} UTC"
            )
        due = since + self.apart
        return unsure(
            f"anybody may edit the page: the sentence counts when it is found unchanged "
            f"after {due:%Y-%m-%d %H:%M} UTC",
            not_before=due.isoformat(),
        )


def _withdrawn(gone: Withdrawal) -> Verdict:
    day = utc_date(gone.withdrawn_at)
    return failed(f"{gone.source} was taken down on {day.isoformat()}")
