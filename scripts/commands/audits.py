"""Looking at what there is: one question, what was rejected, the house itself."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from scripts import reading
from scripts.commands.options import REFUSED, Json, Week, show
from scripts.wiring import open_house


def audit(question_id: str, as_json: Json = False) -> None:
    """Show where a question comes from: source, bytes, quote, writer, checks, releases."""
    chain = reading.chain(open_house(), question_id)
    show(chain.model_dump(mode="json"), as_json, lambda: reading.print_chain(chain))


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
    show(rows, as_json, lambda: reading.print_candidates(rows))


def doctor(as_json: Json = False) -> None:
    """Look at settings, database, disk, keys, model and index: ok, or what to do."""
    from scripts.doctor import examine

    findings = examine(os.environ)
    show(
        [finding.as_json() for finding in findings],
        as_json,
        lambda: reading.print_doctor(findings),
    )
    if any(not finding.ok for finding in findings):
        raise typer.Exit(REFUSED)
