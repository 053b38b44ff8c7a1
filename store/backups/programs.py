"""Postgres's own programs, `pg_dump` and `pg_restore`; the password is on no command line."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping

from psycopg.conninfo import make_conninfo
from psycopg.pq import Conninfo
from sqlalchemy import Engine

from store.errors import BackupError

#: What a program says that failed is cut to this.
_MAX_SAID = 300


def program(name: str, environment: Mapping[str, str]) -> str:
    """Return where a program of Postgres is.

    Raises:
        BackupError: It is not on PATH.
    """
    found = shutil.which(name, path=environment.get("PATH", ""))
    if found is None:
        raise BackupError(
            f"{name} is not on PATH: install Postgres's client programs, of the server's version "
            "or a later one"
        )
    return found


def run(name: str, engine: Engine, environment: Mapping[str, str], *arguments: str) -> None:
    """Run a program of Postgres on the database of `engine`.

    The command line can be read by everybody on the machine; the environment only by us.

    Raises:
        BackupError: The program is not on PATH, or failed.
    """
    path = program(name, environment)
    address, secret = _address(engine)
    command = [path, f"--dbname={address}", "--no-password", *arguments]
    _run(name, command, {**environment, **secret})


def check_dump(dump: str, environment: Mapping[str, str]) -> None:
    """Have pg_restore read a dump's table of contents; no database is asked.

    Raises:
        BackupError: pg_restore is not on PATH, or cannot read it.
    """
    _run("pg_restore", [program("pg_restore", environment), "--list", dump], environment)


def _address(engine: Engine) -> tuple[str, dict[str, str]]:
    """Return libpq's words for where the database is, and the environment with the password."""
    _, named = engine.dialect.create_connect_args(engine.url)
    if "sslpassword" in named:
        raise BackupError(
            "the database URL holds an sslpassword, which pg_dump takes on its command line only: "
            "use a client key without one"
        )
    password = named.pop("password", None)
    # SQLAlchemy's driver takes more than libpq does.
    known = {option.keyword.decode() for option in Conninfo.get_defaults()}
    address = make_conninfo(**{name: value for name, value in named.items() if name in known})
    return address, {"PGPASSWORD": str(password)} if password else {}


def _run(name: str, command: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(
        command,
        env=dict(environment) | {"LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise BackupError(f"{name} failed: {said[:_MAX_SAID] or f'exit code {done.returncode}'}")
