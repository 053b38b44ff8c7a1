"""The manifest: what the index was made from and of; checked before anything is searched."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from generator.embeddings import Embedder
from generator.gate.normal import NORMAL_VERSION
from generator.gate.shards import hash_files
from store.errors import IndexUnusable
from store.records import Benchmark, content_hash

#: Bumped when the layout of the folder changes.
FORMAT_VERSION = 1
MANIFEST = "manifest.json"


def identity_of(embedder: Embedder) -> dict[str, Any]:
    """Return what a vector depends on beside its text."""
    return {
        "format": FORMAT_VERSION,
        "normaliser": NORMAL_VERSION,
        "model": embedder.name,
        "weights_sha256": embedder.weights_sha256,
        "dimensions": embedder.dimensions,
        "dtype": "float32",
    }


def _entry(benchmark: Benchmark, folder: Path) -> dict[str, Any]:
    return {
        "name": benchmark.name,
        "revision": benchmark.revision,
        "rows": benchmark.n_rows,
        "licence": benchmark.licence,
        "folder": folder.name,
        "files": hash_files(folder),
    }


def folder_name(benchmark: Benchmark, identity: dict[str, Any]) -> str:
    """Name a shard by everything it is made from: one that exists is the right one."""
    made_from = [benchmark.name, benchmark.revision, benchmark.n_rows, identity]
    readable = "".join(letter if letter.isalnum() else "-" for letter in benchmark.name)[:40]
    return f"{readable}-{content_hash(made_from)[:16]}"


def write_manifest(
    index_dir: Path, identity: dict[str, Any], folders: list[tuple[Benchmark, Path]]
) -> None:
    """Replace the manifest in one step: before it the old index holds, after it the new one."""
    manifest = {**identity, "benchmarks": [_entry(one, folder) for one, folder in folders]}
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
