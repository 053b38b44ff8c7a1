"""`unseen db`: the schema, a backup while everything goes on, and the way back from one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from api.phrases import counted
from scripts.commands.options import Json, show, tell
from scripts.progress import show_progress
from scripts.wiring import House, found_house, open_house
from store.backups.listing import Listing
from store.backups.making import Backup, back_up
from store.backups.restoring import Restored, restore
from store.database import is_newest, schema_revisions
from store.errors import BackupError


def db_upgrade() -> None:
    """Bring the database to the newest schema."""
    current, _ = schema_revisions(open_house().engine)
    print(f"the database is at schema {current}")


def db_backup(
    file: Annotated[Path, typer.Argument(help="The archive to write (tar, mode 600).")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file of that name.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write one archive of the house, while weeks are made and released.

    In it: the database as it is at one instant, the captures and releases it names, the source
    lists in UNSEEN_HOME, and the keys. Not in it: the reference index, which is made again from
    the database, and what a take-down removed.

    IT HOLDS SECRETS: signing.key, with which releases are signed, and seal.key, without which no
    sealed answer can ever be revealed. Keep it where nobody else reads it.

    A source that is taken down later is still in it: delete such archives, or take it down again
    after restoring one. With Postgres it needs pg_dump on PATH.
    """
    house = found_house()
    _enter_what_is_published(house)
    with show_progress() as progress:
        made = back_up(
            file,
            house.engine,
            house.settings.home,
            house.clock(),
            environment=os.environ,
            overwrite=overwrite,
            progress=progress,
        )
    show(_made_as_json(made), as_json, lambda: print(_made_in_words(made)))
    for note in _notes(house, made):
        tell(note)


def db_restore(
    file: Annotated[Path, typer.Argument(help="An archive that `unseen db backup` wrote.")],
    as_json: Json = False,
) -> None:
    """Restore an archive into a UNSEEN_HOME with no database, releases or keys.

    Nothing has its name before every hash was compared; interrupted, it can be run again. An
    older schema is brought to the newest. With Postgres it needs pg_restore on PATH and an empty
    database. Stop daemon and server before, or start them after.

    What came after the archive was made is not there: also no take-down (take those sources
    down again), and no release (make an archive after each).
    """
    house = found_house()
    if not file.is_file():
        raise BackupError(f"{file} does not exist, or is no file")
    with show_progress() as progress:
        restored = restore(
            file,
            house.engine,
            house.settings.home,
            environment=os.environ,
            progress=progress,
        )
    home = house.settings.home
    show(_restored_as_json(restored), as_json, lambda: print(_restored_in_words(restored, home)))
    if restored.listing.gone:
        tell(_gone(restored.listing))


def _enter_what_is_published(house: House) -> None:
    """Enter a release that a crash left on disk alone, where the schema is not to be upgraded."""
    from store.backups.snapshots import file_of
    from store.releases.publish import reconcile

    file = file_of(house.engine)
    if (file is None or file.exists()) and is_newest(house.engine):
        reconcile(house.settings.releases_dir, house.engine)


def _described(listing: Listing) -> dict[str, Any]:
    return {
        "created_at": listing.created_at.isoformat(),
        "dialect": listing.dialect,
        "schema_revision": listing.schema_revision,
        "releases": listing.weeks,
        "captures": listing.n_captures,
        "captures_gone": list(listing.gone),
        "keys": listing.n_keys,
    }


def _made_as_json(made: Backup) -> dict[str, Any]:
    return {
        "file": str(made.file),
        "bytes": made.file.stat().st_size,
        **_described(made.listing),
        "withdrawn_meanwhile": list(made.withdrawn_meanwhile),
        "holds_secrets": made.listing.n_keys > 0,
    }


def _restored_as_json(restored: Restored) -> dict[str, Any]:
    return {**_described(restored.listing), "schema_now": restored.schema}


def _made_in_words(made: Backup) -> str:
    listing = made.listing
    keys = (
        "It holds secrets: without its seal.key no sealed answer can be revealed, and who reads it "
        "can sign in your name"
        if listing.n_keys
        else "There are no keys yet"
    )
    return (
        f"{made.file} holds the database (schema {listing.schema_revision}), {_counted(listing)}: "
        f"{made.file.stat().st_size:,} bytes. {keys}"
    )


def _restored_in_words(restored: Restored, home: Path) -> str:
    listing = restored.listing
    return (
        f"{home} is as it was at {listing.created_at:%Y-%m-%d %H:%M:%S} UTC: "
        f"{_counted(listing)}, database at schema {restored.schema}"
    )


def _counted(listing: Listing) -> str:
    """Say how much is in it."""
    return ", ".join(
        (
            counted(len(listing.weeks), "release", "releases"),
            counted(listing.n_captures, "capture", "captures"),
            counted(listing.n_keys, "file of keys", "files of keys"),
        )
    )


def _notes(house: House, made: Backup) -> list[str]:
    """Return what the operator must know about a backup beside what is in it."""
    notes = [
        f"{name} was taken down while this was made: its text is still in it; delete it and make "
        "another"
        for name in made.withdrawn_meanwhile
    ]
    if made.listing.gone:
        notes.append(_gone(made.listing))
    listed = house.settings.sources
    home = house.settings.home.resolve()
    if listed is not None and (listed.resolve().parent != home or listed.suffix != ".toml"):
        notes.append(f"the source list {listed} lies outside UNSEEN_HOME and is not in it")
    return notes


def _gone(listing: Listing) -> str:
    gone = counted(len(listing.gone), "capture", "captures")
    return f"without {gone} of the database: taken down while it was made, or damaged before"
