"""Memory of the idle daemon and seconds until it is ready, beside a bare process of its libraries.

Run from the project's folder: `python -m tests.bench.daemon_report`. The baseline imports
APScheduler, SQLModel and the settings' library, and does nothing; ratios are against it.
"""

from __future__ import annotations

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from scripts.source_list import write_sources
from store.records import Source

ROUNDS = 5
#: It sleeps, so that its memory is that of something that idles; what it prints is a sign of life.
BASELINE = """
import apscheduler.schedulers.background, sqlmodel, pydantic_settings
print("ready", flush=True)
import time
time.sleep(60)
"""


def rss_mib(pid: int) -> float:
    """Return the resident memory of a process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def environment_at(home: Path) -> dict[str, str]:
    """Return an environment with bytecode, as an installed program has it."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": str(home / "bytecode")}


def baseline(home: Path) -> tuple[float, float]:
    """Return seconds to the first line, and MiB, of the bare process."""
    command, environment = [sys.executable, "-c", BASELINE], environment_at(home)
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout
        process.stdout.readline()
        seconds = time.perf_counter() - started
        mib = rss_mib(process.pid)
        process.kill()
    return seconds, mib


def daemon(home: Path) -> tuple[float, float]:
    """Return seconds to READY=1, and MiB a second later, of a daemon with nothing due."""
    address = str(home / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(60)
        environment = environment_at(home) | {
            "UNSEEN_HOME": str(home),
            "UNSEEN_SOURCES": str(home / "sources.toml"),
            # No week is ever closed: what is measured is idling.
            "UNSEEN_SCHEDULE": "0 6 29 2 *",
            "NOTIFY_SOCKET": address,
        }
        started = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.cli", "daemon"],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        while b"READY=1" not in manager.recv(4096):
            pass
        seconds = time.perf_counter() - started
        time.sleep(1)
        mib = rss_mib(process.pid)
        process.send_signal(signal.SIGTERM)
        if process.wait(20):
            sys.exit(f"the daemon ended with {process.returncode}")
    os.unlink(address)
    return seconds, mib


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        off = Source(
            name="off", kind="feed", url="http://127.0.0.1:1/", licence="MIT",
            attribution="x", enabled=False,
        )  # fmt: skip
        write_sources(home / "sources.toml", [off])
        # The first makes the database and the bytecode.
        baseline(home), daemon(home)
        # In turns, so that a machine that is busy for a while is so for both.
        pairs = [(baseline(home), daemon(home)) for _ in range(ROUNDS)]
    both = {"bare process": [one for one, _ in pairs], "idle daemon": [one for _, one in pairs]}
    print(f"{'':<14} {'ready s':>8} {'MiB':>7}   medians of {ROUNDS}")
    medians = {}
    for name, rounds in both.items():
        medians[name] = tuple(statistics.median(column) for column in zip(*rounds, strict=True))
        print(f"{name:<14} {medians[name][0]:>8.2f} {medians[name][1]:>7.1f}")
    seconds, mib = (
        a / b for a, b in zip(medians["idle daemon"], medians["bare process"], strict=True)
    )
    print(f"{'ratio':<14} {seconds:>8.2f} {mib:>7.2f}")


if __name__ == "__main__":
    main()
