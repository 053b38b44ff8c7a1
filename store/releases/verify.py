"""Checking a release with nothing but its files: hashes, tree, signature, chain.

Needs neither the database nor the secret keys; every refusal names the file and the cause.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from store.errors import ReleaseInvalid
from store.records import sha256_hex
from store.releases import MANIFEST, merkle
from store.releases.chain import (
    Beside,
    chain_of,
    refuse_forks,
    refuse_keys_that_part,
    witnesses_of,
)
from store.releases.keys import SALT_BYTES
from store.releases.publish import question_leaves
from store.releases.signed import ReadFile, Signed, read_file, reading, signed_release

#: Files every release has; one that the manifest does not name could be anything.
ALWAYS = (
    "README.md",
    "provenance.jsonl",
    "questions.jsonl",
    "questions.parquet",
    "retired.jsonl",
    "sealed.jsonl",
)


@dataclass(frozen=True)
class Verified:
    """What was proved of a release."""

    week: str
    n_questions: int
    merkle_root: str
    public_key: str
    manifest_sha256: str
    #: Whether the chain to the release before was checked, and which it is.
    previous_week: str | None
    chain_checked: bool
    #: How many releases of its chain hold, itself among them, and the oldest of them.
    chain_length: int
    chain_back_to: str
    #: The release at which the chain could not be followed any further; None: back to the first.
    chain_missing: str | None
    #: Whether the signature was checked against a key the reader brought.
    key_pinned: bool


def verify(
    read: ReadFile,
    *,
    public_key: str | None = None,
    previous: ReadFile | None = None,
    expected_week: str | None = None,
    beside: Beside | None = None,
) -> Verified:
    """Prove a release from its files, and its chain from the manifests that lie beside it.

    Args:
        read: Reads a file of the release.
        public_key: A key of the operator, from a place you trust: the one that signed, or one
            that led to it. Without it the release is checked against the key it names itself,
            which proves only that it is whole.
        previous: Reads a file of the release before, which then must be there.
        expected_week: The week that was asked for.
        beside: The other releases at hand. Earlier ones are followed as far as they are there;
            answers and commitments are compared with those of each.

    Raises:
        ReleaseInvalid: Something does not hold; the message names it.
    """
    release = signed_release(read, pinned=public_key)
    around = beside or Beside()
    with reading(MANIFEST):
        if expected_week and release.week != expected_week:
            raise ReleaseInvalid(f"{MANIFEST} is of {release.week}, not of {expected_week}")
        _check_files(release)
        _check_tree(release)
        _check_counts(release)
        with reading("retired.jsonl"):
            _check_commitments(read)
        chain = chain_of(release, around, previous)
        witnesses = witnesses_of(release, around, public_key)
        refuse_keys_that_part(release, witnesses)
        refuse_forks(release, chain, witnesses)
        _check_promises(release, chain.earlier)
        before, stated = release.manifest["previous"], release.manifest["merkle"]
        return Verified(
            week=release.week,
            n_questions=stated["size"],
            merkle_root=stated["root"],
            public_key=release.key,
            manifest_sha256=release.sha256,
            previous_week=str(before["week"]) if before else None,
            chain_checked=bool(chain.earlier) or before is None,
            chain_length=1 + len(chain.earlier),
            chain_back_to=(release, *chain.earlier)[-1].week,
            chain_missing=chain.missing,
            key_pinned=public_key is not None,
        )


def _check_counts(release: Signed) -> None:
    for name, kind in (("questions.jsonl", "open"), ("sealed.jsonl", "sealed")):
        if len(read_file(release.read, name).splitlines()) != release.manifest["counts"][kind]:
            raise ReleaseInvalid(f"{MANIFEST} counts other {kind} questions than {name} holds")


def _check_promises(release: Signed, earlier: Sequence[Signed]) -> None:
    """Compare each commitment, revealed or still sealed, with those of every earlier week."""
    rows = [
        (name, json.loads(line))
        for name in ("retired.jsonl", "sealed.jsonl")
        for line in read_file(release.read, name).splitlines()
    ]
    oldest = min((str(row["first_release"]) for _, row in rows), default=release.week)
    for week in earlier:
        if week.week < oldest:
            break
        with reading(f"{week.week}/sealed.jsonl"):
            sealed = _commitments(week)
        for name, row in rows:
            told = sealed.get(row["id"])
            # A week between may have rested a question; the first one sealed it.
            if row["commitment"] != told and (told or row["first_release"] == week.week):
                verb = "revealed" if name == "retired.jsonl" else "sealed"
                raise ReleaseInvalid(
                    f"{name}: {row['id']} is not {verb} as {week.week} had sealed it"
                )


def _commitments(release: Signed) -> dict[str, str]:
    """Return what an earlier week committed to, by question."""
    body = read_file(release.read, "sealed.jsonl", f"{release.week}/")
    if sha256_hex(body) != release.manifest["files"]["sealed.jsonl"]["sha256"]:
        raise ReleaseInvalid(f"{release.week}/sealed.jsonl is not the file that was signed")
    return {row["id"]: row["commitment"] for row in map(json.loads, body.splitlines())}


def _check_files(release: Signed) -> None:
    stated_files = release.manifest["files"]
    unsigned = [name for name in ALWAYS if name not in stated_files]
    if unsigned:
        raise ReleaseInvalid(f"{MANIFEST} does not sign {unsigned[0]}")
    for name, stated in stated_files.items():
        if "/" in name or name.startswith("."):
            raise ReleaseInvalid(f"{MANIFEST} names a file outside the release: {name!r}")
        body = read_file(release.read, name)
        if len(body) != stated["bytes"] or sha256_hex(body) != stated["sha256"]:
            raise ReleaseInvalid(f"{name} is not the file that was signed")


def _check_tree(release: Signed) -> None:
    files = [read_file(release.read, name) for name in ("questions.jsonl", "sealed.jsonl")]
    with reading("questions.jsonl or sealed.jsonl"):
        leaves = question_leaves(*files)
    stated = release.manifest["merkle"]
    if len(leaves) != stated["size"] or merkle.root(leaves).hex() != stated["root"]:
        raise ReleaseInvalid("the questions do not give the Merkle root that was signed")


def _check_commitments(read: ReadFile) -> None:
    """Check that every revealed answer opens the commitment it was sealed with."""
    for line in read_file(read, "retired.jsonl").splitlines():
        row = json.loads(line)
        salt, answer = bytes.fromhex(row["salt"]), row["canonical_answer"].encode()
        hidden = json.loads(answer)
        shown = {name: row[name] for name in hidden}
        opens = hashlib.sha256(salt + answer).hexdigest() == row["commitment"]
        # Of another length, the salt could lend the answer bytes or borrow some.
        if not opens or len(salt) != SALT_BYTES or hidden != shown or "answer" not in hidden:
            raise ReleaseInvalid(f"retired.jsonl: the answer of {row['id']} is not the sealed one")
