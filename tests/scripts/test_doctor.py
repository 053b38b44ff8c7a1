"""What `unseen doctor` says of the work: daemon, weeks, sources and gaps, each ok or what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from scripts.doctor import Examined, examine
from scripts.source_list import write_sources
from store.database import downgrade, session
from store.errors import IndexUnusable
from store.runs import claim_run, finish_run, record_gap, run_key
from store.sources import enter_sources
from tests.api.months import DAY, HOUR, Habit, beats, live, source
from tests.building import NOW, World

Says = Callable[..., dict[str, list[Examined]]]


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    world = World.at(tmp_path)
    yield world
    world.engine.dispose()


@pytest.fixture
def doctor(world: World, monkeypatch: pytest.MonkeyPatch) -> Says:
    """Examine the world without loading a model: what was found, by name."""

    def no_index(settings: object) -> Iterator[str]:
        raise IndexUnusable("not looked at here")
        yield ""

    monkeypatch.setattr("scripts.doctor._index", no_index)
    monkeypatch.setenv("UNSEEN_HOME", str(world.home))

    def says(*sources: Habit, now: datetime = NOW) -> dict[str, list[Examined]]:
        path = world.home / "mine.toml"
        write_sources(path, [habit.source for habit in sources] or [source("s")])
        monkeypatch.setenv("UNSEEN_SOURCES", str(path))
        found: dict[str, list[Examined]] = {}
        for one in examine({"UNSEEN_HOME": str(world.home)}, lambda: now):
            found.setdefault(one.name, []).append(one)
        return found

    return says


def week_ran(world: World, state: str | None, why: str | None = None) -> None:
    start = NOW - DAY
    number = claim_run(world.engine, "week", run_key(start, "2026-W34"), start)
    assert number is not None
    if state:
        finish_run(world.engine, number, state, start + HOUR, why)


def test_a_house_without_a_daemon_is_in_order_and_told_how_to_start_one(doctor: Says):
    (told,) = doctor()["daemon"]
    assert told.ok and told.says == "it never ran here; start it with: unseen daemon"


def test_a_living_daemon_is_told_with_its_process(world: World, doctor: Says):
    beats(world)
    (told,) = doctor()["daemon"]
    assert told.ok and told.says == "alive just now, process 4711 on inner-host, for 24 h"


def test_a_silent_daemon_is_something_to_do(world: World, doctor: Says):
    beats(world, NOW - HOUR)
    (told,) = doctor()["daemon"]
    assert not told.ok
    assert told.says == "silent since 2026-08-25T05:00:00Z on inner-host; run: unseen daemon"


@pytest.mark.parametrize(
    ("state", "why", "ok", "said"),
    [
        pytest.param("done", None, True, "2026-W34 done 23 h ago", id="done"),
        pytest.param("partial", "one: 503", True, "2026-W34 partial 23 h ago: one: 503", id="part"),
        pytest.param(
            "failed",
            "the disk is full",
            False,
            "2026-W34 failed 23 h ago: the disk is full; run again: unseen week --week 2026-W34",
            id="failed",
        ),
        pytest.param(None, None, True, "2026-W34 runs for 24 h", id="running"),
    ],
)
def test_the_week_that_ran_last_is_told_with_its_end(world, doctor, state, why, ok, said):
    week_ran(world, state, why)
    (told,) = doctor()["week"]
    assert (told.ok, told.says) == (ok, said)


def test_before_the_first_week_the_command_is_named(doctor: Says):
    (told,) = doctor()["week"]
    assert told.ok and told.says == "none has run yet; run: unseen week"


def test_each_failing_source_has_its_line_and_the_longest_failing_is_first(world, doctor):
    habits = [
        Habit(source("late"), fails_for=HOUR, n_failures=1, visited=HOUR, error="cannot read: a"),
        Habit(source("long"), fails_for=9 * DAY, n_failures=12, error="cannot read: b"),
        Habit(source("fine")),
        Habit(source("off", enabled=False), fails_for=DAY, n_failures=2, error="c"),
    ]
    live(world, habits)
    told = doctor(*habits)["source"]
    assert [one.ok for one in told] == [False, False, True]
    assert told[0].says.startswith("long is failing since 2026-08-16 06:00 UTC, 12 visits")
    assert "cannot read: b; look: unseen sources test https://long.example/feed.xml" in told[0].says
    assert "or leave it: unseen sources disable long" in told[0].says
    assert told[1].says.startswith(
        "late is failing since 2026-08-25 05:00 UTC, 1 visit, next visit"
    )
    assert told[2].says == "2 of 4 sources read"


def test_a_gap_is_told_for_a_month_after_its_end(world: World, doctor: Says):
    away = NOW - 70 * DAY
    record_gap(world.engine, away, NOW - 29 * DAY, "no daemon ran for 41 d")
    record_gap(world.engine, away - DAY, away, "no daemon ran for 1 d")
    (told,) = doctor()["gap"]
    assert told.ok
    assert told.says == "2026-06-16 06:00 to 2026-07-27 06:00 UTC: no daemon ran for 41 d"


def test_without_a_gap_that_is_said(doctor: Says):
    assert [one.says for one in doctor()["gaps"]] == ["none in the last 30 days"]


def test_an_old_schema_is_said_once(world: World, doctor: Says):
    downgrade(world.engine, "0001")
    found = doctor()
    assert not found["database"][0].ok and "unseen db upgrade" in found["database"][0].says
    assert not {"daemon", "week", "source", "gap", "gaps"} & found.keys()


def test_a_list_that_cannot_be_read_hides_neither_daemon_nor_gaps(world, doctor, monkeypatch):
    with session(world.engine) as work:
        enter_sources(work, [source("s")])
    monkeypatch.setattr(
        "tests.scripts.test_doctor.write_sources", lambda path, _: path.write_text("[")
    )
    found = doctor()
    assert not found["source"][0].ok and "is not TOML" in found["source"][0].says
    assert found["daemon"][0].ok and found["gaps"][0].ok


def test_a_lead_over_the_clock_is_no_sign_of_life(world: World, doctor: Says):
    beats(world, NOW + timedelta(days=1))
    assert not doctor()["daemon"][0].ok


def test_the_numbers_that_decide_are_told_by_check_and_version(doctor: Says):
    told = [one.says for one in doctor()["check"]]
    assert any(one.startswith("duplicate ") and "near 0.8" in one for one in told)
    assert all(one.count(": ") == 1 for one in told)
