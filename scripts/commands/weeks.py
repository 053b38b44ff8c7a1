"""Making weeks: the whole, its stages, the daemon, and the server."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from scripts import reading
from scripts.commands.options import (
    DONE,
    SOURCES_FAILED,
    AsOf,
    Json,
    Sources,
    Week,
    moment_of,
    open_for,
    show,
    tell,
)
from scripts.progress import show_progress
from scripts.wiring import open_house
from store.records import SourceReport

#: What the daemon tells its children, and people need not.
ScheduledAt = Annotated[
    str | None, typer.Option("--scheduled-at", hidden=True, help="The instant this try is for.")
]
UntilParentEnds = Annotated[
    int | None,
    typer.Option("--until-parent-ends", hidden=True, help="End when this process has ended."),
]


def week(
    week: Week = None,
    as_of: AsOf = None,
    sources: Sources = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop before publishing.")] = False,
    scheduled_at: ScheduledAt = None,
    as_json: Json = False,
) -> None:
    """Collect, generate, check and release one ISO week; resumable; prints the funnel."""
    from scripts.weekly import run_week

    _end_on_sigterm()
    house, plan = open_for(sources, week, as_of)
    at = moment_of(scheduled_at)
    with show_progress() as progress:
        report = run_week(house, plan, progress, dry_run=dry_run, scheduled_at=at)
    show(reading.week_as_json(report), as_json, lambda: reading.print_week(report, house))
    if report.failed:
        raise typer.Exit(SOURCES_FAILED)


def collect(
    week: Week = None,
    as_of: AsOf = None,
    sources: Sources = None,
    source: Annotated[str | None, typer.Option("--source", help="Only this source.")] = None,
    due: Annotated[
        bool, typer.Option("--due", help="Only what is due, until nothing is for a minute.")
    ] = False,
    until_parent_ends: UntilParentEnds = None,
    as_json: Json = False,
) -> None:
    """Read every source once; with --due as the daemon does, each for its slot."""
    from scripts.weekly import collect as run

    if due:
        if source or week or as_of:
            raise typer.BadParameter("--due takes what is due now: no --source, --week or --as-of")
        _collect_due(sources, until_parent_ends, as_json)
        return
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
    from scripts.daemon import serve_schedule

    serve_schedule()


def _collect_due(sources: Path | None, parent: int | None, as_json: bool) -> None:
    """Visit what is due, a line a visit; SIGTERM ends it with what was found kept."""
    from scripts.collecting import collect_due

    stop = threading.Event()

    def ask_to_stop(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    house, _ = open_for(sources, None, None)

    def told(report: SourceReport) -> None:
        print(report.model_dump_json() if as_json else visit_line(report), flush=True)

    n_left = collect_due(house, stop, told, lambda: parent is not None and os.getppid() != parent)
    if n_left:
        # Their threads wait for a site that stalls; all that was found is stored.
        sys.stdout.flush()
        os._exit(DONE)


def visit_line(report: SourceReport) -> str:
    """Return a visit in one line."""
    if report.error:
        return f"{report.source}: {report.error}"
    return (
        f"{report.source}: {report.n_documents} new documents, {report.n_facts} new values, "
        f"{report.n_unchanged} unchanged, {report.n_refused} refused"
    )


def _end_on_sigterm() -> None:
    """Have SIGTERM end this process as Ctrl-C does, but with code 0: the rest is done later."""

    def end(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(DONE)

    signal.signal(signal.SIGTERM, end)
