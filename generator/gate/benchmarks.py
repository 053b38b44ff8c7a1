"""Adding, listing and removing benchmarks: rows in the database, then the index made from them.

The database is the truth; the folder of vectors is a cache, made again wherever it does not fit.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert
from sqlmodel import col, select

from generator.embeddings import Embedder
from generator.gate.manifest import folder_name, identity_of, read_manifest, write_manifest
from generator.gate.normal import normalise
from generator.gate.readers import HubReader, ReadBenchmark, read_benchmark
from generator.gate.references import asked_by, list_benchmarks
from generator.gate.shards import Progress, VectorCache, hash_files, read_shard, write_shard
from store.database import session
from store.errors import BenchmarkError, IndexUnusable, NotFound
from store.licences import text_may_be_shown
from store.records import Benchmark, Reference, content_hash, sha256_hex
from store.tables import BenchmarkRow, ReferenceRow

#: Rows of one INSERT; a thousand is 100 times faster than one (trap 31).
INSERT_ROWS = 1_000


def add_benchmark(
    engine: Engine,
    index_dir: Path,
    embedder: Embedder,
    origin: str,
    *,
    now: datetime,
    name: str | None = None,
    licence: str | None = None,
    revision: str | None = None,
    columns: dict[str, str] | None = None,
    progress: Progress = lambda done, total: None,
    hub: HubReader | None = None,
) -> Benchmark:
    """Add a benchmark to the reference index, or bring it up to date; only new rows are embedded.

    Interrupted at any moment, the same call goes on where it stopped. Whatever else the index
    lacks is made in the same go, so adding a known benchmark again repairs the index.

    Args:
        engine: The database that keeps the rows.
        index_dir: The folder of vectors and manifest; made when missing.
        embedder: Gives the vectors; the gate must be opened with the same one.
        origin: A file (JSONL, CSV, Parquet, `.gz` too), a hub dataset (`owner/name` or
            `owner/name:config`), or the name of a benchmark that is known already.
        now: When it was added.
        name: What to call it; by default the file's or the dataset's name.
        licence: SPDX id of its text; by default what the rows or the dataset's card say.
        revision: Commit of a hub dataset; by default the newest at the first add, kept after.
        columns: Which column holds `question`, `choices`, `answer` and `id`, where guessing fails.
        progress: Told how many texts are embedded, and of how many.
        hub: Reads hub datasets; the real hub when None.

    Raises:
        BenchmarkError: It cannot be read, or the name belongs to another origin.
    """
    with _only_writer(index_dir):
        known = {benchmark.name: benchmark for benchmark in list_benchmarks(engine)}
        same = known.get(origin) or next(
            (one for one in known.values() if one.origin == origin and name in (None, one.name)),
            None,
        )
        if same is None or not _is_current(same, origin, revision):
            read = read_benchmark(
                origin,
                revision=revision or (same.revision if same and _is_hub(origin) else None),
                columns=columns or {},
                hub=hub or HubReader(),
            )
            same = _store(engine, read, known, name=name, licence=licence, now=now)
        elif licence not in (None, same.licence):
            same = _relicense(engine, same, str(licence))
        _make_index(engine, index_dir, embedder, progress)
        return same


def remove_benchmark(
    engine: Engine,
    index_dir: Path,
    embedder: Embedder,
    name: str,
    *,
    progress: Progress = lambda done, total: None,
) -> None:
    """Take a benchmark out of database and index; nothing is embedded for it.

    Raises:
        NotFound: No benchmark has this name.
    """
    with _only_writer(index_dir):
        with session(engine) as work:
            if work.get(BenchmarkRow, name) is None:
                raise NotFound("benchmark", name)
            work.execute(delete(ReferenceRow).where(col(ReferenceRow.benchmark) == name))
            work.execute(delete(BenchmarkRow).where(col(BenchmarkRow.name) == name))
        _make_index(engine, index_dir, embedder, progress)


def repair_index(
    engine: Engine,
    index_dir: Path,
    embedder: Embedder,
    *,
    progress: Progress = lambda done, total: None,
) -> None:
    """Make again whatever the index lacks or holds damaged, from the rows in the database."""
    with _only_writer(index_dir):
        _make_index(engine, index_dir, embedder, progress)


def _is_hub(origin: str) -> bool:
    return not Path(origin).exists()


def _is_current(known: Benchmark, origin: str, revision: str | None) -> bool:
    """Whether nothing has to be read: the pinned revision, or a file that has not changed."""
    if origin == known.name or _is_hub(origin):
        return revision in (None, known.revision)
    return sha256_hex(Path(origin).read_bytes()) == known.revision


def _store(
    engine: Engine,
    read: ReadBenchmark,
    known: dict[str, Benchmark],
    *,
    name: str | None,
    licence: str | None,
    now: datetime,
) -> Benchmark:
    """Put a benchmark's rows into the database, in place of an older revision's."""
    name = name or read.name
    if name in known and known[name].origin != read.origin:
        raise BenchmarkError(
            f"a benchmark {name!r} is known already, from {known[name].origin}: "
            "give this one another name, or remove that one first"
        )
    licence = licence or read.licence or (known[name].licence if name in known else "unknown")
    benchmark = Benchmark(
        name=name,
        origin=read.origin,
        revision=read.revision,
        licence=licence,
        text_may_be_shown=text_may_be_shown(licence),
        n_rows=len(read.rows),
        added_at=now,
    )
    references = [row.model_copy(update={"benchmark": name}) for row in read.rows]
    with session(engine) as work:
        work.execute(delete(ReferenceRow).where(col(ReferenceRow.benchmark) == name))
        work.execute(delete(BenchmarkRow).where(col(BenchmarkRow.name) == name))
        work.add(BenchmarkRow.of(benchmark))
        for start in range(0, len(references), INSERT_ROWS):
            work.execute(
                insert(ReferenceRow),
                [
                    {"benchmark": name, "row_id": row.row_id, "body": row.model_dump(mode="json")}
                    for row in references[start : start + INSERT_ROWS]
                ],
            )
    return benchmark


def _relicense(engine: Engine, known: Benchmark, licence: str) -> Benchmark:
    """Put a benchmark under the licence a person found for it; its rows stay as they are."""
    changed = known.model_copy(
        update={"licence": licence, "text_may_be_shown": text_may_be_shown(licence)}
    )
    with session(engine) as work:
        work.execute(delete(BenchmarkRow).where(col(BenchmarkRow.name) == known.name))
        work.add(BenchmarkRow.of(changed))
    return changed


@contextmanager
def _only_writer(index_dir: Path) -> Iterator[None]:
    """Hold the folder for one writer; the lock dies with the process."""
    index_dir.mkdir(parents=True, exist_ok=True)
    with (index_dir / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise BenchmarkError("another process is changing the reference index") from error
        yield


def _make_index(engine: Engine, index_dir: Path, embedder: Embedder, progress: Progress) -> None:
    """Bring the folder into line with the database; the manifest is replaced last, in one step."""
    identity = identity_of(embedder)
    benchmarks = list_benchmarks(engine)
    folders = {one.name: index_dir / folder_name(one, identity) for one in benchmarks}
    unfinished = index_dir / f"unfinished-{content_hash(identity)[:16]}"
    lacking = [one for one in benchmarks if not _is_sound(folders[one.name], one, index_dir)]
    if lacking:
        cache = VectorCache(unfinished, embedder)
        names = {one.name for one in lacking}
        for folder in _earlier_shards(index_dir, identity, names):
            cache.take_over(folder)
        for name in names:
            cache.take_over(folders[name])
        for benchmark in lacking:
            references = _references_of(engine, benchmark.name)
            questions = [normalise(asked_by(reference)) for reference in references]
            cache.embed(
                [text for asked in questions for text in (asked.text, asked.part)], progress
            )
            row_ids = [reference.row_id for reference in references]
            write_shard(folders[benchmark.name], row_ids, questions, cache)
    write_manifest(index_dir, identity, [(one, folders[one.name]) for one in benchmarks])
    for path in index_dir.iterdir():
        if path.is_dir() and path not in folders.values():
            shutil.rmtree(path, ignore_errors=True)


def _is_sound(folder: Path, benchmark: Benchmark, index_dir: Path) -> bool:
    """Whether a shard is the one the manifest lists, whole; anything else is made again."""
    try:
        entries = {entry["folder"]: entry for entry in read_manifest(index_dir)["benchmarks"]}
        return (
            folder.name in entries
            and hash_files(folder) == entries[folder.name]["files"]
            and len(read_shard(folder).row_ids) == benchmark.n_rows
        )
    except IndexUnusable:
        return False


def _earlier_shards(index_dir: Path, identity: dict[str, Any], names: set[str]) -> list[Path]:
    """Return the shards of `names` made by the same model and normaliser: their vectors hold."""
    try:
        manifest = read_manifest(index_dir)
    except IndexUnusable:
        return []
    if any(manifest.get(key) != value for key, value in identity.items()):
        return []
    return [
        index_dir / entry["folder"] for entry in manifest["benchmarks"] if entry["name"] in names
    ]


def _references_of(engine: Engine, benchmark: str) -> list[Reference]:
    with session(engine) as work:
        bodies = work.exec(
            select(ReferenceRow.body)
            .where(ReferenceRow.benchmark == benchmark)
            .order_by(col(ReferenceRow.number))
        ).all()
    return [Reference.model_validate(body) for body in bodies]
