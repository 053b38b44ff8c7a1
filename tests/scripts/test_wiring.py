"""Which week is meant, and who may work on it at the same time."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from scripts.weekly import WeekReport, release, run_week
from scripts.wiring import House, plan_week
from store.errors import SettingsError
from store.settings import Settings
from tests.houses import add_sample_benchmark, house_at, silent
from tests.newsroom import feeds, newsroom

NOW = datetime(2026, 3, 25, 12, tzinfo=UTC)
SETTINGS = Settings(_env_file=None)


def now() -> datetime:
    return NOW


def test_the_last_week_that_is_over_is_meant() -> None:
    plan = plan_week(SETTINGS, None, None, now)
    assert (plan.week, plan.over) == ("2026-W12", True)
    assert plan.cutoff == datetime(2025, 9, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("week", "as_of", "words"),
    [
        pytest.param("2026-W14", None, "has not begun", id="a week to come"),
        pytest.param(
            None, datetime(9999, 12, 31, tzinfo=UTC), "in the future", id="a time to come"
        ),
        pytest.param("2026-W99", None, "no ISO week", id="no week at all"),
    ],
)
def test_a_week_that_cannot_be_meant_is_refused(
    week: str | None, as_of: datetime | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        plan_week(SETTINGS, week, as_of, now)


def test_a_week_that_is_not_over_is_never_released(tmp_path: Path) -> None:
    house = house_at(tmp_path, feeds("http://127.0.0.1:1")[:1], "http://127.0.0.1:1")
    plan = plan_week(house.settings, "2026-W13", None, now)
    assert not plan.over
    with pytest.raises(ValueError, match="2026-W13 is not over"):
        release(house, plan)
    with pytest.raises(ValueError, match="2026-W13 is not over"):
        run_week(house, plan, silent)


def test_an_executor_that_does_not_exist_yet_is_refused(tmp_path: Path) -> None:
    source = feeds("http://127.0.0.1:1")[:1]
    with pytest.raises(SettingsError, match="UNSEEN_EXECUTOR 'dask://x'"):
        house_at(tmp_path, source, "http://127.0.0.1:1", executor="dask://x")


def test_two_runs_of_one_week_publish_it_once_and_both_end_well(tmp_path: Path) -> None:
    reports: list[WeekReport] = []

    def run(house: House) -> None:
        plan = plan_week(house.settings, "2026-W12", NOW, now)
        reports.append(run_week(house, plan, silent))

    with newsroom(date(2026, 3, 23), items=3) as base:
        sources = [source for source in feeds(base) if source.name == "wire"]
        first = house_at(tmp_path, sources, base)
        add_sample_benchmark(first)
        second = house_at(tmp_path, sources, base)
        runs = [threading.Thread(target=run, args=(house,)) for house in (first, second)]
        for one in runs:
            one.start()
        for one in runs:
            one.join()
    assert sorted(report.already for report in reports) == [False, True]
    assert {report.release for report in reports} == {reports[0].release}
    assert not any(report.failed for report in reports)
