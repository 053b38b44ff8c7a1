"""`unseen benchmarks check`: one question, or a file of them, against the reference index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.wiring import House
from store.errors import BenchmarkError


def judge_one(house: House, question: str) -> dict[str, Any]:
    """Return the gate's verdict on one question."""
    from generator.gate.normal import GateQuestion

    return _row(house.gate().judge([GateQuestion(question)])[0])


def judge_file(house: House, path: Path) -> Iterator[dict[str, Any]]:
    """Yield a verdict for each JSONL row (`question`, optional `choices`), in order.

    Raises:
        BenchmarkError: A line is no such row; the sentence names it.
    """
    from generator.gate.normal import GateQuestion

    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            choices = row.get("choices")
            questions.append(GateQuestion(row["question"], tuple(choices) if choices else None))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BenchmarkError(f"{path.name}, line {number}: no question in it") from error
    for verdict in house.gate().judge(questions):
        yield _row(verdict)


def _row(verdict: Any) -> dict[str, Any]:  # noqa: ANN401 - GateVerdict, not imported for speed
    row: dict[str, Any] = verdict.as_json()
    row.pop("thresholds", None)
    return row
