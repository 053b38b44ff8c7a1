"""Where a visit keeps what it finds: bytes on disk first, then what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from scrapers.fetched import Fetched
from store.captures import BlobStore
from store.database import session
from store.documents import (
    first_seen,
    remember_capture,
    remember_document,
    remember_report,
    remember_visit,
    visit_of,
)
from store.records import Capture, Document, SourceReport, Visit


@dataclass(frozen=True)
class Shelf:
    """Where captures and what is known of them are kept."""

    engine: Engine
    blobs: BlobStore

    def visit(self, url: str) -> Visit | None:
        """Return the last visit to `url`."""
        with session(self.engine) as work:
            return visit_of(work, url)

    def keep_visit(self, visit: Visit) -> None:
        """Store a visit in place of the last."""
        with session(self.engine) as work:
            remember_visit(work, visit)

    def keep_capture(self, fetched: Fetched, source: str) -> Capture:
        """Store the bytes of an answer, then that they are there."""
        capture = Capture(
            sha256=self.blobs.put(fetched.body),
            source=source,
            url=fetched.url,
            final_url=fetched.final_url,
            status=fetched.status,
            content_type=fetched.content_type,
            headers=dict(fetched.headers),
            n_bytes=len(fetched.body),
            fetched_at=fetched.fetched_at,
        )
        with session(self.engine) as work:
            remember_capture(work, capture)
        return capture

    def first_seen(self, url: str) -> datetime | None:
        """Return when `url` was first captured."""
        with session(self.engine) as work:
            return first_seen(work, url)

    def keep_document(self, document: Document) -> bool:
        """Store a document, its text among the bytes first; return whether it is new."""
        self.blobs.put(document.text.encode())
        with session(self.engine) as work:
            return remember_document(work, document)

    def keep_report(self, report: SourceReport) -> None:
        """Store how a visit ended."""
        with session(self.engine) as work:
            remember_report(work, report)
