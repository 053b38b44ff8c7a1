"""Seconds and peak memory of the newsroom week, stage by stage, each in a process of its own.

Run from the project's folder: `python -m tests.bench.week_report`. The share is of the whole.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from scrapers.sample.benchmark import BENCHMARK_FILE, BENCHMARK_NAME
from scripts.source_list import write_sources
from tests.newsroom import feeds, newsroom

WEEK = ("--week", "2026-W12", "--as-of", "2026-03-23")
STAGES = ("collect", "generate", "check", "release")
COMMANDS = ("--help", "sources list", "candidates", "doctor")

MEASURE = """
import resource, subprocess, sys
code = subprocess.run([sys.executable, "-m", "scripts.cli", *sys.argv[1:]],
                      stdout=subprocess.DEVNULL).returncode
print(code, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
"""


def measured(*arguments: str, environment: dict[str, str]) -> tuple[float, int]:
    """Run one command; return its seconds and its peak memory in MiB."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    code, peak_mib = done.stdout.split()
    if code not in ("0", "1"):
        sys.exit(f"{' '.join(arguments)} ended with {code}: {done.stderr}")
    return time.perf_counter() - started, int(peak_mib)


def main() -> None:
    """Print the two tables."""
    with tempfile.TemporaryDirectory() as folder, newsroom(date(2026, 3, 23)) as base:
        home = Path(folder)
        write_sources(home / "sources.toml", feeds(base))
        environment = os.environ | {
            "UNSEEN_HOME": folder,
            "UNSEEN_SOURCES": str(home / "sources.toml"),
            "UNSEEN_ALLOW_PRIVATE_HOSTS": base.removeprefix("http://"),
        }
        add = ("benchmarks", "add", str(BENCHMARK_FILE), "--name", BENCHMARK_NAME)
        measured(*add, environment=environment)
        stages = {stage: measured(stage, *WEEK, environment=environment) for stage in STAGES}
        whole = sum(seconds for seconds, _ in stages.values())
        print(f"{'stage':<10} {'seconds':>8} {'share':>6} {'peak MiB':>9}")
        for stage, (seconds, peak_mib) in stages.items():
            print(f"{stage:<10} {seconds:>8.1f} {seconds / whole:>6.0%} {peak_mib:>9}")
        print(f"{'week':<10} {whole:>8.1f}")
        print(f"\n{'command':<14} {'seconds':>8} {'peak MiB':>9}")
        for command in COMMANDS:
            seconds, peak_mib = measured(*command.split(), environment=environment)
            print(f"{command:<14} {seconds:>8.1f} {peak_mib:>9}")
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"\nthis script itself, newsroom included: {own} MiB")


if __name__ == "__main__":
    main()
