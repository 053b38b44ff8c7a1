"""What ran, when, and how it ended: each (job, scheduled instant) once, gaps and heartbeats too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from store.database import session
from store.records import Heartbeat
from store.tables import HeartbeatRow, RunRow

#: The job name under which the times without a daemon are recorded.
GAP = "gap"


def run_key(scheduled_at: datetime, subject: str = "") -> str:
    """Return the key of a run: what it is for, and the instant it was scheduled for."""
    return f"{subject} {scheduled_at:%Y-%m-%dT%H:%M:%SZ}".strip()


def claim_run(engine: Engine, job: str, key: str, now: datetime) -> int | None:
    """Take a run, and return its number; None when somebody has taken it before.

    The unique (job, key) decides, so of two processes one gets it, whatever their clocks say.
    """
    row = RunRow(job=job, key=key, started_at=now, state="running")
    with Session(engine) as work:
        work.add(row)
        try:
            work.commit()
        except IntegrityError:
            return None
        return row.number


def finish_run(
    engine: Engine,
    number: int,
    state: str,
    now: datetime,
    why: str | None = None,
    summary: Mapping[str, Any] | None = None,
) -> None:
    """Write down how a run ended: done, partial or failed, and why."""
    with session(engine) as work:
        row = work.get(RunRow, number)
        if row is not None:
            row.state, row.finished_at, row.why = state, now, why
            row.summary = dict(summary or {})
            work.add(row)


def abandon_runs(engine: Engine, job: str, started_before: datetime, now: datetime) -> int:
    """Mark the runs of a job whose process ended before they did; returns how many."""
    query = select(RunRow).where(
        RunRow.job == job, RunRow.state == "running", col(RunRow.started_at) < started_before
    )
    with session(engine) as work:
        rows = list(work.exec(query))
        for row in rows:
            row.state, row.finished_at = "failed", now
            row.why = "its process ended before it did"
            work.add(row)
    return len(rows)


def record_gap(engine: Engine, start: datetime, end: datetime, why: str) -> None:
    """Write down a time in which nothing was visited; the same gap is recorded once."""
    number = claim_run(engine, GAP, run_key(start), start)
    if number is not None:
        finish_run(engine, number, "missed", end, why)


def beat(engine: Engine, heartbeat: Heartbeat) -> None:
    """Write down that a process is alive."""
    with session(engine) as work:
        work.merge(HeartbeatRow.of(heartbeat))


def heartbeat_of(engine: Engine, name: str) -> Heartbeat | None:
    """Return the last sign of life of a process, or None."""
    with session(engine) as work:
        row = work.get(HeartbeatRow, name)
        return row.value() if row else None
