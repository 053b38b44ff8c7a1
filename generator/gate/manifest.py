"""The manifest: what the index was made from and of; checked before anything is searched."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generator.embeddings import Embedder
from generator.gate.normal import NORMAL_VERSION
from generator.gate.shards import ROWS, VIEWS, hash_files
from store.errors import IndexUnusable
from store.records import Benchmark, content_hash

#: Bumped when the layout of the folder changes.
FORMAT_VERSION = 2
MANIFEST = "manifest.json"
#: Where the hash of all else in the manifest stands: a changed letter must not be believed.
CHECKSUM = "sha256"


def identity_of(embedder: Embedder) -> dict[str, Any]:
    """Return what a vector depends on beside its text."""
    return {
        "format": FORMAT_VERSION,
        "normaliser": NORMAL_VERSION,
        "model": embedder.name,
        "weights_sha256": embedder.weights_sha256,
        "dimensions": embedder.dimensions,
    }


def multilingual_of(encoder: Embedder | None) -> dict[str, Any] | None:
    """Return what the vectors of many languages depend on; None where there are none."""
    if encoder is None:
        return None
    return {"model": encoder.name, "weights_sha256": encoder.weights_sha256}


@dataclass(frozen=True)
class Made:
    """One benchmark's part of the index.

    Attributes:
        benchmark: What it is made from.
        folder: Vectors, words and row names.
        tongues: Vectors of many languages, where the index has them.
        dtypes: What the vectors were reckoned in.
    """

    benchmark: Benchmark
    folder: Path
    tongues: Path | None
    dtypes: tuple[str, ...]


def _entry(made: Made) -> dict[str, Any]:
    benchmark, folder = made.benchmark, made.folder
    return {
        "name": benchmark.name,
        "revision": benchmark.revision,
        "rows": benchmark.n_rows,
        "licence": benchmark.licence,
        "dtypes": list(made.dtypes),
        "folder": folder.name,
        "files": hash_files(folder),
        "tongues": made.tongues.name if made.tongues else None,
        "tongues_files": hash_files(made.tongues, (ROWS, VIEWS)) if made.tongues else None,
    }


def folder_name(benchmark: Benchmark, identity: dict[str, Any]) -> str:
    """Name a shard by everything it is made from: one that exists is the right one."""
    made_from = [benchmark.name, benchmark.revision, benchmark.n_rows, identity]
    readable = "".join(letter if letter.isalnum() else "-" for letter in benchmark.name)[:40]
    return f"{readable}-{content_hash(made_from)[:16]}"


def write_manifest(
    index_dir: Path,
    identity: dict[str, Any],
    multilingual: dict[str, Any] | None,
    parts: Sequence[Made],
) -> None:
    """Replace the manifest in one step: before it the old index holds, after it the new one."""
    manifest = {
        **identity,
        "multilingual": multilingual,
        "benchmarks": [_entry(one) for one in parts],
    }
    manifest[CHECKSUM] = content_hash(manifest)
    draft = index_dir / f".{MANIFEST}.draft"
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(json.dumps(manifest, indent=1, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, index_dir / MANIFEST)


def read_manifest(index_dir: Path) -> dict[str, Any]:
    """Return the manifest.

    Raises:
        IndexUnusable: There is none, or it cannot be read.
    """
    try:
        manifest = json.loads((index_dir / MANIFEST).read_text(encoding="utf-8"))
        if not isinstance(manifest["benchmarks"], list):
            raise TypeError("no list of benchmarks")
        if manifest.pop(CHECKSUM) != content_hash(manifest):
            raise ValueError("not what was written")
    except FileNotFoundError as error:
        raise IndexUnusable(
            "there is no reference index yet: run `unseen benchmarks add FILE`"
        ) from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise IndexUnusable(
            "the manifest of the reference index cannot be read: "
            "run `unseen benchmarks add NAME` for a known benchmark"
        ) from error
    return dict(manifest)
