"""The table of commands: what each is called, and the function that does it."""

from __future__ import annotations

import sys

import structlog
import typer

from scripts.commands import (
    audits,
    benchmarks,
    calibration,
    database,
    errata,
    keys,
    releases,
    sources,
    weeks,
)


def _group(help_text: str) -> typer.Typer:
    return typer.Typer(help=help_text, no_args_is_help=True, rich_markup_mode=None)


app = typer.Typer(
    name="unseen",
    help="A weekly language-model test set that no model has seen: scraped, checked, signed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    weeks.week,
    weeks.collect,
    weeks.generate,
    weeks.check,
    weeks.release,
    weeks.daemon,
    weeks.serve,
    audits.audit,
    audits.candidates,
    releases.verify,
    releases.diff,
    releases.score,
    errata.retire,
    errata.nullify,
    calibration.calibrate,
    audits.doctor,
):
    app.command()(command)

_sources = _group("The sources that are read.")
_sources.command("list")(sources.sources_list)
_sources.command("test")(sources.sources_test)
_sources.command("add")(sources.sources_add)
_sources.command("disable")(sources.sources_disable)
app.add_typer(_sources, name="sources")

_benchmarks = _group("The known public benchmarks.")
_benchmarks.command("add")(benchmarks.benchmarks_add)
_benchmarks.command("list")(benchmarks.benchmarks_list)
_benchmarks.command("remove")(benchmarks.benchmarks_remove)
_benchmarks.command("check")(benchmarks.benchmarks_check)
app.add_typer(_benchmarks, name="benchmarks")

_reports = _group("What readers report about questions.")
_reports.command("list")(errata.reports_list)
_reports.command("dispute")(errata.reports_dispute)
_reports.command("keep")(errata.reports_keep)
app.add_typer(_reports, name="reports")
_keys = _group("The keys that sign releases and seal answers.")
_keys.command("public")(keys.keys_public)
_keys.command("rotate")(keys.keys_rotate)
app.add_typer(_keys, name="keys")

_db = _group("The database, and backups of the whole home.")
_db.command("upgrade")(database.db_upgrade)
_db.command("backup")(database.db_backup)
_db.command("restore")(database.db_restore)
app.add_typer(_db, name="db")


def run_command() -> None:
    """Run the command that the process was started with."""
    # What a command prints is its result, so the log goes to stderr.
    structlog.configure(logger_factory=lambda *_: structlog.PrintLogger(sys.stderr))
    app(standalone_mode=True)
