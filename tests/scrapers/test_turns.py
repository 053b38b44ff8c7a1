"""One request a host at a time, between threads and between processes."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from scrapers.turns import Turns
from tests.scrapers.conftest import NOW

HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from scrapers.fetched import Clock
from scrapers.turns import Turns
turns = Turns(Clock(lambda: datetime.now(UTC), time.sleep), Path(sys.argv[1]))
with turns.turn("news.example.net", 0.0):
    print("held", flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(params=[False, True], ids=["one process", "a folder"])
def turns(request, fake_clock, tmp_path):
    return Turns(fake_clock.clock, tmp_path / "hosts" if request.param else None)


def test_the_first_request_waits_for_nobody_and_the_next_for_the_pause(turns, fake_clock):
    for _ in range(3):
        with turns.turn("a", 2.0):
            fake_clock.at += timedelta(seconds=0.5)
    assert fake_clock.waited == [2.0, 2.0]


def test_time_that_passed_counts(turns, fake_clock):
    with turns.turn("a", 2.0):
        pass
    fake_clock.at += timedelta(seconds=1.5)
    with turns.turn("a", 2.0):
        pass
    assert fake_clock.waited == pytest.approx([0.5])


def test_hosts_do_not_wait_for_each_other(turns, fake_clock):
    for host in ("a", "b", "c"):
        with turns.turn(host, 2.0):
            pass
    assert fake_clock.waited == []


def test_a_clock_set_back_waits_no_longer_than_the_pause(turns, fake_clock):
    with turns.turn("a", 2.0):
        pass
    fake_clock.at -= timedelta(days=365)
    with turns.turn("a", 2.0):
        pass
    assert fake_clock.waited == [2.0]


def test_a_host_that_asked_for_time_is_held_until_then(turns, fake_clock):
    with turns.turn("a", 0.0):
        turns.hold("a", NOW + timedelta(hours=2))
        turns.hold("a", NOW + timedelta(hours=1))
    with turns.turn("a", 0.0):
        assert turns.held_until("a") == NOW + timedelta(hours=2)
    fake_clock.at += timedelta(hours=3)
    with turns.turn("a", 0.0):
        assert turns.held_until("a") is None


def test_what_one_process_did_another_knows(fake_clock, tmp_path):
    one, other = (Turns(fake_clock.clock, tmp_path) for _ in range(2))
    with one.turn("a", 0.0):
        one.hold("a", NOW + timedelta(hours=2))
    with other.turn("a", 3.0):
        assert other.held_until("a") == NOW + timedelta(hours=2)
    assert fake_clock.waited == [3.0]


def test_a_request_of_another_process_is_waited_for_and_a_dead_one_is_not(fake_clock, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        entered = threading.Event()

        def enter():
            with Turns(fake_clock.clock, tmp_path).turn("news.example.net", 0.0):
                entered.set()

        waiting = threading.Thread(target=enter)
        waiting.start()
        assert not entered.wait(0.2)
        holder.kill()
        assert entered.wait(10)
        waiting.join()
