"""When a page was looked at, and what stood there each time."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Session, col, select

from store.records import Capture, Document, Record, Visit
from store.tables import CaptureRow, DocumentRow, VisitRow


class Look(Record):
    """That a page was read, or found unchanged, at an instant."""

    at: AwareDatetime
    capture: Capture
    #: The text of its bytes; None where no document holds it.
    text: str | None


def looks_at(session: Session, document: Document) -> list[Look]:
    """Return the looks at the page a document was made from, oldest first.

    A page that answers "not modified", or with the same bytes, leaves no second capture: the
    URL's last visit is that look. Looks between the first and the last of the same bytes are not
    kept, and need not be: the bytes were the same.
    """
    texts = _texts(session, document)
    captures = _captures_of_page(session, document)
    known = {one.sha256: one for one in captures}
    seen = {(one.fetched_at, one.sha256) for one in captures}
    for url in {one.url for one in captures}:
        row = session.get(VisitRow, url)
        visit: Visit | None = row.value() if row else None
        if visit and visit.body_sha256 in known:
            seen |= {(at, visit.body_sha256) for at in (visit.captured_at, visit.checked_at) if at}
    return [Look(at=at, capture=known[sha], text=texts.get(sha)) for at, sha in sorted(seen)]


def _captures_of_page(session: Session, document: Document) -> list[Capture]:
    """Return the captures of the URL that was asked for, which may lead on to the document's."""
    asked = select(CaptureRow.url).where(
        CaptureRow.sha256 == document.capture_sha256, CaptureRow.source == document.source
    )
    query = select(CaptureRow).where(col(CaptureRow.url).in_(asked))
    return [row.value() for row in session.exec(query)]


def _texts(session: Session, document: Document) -> dict[str, str]:
    """Return the texts of the document's place on its page, by the bytes they are from."""
    rows = session.exec(select(DocumentRow).where(DocumentRow.url == document.url))
    found = [row.value() for row in rows]
    return {
        one.capture_sha256: one.text
        for one in found
        if one.locator == document.locator and one.text
    }
