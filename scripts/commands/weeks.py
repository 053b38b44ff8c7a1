"""Making weeks: the whole, its stages, the daemon, and the server."""

from __future__ import annotations

from typing import Annotated

import typer

from scripts import reading
from scripts.commands.options import SOURCES_FAILED, AsOf, Json, Sources, Week, open_for, show, tell
from scripts.progress import show_progress
from scripts.wiring import open_house, utc_now


def week(
    week: Week = None,
    as_of: AsOf = None,
    sources: Sources = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop before publishing.")] = False,
    as_json: Json = False,
) -> None:
    """Collect, generate, check and release one ISO week; resumable; prints the funnel."""
    from scripts.weekly import run_week

    house, plan = open_for(sources, week, as_of)
    with show_progress() as progress:
        report = run_week(house, plan, progress, dry_run=dry_run)
    show(reading.week_as_json(report), as_json, lambda: reading.print_week(report, house))
    if report.failed:
        raise typer.Exit(SOURCES_FAILED)


def collect(
    week: Week = None,
    as_of: AsOf = None,
    sources: Sources = None,
    source: Annotated[str | None, typer.Option("--source", help="Only this source.")] = None,
    as_json: Json = False,
) -> None:
    """Read every source once."""
    from scripts.weekly import collect as run

    house, plan = open_for(sources, week, as_of)
    with show_progress() as progress:
        reports = run(house, plan, progress, only=source)
    rows = [report.model_dump(mode="json") for report in reports]
    show(rows, as_json, lambda: reading.print_reports(reports))
    if any(report.error for report in reports):
        raise typer.Exit(SOURCES_FAILED)


def generate(
    week: Week = None, as_of: AsOf = None, sources: Sources = None, as_json: Json = False
) -> None:
    """Draft candidates from what was collected."""
    from scripts.weekly import generate as run

    house, plan = open_for(sources, week, as_of)
    with show_progress() as progress:
        n_new = run(house, plan, progress, tell)
    show({"new": n_new}, as_json, lambda: print(f"{n_new} new candidates"))


def check(
    week: Week = None, as_of: AsOf = None, sources: Sources = None, as_json: Json = False
) -> None:
    """Run every check over candidates that are not settled."""
    from scripts.weekly import check as run

    house, plan = open_for(sources, week, as_of)
    with show_progress() as progress:
        n_accepted = run(house, plan, progress, tell)
    show({"accepted": n_accepted}, as_json, lambda: print(f"{n_accepted} questions accepted"))


def release(
    week: Week = None, as_of: AsOf = None, sources: Sources = None, as_json: Json = False
) -> None:
    """Publish the week, whole or not at all."""
    from scripts.weekly import release as run

    house, plan = open_for(sources, week, as_of)
    note = run(house, plan)
    show(
        note.model_dump(mode="json"),
        as_json,
        lambda: print(f"{note.week}: {note.n_open} open and {note.n_sealed} sealed questions"),
    )


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
) -> None:
    """Serve the HTTP API and the pages."""
    from api.serving import serve as listen_and_answer

    open_house()
    listen_and_answer(host, port, workers)


def daemon() -> None:
    """Collect each source on its interval and close each week on schedule, until SIGTERM."""
    from scripts.schedule import serve_schedule

    serve_schedule(open_house(), utc_now)
