"""Print what a judge adds who is right 90, 97 and 100 % of the time, on the labelled pairs.

    python -m tests.bench.judge_report [--pairs FILE] [--most N]

The rule's unsure pairs are put to our OpenAI-compatible server through the real client, twice each
and in both orders, as check 16 does. Each call is right by a lot of its own. `--most` takes that
many of each kind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from generator.desk import Desk
from generator.embeddings import build_embedder
from generator.gate.calibration import read_calibration
from generator.gate.judge import judge_twice
from generator.gate.labelled import (
    Judged,
    Pair,
    compare_pairs,
    judge_pairs,
    measured,
    read_pairs,
    words_of,
)
from generator.llm import Retries, build_model
from generator.lots import lot_falls
from generator.multilingual import build_multilingual
from generator.prompts import unmarked
from store.errors import ModelCallError
from tests.corpora import corpus
from tests.generator.test_llm import Memory
from tests.model_server import Answer, model_server

SKILLS = (0.90, 0.97, 1.0)
AT_A_TIME = 16


class Wise:
    """A server's script that knows the labels and errs by lot."""

    def __init__(self, pairs: Sequence[Pair], skill: float) -> None:
        self._copies = {_key(pair.candidate, pair.reference): pair.copy for pair in pairs}
        self._skill = skill

    def __call__(self, prompt: str, number: int) -> Answer:
        told = prompt.partition("First question: ")[2]
        first, _, second = told.partition("\nSecond question: ")
        copy = self._copies[_key(first, second)]
        right = lot_falls(f"{self._skill}/{first}/{second}", self._skill)
        same = copy if right else not copy
        verdict = "same" if same else "different"
        return Answer(json.dumps({"verdict": verdict, "difference": "" if same else _own(first)}))


def _own(text: str) -> str:
    # All of the first: the second cannot hold it unless it is the same text.
    return " ".join(text.split())


def _key(first: str, second: str) -> frozenset[str]:
    return frozenset(" ".join(unmarked(text).split()) for text in (first, second))


async def settle(desk: Desk, unsure: Sequence[Judged]) -> list[Judged]:
    """Ask of each unsure pair, some at a time."""
    limit = asyncio.Semaphore(AT_A_TIME)

    async def one(judged: Judged) -> Judged:
        async with limit:
            try:
                word = await judge_twice(desk, judged.pair.candidate, judged.pair.reference)
            except ModelCallError:
                return judged
        verdicts = {"same": "contaminated", "different": "clean", "cannot tell": "unsure"}
        return replace(judged, verdict=verdicts[word])

    return list(await asyncio.gather(*map(one, unsure)))


def main() -> None:
    """Print the groups for each skill."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path)
    parser.add_argument("--most", type=int, default=10**6)
    given = parser.parse_args()
    pairs = read_pairs(given.pairs or corpus("data/near_duplicates/dev.jsonl.gz"))
    seen: Counter[str] = Counter()
    chosen = []
    for pair in pairs:
        seen[pair.kind] += 1
        if seen[pair.kind] <= given.most:
            chosen.append(pair)
    calibration = read_calibration()
    compared = compare_pairs(chosen, build_embedder(), build_multilingual(), words_of(pairs))
    ruled = judge_pairs(compared, calibration.thresholds)
    unsure = [one for one in ruled if one.verdict == "unsure"]
    settled = [one for one in ruled if one.verdict != "unsure"]
    rows = {"rule alone": measured(ruled, calibration.thresholds, {}, "")}
    for skill in SKILLS:
        with model_server(Wise(chosen, skill)) as server:
            model = build_model(
                "openai:judge", base_url=server.base_url, api_key="k", temperature=0.0,
                retries=Retries(tries=1, wait_initial_s=0.0, wait_max_s=0.0),
            )  # fmt: skip
            judged = asyncio.run(settle(Desk("judge", model, Memory()), unsure))
        rows[f"judge {skill:.0%}"] = measured([*settled, *judged], calibration.thresholds, {}, "")
    print(f"{len(unsure)} of {len(ruled)} pairs were unsure")
    print(f"{'F1':30}" + "".join(f"{name:>12}" for name in rows))
    for place, group in enumerate(rows["rule alone"].groups):
        values = [row.groups[place].f1 for row in rows.values()]
        print(f"{group.name:30}" + "".join(f"{value:12.3f}" for value in values))
    print(f"{'still held, English':30}" + "".join(f"{row.held:12.3f}" for row in rows.values()))
    for name, place in (("translated, recall", 0), ("translated, false alarms", 1)):
        print(f"{name:30}" + "".join(f"{row.translated[place]:12.3f}" for row in rows.values()))


if __name__ == "__main__":
    main()
