"""`unseen db backup` and `restore` as an operator meets them: words, exit codes, no secrets."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from store.captures import BlobStore
from store.database import HEAD, open_engine, schema_revisions, session, upgrade
from store.releases.keys import Keys
from store.sources import withdraw_source
from store.withdrawals import remove_text
from tests.building import EARLIER, LATER, NOW, World
from tests.store.backups.archives import files_in, listing_of
from tests.store.weeks import SECRET, pier, publish_two_weeks

ROOT = Path(__file__).parent.parent.parent


def unseen(home, *words, **settings):
    """Run `unseen` as a process of its own."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("UNSEEN_")}
    named = {f"UNSEEN_{name.upper()}": str(value) for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "-m", "scripts.cli", *map(str, words)],
        env=outside | {"UNSEEN_HOME": str(home)} | named,
        capture_output=True,
        text=True,
        cwd=ROOT,
    )


def done(home, *words, **settings):
    ran = unseen(home, *words, **settings)
    assert ran.returncode == 0, ran.stderr
    return ran


def refused(home, *words, **settings):
    """Return the one sentence that a command was refused with."""
    ran = unseen(home, *words, **settings)
    assert (ran.returncode, ran.stdout) == (1, ""), ran
    (line,) = ran.stderr.splitlines()
    return line.removeprefix("unseen: ")


@pytest.fixture
def house(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "sources.toml").write_text(
        '[[source]]\nname = "tarn-gazette"\nkind = "feed"\nurl = "https://gazette.example/feed"\n'
        'licence = "CC-BY-4.0"\nattribution = "Tarn Gazette"\ntopic = "news"\ninterval = "1h"\n'
    )
    engine = open_engine(f"sqlite:///{home / 'unseen.db'}")
    upgrade(engine)
    world = World(home, engine, Keys.load(home / "keys"))
    told = publish_two_weeks(world).told
    yield world, told
    engine.dispose()


def test_there_and_back_and_then_verify_and_audit_work(house, tmp_path):
    world, told = house
    file, new = tmp_path / "house.tar", tmp_path / "new"
    made = done(world.home, "db", "backup", file)
    assert made.stdout.startswith(
        f"{file} holds the database (schema {HEAD}), 2 releases, 8 captures, 3 files of keys: "
    )
    assert "It holds secrets: without its seal.key no sealed answer can be revealed" in made.stdout
    back = done(new, "db", "restore", file)
    assert back.stdout.startswith(f"{new} is as it was at ")
    assert f"2 releases, 8 captures, 3 files of keys, database at schema {HEAD}" in back.stdout
    assert made.stderr == back.stderr == ""
    assert files_in(new) == files_in(world.home)
    key = new / "keys" / "signing.pub"
    for week in (EARLIER, LATER):
        proved = done(new, "verify", new / "releases" / week, "--key", key)
        assert f"{week} holds" in proved.stdout
    for name in ("sealed", "retiring"):
        question = told[name].question.id
        there = done(world.home, "audit", question, "--json")
        assert done(new, "audit", question, "--json").stdout == there.stdout
    for text in (made.stdout, back.stdout):
        assert_no_secret(text, world)
    assert stat.S_IMODE((new / "keys" / "seal.key").stat().st_mode) == 0o600


def assert_no_secret(text, world):
    assert SECRET not in text
    for name in ("seal.key", "signing.key"):
        assert (world.home / "keys" / name).read_text().strip() not in text


def test_both_speak_json(house, tmp_path):
    world, _ = house
    file = tmp_path / "house.tar"
    made = done(world.home, "db", "backup", file, "--json")
    told = json.loads(made.stdout)
    created_at = told.pop("created_at")
    inside = {
        "dialect": "sqlite",
        "schema_revision": HEAD,
        "releases": [EARLIER, LATER],
        "captures": 8,
        "captures_gone": [],
        "keys": 3,
    }
    assert told == {
        "file": str(file),
        "bytes": file.stat().st_size,
        "withdrawn_meanwhile": [],
        "holds_secrets": True,
        **inside,
    }
    assert_no_secret(made.stdout, world)
    back = done(tmp_path / "new", "db", "restore", file, "--json")
    assert json.loads(back.stdout) == {"created_at": created_at, "schema_now": HEAD, **inside}


def test_a_refusal_is_one_sentence(house, tmp_path):
    world, _ = house
    file = tmp_path / "house.tar"
    assert "unseen.db does not exist" in refused(tmp_path / "new", "db", "backup", file)
    done(world.home, "db", "backup", file)
    assert refused(world.home, "db", "backup", file) == (
        f"{file} is there already; name another, or say --overwrite"
    )
    done(world.home, "db", "backup", file, "--overwrite")
    assert refused(world.home, "db", "restore", file) == (
        f"{file} cannot be restored: there is a database already: restore into an empty home"
    )
    missing = tmp_path / "none.tar"
    assert refused(tmp_path / "new", "db", "restore", missing) == (
        f"{missing} does not exist, or is no file"
    )
    assert "it is no backup of Unseen" in refused(tmp_path / "new", "db", "restore", __file__)
    postgres = "postgresql+psycopg://me:s3cret@127.0.0.1:1/none"
    said = refused(tmp_path / "new", "db", "restore", file, database_url=postgres)
    assert "set that to an empty database of SQLite" in said and "s3cret" not in said


def test_help_says_that_it_holds_secrets(tmp_path):
    said = " ".join(done(tmp_path, "db", "backup", "--help").stdout.split())
    for words in ("IT HOLDS SECRETS", "seal.key", "no sealed answer can ever be revealed"):
        assert words in said
    said = " ".join(done(tmp_path, "db", "restore", "--help").stdout.split())
    assert "take those sources down again" in said


def test_a_backup_before_an_upgrade_upgrades_nothing(tmp_path):
    home, file, new = tmp_path / "old", tmp_path / "old.tar", tmp_path / "new"
    engine = open_engine(f"sqlite:///{home / 'unseen.db'}")
    upgrade(engine, "0001")
    made = json.loads(done(home, "db", "backup", file, "--json").stdout)
    assert (made["schema_revision"], made["holds_secrets"]) == ("0001", False)
    assert schema_revisions(engine)[0] == "0001"
    engine.dispose()
    back = json.loads(done(new, "db", "restore", file, "--json").stdout)
    assert (back["schema_revision"], back["schema_now"]) == ("0001", HEAD)


def test_a_release_that_a_crash_left_on_disk_alone_is_in_the_backup(house, tmp_path):
    world, _ = house
    told = world.tell(pier(60), "2026-W35")
    world.engine.dispose()
    before = (world.home / "unseen.db").read_bytes()
    world.release("2026-W35", [told])
    world.engine.dispose()
    (world.home / "unseen.db").write_bytes(before)
    file = tmp_path / "house.tar"
    made = json.loads(done(world.home, "db", "backup", file, "--json").stdout)
    assert made["releases"] == [EARLIER, LATER, "2026-W35"]


def test_what_is_missing_from_it_is_noted(house, tmp_path):
    world, _ = house
    (path, *_) = sorted((world.home / "captures").rglob("*.zst"))
    path.unlink()
    elsewhere = tmp_path / "mine.toml"
    elsewhere.write_text((world.home / "sources.toml").read_text())
    file = tmp_path / "house.tar"
    made = done(world.home, "db", "backup", file, sources=elsewhere)
    gone = (
        "note: without 1 capture of the database: taken down while it was made, or damaged before"
    )
    assert made.stderr.splitlines() == [
        gone,
        f"note: the source list {elsewhere} lies outside UNSEEN_HOME and is not in it",
    ]
    assert listing_of(file)["gone"] == [path.stem]
    assert done(tmp_path / "new", "db", "restore", file).stderr.splitlines() == [gone]


def test_a_take_down_after_the_backup_is_done_again_after_the_restore(house, tmp_path):
    world, told = house
    file, new = tmp_path / "house.tar", tmp_path / "new"
    done(world.home, "db", "backup", file)
    with session(world.engine) as work:
        withdraw_source(work, "tarn-gazette", NOW, "asked")
    remove_text(world.engine, BlobStore(world.home / "captures"), "tarn-gazette", NOW)
    done(new, "db", "restore", file)
    quote = told["new"].candidate.quote
    assert quote in done(new, "audit", told["new"].question.id).stdout
    done(new, "sources", "disable", "tarn-gazette", "--purge")
    assert quote not in done(new, "audit", told["new"].question.id).stdout
    assert not list((new / "captures").rglob("*.zst"))
