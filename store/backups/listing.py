"""What a backup holds: which names it may, and the listing that proves every byte of it.

The listing is the archive's last member, so that an archive that was cut off has none. It names
every other member with its size and hash, and its own hash closes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from tarfile import REGTYPE, TarError, TarFile, TarInfo
from typing import Any, Literal

from pydantic import AwareDatetime, ValidationError
from sqlmodel import Field

from store.database import HEAD, known_schemas
from store.errors import BackupError
from store.records import Record, content_hash

FORMAT: Literal["unseen-backup/1"] = "unseen-backup/1"
LISTING = "backup.json"

#: Folders of a home, by the names that Settings gives them; an archive names them alike.
CAPTURES, RELEASES, KEYS = "captures", "releases", "keys"
#: The database as each dialect gives it.
DATABASE = {"sqlite": "database.sqlite", "postgresql": "database.pgdump"}
#: What people call them.
SPOKEN = {"sqlite": "SQLite", "postgresql": "Postgres"}

_PLAIN = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
#: Every name a member may have: relative, without `..`, in the one folder of its kind. Python's
#: own filter for archives is looser, and missing before 3.11.4.
_NAME = re.compile(
    rf"database\.(sqlite|pgdump)"
    rf"|captures/([0-9a-f]{{2}})/\2[0-9a-f]{{62}}\.zst"
    rf"|releases/\d{{4}}-W\d{{2}}(/{_PLAIN}){{1,3}}"
    rf"|keys/{_PLAIN}"
    rf"|{_PLAIN}\.toml",
    re.ASCII,
)


class Member(Record):
    """One file of a backup."""

    name: str
    bytes: int = Field(ge=0)
    sha256: str = Field(min_length=64, max_length=64)


class Listing(Record):
    """What one backup is, and everything in it; `backup.json`."""

    format: Literal["unseen-backup/1"] = FORMAT
    created_at: AwareDatetime
    dialect: Literal["sqlite", "postgresql"]
    schema_revision: str
    members: tuple[Member, ...]
    #: Captures that the database names and that were not there, or not whole, to be copied.
    gone: tuple[str, ...] = ()

    @property
    def weeks(self) -> list[str]:
        """The releases in it, oldest first."""
        return sorted({m.name.split("/")[1] for m in self.members if _is_in(m, RELEASES)})

    @property
    def n_captures(self) -> int:
        """How many captures are in it."""
        return sum(_is_in(member, CAPTURES) for member in self.members)

    @property
    def n_keys(self) -> int:
        """How many files of keys are in it."""
        return sum(_is_in(member, KEYS) for member in self.members)

    @property
    def n_bytes(self) -> int:
        """How much its files hold together."""
        return sum(member.bytes for member in self.members)

    def encoded(self) -> bytes:
        """Return the bytes of `backup.json`, closed by their own hash."""
        body = self.model_dump(mode="json")
        return (json.dumps(body | {"sha256": content_hash(body)}, indent=1) + "\n").encode()


def _is_in(member: Member, folder: str) -> bool:
    return member.name.startswith(f"{folder}/")


def may_be_named(name: str) -> bool:
    """Whether a member of a backup may have this name."""
    return name != LISTING and _NAME.fullmatch(name) is not None


def read_listing(archive: TarFile) -> tuple[Listing, dict[str, TarInfo]]:
    """Return what an archive says it holds, and where each of its files lies in it.

    Raises:
        BackupError: It is cut off, changed, of another format or of a newer program, or has a
            member that no backup has.
    """
    there = dict(_plain_files(archive))
    own = there.pop(LISTING, None)
    stream = archive.extractfile(own) if own else None
    if stream is None:
        raise BackupError(f"it has no {LISTING} at its end: it is cut off, or no backup of Unseen")
    with stream:
        listing = decoded(stream.read())
    _check_members(listing, {name: info.size for name, info in there.items()})
    return listing, there


def _plain_files(archive: TarFile) -> Iterator[tuple[str, TarInfo]]:
    """Yield the members by name, and refuse what is no plain file with a name we give.

    Asked for one by one: before Python 3.11.14 a negative size sends `getmembers` round for ever.
    """
    seen: set[str] = set()
    try:
        while (member := archive.next()) is not None:
            if member.name != LISTING and not may_be_named(member.name):
                raise BackupError(f"it has a member that no backup has: {member.name[:80]!r}")
            plain = member.type == REGTYPE and not member.sparse and not member.pax_headers
            if not plain or member.size < 0:
                raise BackupError(f"its {member.name} is no plain file")
            if member.name in seen:
                raise BackupError(f"it has {member.name} twice")
            seen.add(member.name)
            yield member.name, member
    except (TarError, ValueError, OverflowError, RecursionError) as error:
        raise BackupError("it is cut off or damaged") from error


def decoded(body: bytes) -> Listing:
    """Return the listing that `backup.json` holds.

    Raises:
        BackupError: It was changed, is of another format, or names a newer schema.
    """
    try:
        table: dict[str, Any] = json.loads(body)
        found = table.get("format")
    except (ValueError, AttributeError, RecursionError) as error:
        raise BackupError(f"its {LISTING} is not JSON") from error
    if found != FORMAT:
        raise BackupError(
            f"it is of the format {str(found)[:40]!r}, and this program reads {FORMAT}"
        )
    stated = table.pop("sha256", None)
    try:
        if content_hash(table) != stated:
            raise BackupError(f"its {LISTING} is not as it was written")
        listing = Listing.model_validate(table)
    except (ValidationError, ValueError, RecursionError) as error:
        raise BackupError(f"its {LISTING} is malformed") from error
    if listing.schema_revision != HEAD and listing.schema_revision not in known_schemas():
        raise BackupError(
            f"its database has schema {listing.schema_revision[:40]}, which is newer than this "
            f"program ({HEAD}): restore it with the program that made it, or a later one"
        )
    return listing


def _check_members(listing: Listing, sizes: Mapping[str, int]) -> None:
    stated = {member.name: member.bytes for member in listing.members}
    if len(stated) < len(listing.members):
        raise BackupError(f"its {LISTING} names a file twice")
    for name in _first(stated.keys() - sizes.keys()):
        raise BackupError(f"it lacks {name}, which its {LISTING} names")
    for name in _first(sizes.keys() - stated.keys()):
        raise BackupError(f"its {LISTING} does not name its {name}")
    for name in _first(name for name in stated if stated[name] != sizes[name]):
        raise BackupError(f"its {name} has another size than its {LISTING} says")
    wanted = DATABASE[listing.dialect]
    if wanted not in stated or len(stated.keys() & set(DATABASE.values())) != 1:
        raise BackupError(f"it does not hold one database, {wanted}")


def _first(names: Iterable[str]) -> list[str]:
    return sorted(names)[:1]
