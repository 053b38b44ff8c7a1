"""Whatever dies or fills up, an archive is whole or absent, and a restore is done again."""

from __future__ import annotations

import json
import stat
from functools import partial

import pytest

from store.backups import listing, making
from store.backups.making import back_up
from store.backups.restoring import restore
from store.database import HEAD, open_engine
from store.errors import StoreError
from tests.building import EARLIER, LATER, NOW
from tests.dying import at_each_call, dies_at
from tests.store.backups.archives import (
    files_in,
    listing_of,
    members_of,
    prove_house,
    restored,
    rows_of,
)
from tests.store.weeks import publish_two_weeks


def test_killed_at_any_point_the_archive_is_whole_or_absent(world, tmp_path, monkeypatch):
    publish_two_weeks(world)
    url, home, file = str(world.engine.url), world.home, tmp_path / "out" / "house.tar"
    file.parent.mkdir()
    number = 0
    while True:
        number += 1
        died = dies_at(
            number, lambda: back_up(file, open_engine(url), home, NOW, environment={}), monkeypatch
        )
        if file.exists():
            assert listing_of(file)["schema_revision"] == HEAD
            file.unlink()
        if not died:
            break
        # What it left is private, and gone with the next one.
        left = [stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()]
        assert left in ([], [0o700])
        back_up(file, world.engine, home, NOW, environment={})
        assert [path.name for path in file.parent.iterdir()] == ["house.tar"]
        file.unlink()
    assert number > 4


def killed_restores(world, tmp_path, monkeypatch, step):
    """Kill a restore at every `step`-th call, and restore again; returns how many there are."""
    publish_two_weeks(world)
    (world.home / "sources.toml").write_text("# ours\n")
    file = tmp_path / "house.tar"
    back_up(file, world.engine, world.home, NOW, environment={})
    before, files, number = rows_of(world.engine), files_in(world.home), 1
    files.pop("house.tar")
    while True:
        home = tmp_path / f"new-{number}"
        url = f"sqlite:///{home / 'unseen.db'}"
        died = dies_at(
            number, partial(restore, file, open_engine(url), home, environment={}), monkeypatch
        )
        if not died:
            assert files_in(home) == files
            return number
        if (home / "unseen.db").exists():
            # It died after the database had its name: all was there by then.
            assert files.items() <= files_in(home).items()
        else:
            with restored(file, home, url, {}) as again:
                assert (rows_of(again.engine), files_in(home)) == (before, files)
        number += step


def test_killed_at_some_points_a_restore_is_done_again(world, tmp_path, monkeypatch):
    assert killed_restores(world, tmp_path, monkeypatch, 5) > 30


@pytest.mark.long
def test_killed_at_any_point_a_restore_is_done_again(world, tmp_path, monkeypatch):
    assert killed_restores(world, tmp_path, monkeypatch, 1) > 30


@pytest.mark.parametrize("number", (1, 2, 3, 5, 8, 12, 17, 23))
def test_a_disk_that_refuses_is_one_sentence_and_can_be_restored_again(
    world, tmp_path, monkeypatch, number
):
    publish_two_weeks(world)
    file, home = tmp_path / "house.tar", tmp_path / "new"
    back_up(file, world.engine, world.home, NOW, environment={})
    url = f"sqlite:///{home / 'unseen.db'}"
    engine = open_engine(url)

    def full(count):
        if count == number:
            raise OSError(28, "No space left on device")

    with monkeypatch.context() as during:
        # `mkdir` is left out: a folder that is there need not be made.
        at_each_call(full, during, ("fsync", "rename", "replace", "sync"))
        with pytest.raises(StoreError, match=r"house.tar cannot be restored: No space .* again"):
            restore(file, engine, home, environment={})
    engine.dispose()
    assert not (home / "unseen.db").exists() and not (home / ".restoring").exists()
    with restored(file, home, url, {}) as again:
        assert prove_house(again) == ([EARLIER, LATER], 8)


def test_a_disk_that_fills_up_leaves_no_archive(world, tmp_path, monkeypatch):
    publish_two_weeks(world)

    class Full(making._Hashed):
        def read(self, size=-1):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(making, "_Hashed", Full)
    file = tmp_path / "out" / "house.tar"
    file.parent.mkdir()
    with pytest.raises(StoreError, match=r"house.tar cannot be written: No space left"):
        back_up(file, world.engine, world.home, NOW, environment={})
    assert list(file.parent.iterdir()) == []


def test_json_of_a_listing_reads_back(archive):
    body = members_of(archive)[listing.LISTING]
    assert listing.decoded(body).encoded() == body
    assert json.loads(body)["sha256"]
