"""A backup that is taken while others write and publish is one instant of what they did."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlmodel import select

from store.backups.making import back_up
from store.captures import BlobStore
from store.database import session
from store.releases.keys import Keys
from store.tables import CaptureRow, DocumentRow
from tests.building import EARLIER, LATER, NOW, World
from tests.store.backups.archives import (
    prove_house,
    restored,
    rows_of,
)
from tests.store.backups.live_writer import A_WEEK, week_of
from tests.store.weeks import pier, publish_two_weeks

ROOT = Path(__file__).parents[3]


@contextmanager
def writing(world, log):
    """Have a process write and publish without a pause; it is killed at the end."""
    with open(log, "wb") as out:
        url = world.engine.url.render_as_string(hide_password=False)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.backups.live_writer", str(world.home), url],
            stdout=out,
            cwd=ROOT,
        )
    try:
        deadline = time.monotonic() + 60
        while said(log, "released") < 1:
            assert process.poll() is None and time.monotonic() < deadline
        yield process
        assert process.poll() is None, "the writer ended before the backups did"
    finally:
        process.kill()
        process.wait()


def said(log, word):
    """Return how many lines begin with a word: what was committed for sure."""
    return len(re.findall(rf"^{word} .*\n", log.read_text(), re.MULTILINE))


def one_live_backup(world, log, file, environment):
    """Take a backup; returns what was committed for sure before it, and after."""
    before = said(log, "told"), said(log, "released")
    back_up(file, world.engine, world.home, NOW, environment=environment)
    return before, (said(log, "told"), said(log, "released"))


def prove_one_instant(again, before, after):
    """Hold a restored house against what the writer had committed: a prefix, and not too old."""
    weeks, walked = prove_house(again)
    with session(again.engine) as work:
        texts = work.exec(select(DocumentRow.body["text"].as_string()))
        told = sorted(int(re.search(r"Pier (\d+) ", one).group(1)) for one in texts)
        captures = set(work.exec(select(CaptureRow.sha256)))
    assert told == list(range(len(told)))
    assert weeks == [week_of(number) for number in range(len(weeks))]
    assert walked == A_WEEK * len(weeks)
    assert before[0] <= len(told) <= after[0] + 1
    assert before[1] <= len(weeks) <= after[1] + 1
    # Between two stories a week's release is the one transaction that may be missing.
    assert len(told) - A_WEEK * len(weeks) <= A_WEEK
    blobs = BlobStore(again.home / "captures")
    assert all(blobs.get(sha256) for sha256 in captures)
    assert {path.name for path in (again.home / "releases").iterdir()} == set(weeks)


def live_backups(number, engine, tmp_path, empty_url, environment):
    home = tmp_path / "home"
    home.mkdir()
    world, log = World(home, engine, Keys.load(home / "keys")), tmp_path / "log.txt"
    taken = []
    with writing(world, log):
        for one in range(number):
            file = tmp_path / f"{one}.tar"
            taken.append((file, *one_live_backup(world, log, file, environment)))
    assert taken[-1][2] > taken[0][1], "nothing was written meanwhile"
    for file, before, after in taken:
        new = tmp_path / f"{file.stem}-home"
        with restored(file, new, empty_url(new), environment) as again:
            prove_one_instant(again, before, after)
            if again.engine.dialect.name == "sqlite":
                with closing(sqlite3.connect(new / "unseen.db")) as database:
                    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
                    assert database.execute("PRAGMA foreign_key_check").fetchall() == []
    assert not list(tmp_path.glob(".*")), "a draft was left"


def test_live_backups_are_each_one_instant(engine, tmp_path, empty_url, environment):
    # A server's take four times as long; `--long` takes a hundred of each.
    number = 20 if engine.dialect.name == "sqlite" else 5
    live_backups(number, engine, tmp_path, empty_url, environment)


@pytest.mark.long
def test_a_hundred_live_backups_are_each_one_instant(engine, tmp_path, empty_url, environment):
    live_backups(100, engine, tmp_path, empty_url, environment)


def test_a_commit_in_the_middle_of_the_copy_neither_stops_it_nor_gets_into_it(
    world, tmp_path, monkeypatch
):
    """Steps of one page, a commit after each: a copy that began anew would never end."""
    monkeypatch.setattr("store.backups.snapshots._PAGES_A_STEP", 1)
    publish_two_weeks(world)
    before = rows_of(world.engine)
    steps = []

    def commit(stage, done, total):
        if stage == "database":
            steps.append(done)
            assert len(steps) < 1_000, "it begins anew with every commit"
            with session(world.engine) as work:
                work.add(
                    CaptureRow(
                        sha256=f"{len(steps):064}",
                        source="late",
                        url=f"https://late.example/{len(steps)}",
                        fetched_at=NOW,
                        body={},
                    )
                )

    file = tmp_path / "house.tar"
    back_up(file, world.engine, world.home, NOW, environment={}, progress=commit)
    assert len(steps) > 50 and steps == list(range(1, len(steps) + 1))
    home = tmp_path / "new"
    with restored(file, home, f"sqlite:///{home / 'unseen.db'}", {}) as again:
        assert rows_of(again.engine) == before


def test_a_week_published_after_the_copy_is_not_in_it(house, tmp_path, empty_url, environment):
    def publish(stage, done, total):
        if (stage, done) == ("captures", 0):
            told = house.tell(pier(60), "2026-W35")
            house.release("2026-W35", [told])

    file, home = tmp_path / "house.tar", tmp_path / "new"
    back_up(file, house.engine, house.home, NOW, environment=environment, progress=publish)
    assert (house.home / "releases" / "2026-W35").exists()
    with restored(file, home, empty_url(home), environment) as again:
        assert prove_house(again)[0] == [EARLIER, LATER]
        assert not (home / "releases" / "2026-W35").exists()
