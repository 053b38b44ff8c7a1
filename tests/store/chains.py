"""Five published weeks of a house that rotated both its keys, and copies of them to ruin."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import rfc8785

from scripts import verify_release as alone
from store.errors import ReleaseInvalid
from store.records import sha256_hex
from store.releases import merkle
from store.releases.chain import Beside
from store.releases.key_files import rotate_sealing, rotate_signing
from store.releases.keys import Keys
from store.releases.publish import question_leaves
from store.releases.signed import ReadFile
from store.releases.verify import Verified, verify
from tests.building import World
from tests.store.weeks import pier

WEEKS = ("2026-W31", "2026-W32", "2026-W33", "2026-W34", "2026-W35")
FIRST, LAST = WEEKS[0], WEEKS[-1]
#: The seal key changes after the second week, the signing key after the third.
SEALED_ANEW, SIGNED_ANEW = WEEKS[2], WEEKS[3]
ROTATED_AT = datetime(2026, 8, 19, tzinfo=UTC)

Files = dict[str, bytes]


def reader(files: Mapping[str, bytes]) -> ReadFile:
    """Return what reads files that are held in memory."""

    def read(name: str) -> bytes:
        if name not in files:
            raise FileNotFoundError(name)
        return files[name]

    return read


@dataclass
class Weeks:
    """The files of some weeks by name, and the keys that signed them."""

    files: dict[str, Files]
    #: Before and after the signing key was replaced; the old secret lives in this test alone.
    old: Keys
    new: Keys
    stranger: Keys = field(default_factory=lambda: Keys(b"s" * 32, b"s" * 32))

    def copy(self) -> Weeks:
        """Return a copy that may be ruined."""
        return Weeks({w: dict(f) for w, f in self.files.items()}, self.old, self.new)

    def keys_of(self, week: str) -> Keys:
        """Return the keys that a week was signed with."""
        return self.new if week >= SIGNED_ANEW else self.old

    def manifest(self, week: str) -> dict:
        """Return a week's manifest."""
        return json.loads(self.files[week]["manifest.json"])

    def fit(self, week: str, change: Callable[[dict], object] = lambda m: None) -> None:
        """Make hashes, tree and counts of the manifest fit the files; nobody signs that."""
        files, manifest = self.files[week], self.manifest(week)
        for name in manifest["files"]:
            if name in files:
                body = files[name]
                manifest["files"][name] = {"sha256": sha256_hex(body), "bytes": len(body)}
        try:
            leaves = question_leaves(files["questions.jsonl"], files["sealed.jsonl"])
        except (ValueError, KeyError, TypeError, RecursionError):
            leaves = []
        manifest["merkle"] |= {"root": merkle.root(leaves).hex(), "size": len(leaves)}
        for name, kind in (("questions.jsonl", "open"), ("sealed.jsonl", "sealed")):
            manifest["counts"][kind] = len(files.get(name, b"").splitlines())
        change(manifest)
        files["manifest.json"] = rfc8785.dumps(manifest)

    def sign(self, week: str, keys: Keys | None = None) -> None:
        """Sign a week's manifest as it stands, as its operator does."""
        signature = (keys or self.keys_of(week)).sign(self.files[week]["manifest.json"])
        self.files[week]["manifest.sig"] = f"{signature}\n".encode()

    def sign_by_stranger(self, week: str) -> None:
        """Sign a week by another key, which the manifest then names."""

        def name(manifest: dict) -> None:
            manifest["public_key"] = self.stranger.public_hex
            manifest.pop("key_history", None)

        self.fit(week, name)
        self.sign(week, self.stranger)

    def verify(self, asked: str = LAST, key: str | None = None, named: str = "") -> Verified:
        """Verify a week with the others beside it, as `unseen verify` does."""

        def beside(week: str) -> ReadFile | None:
            return reader(self.files[week]) if week in self.files else None

        return verify(
            reader(self.files[asked]),
            public_key=key,
            expected_week=named or asked,
            beside=Beside(beside, sorted(self.files)),
        )

    def verify_alone(self, asked: str = LAST, key: str | None = None, named: str = "") -> str:
        """Verify a week with the verifier that is one file."""

        def beside(week: str) -> ReadFile | None:
            return reader(self.files[week]) if week in self.files else None

        return alone.verify(
            reader(self.files[asked]), key, named or asked, beside, sorted(self.files)
        )

    def refusal(self, asked: str = LAST, key: str | None = None, named: str = "") -> str | None:
        """Return why a week is refused, None when it holds; both verifiers must agree."""
        try:
            self.verify(asked, key, named)
            why = None
        except ReleaseInvalid as error:
            why = str(error)
        try:
            self.verify_alone(asked, key, named)
            why_alone = None
        except Exception as error:  # Whatever it raises, it refuses.
            why_alone = f"{type(error).__name__}: {error}"
        agree = (why is None) == (why_alone is None)
        assert agree, f"unseen verify: {why}; verify_release.py: {why_alone}"
        return why


def publish_five_weeks(world: World) -> Weeks:
    """Publish five weeks: two sealed questions revealed, two carried on, both keys replaced."""
    told = {number: world.tell(pier(number), WEEKS[0]) for number in range(20)}
    keys_folder = world.home / "keys"
    world.release(WEEKS[0], [told[0], told[1], told[2]], [told[10], told[11]])
    world.release(WEEKS[1], [told[3]], [told[10], told[11], told[12]])
    rotate_sealing(keys_folder, lambda n: bytes(range(100, 100 + n)))
    world.keys = Keys.load(keys_folder)
    world.release(WEEKS[2], [told[4]], [told[number] for number in (10, 11, 12, 13)])
    old = world.keys
    rotate_signing(keys_folder, ROTATED_AT, lambda n: bytes(range(200, 200 + n)))
    world.keys = Keys.load(keys_folder)
    world.release(
        WEEKS[3], [told[5]], [told[11], told[12], told[13]], [(told[10], "end of its six weeks")]
    )
    world.release(
        WEEKS[4],
        [told[6], told[7]],
        [told[11], told[13]],
        [
            (told[12], "stale"),
        ],
    )
    root = world.home / "releases"
    files = {
        week: {path.name: path.read_bytes() for path in (root / week).iterdir()} for week in WEEKS
    }
    return Weeks(files, old, world.keys)
