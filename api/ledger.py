"""What the database says beside the releases: who carries a question, sources, runs, funnels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from api.schemas import FunnelAnswer, RunLine, SourceLine
from api.shelf import Shelf
from store.audit import Carried, Chain, chain_of
from store.candidates import funnel
from store.database import session
from store.errors import AnswerSealed, NotFound
from store.records import Document, SourceReport
from store.tables import (
    CandidateRow,
    DocumentRow,
    ReleaseItemRow,
    ReleaseRow,
    RunRow,
    SourceReportRow,
)

State = Literal["open", "sealed", "retired"]


@dataclass(frozen=True)
class Shown:
    """A question in the form the world may see now."""

    id: str
    state: State
    #: The release whose file the row is from.
    week: str
    #: The row, byte for byte as in that file.
    line: bytes
    carried: tuple[Carried, ...]


def carriers(work: Session, question_id: str) -> tuple[Carried, ...]:
    """Return the releases that carry a question, oldest first."""
    query = select(ReleaseItemRow).where(ReleaseItemRow.question_id == question_id)
    return tuple(
        Carried(week=row.week, sealed=row.sealed, role=row.role)
        for row in work.exec(query.order_by(ReleaseItemRow.week))
    )


def shown(engine: Engine, shelf: Shelf, question_id: str) -> Shown:
    """Return a question as the world may see it.

    An accepted question that no release carries yet does not exist here: it may be sealed
    when a week takes it. One that was ever sealed stays so until a release reveals it.

    Raises:
        NotFound: No release carries the question.
    """
    with session(engine) as work:
        carried = carriers(work, question_id)
    if not carried:
        raise NotFound("question", question_id)
    last = carried[-1].week
    for week in (week for week in reversed(shelf.weeks()) if week > last):
        if line := shelf.retired(week).get(question_id):
            return Shown(question_id, "retired", week, line, carried)
    sealed = [each.week for each in carried if each.sealed]
    week = sealed[-1] if sealed else last
    entry = shelf.rows(week).get(question_id)
    return Shown(question_id, "sealed" if sealed else "open", week, entry.line, carried)


def open_chain(engine: Engine, question: Shown) -> Chain:
    """Return the whole chain of a question whose answer may be seen.

    Raises:
        AnswerSealed: It may not.
    """
    if question.state == "sealed":
        raise AnswerSealed(question.id)
    with session(engine) as work:
        return chain_of(work, question.id)


def sources(engine: Engine) -> list[SourceLine]:
    """Return every source that was visited or gave a document, by name."""
    with session(engine) as work:
        reports = _newest_reports(work)
        counted = {
            name: (count, newest)
            for name, count, newest in work.exec(
                select(
                    DocumentRow.source, func.count(), func.max(DocumentRow.published_at)
                ).group_by(DocumentRow.source)
            )
        }
        documents = _newest_documents(work)
    lines = []
    for name in sorted({*reports, *counted}):
        report, document = reports.get(name), documents.get(name)
        count, newest = counted.get(name, (0, None))
        lines.append(
            SourceLine(
                name=name,
                licence=document.licence if document else None,
                attribution=document.attribution if document else None,
                topic=document.topic if document else None,
                n_documents=count,
                newest_document_at=newest,
                visited_at=report.finished_at if report else None,
                n_listed=report.n_listed if report else 0,
                n_unchanged=report.n_unchanged if report else 0,
                n_refused=report.n_refused if report else 0,
                error=report.error if report else None,
            )
        )
    return lines


def _newest_reports(work: Session) -> dict[str, SourceReport]:
    newest = select(func.max(SourceReportRow.number)).group_by(SourceReportRow.source)
    rows = work.exec(select(SourceReportRow).where(col(SourceReportRow.number).in_(newest)))
    return {row.source: row.value() for row in rows}


def _newest_documents(work: Session) -> dict[str, Document]:
    newest = (
        select(DocumentRow.source, func.max(DocumentRow.published_at).label("at"))
        .group_by(DocumentRow.source)
        .subquery()
    )
    rows = work.exec(
        select(DocumentRow)
        .join(newest, col(DocumentRow.source) == newest.c.source)
        .where(DocumentRow.published_at == newest.c.at)
    )
    return {row.source: row.value() for row in rows}


def runs(engine: Engine, after: int | None, limit: int) -> tuple[list[RunLine], bool]:
    """Return runs, newest first, and whether more follow.

    Why a run failed stays with the operator: the sentence may name a path or a host.
    """
    query = select(RunRow).order_by(col(RunRow.number).desc()).limit(limit + 1)
    if after is not None:
        query = query.where(col(RunRow.number) < after)
    with session(engine) as work:
        found = [
            RunLine(
                number=row.number or 0,
                job=row.job,
                key=row.key,
                state=row.state,
                started_at=row.started_at,
                finished_at=row.finished_at,
            )
            for row in work.exec(query)
        ]
    return found[:limit], len(found) > limit


def funnel_weeks(engine: Engine) -> list[str]:
    """Return the weeks that candidates were written for, newest first."""
    query = select(CandidateRow.week).distinct().order_by(col(CandidateRow.week).desc())
    with session(engine) as work:
        return list(work.exec(query))


def week_funnel(engine: Engine, shelf: Shelf, week: str) -> FunnelAnswer:
    """Return where one week's candidates stopped: as its release states it, else as of now.

    Raises:
        NotFound: No candidate was written for the week.
    """
    if week in shelf.weeks() and (stated := shelf.published(week).manifest.get("funnel")):
        return FunnelAnswer.model_validate({"week": week, **stated})
    if week not in funnel_weeks(engine):
        raise NotFound("week with candidates", week)
    with session(engine) as work:
        return FunnelAnswer(week=week, **asdict(funnel(work, week)))


def entered_weeks(engine: Engine) -> set[str]:
    """Return the weeks that the database knows to be published."""
    with session(engine) as work:
        return set(work.exec(select(ReleaseRow.week)))


def candidate_states(engine: Engine) -> dict[str, int]:
    """Count all candidates ever written by the state they are in."""
    query = select(CandidateRow.state, func.count()).group_by(CandidateRow.state)
    with session(engine) as work:
        return {state: count for state, count in work.exec(query)}
