"""1 date – the evidence is after the cutoff, by a date we can defend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from generator.checks.base import Verdict, failed, passed, unsure
from generator.invented import is_invented
from store.records import Document


@dataclass(frozen=True)
class Date:
    """Fail on a date before the cutoff or in the future; hold where witnesses disagree."""

    cutoff: datetime
    #: Documents first published at or after this instant belong to a later week.
    until: datetime

    #: Feed and page may differ by a time zone or an edit, not by more (judgement, questions.md).
    max_disagreement: timedelta = timedelta(days=2)

    name: ClassVar[str] = "date"
    version: ClassVar[int] = 2

    def __call__(self, document: Document) -> Verdict:
        """Compare the document's date with the window, and its witnesses with each other."""
        when = document.published_at
        if when < self.cutoff:
            return failed(f"published {when:%Y-%m-%d}, before the cutoff {self.cutoff:%Y-%m-%d}")
        if when >= self.until:
            return failed(f"dated {when:%Y-%m-%d}, not before {self.until:%Y-%m-%d}")
        # What we invented ourselves was first seen when it was written.
        if document.date_basis == "first_seen" and not is_invented(document):
            return unsure("no page, feed or header says when it was published")
        witnesses = [moment for moment in (document.dates.feed, document.dates.page) if moment]
        if witnesses and max(witnesses) - min(witnesses) > self.max_disagreement:
            return unsure(
                f"the feed says {document.dates.feed:%Y-%m-%d}, "
                f"the page {document.dates.page:%Y-%m-%d}"
            )
        return passed(f"published {when:%Y-%m-%d} by its {document.date_basis}")
