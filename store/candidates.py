"""Candidates, findings and accepted questions: what is known of every question ever drafted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from store.bulk import add_new, batched
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
    known: set[str] = set()
    for some in batched(fresh):
        query = select(CandidateRow.id, CandidateRow.pair, CandidateRow.state)
        for name, pair, state in session.exec(query.where(col(CandidateRow.id).in_(some))):
            known.add(name)
            if fresh[name].pair and pair is None and state in ("drafted", "held"):
                row = session.get_one(CandidateRow, name)
                joined = {"pair": fresh[name].pair, "pair_role": fresh[name].pair_role}
                row.pair, row.body = fresh[name].pair, row.body | joined
    new = [
        {**CandidateRow.columns(one), "week": week, "state": "drafted", "stopped_by": None}
        for name, one in fresh.items()
        if name not in known
    ]
    add_new(session, CandidateRow, new)
    return len(new)


def drafted_documents(session: Session) -> set[str]:
    """Return the ids of documents that candidates were already written from."""
    return set(session.exec(select(CandidateRow.document_id).distinct()).all())


def drafts_of(session: Session, document_ids: Iterable[str]) -> dict[str, tuple[Candidate, ...]]:
    """Return what was written from each document alone, by id, variants of it included."""
    found: dict[str, list[Candidate]] = {}
    for some in batched(document_ids):
        query = select(CandidateRow).where(col(CandidateRow.document_id).in_(some))
        for row in sorted(session.exec(query), key=lambda one: one.id):
            candidate = row.value()
            if all(one.document_id == candidate.document_id for one in candidate.also):
                found.setdefault(candidate.document_id, []).append(candidate)
    return {name: tuple(candidates) for name, candidates in found.items()}


def in_state(session: Session, states: Sequence[CandidateState]) -> list[Candidate]:
    """Return candidates in any of `states`, by id."""
    found: list[CandidateRow] = []
    for state in states:
        found += session.exec(select(CandidateRow).where(CandidateRow.state == state))
    return [row.value() for row in sorted(found, key=lambda one: one.id)]


def ids_in_state(session: Session, state: CandidateState) -> set[str]:
    """Return the ids of the candidates in a state, from the index alone."""
    return set(session.exec(select(CandidateRow.id).where(CandidateRow.state == state)))


def base_of_pairs(session: Session, pairs: Iterable[str]) -> dict[str, Candidate]:
    """Return the base question of each pair, whatever became of it."""
    found: list[CandidateRow] = []
    for some in batched(set(pairs)):
        found += session.exec(select(CandidateRow).where(col(CandidateRow.pair).in_(some)))
    candidates = (row.value() for row in sorted(found, key=lambda one: one.id))
    return {c.pair: c for c in candidates if c.pair and c.pair_role in BASE_ROLES}


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


def candidates_on(
    session: Session, topic: str, *, after: str = "", limit: int = 100
) -> list[Standing]:
    """Return a page of the candidates on a topic, by id; the next begins after the last id."""
    query = select(CandidateRow).where(CandidateRow.topic == topic, col(CandidateRow.id) > after)
    return [_standing(row) for row in session.exec(query.order_by(CandidateRow.id).limit(limit))]


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
    found: list[FindingRow] = []
    if subjects is None:
        found += session.exec(select(FindingRow))
    for some in batched(subjects or ()):
        found += session.exec(select(FindingRow).where(col(FindingRow.subject).in_(some)))
    # Sorted here: an index gives them by subject, and a database would sort whole values.
    found.sort(key=lambda row: (row.attempt, row.number))
    findings = (row.value() for row in found)
    return {(f.subject, f.check, f.version): f for f in findings}


def findings_of(session: Session, subject: str) -> list[Finding]:
    """Return every finding about one candidate or document, oldest first."""
    query = select(FindingRow).where(FindingRow.subject == subject).order_by(col(FindingRow.number))
    return [row.value() for row in session.exec(query)]


def check_versions(session: Session) -> dict[str, int]:
    """Return the newest version of every check that ever found something, by name.

    Two looks into an index a check: findings are too many to read all of them.
    """
    found: dict[str, int] = {}
    name: str | None = ""
    while name is not None:
        following = select(func.min(FindingRow.check)).where(col(FindingRow.check) > name)
        name = session.exec(following).one()
        if name is not None:
            newest = select(func.max(FindingRow.version)).where(FindingRow.check == name)
            found[name] = session.exec(newest).one()
    return found


def save_findings(session: Session, findings: Iterable[Finding]) -> None:
    """Store findings; each candidate a finding stops is marked rejected or held.

    A finding that is there already stays as it is.
    """
    found = {(f.subject, f.check, f.version, f.attempt): f for f in findings}
    for some in batched({finding.subject for finding in found.values()}):
        columns = select(
            FindingRow.subject, FindingRow.check, FindingRow.version, FindingRow.attempt
        )
        for known in session.exec(columns.where(col(FindingRow.subject).in_(some))):
            found.pop((known[0], known[1], known[2], known[3]), None)
    add_new(session, FindingRow, [FindingRow.columns(one) for one in found.values()])
    ends: dict[str, tuple[CandidateState, str]] = {}
    for finding in found.values():
        if finding.outcome != "pass":
            worn_out = finding.outcome == "unsure" and finding.attempt >= MAX_UNSURE
            is_over = finding.outcome == "fail" or worn_out
            ends[finding.subject] = ("rejected" if is_over else "held", finding.check)
    alike: dict[tuple[CandidateState, str], list[str]] = defaultdict(list)
    for subject, end in ends.items():
        alike[end].append(subject)
    for (state, check), stopped in alike.items():
        for some in batched(stopped):
            these = update(CandidateRow).where(col(CandidateRow.id).in_(some))
            session.exec(these.values(state=state, stopped_by=check))


def accept(session: Session, candidate: Candidate, question: Question, week: str) -> None:
    """Mark a candidate accepted and store its question; doing it again changes nothing.

    Raises:
        NotFound: There is no such candidate.
    """
    accept_all(session, [(candidate, question)], week)


def accept_all(session: Session, passed: Iterable[tuple[Candidate, Question]], week: str) -> None:
    """Mark candidates accepted and store their questions; doing it again changes nothing.

    Raises:
        NotFound: One of the candidates is not stored.
    """
    for some in batched(passed):
        names = [candidate.id for candidate, _ in some]
        there = col(CandidateRow.id).in_(names)
        known = set(session.exec(select(CandidateRow.id).where(there)))
        for name in names:
            if name not in known:
                raise NotFound("candidate", name)
        session.exec(update(CandidateRow).where(there).values(state="accepted", stopped_by=None))
        ids = {question.id for _, question in some}
        stored = set(session.exec(select(QuestionRow.id).where(col(QuestionRow.id).in_(ids))))
        new = list(_question_columns(some, stored, week))
        if new:
            # No conflict is passed over: two questions of one candidate are a fault of ours.
            session.connection().execute(insert(QuestionRow), new)


def _question_columns(
    passed: Iterable[tuple[Candidate, Question]], stored: set[str], week: str
) -> Iterator[dict[str, Any]]:
    named = {question.id: (candidate, question) for candidate, question in reversed([*passed])}
    for name, (candidate, question) in named.items():
        if name not in stored:
            yield QuestionRow.columns(question) | {
                "candidate_id": candidate.id,
                "document_id": candidate.document_id,
                "accepted_week": week,
            }


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
    found: dict[str, Document] = {}
    for some in batched(sorted(set(ids))):
        query = select(DocumentRow).where(col(DocumentRow.id).in_(some))
        found |= {row.id: row.value() for row in session.exec(query)}
    return found
