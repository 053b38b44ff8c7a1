"""A backup holds one instant of a house, and is made whole or refused in a sentence."""

from __future__ import annotations

import os
import stat
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlmodel import select

from store.backups import listing, making
from store.backups.making import back_up
from store.captures import BlobStore
from store.database import HEAD, open_engine, schema_revisions, session, upgrade
from store.durable import alone_in
from store.errors import BackupError, CaptureDamaged
from store.releases.key_files import rotate_sealing, rotate_signing
from store.releases.keys import Keys
from store.settings import Settings
from store.sources import withdraw_source
from store.tables import DocumentRow, QuestionRow
from store.withdrawals import remove_text
from tests.building import EARLIER, LATER, NOW
from tests.store.backups.archives import (
    files_in,
    listing_of,
    members_of,
    prove_house,
    prove_releases,
    restored,
    rows_of,
)
from tests.store.weeks import SECRET, pier, publish_two_weeks


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


def test_replaced_keys_come_along_with_those_that_followed(world, tmp_path):
    before = Keys.load(world.home / "keys").salts("q_1")
    rotate_sealing(world.home / "keys")
    rotate_signing(world.home / "keys", NOW)
    file, home = tmp_path / "house.tar", tmp_path / "new"
    back_up(file, world.engine, world.home, NOW, environment={})
    with restored(file, home, f"sqlite:///{home / 'unseen.db'}", {}) as again:
        now = Keys.load(world.home / "keys")
        assert again.keys.salts("q_1") == now.salts("q_1") and set(before) < set(now.salts("q_1"))
        assert again.keys.public_hex == now.public_hex
        assert (home / "keys" / "endorsements.json").exists()


def test_no_key_is_replaced_while_keys_are_copied(world, tmp_path, monkeypatch):
    add, free = making._Archive.add_file, {}

    def watched(archive, name, path):
        if name.startswith("keys/"):
            with alone_in(path.parent, wait=False) as free[name]:
                pass
        add(archive, name, path)

    monkeypatch.setattr(making._Archive, "add_file", watched)
    back_up(tmp_path / "house.tar", world.engine, world.home, NOW, environment={})
    assert free.keys() >= {"keys/seal.key", "keys/signing.key"} and not any(free.values())


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


def test_what_was_taken_down_before_is_not_missed(house, tmp_path, environment):
    take_down(house, "tarn-gazette")
    made = back_up(tmp_path / "house.tar", house.engine, house.home, NOW, environment=environment)
    assert (made.listing.gone, made.withdrawn_meanwhile, made.listing.n_captures) == ((), (), 0)


def test_a_damaged_capture_is_named_and_does_not_stand_in_the_way(house, tmp_path, environment):
    (path, *_) = sorted((house.home / "captures").rglob("*.zst"))
    path.write_bytes(path.read_bytes()[:-3])
    made = back_up(tmp_path / "house.tar", house.engine, house.home, NOW, environment=environment)
    assert made.listing.gone == (path.stem,) and made.listing.n_captures == 7


# --- what is refused -----------------------------------------------------------------------


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
