"""A week on a Postgres of any locale is the week on SQLite, however often its server goes away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlmodel import func, select

from scripts.weekly import WeekReport, run_week
from scripts.wiring import House, plan_week
from store.database import session
from store.errors import StoreError
from store.records import Source
from store.releases.keys import Keys
from store.tables import CandidateRow, CaptureRow, DocumentRow, FindingRow, QuestionRow, ReleaseRow
from tests.houses import add_sample_benchmark, house_at
from tests.newsroom import feeds, newsroom
from tests.postgres import SAFE, Postgres, Shutdown, wanted_postgres

WEEK = "2026-W12"
AS_OF = datetime(2026, 3, 23, tzinfo=UTC)
NAMES = ("wire", "gov")
#: Locales as `CREATE DATABASE` is told them; the second sorts small letters before capitals.
CODE_POINTS = "TEMPLATE template0 LOCALE_PROVIDER libc LOCALE 'C'"
ENGLISH = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"

Watch = Callable[[str, int, int], None]
Counts = dict[str, int]


@dataclass(frozen=True)
class Room:
    """What is read, and an encoder that is loaded once."""

    base: str
    sources: tuple[Source, ...]
    first: House

    def house(self, home: Path, **settings: str) -> House:
        """Make a home whose clock stands still and whose keys are always the same."""
        made = house_at(home, self.sources, self.base, **settings)
        house = House(made.settings, made.engine, lambda: AS_OF)
        Keys.load(house.settings.keys_dir, lambda n: bytes(range(n)))
        house.__dict__["embedder"] = self.first.embedder
        add_sample_benchmark(house)
        return house


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    with newsroom(date(2026, 3, 23), 8) as base:
        sources = tuple(source for source in feeds(base) if source.name in NAMES)
        first = house_at(tmp_path_factory.mktemp("first"), sources, base)
        yield Room(base, sources, first)
        first.engine.dispose()


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    """A server that may be killed: what it said is committed is on disk."""
    with wanted_postgres(SAFE) as running:
        yield running


def quiet(stage: str, done: int, total: int) -> None:
    """Look at nothing."""


def run(house: House, watch: Watch = quiet) -> WeekReport:
    return run_week(house, plan_week(house.settings, WEEK, AS_OF, house.clock), watch)


def files(house: House) -> dict[str, bytes]:
    folder = house.settings.releases_dir / WEEK
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.*")}


def counts(house: House) -> Counts:
    tables = (CaptureRow, DocumentRow, CandidateRow, FindingRow, QuestionRow, ReleaseRow)
    with session(house.engine) as work:
        return {
            table.__name__: work.exec(select(func.count()).select_from(table)).one()
            for table in tables
        }


@dataclass(frozen=True)
class Undisturbed:
    """A week on SQLite in which nothing happened."""

    files: dict[str, bytes]
    counts: Counts
    n_commits: int


@pytest.fixture(scope="module")
def undisturbed(room: Room, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    house = room.house(tmp_path_factory.mktemp("undisturbed"))
    commits: list[Connection] = []
    event.listen(house.engine, "commit", commits.append)
    run(house)
    yield Undisturbed(files(house), counts(house), len(commits))
    house.engine.dispose()


def inside(engine: Engine, number: int, act: Callable[[], None]) -> None:
    """Call `act` before the `number`-th commit from now on: with its transaction still open."""
    seen: list[Connection] = []

    def before(connection: Connection) -> None:
        seen.append(connection)
        if len(seen) == number:
            act()

    event.listen(engine, "commit", before)


def between(stage: str, act: Callable[[], None]) -> Watch:
    """Return what calls `act` when a stage is first told of: its connections lie in the pool."""
    seen: list[str] = []

    def watch(told: str, done: int, total: int) -> None:
        seen.append(told)
        if seen.count(stage) == 1 and told == stage:
            act()

    return watch


def go_on(house: House, watch: Watch = quiet) -> bool:
    """Run the week; whether it ended by itself, and not with one sentence about the database."""
    try:
        run(house, watch)
    except StoreError as error:
        said = str(error)
        assert said.startswith("the database refused: ") and "\n" not in said, said
        return False
    return True


def finish(house: House) -> None:
    """Run the week until it is there; two more runs are enough."""
    assert go_on(house) or go_on(house)
    assert run(house).already


@pytest.mark.parametrize(
    ("how", "locale"), [("fast", ENGLISH), ("immediate", CODE_POINTS)], ids=["fast", "immediate"]
)
def test_a_week_whose_server_is_restarted_again_and_again_is_the_same_week(
    room: Room,
    undisturbed: Undisturbed,
    server: Postgres,
    tmp_path: Path,
    how: Shutdown,
    locale: str,
) -> None:
    if locale == ENGLISH and not server.has_icu:
        pytest.skip("this Postgres knows no locale but C")
    house = room.house(tmp_path, database_url=server.new_database(locale))
    restarts: list[str] = []

    def restart() -> None:
        restarts.append(how)
        server.restart(how)

    # Another transaction is open, and more connections lie in the pool than one.
    with house.engine.connect() as held, house.engine.connect() as idle:
        held.execute(text("SELECT count(*) FROM document"))
        idle.close()
        for number in (6, 40):
            inside(house.engine, number, restart)
            assert not go_on(house)
        assert go_on(house, between("supported", restart))
        held.invalidate()
    assert len(restarts) == 3
    finish(house)
    assert files(house) == undisturbed.files
    assert counts(house) == undisturbed.counts
    house.engine.dispose()


@pytest.mark.long
@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_a_week_may_lose_its_server_at_any_commit(
    room: Room,
    undisturbed: Undisturbed,
    server: Postgres,
    tmp_path: Path,
    how: Shutdown,
) -> None:
    for number in range(1, undisturbed.n_commits + 1, 7):
        house = room.house(tmp_path / str(number), database_url=server.new_database())
        inside(house.engine, number, lambda: server.restart(how))
        go_on(house)
        finish(house)
        assert files(house) == undisturbed.files, number
        assert counts(house) == undisturbed.counts, number
        house.engine.dispose()
