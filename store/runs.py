"""What ran, when, and how it ended: each (job, scheduled instant) once, gaps and heartbeats too."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, tuple_
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from store.database import session
from store.records import Heartbeat
from store.tables import HeartbeatRow, RunRow

#: The job name under which the times without a daemon are recorded.
GAP = "gap"
#: The job name of a week's tries.
WEEK = "week"
#: The job name of a source's visits begins with this.
COLLECT = "collect"
#: The name the daemon's heartbeat goes by; two daemons of one database share it.
DAEMON = "daemon"
#: Where a process of another machine may be at work, its run is given up after this: more than a
#: visit can take (200 documents of 30 s), and than a week with a slow model took here.
GIVE_UP_AFTER = timedelta(hours=12)

#: Pairs in one query: databases count the values of a statement.
_AT_ONCE = 400


def run_key(scheduled_at: datetime, subject: str = "") -> str:
    """Return the key of a run: what it is for, and the instant it was scheduled for."""
    return f"{subject} {scheduled_at:%Y-%m-%dT%H:%M:%SZ}".strip()


def claim_run(engine: Engine, job: str, key: str, now: datetime) -> int | None:
    """Take a run, and return its number; None when somebody has taken it before.

    The unique (job, key) decides, so of two processes one gets it, whatever their clocks say.
    Which process took it is kept, so that a run whose process died is known.

    Raises:
        StoreError: The database refused.
    """
    row = RunRow(job=job, key=key, started_at=now, state="running", summary=this_process())
    with session(engine) as work:
        work.add(row)
        try:
            work.flush()
        except IntegrityError:
            work.rollback()
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
    """Write down how a run ended: done, partial, failed or stopped, and why."""
    with session(engine) as work:
        row = work.get(RunRow, number)
        if row is not None:
            row.state, row.finished_at, row.why = state, now, why
            row.summary = dict(summary or {})
            work.add(row)


def this_process() -> dict[str, Any]:
    """Return what this process is known by: machine, number, and when it was born."""
    pid = os.getpid()
    return {"host": socket.gethostname(), "pid": pid, "born": _born(pid)}


def is_alive(process: Mapping[str, Any]) -> bool | None:
    """Whether a process is still there; None when that cannot be told from here."""
    pid = process.get("pid")
    if process.get("host") != socket.gethostname() or not isinstance(pid, int):
        return None
    # A number is given again, above all in a container; the same number born at the same tick
    # is the same process.
    return _born(pid) is not None and _born(pid) == process.get("born")


def _born(pid: int) -> str | None:
    """Return the clock tick at which a process began, or None when there is none (proc(5))."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return None
    # The name in brackets may hold spaces; state is the first field after it, the tick the 20th.
    return status.rpartition(")")[2].split()[19]


def abandon_runs(engine: Engine, job: str, now: datetime) -> int:
    """Mark the runs of a job whose process ended before they did; returns how many.

    Args:
        engine: The database.
        job: A job, or the beginning of its name up to a space.
        now: The instant; a process that cannot be asked is given up after `GIVE_UP_AFTER`.
    """
    n_marked = 0
    with session(engine) as work:
        query = select(RunRow).where(
            RunRow.state == "running", col(RunRow.job).startswith(job, autoescape=True)
        )
        for row in work.exec(query):
            if row.job.split(" ")[0] != job or not _is_abandoned(row, now):
                continue
            row.state, row.finished_at = "failed", now
            row.why = "its process ended before it did"
            work.add(row)
            n_marked += 1
    return n_marked


def _is_abandoned(row: RunRow, now: datetime) -> bool:
    alive = is_alive(row.summary)
    # By a clock that was set back it may have started in the future.
    return abs(now - row.started_at) > GIVE_UP_AFTER if alive is None else not alive


def taken_runs(engine: Engine, runs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of these runs, (job, key), that somebody has taken."""
    pair, wanted = tuple_(col(RunRow.job), col(RunRow.key)), list(runs)
    taken: set[tuple[str, str]] = set()
    with session(engine) as work:
        for first in range(0, len(wanted), _AT_ONCE):
            some = select(RunRow.job, RunRow.key).where(pair.in_(wanted[first : first + _AT_ONCE]))
            taken.update((job, key) for job, key in work.exec(some))
    return taken


def runs_of(engine: Engine, job: str, subject: str) -> list[RunRow]:
    """Return a job's runs for one subject, oldest first."""
    query = select(RunRow).where(
        RunRow.job == job, col(RunRow.key).startswith(f"{subject} ", autoescape=True)
    )
    with session(engine) as work:
        return list(work.exec(query.order_by(col(RunRow.number))))


def record_gap(engine: Engine, start: datetime, end: datetime, why: str, subject: str = "") -> None:
    """Write down a time in which nothing was done; the same gap is recorded once."""
    number = claim_run(engine, GAP, run_key(start, subject), start)
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
