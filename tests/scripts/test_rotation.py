"""Weeks in a row over a real store: anchors, fates, errata; the same bytes wherever it runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from generator.checks.balance import balance_of, nearest_by_words
from scripts.verifying import verify_release
from store.database import open_engine, session
from store.errata import ledger
from store.records import Question
from tests.building import World
from tests.postgres import Postgres, postgres
from tests.scripts.rotating import DECISIONS, TAKEN_DOWN, TARGET, WEEKS, release_all, tell_all

__all__ = ["postgres"]

Rows = dict[str, dict[str, dict[str, object]]]


@pytest.fixture(scope="module")
def told(tmp_path_factory) -> Path:
    """A home with eight weeks of accepted questions, none released."""
    world = World.at(tmp_path_factory.mktemp("told"))
    tell_all(world)
    world.engine.dispose()
    return world.home


@pytest.fixture(scope="module")
def home(told, tmp_path_factory) -> Path:
    """The same home with all weeks released."""
    copy = tmp_path_factory.mktemp("released") / "home"
    shutil.copytree(told, copy)
    release_all(copy, f"sqlite:///{copy / 'unseen.db'}")
    return copy


def rows(home: Path, week: str, name: str) -> dict[str, dict[str, object]]:
    lines = (home / "releases" / week / name).read_text(encoding="utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def manifest(home: Path, week: str) -> dict:
    return json.loads((home / "releases" / week / "manifest.json").read_bytes())


@pytest.fixture(scope="module")
def weeks(home) -> Rows:
    names = ("questions.jsonl", "sealed.jsonl", "retired.jsonl")
    return {name: {week: rows(home, week, name) for week in WEEKS} for name in names}


def test_every_week_verifies_and_follows_the_one_before(home):
    for before, week in zip((None, *WEEKS), WEEKS, strict=False):
        proof = verify_release(str(home / "releases" / week), home / "keys" / "signing.pub", None)
        assert (proof.proved.week, proof.proved.previous_week) == (week, before)


def test_anchors_grow_by_an_age_a_week_until_all_five_are_there(home, weeks):
    carried = [
        sum(row["first_release"] != week for row in weeks["sealed.jsonl"][week].values())
        for week in WEEKS
    ]
    # 12 of 30 places, three of each age; a short age leaves its places to new questions.
    assert carried[:5] == [0, 3, 6, 9, 12]
    assert all(10 <= n <= 12 for n in carried[5:])
    for week, n in zip(WEEKS, carried, strict=True):
        assert manifest(home, week)["policy"]["anchors"] == {"wanted": 12, "carried": n}
        total = len(weeks["questions.jsonl"][week]) + len(weeks["sealed.jsonl"][week])
        assert total == TARGET


def test_an_anchor_is_the_row_that_was_sealed_and_nothing_more(weeks):
    for week, sealed in weeks["sealed.jsonl"].items():
        for name, row in sealed.items():
            first = weeks["sealed.jsonl"][row["first_release"]][name]
            changed = {key for key in row if row[key] != first[key]}
            # Which documents belong together may show only later.
            assert changed <= {"release", "cluster"}, week
            assert "answer" not in row


def test_nothing_open_is_asked_twice_and_nothing_after_it_left(weeks):
    seen, left = Counter(), set()
    for week in WEEKS:
        seen.update(list(weeks["questions.jsonl"][week]))
        here = weeks["questions.jsonl"][week].keys() | weeks["sealed.jsonl"][week].keys()
        assert not here & left
        left |= weeks["retired.jsonl"][week].keys()
        assert not here & left
    assert set(seen.values()) == {1}


def test_every_sealed_question_is_revealed_after_six_weeks_at_most_and_once(weeks):
    sealed = {
        name: row["first_release"] for some in weeks["sealed.jsonl"].values()
        for name, row in some.items()
    }  # fmt: skip
    revealed = Counter(name for some in weeks["retired.jsonl"].values() for name in some)
    assert set(revealed.values()) == {1}
    due = {name for name, first in sealed.items() if WEEKS.index(first) + 6 < len(WEEKS)}
    assert due <= revealed.keys()
    # What was open is public already; only sealed questions are revealed.
    assert revealed.keys() <= sealed.keys()


def test_what_an_operator_decided_comes_with_the_next_release(home, weeks):
    engine = open_engine(f"sqlite:///{home / 'unseen.db'}")
    with session(engine) as work:
        entries = ledger(work)
    engine.dispose()
    assert [one.action for one in entries] == list(DECISIONS.values())
    retired, nullified, disputed = (one.question_id for one in entries)
    why = {
        name: row["retired_because"]
        for some in weeks["retired.jsonl"].values()
        for name, row in some.items()
    }
    assert why[retired] == "disputed: two are right"
    assert why[nullified] == "disputed: nullified; two are right"
    after = WEEKS[WEEKS.index(WEEKS[5]) :]
    assert not any(disputed in weeks["sealed.jsonl"][week] for week in after)
    for number, week in enumerate(DECISIONS, start=1):
        assert manifest(home, week)["errata"]["entries"] == number
        card = (home / "releases" / week / "README.md").read_text()
        assert f"Erratum {number}: `{entries[number - 1].question_id}`" in card
        assert f"Erratum {number - 1}:" not in card


def test_a_source_that_was_taken_down_gives_nothing_more_and_its_answers_are_revealed(weeks):
    gone = "https://paper3.example/"
    at = WEEKS.index(TAKEN_DOWN)
    for name in ("questions.jsonl", "sealed.jsonl"):
        here = [r["source_url"] for week in WEEKS[at:] for r in weeks[name][week].values()]
        assert here and not any(url.startswith(gone) for url in here)
    reasons = {row["retired_because"] for row in weeks["retired.jsonl"][TAKEN_DOWN].values()
               if row["source_url"].startswith(gone)}  # fmt: skip
    assert reasons == {"withdrawn"}


def test_the_card_says_what_changed(home):
    first, second = ((home / "releases" / w / "README.md").read_text() for w in WEEKS[:2])
    assert "This is the first release." in first
    assert f"## Changes since {WEEKS[0]}" in second
    assert "- 27 questions are new, 3 sealed ones are asked again." in second


def test_anybody_can_reckon_a_manifest_s_balance_from_open_rows_alone(home, weeks):
    def opened(week):
        told = weeks["questions.jsonl"][week].values()
        return [
            Question.model_validate({k: row[k] for k in Question.model_fields if k in row})
            for row in told
        ]

    for before, week in pairwise(WEEKS):
        stated = manifest(home, week)["balance"]
        mine = balance_of(opened(week), opened(before), nearest_by_words).as_json()
        assert {name: stated[name] for name in mine} == json.loads(json.dumps(mine))


def everything(home: Path) -> dict[str, bytes]:
    root = home / "releases"
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("kind", "environment"),
    [
        pytest.param("sqlite", {"TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "1"}, id="sqlite"),
        pytest.param(
            "sqlite",
            {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "4711"},
            id="sqlite elsewhere",
        ),
        pytest.param(
            "postgres",
            {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "2"},
            id="postgres",
        ),
    ],
)
def test_the_same_store_gives_the_same_bytes_anywhere(
    kind, environment, told, home, tmp_path, request
):
    copy = tmp_path / "home"
    shutil.copytree(told, copy)
    if kind == "sqlite":
        url = f"sqlite:///{copy / 'unseen.db'}"
    else:
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
        (copy / "unseen.db").unlink()
        world = World.over(copy, url)
        tell_all(world)
        world.engine.dispose()
    subprocess.run(
        [sys.executable, "-m", "tests.scripts.rotating", str(copy), url],
        env={**os.environ, **environment},
        check=True,
        timeout=300,
    )
    assert everything(copy) == everything(home)
