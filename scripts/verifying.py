"""`unseen verify`: a release from a folder or a URL, with nothing but its files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from scripts.verifying_errata import verify_errata
from store.errors import ReleaseInvalid
from store.releases import MANIFEST, SIGNATURE
from store.releases.chain import Beside
from store.releases.endorsements import PUBLIC_KEY_FORM
from store.releases.signed import ReadFile, read_manifest
from store.releases.verify import Verified, verify

#: A folder or an address that is named for a week must hold that week.
_WEEK = re.compile(r"\d{4}-W\d{2}")
_WEB = ("http://", "https://")
#: A release is read whole; larger files than this are not one of ours.
MAX_FILE_BYTES = 500_000_000
#: How a server says that there is no such file; some stores hide that behind 403.
_NOT_THERE = {403, 404, 410}


@dataclass(frozen=True)
class Proof:
    """What was proved, in words."""

    proved: Verified
    #: Files that lie in the folder and are no part of the release: nobody signed them.
    unsigned: tuple[str, ...] = ()
    #: How many entries of the errata ledger hold; None where none was at hand.
    n_errata: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the proof as a JSON object."""
        return asdict(self.proved) | {
            "unsigned": list(self.unsigned),
            "n_errata": self.n_errata,
        }

    def sentence(self) -> str:
        """Say what holds and what was not looked at."""
        p = self.proved
        signed = (
            f"signed by the key you named ({p.public_key[:16]}…)"
            if p.key_pinned
            else f"signed by the key it names itself ({p.public_key[:16]}…; pin it with --key)"
        )
        said = (
            f"{p.week} holds: {p.n_questions} questions under Merkle root {p.merkle_root[:16]}…, "
            f"{signed}; {self._chain()}"
        )
        if self.unsigned:
            said += f"; lies there unsigned and is no part of it: {', '.join(self.unsigned)}"
        if self.n_errata is not None:
            said += f"; {self.n_errata} errata hold"
        return said

    def _chain(self) -> str:
        p = self.proved
        if p.previous_week is None:
            return "it is the first of its chain"
        if not p.chain_checked:
            return f"the release before ({p.chain_missing}) was not at hand to check the chain"
        weeks = f"chain of {p.chain_length} weeks back to {p.chain_back_to}"
        if p.chain_missing is None:
            return f"{weeks}, the first"
        return f"{weeks}; the one before it ({p.chain_missing}) was not at hand"


def verify_release(release: str, key: Path | None, previous: str | None) -> Proof:
    """Prove a release; earlier ones are looked for beside it.

    Raises:
        ReleaseInvalid: Something does not hold, or cannot be read.
    """
    if not release.startswith(_WEB):
        release = str(Path(release).resolve())
    read = reader(release)
    named = PurePosixPath(release.rstrip("/")).name
    proved = verify(
        read,
        public_key=_public_key(key) if key else None,
        previous=reader(previous) if previous else None,
        expected_week=named if _WEEK.fullmatch(named) else None,
        beside=_beside(release.rstrip("/")),
    )
    if not release.startswith(_WEB):
        return Proof(proved, _unsigned(Path(release), read))
    api, _, week = release.rstrip("/").rpartition("/sets/")
    if not api or "/" in week:
        return Proof(proved)
    manifest, _ = read_manifest(read)
    return Proof(proved, n_errata=verify_errata(reader(api), manifest, proved.public_key))


def reader(release: str) -> ReadFile:
    """Return what reads a file of a release, from a folder or over HTTP."""
    if release.startswith(_WEB):
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
        if answer.status_code in _NOT_THERE:
            raise FileNotFoundError(f"{base}/{name} answered {answer.status_code}")
        if answer.status_code != 200:
            raise ReleaseInvalid(f"{base}/{name} answered {answer.status_code}")
        if len(answer.content) > MAX_FILE_BYTES:
            raise ReleaseInvalid(f"{base}/{name} is larger than any file of a release")
        return answer.content

    return read


def _beside(release: str) -> Beside:
    """Return the other releases of the folder or address that a release lies in."""
    place = release.rpartition("/")[0] if release.startswith(_WEB) else str(Path(release).parent)

    def read(week: str) -> ReadFile | None:
        there = _WEEK.fullmatch(week) and (place.startswith(_WEB) or Path(place, week).is_dir())
        return reader(f"{place}/{week}") if there else None

    if place.startswith(_WEB):
        return Beside(read, _newest_at(place))
    weeks = [path.name for path in Path(place).iterdir() if _WEEK.fullmatch(path.name)]
    return Beside(read, sorted(weeks))


def _newest_at(place: str) -> list[str]:
    """Return the newest week at an address, where it tells: its keys and chain are the last word.

    Nothing rests on it alone: the release under that name is read and checked like any other.
    """
    try:
        manifest, _ = read_manifest(reader(f"{place}/latest"))
    except (ReleaseInvalid, OSError):
        return []
    week = str(manifest.get("week"))
    return [week] if _WEEK.fullmatch(week) else []


def _unsigned(folder: Path, read: ReadFile) -> tuple[str, ...]:
    signed = {*read_manifest(read)[0]["files"], MANIFEST, SIGNATURE}
    return tuple(sorted(path.name for path in folder.iterdir() if path.name not in signed))


def _public_key(path: Path) -> str:
    try:
        text = path.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise ReleaseInvalid(f"{path} holds no public key (64 hex digits)") from error
    if not PUBLIC_KEY_FORM.fullmatch(text):
        raise ReleaseInvalid(f"{path} holds no public key (64 hex digits)")
    return text
