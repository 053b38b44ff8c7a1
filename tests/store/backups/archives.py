"""Homes and archives for tests: what a home holds, an archive taken apart and put together."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from sqlmodel import Session, select

from store.audit import chain_of
from store.backups.restoring import restore
from store.captures import BlobStore
from store.database import open_engine, session
from store.errors import BackupError
from store.records import content_hash, sha256_hex
from store.releases.chain import Beside
from store.releases.keys import Keys
from store.releases.verify import verify
from store.tables import ReleaseItemRow, ReleaseRow
from tests.building import World

LISTING = "backup.json"


def files_in(home: Path) -> dict[str, bytes]:
    """Return every file of a home but its SQLite database, by name."""
    return {
        path.relative_to(home).as_posix(): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and "unseen.db" not in path.name
    }


def members_of(archive: Path) -> dict[str, bytes]:
    """Return an archive's files, in its order."""
    with tarfile.open(archive) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers()}


def listing_of(archive: Path) -> dict[str, Any]:
    """Return an archive's listing."""
    return json.loads(members_of(archive)[LISTING])


def closed(table: dict[str, Any]) -> bytes:
    """Return a listing as an honest writer would have closed it."""
    body = {name: value for name, value in table.items() if name != "sha256"}
    return json.dumps(body | {"sha256": content_hash(body)}).encode()


def write_archive(
    path: Path,
    members: dict[str, bytes],
    *,
    listing: Callable[[dict[str, Any]], None] = lambda table: None,
    more: Callable[[tarfile.TarFile], None] = lambda tar: None,
    form: int = tarfile.GNU_FORMAT,
) -> None:
    """Write an archive whose listing is true of `members`, but for what is changed on purpose."""
    table = json.loads(members[LISTING])
    files = {name: body for name, body in members.items() if name != LISTING}
    table["members"] = [
        {"name": name, "bytes": len(body), "sha256": sha256_hex(body)}
        for name, body in files.items()
    ]
    listing(table)
    with tarfile.open(path, "w", format=form) as tar:
        for name, body in files.items():
            put(tar, name, body)
        more(tar)
        put(tar, LISTING, closed(table))


def put(tar: tarfile.TarFile, name: str, body: bytes = b"", **fields: Any) -> None:
    """Add one member."""
    entry = tarfile.TarInfo(name)
    entry.size = len(body)
    for field, value in fields.items():
        setattr(entry, field, value)
    tar.addfile(entry, io.BytesIO(body))


def change(name, value):
    """Return what changes one value of a listing."""

    def to(table):
        table[name] = value

    return to


def prove_releases(world: World) -> list[str]:
    """Verify every release that the database knows, and the whole chain; returns the weeks."""
    root = world.home / "releases"

    def reader(week: str) -> Callable[[str], bytes]:
        return lambda name: (root / week / name).read_bytes()

    with session(world.engine) as work:
        weeks = sorted(work.exec(select(ReleaseRow.week)))
    at_hand = Beside(lambda week: reader(week) if week in weeks else None, weeks)
    for number, week in enumerate(weeks):
        proved = verify(
            reader(week),
            public_key=world.keys.public_hex,
            previous=reader(weeks[number - 1]) if number else None,
            expected_week=week,
            # The newest is held against all of them; each against all would take their square.
            beside=at_hand if week == weeks[-1] else None,
        )
        assert proved.week == week
    return weeks


def prove_house(world: World) -> tuple[list[str], int]:
    """Verify every release, and walk the chain of each question in one down to its bytes.

    Returns:
        The weeks, and how many questions were walked.
    """
    with session(world.engine) as work:
        walked = _walk(work, BlobStore(world.home / "captures"))
    return prove_releases(world), walked


def _walk(work: Session, blobs: BlobStore) -> int:
    released = sorted(set(work.exec(select(ReleaseItemRow.question_id))))
    for question_id in released:
        chain = chain_of(work, question_id)
        assert chain.candidate.quote in chain.document.text
        assert chain.document.text.encode() in blobs.get(chain.capture.sha256)
    return len(released)


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


class Disposable:
    """An empty home that archives are tried on."""

    def __init__(self, home):
        self.home = home
        self.engine = open_engine(f"sqlite:///{home / 'unseen.db'}")

    def __call__(self, file):
        return restore(file, self.engine, self.home, environment={"PATH": ""})

    def refuses(self, file, match, error=BackupError):
        before = everything(self.home)
        with pytest.raises(error, match=match) as refusal:
            self(file)
        assert str(refusal.value).startswith(f"{file} cannot be restored: ")
        assert "\n" not in str(refusal.value)
        assert everything(self.home) == before

    def close(self):
        self.engine.dispose()


def everything(home):
    """Return every name in a home, and what is in its files."""
    return {
        path.relative_to(home).as_posix(): path.is_file() and path.read_bytes()
        for path in home.rglob("*")
    }
