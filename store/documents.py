"""Captures, visits, documents and source reports: what the scrapers remember.

Everything here may be done twice without a second effect, so a crash costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, col, select

from store.errors import NotFound
from store.records import Capture, Document, SourceReport, Visit
from store.tables import CaptureRow, DocumentRow, SourceReportRow, VisitRow


def _add_once(session: Session, row: SQLModel) -> bool:
    """Add a row unless a unique key says it is there, even if somebody else just added it."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def remember_capture(session: Session, capture: Capture) -> bool:
    """Store what was read; the same bytes at the same URL are stored once, the first time.

    Returns:
        Whether it is new.
    """
    known = select(CaptureRow.number).where(
        CaptureRow.url == capture.url, CaptureRow.sha256 == capture.sha256
    )
    if session.exec(known).first() is not None:
        return False
    return _add_once(session, CaptureRow.of(capture))


def captures_of(session: Session, url: str) -> list[Capture]:
    """Return the captures of a URL, oldest first."""
    query = (
        select(CaptureRow)
        .where(CaptureRow.url == url)
        .order_by(col(CaptureRow.fetched_at), col(CaptureRow.number))
    )
    return [row.value() for row in session.exec(query)]


def first_seen(session: Session, url: str) -> datetime | None:
    """Return when a URL was first captured, or None when it never was."""
    query = (
        select(CaptureRow.fetched_at)
        .where(CaptureRow.url == url)
        .order_by(col(CaptureRow.fetched_at))
        .limit(1)
    )
    return session.exec(query).first()


def remember_visit(session: Session, visit: Visit) -> None:
    """Store a visit in place of the URL's last one."""
    session.merge(VisitRow.of(visit))


def visit_of(session: Session, url: str) -> Visit | None:
    """Return the last visit to a URL, or None."""
    row = session.get(VisitRow, url)
    return row.value() if row is not None else None


def remember_document(session: Session, document: Document) -> bool:
    """Store a document; the same text at the same URL stays as it was first stored.

    Returns:
        Whether it is new.
    """
    if session.get(DocumentRow, document.id) is not None:
        return False
    return _add_once(session, DocumentRow.of(document))


def document(session: Session, document_id: str) -> Document:
    """Return one document.

    Raises:
        NotFound: There is none of that id.
    """
    row = session.get(DocumentRow, document_id)
    if row is None:
        raise NotFound("document", document_id)
    return row.value()


def documents_of(session: Session, url: str) -> list[Document]:
    """Return the documents read at a URL, oldest first: more than one when its text changed."""
    query = (
        select(DocumentRow)
        .where(DocumentRow.url == url)
        .order_by(col(DocumentRow.fetched_at), col(DocumentRow.id))
    )
    return [row.value() for row in session.exec(query)]


def documents_published(
    session: Session, start: datetime, end: datetime, sources: Iterable[str] | None = None
) -> list[Document]:
    """Return the documents published in [start, end), by time and id.

    Args:
        session: Where to look.
        start: The first instant.
        end: The first instant no more.
        sources: Only these sources' documents; all when None.
    """
    query = select(DocumentRow).where(
        col(DocumentRow.published_at) >= start, col(DocumentRow.published_at) < end
    )
    if sources is not None:
        query = query.where(col(DocumentRow.source).in_(list(sources)))
    rows = session.exec(query.order_by(col(DocumentRow.published_at), col(DocumentRow.id)))
    return [row.value() for row in rows]


def count_documents(session: Session, source: str | None = None) -> int:
    """Return how many documents there are, of one source or of all."""
    query = select(func.count()).select_from(DocumentRow)
    if source is not None:
        query = query.where(col(DocumentRow.source) == source)
    return session.exec(query).one()


def remember_report(session: Session, report: SourceReport) -> None:
    """Store how a visit to a source ended; every visit has its own report."""
    session.add(SourceReportRow.of(report))


def latest_reports(session: Session) -> list[SourceReport]:
    """Return the newest report of each source, by name."""
    newest = (
        select(func.max(SourceReportRow.number)).group_by(col(SourceReportRow.source)).subquery()
    )
    query = (
        select(SourceReportRow)
        .where(col(SourceReportRow.number).in_(select(newest.c[0])))
        .order_by(col(SourceReportRow.source))
    )
    return [row.value() for row in session.exec(query)]


def reports_of(session: Session, source: str, limit: int = 50) -> list[SourceReport]:
    """Return the last reports of a source, newest first."""
    query = (
        select(SourceReportRow)
        .where(col(SourceReportRow.source) == source)
        .order_by(col(SourceReportRow.number).desc())
        .limit(limit)
    )
    return [row.value() for row in session.exec(query)]
