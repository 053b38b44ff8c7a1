"""What the commands share: their options, exit codes, and how they open the house and print."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from scripts.wiring import House, Plan, open_house, plan_week, utc_now
from store.settings import load_settings

#: Exit codes of every command (contract, section 2).
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


def tell(sentence: str) -> None:
    """Note something on stderr; what a command prints on stdout is its result."""
    print(f"note: {sentence}", file=sys.stderr)


def moment_of(text: str | None) -> datetime | None:
    """Return the instant an option names, in UTC where it names no zone."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no time; write 2026-08-24 or RFC 3339") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def open_for(sources: Path | None, week: str | None, as_of: str | None) -> tuple[House, Plan]:
    """Settle which week is meant, then open the house for it."""
    settings = load_settings()
    if sources:
        settings = settings.model_copy(update={"sources": sources})
    plan = plan_week(settings, week, moment_of(as_of), utc_now)
    return open_house(settings), plan


def show(value: object, as_json: bool, for_people: Callable[[], None]) -> None:
    """Print a result: JSON for programs, or what `for_people` prints."""
    if as_json:
        print(json.dumps(value, ensure_ascii=False, indent=2, default=str))
    else:
        for_people()
