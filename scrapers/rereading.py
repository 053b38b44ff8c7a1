"""A document's text taken out of its capture again: what makes offsets a proof."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlmodel import col, select

from scrapers.extract import document_text
from scrapers.grids import grids_of
from scrapers.structured import item_text
from store.captures import BlobStore
from store.database import session
from store.errors import CaptureDamaged
from store.records import Capture, Document, Grid
from store.tables import CaptureRow

#: Documents whose text is remembered: the candidates of one come one after the other.
REMEMBERED = 64


def text_again(blobs: BlobStore, capture: Capture, document: Document) -> str:
    """Return the text that a capture gives where the document's stands, by today's extractor.

    Raises:
        CaptureDamaged: The bytes are not there, or not as they were.
        ExtractError: They give no such text.
    """
    body = blobs.get(capture.sha256)
    read = (body, capture.content_type, capture.final_url, document.locator)
    return item_text(*read, document.recipe) if document.recipe else document_text(*read)


@dataclass
class Rereader:
    """Takes texts out of their captures again."""

    engine: Engine
    blobs: BlobStore
    _texts: dict[str, str] = field(default_factory=dict)

    def __call__(self, document: Document) -> str:
        """Return the text that the document's capture gives now.

        Raises:
            CaptureDamaged: The capture is not there, or not as it was.
            ExtractError: The capture gives no such text.
        """
        if document.id not in self._texts:
            text = text_again(self.blobs, self._capture(document), document)
            while len(self._texts) >= REMEMBERED:
                del self._texts[next(iter(self._texts))]
            self._texts[document.id] = text
        return self._texts[document.id]

    def grids(self, document: Document) -> tuple[Grid, ...]:
        """Return the tables and lists of the page that the document is the text of.

        Raises:
            CaptureDamaged: The capture is not there, or not as it was.
            ExtractError: It is no page that can be read.
        """
        if document.locator or document.recipe:
            return ()
        capture = self._capture(document)
        return grids_of(self.blobs.get(capture.sha256), capture.content_type, capture.final_url)

    def _capture(self, document: Document) -> Capture:
        query = (
            select(CaptureRow)
            .where(CaptureRow.sha256 == document.capture_sha256)
            .order_by(col(CaptureRow.number))
        )
        with session(self.engine) as work:
            rows = [row.value() for row in work.exec(query)]
        if not rows:
            raise CaptureDamaged(f"capture {document.capture_sha256[:16]}… is not known")
        # The same bytes at two addresses are two captures; the document's own comes first.
        return next((one for one in rows if one.final_url == document.url), rows[0])
