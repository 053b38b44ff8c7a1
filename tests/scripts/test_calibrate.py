"""`unseen calibrate` from the terminal: a table, JSON, and one sentence when it cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def unseen(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "scripts.cli", "calibrate", *arguments],
        env={"PATH": "/usr/bin:/bin", "UNSEEN_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_one_check_is_measured_and_told_as_json(tmp_path: Path) -> None:
    done = unseen(tmp_path, "--check", "leak", "--items", "27", "--mutants", "5", "--json")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    assert {row["check"] for row in rows} == {"leak"} and all(row["met"] for row in rows)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(("--check", "nonsense"), 1, "nothing is planted", id="no such check"),
        pytest.param(("--readme", "/nowhere/x.md"), 2, "does not exist", id="no such file"),
    ],
)
def test_what_cannot_be_is_one_sentence(tmp_path: Path, arguments, code, words) -> None:
    done = unseen(tmp_path, *arguments)
    assert done.returncode == code and "Traceback" not in done.stderr
    assert words in " ".join(done.stderr.split())
