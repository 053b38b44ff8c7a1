"""What the contamination gate made of a week: flagged by stage and benchmark, and how near."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import floor
from typing import Any

from sqlmodel import Session, col, select

from store.tables import CandidateRow, FindingRow

#: The check whose findings are counted.
CHECK = "contamination"
_BINS = 10


@dataclass(frozen=True)
class GateCounts:
    """Counts alone: no question and no known text.

    Attributes:
        judged: Candidates the gate judged.
        verdicts: How many of them are clean, contaminated or unsure.
        stages: Of those not clean, the stage of the rule that decided.
        benchmarks: Of those not clean, the benchmark of the nearest known question.
        nearest: How many have their nearest known question in each tenth of cosine, from
            "0.0" to "0.9".
        calibrations: SHA-256 of the calibrations that the verdicts went by.
    """

    judged: int
    verdicts: Mapping[str, int]
    stages: Mapping[str, int]
    benchmarks: Mapping[str, int]
    nearest: Mapping[str, int]
    calibrations: tuple[str, ...]


def gate_counts(session: Session, week: str) -> GateCounts:
    """Return the counts of a week, from the newest finding of each candidate."""
    query = (
        select(FindingRow.number, FindingRow.subject, FindingRow.body)
        .join(CandidateRow, col(CandidateRow.id) == col(FindingRow.subject))
        .where(CandidateRow.week == week, FindingRow.check == CHECK)
    )
    # Sorted here: a database would carry every value through its sort.
    found = sorted(session.exec(query), key=lambda row: row[0] or 0)
    newest = {subject: body.get("evidence") or {} for _, subject, body in found}
    told = [one for one in newest.values() if "verdict" in one]
    caught = [one for one in told if one["verdict"] != "clean"]
    nearest = [one["nearest"] for one in caught if one.get("nearest")]
    return GateCounts(
        judged=len(told),
        verdicts=_counted(one["verdict"] for one in told),
        stages=_counted(one["stage"] for one in nearest),
        benchmarks=_counted(one["benchmark"] for one in nearest),
        nearest=_counted(_tenth(one) for one in told if one.get("nearest")),
        calibrations=tuple(sorted({one.get("calibration_sha256", "") for one in told} - {""})),
    )


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))


def _tenth(told: Mapping[str, Any]) -> str:
    place = min(_BINS - 1, max(0, floor(float(told["cosine"]) * _BINS)))
    return f"{place / _BINS:.1f}"
