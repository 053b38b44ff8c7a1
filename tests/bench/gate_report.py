"""Print how the gate's rule does on the labelled pairs, kind by kind, with Wilson intervals.

    python -m tests.bench.gate_report [--pairs FILE] [--benchmarks FOLDER]

Each pair's reference is compared with its candidate as if it had been retrieved. Names are told
from other words by the benchmarks' own wording, as in an index of them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from generator.embeddings import Embedder, build_embedder
from generator.gate.decision import Cosines, Decision, decide, side_of
from generator.gate.normal import GateQuestion
from generator.gate.thresholds import Thresholds
from generator.gate.wording import CaseTable, case_table, count_cases
from tests.corpora import corpus

CHANGED = ("neg_other_date", "neg_other_number", "neg_other_name", "neg_opposite")
NEWS = ("neg_news_other_date", "neg_news_other_entity")

#: Groups the goals are set for: name, kinds that are copies, kinds that are not.
GROUPS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("edits against changed facts", ("exact", "edit_"), CHANGED),
    ("reworded algebra", ("rephrase_en_algebra",), ("neg_same_subject_algebra",)),
    ("reworded sociology", ("rephrase_en_sociology",), ("neg_same_subject_sociology",)),
    ("reworded US history", ("rephrase_en_us_history",), ("neg_same_subject_us_history",)),
    ("reworded GSM8K", ("rephrase_gsm8k",), ("neg_other_number",)),
    ("code, Python", ("rephrase_code_python",), ("neg_same_subject_code",)),
    ("code, C", ("rephrase_code_c",), ("neg_same_subject_code",)),
    ("code, JS", ("rephrase_code_js",), ("neg_same_subject_code",)),
    ("PAWS word swaps", ("paws_",), ("neg_paws_",)),
)


@dataclass(frozen=True)
class Judged:
    """One labelled pair and what the rule made of it."""

    kind: str
    copy: bool
    language: str
    decision: Decision


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share."""
    if not n:
        return 0.0, 1.0
    z = 1.96
    share, scale = hits / n, 1 + z * z / n
    middle = (share + z * z / (2 * n)) / scale
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    return max(0.0, middle - reach), min(1.0, middle + reach)


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSONL.gz file."""
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def cases_of(folder: Path) -> CaseTable:
    """Return how words are written in all the benchmarks of a folder."""
    lower: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    for path in sorted(folder.glob("*.jsonl.gz")):
        small, large = count_cases(row["question"] for row in read_rows(path))
        lower, capital = lower + small, capital + large
    return case_table(lower, capital)


def judge(
    rows: Sequence[dict[str, Any]], embedder: Embedder, cases: CaseTable, at: Thresholds
) -> list[Judged]:
    """Run the rule over labelled pairs."""
    code = ("python", "c", "js")
    pairs = [
        (
            side_of(
                GateQuestion(
                    row["candidate"],
                    language="en" if row["language"] in code else row["language"],
                ),
                cases,
            ),
            side_of(GateQuestion(row["reference"]), cases),
        )
        for row in rows
    ]
    texts = sorted({text for pair in pairs for side in pair for text in _views(side)})
    vector_of = dict(zip(texts, embedder.encode(texts), strict=True))
    judged = []
    for row, (candidate, reference) in zip(rows, pairs, strict=True):
        ours = np.vstack([vector_of[text] for text in _views(candidate)])
        theirs = np.vstack([vector_of[text] for text in _views(reference)])
        cosines = Cosines.between(ours, theirs)
        decision = decide(candidate, reference, cosines, at)
        judged.append(Judged(row["kind"], row["label"] == 1, row["language"], decision))
    return judged


def _views(side: Any) -> tuple[str, str]:
    return side.question.text, side.question.part


def report(judged: Sequence[Judged]) -> str:
    """Return the tables as text."""
    by_kind: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        by_kind[one.kind].append(one)
    lines = [f"{'kind':30}{'n':>5}  flagged  95 % interval    held"]
    for kind, members in sorted(by_kind.items()):
        flagged = sum(one.decision.verdict == "contaminated" for one in members)
        held = sum(one.decision.verdict == "unsure" for one in members)
        low, high = wilson(flagged, len(members))
        n = len(members)
        lines.append(
            f"{kind:30}{n:5}  {flagged / n:7.3f}  {low:.3f} to {high:.3f}  {held / n:6.3f}"
        )
    lines.append("")
    lines.append(f"{'group':42}  recall  false alarms     F1   held")
    for name, copies, others in GROUPS:
        members = [one for one in judged if one.kind.startswith(copies + others)]
        lines.append(_summary(name, members))
    english = [one for one in judged if one.language == "en"]
    lines.append(_summary("all English", english))
    lines.append(
        _summary("all English but PAWS", [one for one in english if "paws" not in one.kind])
    )
    settled = [one for one in english if one.decision.verdict != "unsure"]
    lines.append(_summary("all English that is not held", settled))
    lines.append(_summary("everything", judged))
    return "\n".join(lines)


def _summary(name: str, members: Iterable[Judged]) -> str:
    members = list(members)
    copies = [one for one in members if one.copy]
    others = [one for one in members if not one.copy]
    found = sum(one.decision.verdict == "contaminated" for one in copies)
    alarms = sum(one.decision.verdict == "contaminated" for one in others)
    held = sum(one.decision.verdict == "unsure" for one in members)
    f1 = 2 * found / (found + alarms + len(copies)) if copies else 0.0
    return (
        f"{name:42}  {found / max(1, len(copies)):6.3f}  {alarms:4} of {len(others):4}"
        f"  {f1:6.3f}  {held / max(1, len(members)):5.3f}"
    )


def main() -> None:
    """Print the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--benchmarks", type=Path)
    given = parser.parse_args()
    rows = read_rows(given.pairs or corpus("data/near_duplicates/dev.jsonl.gz"))
    cases = cases_of(given.benchmarks or corpus("data/benchmarks"))
    sys.stdout.write(report(judge(rows, build_embedder(), cases, Thresholds())) + "\n")


if __name__ == "__main__":
    main()
