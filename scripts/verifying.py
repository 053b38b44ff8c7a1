"""`unseen verify`: a release from a folder or a URL, with nothing but its files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from store.errors import ReleaseInvalid
from store.releases.verify import ReadFile, Verified, read_manifest, verify

#: A folder or an address that is named for a week must hold that week.
_WEEK = re.compile(r"\d{4}-W\d{2}")
#: A release is read whole; larger files than this are not one of ours.
MAX_FILE_BYTES = 500_000_000


@dataclass(frozen=True)
class Proof:
    """What was proved, in words."""

    proved: Verified

    def as_json(self) -> dict[str, Any]:
        """Return the proof as a JSON object."""
        return asdict(self.proved)

    def sentence(self) -> str:
        """Say what holds and what was not looked at."""
        p = self.proved
        signed = (
            f"signed by the key you named ({p.public_key[:16]}…)"
            if p.key_pinned
            else f"signed by the key it names itself ({p.public_key[:16]}…; pin it with --key)"
        )
        if p.previous_week is None:
            chain = "it is the first of its chain"
        elif p.chain_checked:
            chain = f"it follows {p.previous_week}"
        else:
            chain = f"the release before ({p.previous_week}) was not at hand to check the chain"
        return (
            f"{p.week} holds: {p.n_questions} questions under Merkle root {p.merkle_root[:16]}…, "
            f"{signed}; {chain}"
        )


def verify_release(release: str, key: Path | None, previous: str | None) -> Proof:
    """Prove a release; the release before is looked for beside it.

    Raises:
        ReleaseInvalid: Something does not hold, or cannot be read.
    """
    read = reader(release)
    before = reader(previous) if previous else _beside(release, read)
    pinned = _public_key(key) if key else None
    named = PurePosixPath(release.rstrip("/")).name
    week = named if _WEEK.fullmatch(named) else None
    return Proof(
        verify(
            read,
            public_key=pinned,
            previous=before,
            expected_week=week,
            earlier=lambda name: _sibling(release, name),
        )
    )


def reader(release: str) -> ReadFile:
    """Return what reads a file of a release, from a folder or over HTTP."""
    if release.startswith(("http://", "https://")):
        return _http_reader(release.rstrip("/"))
    folder = Path(release)
    if not folder.is_dir():
        raise ReleaseInvalid(f"{release} is neither a folder nor a URL")
    return lambda name: (folder / name).read_bytes()


def _http_reader(base: str) -> Callable[[str], bytes]:
    import httpx2

    def read(name: str) -> bytes:
        try:
            answer = httpx2.get(f"{base}/{name}", follow_redirects=True, timeout=60.0)
        except httpx2.HTTPError as error:
            raise ReleaseInvalid(f"{base}/{name} cannot be read: {error}") from error
        if answer.status_code != 200:
            raise ReleaseInvalid(f"{base}/{name} answered {answer.status_code}")
        if len(answer.content) > MAX_FILE_BYTES:
            raise ReleaseInvalid(f"{base}/{name} is larger than any file of a release")
        return answer.content

    return read


def _beside(release: str, read: ReadFile) -> ReadFile | None:
    """Return a reader of the release before when it lies beside this one."""
    manifest, _ = read_manifest(read)
    before = manifest.get("previous")
    if not isinstance(before, dict):
        return None
    return _sibling(release, str(before["week"]))


def _sibling(release: str, week: str) -> ReadFile | None:
    """Return a reader of another week that lies beside this one, if there is one."""
    if not _WEEK.fullmatch(week):
        return None
    place = release.rstrip("/").rpartition("/")[0]
    path = f"{place}/{week}" if place else week
    if path.startswith(("http://", "https://")):
        return reader(path)
    return reader(path) if Path(path).is_dir() else None


def _public_key(path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii").strip()
        bytes.fromhex(text)
    except (OSError, ValueError) as error:
        raise ReleaseInvalid(f"{path} holds no public key (64 hex digits)") from error
    return text
