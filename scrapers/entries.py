"""What a source lists: one entry, as its reader found it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Entry:
    """One thing a source says it published.

    Attributes:
        id: The source's own name for it; distinct within one listing.
        url: Where the article is, http or https; None when the entry has no link.
        title: Plain text, may be empty.
        published: When the source says it was published; None when it does not.
        content_html: The text the listing itself carries, as HTML.
    """

    id: str
    url: str | None
    title: str
    published: datetime | None
    content_html: str | None
