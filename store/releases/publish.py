"""Publishing one week: every file written beside its final name, then one rename.

A crash before the rename leaves nothing but a draft folder; a crash after it leaves a whole
release that `reconcile` enters into the database at the next start. Who publishes holds a lock on
the folder of releases, so that nobody sweeps a draft that is being written.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import rfc8785
from sqlalchemy import Engine
from sqlmodel import col, select

from store.database import session
from store.durable import alone_in, fsync_folder, make_folder
from store.errors import ReleaseExists, ReleaseOutOfOrder, StoreError, UnseenError
from store.records import Question, ReleaseNote, sha256_hex
from store.releases import MANIFEST, SIGNATURE, merkle
from store.releases.card import dataset_card
from store.releases.changes import FIRST, Changes
from store.releases.endorsements import KeyLine
from store.releases.keys import Keys
from store.releases.rows import (
    canonical_answer,
    commitment,
    jsonl,
    open_row,
    revealed_row,
    sealed_row,
)
from store.releases.signed import FORMAT
from store.tables import ReleaseItemRow, ReleaseRow, RetirementRow


@dataclass(frozen=True)
class Item:
    """A question as one release carries it."""

    question: Question
    first_release: str
    sealed: bool
    #: A line of `provenance.jsonl`, made for the question's form in this release.
    provenance: Mapping[str, Any]


@dataclass(frozen=True)
class Retired:
    """A question that leaves, and why."""

    question: Question
    first_release: str
    why: str
    #: When its source's text was taken down; it is then revealed without that.
    text_removed_on: date | None = None


@dataclass(frozen=True)
class Draft:
    """Everything a release is made of; the same draft gives the same bytes."""

    week: str
    as_of: datetime
    cutoff: datetime
    items: Sequence[Item]
    retired: Sequence[Retired] = ()
    #: Policy, checks, index, funnel, cost, shortfall: what the manifest says beside the counts.
    statement: Mapping[str, Any] = field(default_factory=dict)
    #: What is new since the release before, for the card.
    changes: Changes = FIRST


def release_files(
    draft: Draft, keys: Keys, promised: Mapping[str, str | None] = MappingProxyType({})
) -> dict[str, bytes]:
    """Return the files of a release but manifest and signature, by name.

    Args:
        draft: What it is made of.
        keys: What seals its answers.
        promised: The commitments that earlier weeks published, by question: each keeps the salt
            it was sealed with, whatever seal key came since.
    """
    # Parquet takes a fifth of a second to import; who only reads releases never needs it.
    from store.releases.parquet import parquet

    items = sorted(draft.items, key=lambda item: item.question.id)
    opened = [
        open_row(item.question, release=draft.week, first_release=item.first_release)
        for item in items
        if not item.sealed
    ]
    sealed = [
        sealed_row(
            item.question,
            _salt(item.question, keys, promised),
            release=draft.week,
            first_release=item.first_release,
        )
        for item in items
        if item.sealed
    ]
    retired = [
        revealed_row(
            gone.question,
            _salt(gone.question, keys, promised),
            release=draft.week,
            first_release=gone.first_release,
            why=gone.why,
            text_removed_on=gone.text_removed_on,
        )
        for gone in sorted(draft.retired, key=lambda gone: gone.question.id)
    ]
    return {
        "questions.jsonl": jsonl(opened),
        "questions.parquet": parquet(opened),
        "sealed.jsonl": jsonl(sealed),
        "provenance.jsonl": jsonl([item.provenance for item in items]),
        "retired.jsonl": jsonl(retired),
    }


def _salt(question: Question, keys: Keys, promised: Mapping[str, str | None]) -> bytes:
    told, answer = promised.get(question.id), canonical_answer(question)
    opening = (salt for salt in keys.salts(question.id) if commitment(salt, answer) == told)
    return next(opening, keys.salt(question.id))


def question_leaves(questions: bytes, sealed: bytes) -> list[bytes]:
    """Return the Merkle entries: canonical row of every question, open and sealed, by id."""
    rows = [json.loads(line) for line in (questions + sealed).splitlines()]
    return [rfc8785.dumps(row) for row in sorted(rows, key=lambda row: row["id"])]


def manifest_of(
    draft: Draft,
    files: Mapping[str, bytes],
    previous: ReleaseNote | None,
    public_key: str,
    line: KeyLine | None = None,
) -> dict[str, Any]:
    """Return the manifest: counts, hashes, tree, chain, keys, and the draft's statement."""
    leaves = question_leaves(files["questions.jsonl"], files["sealed.jsonl"])
    # Of open questions only: with the sealed ones a small week would tell a sealed one's family.
    families = sorted(item.question.family for item in draft.items if not item.sealed)
    return {
        **draft.statement,
        "format": FORMAT,
        "week": draft.week,
        "as_of": draft.as_of.isoformat(),
        "cutoff": draft.cutoff.isoformat(),
        "counts": {
            "open": sum(not item.sealed for item in draft.items),
            "sealed": sum(item.sealed for item in draft.items),
            "retired": len(draft.retired),
            "families": {name: families.count(name) for name in dict.fromkeys(families)},
        },
        "files": {
            name: {"sha256": sha256_hex(body), "bytes": len(body)}
            for name, body in sorted(files.items())
        },
        "merkle": {
            "algorithm": "RFC 9162 SHA-256 over canonical rows by id",
            "root": merkle.root(leaves).hex(),
            "size": len(leaves),
        },
        "previous": {"week": previous.week, "manifest_sha256": previous.manifest_sha256}
        if previous
        else None,
        "public_key": public_key,
        # Who pinned an earlier key is led to this one by the release's own files.
        **({"key_history": line.as_json()} if line else {}),
    }


def newest_release(engine: Engine) -> ReleaseNote | None:
    """Return the newest release, which the next one follows."""
    query = select(ReleaseRow).order_by(col(ReleaseRow.week).desc())
    with session(engine) as work:
        row = work.exec(query.limit(1)).first()
        return row.value() if row else None


def publish(draft: Draft, root: Path, engine: Engine, keys: Keys) -> ReleaseNote:
    """Write a release whole or not at all, then enter it into the database.

    Raises:
        ReleaseExists: The week is already published; nothing is changed.
        ReleaseOutOfOrder: A newer week is published.
        StoreError: The disk or the database refused; nothing is published, or `reconcile`
            completes what the rename made public.
    """
    final, folder = root / draft.week, root / f".{draft.week}.draft-{os.getpid()}"
    if (final / MANIFEST).exists():
        raise ReleaseExists(draft.week)
    ids = [i.question.id for i in draft.items] + [r.question.id for r in draft.retired]
    if len(set(ids)) < len(ids):
        raise StoreError(f"release {draft.week} names a question twice")
    promised = _promised(draft, root, keys)
    files = release_files(draft, keys, promised)
    files["README.md"] = dataset_card(draft.week, draft.items, draft.changes).encode()
    try:
        make_folder(root)
        with alone_in(root):
            previous = newest_release(engine)
            if previous and previous.week >= draft.week:
                raise _refusal(draft.week, previous.week)
            _keep_promises(files, promised)
            keys.refuse_replaced()
            manifest = manifest_of(draft, files, previous, keys.public_hex, keys.line)
            canonical = rfc8785.dumps(manifest)
            files |= {MANIFEST: canonical, SIGNATURE: f"{keys.sign(canonical)}\n".encode()}
            try:
                _write_folder(folder, files)
                _rename_once(folder, final)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
            return enter(final, engine)
    except FileExistsError as error:
        raise ReleaseExists(draft.week) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise StoreError(f"release {draft.week} cannot be written: {why}") from error


def _promised(draft: Draft, root: Path, keys: Keys) -> dict[str, str | None]:
    """Return what the week that first sealed a question committed to; None where it did not.

    Raises:
        StoreError: That week is not at hand, and there are several seal keys it may have used.
    """
    carried = [(i.question.id, i.first_release) for i in draft.items if i.sealed]
    carried += [(gone.question.id, gone.first_release) for gone in draft.retired]
    published: dict[str, dict[str, str]] = {}
    for question_id, week in carried:
        sealed = root / week / "sealed.jsonl"
        if week not in published and sealed.exists():
            rows = map(json.loads, sealed.read_bytes().splitlines())
            published[week] = {row["id"]: row["commitment"] for row in rows}
        if week not in published and week != draft.week and keys.old_seals:
            raise StoreError(f"{week} is not at hand to tell which seal key sealed {question_id}")
    return {name: published[week].get(name) for name, week in carried if week in published}


def _keep_promises(files: Mapping[str, bytes], promised: Mapping[str, str | None]) -> None:
    """Refuse to reveal or carry what is not what an earlier week sealed: keys or rows changed.

    Raises:
        StoreError: A commitment differs from the published one.
    """
    for name, verb in (("retired.jsonl", "revealed"), ("sealed.jsonl", "carried on")):
        for row in map(json.loads, files[name].splitlines()):
            if promised.get(row["id"], row["commitment"]) != row["commitment"]:
                raise StoreError(
                    f"{row['id']} cannot be {verb}: its answer or the seal key is not the one "
                    f"{row['first_release']} committed to"
                )


def _refusal(week: str, newest: str) -> UnseenError:
    return ReleaseExists(week) if week == newest else ReleaseOutOfOrder(week, newest)


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, body in files.items():
        with open(folder / name, "xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    fsync_folder(folder)


def _rename_once(folder: Path, final: Path) -> None:
    """Give the draft its final name; a folder with files in it there makes rename fail."""
    try:
        os.rename(folder, final)
    except OSError as error:
        if final.exists():
            raise FileExistsError(final) from error
        raise
    fsync_folder(final.parent)


def enter(folder: Path, engine: Engine) -> ReleaseNote:
    """Enter a published folder into the database; doing it again changes nothing.

    Raises:
        StoreError: The folder holds no whole release, or the database refused.
    """
    try:
        note, items, retirements = _rows_of(folder)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(f"{folder.name} on disk is no whole release: {error!r}") from error
    with session(engine) as work:
        if work.get(ReleaseRow, note.week) is None:
            work.add(ReleaseRow.of(note))
            work.add_all(items)
            # What an earlier release revealed stays as it was.
            work.add_all(r for r in retirements if work.get(RetirementRow, r.question_id) is None)
    return note


def _rows_of(folder: Path) -> tuple[ReleaseNote, list[ReleaseItemRow], list[RetirementRow]]:
    canonical = (folder / MANIFEST).read_bytes()
    manifest = json.loads(canonical)
    note = ReleaseNote(
        week=manifest["week"],
        manifest_sha256=sha256_hex(canonical),
        merkle_root=manifest["merkle"]["root"],
        published_at=datetime.fromisoformat(manifest["as_of"]),
        n_open=manifest["counts"]["open"],
        n_sealed=manifest["counts"]["sealed"],
    )

    def rows(name: str) -> list[dict[str, Any]]:
        body = (folder / name).read_bytes()
        if sha256_hex(body) != manifest["files"][name]["sha256"]:
            raise ValueError(f"{name} is not the file its manifest names")
        return [json.loads(line) for line in body.splitlines()]

    items = [
        ReleaseItemRow(
            week=note.week,
            question_id=row["id"],
            sealed=sealed,
            role="new" if row["first_release"] == note.week else "anchor",
        )
        for name, sealed in (("questions.jsonl", False), ("sealed.jsonl", True))
        for row in rows(name)
    ]
    retirements = [
        RetirementRow(question_id=row["id"], week=note.week, why=row["retired_because"])
        for row in rows("retired.jsonl")
    ]
    return note, items, retirements


def reconcile(root: Path, engine: Engine) -> list[str]:
    """Enter releases that are on disk but not in the database, and sweep old drafts.

    Does nothing while somebody publishes: what lies there then is no leftover.

    Returns:
        The weeks that were entered.

    Raises:
        StoreError: A folder holds no whole release, or the database refused.
    """
    if not root.exists():
        return []
    with alone_in(root, wait=False) as free:
        if not free:
            return []
        for draft in root.glob(".*.draft-*"):
            shutil.rmtree(draft, ignore_errors=True)
        with session(engine) as work:
            known = set(work.exec(select(ReleaseRow.week)).all())
        missing = sorted(
            folder.name
            for folder in root.iterdir()
            if (folder / MANIFEST).exists() and folder.name not in known
        )
        for week in missing:
            enter(root / week, engine)
    return missing
