"""What is said of one source and of one run: the same for the API, the pages and the terminal."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from store.records import SourceKind
from store.timetable import Standing

#: Where a source stands; "unlisted": it gave documents, and is on the list no more.
Stand = Standing | Literal["unlisted"]
#: The kinds of jobs that can be asked for apart; a visit's job is "collect NAME".
JobKind = Literal["week", "collect", "gap"]

#: The standings that somebody should look at.
FAILING: frozenset[Stand] = frozenset({"failing", "backing off"})
#: From "look at this" to "nothing happens here any more": the order for people.
STANDS: tuple[Stand, ...] = (
    "failing",
    "backing off",
    "not visited",
    "probation",
    "read",
    "disabled",
    "withdrawn",
    "unlisted",
)


class Answer(BaseModel):
    """A value we answer with."""

    model_config = ConfigDict(frozen=True)


class WeekCount(Answer):
    """What one source gave in one ISO week."""

    week: str
    #: Documents by the week they were published in.
    n_documents: int
    #: Questions by the week that accepted them.
    n_questions: int


class VisitLine(Answer):
    """What one visit came to."""

    finished_at: datetime
    n_listed: int
    #: Taken: documents that were new.
    n_documents: int
    n_unchanged: int
    n_refused: int
    #: Left, because the listing dates them before the cutoff.
    n_too_old: int
    #: Values of structured data that were new or had changed.
    n_facts: int


class SourceLine(Answer):
    """One source: its terms, where it stands, what happens next, and what it gave."""

    name: str
    #: Whether it is on the operator's list.
    listed: bool
    kind: SourceKind | None
    url: str | None
    licence: str | None
    attribution: str | None
    topic: str | None
    interval: str | None
    standing: Stand
    #: Until when what it gives is not used yet.
    probation_until: datetime | None
    withdrawn_at: datetime | None
    visited_at: datetime | None
    succeeded_at: datetime | None
    #: When the present run of failures began, how many visits it is, and why the last one failed.
    failing_since: datetime | None
    n_failures: int
    error: str | None
    #: Past when it is due and nobody came yet; None when no visit is planned.
    next_visit_at: datetime | None
    n_documents: int
    newest_document_at: datetime | None
    #: The last weeks, oldest first; the last of them is not over.
    weeks: tuple[WeekCount, ...]
    #: The newest visit.
    visit: VisitLine | None

    @property
    def fails(self) -> bool:
        """Whether its last visit failed."""
        return self.standing in FAILING

    @property
    def urgency(self) -> tuple[int, str, str]:
        """Sorts what fails first, the longest failing at the top, else by standing and name."""
        since = self.failing_since.isoformat() if self.fails and self.failing_since else ""
        return 0 if self.fails else STANDS.index(self.standing), since, self.name


class RunLine(Answer):
    """One run of one job."""

    number: int
    kind: JobKind | Literal["other"]
    job: str
    #: The source a visit went to.
    source: str | None
    #: The ISO week that was run, or that will have no release.
    week: str | None
    #: What it is for and the instant it was scheduled for; no two runs of a job share it.
    key: str
    state: str
    started_at: datetime
    finished_at: datetime | None
    #: How long it took; None while it runs.
    seconds: float | None
    #: What it came to: those of `COUNTS` that it wrote down.
    counts: dict[str, int]


#: What a run may tell the world of its summary: counts, and no text.
COUNTS = (
    "n_listed",
    "n_documents",
    "n_unchanged",
    "n_refused",
    "n_too_old",
    "n_facts",
    "n_open",
    "n_sealed",
)
