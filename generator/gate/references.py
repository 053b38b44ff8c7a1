"""The opened reference index: every known question by position, with its views and words.

Nothing is searched unless manifest, code, files and database all agree.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine, func
from sqlmodel import col, select

from generator.embeddings import Embedder, Vectors
from generator.gate.lexical import LexicalIndex
from generator.gate.manifest import identity_of, multilingual_of, read_manifest
from generator.gate.normal import GateQuestion, NormalQuestion, normalise
from generator.gate.shards import ROWS, VIEWS, Shard, hash_files, read_shard
from generator.gate.wording import CaseTable, case_table
from generator.nearest import NearestIndex, Positions
from store.database import session
from store.errors import IndexUnusable
from store.records import Benchmark, Reference, content_hash
from store.tables import BenchmarkRow, ReferenceRow

#: Names in one IN (…): below every database's limit of parameters.
QUERY_NAMES = 500


def list_benchmarks(engine: Engine) -> list[Benchmark]:
    """Return the known benchmarks, by name."""
    with session(engine) as work:
        benchmarks = [row.value() for row in work.exec(select(BenchmarkRow)).all()]
    # Sorted here: databases differ in how they order names.
    return sorted(benchmarks, key=lambda benchmark: benchmark.name)


def asked_by(reference: Reference) -> GateQuestion:
    """Return a known question in the form the gate compares."""
    return GateQuestion(reference.question, reference.choices, reference.answer)


@dataclass(frozen=True)
class Known:
    """One known question, as the gate found it.

    Attributes:
        reference: The row.
        benchmark: What it belongs to.
        question: The row without its wrapping.
    """

    reference: Reference
    benchmark: Benchmark
    question: NormalQuestion


class ReferenceIndex:
    """The opened index: every known question by position, its views and its words.

    Attributes:
        sha256: What verdicts depend on: benchmarks with revisions and rows, model, versions.
        cases: How words are usually written in the references.
        owners: The position each view belongs to, shape (n_views,).
        views: The vectors of all views.
        lexical: The words of all references.
    """

    def __init__(
        self,
        engine: Engine,
        benchmarks: Sequence[Benchmark],
        shards: Sequence[Shard],
        identity: dict[str, Any],
        tongues: Sequence[NearestIndex] | None = None,
    ) -> None:
        self._engine = engine
        self._benchmarks = tuple(benchmarks)
        self._row_ids = [row_id for shard in shards for row_id in shard.row_ids]
        self._fingerprints = [one for shard in shards for one in shard.fingerprints]
        self._starts = np.cumsum([0] + [len(shard.row_ids) for shard in shards])
        self.owners: Positions = np.concatenate(
            [shard.owners + start for shard, start in zip(shards, self._starts, strict=False)]
        )
        self.views = NearestIndex.join([shard.views for shard in shards], identity["dimensions"])
        #: The same views in vectors of many languages; None where the index has none.
        self.tongues = NearestIndex.join(tongues, tongues[0].dimensions) if tongues else None
        self.lexical = LexicalIndex(
            [shard.words(row) for shard in shards for row in range(len(shard.row_ids))],
            self._fingerprints,
        )
        self.cases: CaseTable = case_table(
            sum((shard.lower for shard in shards), Counter()),
            sum((shard.capital for shard in shards), Counter()),
        )
        self._views_of: dict[int, list[int]] = {}
        for view, owner in enumerate(self.owners.tolist()):
            self._views_of.setdefault(owner, []).append(view)
        self.sha256 = content_hash(
            [
                identity,
                [[one.name, one.revision, one.n_rows, one.licence] for one in benchmarks],
            ]
        )

    def __len__(self) -> int:
        """Return the number of known questions."""
        return len(self._row_ids)

    @property
    def benchmarks(self) -> tuple[Benchmark, ...]:
        """The benchmarks searched, by name."""
        return self._benchmarks

    def vectors_of(self, position: int) -> Vectors:
        """Return a reference's vectors: the whole text's, then its question part's."""
        return self.views.vectors(self._views_of[position])

    def tongues_of(self, position: int) -> Vectors | None:
        """Return a reference's vectors of many languages; None where the index has none."""
        return self.tongues.vectors(self._views_of[position]) if self.tongues else None

    def fetch(self, positions: Sequence[int]) -> dict[int, Known]:
        """Return the known questions at `positions`.

        Raises:
            IndexUnusable: The database holds another text than was indexed, or none.
        """
        wanted: dict[int, list[int]] = {}
        for position in positions:
            shard = int(np.searchsorted(self._starts, position, side="right")) - 1
            wanted.setdefault(shard, []).append(position)
        found: dict[int, Known] = {}
        for shard, members in wanted.items():
            benchmark = self._benchmarks[shard]
            rows = self._rows(benchmark.name, [self._row_ids[position] for position in members])
            for position in members:
                found[position] = self._known(position, benchmark, rows)
        return found

    def _rows(self, benchmark: str, row_ids: Sequence[str]) -> dict[str, Reference]:
        rows: dict[str, Reference] = {}
        with session(self._engine) as work:
            for start in range(0, len(row_ids), QUERY_NAMES):
                chosen = row_ids[start : start + QUERY_NAMES]
                bodies = work.exec(
                    select(ReferenceRow.body).where(
                        ReferenceRow.benchmark == benchmark, col(ReferenceRow.row_id).in_(chosen)
                    )
                )
                for body in bodies:
                    reference = Reference.model_validate(body)
                    rows[reference.row_id] = reference
        return rows

    def _known(self, position: int, benchmark: Benchmark, rows: dict[str, Reference]) -> Known:
        row_id = self._row_ids[position]
        reference = rows.get(row_id)
        question = normalise(asked_by(reference)) if reference else None
        if (
            reference is None
            or question is None
            or question.fingerprint != self._fingerprints[position]
        ):
            raise IndexUnusable(
                f"row {row_id} of {benchmark.name} is not in the database as it was indexed: "
                f"run `unseen benchmarks remove {benchmark.name}` and add it again"
            )
        return Known(reference, benchmark, question)


def open_index(
    engine: Engine, index_dir: Path, embedder: Embedder, tongues: Embedder | None = None
) -> ReferenceIndex:
    """Open the reference index for searching.

    Args:
        engine: The database with the rows.
        index_dir: The folder of vectors and manifest.
        embedder: The one it was made with.
        tongues: The encoder of many languages, where questions in other languages are expected.

    Raises:
        IndexUnusable: It is missing, empty or damaged, or manifest, code and database disagree;
            the message says what to run.
    """
    manifest = read_manifest(index_dir)
    identity = identity_of(embedder)
    for key, value in identity.items():
        if manifest.get(key) != value:
            raise IndexUnusable(
                f"the reference index was made with {key} {manifest.get(key)}, this program has "
                f"{value}: run `unseen benchmarks add NAME` for a known benchmark to make it again"
            )
    benchmarks = list_benchmarks(engine)
    if not benchmarks:
        raise IndexUnusable(
            "the reference index knows no benchmark, so nothing can be called clean: "
            "run `unseen benchmarks add FILE`"
        )
    entries = {entry["name"]: entry for entry in manifest["benchmarks"]}
    counts = _counts(engine)
    for benchmark in benchmarks:
        _require_agreement(benchmark, entries.pop(benchmark.name, None), counts[benchmark.name])
    if entries:
        raise IndexUnusable(
            f"the reference index holds {next(iter(entries))}, which the database does not: "
            f"run `unseen benchmarks add {benchmarks[0].name}` to make it again"
        )
    shards = [
        _sound_shard(index_dir, benchmark, entry)
        for benchmark, entry in zip(benchmarks, manifest["benchmarks"], strict=True)
    ]
    # What was reckoned in other numbers may differ in the last digits of a cosine.
    dtypes = sorted({one for entry in manifest["benchmarks"] for one in entry.get("dtypes", ())})
    identity = {**identity, "dtypes": dtypes}
    others = None
    if tongues is not None:
        if manifest.get("multilingual") != multilingual_of(tongues):
            raise IndexUnusable(
                "the reference index has no vectors for questions in other languages: "
                f"run `unseen benchmarks add {benchmarks[0].name}` to make them"
            )
        others = [
            _sound_tongues(index_dir, benchmark, entry, len(shard.views))
            for benchmark, entry, shard in zip(
                benchmarks, manifest["benchmarks"], shards, strict=True
            )
        ]
        identity = {**identity, "multilingual": multilingual_of(tongues)}
    return ReferenceIndex(engine, benchmarks, shards, identity, others)


def _counts(engine: Engine) -> Counter[str]:
    with session(engine) as work:
        rows = work.exec(
            select(ReferenceRow.benchmark, func.count()).group_by(ReferenceRow.benchmark)
        ).all()
    return Counter(dict(rows))


def _require_agreement(benchmark: Benchmark, entry: dict[str, Any] | None, n_rows: int) -> None:
    advice = f"run `unseen benchmarks add {benchmark.name}`"
    if entry is None:
        raise IndexUnusable(f"{benchmark.name} is not indexed to the end: {advice} to go on")
    listed = (entry.get("revision"), entry.get("rows"), entry.get("licence"))
    if listed != (benchmark.revision, benchmark.n_rows, benchmark.licence):
        raise IndexUnusable(f"the reference index has another {benchmark.name}: {advice}")
    if n_rows != benchmark.n_rows:
        raise IndexUnusable(
            f"the database holds {n_rows} rows of {benchmark.name}, not {benchmark.n_rows}: "
            f"run `unseen benchmarks remove {benchmark.name}` and add it again"
        )


def _sound_shard(index_dir: Path, benchmark: Benchmark, entry: dict[str, Any]) -> Shard:
    folder = index_dir / str(entry.get("folder"))
    advice = f"run `unseen benchmarks add {benchmark.name}` to make it again"
    try:
        if hash_files(folder) != entry.get("files"):
            raise IndexUnusable(f"the index of {benchmark.name} is damaged")
        shard = read_shard(folder)
    except IndexUnusable as error:
        raise IndexUnusable(f"{error}: {advice}") from error
    if len(shard.row_ids) != benchmark.n_rows:
        raise IndexUnusable(f"the index of {benchmark.name} has another number of rows: {advice}")
    return shard


def _sound_tongues(
    index_dir: Path, benchmark: Benchmark, entry: dict[str, Any], n_views: int
) -> NearestIndex:
    folder = index_dir / str(entry.get("tongues"))
    if hash_files(folder, (ROWS, VIEWS)) == entry.get("tongues_files"):
        found = NearestIndex.load(folder / VIEWS)
        if len(found) == n_views:
            return found
    raise IndexUnusable(
        f"the index of {benchmark.name} for other languages is damaged: "
        f"run `unseen benchmarks add {benchmark.name}` to make it again"
    )
