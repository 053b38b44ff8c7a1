"""What ran: the week, each visit to a source, and the times in which nothing could run."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal

from sqlalchemy import ColumnElement, Engine, func, or_
from sqlmodel import col, select

from api.lines import COUNTS, JobKind, RunLine
from store.database import session
from store.runs import COLLECT, GAP, WEEK
from store.tables import RunRow
from store.weeks import week_of

OTHER = "other"
_VISIT = f"{COLLECT} "
#: A week's run, or the gap it left, begins its key with what it is for.
_OF_A_WEEK = re.compile(r"\d{4}-W\d{2}(?= |$)")

#: Every state a run is written down with; another one would be a label nobody can count on.
STATES = frozenset({"running", "done", "partial", "failed", "stopped", "missed", "dry run"})


def kind_of(job: str) -> JobKind | Literal["other"]:
    """Return which kind of job a job is: "collect NAME" is a visit."""
    if job == WEEK:
        return "week"
    if job == GAP:
        return "gap"
    return "collect" if job == COLLECT or job.startswith(_VISIT) else "other"


def _is_kind(kind: JobKind) -> ColumnElement[bool]:
    job = col(RunRow.job)
    if kind == "collect":
        return or_(job == COLLECT, job.startswith(_VISIT, autoescape=True))
    return job == kind


def runs(
    engine: Engine, after: int | None, limit: int, kind: JobKind | None = None
) -> tuple[list[RunLine], bool]:
    """Return runs, newest first, and whether more follow.

    Why a run failed stays with the operator: the sentence may name a path or a host.
    """
    query = select(RunRow).order_by(col(RunRow.number).desc()).limit(limit + 1)
    if after is not None:
        query = query.where(col(RunRow.number) < after)
    if kind is not None:
        query = query.where(_is_kind(kind))
    with session(engine) as work:
        found = [_line(row) for row in work.exec(query)]
    return found[:limit], len(found) > limit


def _line(row: RunRow) -> RunLine:
    end = row.finished_at
    return RunLine(
        number=row.number or 0,
        kind=kind_of(row.job),
        job=row.job,
        source=row.job.removeprefix(_VISIT) if row.job.startswith(_VISIT) else None,
        week=_week(row),
        key=row.key,
        state=row.state,
        started_at=row.started_at,
        finished_at=end,
        # A clock that was set back between start and end makes no run shorter than nothing.
        seconds=max(0.0, (end - row.started_at).total_seconds()) if end else None,
        counts=_counts(row.summary),
    )


def _week(row: RunRow) -> str | None:
    """Return the ISO week that a run made, or that a gap leaves without a release."""
    if row.job == WEEK and (named := _OF_A_WEEK.match(row.key)):
        return named[0]
    return week_of(row.started_at) if row.job == GAP and row.key.startswith(f"{WEEK} ") else None


def _counts(summary: Mapping[str, Any] | None) -> dict[str, int]:
    """Return the counts of a summary; its texts may hold what is not for the world."""
    said = summary or {}
    return {name: said[name] for name in COUNTS if type(said.get(name)) is int}


def run_counts(engine: Engine) -> dict[tuple[str, str], int]:
    """Count all runs by kind and state, "other" where either is not known."""
    job, state = col(RunRow.job), col(RunRow.state)
    counts: Counter[tuple[str, str]] = Counter()
    with session(engine) as work:
        # In the order of the index, which makes it one pass over that alone.
        for ended, name, count in work.exec(select(state, job, func.count()).group_by(state, job)):
            counts[kind_of(name), ended if ended in STATES else OTHER] += count
    return dict(counts)
