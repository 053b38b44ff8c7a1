"""What the gate made of a week, counted from its newest findings."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from store.database import session
from store.gate_counts import gate_counts
from store.records import Finding
from store.tables import CandidateRow, FindingRow

FOUND = datetime(2026, 8, 12, tzinfo=UTC)


@pytest.fixture
def work(engine):
    with session(engine) as opened:
        yield opened


def judged(work, name, verdict, cosine, *, attempt=1, week="2026-W32", stage="edited"):
    if attempt == 1:
        work.add(CandidateRow(id=name, week=week, document_id="d_1", family="fact", body={}))
    nearest = {"benchmark": "tarnbench", "stage": stage, "row_id": "1"}
    evidence = {"verdict": verdict, "cosine": cosine, "nearest": nearest,
                "calibration_sha256": "c" * 64}  # fmt: skip
    outcome = {"clean": "pass", "contaminated": "fail", "unsure": "unsure"}[verdict]
    work.add(
        FindingRow.of(
            Finding(subject=name, check="contamination", version=3, outcome=outcome, why="so",
                    evidence=evidence, attempt=attempt, found_at=FOUND)
        )
    )  # fmt: skip
    work.flush()


def test_the_newest_finding_of_each_candidate_counts(work):
    judged(work, "c_1", "clean", 0.31)
    judged(work, "c_2", "contaminated", 0.97)
    judged(work, "c_3", "unsure", 0.71, stage="reworded")
    judged(work, "c_3", "clean", 0.71, attempt=2, stage="guard")
    judged(work, "c_4", "contaminated", 1.0, week="2026-W31")
    counts = gate_counts(work, "2026-W32")
    assert counts.judged == 3
    assert counts.verdicts == {"clean": 2, "contaminated": 1}
    assert (counts.stages, counts.benchmarks) == ({"edited": 1}, {"tarnbench": 1})
    assert counts.nearest == {"0.3": 1, "0.7": 1, "0.9": 1}
    assert counts.calibrations == ("c" * 64,)


def test_a_week_that_nobody_judged_counts_nothing(work):
    counts = gate_counts(work, "2026-W32")
    assert (counts.judged, counts.verdicts, counts.nearest) == (0, {}, {})
