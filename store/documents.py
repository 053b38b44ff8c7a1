"""Captures, visits, documents and source reports: what the scrapers remember.

Everything here may be done twice without a second effect, so a crash costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select

from store.errors import NotFound
from store.records import Capture, Document, SourceReport, Visit
from store.tables import CaptureRow, DocumentRow, SourceReportRow, VisitRow

Thing = TypeVar("Thing")

#: Names in one question to the database; SQLite takes 32,766 and older ones 999.
_IN_LIMIT = 900


def batched(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    """Yield the things in lists of at most `size`."""
    ahead = iter(things)
    while some := list(islice(ahead, size)):
        yield some


def _insert(session: Session, table: type[SQLModel]) -> Any:  # noqa: ANN401 - either dialect's
    """Return the dialect's INSERT, which can leave rows alone that are there already."""
    dialect = session.get_bind().dialect.name
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def remember_captures(session: Session, captures: Sequence[Capture]) -> None:
    """Store what was read; the same bytes at the same URL are stored once, the first time."""
    if captures:
        statement = _insert(session, CaptureRow).on_conflict_do_nothing()
        session.connection().execute(statement, [CaptureRow.columns(one) for one in captures])


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
    for some in batched(urls, _IN_LIMIT):
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
    if newest:
        statement = _insert(session, VisitRow)
        changed = {name: statement.excluded[name] for name in ("checked_at", "body")}
        statement = statement.on_conflict_do_update(index_elements=["url"], set_=changed)
        session.connection().execute(statement, list(newest.values()))


def visits_of(session: Session, urls: Iterable[str]) -> dict[str, Visit]:
    """Return the last visit to each URL; those never visited are left out."""
    found: dict[str, Visit] = {}
    for some in batched(urls, _IN_LIMIT):
        rows = session.exec(select(VisitRow).where(col(VisitRow.url).in_(some)))
        found |= {row.url: row.value() for row in rows}
    return found


def known_documents(session: Session, ids: Iterable[str]) -> set[str]:
    """Return those of the ids that are stored."""
    found: set[str] = set()
    for some in batched(ids, _IN_LIMIT):
        found |= set(session.exec(select(DocumentRow.id).where(col(DocumentRow.id).in_(some))))
    return found


def remember_documents(session: Session, documents: Sequence[Document]) -> set[str]:
    """Store documents; the same text at the same URL stays as it was first stored.

    Returns:
        The ids of those that are new.
    """
    known = known_documents(session, (one.id for one in documents))
    new = {one.id: DocumentRow.columns(one) for one in documents if one.id not in known}
    if new:
        statement = _insert(session, DocumentRow).on_conflict_do_nothing()
        session.connection().execute(statement, list(new.values()))
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
