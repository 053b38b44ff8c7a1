"""Print how fast the gate is over an index of a home, and beside faiss and semhash.

    python -m tests.bench.gate_speed HOME [--questions N]

HOME holds a reference index (`unseen benchmarks add`). The questions are candidates of the labelled
pairs, judged as one batch. Every library runs in a process of its own and takes the same vectors
from memory, so that neither pays for a model; its peak of memory is that of its process. What is
timed of ours is opening the index and judging; of semhash, taking the records in and looking for
their near-duplicates. The ratios are the result: this machine's seconds are not.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np

from generator.embeddings import Embedder, Vectors, build_embedder
from generator.gate.decision import side_of
from generator.gate.gate import open_gate
from generator.gate.labelled import read_pairs
from generator.gate.normal import GateQuestion, normalise
from generator.gate.wording import CaseTable
from store.database import open_engine
from tests.corpora import corpus

N_QUESTIONS = 1_000
PARTS = ("ours", "semhash")
#: The references with their vectors, which the first part leaves for the second.
KNOWN = "known.json"


class Remembered:
    """An embedder that has seen every text before."""

    dtype = "float32"

    def __init__(self, of: Embedder, texts: Sequence[str], vectors: Vectors) -> None:
        self.name, self.weights_sha256, self.dimensions = of.name, of.weights_sha256, of.dimensions
        self._known = dict(zip(texts, vectors, strict=True))

    def encode(self, texts: Sequence[str], **_: Any) -> Vectors:
        return np.vstack([self._known[text] for text in texts])


def questions(n: int) -> list[str]:
    """Return candidates of the labelled pairs, English and each once."""
    pairs = read_pairs(corpus("data/near_duplicates/dev.jsonl.gz"))
    return list(dict.fromkeys(one.candidate for one in pairs if one.language == "en"))[:n]


def views(asked: Sequence[str]) -> list[str]:
    normal = [normalise(GateQuestion(text)) for text in asked]
    return sorted({text for one in normal for text in (one.text, one.part)})


def remembered(asked: Sequence[str], cache: Path) -> Remembered:
    """Return an embedder that knows the questions' views, which are embedded once."""
    embedder = build_embedder()
    texts = views(asked)
    if not cache.is_file():
        begun = time.perf_counter()
        np.save(cache, embedder.encode(texts))
        rate = len(texts) / (time.perf_counter() - begun)
        print(f"embedding questions       {rate:8.0f} texts/s (float32, one thread)")
    return Remembered(embedder, texts, np.load(cache))


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def ours(home: Path, asked: Sequence[str], cache: Path) -> dict[str, float]:
    """Open the index, judge the batch, and search the same vectors with faiss alone."""
    embedder = remembered(asked, cache)
    base = peak_mib()
    begun = time.perf_counter()
    gate = open_gate(open_engine(f"sqlite:///{home / 'unseen.db'}"), home / "index", embedder)
    opened = time.perf_counter()
    verdicts = gate.judge([GateQuestion(text) for text in asked])
    judged = time.perf_counter()
    mib = peak_mib() - base
    sides = [side_of(GateQuestion(text), CaseTable()) for text in asked]
    batch = np.vstack(gate.embed(sides))
    flat = faiss.IndexFlatIP(embedder.dimensions)
    flat.add(gate.index.views.vectors(range(len(gate.index.views))))
    took: dict[str, list[float]] = {"gate": [], "faiss": []}
    for _ in range(3):
        for name, search in (("gate", gate.index.views.search), ("faiss", flat.search)):
            start = time.perf_counter()
            search(batch, 10)
            took[name].append(time.perf_counter() - start)
    n = len(gate.index)
    texts = [one.question.text for one in gate.index.fetch(range(n)).values()]
    (home / KNOWN).write_text(json.dumps(texts), encoding="utf-8")
    np.save(home / f"{KNOWN}.npy", gate.index.views.vectors(range(n)))
    return {
        "references": n, "open_s": opened - begun, "judge_s": judged - opened,
        "clean": sum(one.verdict == "clean" for one in verdicts) / len(verdicts),
        "search_ratio": min(took["gate"]) / min(took["faiss"]),
        "mib": mib,
    }  # fmt: skip


def of_semhash(home: Path, asked: Sequence[str], cache: Path) -> dict[str, float]:
    """Take the references in and look for near-duplicates among the questions."""
    from semhash import SemHash

    embedder = remembered(asked, cache)
    base = peak_mib()
    known = json.loads((home / KNOWN).read_text(encoding="utf-8"))
    vectors = np.load(home / f"{KNOWN}.npy")
    mine = [normalise(GateQuestion(text)).text for text in asked]
    model = Remembered(embedder, [*known, *mine], np.vstack([vectors, embedder.encode(mine)]))
    # What an encoder would have made on the way; semhash keeps its own copy.
    given = 2 * vectors.nbytes / 2**20
    begun = time.perf_counter()
    found = SemHash.from_records(records=known, model=model)
    taken = time.perf_counter()
    result = found.deduplicate(records=mine, threshold=0.9)
    done = time.perf_counter()
    return {
        "references": len(known), "open_s": taken - begun, "judge_s": done - taken,
        "clean": len(result.selected) / len(mine), "mib": peak_mib() - base - given,
    }  # fmt: skip


def main() -> None:
    """Run each part in a process of its own and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--questions", type=int, default=N_QUESTIONS)
    parser.add_argument("--part", choices=PARTS)
    given = parser.parse_args()
    asked = questions(given.questions)
    cache = given.home / f"questions-{len(asked)}.npy"
    if given.part:
        run = ours if given.part == "ours" else of_semhash
        print(json.dumps(run(given.home, asked, cache)))
        return
    told = {}
    for part in PARTS:
        command = [sys.executable, "-m", "tests.bench.gate_speed", str(given.home), "--part", part,
                   "--questions", str(given.questions)]  # fmt: skip
        lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        *notes, last = lines.strip().splitlines()
        print("\n".join(notes), end="\n" if notes else "")
        told[part] = json.loads(last)
    mine, other = told["ours"], told["semhash"]
    rate = len(asked) / mine["judge_s"]
    whole = (mine["open_s"] + mine["judge_s"]) / (other["open_s"] + other["judge_s"])
    print(f"references                {mine['references']:8.0f}")
    print(f"judged                    {rate:8.1f} questions/s with vectors cached (goal 40)")
    print(f"opening the index         {mine['open_s']:8.1f} s")
    print(f"search beside faiss flat  {mine['search_ratio']:8.2f} (goal 1.15)")
    print(f"whole step beside semhash {whole:8.2f} (goal 0.75)")
    print(f"memory beside semhash     {mine['mib'] / max(1.0, other['mib']):8.2f} (goal 0.5)")
    print(f"ours {mine} semhash {other}")


if __name__ == "__main__":
    main()
