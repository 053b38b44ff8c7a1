"""Print how five ways to find known questions do on the labelled pairs, kind by kind.

    python -m tests.bench.gate_report [--pairs FILE]

Ours is the gate's rule with the calibration in force; the others are what is in use elsewhere: one
common run of 13 words, MinHash over runs of five words, one line of cosine. Each pair is compared
as if its reference had been retrieved. What ours holds counts as not flagged.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from datasketch import MinHash

from generator.embeddings import build_embedder
from generator.gate.calibration import read_calibration
from generator.gate.labelled import (
    GOALS,
    Compared,
    compare_pairs,
    judge_pairs,
    read_pairs,
    words_of,
)
from generator.multilingual import build_multilingual
from store.text import shingles
from tests.corpora import corpus

#: Estimated share of common runs from which MinHash calls two texts one; the usual value.
MINHASH_SAME = 0.5
PERMUTATIONS = 128
RUN, LONG_RUN = 5, 13


def common_run(one: Compared) -> bool:
    """Whether both share 13 words in a row; a shorter question must be in the other whole."""
    left, right = one.left.question.words, one.right.question.words
    n = min(LONG_RUN, len(left), len(right))
    return n > 0 and bool(set(shingles(left, n)) & set(shingles(right, n)))


def minhash(one: Compared) -> bool:
    """Whether the estimated share of common runs of five words is half."""
    signs = []
    for side in (one.left, one.right):
        sign = MinHash(num_perm=PERMUTATIONS, seed=1)
        words = side.question.words
        for run in shingles(words, min(RUN, len(words))) if words else ():
            sign.update(" ".join(run).encode())
        signs.append(sign)
    return bool(signs[0].jaccard(signs[1]) >= MINHASH_SAME)


def cosine(limit: float) -> Callable[[Compared], bool]:
    """One line of cosine over the whole texts."""
    return lambda one: one.cosines.whole >= limit


def f1(copies: Sequence[bool], others: Sequence[bool]) -> float:
    """Return F1 of what was flagged among copies and others."""
    return 2 * sum(copies) / (sum(copies) + sum(others) + len(copies)) if copies else 0.0


def report(compared: Sequence[Compared]) -> str:
    """Return the tables as text."""
    calibration = read_calibration()
    flagged = {
        "13-gram": [common_run(one) for one in compared],
        "MinHash": [minhash(one) for one in compared],
        "cos 0.5": [cosine(0.5)(one) for one in compared],
        "cos 0.9": [cosine(0.9)(one) for one in compared],
        "ours": [one.flagged for one in judge_pairs(compared, calibration.thresholds)],
    }
    pairs = [one.pair for one in compared]
    lines = [f"{'F1 of the group':30}" + "".join(f"{name:>9}" for name in flagged)]
    for goal in GOALS:
        row = []
        for hits in flagged.values():
            told = [
                (pair, hit)
                for pair, hit in zip(pairs, hits, strict=True)
                if goal.language in (None, pair.language)
            ]
            copies = [hit for one, hit in told if one.copy and one.kind.startswith(goal.copies)]
            others = [hit for one, hit in told if not one.copy and one.kind.startswith(goal.others)]
            row.append(f1(copies, others))
        lines.append(f"{goal.name:30}" + "".join(f"{value:9.3f}" for value in row))
    lines += ["", f"{'share of the kind flagged':30}" + "".join(f"{name:>9}" for name in flagged)]
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        by_kind[pair.kind].append(place)
    for kind, places in sorted(by_kind.items()):
        shares = [share(hits[place] for place in places) for hits in flagged.values()]
        lines.append(f"{kind:30}" + "".join(f"{value:9.3f}" for value in shares))
    return "\n".join(lines)


def share(hits: Iterable[bool]) -> float:
    every = list(hits)
    return sum(every) / len(every)


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path)
    path = parser.parse_args().pairs or corpus("data/near_duplicates/dev.jsonl.gz")
    pairs = read_pairs(path)
    print(report(compare_pairs(pairs, build_embedder(), build_multilingual(), words_of(pairs))))


if __name__ == "__main__":
    main()
