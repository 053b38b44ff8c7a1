"""Real daemons: what they weigh, how they stop, and that two of them do no harm."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, select

from scripts.wiring import House
from store.database import session
from store.records import Source
from store.runs import DAEMON, heartbeat_of
from store.tables import ReleaseRow, RunRow
from tests.houses import add_sample_benchmark
from tests.newsroom import feeds, newsroom
from tests.postgres import Postgres, postgres
from tests.sites import Site, serving_sites
from tests.unseen import home_with, running

__all__ = ["postgres"]

#: What an idle daemon may weigh (issue 4).
MAX_MIB = 60
#: A daemon that is told to stop has ended by then (issue 4); its children have eight seconds.
STOPS_WITHIN_S = 10.0
#: Everything else waits at most this long on a busy machine.
WAIT_S = 120.0

OFF = Source(
    name="off", kind="feed", url="http://127.0.0.1:1/", licence="MIT", attribution="x",
    enabled=False,
)  # fmt: skip


@contextmanager
def manager(folder: Path) -> Iterator[tuple[dict[str, str], socket.socket]]:
    """Listen as systemd does; yields the variables for the daemon, and the socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(folder / "n"))
        listening.settimeout(WAIT_S)
        yield {"NOTIFY_SOCKET": str(folder / "n"), "WATCHDOG_USEC": "600000"}, listening


def hear(listening: socket.socket, words: bytes) -> None:
    while words not in listening.recv(4096):
        pass


def stop(process: subprocess.Popen[str]) -> None:
    """Tell a daemon to stop, and see that it does in time, with code 0."""
    told = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(WAIT_S) == 0
    assert time.monotonic() - told < STOPS_WITHIN_S


def runs(house: House, job: str) -> list[RunRow]:
    with session(house.engine) as work:
        query = select(RunRow).where(col(RunRow.job).startswith(job))
        return list(work.exec(query.order_by(col(RunRow.number))))


def wait_for_runs(house: House, job: str, number: int) -> list[RunRow]:
    """Wait until so many runs of a job have ended."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        found = runs(house, job)
        if len(found) >= number and all(row.finished_at for row in found):
            return found
        time.sleep(0.1)
    raise AssertionError(f"{job}: {[(row.key, row.state) for row in runs(house, job)]}")


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_an_idle_daemon_is_small_says_that_it_is_ready_and_beats(tmp_path: Path) -> None:
    environment, house = home_with(tmp_path, [OFF], [])
    with manager(tmp_path) as (told, listening), running(environment | told, "daemon") as process:
        hear(listening, b"READY=1")
        hear(listening, b"WATCHDOG=1")
        hear(listening, b"WATCHDOG=1")
        status = Path(f"/proc/{process.pid}/status").read_text()
        kib = next(int(line.split()[1]) for line in status.splitlines() if "VmRSS" in line)
        assert kib <= MAX_MIB * 1024
        assert children_of(process.pid) == []
        beat = heartbeat_of(house.engine, DAEMON)
        assert beat is not None and beat.pid == process.pid
        process.send_signal(signal.SIGTERM)
        hear(listening, b"STOPPING=1")
        assert process.wait(WAIT_S) == 0


def test_the_daemon_loads_nothing_that_its_children_can() -> None:
    heavy = "alembic nacl rich structlog typer scrapers generator api torch lxml httpx2".split()
    code = (
        "import sys; from scripts import cli, daemon\n"
        "daemon.serve_schedule = lambda: print(*sys.modules)\n"
        "sys.argv = ['unseen', 'daemon']; cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & set(heavy) == set()


def test_a_daemon_brings_the_schema_up_by_a_child(tmp_path: Path) -> None:
    environment, house = home_with(tmp_path, [OFF], [])
    house.engine.dispose()
    for path in tmp_path.glob("unseen.db*"):
        path.unlink()
    with manager(tmp_path) as (told, listening), running(environment | told, "daemon") as process:
        hear(listening, b"READY=1")
        stop(process)
    assert heartbeat_of(house.engine, DAEMON) is not None


def test_a_daemon_is_told_to_stop_while_a_site_stalls(tmp_path: Path) -> None:
    slow, quick = Site("slow", stalls=True), Site("quick")
    with serving_sites(slow, quick):
        sources = [slow.source("1d"), quick.source("1d")]
        environment, house = home_with(tmp_path, sources, [slow.address, quick.address])
        with running(environment, "daemon") as process:
            assert slow.feed_asked.wait(WAIT_S)
            assert quick.feed_asked.wait(WAIT_S)
            stop(process)
    assert {row.state for row in runs(house, "collect ")} <= {"partial", "done", "failed"}


def test_a_collector_that_is_killed_is_started_again_and_repeats_nothing(tmp_path: Path) -> None:
    slow = Site("slow", stalls=True)
    with serving_sites(slow):
        environment, house = home_with(tmp_path, [slow.source("1d")], [slow.address])
        with running(environment, "daemon") as process:
            assert slow.feed_asked.wait(WAIT_S)
            (child,) = children_of(process.pid)
            os.kill(child, signal.SIGKILL)
            (row,) = wait_for_runs(house, "collect ", 1)
            assert (row.state, row.why) == ("failed", "its process ended before it did")
            stop(process)
    assert slow.n_visits == 1


@pytest.fixture(params=["one home", "one Postgres"])
def two_homes(
    tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[tuple[list[Path], dict[str, str]]]:
    """The homes of two daemons that share a database, and the setting that says so."""
    if request.param == "one home":
        yield [tmp_path / "one"] * 2, {}
        return
    server: Postgres = request.getfixturevalue("postgres")
    yield [tmp_path / "one", tmp_path / "two"], {"database_url": server.new_database()}


def test_two_daemons_visit_no_slot_twice(two_homes: tuple[list[Path], dict[str, str]]) -> None:
    homes, more = two_homes
    sites = [Site(name) for name in "abcd"]
    with serving_sites(*sites):
        sources, allowed = [s.source("1d") for s in sites], [s.address for s in sites]
        (first, house), (second, other) = [
            home_with(home, sources, allowed, **more) for home in homes
        ]
        with running(first, "daemon") as one, running(second, "daemon") as two:
            visits = wait_for_runs(house, "collect ", 4)
            stop(one)
            stop(two)
    house.engine.dispose()
    other.engine.dispose()
    assert [row.state for row in visits] == ["done"] * 4
    assert [site.n_visits for site in sites] == [1] * 4


def test_two_daemons_try_a_week_once(two_homes: tuple[list[Path], dict[str, str]]) -> None:
    homes, more = two_homes
    more = more | {"schedule": "0 6 * * MON"}
    (first, house), (second, other) = [home_with(home, [OFF], [], **more) for home in homes]
    with running(first, "daemon") as one, running(second, "daemon") as two:
        wait_for_runs(house, "week", 1)
        stop(one)
        stop(two)
    weeks = runs(house, "week")
    house.engine.dispose()
    other.engine.dispose()
    # There is no index, so it fails, and it is not due again so soon.
    assert [row.state for row in weeks] == ["failed"]
    assert "benchmarks add" in str(weeks[0].why)


@pytest.mark.long
def test_two_daemons_release_a_week_once(tmp_path: Path) -> None:
    with newsroom(date(2026, 3, 23), items=3) as base:
        sources = [one for one in feeds(base) if one.name == "wire"]
        environment, house = home_with(
            tmp_path, sources, [base.removeprefix("http://")],
            schedule="0 6 * * MON", cutoff="2025-09-01T00:00:00Z",
        )  # fmt: skip
        add_sample_benchmark(house)
        with running(environment, "daemon") as one, running(environment, "daemon") as two:
            weeks = wait_for_runs(house, "week", 1)
            stop(one)
            stop(two)
    assert [row.state for row in weeks] == ["done"], weeks[0].why
    with session(house.engine) as work:
        (row,) = work.exec(select(ReleaseRow))
    assert [path.name for path in (tmp_path / "releases").iterdir()] == [row.week]


def test_a_schedule_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    environment, _ = home_with(tmp_path, [OFF], [], schedule="soon")
    with running(environment, "daemon") as process:
        assert process.wait(WAIT_S) == 1
        assert process.stdout
        assert "UNSEEN_SCHEDULE 'soon' is not a cron line" in process.stdout.read()


def test_a_week_that_is_told_to_stop_keeps_what_it_did_and_goes_on_later(tmp_path: Path) -> None:
    slow, quick = Site("slow", stalls=True), Site("quick")
    with serving_sites(slow, quick):
        sources = [slow.source("1d"), quick.source("1d")]
        environment, house = home_with(tmp_path, sources, [slow.address, quick.address])
        with running(environment, "week") as process:
            assert slow.feed_asked.wait(WAIT_S)
            assert quick.feed_asked.wait(WAIT_S)
            stop(process)
        (row,) = runs(house, "week")
        assert row.state == "partial"
        assert row.why == "told to stop; what was done is kept, the next run does the rest"
        slow.release.set()
        slow.stalls = False
        with running(environment, "week") as process:
            # Without an index no question is called clean: it is the next stage that fails.
            assert process.wait(WAIT_S) == 1
    assert [row.state for row in runs(house, "week")] == ["partial", "failed"]
