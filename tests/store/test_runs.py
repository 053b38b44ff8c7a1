"""A run is taken once, ends with what it came to, and is given up when its process is gone."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import col, select

from store.database import session
from store.records import Heartbeat
from store.runs import (
    GAP,
    GIVE_UP_AFTER,
    abandon_runs,
    beat,
    claim_run,
    finish_run,
    heartbeat_of,
    is_alive,
    record_gap,
    run_key,
    runs_of,
    taken_runs,
    this_process,
)
from store.tables import RunRow

NOW = datetime(2026, 8, 24, 6, tzinfo=UTC)
JOB, KEY = "collect rust", run_key(NOW)


def rows(engine: Engine) -> list[RunRow]:
    with session(engine) as work:
        return list(work.exec(select(RunRow).order_by(col(RunRow.number))))


def test_a_key_is_a_subject_and_an_instant() -> None:
    assert run_key(NOW) == "2026-08-24T06:00:00Z"
    assert run_key(NOW, "2026-W34") == "2026-W34 2026-08-24T06:00:00Z"


def test_a_run_is_taken_once(engine: Engine) -> None:
    number = claim_run(engine, JOB, KEY, NOW)
    assert number is not None
    assert claim_run(engine, JOB, KEY, NOW + timedelta(days=365)) is None
    assert claim_run(engine, "collect gov", KEY, NOW) is not None
    assert taken_runs(engine, [(JOB, KEY), (JOB, "later")]) == {(JOB, KEY)}
    finish_run(engine, number, "done", NOW, summary={"n_documents": 3})
    row = rows(engine)[0]
    assert (row.state, row.summary) == ("done", {"n_documents": 3})


def test_of_eight_that_want_a_run_one_gets_it(engine: Engine) -> None:
    got: list[int | None] = []
    at_once = threading.Barrier(8)

    def want() -> None:
        at_once.wait(30)
        got.append(claim_run(engine, JOB, KEY, NOW))

    threads = [threading.Thread(target=want) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert sum(number is not None for number in got) == 1


def test_many_runs_are_asked_for_at_once(engine: Engine) -> None:
    wanted = [(f"collect s{n}", KEY) for n in range(1_000)]
    claim_run(engine, *wanted[999], NOW)
    assert taken_runs(engine, wanted) == {wanted[999]}


def test_the_run_of_a_process_that_is_gone_is_given_up_at_once(engine: Engine) -> None:
    code = "import json; from store.runs import this_process; print(json.dumps(this_process()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    number = claim_run(engine, JOB, KEY, NOW)
    with session(engine) as work:
        row = work.get(RunRow, number)
        assert row
        row.summary = json.loads(done.stdout)
    assert abandon_runs(engine, "collect", NOW) == 1
    (row,) = rows(engine)
    assert (row.state, row.why) == ("failed", "its process ended before it did")


def test_the_run_of_a_process_that_lives_is_left_alone(engine: Engine) -> None:
    claim_run(engine, JOB, KEY, NOW)
    assert abandon_runs(engine, "collect", NOW + timedelta(days=365)) == 0


def test_the_run_of_another_machine_is_given_up_after_hours(engine: Engine) -> None:
    number = claim_run(engine, JOB, KEY, NOW)
    with session(engine) as work:
        row = work.get(RunRow, number)
        assert row
        row.summary = this_process() | {"host": "elsewhere.invalid"}
    assert abandon_runs(engine, "collect", NOW + GIVE_UP_AFTER) == 0
    assert abandon_runs(engine, "collect", NOW + GIVE_UP_AFTER + timedelta(seconds=1)) == 1


def test_only_the_runs_of_the_job_are_given_up(engine: Engine) -> None:
    with session(engine) as work:
        for job in ("collect rust", "collector", "week"):
            work.add(RunRow(job=job, key=KEY, started_at=NOW, state="running"))
    assert abandon_runs(engine, "collect", NOW + 2 * GIVE_UP_AFTER) == 1
    assert {row.job for row in rows(engine) if row.state == "running"} == {"collector", "week"}


@pytest.mark.parametrize(
    ("changed", "alive"),
    [
        pytest.param({}, True, id="this process"),
        pytest.param({"born": "1"}, False, id="a number that was given again"),
        pytest.param({"pid": 2**22 + 1}, False, id="a number nobody has"),
        pytest.param({"host": "elsewhere.invalid"}, None, id="another machine"),
        pytest.param({"pid": None}, None, id="nothing known"),
    ],
)
def test_a_process_is_known_by_machine_number_and_birth(
    changed: dict[str, object], alive: bool | None
) -> None:
    assert is_alive(this_process() | changed) is alive


def test_a_gap_is_recorded_once(engine: Engine) -> None:
    for _ in range(2):
        record_gap(engine, NOW - timedelta(days=1), NOW, "no daemon ran for 1 d")
    (row,) = rows(engine)
    assert (row.job, row.state, row.started_at, row.finished_at) == (
        GAP,
        "missed",
        NOW - timedelta(days=1),
        NOW,
    )


def test_a_week_s_tries_are_found_by_its_name(engine: Engine) -> None:
    for week in ("2026-W34", "2026-W33"):
        claim_run(engine, "week", run_key(NOW, week), NOW)
    assert [row.key for row in runs_of(engine, "week", "2026-W34")] == [run_key(NOW, "2026-W34")]


def test_the_last_sign_of_life_is_kept(engine: Engine) -> None:
    assert heartbeat_of(engine, "daemon") is None
    for beat_at in (NOW, NOW + timedelta(seconds=30)):
        beat(
            engine,
            Heartbeat(name="daemon", pid=os.getpid(), host="h", started_at=NOW, beat_at=beat_at),
        )
    last = heartbeat_of(engine, "daemon")
    assert last is not None and last.beat_at == NOW + timedelta(seconds=30)
