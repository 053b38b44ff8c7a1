"""Captures, visits, documents and source reports: what the scrapers remember.

Everything here may be done twice without a second effect, so a crash costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from sqlalchemy import Engine, bindparam, func
from sqlmodel import Session, SQLModel, col, select

from store.bulk import add_new, batched, put
from store.database import session as opened
from store.errors import NotFound
from store.records import Capture, Document, SourceReport, Visit
from store.tables import CaptureRow, DocumentRow, SourceReportRow, VisitRow

#: Made once, of columns and not of row objects: this is asked at every poll.
_VISIT = SQLModel.metadata.tables["visit"].c
_VISITS = select(_VISIT.url, _VISIT.body).where(_VISIT.url.in_(bindparam("urls", expanding=True)))


def remember_captures(session: Session, captures: Sequence[Capture]) -> None:
    """Store what was read; the same bytes at the same URL are stored once, the first time."""
    add_new(session, CaptureRow, [CaptureRow.columns(one) for one in captures])


def languages_of(session: Session) -> set[str]:
    """Return the languages of the documents, ISO 639-1 or "und"."""
    spoken = DocumentRow.body["language"].as_string()
    return set(session.exec(select(spoken).distinct()).all())


def captures_of(session: Session, url: str) -> list[Capture]:
    """Return the captures of a URL, oldest first."""
    query = (
        select(CaptureRow)
        .where(CaptureRow.url == url)
        .order_by(col(CaptureRow.fetched_at), col(CaptureRow.number))
    )
    return [row.value() for row in session.exec(query)]


def first_seen(session: Session, urls: Iterable[str]) -> dict[str, datetime]:
    """Return when each URL was first captured; those that never were are left out."""
    found: dict[str, datetime] = {}
    for some in batched(urls):
        query = (
            select(CaptureRow.url, func.min(CaptureRow.fetched_at))
            .where(col(CaptureRow.url).in_(some))
            .group_by(CaptureRow.url)
        )
        found |= dict(session.exec(query).all())
    return found


def remember_visits(session: Session, visits: Iterable[Visit]) -> None:
    """Store visits, each in place of its URL's last one."""
    newest = {visit.url: VisitRow.columns(visit) for visit in visits}
    put(session, VisitRow, ["url"], list(newest.values()))


def visits_of(session: Session, urls: Iterable[str]) -> dict[str, Visit]:
    """Return the last visit to each URL; those never visited are left out."""
    found: dict[str, Visit] = {}
    for some in batched(urls):
        rows = session.connection().execute(_VISITS, {"urls": some})
        found |= {url: Visit.model_validate(body) for url, body in rows}
    return found


def known_documents(session: Session, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that are stored."""
    found: set[str] = set()
    for some in batched(ids):
        found |= set(session.exec(select(DocumentRow.id).where(col(DocumentRow.id).in_(some))))
    return found


def remember_documents(session: Session, documents: Sequence[Document]) -> set[str]:
    """Store documents; the same text at the same URL stays as it was first stored.

    Returns:
        The ids of those that are new.
    """
    known = known_documents(session, (one.id for one in documents))
    new = {one.id: DocumentRow.columns(one) for one in documents if one.id not in known}
    add_new(session, DocumentRow, list(new.values()))
    return set(new)


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


def documents_before(engine: Engine, moment: datetime) -> Iterator[Document]:
    """Yield every document first published before `moment` whose text is still there.

    They are read a few hundred at a time: there may be more than memory holds.
    """
    query = select(DocumentRow).where(col(DocumentRow.published_at) < moment)
    with opened(engine) as work:
        for row in work.exec(query.order_by(col(DocumentRow.id)).execution_options(yield_per=500)):
            if (document := row.value()).text:
                yield document


def count_documents(session: Session, source: str | None = None) -> int:
    """Return how many documents there are, of one source or of all."""
    query = select(func.count()).select_from(DocumentRow)
    if source is not None:
        query = query.where(col(DocumentRow.source) == source)
    return session.exec(query).one()


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
