"""Killed or refused at any point of any stage, a week goes on as if nothing had been."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.postgres import wanted_postgres

ROOT = Path(__file__).parents[2]
#: What a stage must have at least, or the layer does not see it any more.
AT_LEAST = {"collect": 70, "generate": 30, "check": 60, "release": 40, "week": 120}

#: What the normal run tries of a stage's points.
SHARES = {"collect": 0.02, "generate": 0.04, "check": 0.02, "week": 0.008}


def tallies(folder: Path, *arguments: str) -> Sequence[dict]:
    """Run a campaign as a process of its own, with one thread a library, and tell its tallies."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults.campaign", str(folder), *arguments],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = [json.loads(line) for line in ended.stdout.splitlines()]
    for one in found:
        counts = {name: one[name] for name in ("points", "tried", "states", "seconds")}
        print(one["database"], one["stage"], one["fault"], counts, f"{len(one['failures'])} wrong")  # noqa: T201 - the counts
    return found


def nothing_is_wrong(found: Sequence[dict], n_tallies: int) -> None:
    assert len(found) == n_tallies
    assert [one for tally in found for one in tally["failures"]] == []
    for tally in found:
        assert tally["points"] >= AT_LEAST[tally["stage"]], tally
        # Threads may make one point fewer in a run than in the counted one.
        assert tally["names"].count("none") <= tally["tried"] // 10


def test_killed_or_refused_anywhere_a_week_goes_on_where_it_was(tmp_path):
    """A fixed share of all points; `tests/store/test_atomic.py` kills a publication at each."""
    some = [f"{stage}={share}" for stage, share in SHARES.items()]
    refused = ["release/enospc=0.1", "release/eio=0.1"]
    found = tallies(tmp_path / "some", "release/kill=0.34", *refused, *some)
    nothing_is_wrong(found, 3 + 3 * len(SHARES))


@pytest.mark.long
@pytest.mark.parametrize("stage", ["collect", "generate", "check", "release", "week"])
def test_every_point_of_every_stage(tmp_path, stage):
    nothing_is_wrong(tallies(tmp_path / "all", stage), 3)


@pytest.mark.long
def test_every_point_of_a_release_on_postgres(tmp_path):
    with wanted_postgres():
        pass
    nothing_is_wrong(tallies(tmp_path / "all", "release", "--postgres"), 3)
