"""A week is published whole or not at all, once, whatever dies or fills up in between."""

from __future__ import annotations

import errno
import fcntl
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import event
from sqlmodel import select

import store.releases.publish as publishing
from store.database import open_engine, session
from store.errors import ReleaseExists, StoreError
from store.releases.publish import Draft, Item, publish, reconcile
from store.releases.verify import verify
from store.tables import ReleaseItemRow, ReleaseRow
from tests.building import AS_OF, CUTOFF, EARLIER
from tests.dying import at_each_call, dies_at, refuse_at
from tests.store.weeks import pier

#: The system calls of one publication, counted by `test_the_points…`; more are tried, none fewer.
POINTS = 14
CALLS = ("fsync", "rename", "mkdir")


@pytest.fixture
def draft(world):
    items = [
        Item(world.tell(pier(number), EARLIER).question, EARLIER, number == 0, {"id": number})
        for number in range(3)
    ]
    return Draft(EARLIER, AS_OF[EARLIER], CUTOFF, items)


@pytest.fixture
def root(world):
    return world.home / "releases"


def folder_reader(folder):
    return lambda name: (folder / name).read_bytes()


def weeks_known(engine):
    with session(engine) as work:
        items = len(work.exec(select(ReleaseItemRow)).all())
        return [row.week for row in work.exec(select(ReleaseRow))], items


def test_the_points_at_which_a_publication_may_die_are_all_tried(draft, root, world, monkeypatch):
    calls = at_each_call(lambda number: None, monkeypatch, CALLS)
    publish(draft, root, world.engine, world.keys)
    assert len(calls) == POINTS
    # Each file, then their folder, are on disk before the name is; then the name is.
    assert calls[-11:] == [*["fsync"] * 9, "rename", "fsync"]


@pytest.mark.parametrize("number", range(1, POINTS + 1))
def test_killed_at_any_point_a_week_is_there_whole_or_not_at_all(
    draft, root, world, monkeypatch, number
):
    # A process of its own that dies without a word, as a kill or a power cut would have it; its
    # engine is opened here, where making the database's folder is no point of a publication.
    own_engine = open_engine(str(world.engine.url))
    assert dies_at(number, lambda: publish(draft, root, own_engine, world.keys), monkeypatch, CALLS)
    survived = (root / EARLIER).exists()
    assert survived is (number == POINTS)
    assert weeks_known(world.engine) == ([], 0)

    assert reconcile(root, world.engine) == ([EARLIER] if survived else [])
    if survived:
        with pytest.raises(ReleaseExists):
            publish(draft, root, world.engine, world.keys)
    else:
        publish(draft, root, world.engine, world.keys)
    assert [path.name for path in root.iterdir()] == [EARLIER]
    verify(folder_reader(root / EARLIER), public_key=world.keys.public_hex)
    assert weeks_known(world.engine) == ([EARLIER], 3)


@pytest.mark.parametrize("number", range(1, POINTS + 1))
def test_a_disk_that_refuses_is_one_sentence_and_half_of_nothing(
    draft, root, world, monkeypatch, number
):
    with monkeypatch.context() as during:
        at_each_call(refuse_at(number), during, CALLS)
        with pytest.raises(StoreError, match=f"release {EARLIER} cannot be written: No space"):
            publish(draft, root, world.engine, world.keys)
    left = [path.name for path in root.iterdir()] if root.exists() else []
    assert left == ([EARLIER] if number == POINTS else [])
    # With space again, the next start and the next try finish it.
    if not reconcile(root, world.engine):
        publish(draft, root, world.engine, world.keys)
    verify(folder_reader(root / EARLIER), public_key=world.keys.public_hex)
    assert weeks_known(world.engine) == ([EARLIER], 3)


@pytest.mark.parametrize("number", range(1, 9))
def test_a_write_that_is_refused_publishes_nothing(draft, root, world, monkeypatch, number):
    written = []

    def full(path, mode):
        file = open(path, mode)  # noqa: SIM115 - closed by the stand-in below
        real = file.write

        class Full:
            def __enter__(self):
                return self

            def __exit__(self, *_):
                file.close()

            def write(self, body):
                written.append(path.name)
                if len(written) == number:
                    real(body[:10])
                    raise OSError(errno.ENOSPC, "No space left on device")
                return real(body)

            flush, fileno = file.flush, file.fileno

        return Full()

    monkeypatch.setattr(publishing, "open", full, raising=False)
    with pytest.raises(StoreError, match="No space left on device"):
        publish(draft, root, world.engine, world.keys)
    assert len(written) == number
    assert list(root.iterdir()) == []
    assert weeks_known(world.engine) == ([], 0)


#: How each database is told to wait no longer than a moment, and how another holds what it needs.
IMPATIENT = {"sqlite": "PRAGMA busy_timeout=1", "postgres": "SET lock_timeout = '1ms'"}
HOLDING = {"sqlite": "BEGIN IMMEDIATE", "postgres": "LOCK TABLE release IN EXCLUSIVE MODE"}


def test_a_week_the_database_refused_is_entered_at_the_next_start(draft, root, world, kind):
    publish_engine = open_engine(str(world.engine.url))
    event.listen(publish_engine, "connect", lambda c, _: c.execute(IMPATIENT[kind]).close())
    # What a connection is set to, a rollback would take back.
    event.listen(publish_engine, "connect", lambda c, _: c.commit())
    with world.engine.connect() as other:
        other.exec_driver_sql(HOLDING[kind])
        with pytest.raises(
            StoreError, match=r"^the database refused: (database is lock|.*timeout)"
        ):
            publish(draft, root, publish_engine, world.keys)
    assert weeks_known(world.engine) == ([], 0)
    assert reconcile(root, world.engine) == [EARLIER]
    assert reconcile(root, world.engine) == []
    assert weeks_known(world.engine) == ([EARLIER], 3)
    publish_engine.dispose()


def test_of_many_who_publish_one_week_at_once_one_does(draft, root, world):
    def attempt(number):
        try:
            publish(replace(draft, statement={"n": number}), root, world.engine, world.keys)
        except ReleaseExists:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(attempt, range(6))) == [False] * 5 + [True]
    assert [path.name for path in root.iterdir()] == [EARLIER]
    verify(folder_reader(root / EARLIER), public_key=world.keys.public_hex)
    assert weeks_known(world.engine) == ([EARLIER], 3)


def test_old_drafts_are_swept_and_nothing_else(draft, root, world):
    publish(draft, root, world.engine, world.keys)
    (root / ".2026-W20.draft-1").mkdir()
    (root / ".2026-W20.draft-1" / "questions.jsonl").write_text("{}")
    (root / "notes.txt").write_text("mine")
    (root / "empty").mkdir()
    assert reconcile(root, world.engine) == []
    assert sorted(path.name for path in root.iterdir()) == [EARLIER, "empty", "notes.txt"]


def test_a_draft_that_is_being_written_is_not_swept(root, world):
    root.mkdir()
    (root / f".{EARLIER}.draft-1").mkdir()
    writer = os.open(root, os.O_RDONLY)
    fcntl.flock(writer, fcntl.LOCK_EX)
    assert reconcile(root, world.engine) == []
    assert [path.name for path in root.iterdir()] == [f".{EARLIER}.draft-1"]
    os.close(writer)
    reconcile(root, world.engine)
    assert list(root.iterdir()) == []


def test_where_nothing_was_ever_published_there_is_nothing_to_do(root, world):
    assert reconcile(root, world.engine) == []
    assert not root.exists()


@pytest.mark.parametrize("name", ["manifest.json", "questions.jsonl", "sealed.jsonl"])
def test_a_folder_that_is_no_whole_week_is_named_and_not_entered(draft, root, world, name):
    publish(draft, root, world.engine, world.keys)
    with session(world.engine) as work:
        for table in (ReleaseRow, ReleaseItemRow):
            for row in work.exec(select(table)):
                work.delete(row)
    body = (root / EARLIER / name).read_bytes()
    (root / EARLIER / name).write_bytes(body[: len(body) // 2])
    with pytest.raises(StoreError, match=f"{EARLIER} on disk is no whole release"):
        reconcile(root, world.engine)
    assert weeks_known(world.engine) == ([], 0)
