"""Routes of one question: its row as the world may see it, and its whole chain."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Request, Response

from api.conditional import reply, weak_etag
from api.deps import Given
from api.ledger import open_chain, shown
from api.provenance import provenance

router = APIRouter(prefix="/v1/questions", tags=["questions"])

_OBJECT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get("/{question_id}", responses=_OBJECT)
def question(question_id: str, request: Request, given: Given) -> Response:
    """Return a question's row: open and retired ones whole, a sealed one without its answer."""
    found = shown(given.engine, given.shelf, question_id)
    return reply(request, lambda: found.line, etag=weak_etag("question", found.state, found.line))


@router.get("/{question_id}/provenance", responses=_OBJECT)
def question_provenance(question_id: str, request: Request, given: Given) -> Response:
    """Return everything that led to a question: capture, text, quote, writer, findings, releases.

    That of a live sealed question is refused with 403.
    """
    found = shown(given.engine, given.shelf, question_id)
    chain = open_chain(given.engine, found)
    body = json.dumps(provenance(found, chain), ensure_ascii=False).encode()
    return reply(request, lambda: body, etag=weak_etag(body))
