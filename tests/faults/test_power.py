"""The power fails at any moment of a publication: a week is out whole, or not at all."""

from __future__ import annotations

import hashlib
import pickle
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlmodel import select

from store.database import open_engine, session
from store.errors import ReleaseInvalid, StoreError
from store.releases.keys import Keys
from store.releases.publish import Draft, Item, publish, reconcile
from store.releases.verify import verify
from store.tables import ReleaseItemRow, ReleaseRow
from tests.building import AS_OF, CUTOFF, EARLIER, LATER, World
from tests.faults.disk import disk_with, replayed
from tests.faults.forks import in_child
from tests.faults.house import files_under
from tests.faults.judge import reader_of
from tests.faults.layer import Layer, Op, install
from tests.store.weeks import pier

#: The normal run replays one different state of so many.
EVERY = 5
DATABASE = ("unseen.db", "unseen.db-wal", "unseen.db-shm")


@dataclass(frozen=True)
class Recorded:
    """One publication, by what it did to files, and the store before and after it."""

    ops: Sequence[Op]
    before: Path
    after: Path
    draft: Draft


def make_key(n: int) -> bytes:
    return bytes(range(n))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory) -> Recorded:
    home = tmp_path_factory.mktemp("power")
    (home / "before").mkdir()
    world = World.at(home / "before")
    items = [world.tell(pier(n), EARLIER if n < 2 else LATER) for n in range(4)]
    world.release(EARLIER, items[:1], items[1:2])
    drawn = [Item(told.question, LATER, n == 0, {"id": n}) for n, told in enumerate(items[2:])]
    draft = Draft(LATER, AS_OF[LATER], CUTOFF, drawn, (), {"pad": "long " * 2_000})
    world.engine.dispose()
    # Whoever publishes for the first time makes the keys, too.
    shutil.rmtree(home / "before" / "keys")
    shutil.copytree(home / "before", home / "after")

    def publish_recorded(say: Callable[..., None]) -> None:
        ops: list[Op] = []
        engine = open_engine(f"sqlite:///{home / 'after' / 'unseen.db'}")
        install(Layer(home / "after", did=ops.append))
        publish(
            draft, home / "after" / "releases", engine, Keys.load(home / "after/keys", make_key)
        )
        engine.dispose()
        (home / "ops").write_bytes(pickle.dumps(ops))

    ended = in_child(publish_recorded)
    assert ended.status == 0, ended
    ops = pickle.loads((home / "ops").read_bytes())
    return Recorded(
        [_inside(op, home / "after") for op in ops], home / "before", home / "after", draft
    )


def _inside(op: Op, home: Path) -> Op:
    """Name the paths of a change from the home on."""
    paths = [str(Path(p).relative_to(home)) if p else "" for p in (op.path, op.to)]
    return replace(op, path=paths[0], to=paths[1])


@dataclass(frozen=True)
class State:
    """What a power cut left."""

    said: str
    files: dict[str, bytes]
    #: Whether the database had committed, and whether publishing had come to its end.
    committed: bool
    returned: bool


def states(recorded: Recorded, ops: Sequence[Op]) -> Iterator[State]:
    """Yield every different state that a power cut may leave, in the order of the moments."""
    seen = set()
    disk = disk_with(files_under(recorded.before, but=DATABASE))
    for n in replayed(ops, disk):
        committed = any(op.call == "committed" for op in ops[:n])
        for said, files in disk.after_power_cut():
            state = State(f"after {n}: {said}", dict(files), committed, n == len(ops))
            digest = hashlib.sha256(
                repr((sorted(files.items()), state.committed, state.returned)).encode()
            ).digest()
            if digest not in seen:
                seen.add(digest)
                yield state


def wrong_after(state: State, recorded: Recorded, home: Path) -> str | None:
    """Start on what is left and publish what is not out; tells what is wrong then."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    source = recorded.after if state.committed else recorded.before
    for name in DATABASE:
        if (source / name).exists():
            shutil.copy(source / name, home / name)
    for path, body in sorted(state.files.items()):
        (home / path).mkdir(parents=True, exist_ok=True) if path.endswith("/") else (
            home / path
        ).write_bytes(body)
    for key in (home / "keys").glob("*.key"):
        key.chmod(0o600)
    engine, root = open_engine(f"sqlite:///{home / 'unseen.db'}"), home / "releases"
    try:
        entered = reconcile(root, engine)
        was_out = (root / LATER).exists()
        if state.returned and not was_out:
            return "a release that was published is lost"
        # Keys that are lost are made anew, and never the same again.
        keys = Keys.load(home / "keys", (lambda n: b"n" * n) if was_out else make_key)
        if not was_out:
            publish(recorded.draft, root, engine, keys)
        elif state.committed == (entered == [LATER]):
            return f"{entered} were entered"
        for week in (EARLIER, LATER):
            verify(reader_of(root / week), public_key=keys.public_hex, expected_week=week)
            if files_under(root / week) != files_under(recorded.after / "releases" / week):
                return f"{week} has other bytes"
        if sorted(path.name for path in root.iterdir()) != [EARLIER, LATER]:
            return "something is left over"
        with session(engine) as work:
            if sorted(work.exec(select(ReleaseRow.week))) != [EARLIER, LATER]:
                return "the database knows other weeks"
            if len(work.exec(select(ReleaseItemRow)).all()) != 4:
                return "the database knows other rows"
    except (StoreError, ReleaseInvalid) as error:
        return str(error)
    finally:
        engine.dispose()
    return None


def campaign(recorded: Recorded, home: Path, every: int) -> tuple[int, list[tuple[str, str]]]:
    """Try every so-many-th state; returns how many were tried, and what was wrong."""
    found = list(states(recorded, recorded.ops))
    # From the end on, so that the last moment is among them.
    tried = found[::-every]
    wrong = [(one.said, why) for one in tried if (why := wrong_after(one, recorded, home))]
    n_ops = len(recorded.ops)
    print(f"power: {n_ops} changes, {len(found)} states, {len(tried)} tried, {len(wrong)} wrong")  # noqa: T201 - the counts
    return len(tried), wrong


def test_a_power_cut_at_any_moment_leaves_a_week_whole_or_not_at_all(recorded, tmp_path):
    n_tried, wrong = campaign(recorded, tmp_path / "home", EVERY)
    assert not wrong, wrong[:5]
    assert n_tried > 20


@pytest.mark.long
def test_every_power_cut_leaves_a_week_whole_or_not_at_all(recorded, tmp_path):
    n_tried, wrong = campaign(recorded, tmp_path / "home", 1)
    assert not wrong, wrong[:5]
    assert n_tried > 100


@pytest.mark.parametrize(
    ("left_out", "why"),
    [
        pytest.param(r"\.jsonl", "no whole release", id="of a file of rows"),
        pytest.param(r"manifest\.json", "no whole release", id="of the manifest"),
        pytest.param(r"draft-\d+", "no whole release|other bytes", id="of the draft's folder"),
        pytest.param("releases", "is lost", id="of the releases' folder"),
        pytest.param("keys", "key", id="of the folder of keys"),
    ],
)
def test_the_replay_finds_a_sync_that_is_missing(recorded, tmp_path, left_out, why):
    missing = re.compile(f"({left_out})$")
    ops = [op for op in recorded.ops if not (op.call == "fsync" and missing.search(op.path))]
    assert len(ops) < len(recorded.ops)
    # From the end on: what was synced too late shows once the week is out.
    latest_first = reversed(list(states(recorded, ops)))
    found = (wrong_after(state, recorded, tmp_path / "home") for state in latest_first)
    assert any(one and re.search(why, one) for one in found)
