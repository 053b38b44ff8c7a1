"""`unseen sources test`: what would be read from a URL, with draft questions; nothing stored."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from scripts.wiring import House
from store.records import Document, Source


def test_url(house: House, url: str) -> dict[str, Any]:
    """Return what a visit to `url` would give, and the questions the rules would draft."""
    from scrapers.probe import probe

    source = next((s for s in house.sources if _same_site(s, url)), None)
    terms = {"licence": source.licence, "attribution": source.attribution} if source else {}
    found = probe(url, house.fetcher(), **terms)
    row: dict[str, Any] = {
        "url": url,
        "fetched": found.refused is None or found.status is not None,
        "refused": found.refused,
        "robots": found.robots or None,
        "status": found.status,
        "content_type": found.content_type or None,
        "published_at": found.published_at.isoformat() if found.published_at else None,
        "date_known_by": found.date_basis,
        "licence": source.licence if source else "unknown; name it when you add the source",
        "title": found.title or None,
        "language": found.language or None,
        "text": found.text or None,
        "entries": [entry.url or entry.id for entry in found.entries] or None,
    }
    return row | {"questions": _drafts(found.document) if found.document else []}


def _same_site(source: Source, url: str) -> bool:
    return urlsplit(source.url).netloc == urlsplit(url).netloc


def _drafts(document: Document) -> list[dict[str, str]]:
    from generator.families import write_all

    return [
        {"family": c.family, "question": c.question, "answer": c.key.answer}
        for c in write_all(document).candidates[:5]
    ]
