"""Making a backup: the database first, then the files that it names, in one archive.

In that order every file the copied rows speak of was there when they were copied: captures are
stored before their rows, and a release is entered after it was published. The archive appears
under its name whole or not at all.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO, cast

from sqlalchemy import Engine

from store.backups.listing import (
    CAPTURES,
    DATABASE,
    KEYS,
    LISTING,
    RELEASES,
    Listing,
    Member,
    may_be_named,
)
from store.backups.snapshots import Progress, Snapshot, take_snapshot, withdrawn_now
from store.captures import BlobStore
from store.durable import alone_in, fsync_folder
from store.errors import BackupError, CaptureDamaged, StoreError
from store.records import sha256_hex
from store.releases import MANIFEST

#: What an archive's files are for others: nothing. It holds keys.
_PRIVATE = 0o600
#: Captures between two words about progress.
_CAPTURES_A_STEP = 100


@dataclass(frozen=True)
class Backup:
    """A backup that was made.

    Attributes:
        file: The archive.
        listing: What is in it.
        withdrawn_meanwhile: Sources that were taken down while it was made: their text is in it.
    """

    file: Path
    listing: Listing
    withdrawn_meanwhile: tuple[str, ...]


@dataclass
class _Archive:
    """An archive that is being written, and what went into it."""

    tar: tarfile.TarFile
    made_at: datetime
    members: list[Member] = field(default_factory=list)

    def add_bytes(self, name: str, body: bytes) -> None:
        """Add a file from memory."""
        self._add(name, io.BytesIO(body), len(body))

    def add_file(self, name: str, path: Path) -> None:
        """Add a file from disk."""
        if not may_be_named(name):
            raise BackupError(f"{name} has a name that a backup cannot hold")
        with open(path, "rb") as file:
            self._add(name, file, os.fstat(file.fileno()).st_size)

    def _add(self, name: str, file: BinaryIO, size: int) -> None:
        read = _Hashed(file)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode, entry.mtime = size, _PRIVATE, int(self.made_at.timestamp())
        self.tar.addfile(entry, cast(IO[bytes], read))
        # Kept for looking members up, which nobody does here: a kilobyte for each.
        self.tar.members.clear()  # type: ignore[attr-defined]
        self.members.append(Member(name=name, bytes=size, sha256=read.hash.hexdigest()))


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.hash = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        part = self.file.read(size)
        self.hash.update(part)
        return part


def back_up(
    file: Path,
    engine: Engine,
    home: Path,
    now: datetime,
    *,
    environment: Mapping[str, str],
    overwrite: bool = False,
    progress: Progress = lambda stage, done, total: None,
) -> Backup:
    """Write a backup of a home and its database, while others go on using both.

    Args:
        file: The archive, made with mode 600: it holds the keys.
        engine: The database.
        home: UNSEEN_HOME.
        now: When it is made.
        environment: Where PATH says where pg_dump is.
        overwrite: Whether a file of that name may be replaced.
        progress: Told how far it is.

    Raises:
        BackupError: There is nothing to back up, it is not whole, or the file is there already.
        StoreError: The database or the disk refused; then the file is not there.
    """
    if not overwrite and file.exists():
        raise BackupError(f"{file} is there already; name another, or say --overwrite")
    if not file.parent.is_dir():
        raise BackupError(f"{file.parent} is no folder to write a backup into")
    try:
        with _draft_beside(file) as draft:
            snapshot = take_snapshot(engine, draft, environment, progress)
            listing = _write(draft / "archive", snapshot, home, now, progress)
            _give_name(draft / "archive", file, overwrite=overwrite)
    except OSError as error:
        raise StoreError(f"{file} cannot be written: {error.strerror or error}") from error
    meanwhile = withdrawn_now(engine) - snapshot.withdrawn
    return Backup(file, listing, tuple(sorted(meanwhile)))


@contextmanager
def _draft_beside(file: Path) -> Iterator[Path]:
    """Yield a private folder beside a file, gone at the end; what a crash left in it is swept."""
    draft = file.with_name(f".{file.name}.draft")
    draft.mkdir(mode=0o700, exist_ok=True)
    with alone_in(draft, wait=False) as free:
        if not free:
            raise BackupError(f"another backup is just being written to {file}")
        try:
            for left in draft.iterdir():
                left.unlink()
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)


def _write(
    path: Path, snapshot: Snapshot, home: Path, now: datetime, progress: Progress
) -> Listing:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as tar:
            archive = _Archive(tar, now)
            gone = _add_captures(archive, snapshot, BlobStore(home / CAPTURES), progress)
            _add_releases(archive, snapshot, home, progress)
            _add_lists_and_keys(archive, home)
            archive.add_file(DATABASE[snapshot.dialect], snapshot.path)
            listing = Listing.model_validate(
                {
                    "created_at": now,
                    "dialect": snapshot.dialect,
                    "schema_revision": snapshot.schema,
                    "members": archive.members,
                    "gone": gone,
                }
            )
            archive.add_bytes(LISTING, listing.encoded())
        file.flush()
        os.fsync(file.fileno())
    return listing


def _add_captures(
    archive: _Archive, snapshot: Snapshot, blobs: BlobStore, progress: Progress
) -> tuple[str, ...]:
    """Add the captures that the copied rows name; returns those that are not there any more."""
    gone = []
    for done, sha256 in enumerate(sorted(snapshot.captures)):
        if done % _CAPTURES_A_STEP == 0:
            progress("captures", done, len(snapshot.captures))
        try:
            packed = blobs.packed(sha256)
        except CaptureDamaged:
            # Taken down in between, or damaged: a backup without it is worth more than none.
            gone.append(sha256)
        else:
            archive.add_bytes(blobs.path(sha256).relative_to(blobs.root.parent).as_posix(), packed)
    progress("captures", len(snapshot.captures), len(snapshot.captures))
    return tuple(gone)


def _add_releases(archive: _Archive, snapshot: Snapshot, home: Path, progress: Progress) -> None:
    """Add the releases that the copied rows know: a later one has questions that they lack."""
    for done, (week, stated) in enumerate(sorted(snapshot.releases.items())):
        progress("releases", done, len(snapshot.releases))
        folder = home / RELEASES / week
        manifest = folder / MANIFEST
        if not manifest.exists() or sha256_hex(manifest.read_bytes()) != stated:
            raise BackupError(
                f"release {week} in {home / RELEASES} is not the one that was published"
            )
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.add_file(path.relative_to(home).as_posix(), path)
    progress("releases", len(snapshot.releases), len(snapshot.releases))


def _add_lists_and_keys(archive: _Archive, home: Path) -> None:
    """Add the operator's source lists and the keys, while nobody replaces one.

    Half of the old keys with half of the new would be neither's: a seal key could be lost.
    """
    _add_plain(archive, home, home.glob("*.toml"))
    keys = home / KEYS
    if keys.is_dir():
        with alone_in(keys):
            _add_plain(archive, home, keys.glob("*"))


def _add_plain(archive: _Archive, home: Path, paths: Iterable[Path]) -> None:
    """Add the files among some paths; one that is being made begins with a dot."""
    for path in sorted(paths):
        if path.is_file() and not path.name.startswith("."):
            archive.add_file(path.relative_to(home).as_posix(), path)


def _give_name(draft: Path, final: Path, *, overwrite: bool) -> None:
    if overwrite:
        draft.replace(final)
    else:
        try:
            os.link(draft, final)
        except FileExistsError as error:
            raise BackupError(
                f"{final} is there already; name another, or say --overwrite"
            ) from error
        except OSError:
            # A file system without hard links, as on many a stick.
            if final.exists():
                raise
            draft.replace(final)
    fsync_folder(final.parent)
