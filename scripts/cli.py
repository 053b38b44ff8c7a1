"""The command line: the table of commands, and what becomes of an error."""

from __future__ import annotations

import os
import sys

import structlog
import typer

from scripts.commands import audits, benchmarks, sources, weeks
from scripts.commands.options import DONE, REFUSED
from store.errors import UnseenError


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
    audits.verify,
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

_db = _group("The database.")
_db.command("upgrade")(audits.db_upgrade)
app.add_typer(_db, name="db")


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


if __name__ == "__main__":
    main()
