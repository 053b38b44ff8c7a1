"""What stood on a page at each look: the proof check `source` asks for on pages anybody edits."""

from __future__ import annotations

from scripts.wiring import House
from store.database import session
from store.errors import UnseenError
from store.looks import Look, looks_at
from store.records import Document


def looks_of(house: House, document: Document) -> list[Look]:
    """Return the looks at a document's page, oldest first, each with its text.

    A capture whose text was known already has no document of its own, so its text is taken out
    of its bytes again; where they give none, `text` stays None.
    """
    with session(house.engine) as work:
        looks = looks_at(work, document)
    return [look if look.text else _with_text(house, look, document) for look in looks]


def _with_text(house: House, look: Look, document: Document) -> Look:
    from scrapers.rereading import text_again

    try:
        text = text_again(house.blobs, look.capture, document)
    except UnseenError:
        return look
    return look.model_copy(update={"text": text})
