"""Replies are scored without what errata took out, and anew when one comes in."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from scripts.scoring import score_release
from scripts.wiring import House
from store.database import session
from store.errata import append
from store.errors import NotFound
from store.records import Report
from store.reports import add_report
from tests.building import EARLIER, NOW, World
from tests.store.weeks import publish_two_weeks


@pytest.fixture
def weeks(tmp_path):
    made = publish_two_weeks(World.at(tmp_path))
    yield made
    made.world.engine.dispose()


@pytest.fixture
def house(weeks):
    return House(weeks.world.settings, weeks.world.engine, lambda: NOW)


@pytest.fixture
def replies(weeks, tmp_path):
    """Right replies to three of five piers, a wrong one to the fourth, none to the fifth."""
    said = {f"pier{n}": f"Answer: {1000 + n}" for n in range(3)} | {"pier3": "Answer: 7"}
    file = tmp_path / "replies.jsonl"
    rows = [{"id": weeks.told[name].question.id, "reply": reply} for name, reply in said.items()]
    file.write_text("\n".join(map(json.dumps, rows)) + "\n\n", encoding="utf-8")
    return file


def enter(weeks, name, action):
    with session(weeks.world.engine) as work:
        question = weeks.told[name].question.id
        append(work, question, action, "disputed", "as said", weeks.world.keys, NOW)
    return question


def test_right_wrong_and_missing_are_counted(house, replies):
    found = score_release(house, EARLIER, replies).score
    assert (found.right, found.missing, found.left_out) == (3, 1, ())
    assert found.accuracy.mean == 0.6 and found.accuracy.n == 5


def test_a_nullified_question_is_left_out_and_named_and_the_score_is_another(house, weeks, replies):
    gone = enter(weeks, "pier3", "nullify")
    found = score_release(house, EARLIER, replies)
    assert found.score.left_out == (gone,)
    assert (found.score.accuracy.mean, found.score.accuracy.n) == (0.75, 4)
    assert found.sentence().endswith(f"left out by errata: {gone}")
    assert json.loads(json.dumps(found.as_json()))["left_out"] == [gone]


def test_disputed_questions_come_back_when_they_are_kept_and_retired_ones_never_left(
    house, weeks, replies
):
    enter(weeks, "pier3", "dispute")
    enter(weeks, "pier0", "retire")
    assert score_release(house, EARLIER, replies).score.accuracy.n == 4
    enter(weeks, "pier3", "keep")
    assert score_release(house, EARLIER, replies).score.accuracy.n == 5


def test_what_three_keys_report_counts_nowhere_until_decided(house, weeks, replies):
    name = weeks.told["pier3"].question.id
    with session(weeks.world.engine) as work:
        for key in "abc":
            one = Report(question_id=name, reporter=key, why="wrong", reported_at=NOW)
            add_report(work, one)
    assert score_release(house, EARLIER, replies).score.left_out == (name,)


def test_where_nothing_counts_that_is_said(house, weeks, replies):
    for n in range(5):
        enter(weeks, f"pier{n}", "nullify")
    found = score_release(house, EARLIER, replies)
    assert found.sentence() == f"{EARLIER}: no question counts; 5 left out by errata"


def test_a_release_that_is_not_there_and_a_line_that_is_no_reply_are_one_sentence(house, replies):
    with pytest.raises(NotFound, match="2020-W01"):
        score_release(house, "2020-W01", replies)
    replies.write_text('{"id": "q_1", "reply": "x"}\n{"id": 7}\n')
    with pytest.raises(ValueError, match="line 2 is no reply"):
        score_release(house, EARLIER, replies)


def test_the_command_prints_the_sentence(weeks, replies):
    done = subprocess.run(
        [sys.executable, "-m", "scripts.cli", "score", EARLIER, str(replies)],
        env={"UNSEEN_HOME": str(weeks.world.home), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.startswith(f"{EARLIER}: 0.600 [0.") and done.returncode == 0, done.stderr
