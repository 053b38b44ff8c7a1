"""Published releases as they lie on disk: found at each request, read once, never half.

A release never changes, so what was read of one is kept; a new one is a new folder, and the
folder gets its name only when it is whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog

from api.rows import WeekRows, read_rows
from store.errors import NotFound, ReleaseInvalid, StoreError
from store.records import sha256_hex
from store.releases import MANIFEST, SIGNATURE

logger = structlog.get_logger(__name__)

_WEEK = re.compile(r"\d{4}-W\d{2}")

#: Manifests are some kilobytes: a decade of weeks fits.
KEPT_MANIFESTS = 520
#: Rows of a week are 1 to 3 MB at 240 questions; older weeks are read again when asked for.
KEPT_WEEKS = 8
#: Retired rows and offsets are smaller, and a question's fate is looked for in every later week.
KEPT_SMALL = 64


@dataclass(frozen=True)
class StoredFile:
    """One file of a release, as its manifest states it."""

    name: str
    sha256: str
    n_bytes: int


@dataclass(frozen=True)
class Published:
    """One release: its manifest and its files."""

    week: str
    folder: Path
    manifest: Mapping[str, Any]
    manifest_sha256: str
    files: Mapping[str, StoredFile]

    def file(self, name: str) -> StoredFile:
        """Return one file of the release.

        Raises:
            NotFound: The manifest names no such file, whatever else lies in the folder.
        """
        if name not in self.files:
            raise NotFound("file of this release", name)
        return self.files[name]

    def read(self, name: str) -> bytes:
        """Return a file's bytes, checked against the manifest's hash.

        Raises:
            ReleaseInvalid: The file is missing or is not the one that was signed.
        """
        stored = self.file(name)
        try:
            body = (self.folder / name).read_bytes()
        except OSError as error:
            raise ReleaseInvalid(f"{name} of {self.week} cannot be read") from error
        if sha256_hex(body) != stored.sha256:
            raise ReleaseInvalid(f"{name} of {self.week} is not the file that was signed")
        return body


class Shelf:
    """The folder of releases. What it returns of one week is the same for ever."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.published = lru_cache(KEPT_MANIFESTS)(self._published)
        self.rows = lru_cache(KEPT_WEEKS)(self._rows)
        self.retired = lru_cache(KEPT_SMALL)(self._retired)
        self._provenance_at = lru_cache(KEPT_SMALL)(self._provenance_offsets)

    def weeks(self) -> list[str]:
        """Return the names of the published weeks, newest first.

        Raises:
            StoreError: The folder is there but cannot be read.
        """
        try:
            names = [entry.name for entry in self.root.iterdir() if _WEEK.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StoreError("the folder of releases cannot be read") from error
        return sorted((name for name in names if self._is_whole(name)), reverse=True)

    def sound(self) -> list[Published]:
        """Return the releases that can be read, newest first; a damaged one is logged."""
        found = []
        for week in self.weeks():
            try:
                found.append(self.published(week))
            except ReleaseInvalid as error:
                logger.error("a release is damaged", week=week, why=str(error))
        return found

    def newest(self) -> Published:
        """Return the newest release that can be read.

        Raises:
            NotFound: Nothing is published yet.
        """
        for published in self.sound():
            return published
        raise NotFound("release", "latest")

    def provenance(self, week: str, question_id: str) -> dict[str, Any]:
        """Return a question's line of `provenance.jsonl`.

        Raises:
            NotFound: The release has no line for it.
        """
        at = self._provenance_at(week).get(question_id)
        if at is None:
            raise NotFound("question", question_id)
        with open(self.published(week).folder / "provenance.jsonl", "rb") as file:
            file.seek(at[0])
            line: dict[str, Any] = json.loads(file.read(at[1]))
        return line

    def _is_whole(self, week: str) -> bool:
        folder = self.root / week
        return (folder / MANIFEST).is_file() and (folder / SIGNATURE).is_file()

    def _published(self, week: str) -> Published:
        """Read one release's manifest.

        Raises:
            NotFound: There is no such release.
            ReleaseInvalid: Its manifest cannot be read or is another week's.
        """
        if not _WEEK.fullmatch(week) or not self._is_whole(week):
            raise NotFound("release", week)
        folder = self.root / week
        try:
            raw = (folder / MANIFEST).read_bytes()
            signature = (folder / SIGNATURE).read_bytes()
            manifest = json.loads(raw)
            files = {
                name: StoredFile(name, stated["sha256"], stated["bytes"])
                for name, stated in manifest["files"].items()
            }
            named = manifest["week"]
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ReleaseInvalid(f"{MANIFEST} of {week} cannot be read") from error
        if named != week:
            raise ReleaseInvalid(f"{MANIFEST} of {week} is another week's")
        for name, body in ((MANIFEST, raw), (SIGNATURE, signature)):
            files[name] = StoredFile(name, sha256_hex(body), len(body))
        return Published(week, folder, manifest, files[MANIFEST].sha256, files)

    def _rows(self, week: str) -> WeekRows:
        """Read a week's questions, open and sealed, each row as the file's own bytes."""
        published = self.published(week)
        return read_rows(published.read("questions.jsonl"), published.read("sealed.jsonl"))

    def _retired(self, week: str) -> Mapping[str, bytes]:
        """Read the rows of questions that left in `week`, by id."""
        published = self.published(week)
        if not published.manifest["counts"]["retired"]:
            return {}
        lines = published.read("retired.jsonl").splitlines()
        return {json.loads(line)["id"]: line for line in lines}

    def _provenance_offsets(self, week: str) -> Mapping[str, tuple[int, int]]:
        """Find each line of `provenance.jsonl`: id to (offset, length) in bytes."""
        found, offset = {}, 0
        for line in self.published(week).read("provenance.jsonl").splitlines(keepends=True):
            found[json.loads(line)["id"]] = (offset, len(line))
            offset += len(line)
        return found
