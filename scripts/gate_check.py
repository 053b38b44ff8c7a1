"""`unseen benchmarks check`: one question, or a file of them, against the reference index."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.wiring import House
from store.errors import BenchmarkError

if TYPE_CHECKING:
    from generator.gate.normal import GateQuestion


def judge_one(house: House, question: str) -> dict[str, Any]:
    """Return the gate's verdict on one question."""
    return _row(house.gate().judge([_asked(question, None, None)])[0])


def judge_file(house: House, path: Path) -> Iterator[dict[str, Any]]:
    """Yield a verdict for each JSONL row (`question`, optional `choices`, `language`), in order.

    Raises:
        BenchmarkError: A line is no such row; the sentence names it.
    """
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            questions.append(_asked(row["question"], row.get("choices"), row.get("language")))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BenchmarkError(f"{path.name}, line {number}: no question in it") from error
    for verdict in house.gate().judge(questions):
        yield _row(verdict)


def _asked(question: str, choices: list[str] | None, language: str | None) -> GateQuestion:
    """Return a question as the gate takes it; its language is told from it where nobody says."""
    from generator.gate.normal import GateQuestion
    from store.languages import spoken_otherwise

    spoken = language or spoken_otherwise(question, "en") or "en"
    return GateQuestion(question, tuple(choices) if choices else None, language=spoken)


def _row(verdict: Any) -> dict[str, Any]:  # noqa: ANN401 - GateVerdict, not imported for speed
    row: dict[str, Any] = verdict.as_json()
    row.pop("thresholds", None)
    return row
