"""Check a release of Unseen with the standard library and PyNaCl alone: no code of ours is needed.

    python verify_release.py FOLDER-or-URL [PUBLIC_KEY_HEX]

Copy this one file. It refuses exactly what `unseen verify` refuses; a test holds the two together.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import urlopen

from nacl.signing import VerifyKey

Fetch = Callable[[str], bytes]
ROWS = ("questions.jsonl", "sealed.jsonl", "provenance.jsonl", "retired.jsonl")
ENDORSED = {"format", "public_key", "replaces", "since", "signature"}
WEEK, KEY, SIGNATURE = r"\d{4}-W\d{2}", r"[0-9a-f]{64}", rb"[0-9a-f]{128}\n"


def need(holds: object, otherwise: str) -> None:
    """Refuse the release, with the reason, unless something holds."""
    if not holds:
        raise ValueError(otherwise)


def canonical(value: Any) -> bytes:  # noqa: ANN401 - whatever JSON can hold
    """Return the RFC 8785 form of a JSON value."""
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        told = (canonical(name) + b":" + canonical(part) for name, part in members)
        return b"{" + b",".join(told) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    if isinstance(value, float):
        return number(value).encode()
    exact = not isinstance(value, int) or abs(value) < 2**53
    need(exact, "a number is too large for JSON to hold it exactly")
    return json.dumps(value, ensure_ascii=False).encode()


def number(value: float) -> str:
    """Return a float as ECMAScript writes it (RFC 8785, section 3.2.2.3)."""
    need(abs(value) < float("inf"), "a number is not finite")
    _, figures, exponent = Decimal(repr(abs(value))).as_tuple()
    point, digits = len(figures) + int(exponent), "".join(map(str, figures)).rstrip("0")
    sign, n = "-" if value < 0 else "", len(digits)
    if not digits:
        return "0"
    if n <= point <= 21:
        return sign + digits + "0" * (point - n)
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return f"{sign}{digits[0]}{'.' * (n > 1)}{digits[1:]}e{point - 1:+d}"


def tree(leaves: Sequence[bytes]) -> bytes:
    """Return the Merkle root of RFC 9162."""
    if len(leaves) < 2:
        return hashlib.sha256(b"\0" + leaves[0] if leaves else b"").digest()
    half = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree(leaves[:half]) + tree(leaves[half:])).digest()


def sha256(body: bytes) -> str:
    """Return a SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def moment(text: str) -> datetime:
    """Return an RFC 3339 time; one without an offset is none."""
    at = datetime.fromisoformat(text)
    need(at.tzinfo, f"{text} names no offset")
    return at


def rows(body: bytes) -> list[dict[str, Any]]:
    """Return the rows of a .jsonl file."""
    return [json.loads(line) for line in body.splitlines()]


def check_signature(message: bytes, signature: str, key: str) -> None:
    """Refuse a signature that is not of this message by this key (Ed25519)."""
    VerifyKey(bytes.fromhex(key)).verify(message, bytes.fromhex(signature))


class Release(NamedTuple):
    """A manifest whose signature holds, and the signing keys that led to its own, oldest first."""

    fetch: Fetch
    manifest: dict[str, Any]
    sha256: str
    keys: list[str]
    week: str

    @property
    def history(self) -> list[dict[str, str]]:
        """The endorsements of its keys."""
        found: list[dict[str, str]] = self.manifest.get("key_history", [])
        return found


def signed(fetch: Fetch, pinned: str | None = None) -> Release:
    """Return a release whose manifest is canonical and signed by the end of its line of keys."""
    raw = fetch("manifest.json")
    manifest = json.loads(raw)
    need(canonical(manifest) == raw, "manifest.json is not in canonical form")
    need(manifest["format"] == "unseen-release/1", "manifest.json is of another format")
    signature = fetch("manifest.sig")
    need(re.fullmatch(SIGNATURE, signature), "manifest.sig is not 128 hex digits and a line end")
    release = Release(fetch, manifest, sha256(raw), [], str(manifest["week"]))
    need(isinstance(release.history, list), "key_history is no list")
    for each in release.history:
        need(each.keys() == ENDORSED and each["format"] == "unseen-key/1", "no endorsement")
        need(all(re.fullmatch(KEY, each[k]) for k in ("public_key", "replaces")), "no key")
        statement = canonical({name: each[name] for name in ENDORSED - {"signature"}})
        check_signature(statement, each["signature"], each["replaces"])
        release.keys.append(each["replaces"])
    release.keys.append(manifest["public_key"])
    need(re.fullmatch(KEY, release.keys[-1]), "public_key is no key")
    times = [moment(each["since"]) for each in release.history]
    joined = [each["public_key"] for each in release.history] == release.keys[1:]
    distinct = len(set(release.keys)) == len(release.keys)
    need(joined and distinct and times == sorted(times), "key_history does not lead to its end")
    need(pinned in (None, *release.keys), f"not signed by {pinned}, nor by a key it led to")
    check_signature(raw, signature.decode().strip(), release.keys[-1])
    return release


def check_files(release: Release) -> None:
    """Check hashes, sizes, counts, tree, and that every revealed answer opens its commitment."""
    manifest, fetch = release.manifest, release.fetch
    need({*ROWS, "README.md", "questions.parquet"} <= set(manifest["files"]), "a file is unsigned")
    for name, stated in manifest["files"].items():
        need("/" not in name and not name.startswith("."), f"{name} is outside the release")
        body = fetch(name)
        need((len(body), sha256(body)) == (stated["bytes"], stated["sha256"]), f"{name} differs")
    opened, sealed = rows(fetch("questions.jsonl")), rows(fetch("sealed.jsonl"))
    leaves = [canonical(row) for row in sorted(opened + sealed, key=lambda row: row["id"])]
    stated, counts = manifest["merkle"], manifest["counts"]
    need((len(leaves), tree(leaves).hex()) == (stated["size"], stated["root"]), "another tree")
    need((len(opened), len(sealed)) == (counts["open"], counts["sealed"]), "other counts")
    for row in rows(fetch("retired.jsonl")):
        salt, answer = bytes.fromhex(row["salt"]), row["canonical_answer"].encode()
        hidden = json.loads(answer)
        need(sha256(salt + answer) == row["commitment"] and len(salt) == 32, f"{row['id']}: salt")
        need(hidden == {k: row[k] for k in hidden} and "answer" in hidden, f"{row['id']}: answer")


def chain(
    release: Release, beside: Callable[[str], Fetch | None]
) -> tuple[list[Release], str | None]:
    """Return the earlier releases as far as they are at hand, and the one that is not."""
    found: list[Release] = []
    later = release
    while (before := later.manifest["previous"]) is not None:
        week = str(before["week"])
        need(week < later.week, f"{later.week} cannot follow {week}")
        fetch = beside(week)
        try:
            raw = fetch("manifest.json") if fetch else None
        except FileNotFoundError:
            raw = None
        if fetch is None or raw is None:
            return found, week
        need(sha256(raw) == before["manifest_sha256"], f"{week} is not what {later.week} follows")
        earlier = signed(fetch)
        need(earlier.week == week, f"{week} holds {earlier.week}")
        need(earlier.keys == release.keys[: len(earlier.keys)], f"{week} is of other keys")
        in_time(earlier, release.history)
        found.append(later := earlier)
    return found, None


def in_time(release: Release, endorsements: Sequence[dict[str, str]]) -> None:
    """Refuse what is dated after its key was replaced."""
    for each in endorsements:
        if each["replaces"] == release.keys[-1]:
            late = moment(release.manifest["as_of"]) > moment(each["since"])
            need(not late, f"{release.week} is signed by a key that was replaced before")


def witnesses(
    release: Release, beside: Callable[[str], Fetch | None], weeks: Sequence[str], key: str | None
) -> list[Release]:
    """Return the other releases at hand whose word counts: of the pinned line, else all."""
    found = []
    for week in weeks:
        fetch = beside(week) if week != release.week else None
        try:
            other = signed(fetch) if fetch else None
        except Exception:  # Nobody's word is no evidence.
            continue
        if other and other.week == week:
            known = week < release.week and set(other.keys) & set(release.keys)
            if key is None or key in other.keys or known:
                found.append(other)
    return found


def verify(
    fetch: Fetch,
    key: str | None,
    named: str,
    beside: Callable[[str], Fetch | None],
    weeks: Sequence[str],
) -> str:
    """Check a release and return what holds; anything raised means that it does not."""
    release = signed(fetch, key)
    need(named == release.week or not re.fullmatch(WEEK, named), f"this is {release.week}")
    check_files(release)
    earlier, missing = chain(release, beside)
    others, heirs = witnesses(release, beside, weeks, key), dict[str, str]()
    endorsements = [each for one in (release, *others) for each in one.history]
    for each in endorsements:
        heir = heirs.setdefault(each["replaces"], each["public_key"])
        need(heir == each["public_key"], f"{each['replaces']} endorses two keys")
    in_time(release, endorsements)
    followed = {one.week for one in earlier}
    for other in others:
        need(set(other.keys) & set(release.keys), f"{other.week} is of other keys; name yours")
        before = other.manifest["previous"] or {"week": ""}
        if other.week < release.week:
            known = other.week in followed or other.week <= (missing or "")
            need(known, f"{other.week} is not in the chain of {release.week}")
        elif before["week"] <= release.week:
            same = before["week"] == release.week and before["manifest_sha256"] == release.sha256
            need(same, f"the chain is forked: {other.week} does not follow this {release.week}")
    told = [row for name in ("retired.jsonl", "sealed.jsonl") for row in rows(fetch(name))]
    for one in earlier:
        if not any(row["first_release"] <= one.week for row in told):
            break
        body = one.fetch("sealed.jsonl")
        need(sha256(body) == one.manifest["files"]["sealed.jsonl"]["sha256"], f"{one.week} differs")
        promised = {row["id"]: row["commitment"] for row in rows(body)}
        for row in told:
            due = row["id"] in promised or row["first_release"] == one.week
            kept = promised.get(row["id"]) == row["commitment"]
            need(kept or not due, f"{row['id']}: {one.week} committed to something else")
    far = f"chain of {len(earlier) + 1} week{'s' * bool(earlier)}"
    far += f" back to {(release, *earlier)[-1].week}"
    gap = f" ({missing} is not at hand)" if missing else ""
    return f"{release.week} holds under key {release.keys[-1]}; {far}{gap}"


def at(place: str) -> Fetch:
    """Return what reads the files of a folder or an address; FileNotFoundError where none is."""
    if not place.startswith(("http://", "https://")):
        return lambda name: Path(place, name).read_bytes()

    def fetch(name: str) -> bytes:
        try:
            with urlopen(f"{place}/{name}", timeout=60) as answer:
                body: bytes = answer.read()
                return body
        except HTTPError as error:
            if error.code in (403, 404, 410):
                raise FileNotFoundError(f"{place}/{name}") from error
            raise

    return fetch


def main(release: str, key: str | None = None) -> str:
    """Check the release at a folder or an address, with what lies beside it."""
    if release.startswith(("http://", "https://")):
        place, _, named = release.rstrip("/").rpartition("/")
        try:
            weeks = [str(json.loads(at(f"{place}/latest")("manifest.json"))["week"])]
        except Exception:  # An address that has no newest release to tell of.
            weeks = []
        return verify(at(f"{place}/{named}"), key, named, lambda w: safe(place, w), weeks)
    folder = Path(release).resolve()
    weeks = sorted(path.name for path in folder.parent.iterdir() if path.is_dir())
    there = {week: safe(str(folder.parent), week) for week in weeks}
    return verify(at(str(folder)), key, folder.name, there.get, weeks)


def safe(place: str, week: str) -> Fetch | None:
    """Return what reads a week at a place, never anything else there."""
    return at(f"{place}/{week}") if re.fullmatch(WEEK, week) else None


if __name__ == "__main__":
    try:
        print(main(*sys.argv[1:3]))
    except Exception as error:
        sys.exit(f"REFUSED: {type(error).__name__}: {error}")
