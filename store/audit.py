"""The whole chain of one question: source, capture, text, quote, writer, findings, releases.

The terminal, the API, the pages and `provenance.jsonl` all show what this returns.
"""

from __future__ import annotations

from collections.abc import Sequence
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


class Origin(Record):
    """One more document that a question rests on, with the bytes it was read from."""

    document: Document
    capture: Capture


class Chain(Record):
    """Everything that led to one question."""

    question: Question
    candidate: Candidate
    document: Document
    capture: Capture
    further: tuple[Origin, ...] = ()
    findings: tuple[Finding, ...]
    releases: tuple[Carried, ...]
    #: Why it left the set; None while it lives.
    retired_because: str | None = None

    @property
    def documents(self) -> dict[str, Document]:
        """Every document it rests on, by id."""
        documents = [self.document, *(origin.document for origin in self.further)]
        return {document.id: document for document in documents}

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
    if candidate_row is None:
        raise NotFound("candidate of question", question_id)
    candidate: Candidate = candidate_row.value()
    others = sorted({one.document_id for one in candidate.also} - {row.document_id})
    main, *further = (_origin(session, name) for name in (row.document_id, *others))
    seen = (main.document.id, *others, candidate.id)
    carried = session.exec(
        select(ReleaseItemRow, ReleaseRow)
        .where(ReleaseItemRow.week == ReleaseRow.week, ReleaseItemRow.question_id == question_id)
        .order_by(ReleaseItemRow.week)
    )
    retirement = session.get(RetirementRow, question_id)
    return Chain(
        question=row.value(),
        candidate=candidate,
        document=main.document,
        capture=main.capture,
        further=tuple(further),
        findings=tuple(found for subject in seen for found in findings_of(session, subject)),
        releases=tuple(Carried(week=i.week, sealed=i.sealed, role=i.role) for i, _ in carried),
        retired_because=retirement.why if retirement else None,
    )


def _origin(session: Session, document_id: str) -> Origin:
    row = session.get(DocumentRow, document_id)
    if row is None:
        raise NotFound("document", document_id)
    document: Document = row.value()
    capture = session.exec(
        select(CaptureRow)
        .where(CaptureRow.sha256 == document.capture_sha256)
        .order_by(col(CaptureRow.number))
    ).first()
    if capture is None:
        raise NotFound("capture", document.capture_sha256)
    return Origin(document=document, capture=capture.value())


def provenance_line(
    question: Question,
    candidate: Candidate,
    document: Document,
    capture: Capture,
    findings: list[Finding],
    *,
    sealed: bool,
    further: Sequence[Origin] = (),
) -> dict[str, Any]:
    """Return one question's line of `provenance.jsonl`.

    A sealed question's line names source, bytes and checks, but nothing that holds or points
    at the answer: no quote, offsets, rule, reason, score or evidence.
    """
    line: dict[str, Any] = {
        "id": question.id,
        **_where(Origin(document=document, capture=capture)),
        "further": [_where(origin) for origin in further],
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


def _where(origin: Origin) -> dict[str, Any]:
    """Return where a document was read, as which bytes and text."""
    document = origin.document
    return {
        "source": document.source,
        "source_url": document.url,
        "published_at": document.published_at.isoformat(),
        "date_basis": document.date_basis,
        "fetched_at": document.fetched_at.isoformat(),
        "capture_sha256": document.capture_sha256,
        "capture_url": origin.capture.final_url,
        "text_sha256": document.text_sha256,
        "locator": document.locator,
        "extractor": document.extractor,
    }
