"""The command line: one command a row of the contract; output for people, or `--json`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import structlog
import typer

from scripts import reading
from scripts.progress import show_progress
from scripts.wiring import House, Plan, open_house, plan_week, utc_now
from store.errors import UnseenError
from store.settings import load_settings

app = typer.Typer(
    name="unseen",
    help="A weekly language-model test set that no model has seen: scraped, checked, signed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
sources_app = typer.Typer(help="The sources that are read.", no_args_is_help=True)
benchmarks_app = typer.Typer(help="The known public benchmarks.", no_args_is_help=True)
db_app = typer.Typer(help="The database.", no_args_is_help=True)
app.add_typer(sources_app, name="sources")
app.add_typer(benchmarks_app, name="benchmarks")
app.add_typer(db_app, name="db")

DONE, REFUSED, WRONG_USAGE, SOURCES_FAILED = 0, 1, 2, 3

Week = Annotated[
    str | None, typer.Option("--week", help="ISO week, like 2026-W34; the last one that is over.")
]
AsOf = Annotated[
    str | None,
    typer.Option("--as-of", help="Look at the week from this instant (RFC 3339 or YYYY-MM-DD)."),
]
Sources = Annotated[
    Path | None, typer.Option("--sources", help="Source file; UNSEEN_SOURCES otherwise.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def main() -> None:
    """Run a command; a deliberate error is one sentence on stderr and exit code 1."""
    # What a command prints is its result, so the log goes to stderr.
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    try:
        app(standalone_mode=True)
    except UnseenError as error:
        _refuse(str(error))
    except (ValueError, OverflowError) as error:
        _refuse(str(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(DONE)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _refuse(f"{where}{error.strerror or error}")


def _refuse(sentence: str) -> None:
    print(f"unseen: {sentence}", file=sys.stderr)
    sys.exit(REFUSED)


def _tell(sentence: str) -> None:
    print(f"note: {sentence}", file=sys.stderr)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-08-24 or RFC 3339") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _open(sources: Path | None, week: str | None, as_of: str | None) -> tuple[House, Plan]:
    settings = load_settings()
    if sources:
        settings = settings.model_copy(update={"sources": sources})
    plan = plan_week(settings, week, _moment(as_of), utc_now)
    return open_house(settings), plan


def _print(value: object, as_json: bool, show: Callable[[], None]) -> None:
    if as_json:
        print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
    else:
        show()


@app.command()
def week(
    week: Week = None,
    as_of: AsOf = None,
    sources: Sources = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Stop before publishing.")] = False,
    as_json: Json = False,
) -> None:
    """Collect, generate, check and release one ISO week; resumable; prints the funnel."""
    from scripts.weekly import run_week

    house, plan = _open(sources, week, as_of)
    with show_progress() as progress:
        report = run_week(house, plan, progress, dry_run=dry_run)
    _print(reading.week_as_json(report), as_json, lambda: reading.print_week(report, house))
    if report.failed:
        raise typer.Exit(SOURCES_FAILED)


@app.command()
def collect(
    week: Week = None,
    as_of: AsOf = None,
    sources: Sources = None,
    source: Annotated[str | None, typer.Option("--source", help="Only this source.")] = None,
    as_json: Json = False,
) -> None:
    """Read every source once."""
    from scripts.weekly import collect as run

    house, plan = _open(sources, week, as_of)
    with show_progress() as progress:
        reports = run(house, plan, progress, only=source)
    rows = [report.model_dump(mode="json") for report in reports]
    _print(rows, as_json, lambda: reading.print_reports(reports))
    if any(report.error for report in reports):
        raise typer.Exit(SOURCES_FAILED)


@app.command()
def generate(
    week: Week = None, as_of: AsOf = None, sources: Sources = None, as_json: Json = False
) -> None:
    """Draft candidates from what was collected."""
    from scripts.weekly import generate as run

    house, plan = _open(sources, week, as_of)
    with show_progress() as progress:
        n_new = run(house, plan, progress, _tell)
    _print({"new": n_new}, as_json, lambda: print(f"{n_new} new candidates"))


@app.command()
def check(
    week: Week = None, as_of: AsOf = None, sources: Sources = None, as_json: Json = False
) -> None:
    """Run every check over candidates that are not settled."""
    from scripts.weekly import check as run

    house, plan = _open(sources, week, as_of)
    with show_progress() as progress:
        n_accepted = run(house, plan, progress, _tell)
    _print({"accepted": n_accepted}, as_json, lambda: print(f"{n_accepted} questions accepted"))


@app.command()
def release(
    week: Week = None, as_of: AsOf = None, sources: Sources = None, as_json: Json = False
) -> None:
    """Publish the week, whole or not at all."""
    from scripts.weekly import release as run

    house, plan = _open(sources, week, as_of)
    note = run(house, plan)
    _print(
        note.model_dump(mode="json"),
        as_json,
        lambda: print(f"{note.week}: {note.n_open} open and {note.n_sealed} sealed questions"),
    )


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="Processes.")] = 1,
) -> None:
    """Serve the HTTP API and the pages."""
    from api.serving import serve as listen_and_answer

    open_house()
    listen_and_answer(host, port, workers)


@app.command()
def daemon() -> None:
    """Collect each source on its interval and close each week on schedule, until SIGTERM."""
    from scripts.schedule import serve_schedule

    serve_schedule(open_house(), utc_now)


@app.command()
def audit(question_id: str, as_json: Json = False) -> None:
    """Show where a question comes from: source, bytes, quote, writer, checks, releases."""
    chain = reading.chain(open_house(), question_id)
    _print(chain.model_dump(mode="json"), as_json, lambda: reading.print_chain(chain))


@app.command()
def candidates(
    week: Week = None,
    rejected_by: Annotated[
        str | None, typer.Option("--rejected-by", help="Only those this check stopped.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many.")] = 50,
    as_json: Json = False,
) -> None:
    """Show what was drafted, and what stopped it and why."""
    rows = reading.candidates(open_house(), week=week, rejected_by=rejected_by, limit=limit)
    _print(rows, as_json, lambda: reading.print_candidates(rows))


@app.command()
def verify(
    release: Annotated[str, typer.Argument(help="A release's folder or its URL.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="File with the public key you trust.")
    ] = None,
    previous: Annotated[
        str | None, typer.Option(help="Folder or URL of the release before; found beside it.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a release with nothing but its files: hashes, tree, signature, chain."""
    from scripts.verifying import verify_release

    proved = verify_release(release, key, previous)
    _print(proved.as_json(), as_json, lambda: print(proved.sentence()))


@app.command()
def doctor(as_json: Json = False) -> None:
    """Look at settings, database, disk, keys, model and index: ok, or what to do."""
    from scripts.doctor import examine

    findings = examine(os.environ)
    _print(
        [finding.as_json() for finding in findings],
        as_json,
        lambda: reading.print_doctor(findings),
    )
    if any(not finding.ok for finding in findings):
        raise typer.Exit(REFUSED)


@sources_app.command("list")
def sources_list(sources: Sources = None, as_json: Json = False) -> None:
    """List the sources and how their last visit ended."""
    settings = load_settings()
    house = open_house(settings.model_copy(update={"sources": sources or settings.sources}))
    rows = reading.sources(house)
    _print(rows, as_json, lambda: reading.print_sources(rows))


@sources_app.command("test")
def sources_test(
    urls: Annotated[list[str] | None, typer.Argument(help="Pages or feeds.")] = None,
    file: Annotated[Path | None, typer.Option("--file", help="A file of URLs, one a line.")] = None,
    as_json: Json = False,
) -> None:
    """Show what would be read from a URL, with draft questions; nothing is stored."""
    from scripts.source_test import test_url

    wanted = list(urls or [])
    if file:
        wanted += [line.strip() for line in file.read_text().splitlines() if line.strip()]
    if not wanted:
        raise typer.BadParameter("name a URL, or a file of them with --file")
    house = open_house()
    for url in wanted:
        row = test_url(house, url)
        if as_json or file:
            print(json.dumps(row, ensure_ascii=False, default=str))
        else:
            reading.print_source_test(row)


@sources_app.command("add")
def sources_add(
    name: str,
    url: str,
    licence: Annotated[str, typer.Option(help="SPDX id; decides whether text may be shown.")],
    attribution: Annotated[str, typer.Option(help="The line that must stand beside the text.")],
    kind: Annotated[str, typer.Option(help="feed or page")] = "feed",
    topic: Annotated[str, typer.Option(help="One word.")] = "general",
    links: Annotated[str | None, typer.Option(help="CSS selector of a page's links.")] = None,
) -> None:
    """Add a source to the file named by UNSEEN_SOURCES."""
    from scripts.source_list import add_source

    settings = load_settings()
    source = add_source(
        settings.sources,
        {
            "name": name,
            "url": url,
            "licence": licence,
            "attribution": attribution,
            "kind": kind,
            "topic": topic,
            **({"links": links} if links else {}),
        },
    )
    print(f"{source.name} added; try it with: unseen sources test {source.url}")


@sources_app.command("disable")
def sources_disable(name: str) -> None:
    """Stop reading a source; what it gave stays."""
    from scripts.source_list import disable_source

    disable_source(load_settings().sources, name)
    print(f"{name} is disabled")


@benchmarks_app.command("add")
def benchmarks_add(
    origins: Annotated[list[str], typer.Argument(help="Hub dataset ids or local files.")],
    name: Annotated[str | None, typer.Option(help="What to call it (one origin only).")] = None,
    licence: Annotated[str | None, typer.Option(help="SPDX id of its text.")] = None,
    revision: Annotated[str | None, typer.Option(help="Pin a hub revision.")] = None,
    as_json: Json = False,
) -> None:
    """Add known public benchmarks to the reference index."""
    from generator.gate.benchmarks import add_benchmark

    if name and len(origins) > 1:
        raise typer.BadParameter("--name names one benchmark; add them one by one")
    house = open_house()
    added = []
    with show_progress() as progress:
        for origin in origins:
            added.append(
                add_benchmark(
                    house.engine,
                    house.settings.index_dir,
                    house.embedder,
                    origin,
                    now=house.clock(),
                    name=name,
                    licence=licence,
                    revision=revision,
                    progress=lambda done, total: progress("embed", done, total),
                )
            )
    rows = [one.model_dump(mode="json") for one in added]
    _print(rows, as_json, lambda: reading.print_benchmarks(rows))


@benchmarks_app.command("list")
def benchmarks_list(as_json: Json = False) -> None:
    """List the benchmarks that questions are checked against."""
    rows = reading.benchmarks(open_house())
    _print(rows, as_json, lambda: reading.print_benchmarks(rows))


@benchmarks_app.command("remove")
def benchmarks_remove(name: str) -> None:
    """Take a benchmark out of the index."""
    from generator.gate.benchmarks import remove_benchmark

    house = open_house()
    remove_benchmark(house.engine, house.settings.index_dir, house.embedder, name)
    print(f"{name} is removed")


@benchmarks_app.command("check")
def benchmarks_check(
    question: Annotated[str | None, typer.Argument(help="One question.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="JSONL rows: question, optional choices.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge whether a question is one of a known benchmark."""
    from scripts.gate_check import judge_file, judge_one

    if (question is None) == (file is None):
        raise typer.BadParameter("give one question, or a file of them with --file")
    house = open_house()
    if file:
        for verdict in judge_file(house, file):
            print(json.dumps(verdict, ensure_ascii=False))
        return
    row = judge_one(house, str(question))
    _print(row, as_json, lambda: reading.print_gate(row))


@db_app.command("upgrade")
def db_upgrade() -> None:
    """Bring the database to the newest schema."""
    from store.database import schema_revisions

    current, _ = schema_revisions(open_house().engine)
    print(f"the database is at schema {current}")


if __name__ == "__main__":
    main()
