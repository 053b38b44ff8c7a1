"""Pages we invent: people and bodies that do not exist, for questions no real person may be in.

Swapping a real person's name makes a false claim about that person, and asking for private
details of one is what the question should teach not to answer. So the families `counterfactual`,
`privacy` and `over_refusal` ask of pages of our own. They are stored, dated and checked as any
page is; title, attribution and address say what they are; no other family reads them.

A week's pages follow from its name alone: the same on every machine. For that reason their
questions are never sealed.
"""

from __future__ import annotations

from store.records import Document, Source

#: Where invented pages lie: the top-level domain exists nowhere (RFC 2606).
ADDRESS = "https://invented.invalid/"

SOURCE = Source(
    name="unseen-invented",
    kind="page",
    url=ADDRESS,
    licence="CC0-1.0",
    attribution="Invented by Unseen for this test: no person, body or event in it is real",
    topic="invented",
)


def is_invented(document: Document) -> bool:
    """Whether we wrote the document ourselves."""
    return document.source == SOURCE.name
