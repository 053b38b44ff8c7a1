"""2 source – the page comes from a source that is on the list, enabled and past probation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from generator.checks.base import Verdict, failed, passed, unsure
from store.records import Document, Source


@dataclass(frozen=True)
class TrustedSource:
    """Fail what no listed source gave; hold what a new source gave.

    The sources a house opens with were chosen together by its operator and need no probation;
    one that is added later waits.
    """

    sources: Mapping[str, Source]
    #: When each source was first visited.
    first_visits: Mapping[str, datetime]
    now: datetime

    #: Judgement (questions.md §2, check 2): two weekly releases' time to notice a bad source.
    probation: timedelta = timedelta(days=14)

    name: ClassVar[str] = "source"
    version: ClassVar[int] = 1

    def __call__(self, document: Document) -> Verdict:
        """Look the document's source up."""
        source = self.sources.get(document.source)
        if source is None:
            return failed(f"{document.source} is not on the list of sources")
        if not source.enabled:
            return failed(f"{document.source} is disabled")
        first = self.first_visits.get(document.source)
        if first is None:
            return unsure(f"{document.source} has no recorded visit")
        opened = min(self.first_visits.values())
        if first - opened > self.probation and self.now - first < self.probation:
            left = self.probation - (self.now - first)
            return unsure(f"{document.source} is new: {left.days + 1} days of probation left")
        return passed(f"{document.source} is listed and enabled")
