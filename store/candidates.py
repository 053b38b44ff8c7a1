"""Candidates, findings and accepted questions: what is known of every question ever drafted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from store.bulk import batched
from store.errors import NotFound
from store.records import BASE_ROLES, Candidate, CandidateState, Document, Finding, Question
from store.tables import (
    CandidateRow,
    DocumentRow,
    FindingRow,
    QuestionRow,
    ReleaseItemRow,
    WithdrawalRow,
)

#: After this many unsure findings of one check the candidate is rejected (questions.md §2).
MAX_UNSURE = 3


@dataclass(frozen=True)
class Standing:
    """A candidate with the state it is in."""

    candidate: Candidate
    week: str
    state: CandidateState
    stopped_by: str | None


def save_drafts(session: Session, candidates: Iterable[Candidate], week: str) -> int:
    """Store new candidates; returns how many were new.

    Known ones stay as they are, but for one thing: one that has a variant now, and is not
    settled yet, joins its pair.
    """
    fresh = {candidate.id: candidate for candidate in candidates}
    known = set(
        session.exec(select(CandidateRow.id).where(col(CandidateRow.id).in_(list(fresh)))).all()
    )
    for name in known:
        row = session.get(CandidateRow, name)
        if row and fresh[name].pair and row.pair is None and row.state in ("drafted", "held"):
            joined = {"pair": fresh[name].pair, "pair_role": fresh[name].pair_role}
            row.pair, row.body = fresh[name].pair, row.body | joined
    rows = [CandidateRow.of(c, week=week) for name, c in fresh.items() if name not in known]
    session.add_all(rows)
    return len(rows)


def drafted_documents(session: Session) -> set[str]:
    """Return the ids of documents that candidates were already written from."""
    return set(session.exec(select(CandidateRow.document_id).distinct()).all())


def drafts_of(session: Session, document_ids: Iterable[str]) -> dict[str, tuple[Candidate, ...]]:
    """Return what was written from each document alone, by id, variants of it included."""
    found: dict[str, list[Candidate]] = {}
    for some in batched(document_ids):
        query = select(CandidateRow).where(col(CandidateRow.document_id).in_(some))
        for row in session.exec(query.order_by(CandidateRow.id)):
            candidate = row.value()
            if all(one.document_id == candidate.document_id for one in candidate.also):
                found.setdefault(candidate.document_id, []).append(candidate)
    return {name: tuple(candidates) for name, candidates in found.items()}


def in_state(session: Session, states: Sequence[CandidateState]) -> list[Candidate]:
    """Return candidates in any of `states`, by id."""
    query = select(CandidateRow).where(col(CandidateRow.state).in_(states))
    return [row.value() for row in session.exec(query.order_by(CandidateRow.id))]


def base_of_pairs(session: Session, pairs: Iterable[str]) -> dict[str, Candidate]:
    """Return the base question of each pair, whatever became of it."""
    query = select(CandidateRow).where(col(CandidateRow.pair).in_(sorted(set(pairs))))
    found = (row.value() for row in session.exec(query))
    return {c.pair: c for c in found if c.pair and c.pair_role in BASE_ROLES}


def standings(
    session: Session, *, week: str | None = None, stopped_by: str | None = None, limit: int = 1_000
) -> list[Standing]:
    """Return candidates with their state, by id; optionally only those one check stopped."""
    query = select(CandidateRow).order_by(CandidateRow.id).limit(limit)
    if week:
        query = query.where(CandidateRow.week == week)
    if stopped_by:
        query = query.where(CandidateRow.stopped_by == stopped_by)
    return [_standing(row) for row in session.exec(query)]


def standing_of(session: Session, candidate_id: str) -> Standing:
    """Return one candidate with its state.

    Raises:
        NotFound: There is no such candidate.
    """
    row = session.get(CandidateRow, candidate_id)
    if row is None:
        raise NotFound("candidate", candidate_id)
    return _standing(row)


def _standing(row: CandidateRow) -> Standing:
    return Standing(row.value(), row.week, row.state, row.stopped_by)  # type: ignore[arg-type]


def latest_findings(
    session: Session, subjects: Sequence[str] | None = None
) -> dict[tuple[str, str, int], Finding]:
    """Return the newest finding of each (subject, check, version)."""
    query = select(FindingRow).order_by(col(FindingRow.attempt), col(FindingRow.number))
    if subjects is not None:
        query = query.where(col(FindingRow.subject).in_(subjects))
    found = (row.value() for row in session.exec(query))
    return {(f.subject, f.check, f.version): f for f in found}


def findings_of(session: Session, subject: str) -> list[Finding]:
    """Return every finding about one candidate or document, oldest first."""
    query = select(FindingRow).where(FindingRow.subject == subject).order_by(col(FindingRow.number))
    return [row.value() for row in session.exec(query)]


def save_findings(session: Session, findings: Iterable[Finding]) -> None:
    """Store findings; each candidate a finding stops is marked rejected or held.

    A finding that is there already stays as it is.
    """
    found = {(f.subject, f.check, f.version, f.attempt): f for f in findings}
    subjects = sorted({finding.subject for finding in found.values()})
    query = select(FindingRow).where(col(FindingRow.subject).in_(subjects))
    known = {(r.subject, r.check, r.version, r.attempt) for r in session.exec(query)}
    for key, finding in found.items():
        if key in known:
            continue
        session.add(FindingRow.of(finding))
        if finding.outcome == "pass":
            continue
        row = session.get(CandidateRow, finding.subject)
        if row is not None:
            worn_out = finding.outcome == "unsure" and finding.attempt >= MAX_UNSURE
            row.state = "rejected" if finding.outcome == "fail" or worn_out else "held"
            row.stopped_by = finding.check


def accept(session: Session, candidate: Candidate, question: Question, week: str) -> None:
    """Mark a candidate accepted and store its question; doing it again changes nothing."""
    row = session.get(CandidateRow, candidate.id)
    if row is None:
        raise NotFound("candidate", candidate.id)
    row.state, row.stopped_by = "accepted", None
    if session.get(QuestionRow, question.id) is None:
        session.add(
            QuestionRow.of(
                question,
                candidate_id=candidate.id,
                document_id=candidate.document_id,
                accepted_week=week,
            )
        )


def accepted_questions(session: Session) -> list[Question]:
    """Return every accepted question, by id."""
    return [row.value() for row in session.exec(select(QuestionRow).order_by(QuestionRow.id))]


def unreleased_questions(session: Session) -> list[tuple[Question, str]]:
    """Return accepted questions that no release carries, with their document's id, by id.

    What is from a source that was taken down is left out.
    """
    taken = select(ReleaseItemRow.question_id)
    query = (
        select(QuestionRow, CandidateRow)
        .join(CandidateRow, col(CandidateRow.id) == col(QuestionRow.candidate_id))
        .where(col(QuestionRow.id).not_in(taken))
        .order_by(QuestionRow.id)
    )
    withdrawn = set(session.exec(documents_withdrawn()))
    return [
        (row.value(), row.document_id)
        for row, candidate in session.exec(query)
        if not withdrawn.intersection(
            (row.document_id, *(one["document_id"] for one in candidate.body.get("also", ())))
        )
    ]


def documents_withdrawn() -> SelectOfScalar[str]:
    """Return the query for the ids of documents whose source was taken down."""
    gone = select(WithdrawalRow.source)
    return select(DocumentRow.id).where(col(DocumentRow.source).in_(gone))


def documents_by_id(session: Session, ids: Iterable[str]) -> dict[str, Document]:
    """Return the documents with these ids, those that exist."""
    query = select(DocumentRow).where(col(DocumentRow.id).in_(sorted(set(ids))))
    return {row.id: row.value() for row in session.exec(query)}
