"""One benchmark's part of the index on disk: its vectors, words and row names; a cache."""

from __future__ import annotations

import json
import os
import shutil
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from generator.embeddings import Embedder, Vectors
from generator.gate.normal import NormalQuestion
from generator.gate.wording import count_cases
from generator.nearest import NearestIndex, Positions
from store.errors import IndexUnusable
from store.records import sha256_hex

#: Texts embedded between two checkpoints: at 100 texts a second, what a crash can cost is 3 s.
CHUNK_TEXTS = 256

#: Called with the number of texts embedded and the number to embed in all.
Progress = Callable[[int, int], None]

ROWS = "rows.json"
VIEWS = "views.faiss"
WORDS = "words.npz"
FILES = (ROWS, VIEWS, WORDS)

#: What numpy and zipfile raise at an archive of arrays that is cut or changed; a file of nothing
#: is EOFError, a changed flag may claim a password (RuntimeError) or an unknown compression.
_UNREADABLE = (
    OSError, ValueError, KeyError, TypeError, EOFError, RuntimeError, OverflowError, MemoryError,
    struct.error, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


@dataclass(frozen=True)
class Shard:
    """What the gate searches of one benchmark.

    A row's views are its whole text and, where that is another text, the question at its end.

    Attributes:
        row_ids: Names of the rows, in order.
        fingerprints: Fingerprint of each row's normal form; ties the index to the database.
        owners: The row each view belongs to, shape (n_views,); the whole texts come first.
        views: The views' vectors.
        vocabulary: The benchmark's words.
        word_ids: Every row's words one after the other, as positions in `vocabulary`.
        offsets: Where each row's words begin, and the end of the last, shape (n_rows + 1,).
        lower: How often each word is written in lower case.
        capital: How often each word is written with a capital.
    """

    row_ids: tuple[str, ...]
    fingerprints: tuple[str, ...]
    owners: Positions
    views: NearestIndex
    vocabulary: tuple[str, ...]
    word_ids: npt.NDArray[np.int32]
    offsets: Positions
    lower: Counter[str]
    capital: Counter[str]

    def words(self, row: int) -> list[str]:
        """Return the words of one row."""
        return [
            self.vocabulary[word]
            for word in self.word_ids[self.offsets[row] : self.offsets[row + 1]]
        ]


def write_shard(
    folder: Path, row_ids: Sequence[str], questions: Sequence[NormalQuestion], vectors: VectorCache
) -> None:
    """Write a shard; its texts must all be in `vectors`. Whole or not at all."""
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    long_rows, texts = views_of(questions)
    NearestIndex.build(vectors.of(texts)).save(draft / VIEWS)

    vocabulary: dict[str, int] = {}
    word_ids = [
        vocabulary.setdefault(word, len(vocabulary)) for asked in questions for word in asked.words
    ]
    np.savez(
        draft / WORDS,
        vocabulary=np.array(list(vocabulary), dtype=np.str_),
        word_ids=np.array(word_ids, dtype=np.int32),
        offsets=np.cumsum([0] + [len(asked.words) for asked in questions], dtype=np.int64),
    )
    lower, capital = count_cases(asked.stem for asked in questions)
    _write_json(
        draft / ROWS,
        {
            "row_ids": list(row_ids),
            "fingerprints": [asked.fingerprint for asked in questions],
            "long_rows": long_rows,
            "text_keys": [text_key(text) for text in texts],
            "lower": dict(sorted(lower.items())),
            "capital": dict(sorted(capital.items())),
        },
    )
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(draft, folder)


def write_tongues(folder: Path, texts: Sequence[str], vectors: VectorCache) -> None:
    """Write the vectors of many languages of a shard's views. Whole or not at all."""
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    NearestIndex.build(vectors.of(texts)).save(draft / VIEWS)
    _write_json(draft / ROWS, {"text_keys": [text_key(text) for text in texts]})
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(draft, folder)


def views_of(questions: Sequence[NormalQuestion]) -> tuple[list[int], list[str]]:
    """Return the rows with a question part of its own, and the text of every view in order."""
    long_rows = [row for row, asked in enumerate(questions) if asked.part != asked.text]
    return long_rows, [one.text for one in questions] + [questions[row].part for row in long_rows]


def read_shard(folder: Path) -> Shard:
    """Read a shard.

    Raises:
        IndexUnusable: A file is missing or damaged.
    """
    views = NearestIndex.load(folder / VIEWS)
    try:
        rows = json.loads((folder / ROWS).read_text(encoding="utf-8"))
        with (folder / WORDS).open("rb") as stream, np.load(stream, allow_pickle=False) as words:
            vocabulary = tuple(words["vocabulary"].tolist())
            word_ids, offsets = words["word_ids"], words["offsets"]
        shard = Shard(
            row_ids=tuple(rows["row_ids"]),
            fingerprints=tuple(rows["fingerprints"]),
            owners=np.array([*range(len(rows["row_ids"])), *rows["long_rows"]], dtype=np.int64),
            views=views,
            vocabulary=vocabulary,
            word_ids=word_ids,
            offsets=offsets,
            lower=Counter(rows["lower"]),
            capital=Counter(rows["capital"]),
        )
    except _UNREADABLE as error:
        raise IndexUnusable(f"the index folder {folder.name} is damaged") from error
    if not len(shard.owners) == len(views) or len(offsets) != len(shard.row_ids) + 1:
        raise IndexUnusable(f"the index folder {folder.name} is damaged: its parts do not fit")
    return shard


def hash_files(folder: Path, names: Sequence[str] = FILES) -> dict[str, str]:
    """Return the SHA-256 of each file of a shard, by name.

    Raises:
        IndexUnusable: A file is missing.
    """
    try:
        return {name: sha256_hex((folder / name).read_bytes()) for name in names}
    except OSError as error:
        raise IndexUnusable(f"the index folder {folder.name} is not complete") from error


def text_key(text: str) -> str:
    """Return the name under which a text's vector is kept."""
    return sha256_hex(text.encode())[:32]


class VectorCache:
    """Vectors by text, kept in checkpoints on disk, so that no text is embedded twice.

    One folder belongs to one embedder: the caller names it by the weights' hash.
    """

    def __init__(self, folder: Path, embedder: Embedder) -> None:
        self._folder = folder
        self._embedder = embedder
        self._known: dict[str, Vectors] = {}
        for path in sorted(folder.glob("*.npz")):
            for key, vector in _read_chunk(path, embedder.dimensions):
                self._known[key] = vector

    def take_over(self, folder: Path) -> None:
        """Learn the vectors of an older shard; a damaged one teaches nothing."""
        try:
            keys = json.loads((folder / ROWS).read_text(encoding="utf-8"))["text_keys"]
            views = NearestIndex.load(folder / VIEWS)
        except (OSError, ValueError, KeyError, TypeError, IndexUnusable):
            return
        if len(keys) == len(views) and views.dimensions == self._embedder.dimensions:
            self._known.update(zip(keys, views.vectors(range(len(keys))), strict=True))

    def embed(self, texts: Sequence[str], progress: Progress) -> None:
        """Embed the texts that are not known yet, a checkpoint every `CHUNK_TEXTS`."""
        wanted = {text_key(text): text for text in texts}
        missing = [(key, text) for key, text in wanted.items() if key not in self._known]
        missing.sort(key=lambda item: (len(item[1]), item[1]))
        done = len(wanted) - len(missing)
        progress(done, len(wanted))
        for start in range(0, len(missing), CHUNK_TEXTS):
            chunk = missing[start : start + CHUNK_TEXTS]
            keys = [key for key, _ in chunk]
            vectors = self._embedder.encode([text for _, text in chunk])
            self._keep(keys, vectors)
            self._known.update(zip(keys, vectors, strict=True))
            done += len(chunk)
            progress(done, len(wanted))

    def _keep(self, keys: list[str], vectors: Vectors) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        final = self._folder / f"{keys[0]}.npz"
        draft = self._folder / f".{keys[0]}.draft"
        with draft.open("wb") as stream:
            np.savez(stream, keys=np.array(keys, dtype=np.str_), vectors=vectors)
        os.replace(draft, final)

    def of(self, texts: Sequence[str]) -> Vectors:
        """Return the vectors of known texts, in order."""
        if not texts:
            return np.zeros((0, self._embedder.dimensions), dtype=np.float32)
        return np.vstack([self._known[text_key(text)] for text in texts])

    def forget(self) -> None:
        """Remove the checkpoints: the shards hold the vectors now."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _read_chunk(path: Path, dimensions: int) -> Iterator[tuple[str, Vectors]]:
    """Yield the vectors of one checkpoint; one that a crash damaged is removed and made again."""
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as chunk:
            keys, vectors = chunk["keys"].tolist(), chunk["vectors"]
    except _UNREADABLE:
        path.unlink(missing_ok=True)
        return
    if vectors.shape == (len(keys), dimensions):
        yield from zip(keys, vectors, strict=True)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False) + "\n", encoding="utf-8")
