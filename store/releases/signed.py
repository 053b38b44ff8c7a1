"""A manifest and its signature: read, canonical, signed by the key it names, in that key's time."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import rfc8785

from store.errors import ReleaseInvalid
from store.records import sha256_hex
from store.releases import MANIFEST, SIGNATURE
from store.releases.endorsements import (
    KeyLine,
    line_of,
    moment,
    replaced_since,
    signature_holds,
)

FORMAT = "unseen-release/1"

#: Reads one file of a release by name; raises OSError when there is none.
ReadFile = Callable[[str], bytes]

#: The one spelling of a signature: upper case or white space would be another file.
_SIGNATURE_FORM = re.compile(rb"[0-9a-f]{128}\n")


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Refuse a release in which what is read of a file is not of the form it must have.

    Raises:
        ReleaseInvalid: A key is missing, or a value is of another kind.
    """
    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ReleaseInvalid(f"{name} is malformed: {type(error).__name__}: {error}") from error


def read_file(read: ReadFile, name: str, place: str = "") -> bytes:
    """Return a file of a release; `place` is put before its name in what is said.

    Raises:
        ReleaseInvalid: It is missing or cannot be read.
    """
    try:
        return read(name)
    except OSError as error:
        raise ReleaseInvalid(f"{place}{name} is missing or cannot be read") from error


def read_manifest(read: ReadFile, place: str = "") -> tuple[dict[str, Any], bytes]:
    """Return the manifest and its canonical bytes.

    Raises:
        ReleaseInvalid: It is no manifest, or not in canonical form.
    """
    raw = read_file(read, MANIFEST, place)
    try:
        manifest = json.loads(raw)
        canonical = rfc8785.dumps(manifest)
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise ReleaseInvalid(f"{place}{MANIFEST} is not JSON: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ReleaseInvalid(f"{place}{MANIFEST} is not of the form {FORMAT}")
    if canonical != raw:
        raise ReleaseInvalid(f"{place}{MANIFEST} is not in its canonical form; somebody changed it")
    return manifest, canonical


@dataclass(frozen=True)
class Signed:
    """A release whose manifest is signed by the key it names."""

    read: ReadFile
    manifest: dict[str, Any]
    sha256: str
    line: KeyLine

    @property
    def week(self) -> str:
        """The week it says it is of."""
        return str(self.manifest["week"])

    @property
    def key(self) -> str:
        """The key that signed it."""
        return self.line.newest


def signed_release(read: ReadFile, place: str = "", pinned: str | None = None) -> Signed:
    """Return a release whose signature holds, under the pinned key or one that it led to.

    Raises:
        ReleaseInvalid: Manifest, signature or line of keys do not hold.
    """
    manifest, canonical = read_manifest(read, place)
    signature = read_file(read, SIGNATURE, place)
    if not _SIGNATURE_FORM.fullmatch(signature):
        raise ReleaseInvalid(f"{place}{SIGNATURE} does not hold 128 hex digits and a line end")
    by_hex = signature.decode().strip()
    try:
        line = line_of(manifest.get("key_history", []), str(manifest.get("public_key")))
    except ReleaseInvalid as error:
        raise ReleaseInvalid(f"{place}{MANIFEST}: {error}") from error
    if pinned is not None and pinned not in line.keys:
        if signature_holds(canonical, by_hex, pinned):
            raise ReleaseInvalid(f"{place}{MANIFEST} names another key than the one you trust")
        raise ReleaseInvalid(
            f"{place}{SIGNATURE} is not a signature of {MANIFEST} under key {pinned[:16]}… or one "
            "that it endorsed; what was signed before that key came is checked with an older one"
        )
    if not signature_holds(canonical, by_hex, line.newest):
        raise ReleaseInvalid(
            f"{place}{SIGNATURE} is not a signature of {MANIFEST} under key {line.newest[:16]}…"
        )
    return Signed(read, manifest, sha256_hex(canonical), line)


def refuse_replaced_key(release: Signed, lines: Iterable[KeyLine]) -> None:
    """Refuse what is dated after its key was replaced: whoever has the old key may be a thief.

    Raises:
        ReleaseInvalid: It is.
    """
    since = replaced_since(lines, release.key)
    if since is not None and moment(release.manifest["as_of"]) > since:
        raise ReleaseInvalid(
            f"{release.week} is dated {release.manifest['as_of']} and signed by key "
            f"{release.key[:16]}…, which was replaced on {since.isoformat()}"
        )
