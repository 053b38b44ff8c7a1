"""Routes of what is wrong: the errata ledger, and reports by readers."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from api.conditional import next_link, reply, weak_etag
from api.deps import Given
from api.errors import problem
from api.schemas import (
    ErrataAsked,
    ErrataPage,
    ErratumLine,
    ReportAsked,
    ReportTaken,
    to_json,
)
from store.database import session
from store.errata import ledger
from store.records import Report
from store.reports import add_report

router = APIRouter(prefix="/v1", tags=["errata"])


@router.get("/errata", responses={200: {"model": ErrataPage}})
def list_errata(asked: Annotated[ErrataAsked, Query()], request: Request, given: Given) -> Response:
    """List the errata ledger, oldest first: what was retired, disputed, kept or nullified."""
    with session(given.engine) as work:
        found = ledger(work, after=asked.after, limit=asked.limit + 1)
    more, found = len(found) > asked.limit, found[: asked.limit]
    url = None
    if more:
        url = f"/v1/errata?{urlencode({'limit': asked.limit, 'after': found[-1].number})}"
    # The very form that was signed: a time written in another way would not verify.
    lines = [ErratumLine.model_validate(one.model_dump(mode="json")) for one in found]
    body = to_json(ErrataPage(items=lines, next=url))
    return reply(request, lambda: body, etag=weak_etag("errata", body), headers=next_link(url))


@router.post(
    "/questions/{question_id}/reports",
    status_code=202,
    response_model=None,
    responses={202: {"model": ReportTaken}},
)
def report(question_id: str, said: ReportAsked, request: Request, given: Given) -> Response:
    """Say that a question is wrong: it is kept, and shown to the operator."""
    wait_s = given.report_limit.wait_s(request.client.host if request.client else "")
    if wait_s:
        return problem(
            429,
            "Too many reports from this address; try again later.",
            headers={"Retry-After": str(wait_s)},
        )
    told = Report(question_id=question_id, reporter=None, why=said.why, reported_at=given.clock())
    with session(given.engine) as work:
        add_report(work, told)
    taken = to_json(ReportTaken(question_id=question_id))
    return Response(taken, 202, {"Cache-Control": "no-store"}, "application/json")
