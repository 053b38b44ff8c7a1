"""What the database says beside the releases: who carries a question, sources, funnels."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from api.lines import SourceLine
from api.reasons import public_reason, public_url
from api.schemas import FunnelAnswer
from api.shelf import Shelf
from api.standings import source_lines
from store.audit import Carried, Chain, chain_of
from store.database import session
from store.errata import errata_of
from store.errors import AnswerSealed, NotFound
from store.funnel import funnel
from store.records import Erratum
from store.tables import CandidateRow, ReleaseItemRow, ReleaseRow

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


def errata_about(engine: Engine, question_id: str) -> list[Erratum]:
    """Return what was found about a question after its release, oldest first."""
    with session(engine) as work:
        return errata_of(work, question_id)


def open_chain(engine: Engine, question: Shown) -> Chain:
    """Return the whole chain of a question whose answer may be seen.

    Raises:
        AnswerSealed: It may not.
    """
    if question.state == "sealed":
        raise AnswerSealed(question.id)
    with session(engine) as work:
        return chain_of(work, question.id)


def sources(engine: Engine, now: datetime) -> list[SourceLine]:
    """Return every source that is listed or gave a document, by name, as the world may see it."""
    with session(engine) as work:
        lines = source_lines(work, now)
    return [
        line.model_copy(
            update={
                "url": line.url and public_url(line.url),
                "error": line.error and public_reason(line.error, line.url),
            }
        )
        for line in lines
    ]


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
