"""A backup is taken while others write, and what it restores is one instant of it, whole."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import inspect, text
from sqlmodel import select

from store.backups import listing, making, programs
from store.backups.making import back_up
from store.backups.restoring import restore
from store.captures import BlobStore
from store.database import HEAD, open_engine, schema_revisions, session, upgrade
from store.errors import BackupError, CaptureDamaged, StoreError
from store.releases.keys import Keys
from store.settings import Settings
from store.sources import withdraw_source
from store.tables import CaptureRow, DocumentRow, QuestionRow
from store.withdrawals import remove_text
from tests.building import EARLIER, LATER, NOW, World
from tests.store.archives import files_in, listing_of, members_of, prove_house
from tests.store.live_writer import A_WEEK, week_of
from tests.store.weeks import SECRET, pier, publish_two_weeks

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def environment(request, database_url):
    """What says where pg_dump is: that of the server's version, where there is a server."""
    if database_url.startswith("sqlite"):
        return {"PATH": ""}
    server = request.getfixturevalue("postgres")
    return {"PATH": f"{server.programs}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def empty_url(request, database_url, tmp_path):
    """What makes a place for one more database of the same kind, beside a home."""

    def make(home):
        if database_url.startswith("sqlite"):
            return f"sqlite:///{home / 'unseen.db'}"
        return request.getfixturevalue("postgres").new_database()

    return make


@pytest.fixture
def house(any_engine, tmp_path):
    """Two published weeks on either database, with a source list and keys of chance."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "sources.toml").write_text("# ours\n")
    world = World(home, any_engine, Keys.load(home / "keys"))
    publish_two_weeks(world)
    return world


@pytest.fixture
def archive(house, tmp_path, environment):
    """A backup of it."""
    file = tmp_path / "house.tar"
    back_up(file, house.engine, house.home, NOW, environment=environment)
    return file


@contextmanager
def restored(file, home, url, environment):
    """Restore into an empty home; yields the world there."""
    engine = open_engine(url)
    try:
        restore(file, engine, home, environment=environment)
        yield World(home, engine, Keys.load(home / "keys"))
    finally:
        engine.dispose()


def rows_of(engine):
    """Return everything in a database, table by table."""
    with engine.connect() as connection:
        return {
            name: sorted(map(repr, connection.execute(text(f'SELECT * FROM "{name}"'))))
            for name in inspect(connection).get_table_names()
        }


# --- one backup, there and back -------------------------------------------------------------


def test_a_restored_house_is_the_house(house, archive, tmp_path, empty_url, environment):
    home = tmp_path / "new"
    with restored(archive, home, empty_url(home), environment) as again:
        assert rows_of(again.engine) == rows_of(house.engine)
        assert files_in(home) == files_in(house.home)
        assert prove_house(again) == ([EARLIER, LATER], 8)
        # It goes on where it was: the next week is signed and chained by the same key.
        told = again.tell(pier(50), "2026-W35")
        again.release("2026-W35", [told])
        assert prove_house(again)[0] == [EARLIER, LATER, "2026-W35"]


def test_the_archive_is_for_its_owner_alone_and_so_are_the_keys(
    archive, house, tmp_path, empty_url, environment
):
    before = os.umask(0o022)
    try:
        home = tmp_path / "new"
        with restored(archive, home, empty_url(home), environment):
            modes = {
                path.name: stat.S_IMODE(path.stat().st_mode)
                for path in (archive, home / "keys", *(home / "keys").iterdir())
            }
            manifest = home / "releases" / EARLIER / "manifest.json"
            assert stat.S_IMODE(manifest.stat().st_mode) == 0o644
    finally:
        os.umask(before)
    assert modes == {
        "house.tar": 0o600,
        "keys": 0o700,
        "seal.key": 0o600,
        "signing.key": 0o600,
        "signing.pub": 0o600,
    }


def test_no_key_and_no_answer_is_in_the_listing(archive, house):
    told = members_of(archive)[listing.LISTING]
    for name in ("seal.key", "signing.key"):
        key = (house.home / "keys" / name).read_text().strip()
        assert key.encode() not in told and bytes.fromhex(key) not in told
    assert SECRET.encode() not in told


def test_the_listing_says_what_when_and_of_which_schema(archive, house):
    told = listing_of(archive)
    assert (told["format"], told["schema_revision"]) == ("unseen-backup/1", HEAD)
    assert (told["created_at"], told["gone"]) == ("2026-08-25T06:00:00Z", [])
    assert told["dialect"] == house.engine.dialect.name
    names = [member["name"] for member in told["members"]]
    assert [*names, "backup.json"] == list(members_of(archive))
    n_captures = len(list((house.home / "captures").rglob("*.zst")))
    assert sum(name.startswith("captures/") for name in names) == n_captures == 8
    assert {name for name in names if "/" not in name} == {
        "sources.toml",
        listing.DATABASE[told["dialect"]],
    }
    assert names.count(f"releases/{LATER}/manifest.sig") == 1


def test_the_folders_of_a_backup_are_those_of_the_settings(tmp_path):
    settings = Settings(_env_file=None, home=tmp_path)
    assert (settings.captures_dir, settings.releases_dir, settings.keys_dir) == (
        tmp_path / listing.CAPTURES,
        tmp_path / listing.RELEASES,
        tmp_path / listing.KEYS,
    )


def test_index_locks_and_models_are_made_again_and_not_carried(house, tmp_path, environment):
    for name in ("index/references.faiss", "locks/line/x", "models/m.bin", "keys/.key-draft"):
        path = house.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made again")
    file = tmp_path / "house.tar"
    back_up(file, house.engine, house.home, NOW, environment=environment)
    assert b"made again" not in members_of(file).values()


def test_an_older_schema_is_kept_as_it_is_and_restored_to_the_newest(
    bare, tmp_path, empty_url, environment
):
    upgrade(bare, "0001")
    with bare.begin() as connection:
        connection.execute(text("INSERT INTO release_item VALUES ('2026-W01', 'q_1', '0', 'new')"))
    home, file = tmp_path / "old", tmp_path / "old.tar"
    back_up(file, bare, home, NOW, environment=environment)
    assert listing_of(file)["schema_revision"] == "0001" == schema_revisions(bare)[0]
    with restored(file, tmp_path / "new", empty_url(tmp_path / "new"), environment) as again:
        assert schema_revisions(again.engine)[0] == HEAD
        assert len(rows_of(again.engine)["release_item"]) == 1


# --- while others write ---------------------------------------------------------------------


@contextmanager
def writing(world, log):
    """Have a process write and publish without a pause; it is killed at the end."""
    with open(log, "wb") as out:
        url = world.engine.url.render_as_string(hide_password=False)
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.store.live_writer", str(world.home), url],
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


def live_backups(number, any_engine, tmp_path, empty_url, environment):
    home = tmp_path / "home"
    home.mkdir()
    world, log = World(home, any_engine, Keys.load(home / "keys")), tmp_path / "log.txt"
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


def test_live_backups_are_each_one_instant(any_engine, tmp_path, empty_url, environment):
    # A server's take four times as long; `--long` takes a hundred of each.
    number = 20 if any_engine.dialect.name == "sqlite" else 5
    live_backups(number, any_engine, tmp_path, empty_url, environment)


@pytest.mark.long
def test_a_hundred_live_backups_are_each_one_instant(any_engine, tmp_path, empty_url, environment):
    live_backups(100, any_engine, tmp_path, empty_url, environment)


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


# --- take-downs -----------------------------------------------------------------------------


def take_down(world, source):
    with session(world.engine) as work:
        withdraw_source(work, source, NOW, "asked by the publisher")
    return remove_text(world.engine, BlobStore(world.home / "captures"), source, NOW)


def test_a_take_down_in_the_middle_is_named_and_the_rest_is_restored(
    house, tmp_path, empty_url, environment
):
    other = house.tell(replace(pier(70), source="courier", url="https://c.example/1"), "2026-W35")

    def interfere(stage, done, total):
        if (stage, done) == ("captures", 0):
            assert take_down(house, "tarn-gazette").blobs == 8

    file, home = tmp_path / "house.tar", tmp_path / "new"
    made = back_up(file, house.engine, house.home, NOW, environment=environment, progress=interfere)
    assert made.withdrawn_meanwhile == ("tarn-gazette",)
    assert len(made.listing.gone) == 8 and made.listing.n_captures == 1
    with restored(file, home, empty_url(home), environment) as again:
        blobs = BlobStore(home / "captures")
        assert blobs.get(other.capture.sha256)
        for sha256 in made.listing.gone:
            with pytest.raises(CaptureDamaged):
                blobs.get(sha256)
        # The copied rows are older than the take-down, so it is done again: then all is as there.
        take_down(again, "tarn-gazette")
        with session(again.engine) as work:
            texts = {row.source: row.value().text for row in work.exec(select(DocumentRow))}
            quotes = {row.value().evidence for row in work.exec(select(QuestionRow))}
        assert texts == {"tarn-gazette": "", "courier": other.document.text}
        assert SECRET in "".join(quotes), "a live sealed question keeps its quote"
        again.release("2026-W35", [other])
        assert prove_releases(again) == [EARLIER, LATER, "2026-W35"]


def prove_releases(world):
    from store.releases.verify import verify

    root = world.home / "releases"
    return [
        verify(lambda name, week=week: (root / week.name / name).read_bytes()).week
        for week in sorted(root.iterdir())
    ]


def test_what_was_taken_down_before_is_not_missed(house, tmp_path, environment):
    take_down(house, "tarn-gazette")
    made = back_up(tmp_path / "house.tar", house.engine, house.home, NOW, environment=environment)
    assert (made.listing.gone, made.withdrawn_meanwhile, made.listing.n_captures) == ((), (), 0)


def test_a_damaged_capture_is_named_and_does_not_stand_in_the_way(house, tmp_path, environment):
    (path, *_) = sorted((house.home / "captures").rglob("*.zst"))
    path.write_bytes(path.read_bytes()[:-3])
    made = back_up(tmp_path / "house.tar", house.engine, house.home, NOW, environment=environment)
    assert made.listing.gone == (path.stem,) and made.listing.n_captures == 7


# --- what is refused when one is made -------------------------------------------------------


def refused(match, engine, home, file, environment=None, **more):
    with pytest.raises(BackupError, match=match):
        back_up(file, engine, home, NOW, environment=environment or {"PATH": ""}, **more)
    assert not list(file.parent.glob(".*draft*"))


def test_a_file_that_is_there_is_replaced_only_when_that_is_said(world, tmp_path):
    file = tmp_path / "house.tar"
    file.write_text("precious")
    refused("house.tar is there already", world.engine, world.home, file)
    assert file.read_text() == "precious"
    back_up(file, world.engine, world.home, NOW, environment={}, overwrite=True)
    assert listing_of(file)["dialect"] == "sqlite"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_comes_to_be_there_meanwhile_is_not_replaced(world, tmp_path):
    file = tmp_path / "house.tar"

    def appear(stage, done, total):
        file.write_text("precious")

    refused("is there already", world.engine, world.home, file, progress=appear)
    assert file.read_text() == "precious"


def test_a_file_system_without_hard_links_will_do(world, tmp_path, monkeypatch):
    def none(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", none)
    file = tmp_path / "house.tar"
    back_up(file, world.engine, world.home, NOW, environment={})
    assert listing_of(file)["dialect"] == "sqlite"


def test_two_at_once_to_one_file_are_one(world, tmp_path):
    file = tmp_path / "house.tar"

    def second(stage, done, total):
        if stage == "captures":
            with pytest.raises(BackupError, match="another backup is just being written"):
                back_up(file, world.engine, world.home, NOW, environment={})

    back_up(file, world.engine, world.home, NOW, environment={}, progress=second)
    assert listing_of(file)["dialect"] == "sqlite"


def test_there_must_be_something_to_back_up(tmp_path, bare, environment):
    file = tmp_path / "x.tar"
    nowhere = open_engine(f"sqlite:///{tmp_path / 'none' / 'unseen.db'}")
    refused("no database yet: .*unseen.db does not exist", nowhere, tmp_path, file)
    assert not (tmp_path / "none" / "unseen.db").exists()
    refused("in memory", open_engine("sqlite://"), tmp_path, file)
    refused("no folder to write", nowhere, tmp_path, tmp_path / "missing" / "x.tar")
    with bare.begin() as connection:
        connection.execute(text("CREATE TABLE theirs (id INTEGER)"))
    refused("no database of Unseen yet", bare, tmp_path, file, environment)
    upgrade(bare)
    with bare.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    refused("schema 9999, newer than this program", bare, tmp_path, file, environment)
    assert not file.exists()


def test_a_release_that_is_not_the_published_one_is_not_backed_up(world, tmp_path):
    publish_two_weeks(world)
    manifest = world.home / "releases" / EARLIER / "manifest.json"
    whole = manifest.read_bytes()
    manifest.write_bytes(whole + b" ")
    match = f"release {EARLIER} in .* is not the one that was published"
    refused(match, world.engine, world.home, tmp_path / "x.tar")
    manifest.unlink()
    refused(match, world.engine, world.home, tmp_path / "x.tar")


def test_a_damaged_database_is_not_backed_up(world, tmp_path):
    publish_two_weeks(world)
    world.engine.dispose()
    path = world.home / "unseen.db"
    body = bytearray(path.read_bytes())
    for page in range(20, len(body) // 4096, 7):
        body[page * 4096 : page * 4096 + 64] = b"\xa5" * 64
    path.write_bytes(body)
    refused(
        "the database (is damaged|cannot be read)", world.engine, world.home, tmp_path / "x.tar"
    )


# --- Postgres's programs --------------------------------------------------------------------


def test_the_password_is_on_no_command_line(monkeypatch, tmp_path):
    ran = []

    def instead(command, **options):
        ran.append((command, options["env"]))
        return subprocess.CompletedProcess(command, 1, None, b"pg_dump: error: no\n server there")

    monkeypatch.setattr(subprocess, "run", instead)
    program = tmp_path / "pg_dump"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    engine = open_engine("postgresql+psycopg://me:s3cret'%40x@db.example:5433/un?sslmode=require")
    with pytest.raises(BackupError, match="pg_dump failed: pg_dump: error: no server there"):
        programs.run("pg_dump", engine, {"PATH": str(tmp_path)}, "--format=custom")
    ((command, given),) = ran
    assert "s3cret" not in " ".join(command) and given["PGPASSWORD"] == "s3cret'@x"
    for word in ("host=db.example", "port=5433", "user=me", "dbname=un", "sslmode=require"):
        assert word in command[1]
    assert command[2:] == ["--no-password", "--format=custom"]


def test_a_key_s_pass_phrase_is_not_put_on_a_command_line(tmp_path):
    (tmp_path / "pg_dump").touch(mode=0o755)
    engine = open_engine("postgresql+psycopg://me@db.example/un?sslpassword=s3cret")
    with pytest.raises(BackupError, match="sslpassword") as refusal:
        programs.run("pg_dump", engine, {"PATH": str(tmp_path)})
    assert "s3cret" not in str(refusal.value)


def test_without_postgres_s_programs_it_says_what_to_install(
    house, archive, tmp_path, empty_url, environment
):
    if house.engine.dialect.name == "sqlite":
        pytest.skip("SQLite needs no program")
    file = tmp_path / "x.tar"
    refused("pg_dump is not on PATH: install", house.engine, house.home, file)
    home = tmp_path / "new"
    engine = open_engine(empty_url(home))
    with pytest.raises(BackupError, match="pg_restore is not on PATH: install"):
        restore(archive, engine, home, environment={"PATH": ""})
    engine.dispose()
    assert files_in(home) == {}


# --- whole or not there ---------------------------------------------------------------------

KILLED = 9


#: What changes names on disk, or makes them last.
CALLS = ("fsync", "link", "mkdir", "rename", "replace", "sync", "unlink")


def at_each_call(act, monkeypatch, names=CALLS):
    """Call `act(number)` before every such call."""
    seen = []

    def watched(real):
        def call(*args, **options):
            seen.append(real.__name__)
            act(len(seen))
            return real(*args, **options)

        return call

    for name in names:
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    return seen


def dies_at(number, work, monkeypatch):
    """Do `work` in a process that dies at its n-th call; returns whether it got that far."""
    child = os.fork()
    if not child:
        at_each_call(lambda count: count == number and os._exit(KILLED), monkeypatch)
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


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
