"""Postgres's programs are found or asked for, and no password is on a command line."""

from __future__ import annotations

import subprocess

import pytest

from store.backups import programs
from store.backups.making import back_up
from store.backups.restoring import restore
from store.database import open_engine
from store.errors import BackupError
from tests.building import NOW
from tests.store.backups.archives import (
    files_in,
)


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


@pytest.mark.parametrize("kind", ["postgres"])
def test_without_postgres_s_programs_it_says_what_to_install(house, archive, tmp_path, empty_url):
    file, home = tmp_path / "x.tar", tmp_path / "new"
    with pytest.raises(BackupError, match="pg_dump is not on PATH: install"):
        back_up(file, house.engine, house.home, NOW, environment={"PATH": ""})
    engine = open_engine(empty_url(home))
    with pytest.raises(BackupError, match="pg_restore is not on PATH: install"):
        restore(archive, engine, home, environment={"PATH": ""})
    engine.dispose()
    assert files_in(home) == {}
