"""The daemon's times, and how it stops."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scripts.schedule import (
    Children,
    closing_trigger,
    run_daemon,
    start_child,
    week_is_due,
)
from store.errors import SettingsError
from store.records import Source
from store.timetable import interval_of
from tests.houses import house_at

MONDAY = datetime(2026, 3, 23, 7, tzinfo=UTC)


def _source(interval: str = "1h") -> Source:
    return Source(
        name="brell",
        kind="feed",
        url="http://x/",
        licence="MIT",
        attribution="x",
        interval=interval,
    )


@pytest.mark.parametrize(
    ("written", "expected"),
    [("30m", timedelta(minutes=30)), ("1h", timedelta(hours=1)), ("2d", timedelta(days=2))],
)
def test_an_interval_is_a_number_and_a_unit(written: str, expected: timedelta) -> None:
    assert interval_of(_source(written)) == expected


@pytest.mark.parametrize("written", ["", "1", "h", "0h", "-1h", "1 week", "1.5h"])
def test_any_other_interval_is_refused_by_name(written: str) -> None:
    with pytest.raises(SettingsError, match="source 'brell'"):
        interval_of(_source(written))


@pytest.mark.parametrize(
    ("line", "weekday"),
    [
        pytest.param("0 6 * * MON", 0, id="a name"),
        pytest.param("0 6 * * 1", 0, id="1 is Monday, as in cron"),
        pytest.param("0 6 * * 0", 6, id="0 is Sunday, as in cron"),
        pytest.param("0 6 * * 7", 6, id="7 is Sunday, as in cron"),
    ],
)
def test_a_week_is_closed_on_the_day_cron_means(line: str, weekday: int) -> None:
    when = closing_trigger(line, "UTC").get_next_fire_time(None, MONDAY)
    assert when.weekday() == weekday
    assert (when.hour, when.minute) == (6, 0)


def test_a_week_is_closed_in_the_operators_zone() -> None:
    when = closing_trigger("0 6 * * MON", "Asia/Tokyo").get_next_fire_time(None, MONDAY)
    assert when.astimezone(ZoneInfo("Asia/Tokyo")).hour == 6


@pytest.mark.parametrize(
    ("line", "zone", "words"),
    [
        ("0 6 * *", "UTC", "five fields"),
        ("0 66 * * MON", "UTC", "UNSEEN_SCHEDULE"),
        ("0 6 * * MON", "Mars/Olympus", "UNSEEN_TIMEZONE"),
    ],
)
def test_a_schedule_that_cannot_be_read_is_refused_by_name(
    line: str, zone: str, words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        closing_trigger(line, zone)


def test_a_week_without_a_release_is_due(tmp_path: Path) -> None:
    house = house_at(tmp_path, [_source()], "http://127.0.0.1:1")
    assert week_is_due(house, lambda: MONDAY) == "2026-W12"


def test_the_daemon_collects_every_source_and_catches_up(tmp_path: Path) -> None:
    house = house_at(tmp_path, [_source()], "http://127.0.0.1:1")
    stop, seen = threading.Event(), []
    both = threading.Event()

    def start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        seen.append(tuple(arguments))
        if len(seen) == 2:
            both.set()
        return subprocess.Popen([sys.executable, "-c", ""])

    # Jobs are due by the real clock: the scheduler waits on it.
    now = datetime.now(UTC)
    daemon = threading.Thread(target=run_daemon, args=(house, stop, Children(start), lambda: now))
    daemon.start()
    assert both.wait(30)
    stop.set()
    daemon.join(30)
    assert not daemon.is_alive()
    assert ("collect", "--source", "brell") in seen
    assert ("week",) in seen


def test_stopping_ends_running_children_and_starts_no_more() -> None:
    started = threading.Event()

    def start(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
        started.set()
        return child

    children = Children(start)
    running = threading.Thread(target=children.run, args=("collect",))
    running.start()
    assert started.wait(30)
    children.stop()
    running.join(30)
    assert not running.is_alive()
    assert children.run("week") is None


def test_sigterm_ends_the_daemon_with_exit_code_0(tmp_path: Path) -> None:
    (tmp_path / "sources.toml").write_text(
        '[[source]]\nname = "off"\nkind = "feed"\nurl = "http://127.0.0.1:1/"\n'
        'licence = "MIT"\nattribution = "x"\nenabled = false\n'
    )
    environment = os.environ | {
        "UNSEEN_HOME": str(tmp_path / "home"),
        "UNSEEN_SOURCES": str(tmp_path / "sources.toml"),
    }
    daemon = subprocess.Popen(
        [sys.executable, "-m", "scripts.cli", "daemon"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert daemon.stdout is not None
    for line in daemon.stdout:
        if b"daemon runs" in line:
            break
    daemon.send_signal(signal.SIGTERM)
    daemon.communicate(timeout=20)
    assert daemon.returncode == 0


def test_a_child_is_one_of_our_own_commands() -> None:
    child = start_child(["--help"])
    assert child.wait(60) == 0
