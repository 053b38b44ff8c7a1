"""Reports: readers who say that a question is wrong, until an operator has looked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from store.bulk import add_new
from store.errors import NotFound, TooManyReports
from store.records import Report
from store.tables import ReleaseItemRow, ReportRow

#: From this many different keys on a question is out of scoring at once (questions.md §5). Nobody
#: knows how many people reports without a key are from, so those only wait for an operator.
DISPUTED_BY = 3
#: More than these waiting about one question tell an operator nothing new.
MAX_WAITING = 50


@dataclass(frozen=True)
class Waiting:
    """What was reported about one question and nobody has looked at.

    Attributes:
        question_id: The question.
        n_keys: How many different keys reported it.
        reports: All reports, oldest first.
    """

    question_id: str
    n_keys: int
    reports: tuple[Report, ...]

    @property
    def disputed(self) -> bool:
        """Whether it is out of scoring until somebody looks."""
        return self.n_keys >= DISPUTED_BY


def add_report(work: Session, report: Report) -> None:
    """Store a report; a second one of the same key changes nothing.

    Raises:
        NotFound: No release carries the question.
        TooManyReports: Enough are waiting about it.
    """
    name = report.question_id
    carried = select(ReleaseItemRow.week).where(ReleaseItemRow.question_id == name).limit(1)
    if work.exec(carried).first() is None:
        raise NotFound("question", name)
    waiting = select(func.count()).where(
        ReportRow.question_id == name,
        col(ReportRow.settled_by).is_(None),
        # Those without a key never crowd out those with one.
        col(ReportRow.reporter).is_(None),
    )
    if report.reporter is None and work.exec(waiting).one() >= MAX_WAITING:
        raise TooManyReports(name)
    add_new(work, ReportRow, [ReportRow.columns(report)])


def waiting_reports(work: Session) -> list[Waiting]:
    """Return what waits for an operator: most keys first, then the oldest."""
    query = select(ReportRow).where(col(ReportRow.settled_by).is_(None))
    found: dict[str, list[Report]] = {}
    for row in work.exec(query.order_by(col(ReportRow.number))):
        found.setdefault(row.question_id, []).append(row.value())
    waiting = [
        Waiting(name, len({one.reporter for one in reports if one.reporter}), tuple(reports))
        for name, reports in found.items()
    ]
    return sorted(waiting, key=lambda one: (-one.n_keys, _oldest(one), one.question_id))


def settle_reports(work: Session, question_id: str, number: int) -> int:
    """Mark what waits about a question as answered by an erratum; returns how many reports."""
    statement = (
        update(ReportRow)
        .where(col(ReportRow.question_id) == question_id, col(ReportRow.settled_by).is_(None))
        .values(settled_by=number)
    )
    return int(work.connection().execute(statement).rowcount)


def disputed_by_reports(work: Session) -> frozenset[str]:
    """Return the questions that so many keys report that they count nowhere until decided."""
    return frozenset(one.question_id for one in waiting_reports(work) if one.disputed)


def _oldest(one: Waiting) -> datetime:
    return one.reports[0].reported_at
