"""Where every source stands: its terms, visits and failures, and what it gave week by week.

Each count is one query with GROUP BY over an index, for all sources at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, case, func
from sqlmodel import Session, col, select

from api.lines import SourceLine, Stand, VisitLine, WeekCount
from store.errors import SettingsError
from store.records import Document, Source, SourceReport, SourceState, Withdrawal
from store.sources import known_sources, source_states, withdrawals
from store.tables import DocumentRow, QuestionRow, SourceReportRow
from store.timetable import PROBATION, next_visit, standing
from store.weeks import week_bounds, week_of

#: Two months show whether a source dries up; the running week is the last.
WEEKS = 8


@dataclass(frozen=True)
class _Given:
    """What a source gave so far."""

    n_documents: int = 0
    newest_at: datetime | None = None
    #: Documents of each of the last weeks, oldest first.
    weekly: Sequence[int] = (0,) * WEEKS


_NOTHING = _Given()


def last_weeks(now: datetime, n_weeks: int = WEEKS) -> tuple[str, ...]:
    """Return the last ISO weeks, oldest first; the last is the one that `now` lies in."""
    return tuple(week_of((now - timedelta(weeks=n)).date()) for n in range(n_weeks - 1, -1, -1))


def source_lines(
    work: Session, now: datetime, listed: Iterable[Source] | None = None
) -> list[SourceLine]:
    """Return every source that is listed, or once gave a document, by name.

    Args:
        work: Where to look.
        now: The instant it is told from.
        listed: The list in force; the one the database knows when None.
    """
    weeks = last_weeks(now)
    once = {source.name: source for source in known_sources(work, listed=False)}
    on_list = known_sources(work) if listed is None else listed
    in_force = {source.name: source for source in on_list}
    given = _given(work, weeks)
    states, gone = source_states(work), withdrawals(work)
    visits, questions = _newest_visits(work), _accepted(work, weeks)
    opened_at = min((s.first_visit_at for s in states.values() if s.first_visit_at), default=None)
    witnesses = _newest_documents(work, given.keys() - in_force.keys() - once.keys())
    return [
        _line(
            _Known(
                name=name,
                source=in_force.get(name) or once.get(name),
                listed=name in in_force,
                state=states.get(name, SourceState(source=name)),
                withdrawal=gone.get(name),
                report=visits.get(name),
                witness=witnesses.get(name),
            ),
            given.get(name, _NOTHING),
            [questions.get((name, week), 0) for week in weeks],
            weeks,
            now,
            opened_at,
        )
        for name in sorted({*in_force, *given})
    ]


@dataclass(frozen=True)
class _Known:
    """What is known of one source beside its counts."""

    name: str
    #: As the list in force, or the last list that had it, gives it.
    source: Source | None
    listed: bool
    state: SourceState
    withdrawal: Withdrawal | None
    report: SourceReport | None
    #: A document that keeps the terms of a source no list is known to have had.
    witness: Document | None


def _line(
    known: _Known,
    given: _Given,
    questions: Sequence[int],
    weeks: Sequence[str],
    now: datetime,
    opened_at: datetime | None,
) -> SourceLine:
    source, state, terms = known.source, known.state, known.source or known.witness
    stands = _stand(known, now, opened_at)
    new_since = state.first_visit_at if stands == "probation" else None
    report = known.report
    return SourceLine(
        name=known.name,
        listed=known.listed,
        kind=source.kind if source else None,
        url=source.url if source else None,
        licence=terms.licence if terms else None,
        attribution=terms.attribution if terms else None,
        topic=terms.topic if terms else None,
        interval=source.interval if source else None,
        standing=stands,
        probation_until=new_since + PROBATION if new_since else None,
        withdrawn_at=known.withdrawal.withdrawn_at if known.withdrawal else None,
        visited_at=state.visited_at or (report.finished_at if report else None),
        succeeded_at=state.succeeded_at,
        failing_since=state.failing_since,
        n_failures=state.n_failures,
        error=state.why,
        next_visit_at=_next_visit(known, now),
        n_documents=given.n_documents,
        newest_document_at=given.newest_at,
        weeks=tuple(
            WeekCount(week=week, n_documents=documents, n_questions=accepted)
            for week, documents, accepted in zip(weeks, given.weekly, questions, strict=True)
        ),
        visit=_visit(report) if report else None,
    )


def _stand(known: _Known, now: datetime, opened_at: datetime | None) -> Stand:
    if known.withdrawal:
        return "withdrawn"
    if not known.listed or known.source is None:
        return "unlisted"
    return standing(known.source, known.state, now, opened_at=opened_at)


def _next_visit(known: _Known, now: datetime) -> datetime | None:
    if known.source is None or not known.listed or known.withdrawal:
        return None
    try:
        return next_visit(known.source, known.state, now)
    except SettingsError:
        # Its interval cannot be read, so the daemon has no instant for it either.
        return None


def _visit(report: SourceReport) -> VisitLine:
    return VisitLine.model_validate(report.model_dump(include=set(VisitLine.model_fields)))


def _given(work: Session, weeks: Sequence[str]) -> dict[str, _Given]:
    """Count the documents of each source: all, and those published in each week."""
    at = col(DocumentRow.published_at)
    bounds = [week_bounds(week) for week in weeks]
    in_week = [func.count(case((and_(at >= start, at < end), 1))) for start, end in bounds]
    source = col(DocumentRow.source)
    query = select(source, func.count(), func.max(at), *in_week).group_by(source)
    return {row[0]: _Given(row[1], row[2], tuple(row[3:])) for row in work.exec(query)}


def _accepted(work: Session, weeks: Sequence[str]) -> Mapping[tuple[str, str], int]:
    """Count the accepted questions of each source in each week."""
    source, week = col(DocumentRow.source), col(QuestionRow.accepted_week)
    query = (
        select(source, week, func.count())
        .select_from(QuestionRow)
        .join(DocumentRow, col(DocumentRow.id) == col(QuestionRow.document_id))
        .where(week.in_(weeks))
        .group_by(source, week)
    )
    return {(name, accepted): count for name, accepted, count in work.exec(query)}


def _newest_visits(work: Session) -> dict[str, SourceReport]:
    newest = select(func.max(SourceReportRow.number)).group_by(col(SourceReportRow.source))
    rows = work.exec(select(SourceReportRow).where(col(SourceReportRow.number).in_(newest)))
    return {row.source: row.value() for row in rows}


def _newest_documents(work: Session, names: Iterable[str]) -> dict[str, Document]:
    wanted = col(DocumentRow.source).in_(sorted(names))
    newest = (
        select(DocumentRow.source, func.max(DocumentRow.published_at).label("at"))
        .where(wanted)
        .group_by(DocumentRow.source)
        .subquery()
    )
    rows = work.exec(
        select(DocumentRow)
        .join(newest, col(DocumentRow.source) == newest.c.source)
        .where(DocumentRow.published_at == newest.c.at)
    )
    return {row.source: row.value() for row in rows}
