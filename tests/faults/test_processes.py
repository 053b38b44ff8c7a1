"""Several processes make one week at the same moment: one release, and nobody fails."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlmodel import select

from store.database import session
from store.releases.verify import verify
from store.tables import ReleaseItemRow, ReleaseRow, RunRow
from tests import poisoned
from tests.faults.judge import reader_of
from tests.houses import add_sample_benchmark
from tests.poisoned import Page
from tests.postgres import Postgres, postgres
from tests.unseen import home_with, running

__all__ = ["postgres"]

WEEK = "2026-W12"
PAGES = tuple(Page(number) for number in (15, 17))


def one_release_by(n_processes: int, home: Path, **settings: str) -> None:
    with poisoned.site(PAGES) as base, ExitStack() as held:
        allowed = [base.removeprefix("http://")]
        environment, house = home_with(
            home, poisoned.sources(base, PAGES), allowed, questions_per_week="20", **settings
        )
        add_sample_benchmark(house)
        # One thread a process, or eight of them share two cores badly.
        environment |= {"OMP_NUM_THREADS": "1"}
        week = ("week", "--week", WEEK, "--as-of", "2026-03-23T00:00:00Z")
        started = [held.enter_context(running(environment, *week)) for _ in range(n_processes)]
        said = [one.communicate()[0] for one in started]
    assert [one.returncode for one in started] == [0] * n_processes, said
    assert not any("Traceback" in one for one in said), said
    folder = house.settings.releases_dir
    assert [path.name for path in folder.iterdir()] == [WEEK]
    rows = verify(reader_of(folder / WEEK), public_key=house.keys.public_hex, expected_week=WEEK)
    with session(house.engine) as work:
        assert work.exec(select(ReleaseRow.week)).all() == [WEEK]
        ids = work.exec(select(ReleaseItemRow.question_id)).all()
        assert len(ids) == len(set(ids)) > 0, rows
        # The others waited for the one and found the week made: they began no try of their own.
        assert work.exec(select(RunRow.state).where(RunRow.job == "week")).all() == ["done"]
    house.engine.dispose()


@pytest.mark.long
def test_of_two_processes_that_make_a_week_at_once_one_publishes_it(tmp_path):
    one_release_by(2, tmp_path)


@pytest.mark.long
def test_of_eight_processes_that_make_a_week_at_once_one_publishes_it(tmp_path):
    one_release_by(8, tmp_path)


@pytest.mark.long
def test_of_two_processes_over_one_postgres_one_publishes(tmp_path, postgres: Postgres):
    one_release_by(2, tmp_path, database_url=postgres.new_database())
