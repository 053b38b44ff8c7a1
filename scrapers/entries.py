"""What a source lists, as its reader found it: entries, typed values, further listings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from store.records import FactKind


@dataclass(frozen=True)
class Entry:
    """One thing a source says it published.

    Attributes:
        id: The source's own name for it; distinct within one listing.
        url: Where the article is, http or https; None when the entry has no link.
        title: Plain text, may be empty.
        published: When the source says it was published; None when it does not.
        content_html: The text the listing itself carries, as HTML.
        text: The document's whole text where the listing is structured data; then no page is
            fetched, and `url` only says where a reader finds the same.
        modified: When the source says it last changed: a hint for what to look at first, never
            a date of publication.
    """

    id: str
    url: str | None
    title: str
    published: datetime | None
    content_html: str | None = None
    text: str | None = None
    modified: datetime | None = None


@dataclass(frozen=True)
class Cell:
    """One typed value of structured data; a `Fact` once it is known which capture gave it.

    Attributes:
        subject: The source's own id of what the value is about.
        title: A readable name of the subject.
        attribute: Column or field, nested fields joined by dots.
        value: Canonical text.
        kind: What the value is.
        locator: Where it lies in the body.
    """

    subject: str
    title: str
    attribute: str
    value: str
    kind: FactKind
    locator: str


@dataclass(frozen=True)
class Listing:
    """What one body of a source lists.

    Attributes:
        entries: In the body's own order.
        cells: Its typed values.
        further: Listings it points to (an index of sitemaps), newest first.
        recipe: How an entry's `text` is made from the body; canonical JSON, "" when it is not.
        whole: Whether all of the body's values were read; only then is one that is missing gone.
        notes: What was left out and why, a sentence each.
    """

    entries: tuple[Entry, ...] = ()
    cells: tuple[Cell, ...] = ()
    further: tuple[str, ...] = ()
    recipe: str = ""
    whole: bool = True
    notes: tuple[str, ...] = ()
