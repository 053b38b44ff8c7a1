"""The alarm rings and the daemon decides: with clocks and children that are told what to do."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlmodel import col, select

from scripts.children import (
    FIRST_PAUSE_S,
    LONGEST_PAUSE_S,
    Child,
    start_child,
    stop_children,
)
from scripts.daemon import BEAT, SETTLED_AFTER_S, Bell, Daemon
from scripts.notify import Notifier
from scripts.schedule import Alarm, zone_of
from scripts.wiring import House
from store.database import session
from store.records import ReleaseNote, Source, SourceReport
from store.runs import GAP, claim_run, finish_run, heartbeat_of
from store.sources import remember_outcomes
from store.tables import ReleaseRow, RunRow
from tests.houses import house_at

MONDAY = datetime(2026, 8, 24, 7, tzinfo=UTC)
HOUR, DAY, WEEK, YEAR = (timedelta(hours=n) for n in (1, 24, 168, 8760))


def source(name: str = "brell", interval: str = "1h") -> Source:
    return Source(
        name=name, kind="feed", url="http://x/", licence="MIT", attribution="x", interval=interval
    )


class Fake:
    """A daemon whose clocks go as they are told and whose children end at once or when told.

    A child's work is what the real one would leave in the database.
    """

    def __init__(self, home: Path, sources: Sequence[Source] = (), *, works: bool = True) -> None:
        self.now, self.ticks = MONDAY, 1_000.0
        self.works, self.started = works, list[tuple[str, ...]]()
        self.house: House = house_at(home, sources or [source()], "http://127.0.0.1:1")
        self.house.engine.dispose()
        # Nothing here need outlive a power cut.
        event.listen(
            self.house.engine, "connect", lambda made, _: made.execute("PRAGMA synchronous=OFF")
        )
        self.daemon = self.restarted()

    def restarted(self) -> Daemon:
        """A daemon that knows nothing but what the database says."""
        self.daemon = Daemon(
            house=self.house,
            notifier=Notifier(),
            clock=lambda: self.now,
            ticks=lambda: self.ticks,
            start=self._start,
        )
        return self.daemon

    def passes(self, length: timedelta, leap: timedelta = timedelta()) -> None:
        """Let time go by, the clock be set by `leap`, and the bell ring."""
        self.ticks += length.total_seconds()
        self.now += length + leap
        self.turn()

    def turn(self) -> None:
        self.daemon.turn(frozenset({BEAT}), None)

    def weeks(self) -> list[str]:
        return [arguments[2] for arguments in self.started if arguments[0] == "week"]

    def gaps(self) -> list[str]:
        with session(self.house.engine) as work:
            query = select(RunRow).where(RunRow.job == GAP).order_by(col(RunRow.number))
            return [str(row.why) for row in work.exec(query)]

    def release(self, week: str) -> None:
        note = ReleaseNote(
            week=week, manifest_sha256="0" * 64, merkle_root="0" * 64, published_at=self.now,
            n_open=1, n_sealed=0,
        )  # fmt: skip
        with session(self.house.engine) as work:
            work.add(ReleaseRow.of(note))

    def _start(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        self.started.append(tuple(arguments))
        if self.works and arguments[0] == "week":
            self.release(arguments[2])
        if self.works and arguments[0] == "collect":
            for one in self.daemon.agenda.due(self.now):
                report = SourceReport(source=one.name, started_at=self.now, finished_at=self.now)
                with session(self.house.engine) as work:
                    remember_outcomes(work, [(one, report)])
        return Ended(0 if self.works else 1)  # type: ignore[return-value]


class Ended:
    """A child that has ended."""

    def __init__(self, code: int) -> None:
        self.code = code

    def poll(self) -> int:
        return self.code

    def terminate(self) -> None:
        pass


def test_a_first_start_collects_and_closes_the_last_week(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.turn()
    assert [arguments[0] for arguments in fake.started] == ["collect", "week"]
    assert fake.weeks() == ["2026-W34"]
    fake.passes(timedelta(seconds=30))
    assert len(fake.started) == 2
    assert fake.gaps() == []


def test_the_week_is_told_the_instant_it_is_for(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.turn()
    assert ("week", "--week", "2026-W34", "--scheduled-at", "2026-08-24T06:00:00Z") in fake.started


def test_a_week_is_closed_at_its_instant_and_not_before(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.release("2026-W34")
    fake.passes(WEEK - HOUR - timedelta(seconds=1))
    assert fake.weeks() == []
    fake.passes(timedelta(seconds=1))
    assert fake.weeks() == ["2026-W35"]


@pytest.mark.parametrize(
    ("away", "weeks"),
    [
        pytest.param(HOUR, [], id="an hour"),
        pytest.param(DAY, [], id="a day"),
        pytest.param(3 * WEEK, ["2026-W35", "2026-W36", "2026-W37"], id="three weeks"),
        pytest.param(10 * WEEK, ["2026-W41", "2026-W42", "2026-W43", "2026-W44"], id="ten weeks"),
    ],
)
def test_after_downtime_every_week_is_made_up_for_in_order_and_the_gap_is_recorded(
    tmp_path: Path, away: timedelta, weeks: list[str]
) -> None:
    fake = Fake(tmp_path)
    fake.turn()
    fake.started.clear()
    fake.ticks, fake.now = 0.0, fake.now + away
    fake.restarted()
    for _ in range(20):
        fake.passes(timedelta(seconds=30))
    assert fake.weeks() == weeks
    assert [words.split(";")[0] for words in fake.gaps()][:1] == [
        f"no daemon ran for {away // DAY} d" if away >= DAY else "no daemon ran for 1 h"
    ]
    assert len([words for words in fake.gaps() if "is not released" in words]) == (
        6 if away == 10 * WEEK else 0
    )
    assert [arguments[0] for arguments in fake.started].count("collect") == 1


def test_a_week_that_fails_is_tried_again_and_a_later_one_gets_its_turn(tmp_path: Path) -> None:
    fake = Fake(tmp_path, works=False)
    fake.release("2026-W32")
    for _ in range(300):
        fake.passes(timedelta(minutes=5))
        for arguments in fake.started:
            if arguments[0] == "week":
                # What `unseen week` leaves when no question passed.
                number = claim_run(fake.house.engine, "week", run_key_of(arguments), fake.now)
                if number is not None:
                    finish_run(fake.house.engine, number, "failed", fake.now, "nothing passed")
    assert fake.weeks()[:5] == ["2026-W33"] * 3 + ["2026-W34"] * 2
    assert set(fake.weeks()[3:]) == {"2026-W34"}
    # A day of failures: after 5, 10, 20, 40, 80, 160, 320 minutes, then every six hours.
    assert 8 <= len(fake.weeks()[3:]) <= 11
    assert len(set(fake.started)) == len([one for one in fake.started if one[0] == "week"]) + 1


def run_key_of(arguments: Sequence[str]) -> str:
    return f"{arguments[2]} {arguments[4]}"


LEAPS = [timedelta(seconds=1), timedelta(minutes=1), HOUR, DAY, WEEK, YEAR]
NAMES = ["1 s", "1 min", "1 h", "1 d", "1 week", "1 y"]


@pytest.mark.parametrize("leap", [*LEAPS, *(-leap for leap in LEAPS)], ids=[
    *(f"{name} forward" for name in NAMES), *(f"{name} back" for name in NAMES)
])  # fmt: skip
def test_a_clock_that_leaps_and_returns_releases_no_week_early_twice_or_never(
    tmp_path: Path, leap: timedelta
) -> None:
    fake = Fake(tmp_path)
    fake.turn()
    assert fake.weeks() == ["2026-W34"]
    fake.passes(HOUR)
    fake.passes(timedelta(seconds=30), leap)
    fake.passes(timedelta(seconds=30))
    fake.passes(timedelta(seconds=30), -leap)
    assert fake.weeks() == ["2026-W34"]
    for _ in range(2 * 7 * 2):
        fake.passes(12 * HOUR)
    assert fake.weeks() == ["2026-W34", "2026-W35", "2026-W36"]
    said = " ".join(fake.gaps())
    if abs(leap) > timedelta(minutes=5):
        assert "the clock was put forward" in said
        assert "the clock went back" in said
    assert heartbeat_of(fake.house.engine, "daemon").beat_at == fake.now  # type: ignore[union-attr]


def test_a_clock_that_is_put_right_for_good_closes_weeks_once_it_has_settled(
    tmp_path: Path,
) -> None:
    fake = Fake(tmp_path)
    fake.turn()
    fake.passes(timedelta(seconds=30), WEEK)
    assert fake.weeks() == ["2026-W34"]
    fake.passes(timedelta(seconds=SETTLED_AFTER_S - 60))
    assert fake.weeks() == ["2026-W34"]
    fake.passes(timedelta(seconds=60))
    assert fake.weeks() == ["2026-W34", "2026-W35"]


def test_a_machine_that_slept_is_downtime(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.turn()
    fake.passes(3 * WEEK)
    assert fake.gaps()[0].startswith("no daemon ran for 21 d; ")
    assert fake.weeks() == ["2026-W34", "2026-W35"]


def test_a_collector_that_crashes_is_started_again_after_growing_pauses(tmp_path: Path) -> None:
    fake = Fake(tmp_path, works=False)
    fake.release("2026-W34")
    fake.turn()
    pauses = []
    for number in range(1, 13):
        assert len(fake.started) == number
        # It is seen that it has ended, and it is not started before the pause is over.
        fake.passes(timedelta())
        pauses.append(fake.daemon.collector.pause_s)
        fake.passes(timedelta(seconds=pauses[-1] - 0.5))
        assert len(fake.started) == number
        fake.passes(timedelta(seconds=0.5))
    assert pauses == [min(FIRST_PAUSE_S * 2**n, LONGEST_PAUSE_S) for n in range(12)]


def test_a_database_that_refuses_is_asked_again(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    database = tmp_path / "unseen.db"
    fake.house.engine.dispose()
    for path in tmp_path.glob("unseen.db*"):
        path.rename(path.with_name(f"aside-{path.name}"))
    database.mkdir()
    fake.turn()
    assert fake.started == []
    database.rmdir()
    for path in tmp_path.glob("aside-*"):
        path.rename(path.with_name(path.name.removeprefix("aside-")))
    fake.passes(timedelta(seconds=30))
    assert len(fake.started) == 2


def test_a_list_that_is_read_again_is_in_force(tmp_path: Path) -> None:
    fake = Fake(tmp_path)
    fake.turn()
    path = tmp_path / "sources.toml"
    path.write_text(path.read_text().replace("brell", "osier"))
    fake.daemon.turn(frozenset({signal.SIGHUP}), None)
    assert [one.name for one in fake.daemon.agenda.sources] == ["osier"]
    path.write_text("nonsense")
    fake.daemon.turn(frozenset({signal.SIGHUP}), None)
    assert [one.name for one in fake.daemon.agenda.sources] == ["osier"]


def test_the_alarm_rings_for_what_it_is_set_to(tmp_path: Path) -> None:
    rung = {name: threading.Event() for name in ("beat", "slot")}
    alarm = Alarm(
        "0 6 * * MON",
        zone_of("UTC"),
        on_slot=rung["slot"].set,
        on_closing=lambda: None,
        on_beat=rung["beat"].set,
        beat_s=0.05,
    )
    # Of so many sources one has its slot within the second.
    alarm.set([source(f"s{n}", "1m") for n in range(500)])
    try:
        assert rung["beat"].wait(30)
        assert rung["slot"].wait(30)
        rung["beat"].clear()
        alarm.set([])
        assert rung["beat"].wait(30)
    finally:
        alarm.stop()
    alarm.stop()


def test_a_bell_tells_what_rang_and_never_blocks_who_rings() -> None:
    with closing(Bell()) as bell:
        assert bell.hear(0.0) == frozenset()
        bell.ring(BEAT)
        assert bell.hear(30.0) == {BEAT}
        for _ in range(100_000):
            bell.ring(BEAT)
        assert bell.hear(0.0) == {BEAT}


def sleeper(code: str) -> Child:
    child = Child("sleeper", lambda arguments: _python(code), lambda: 0.0)
    child.wake()
    assert child.process and child.process.stdout
    child.process.stdout.readline()
    return child


def _python(code: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)


def test_stopping_ends_children_also_those_that_will_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scripts.children.GRACE_S", 0.5)
    say = "import signal; print(flush=True); signal.pause()"
    deaf = f"import signal; signal.signal(15, signal.SIG_IGN); {say}\nsignal.pause()"
    children = [sleeper(say), sleeper(deaf)]
    stop_children(children, time.monotonic)
    codes = []
    for child in children:
        assert child.process and child.process.stdout
        codes.append(child.process.poll())
        child.process.stdout.close()
    assert codes == [-signal.SIGTERM, -signal.SIGKILL]


def test_a_child_is_one_of_our_own_commands() -> None:
    assert start_child(["--help"]).wait(60) == 0


def test_a_child_runs_once_at_a_time_and_a_good_end_is_no_crash() -> None:
    started, clock = [], [0.0]

    def start(arguments: Sequence[str]) -> Ended:
        started.append(arguments)
        return Ended(codes.pop(0))

    codes = [0, 3, 1, 1]
    child = Child("week", start, lambda: clock[0], frozenset({0, 3}))  # type: ignore[arg-type]
    pauses = []
    for _ in range(4):
        child.wake("week")
        child.wake("week")
        child.reap()
        pauses.append(child.pause_s)
        clock[0] += 1_000
    assert len(started) == 4
    assert pauses == [0.0, 0.0, FIRST_PAUSE_S, 2 * FIRST_PAUSE_S]
