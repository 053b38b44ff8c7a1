"""Finding known questions by their words: BM25, rare runs of eight words, equal fingerprints."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import bm25s
import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.uint64]

#: Words in a run that two questions share by copying, seldom by chance (gate.md §3, 3).
GRAM_WORDS = 8

#: A run that stands in this many references or more is boilerplate (gate.md §3, 3).
GRAM_REFERENCES = 5

_FACTOR = np.uint64(0x9E3779B97F4A7C15)


class LexicalIndex:
    """The words of all references, by position; built in memory when the index is opened."""

    def __init__(self, texts: Sequence[Sequence[str]], fingerprints: Sequence[str]) -> None:
        self._exact: defaultdict[str, list[int]] = defaultdict(list)
        for position, fingerprint in enumerate(fingerprints):
            self._exact[fingerprint].append(position)
        self._bm25: Any = None
        if any(texts):
            self._bm25 = bm25s.BM25()
            self._bm25.index([list(words) for words in texts], show_progress=False)
        self._hash_of: dict[str, int] = {}
        self._grams, self._owners = self._rare_grams(texts)
        self._size = len(texts)

    def same_words(self, fingerprint: str) -> Sequence[int]:
        """Return the references with this fingerprint."""
        return self._exact.get(fingerprint, ())

    def best(self, questions: Sequence[Sequence[str]], k: int) -> list[list[int]]:
        """Return, for each question, the references that share the most telling words."""
        k = min(k, self._size)
        if self._bm25 is None or not k:
            return [[] for _ in questions]
        positions, scores = self._bm25.retrieve(
            [list(words) for words in questions], k=k, show_progress=False
        )
        return [
            [int(at) for at, score in zip(row, row_scores, strict=True) if score > 0]
            for row, row_scores in zip(positions, scores, strict=True)
        ]

    def sharing_grams(self, words: Sequence[str]) -> set[int]:
        """Return the references that share a rare run of eight words."""
        grams = np.unique(self._gram_hashes([words])[0])
        first = np.searchsorted(self._grams, grams, side="left")
        last = np.searchsorted(self._grams, grams, side="right")
        return {
            int(owner)
            for start, end in zip(first, last, strict=True)
            for owner in self._owners[start:end]
        }

    def _rare_grams(self, texts: Sequence[Sequence[str]]) -> tuple[Hashes, npt.NDArray[np.int32]]:
        grams, owners = self._gram_hashes(texts)
        if not len(grams):
            return grams, owners
        order = np.lexsort((owners, grams))
        grams, owners = grams[order], owners[order]
        new = np.ones(len(grams), dtype=bool)
        new[1:] = (grams[1:] != grams[:-1]) | (owners[1:] != owners[:-1])
        grams, owners = grams[new], owners[new]
        _, counts = np.unique(grams, return_counts=True)
        rare = np.repeat(counts < GRAM_REFERENCES, counts)
        return grams[rare], owners[rare]

    def _gram_hashes(self, texts: Sequence[Sequence[str]]) -> tuple[Hashes, npt.NDArray[np.int32]]:
        """Return the hash of every run of eight words, and the text it stands in."""
        words = [self._hash(word) for text in texts for word in text]
        lengths = np.array([len(text) for text in texts], dtype=np.int64)
        hashes = np.array(words, dtype=np.uint64)
        owner_of_word = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        n = len(hashes) - GRAM_WORDS + 1
        if n <= 0:
            return np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int32)
        grams = np.zeros(n, dtype=np.uint64)
        with np.errstate(over="ignore"):
            for step in range(GRAM_WORDS):
                grams = grams * _FACTOR + hashes[step : step + n]
        inside = owner_of_word[:n] == owner_of_word[GRAM_WORDS - 1 :]
        return grams[inside], owner_of_word[:n][inside]

    def _hash(self, word: str) -> int:
        """Return 64 bits of a word, the same on every machine."""
        if (known := self._hash_of.get(word)) is None:
            digest = hashlib.blake2b(word.encode(), digest_size=8).digest()
            known = self._hash_of[word] = int.from_bytes(digest, "big")
        return known
