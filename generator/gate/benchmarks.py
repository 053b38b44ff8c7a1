"""Adding, listing and removing benchmarks: rows in the database, then the index made from them.

The database is the truth; the folder of vectors is a cache, made again wherever it does not fit.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert
from sqlmodel import col, select

from generator.embeddings import Embedder
from generator.gate.columns import Given
from generator.gate.manifest import (
    Made,
    folder_name,
    identity_of,
    multilingual_of,
    read_manifest,
    write_manifest,
)
from generator.gate.normal import normalise
from generator.gate.readers import HubReader, ReadBenchmark, read_benchmark
from generator.gate.references import asked_by, list_benchmarks
from generator.gate.shards import (
    ROWS,
    VIEWS,
    Progress,
    VectorCache,
    hash_files,
    read_shard,
    views_of,
    write_shard,
    write_tongues,
)
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
    columns: Given | None = None,
    shown: bool = True,
    tongues: Embedder | None = None,
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
        shown: False where its authors ask that no example be shown, whatever the licence says.
        columns: Which column holds `question`, `choices`, `answer` and `id`, where guessing fails.
        tongues: Encoder of many languages, where questions in other languages are expected.
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
            same = _store(engine, read, known, name=name, licence=licence, shown=shown, now=now)
        elif licence not in (None, same.licence):
            same = _relicense(engine, same, str(licence))
        _make_index(engine, index_dir, embedder, tongues, progress)
        return same


def remove_benchmark(
    engine: Engine,
    index_dir: Path,
    embedder: Embedder,
    name: str,
    *,
    tongues: Embedder | None = None,
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
        _make_index(engine, index_dir, embedder, tongues, progress)


def repair_index(
    engine: Engine,
    index_dir: Path,
    embedder: Embedder,
    *,
    tongues: Embedder | None = None,
    progress: Progress = lambda done, total: None,
) -> None:
    """Make again whatever the index lacks or holds damaged, from the rows in the database."""
    with _only_writer(index_dir):
        _make_index(engine, index_dir, embedder, tongues, progress)


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
    shown: bool,
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
        text_may_be_shown=shown and text_may_be_shown(licence),
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


def _make_index(
    engine: Engine,
    index_dir: Path,
    embedder: Embedder,
    tongues: Embedder | None,
    progress: Progress,
) -> None:
    """Bring the folder into line with the database; the manifest is replaced last, in one step."""
    identity = identity_of(embedder)
    benchmarks = list_benchmarks(engine)
    before = _manifest_of(index_dir)
    multilingual = multilingual_of(tongues) or before.get("multilingual")
    entries = {entry["name"]: entry for entry in before.get("benchmarks", [])}
    same_model = all(before.get(key) == value for key, value in identity.items())
    caches = [VectorCache(index_dir / f"unfinished-{content_hash(identity)[:16]}", embedder)]
    if tongues:
        unfinished = index_dir / f"unfinished-{content_hash(multilingual)[:16]}"
        caches.append(VectorCache(unfinished, tongues))
    made = []
    for benchmark in benchmarks:
        entry = entries.get(benchmark.name, {})
        part = _part(index_dir, benchmark, identity, tongues, entry)
        whole = _is_sound(part.folder, benchmark, index_dir)
        also = part.tongues is None or _has_tongues(part.tongues, entry)
        dtypes = entry.get("dtypes", []) if same_model else []
        if not whole:
            dtypes = {*dtypes, embedder.dtype}
        if not (whole and also):
            _write_part(engine, part, caches, index_dir, entry if same_model else {}, progress)
        made.append(replace(part, dtypes=tuple(sorted(dtypes))))
    write_manifest(index_dir, identity, multilingual, made)
    kept = {path for one in made for path in (one.folder, one.tongues)}
    for path in index_dir.iterdir():
        if path.is_dir() and path not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _manifest_of(index_dir: Path) -> dict[str, Any]:
    try:
        return read_manifest(index_dir)
    except IndexUnusable:
        return {}


def _part(
    index_dir: Path,
    benchmark: Benchmark,
    identity: dict[str, Any],
    tongues: Embedder | None,
    entry: Mapping[str, Any],
) -> Made:
    """Return where a benchmark's part belongs; without their encoder old tongues are kept."""
    folder = index_dir / folder_name(benchmark, identity)
    if tongues is None:
        old = index_dir / str(entry.get("tongues"))
        return Made(benchmark, folder, old if _has_tongues(old, entry) else None, ())
    name = folder_name(benchmark, {"multilingual": multilingual_of(tongues), **identity})
    return Made(benchmark, folder, index_dir / f"{name}-tongues", ())


def _write_part(
    engine: Engine,
    part: Made,
    caches: Sequence[VectorCache],
    index_dir: Path,
    entry: Mapping[str, Any],
    progress: Progress,
) -> None:
    """Embed what is new of a benchmark and write its part; vectors made before are taken over."""
    references = _references_of(engine, part.benchmark.name)
    questions = [normalise(asked_by(reference)) for reference in references]
    _, texts = views_of(questions)
    folders = (part.folder, part.tongues)
    for cache, folder, key in zip(caches, folders, ("folder", "tongues"), strict=False):
        if folder is None:
            continue
        for older in dict.fromkeys((folder, index_dir / str(entry.get(key)))):
            cache.take_over(older)
        cache.embed(texts, progress)
        if folder == part.folder:
            row_ids = [reference.row_id for reference in references]
            write_shard(folder, row_ids, questions, cache)
        else:
            write_tongues(folder, texts, cache)


def _has_tongues(folder: Path, entry: Mapping[str, Any]) -> bool:
    try:
        return hash_files(folder, (ROWS, VIEWS)) == entry.get("tongues_files")
    except IndexUnusable:
        return False


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


def _references_of(engine: Engine, benchmark: str) -> list[Reference]:
    with session(engine) as work:
        bodies = work.exec(
            select(ReferenceRow.body)
            .where(ReferenceRow.benchmark == benchmark)
            .order_by(col(ReferenceRow.number))
        ).all()
    return [Reference.model_validate(body) for body in bodies]
