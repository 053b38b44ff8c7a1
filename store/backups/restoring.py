"""Restoring a backup into an empty home: all is unpacked and proved before anything has its name.

The database is put in its place last. Until then a restore that was interrupted is done again by
the next one: what it left is the archive's own, byte for byte, and nothing else is in the way.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from store.backups import programs
from store.backups.listing import (
    DATABASE,
    KEYS,
    RELEASES,
    SPOKEN,
    Listing,
    Member,
    read_listing,
)
from store.backups.snapshots import (
    LOGS,
    Progress,
    check_schema,
    check_sqlite,
    file_of,
    is_empty,
)
from store.database import HEAD, open_engine, upgrade
from store.durable import alone_in, fsync_folder, make_folder
from store.errors import BackupError, StoreError

#: Where a home's files wait for their names.
_STAGING = ".restoring"
_CHUNK = 1 << 20
_FILES_A_STEP = 100


@dataclass(frozen=True)
class Restored:
    """A backup that was restored.

    Attributes:
        listing: What was in it.
        schema: The database's revision now; an older one was brought to the newest.
    """

    listing: Listing
    schema: str


def restore(
    file: Path,
    engine: Engine,
    home: Path,
    *,
    environment: Mapping[str, str],
    progress: Progress = lambda stage, done, total: None,
) -> Restored:
    """Restore a backup into a home with no database, releases or keys.

    Args:
        file: The archive.
        engine: Where the database is to be.
        home: UNSEEN_HOME.
        environment: Where PATH says where pg_restore is.
        progress: Told how far it is.

    Raises:
        BackupError: The archive is damaged or not for here, or the home is not empty.
        StoreError: The database or the disk refused; restore it again.
    """
    try:
        with _staging(home) as staging:
            listing = _unpack(file, engine, home, staging, progress)
            database = _prove_database(staging, listing, engine, environment)
            _place_files(staging, listing, home)
            _place_database(database, listing, engine, environment)
    except BackupError as error:
        raise BackupError(f"{file} cannot be restored: {error}") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(f"{file} cannot be restored: {why}; restore it again") from error
    return Restored(listing, HEAD)


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """Yield a private folder in the home, gone at the end; what a crash left is swept."""
    make_folder(home)
    staging = home / _STAGING
    staging.mkdir(mode=0o700, exist_ok=True)
    with alone_in(staging, wait=False) as free:
        if not free:
            raise BackupError("another restore is at work in this home")
        try:
            for left in staging.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            yield staging
        finally:
            shutil.rmtree(staging, ignore_errors=True)


def _unpack(file: Path, engine: Engine, home: Path, staging: Path, progress: Progress) -> Listing:
    """Look whether the archive fits here, then unpack it and compare every hash."""
    try:
        tar = tarfile.open(file, mode="r:")  # noqa: SIM115 - closed below
    except (tarfile.TarError, ValueError, OverflowError, RecursionError) as error:
        raise BackupError("it is no backup of Unseen") from error
    with tar:
        listing, entries = read_listing(tar)
        _check_place(listing, engine, home)
        free = shutil.disk_usage(home).free
        if listing.n_bytes > free:
            raise BackupError(f"it takes {listing.n_bytes:,} bytes and {free:,} are free")
        for done, member in enumerate(listing.members):
            if done % _FILES_A_STEP == 0:
                progress("files", done, len(listing.members))
            _unpack_one(tar, entries[member.name], member, staging / member.name)
        progress("files", len(listing.members), len(listing.members))
    return listing


def _unpack_one(tar: tarfile.TarFile, entry: tarfile.TarInfo, member: Member, target: Path) -> None:
    """Write one file, by our own hand: nothing but its bytes is taken from the archive."""
    private = member.name.startswith(f"{KEYS}/")
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600 if private else 0o666
    found = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as out:
        stream = tar.extractfile(entry)
        while stream is not None and (part := stream.read(_CHUNK)):
            found.update(part)
            out.write(part)
    if found.hexdigest() != member.sha256:
        raise BackupError(f"its {member.name} is not as it was written")


def _check_place(listing: Listing, engine: Engine, home: Path) -> None:
    """Refuse what would not fit here, or would be in the way of what is here already."""
    wanted = engine.dialect.name
    if listing.dialect != wanted:
        theirs, ours = SPOKEN[listing.dialect], SPOKEN.get(wanted, wanted)
        raise BackupError(
            f"its database is of {theirs} and UNSEEN_DATABASE_URL means {ours}: set that to an "
            f"empty database of {theirs} and restore it again"
        )
    if not is_empty(engine):
        raise BackupError("there is a database already: restore into an empty home")
    own = {member.name: member.sha256 for member in listing.members}
    for path in _in_the_way(home):
        if own.get(path.relative_to(home).as_posix()) != _hash_of(path):
            raise BackupError(f"{path} is there already: restore into an empty home")


def _in_the_way(home: Path) -> list[Path]:
    """Return the files of a home that a restore would mix with its own.

    Captures are no such files: they are named by their content.
    """
    found = [*(home / RELEASES).rglob("*"), *(home / KEYS).rglob("*"), *home.glob("*.toml")]
    return sorted(path for path in found if path.is_file())


def _hash_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _prove_database(
    staging: Path, listing: Listing, engine: Engine, environment: Mapping[str, str]
) -> Path:
    """Have the database looked at, and its schema brought to the newest where that can be now."""
    path = staging / DATABASE[listing.dialect]
    if listing.dialect == "postgresql":
        programs.check_dump(str(path), environment)
        return path
    check_sqlite(path)
    copy = open_engine(str(engine.url.set(database=str(path))))
    try:
        check_schema(copy, listing.schema_revision)
        upgrade(copy)
    finally:
        copy.dispose()
    if path.with_name(path.name + LOGS[0]).exists():
        raise StoreError("SQLite did not bring its log into the restored database")
    return path


def _place_files(staging: Path, listing: Listing, home: Path) -> None:
    """Give the files their names; a release gets its own at once, whole."""
    make_folder(home / RELEASES)
    (home / KEYS).mkdir(mode=0o700, exist_ok=True)
    for week in listing.weeks:
        if not (home / RELEASES / week).exists():
            (staging / RELEASES / week).rename(home / RELEASES / week)
    for member in listing.members:
        waiting, target = staging / member.name, home / member.name
        # A release that was given its name above waits no longer.
        if member.name not in DATABASE.values() and waiting.exists():
            make_folder(target.parent)
            waiting.replace(target)
    # All of it, bytes and names, before the database says that it is there: one call instead of
    # one for each of many thousand captures.
    os.sync()


def _place_database(
    path: Path, listing: Listing, engine: Engine, environment: Mapping[str, str]
) -> None:
    final = file_of(engine)
    if not is_empty(engine):
        raise BackupError("a database has come to be there meanwhile: stop what made it")
    if final is None:
        programs.run(
            "pg_restore", engine, environment,
            "--exit-on-error", "--no-owner", "--no-privileges", "--single-transaction", str(path),
        )  # fmt: skip
        check_schema(engine, listing.schema_revision)
        upgrade(engine)
        return
    for log in LOGS:
        final.with_name(final.name + log).unlink(missing_ok=True)
    path.replace(final)
    fsync_folder(final.parent)
