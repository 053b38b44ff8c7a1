"""Take-down: a source's text leaves the store; that it was there, and what it proved, stays.

Every step may be done again without a second effect, so a removal that was interrupted is
finished by the next one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import ColumnElement, Engine, delete, update
from sqlmodel import Session, col, select

from store.captures import BlobStore
from store.database import session
from store.durable import fsync_folder
from store.errors import NotFound, StoreError
from store.records import Candidate, Document, Finding, Withdrawal, utc_date
from store.releases.rows import without_text
from store.tables import (
    CandidateRow,
    CaptureRow,
    DocumentRow,
    FactRow,
    FindingRow,
    ModelCallRow,
    QuestionRow,
    ReleaseItemRow,
    RetirementRow,
    WithdrawalRow,
)

#: The name that a take-down's own findings go by.
CHECK = "withdrawn"
#: A quotation in a finding's reason that is as long as this is the source's text, not a name.
_QUOTED = re.compile(r"(['\"]).{25,}\1", re.DOTALL)
#: Names in one question to the database; older SQLite takes 999.
_IN_LIMIT = 900


@dataclass(frozen=True)
class Removed:
    """What one removal took out; all zero when there was nothing left.

    Attributes:
        documents: Documents whose text was removed.
        candidates: Candidates that can become no question any more.
        questions: Accepted questions that lost their passage.
        facts: Values of structured data.
        blobs: Files of captured bytes and texts.
    """

    documents: int = 0
    candidates: int = 0
    questions: int = 0
    facts: int = 0
    blobs: int = 0


def remove_text(engine: Engine, blobs: BlobStore, source: str, now: datetime) -> Removed:
    """Remove the text of a source that was withdrawn: `remove_rows`, then `remove_blobs`.

    Raises:
        NotFound: The source was not withdrawn.
        StoreError: The database or the disk refused; run it again.
    """
    removed = remove_rows(engine, source, now)
    return replace(removed, blobs=remove_blobs(engine, blobs, source))


def remove_rows(engine: Engine, source: str, now: datetime) -> Removed:
    """Take the text of a source that was withdrawn out of the database.

    Rows of captures, documents, candidates, findings and questions stay, without what the source
    wrote. A live sealed question keeps its quote until it is revealed, or its commitment could
    not be opened.

    Raises:
        NotFound: The source was not withdrawn.
        StoreError: The database refused; run it again.
    """
    with session(engine) as work:
        row = work.get(WithdrawalRow, source)
        if row is None:
            raise NotFound("withdrawn source", source)
        _overwrite_what_is_freed(work)
        withdrawal: Withdrawal = row.value()
        removed = Removed(
            documents=_documents(work, withdrawal),
            candidates=_candidates(work, withdrawal, now),
            questions=_questions(work, withdrawal),
            facts=work.exec(delete(FactRow).where(col(FactRow.source) == source)).rowcount,
        )
        _findings(work, source)
    _empty_the_log(engine)
    return removed


def remove_blobs(engine: Engine, blobs: BlobStore, source: str) -> int:
    """Remove the stored bytes and texts of a source that no other source needs.

    While it runs nobody else may store captures: see `scripts/takedown.py`.

    Returns:
        How many files there were.

    Raises:
        StoreError: The database or the disk refused; run it again.
    """
    there = blobs_left(engine, blobs, source)
    try:
        for path in there:
            path.unlink(missing_ok=True)
        for folder in sorted({path.parent for path in there}):
            fsync_folder(folder)
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(f"captured bytes cannot be removed: {why}") from error
    return len(there)


def blobs_left(engine: Engine, blobs: BlobStore, source: str) -> list[Path]:
    """Return the files of a withdrawn source that are there and that no other source needs."""
    with session(engine) as work:
        unneeded = _blobs_of(work, source) - _needed_elsewhere(work)
        unneeded -= _captured_elsewhere(work, unneeded)
    return [path for sha256 in sorted(unneeded) if (path := blobs.path(sha256)).exists()]


def _overwrite_what_is_freed(work: Session) -> None:
    """Have SQLite write over the space of what is removed; it would only mark it as free."""
    if work.get_bind().dialect.name == "sqlite":
        work.connection().exec_driver_sql("PRAGMA secure_delete=ON")


def _empty_the_log(engine: Engine) -> None:
    """Bring SQLite's log into the database: it holds pages as they were before."""
    if engine.dialect.name == "sqlite":
        with session(engine) as work:
            work.connection().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def _documents(work: Session, withdrawal: Withdrawal) -> int:
    n_removed = 0
    for row in work.exec(select(DocumentRow).where(DocumentRow.source == withdrawal.source)):
        document: Document = row.value()
        if document.text_removed_at is not None:
            continue
        without = {
            "title": withdrawal.note,
            "text": "",
            "hidden_text": "",
            "text_removed_at": withdrawal.withdrawn_at,
        }
        row.body = document.model_copy(update=without).model_dump(mode="json")
        n_removed += 1
    return n_removed


def _candidates(work: Session, withdrawal: Withdrawal, now: datetime) -> int:
    """Take the quotes out, and stop what could still become a question of a release."""
    released = set(work.exec(select(QuestionRow.candidate_id).join(ReleaseItemRow, _SAME_QUESTION)))
    n_stopped = 0
    replies: set[str] = set()
    for row in work.exec(select(CandidateRow).where(_of(withdrawal.source))):
        candidate: Candidate = row.value()
        if candidate.raw_reply:
            replies.add(candidate.raw_reply)
        without = {"quote": "", "raw_reply": None}
        row.body = candidate.model_copy(update=without).model_dump(mode="json")
        if row.state != "rejected" and row.id not in released:
            row.state, row.stopped_by = "rejected", CHECK
            n_stopped += 1
            _file(work, row.id, withdrawal, now)
    _forget_replies(work, replies)
    return n_stopped


def _file(work: Session, subject: str, withdrawal: Withdrawal, now: datetime) -> None:
    """Say in a finding why a candidate was stopped, once."""
    known = select(FindingRow.number).where(
        FindingRow.subject == subject, FindingRow.check == CHECK
    )
    if work.exec(known).first() is None:
        why = f"its source was taken down on {utc_date(withdrawal.withdrawn_at)}"
        work.add(
            FindingRow.of(
                Finding(
                    subject=subject, check=CHECK, version=1, outcome="fail", why=why, found_at=now
                )
            )
        )


def _questions(work: Session, withdrawal: Withdrawal) -> int:
    """Take passages and quotes out of accepted questions; a live sealed one keeps its quote."""
    sealed = set(work.exec(select(ReleaseItemRow.question_id).where(ReleaseItemRow.sealed)))
    retired = set(work.exec(select(RetirementRow.question_id)))
    day = utc_date(withdrawal.withdrawn_at)
    documents = select(DocumentRow.id).where(DocumentRow.source == withdrawal.source)
    n_changed = 0
    for row in work.exec(select(QuestionRow).where(col(QuestionRow.document_id).in_(documents))):
        question = without_text(row.value(), day)
        if row.id not in sealed - retired:
            question = question.model_copy(update={"evidence": ""})
        body = question.model_dump(mode="json")
        n_changed += body != row.body
        row.body = body
    return n_changed


def _findings(work: Session, source: str) -> None:
    """Take what quotes the source out of the findings about its documents and candidates."""
    documents = list(work.exec(select(DocumentRow.id).where(DocumentRow.source == source)))
    candidates = list(work.exec(select(CandidateRow.id).where(_of(source))))
    replies: set[str] = set()
    for some in _batched([*documents, *candidates]):
        for row in work.exec(select(FindingRow).where(col(FindingRow.subject).in_(some))):
            finding: Finding = row.value()
            replies |= {
                str(one["raw"]) for one in finding.evidence.get("refusals", ()) if one.get("raw")
            }
            why = _QUOTED.sub("(removed)", finding.why)
            without = finding.model_copy(update={"evidence": {}, "why": why})
            row.body = without.model_dump(mode="json")
    _forget_replies(work, replies)


def _forget_replies(work: Session, replies: Iterable[str]) -> None:
    """Empty the stored model replies that quote the source; that they were paid for stays."""
    for some in _batched(sorted(replies)):
        work.exec(update(ModelCallRow).where(col(ModelCallRow.reply).in_(some)).values(reply=""))


_SAME_QUESTION = col(QuestionRow.id) == col(ReleaseItemRow.question_id)


def _of(source: str) -> ColumnElement[bool]:
    documents = select(DocumentRow.id).where(DocumentRow.source == source)
    return col(CandidateRow.document_id).in_(documents)


def _blobs_of(work: Session, source: str) -> set[str]:
    """Return the hashes of everything that was stored for a source."""
    captured = set(work.exec(select(CaptureRow.sha256).where(CaptureRow.source == source)))
    return captured | _blobs_of_documents(work, col(DocumentRow.source) == source)


def _needed_elsewhere(work: Session) -> set[str]:
    """Return the hashes that documents and facts of sources in force rest on."""
    gone = select(WithdrawalRow.source)
    facts = select(col(FactRow.body)["capture_sha256"].as_string()).where(
        col(FactRow.source).not_in(gone)
    )
    return _blobs_of_documents(work, col(DocumentRow.source).not_in(gone)) | set(work.exec(facts))


def _captured_elsewhere(work: Session, hashes: Iterable[str]) -> set[str]:
    """Return those of the hashes that a source in force captured too."""
    gone = select(WithdrawalRow.source)
    found: set[str] = set()
    for some in _batched(sorted(hashes)):
        query = select(CaptureRow.sha256).where(
            col(CaptureRow.sha256).in_(some), col(CaptureRow.source).not_in(gone)
        )
        found |= set(work.exec(query))
    return found


def _blobs_of_documents(work: Session, which: ColumnElement[bool]) -> set[str]:
    body = col(DocumentRow.body)
    query = select(body["text_sha256"].as_string(), body["capture_sha256"].as_string())
    return {sha256 for pair in work.exec(query.where(which)) for sha256 in pair}


def _batched(names: Sequence[str]) -> Iterable[list[str]]:
    ahead = iter(names)
    while some := list(islice(ahead, _IN_LIMIT)):
        yield some
