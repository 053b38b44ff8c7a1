"""Candidates that a check rejected, with reason, score and threshold, as the world may see them.

What is asked about a sentence that another question still rests on stays back: that question may
be sealed now or in a later week, and its rejected sibling would tell the answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from api.schemas import RejectedLine
from store.bulk import batched
from store.candidates import findings_of
from store.database import session
from store.records import Candidate
from store.tables import CandidateRow

WITHHELD = "withheld: another question rests on the same sentence and may be sealed"

#: What names a sentence or a pair that a living question rests on.
_Place = tuple[str, int, int] | str


def rejected(
    engine: Engine, week: str, check: str | None, after: str | None, limit: int
) -> tuple[list[RejectedLine], bool]:
    """Return the rejected candidates of a week by id, and whether more follow.

    Args:
        engine: The store.
        week: The week they were written for.
        check: Only what this check stopped.
        after: Only ids after this one.
        limit: At most so many.
    """
    query = select(CandidateRow).where(CandidateRow.week == week, CandidateRow.state == "rejected")
    if check is not None:
        query = query.where(CandidateRow.stopped_by == check)
    if after is not None:
        query = query.where(col(CandidateRow.id) > after)
    with session(engine) as work:
        rows = list(work.exec(query.order_by(CandidateRow.id).limit(limit + 1)))
        found = [(row.value(), str(row.stopped_by)) for row in rows[:limit]]
        living = _living(work, (candidate for candidate, _ in found))
        lines = [
            _line(work, candidate, stopped_by, hidden=bool(_places(candidate) & living))
            for candidate, stopped_by in found
        ]
    return lines, len(rows) > limit


def _places(candidate: Candidate) -> set[_Place]:
    places: set[_Place] = {
        (one.document_id, one.quote_span.start, one.quote_span.end) for one in candidate.quotes
    }
    return places | ({candidate.pair} if candidate.pair else set())


def _living(work: Session, candidates: Iterable[Candidate]) -> set[_Place]:
    """Return what candidates that are not rejected rest on, in the same documents or pairs."""
    candidates = list(candidates)
    documents = {one.document_id for candidate in candidates for one in candidate.quotes}
    pairs = {candidate.pair for candidate in candidates if candidate.pair}
    places: set[_Place] = set()
    alive = CandidateRow.state != "rejected"
    for some in batched(sorted(documents)):
        query = select(CandidateRow).where(alive, col(CandidateRow.document_id).in_(some))
        places |= {place for row in work.exec(query) for place in _places(row.value())}
    for some in batched(sorted(pairs)):
        query = select(CandidateRow).where(alive, col(CandidateRow.pair).in_(some))
        places |= {place for row in work.exec(query) for place in _places(row.value())}
    return places


def _line(work: Session, candidate: Candidate, stopped_by: str, *, hidden: bool) -> RejectedLine:
    found = [one for one in findings_of(work, candidate.id) if one.check == stopped_by]
    last = found[-1] if found else None
    told = "" if last is None else last.why
    return RejectedLine(
        id=candidate.id,
        family=candidate.family,
        check=stopped_by,
        question=None if hidden else candidate.question,
        why=WITHHELD if hidden else told,
        score=None if hidden or last is None else last.score,
        threshold=None if last is None else last.threshold,
    )
