"""A backup is restored where it fits and nothing is in the way, and nowhere else."""

from __future__ import annotations

from contextlib import closing

import pytest
from sqlalchemy import text

from store.backups.restoring import restore
from store.database import open_engine
from store.errors import BackupError
from store.releases.keys import Keys
from tests.building import EARLIER, LATER, World
from tests.store.backups.archives import (
    Disposable,
    change,
    everything,
    files_in,
    listing_of,
    members_of,
    prove_house,
    write_archive,
)


def test_a_home_with_a_database_is_refused(honest, into, home):
    into(honest)
    into.refuses(honest, "there is a database already: restore into an empty home")


@pytest.mark.parametrize(
    "name", ["keys/seal.key", "keys/other.key", f"releases/{LATER}/README.md", "sources.toml"]
)
def test_a_home_with_keys_releases_or_lists_of_its_own_is_refused(honest, into, home, name):
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("mine")
    into.refuses(honest, f"{path} is there already: restore into an empty home")


def test_the_log_of_another_database_is_not_mixed_with_the_restored_one(honest, into, home):
    (home / "unseen.db-wal").write_bytes(b"pages of another")
    into.refuses(honest, "there is a database already")


def test_a_database_that_a_look_left_empty_is_no_database(honest, into, home):
    with into.engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    assert (home / "unseen.db").exists()
    into(honest)
    assert prove_house(World(home, into.engine, Keys.load(home / "keys")))[0] == [EARLIER, LATER]


def test_captures_and_a_half_done_restore_are_in_nobody_s_way(honest, into, home, tmp_path):
    with closing(Disposable(tmp_path / "other")) as other:
        other(honest)
    wanted = everything(tmp_path / "other")
    for name in (f"releases/{EARLIER}/README.md", "keys/seal.key", "sources.toml"):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[name])
    capture = next(name for name in wanted if name.endswith(".zst"))
    (home / capture).parent.mkdir(parents=True)
    (home / capture).write_bytes(b"half of it")
    (home / ".restoring" / "keys").mkdir(parents=True)
    (home / ".restoring" / "keys" / "seal.key").write_text("an old one's")
    into(honest)
    assert files_in(home) == files_in(tmp_path / "other")


def test_a_database_that_comes_to_be_there_meanwhile_is_kept(honest, into, home):
    def appear(stage, done, total):
        if done == total:
            with into.engine.begin() as connection:
                connection.execute(text("CREATE TABLE theirs (id INTEGER)"))

    with pytest.raises(BackupError, match="has come to be there meanwhile"):
        restore(honest, into.engine, home, environment={}, progress=appear)
    with into.engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM theirs")).scalar() == 0


def test_two_restores_at_once_are_one(honest, into, home):
    def second(stage, done, total):
        with pytest.raises(BackupError, match="another restore is at work in this home"):
            into(honest)

    restore(honest, into.engine, home, environment={}, progress=second)
    assert (home / "unseen.db").exists()


def test_a_full_disk_is_seen_before_anything_is_written(honest, into, home, monkeypatch):
    class Disk:
        free = 1_000

    monkeypatch.setattr("shutil.disk_usage", lambda path: Disk)
    into.refuses(honest, r"it takes [\d,]+ bytes and 1,000 are free")


def test_a_backup_of_sqlite_is_not_restored_into_postgres_nor_the_other_way(
    honest, postgres, into, home, tmp_path
):
    server = open_engine(postgres.new_database())
    with pytest.raises(
        BackupError,
        match="of SQLite and UNSEEN_DATABASE_URL means Postgres: set that to an empty database",
    ):
        restore(honest, server, home, environment={"PATH": ""})
    server.dispose()
    file, members = tmp_path / "x.tar", members_of(honest)
    members["database.pgdump"] = members.pop("database.sqlite")
    write_archive(file, members, listing=change("dialect", "postgresql"))
    into.refuses(file, "of Postgres and UNSEEN_DATABASE_URL means SQLite")


def test_a_dump_that_pg_restore_cannot_read_is_refused_before_anything_is_placed(
    honest, postgres, home, tmp_path
):
    file, members = tmp_path / "x.tar", members_of(honest)
    del members["database.sqlite"]
    write_archive(
        file, members | {"database.pgdump": b"PGDMP"}, listing=change("dialect", "postgresql")
    )
    engine = open_engine(postgres.new_database())
    with pytest.raises(BackupError, match="pg_restore failed: pg_restore: error:"):
        restore(file, engine, home, environment={"PATH": str(postgres.programs)})
    engine.dispose()
    assert everything(home) == {}


def test_an_honest_archive_put_together_anew_is_restored(honest, into, home, tmp_path):
    """What the hostile ones are made with makes an honest one, or they would prove nothing."""
    file = tmp_path / "anew.tar"
    write_archive(file, members_of(honest))
    into(file)
    assert listing_of(file)["members"] == listing_of(honest)["members"]
    assert prove_house(World(home, into.engine, Keys.load(home / "keys")))[0] == [EARLIER, LATER]
