"""Calibration: what checks catch is counted, and a check that catches nothing is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from generator.calibration.clean import clean_items
from generator.calibration.mutants import MUTANTS
from generator.calibration.report import Bench, Row, calibrate, into, table
from generator.checks.base import passed
from generator.checks.leak import Leak
from generator.desk import Desks
from generator.shares import Share
from scripts.calibrating import bench
from scripts.wiring import found_house
from store.errors import UnseenError
from store.settings import Settings
from tests.generator.checks.test_asked import desk
from tests.minds import Mind
from tests.model_server import model_server, saying

N_CLEAN, N_MUTANTS = 54, 8


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    home = tmp_path_factory.mktemp("house")
    with bench(found_house(Settings(_env_file=None, home=home))) as made:
        yield made


@pytest.fixture(scope="module")
def rows(made: Bench) -> list[Row]:
    return calibrate(made, n_clean=N_CLEAN, n_mutants=N_MUTANTS)


def test_every_check_meets_its_aim(rows: list[Row]):
    assert [row for row in rows if not row.met] == []
    assert {row.what for row in rows} > {
        f"{one.name} caught" for one in MUTANTS if not one.must_pass and not one.asked
    }
    assert all(row.share.n == N_MUTANTS for row in rows if row.wants_much)


def test_a_check_that_catches_nothing_is_told(made: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Leak, "__call__", lambda self, case: passed("all is well"))
    (row,) = [
        one for one in calibrate(made, only="leak", n_clean=27, n_mutants=5) if one.wants_much
    ]
    assert not row.met and row.share == Share(0, 5)


def test_a_check_that_rejects_everything_is_told(made: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Leak, "__call__", lambda self, case: replace(passed("x"), outcome="fail"))
    (row,) = [
        one for one in calibrate(made, only="leak", n_clean=27, n_mutants=5) if not one.wants_much
    ]
    assert not row.met and row.share == Share(27, 27)


def test_a_mutant_differs_from_its_item(rows: list[Row]):
    items = clean_items(54)
    for kind in MUTANTS:
        spoilt = [(item, case) for item in items if (case := kind.plant(item)) is not None]
        assert spoilt, kind.name
        about_others = kind.name in ("benchmark copied", "fact in an older text")
        assert about_others or all(case != item.case for item, case in spoilt), kind.name


@pytest.mark.parametrize(
    ("share", "interval"),
    [
        pytest.param(Share(100, 100), (0.963, 1.0), id="all"),
        pytest.param(Share(0, 300), (0.0, 0.013), id="none"),
        pytest.param(Share(8, 10), (0.490, 0.943), id="some"),
        pytest.param(Share(0, 0), (0.0, 1.0), id="of nothing"),
    ],
)
def test_intervals_are_wilsons(share: Share, interval: tuple[float, float]):
    assert share.interval == pytest.approx(interval, abs=5e-4)


def test_the_table_goes_between_the_marks_and_nowhere_else(tmp_path: Path, rows: list[Row]):
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- calibration -->\nOUTDATED\n<!-- /calibration -->\nafter\n")
    into(page, table(rows, "without a model"))
    text = page.read_text()
    assert text.startswith("before\n") and text.endswith("after\n") and "OUTDATED" not in text
    with pytest.raises(UnseenError, match="no place for the table"):
        (tmp_path / "none.md").write_text("nothing")
        into(tmp_path / "none.md", "x")


def test_the_readme_shows_the_checks_as_they_are_now(rows: list[Row]):
    readme = (Path(__file__).parents[3] / "README.md").read_text()
    told = readme.partition("<!-- calibration -->")[2].partition("<!-- /calibration -->")[0]
    for row in rows:
        if row.check != "all":
            assert f"| {row.check} {row.version} |" in told, f"run: unseen calibrate ({row.check})"
        assert not row.wants_much or row.what in told


@pytest.mark.parametrize("check", ["single_answer", "entailed"])
def test_with_a_verifier_a_swapped_key_is_measured_too(made: Bench, check: str):
    mind = Mind(str)
    for seed, n_items in ((1, 27), (2, 60)):
        for item in clean_items(n_items, seed):
            candidate = item.case.candidate
            mind.keys.learn(candidate.question, item.case.context, candidate.key)
    with model_server(saying(mind)) as server:
        asked = replace(made, desks=Desks(verifier=desk(server)))
        rows = calibrate(asked, only=check, n_clean=27, n_mutants=5)
    (caught,) = [row for row in rows if row.wants_much]
    assert caught.what == "key swapped with a rival caught" and caught.share == Share(5, 5)
