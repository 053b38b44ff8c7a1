"""Routes for whoever runs this: sources, runs, the funnel, health, metrics and the feed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from api.conditional import next_link, reply, weak_etag
from api.daemon import pulse
from api.deps import Context, Given
from api.errors import problem
from api.ledger import entered_weeks, funnel_weeks, sources, week_funnel
from api.metrics import registry
from api.rejected import rejected
from api.runs import runs
from api.schemas import (
    FunnelAnswer,
    FunnelAsked,
    Health,
    RejectedLine,
    RunsAsked,
    RunsPage,
    SourcesPage,
    to_json,
)
from api.sets import sets_page, summary
from store.database import schema_revisions, session
from store.errata import newest_errata
from store.errors import NotFound, StoreError, UnseenError
from store.runs import DAEMON, heartbeat_of

router = APIRouter(tags=["operations"])

#: A feed reader that looks once a month still sees every week.
FEED_ENTRIES = 26


@router.get("/v1/sources", responses={200: {"model": SourcesPage}})
def list_sources(request: Request, given: Given) -> Response:
    """Tell where text comes from, on what terms, where each source stands, and what it gave."""
    return reply(request, lambda: to_json(SourcesPage(items=sources(given.engine, given.clock()))))


@router.get("/v1/runs", responses={200: {"model": RunsPage}})
def list_runs(asked: Annotated[RunsAsked, Query()], request: Request, given: Given) -> Response:
    """List what ran, newest first."""
    found, more = runs(given.engine, asked.after, asked.limit, asked.job)
    url = None
    if more:
        kept = {"job": asked.job} if asked.job else {}
        url = f"/v1/runs?{urlencode({**kept, 'limit': asked.limit, 'after': found[-1].number})}"
    return reply(request, lambda: to_json(RunsPage(items=found, next=url)), headers=next_link(url))


@router.get("/v1/funnel", responses={200: {"model": FunnelAnswer}})
def show_funnel(asked: Annotated[FunnelAsked, Query()], request: Request, given: Given) -> Response:
    """Tell where one week's candidates stopped: at which check, how many, and why each."""
    week = asked.week or newest_funnel_week(given)
    counts = week_funnel(given.engine, given.shelf, week)
    lines, url = rejected_page(given, week, asked, "/v1/funnel")
    answer = counts.model_copy(update={"rejected": lines, "next": url})
    return reply(request, lambda: to_json(answer), headers=next_link(url))


def rejected_page(
    given: Context, week: str, asked: FunnelAsked, path: str
) -> tuple[list[RejectedLine], str | None]:
    """Return what the check that is asked about rejected, and where the next page is."""
    if asked.check is None:
        return [], None
    found, more = rejected(given.engine, week, asked.check, asked.after, asked.limit)
    if not more:
        return found, None
    kept = {"week": week, "check": asked.check, "limit": asked.limit, "after": found[-1].id}
    return found, f"{path}?{urlencode(kept)}"


def newest_funnel_week(given: Context) -> str:
    """Return the newest week with candidates.

    Raises:
        NotFound: None was ever written.
    """
    for week in funnel_weeks(given.engine):
        return week
    raise NotFound("week with candidates", "latest")


@router.get("/feed.atom", responses={200: {"content": {"application/atom+xml": {}}}})
def feed(request: Request, given: Given) -> Response:
    """Return the newest releases and errata as an Atom feed."""
    found, _ = sets_page(given.shelf, None, FEED_ENTRIES)
    with session(given.engine) as work:
        errata = newest_errata(work, FEED_ENTRIES)
    sets = [summary(each) for each in found]
    dates = [each.published_at for each in sets] + [each.at for each in errata]

    def render() -> bytes:
        return given.pages.render(
            "feed.atom", sets=sets, errata=errata, updated=max(dates, default=None)
        )

    return reply(
        request,
        render,
        etag=weak_etag(
            "feed",
            *(each.manifest_sha256 for each in found),
            *(each.signature for each in errata),
        ),
        media_type="application/atom+xml",
    )


@router.get("/livez", responses={200: {"model": Health}})
def livez() -> Health:
    """Say that the process answers; it asks nobody else."""
    return Health(status="ok")


@router.get("/readyz", response_model=None, responses={200: {"model": Health}})
def readyz(given: Given) -> Response:
    """Say whether questions can be served: database, schema and releases, each on its own.

    The daemon is told of, and never makes this 503: what is released can be served without it,
    and a balancer that took the API away would only add to the damage. Watch it by its metric.
    """
    checks = {
        "database": _database,
        "schema": _schema,
        "releases": _releases,
    }
    found = {name: _outcome(partial(check, given)) for name, check in checks.items()}
    if all(outcome == "ok" for outcome in found.values()):
        told = {**found, "daemon": _outcome(partial(_daemon, given))}
        body = to_json(Health(status="ok", checks=told))
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
    said = "; ".join(f"{name}: {outcome}" for name, outcome in found.items() if outcome != "ok")
    return problem(503, f"Not ready: {said}.", name="not-ready", title="Not ready")


def _outcome(check: Callable[[], str]) -> str:
    """Run one check; what goes wrong is an answer, and its cause stays in the log."""
    try:
        return check()
    except UnseenError:
        return "cannot be read"


def _database(given: Context) -> str:
    entered_weeks(given.engine)
    return "ok"


def _schema(given: Context) -> str:
    try:
        current, newest = schema_revisions(given.engine)
    except SQLAlchemyError as error:
        raise StoreError("the schema's revision cannot be read") from error
    return "ok" if current == newest else "not at the revision this version needs"


def _releases(given: Context) -> str:
    return "ok" if len(given.shelf.sound()) == len(given.shelf.weeks()) else "one is damaged"


def _daemon(given: Context) -> str:
    return pulse(heartbeat_of(given.engine, DAEMON), given.clock())


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}})
def metrics(given: Given) -> Response:
    """Return the domain's metrics in Prometheus' text form."""
    body = generate_latest(registry(given.engine, given.shelf, given.clock()))
    return Response(body, headers={"Content-Type": CONTENT_TYPE_LATEST})
