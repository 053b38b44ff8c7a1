"""The one table from our errors to HTTP, and every other error in the same form (RFC 9457).

An answer names what is wrong in one sentence; it never holds a path of ours, SQL, a stack or a key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from api.middleware import SECURITY_HEADERS
from store.errors import (
    AnswerSealed,
    CaptureDamaged,
    NotFound,
    ReleaseExists,
    ReleaseInvalid,
    ReleaseOutOfOrder,
    StoreError,
    TooManyReports,
    UnseenError,
)

logger = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """What went wrong with a request (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    #: Which parts of the request do not fit, and why; only with status 422.
    errors: list[Misfit] | None = None


class Misfit(BaseModel):
    """One part of a request that does not fit."""

    where: str
    why: str


@dataclass(frozen=True)
class Kind:
    """How one class of our errors is told over HTTP."""

    error: type[UnseenError]
    name: str
    status: int
    title: str
    #: What is said; None says the error's own sentence, which then holds nothing secret.
    detail: str | None = None


#: The first row whose class fits is taken; the last one takes every error we raise on purpose.
KINDS: tuple[Kind, ...] = (
    Kind(NotFound, "not-found", 404, "Nothing by that name"),
    Kind(TooManyReports, "enough-reports", 429, "Enough reports wait"),
    Kind(AnswerSealed, "sealed", 403, "The answer is sealed"),
    Kind(ReleaseExists, "release-exists", 409, "A release never changes"),
    Kind(ReleaseOutOfOrder, "release-out-of-order", 409, "The chain only grows"),
    Kind(
        ReleaseInvalid,
        "release-damaged",
        500,
        "A release is damaged",
        "A file of this release is not the one that was signed; the operator has been told.",
    ),
    Kind(
        CaptureDamaged,
        "capture-damaged",
        500,
        "A capture is damaged",
        "A stored page does not match its hash; the operator has been told.",
    ),
    Kind(
        StoreError,
        "store-unavailable",
        503,
        "The store cannot be read now",
        "The database or the disk did not answer; try again in a minute.",
    ),
    Kind(
        UnseenError,
        "failed",
        500,
        "The request could not be answered",
        "Something we know to go wrong went wrong; the operator has been told.",
    ),
)

#: Sentences for errors that the framework raises with none of its own.
SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address does not take that method; the Allow header names those it takes.",
    500: "Something went wrong that nobody foresaw; the operator has been told.",
}

#: How long a client should wait before it asks a store again that did not answer, in seconds.
RETRY_AFTER_S = 60


def kind_of(error: UnseenError) -> Kind:
    """Return the row of the table for an error."""
    return next(kind for kind in KINDS if isinstance(error, kind.error))


class ProblemResponse(Response):
    """An RFC 9457 answer that remembers what it says, for people to be told as a page."""

    def __init__(self, problem: Problem, headers: Mapping[str, str]) -> None:
        self.problem = problem
        super().__init__(
            json.dumps(problem.model_dump(exclude_none=True), ensure_ascii=False),
            status_code=problem.status,
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", **headers},
        )


def problem(
    status: int,
    detail: str,
    *,
    title: str | None = None,
    name: str | None = None,
    headers: Mapping[str, str] | None = None,
    errors: list[Misfit] | None = None,
) -> ProblemResponse:
    """Return an RFC 9457 answer; without a `name` its type is plain HTTP's own meaning."""
    body = Problem(
        type=f"/problems#{name}" if name else "about:blank",
        title=title or HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        errors=errors,
    )
    return ProblemResponse(body, headers or {})


def told(error: UnseenError) -> ProblemResponse:
    """Return the answer for one of our errors, and log those that are our fault."""
    kind = kind_of(error)
    if kind.status >= 500:
        logger.error("a request failed", kind=kind.name, why=str(error))
    return problem(
        kind.status,
        kind.detail or _sentence(str(error)),
        title=kind.title,
        name=kind.name,
        headers={"Retry-After": str(RETRY_AFTER_S)} if kind.status in (429, 503) else None,
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}" + ("" if text.endswith(".") else ".")


def _unseen(request: Request, error: Exception) -> Response:
    return _for(request, told(cast(UnseenError, error)))


def _http(request: Request, raised: Exception) -> Response:
    error = cast(HTTPException, raised)
    own = error.detail and error.detail != HTTPStatus(error.status_code).phrase
    detail = error.detail if own else SENTENCES.get(error.status_code, "")
    answer = problem(error.status_code, str(detail) or error.detail, headers=error.headers)
    return _for(request, answer)


def _misfit(request: Request, raised: Exception) -> Response:
    """Name what does not fit, without repeating what was sent."""
    error = cast(RequestValidationError, raised)
    found = [
        Misfit(where=".".join(str(part) for part in each["loc"]), why=each["msg"])
        for each in error.errors()
    ]
    said = f"{found[0].where} does not fit: {found[0].why}."
    return _for(request, problem(422, said, errors=found))


def _unforeseen(request: Request, _error: Exception) -> Response:
    # The server's outermost layer answers here, outside the layer that adds these headers.
    return _for(request, problem(500, SENTENCES[500], headers=SECURITY_HEADERS))


def _for(request: Request, answer: ProblemResponse) -> Response:
    """Return the answer as it is, or as a page where a person asked for one."""
    pages = {"/", "/sets", "/questions", "/funnel", "/sources", "/runs", "/problems"}
    is_page = request.url.path == "/" or f"/{request.url.path.split('/')[1]}" in pages
    if not is_page or "text/html" not in request.headers.get("accept", ""):
        return answer
    body = request.app.state.context.pages.render("problem.html", here="", problem=answer.problem)
    kept = {k: v for k, v in answer.headers.items() if not k.startswith("content-")}
    return Response(body, answer.status_code, kept, "text/html")


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem+json."""
    app.add_exception_handler(UnseenError, _unseen)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _misfit)
    app.add_exception_handler(Exception, _unforeseen)


def document(app: FastAPI) -> None:
    """Say in `/openapi.json` that every operation may answer with a problem."""
    described = app.openapi()
    schemas = described.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    reference = "#/components/schemas/"
    whole: dict[str, Any] = Problem.model_json_schema(ref_template=reference + "{model}")
    schemas |= whole.pop("$defs") | {"Problem": whole}
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{reference}Problem"}}}
    for operations in described["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"] |= {
                "4XX": {"description": "The request cannot be answered", "content": content},
                "5XX": {"description": "The server cannot answer", "content": content},
            }
