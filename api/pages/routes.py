"""The pages: the same facts as the API, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from api.conditional import REVALIDATE, reply, weak_etag
from api.daemon import pulse
from api.deps import Context, Given
from api.differences import compare
from api.errors import KINDS
from api.files import IMMUTABLE
from api.ledger import Shown, errata_about, funnel_weeks, open_chain, shown, sources, week_funnel
from api.lines import JobKind
from api.operations import rejected_page
from api.pages.commands import pull_commands
from api.pages.render import ASSETS
from api.pages.series import groups
from api.pages.views import RunSection, bars, filters, gate_view, stages, week_after
from api.pages.words import DATE_BASES
from api.phrases import came_to, verdict
from api.provenance import passages_of
from api.runs import runs
from api.schemas import FunnelAnswer, FunnelAsked, RowsAsked, RunsAsked, SetsAsked
from api.sets import sets_page, summary
from store.errors import NotFound
from store.licences import text_may_be_shown
from store.runs import DAEMON, heartbeat_of

router = APIRouter(include_in_schema=False)

#: A screenful or three; the API gives more at once.
CARDS = 20
#: Half a year of weeks on the first page.
WEEKS = 26
#: Two days of one source that is visited every hour.
RUNS = 50
#: Of each kind so many where all are shown: the visits are many, the weeks are what counts.
OVERVIEW: dict[JobKind, int] = {"week": 5, "gap": 5, "collect": 20}
#: One square a question; past this they are too small to tell apart.
SQUARES = 400


class CardsAsked(RowsAsked):
    """Which questions a page shows."""

    limit: int = Field(default=CARDS, ge=1, le=100)


class RunsShownAsked(RunsAsked):
    """Which runs a page shows."""

    limit: int = Field(default=RUNS, ge=1, le=200)


class WeeksAsked(SetsAsked):
    """Which weeks the first page lists."""

    limit: int = Field(default=WEEKS, ge=1, le=200)


def page(request: Request, given: Context, name: str, **values: object) -> Response:
    """Return a rendered page, or 304 when the client holds the same."""
    body = given.pages.render(name, **values)
    return reply(request, lambda: body, etag=weak_etag(body), media_type="text/html")


@router.get("/")
def home(asked: Annotated[WeeksAsked, Query()], request: Request, given: Given) -> Response:
    """Show what Unseen is, the newest week, how to pull it, and all weeks."""
    found, more = sets_page(given.shelf, asked.after, asked.limit)
    newest = next(iter(given.shelf.sound()), None)
    rows = given.shelf.rows(newest.week) if newest else None
    entries = rows.entries if rows else ()
    return page(
        request,
        given,
        "home.html",
        here="/",
        newest=summary(newest) if newest else None,
        entries=entries[:SQUARES],
        more=len(entries) > SQUARES,
        n_families=len(newest.manifest["counts"]["families"]) if newest else 0,
        n_sources=len(rows.terms) if rows else 0,
        commands=pull_commands(given.settings.public_url, newest) if newest else (),
        sets=[summary(each) for each in found],
        next=f"/?{urlencode({'after': found[-1].week})}#weeks" if more else None,
    )


@router.get("/sets/{week}")
def week(
    week: str, asked: Annotated[CardsAsked, Query()], request: Request, given: Given
) -> Response:
    """Show one release: counts, families, sources, funnel, questions, files, how to verify."""
    published = given.shelf.published(week)
    rows = given.shelf.rows(week)
    found, more = rows.page(asked.wanted(), asked.after, asked.limit)
    chosen = asked.model_dump(exclude_defaults=True, exclude={"after"}, mode="json")
    onward = {**chosen, "after": found[-1].id} if more else {}
    before = published.manifest["previous"]
    on_shelf = before and before["week"] in given.shelf.weeks()
    counts = _counts(given, week)
    return page(
        request,
        given,
        "week.html",
        here="",
        set=summary(published),
        families=bars(published.manifest["counts"]["families"]),
        terms=rows.terms,
        gate=gate_view(published.manifest),
        shortfall=published.manifest.get("policy", {}).get("shortfall"),
        funnel=stages(counts, _released(given, week)) if counts else None,
        diff=compare(given.shelf, given.engine, before["week"], week) if on_shelf else None,
        filters=filters(week, rows, asked),
        rows=[(json.loads(entry.line), entry.sealed) for entry in found],
        first=f"/sets/{week}?{urlencode(chosen)}#questions" if asked.after else None,
        next=f"/sets/{week}?{urlencode(onward)}#questions" if more else None,
        files=[published.files[name] for name in sorted(published.files)],
        public_key=published.manifest["public_key"],
        previous=before,
    )


@router.get("/questions/{question_id}")
def question(question_id: str, request: Request, given: Given) -> Response:
    """Show one question with its whole chain; of a sealed one what gives nothing away."""
    found = shown(given.engine, given.shelf, question_id)
    sealed = found.state == "sealed"
    chain = None if sealed else open_chain(given.engine, found)
    return page(
        request,
        given,
        "question.html",
        here="",
        found=found,
        row=json.loads(found.line),
        chain=chain,
        line=given.shelf.provenance(found.week, question_id) if sealed else None,
        passages=passages_of(chain) if chain else None,
        whole=chain is not None
        and all(text_may_be_shown(one.licence) for one in chain.documents.values()),
        bases=DATE_BASES,
        errata=errata_about(given.engine, question_id),
        reveal=_reveal_week(given, found) if sealed else None,
    )


def _reveal_week(given: Context, found: Shown) -> str | None:
    """Return the week that reveals a sealed answer at the latest, where its release says so."""
    first = next(each.week for each in found.carried if each.sealed)
    policy = given.shelf.published(found.week).manifest.get("policy", {})
    return week_after(first, policy["sealed_weeks"]) if "sealed_weeks" in policy else None


@router.get("/funnel")
def funnel(asked: Annotated[FunnelAsked, Query()], request: Request, given: Given) -> Response:
    """Show where the candidates of a week stopped."""
    weeks = funnel_weeks(given.engine)
    week = asked.week or next(iter(weeks), None)
    if week is not None and week not in weeks:
        raise NotFound("week with candidates", week)
    counts = _counts(given, week) if week else None
    lines, url = rejected_page(given, week, asked, "/funnel") if week else ([], None)
    return page(
        request,
        given,
        "funnel.html",
        here="/funnel",
        week=week,
        weeks=weeks[:WEEKS],
        stages=stages(counts, _released(given, counts.week)) if counts else [],
        counts=counts,
        check=asked.check,
        rejected=lines,
        next=url,
    )


def _counts(given: Context, week: str) -> FunnelAnswer | None:
    """Return a week's funnel, or None when no candidate was written for it here."""
    try:
        return week_funnel(given.engine, given.shelf, week)
    except NotFound:
        return None


def _released(given: Context, week: str) -> Mapping[str, int] | None:
    """Return how many questions a week's release carries; None while it has none."""
    try:
        found: Mapping[str, int] = given.shelf.published(week).manifest["counts"]
    except NotFound:
        return None
    return found


@router.get("/sources")
def source_list(request: Request, given: Given) -> Response:
    """Show every source: what fails first, with since when, why, and what happens next."""
    now = given.clock()
    lines = sources(given.engine, now)
    found = groups(lines)
    return page(
        request,
        given,
        "sources.html",
        here="/sources",
        now=now,
        verdict=verdict(lines),
        groups=found,
        failing=[card for group in found for card in group.cards if card.line.fails],
        daemon=pulse(heartbeat_of(given.engine, DAEMON), now),
    )


@router.get("/runs")
def run_list(asked: Annotated[RunsShownAsked, Query()], request: Request, given: Given) -> Response:
    """Show what ran: the newest of each kind, or one kind page by page."""
    whole = asked.job or asked.after
    sections = [_run_page(given, asked)] if whole else _run_overview(given)
    return page(
        request,
        given,
        "runs.html",
        here="/runs",
        now=given.clock(),
        kind=asked.job,
        sections=sections,
        released={week: _released_words(given, week) for week in _weeks_in(given, sections)},
    )


def _run_overview(given: Context) -> list[RunSection]:
    found = []
    for kind, n_lines in OVERVIEW.items():
        lines, more = runs(given.engine, None, n_lines, kind)
        onward = f"/runs?{urlencode({'job': kind, 'after': lines[-1].number})}" if more else None
        if lines or kind != "gap":
            found.append(RunSection(kind, lines, onward))
    return found


def _run_page(given: Context, asked: RunsShownAsked) -> RunSection:
    lines, more = runs(given.engine, asked.after, asked.limit, asked.job)
    chosen = asked.model_dump(exclude_defaults=True, exclude={"after"})
    onward = {**chosen, "after": lines[-1].number} if more else {}
    return RunSection(asked.job, lines, f"/runs?{urlencode(onward)}" if more else None)


def _weeks_in(given: Context, sections: Sequence[RunSection]) -> set[str]:
    """Return the released weeks whose runs are shown."""
    ran = {line.week for each in sections for line in each.lines if line.week}
    return ran & set(given.shelf.weeks())


def _released_words(given: Context, week: str) -> str:
    counts = given.shelf.published(week).manifest["counts"]
    return came_to({"n_open": counts["open"], "n_sealed": counts["sealed"]})


@router.get("/problems")
def problems(request: Request, given: Given) -> Response:
    """Show the types of error the API tells apart."""
    return page(request, given, "problems.html", here="", kinds=KINDS)


@router.get("/static/{version}/{name}")
def asset(version: str, name: str, request: Request, given: Given) -> Response:
    """Return the style sheet or the picture; their address changes with their bytes."""
    if name not in ASSETS:
        raise NotFound("asset", name)
    current = version == given.pages.version
    return reply(
        request,
        lambda: given.pages.assets[name],
        etag=weak_etag(given.pages.version, name),
        media_type=ASSETS[name],
        cache=IMMUTABLE if current else REVALIDATE,
    )
