"""The whole chain of one question: source, capture, text, quote, writer, findings, releases.

The terminal, the API, the pages and `provenance.jsonl` all show what this returns.
"""

from __future__ import annotations

from typing import Any

from sqlmodel import Session, col, select

from store.candidates import findings_of
from store.errors import NotFound
from store.records import Candidate, Capture, Document, Finding, Question, Record
from store.tables import (
    CandidateRow,
    CaptureRow,
    DocumentRow,
    QuestionRow,
    ReleaseItemRow,
    ReleaseRow,
    RetirementRow,
)


class Carried(Record):
    """That one release carries the question."""

    week: str
    sealed: bool
    role: str


class Chain(Record):
    """Everything that led to one question."""

    question: Question
    candidate: Candidate
    document: Document
    capture: Capture
    findings: tuple[Finding, ...]
    releases: tuple[Carried, ...]
    #: Why it left the set; None while it lives.
    retired_because: str | None = None

    @property
    def live_sealed(self) -> bool:
        """Whether the answer must not be shown: sealed in a release and not retired yet."""
        return self.retired_because is None and any(c.sealed for c in self.releases)


def chain_of(session: Session, question_id: str) -> Chain:
    """Return the chain of one question.

    Raises:
        NotFound: There is no such question.
    """
    row = session.get(QuestionRow, question_id)
    if row is None:
        raise NotFound("question", question_id)
    candidate_row = session.get(CandidateRow, row.candidate_id)
    document_row = session.get(DocumentRow, row.document_id)
    if candidate_row is None or document_row is None:
        raise NotFound("candidate or document of question", question_id)
    candidate: Candidate = candidate_row.value()
    document: Document = document_row.value()
    capture = session.exec(
        select(CaptureRow)
        .where(CaptureRow.sha256 == document.capture_sha256)
        .order_by(col(CaptureRow.number))
    ).first()
    if capture is None:
        raise NotFound("capture", document.capture_sha256)
    carried = session.exec(
        select(ReleaseItemRow, ReleaseRow)
        .where(ReleaseItemRow.week == ReleaseRow.week, ReleaseItemRow.question_id == question_id)
        .order_by(ReleaseItemRow.week)
    )
    retirement = session.get(RetirementRow, question_id)
    return Chain(
        question=row.value(),
        candidate=candidate,
        document=document,
        capture=capture.value(),
        findings=(*findings_of(session, document.id), *findings_of(session, candidate.id)),
        releases=tuple(Carried(week=i.week, sealed=i.sealed, role=i.role) for i, _ in carried),
        retired_because=retirement.why if retirement else None,
    )


def provenance_line(
    question: Question,
    candidate: Candidate,
    document: Document,
    capture: Capture,
    findings: list[Finding],
    *,
    sealed: bool,
) -> dict[str, Any]:
    """Return one question's line of `provenance.jsonl`.

    A sealed question's line names source, bytes and checks, but nothing that holds or points
    at the answer: no quote, offsets, rule, reason, score or evidence.
    """
    line: dict[str, Any] = {
        "id": question.id,
        "source": document.source,
        "source_url": document.url,
        "published_at": question.source_published_at.isoformat(),
        "date_basis": document.date_basis,
        "fetched_at": document.fetched_at.isoformat(),
        "capture_sha256": document.capture_sha256,
        "capture_url": capture.final_url,
        "text_sha256": document.text_sha256,
        "locator": document.locator,
        "extractor": document.extractor,
    }
    if sealed:
        passed = [{"check": f.check, "version": f.version, "outcome": f.outcome} for f in findings]
        return line | {"sealed": True, "findings": passed}
    return line | {
        "sealed": False,
        "document_id": document.id,
        "candidate_id": candidate.id,
        "quote": candidate.quote,
        "quote_start": candidate.quote_span.start,
        "quote_end": candidate.quote_span.end,
        "context_spans": [[span.start, span.end] for span in candidate.context_spans],
        "also": [one.model_dump(mode="json") for one in candidate.also],
        "insertion": candidate.insertion.model_dump() if candidate.insertion else None,
        "writer": candidate.writer,
        "prompt_sha256": candidate.prompt_sha256,
        "findings": [
            f.model_dump(mode="json", exclude={"subject", "found_at", "attempt"}) for f in findings
        ],
    }
