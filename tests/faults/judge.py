"""What must hold after a fault and a restart, told by what is published and by the tables."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import inspect, text
from sqlmodel import SQLModel, select

from scripts.wiring import House
from store.captures import BlobStore
from store.database import session
from store.errors import UnseenError
from store.funnel import funnel
from store.releases.verify import ReadFile, verify
from store.tables import CaptureRow, DocumentRow, QuestionRow, ReleaseItemRow, ReleaseRow
from tests.faults.house import EARLIER, WEEK, files_under

#: What says nothing of what is kept: the database has its own digest, locks are empty.
NOT_KEPT = ("locks", "unseen.db", "unseen.db-wal", "unseen.db-shm")


@dataclass(frozen=True)
class Known:
    """What a store had promised to keep."""

    documents: frozenset[str]
    accepted: frozenset[str]

    def lost_in(self, later: Known) -> list[str]:
        """Return what `later` lacks."""
        return sorted((self.documents - later.documents) | (self.accepted - later.accepted))


def known_in(house: House) -> Known:
    """Return the documents and accepted questions of a store."""
    with session(house.engine) as work:
        documents = work.exec(select(DocumentRow.id)).all()
        return Known(frozenset(documents), frozenset(work.exec(select(QuestionRow.id)).all()))


def digest_of(house: House) -> str:
    """Return the hash of every row and every file: equal states go on equally.

    The running numbers of rows are left out: threads commit in any order, and no number decides
    between two rows that are otherwise alike. Of reports of visits only when a source was visited
    has a part in a week, not how much was new then.
    """
    digest = hashlib.sha256()
    with house.engine.connect() as connection:
        for table in SQLModel.metadata.sorted_tables:
            told = ("source", "finished_at") if table.name == "sourcereport" else table.c.keys()
            columns = [table.c[name] for name in told if name != "number"]
            for row in sorted({repr(tuple(row)) for row in connection.execute(select(*columns))}):
                digest.update(f"{table.name} {row}".encode())
    for name, body in files_under(house.settings.home, but=NOT_KEPT).items():
        digest.update(f"{name}\0{hashlib.sha256(body).hexdigest()}".encode())
    return digest.hexdigest()


def reader_of(folder: Path) -> ReadFile:
    """Return what reads a release from its folder."""
    return lambda name: (folder / name).read_bytes()


def faults_at_once(home: Path, golden: Path) -> Iterator[str]:
    """Tell what is wrong before any restart: a release is there whole, or not at all."""
    releases = home / "releases"
    for folder in sorted(releases.iterdir()):
        if folder.name.startswith("."):
            continue
        if folder.name not in (EARLIER, WEEK):
            yield f"a folder {folder.name} is among the releases"
        elif files_under(folder) != files_under(golden / "releases" / folder.name):
            yield f"release {folder.name} is not whole"
    if not (releases / EARLIER).exists():
        yield "the old release is gone"
    if (database := home / "unseen.db").exists():
        with sqlite3.connect(database) as plain:
            yield from _unsound(plain)
        plain.close()


def _unsound(plain: sqlite3.Connection) -> Iterator[str]:
    if (said := plain.execute("PRAGMA integrity_check").fetchone()[0]) != "ok":
        yield f"integrity_check says {said}"
    if plain.execute("PRAGMA foreign_key_check").fetchall():
        yield "a row refers to none"


def faults_at_end(house: House, golden: Path, ask: Callable[[House], Any]) -> Iterator[str]:
    """Tell what is wrong when the week is through."""
    home = house.settings.home
    yield from faults_at_once(home, golden)
    for name, body in files_under(golden, but=NOT_KEPT).items():
        there = home / name
        if not there.exists():
            yield f"{name} is missing"
        elif there.read_bytes() != body:
            yield f"{name} has other bytes"
    for name in files_under(home, but=NOT_KEPT):
        if not (golden / name).exists():
            yield f"{name} is left over"
    yield from _wrong_rows(house)
    for week in (EARLIER, WEEK):
        folder = home / "releases" / week
        try:
            verify(reader_of(folder), public_key=house.keys.public_hex, expected_week=week)
        except UnseenError as error:
            yield f"{week} does not verify: {error}"
    yield from ask(house)


def _wrong_rows(house: House) -> Iterator[str]:
    with session(house.engine) as work:
        weeks = sorted(work.exec(select(ReleaseRow.week)).all())
        if weeks != [EARLIER, WEEK]:
            yield f"the database knows the releases {weeks}"
        ids = work.exec(select(ReleaseItemRow.question_id)).all()
        if len(set(ids)) < len(ids):
            yield "a question is in two releases"
        counts = funnel(work, WEEK)
        settled = sum(counts.stopped.values()) + sum(counts.accepted.values())
        if counts.waiting or sum(counts.drafted.values()) != settled:
            yield f"the funnel does not add up: {counts}"
        blobs = BlobStore(house.settings.captures_dir)
        for sha256 in set(work.exec(select(CaptureRow.sha256)).all()):
            try:
                blobs.get(sha256)
            except UnseenError as error:
                yield str(error)
        running = text("SELECT count(*) FROM run WHERE state = 'running'")
        if inspect(work.connection()).has_table("run") and work.connection().scalar(running):
            yield "a run is still said to be running"
