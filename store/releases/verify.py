"""Checking a release with nothing but its files: hashes, tree, signature, chain.

Needs neither the database nor the secret keys; every refusal names the file and the cause.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import rfc8785

from store.errors import ReleaseInvalid
from store.records import sha256_hex
from store.releases import MANIFEST, SIGNATURE, merkle
from store.releases.keys import SALT_BYTES, signature_holds
from store.releases.publish import FORMAT, question_leaves

#: Files every release has; one that the manifest does not name could be anything.
ALWAYS = (
    "README.md",
    "provenance.jsonl",
    "questions.jsonl",
    "questions.parquet",
    "retired.jsonl",
    "sealed.jsonl",
)

#: Reads one file of a release by name; raises OSError when there is none.
ReadFile = Callable[[str], bytes]

#: The one spelling of a signature: upper case or white space would be another file.
_SIGNATURE_FORM = re.compile(rb"[0-9a-f]{128}\n")


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
    #: Whether the signature was checked against a key the reader brought.
    key_pinned: bool


def _read(read: ReadFile, name: str) -> bytes:
    try:
        return read(name)
    except OSError as error:
        raise ReleaseInvalid(f"{name} is missing or cannot be read") from error


def read_manifest(read: ReadFile) -> tuple[dict[str, Any], bytes]:
    """Return the manifest and its canonical bytes.

    Raises:
        ReleaseInvalid: It is no manifest, or not in canonical form.
    """
    raw = _read(read, MANIFEST)
    try:
        manifest = json.loads(raw)
        canonical = rfc8785.dumps(manifest)
    except (ValueError, RecursionError, rfc8785.CanonicalizationError) as error:
        raise ReleaseInvalid(f"{MANIFEST} is not JSON: {error}") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ReleaseInvalid(f"{MANIFEST} is not of the form {FORMAT}")
    if canonical != raw:
        raise ReleaseInvalid(f"{MANIFEST} is not in its canonical form; somebody changed it")
    return manifest, canonical


def verify(
    read: ReadFile,
    *,
    public_key: str | None = None,
    previous: ReadFile | None = None,
    expected_week: str | None = None,
    earlier: Callable[[str], ReadFile | None] = lambda week: None,
) -> Verified:
    """Prove a release from its files.

    Args:
        read: Reads a file of the release.
        public_key: The operator's key, from a place you trust; without it the release is
            checked against the key it names itself, which proves only that it is whole.
        previous: Reads a file of the release before, to check the chain.
        expected_week: The week that was asked for.
        earlier: Gives a reader of an earlier week, where there is one: revealed answers are
            then compared with what was committed to at the time.

    Raises:
        ReleaseInvalid: Something does not hold; the message names it.
    """
    manifest, canonical = read_manifest(read)
    key = public_key or str(manifest.get("public_key"))
    signature = _read(read, SIGNATURE)
    if not _SIGNATURE_FORM.fullmatch(signature):
        raise ReleaseInvalid(f"{SIGNATURE} does not hold 128 hex digits and a line end")
    if not signature_holds(canonical, signature.decode().strip(), key):
        raise ReleaseInvalid(f"{SIGNATURE} is not a signature of {MANIFEST} under key {key[:16]}…")
    if manifest.get("public_key") != key:
        raise ReleaseInvalid(f"{MANIFEST} names another key than the one you trust")
    week = str(manifest.get("week"))
    if expected_week and week != expected_week:
        raise ReleaseInvalid(f"{MANIFEST} is of {week}, not of {expected_week}")
    try:
        _check_files(read, manifest)
        n_questions = _check_tree(read, manifest)
        _check_commitments(read)
        _check_promises(read, earlier)
        _check_counts(read, manifest)
        _check_chain(manifest, previous)
        before = manifest["previous"]
        previous_week = str(before["week"]) if before else None
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise ReleaseInvalid(f"the release is malformed: {error!r}") from error
    return Verified(
        week=week,
        n_questions=n_questions,
        merkle_root=manifest["merkle"]["root"],
        public_key=key,
        manifest_sha256=sha256_hex(canonical),
        previous_week=previous_week,
        chain_checked=previous is not None or before is None,
        key_pinned=public_key is not None,
    )


def _check_counts(read: ReadFile, manifest: dict[str, Any]) -> None:
    for name, kind in (("questions.jsonl", "open"), ("sealed.jsonl", "sealed")):
        if len(_read(read, name).splitlines()) != manifest["counts"][kind]:
            raise ReleaseInvalid(f"{MANIFEST} counts other {kind} questions than {name} holds")


def _check_promises(read: ReadFile, earlier: Callable[[str], ReadFile | None]) -> None:
    """Compare each revealed commitment with the one published when it was sealed."""
    promised: dict[str, dict[str, str] | None] = {}
    for line in _read(read, "retired.jsonl").splitlines():
        row = json.loads(line)
        week = str(row["first_release"])
        if week not in promised:
            reader = earlier(week)
            promised[week] = _commitments(reader) if reader else None
        known = promised[week]
        if known is not None and known.get(row["id"]) != row["commitment"]:
            raise ReleaseInvalid(
                f"retired.jsonl: {row['id']} is not revealed as {week} had sealed it"
            )


def _commitments(read: ReadFile) -> dict[str, str]:
    rows = [json.loads(line) for line in _read(read, "sealed.jsonl").splitlines()]
    return {row["id"]: row["commitment"] for row in rows}


def _check_files(read: ReadFile, manifest: dict[str, Any]) -> None:
    unsigned = [name for name in ALWAYS if name not in manifest["files"]]
    if unsigned:
        raise ReleaseInvalid(f"{MANIFEST} does not sign {unsigned[0]}")
    for name, stated in manifest["files"].items():
        if "/" in name or name.startswith("."):
            raise ReleaseInvalid(f"{MANIFEST} names a file outside the release: {name!r}")
        body = _read(read, name)
        if len(body) != stated["bytes"] or sha256_hex(body) != stated["sha256"]:
            raise ReleaseInvalid(f"{name} is not the file that was signed")


def _check_tree(read: ReadFile, manifest: dict[str, Any]) -> int:
    leaves = question_leaves(_read(read, "questions.jsonl"), _read(read, "sealed.jsonl"))
    stated = manifest["merkle"]
    if len(leaves) != stated["size"] or merkle.root(leaves).hex() != stated["root"]:
        raise ReleaseInvalid("the questions do not give the Merkle root that was signed")
    return len(leaves)


def _check_commitments(read: ReadFile) -> None:
    """Check that every revealed answer opens the commitment it was sealed with."""
    for line in _read(read, "retired.jsonl").splitlines():
        row = json.loads(line)
        salt, answer = bytes.fromhex(row["salt"]), row["canonical_answer"].encode()
        hidden = json.loads(answer)
        shown = {name: row[name] for name in hidden}
        opens = hashlib.sha256(salt + answer).hexdigest() == row["commitment"]
        # Of another length, the salt could lend the answer bytes or borrow some.
        if not opens or len(salt) != SALT_BYTES or hidden != shown or "answer" not in hidden:
            raise ReleaseInvalid(f"retired.jsonl: the answer of {row['id']} is not the sealed one")


def _check_chain(manifest: dict[str, Any], previous: ReadFile | None) -> None:
    before = manifest["previous"]
    if previous is None:
        return
    earlier, canonical = read_manifest(previous)
    if before is None:
        raise ReleaseInvalid(f"{manifest['week']} names no release before it")
    if (earlier["week"], sha256_hex(canonical)) != (before["week"], before["manifest_sha256"]):
        raise ReleaseInvalid(
            f"the chain is broken: {before['week']} is not the one that was signed"
        )
