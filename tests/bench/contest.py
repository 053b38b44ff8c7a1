"""Running a contender in a process of its own, and counting what it and its children cost."""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from tests.corpora import corpus

#: Linux: descendants whose parent is gone become ours, so that their CPU time is counted.
_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Measured:
    """What one run of one contender cost.

    Attributes:
        n: Things done: pages, polls.
        seconds: From the first to the last of them, by the contender's own clock.
        cpu_s: Of the contender and everything it started, imports included.
        peak_mib: Largest resident size of one of its processes.
        cpu: CPU seconds of the timed part alone, where the contender says them.
    """

    n: int
    seconds: float
    cpu_s: float
    peak_mib: float
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Things a second."""
        return self.n / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Milliseconds of CPU time a thing."""
        return self.cpu_s / self.n * 1e3


def run_contender(module: str, *arguments: str, **environment: str) -> Measured:
    """Run `python -m MODULE ARGUMENTS`, whose last line is JSON with `n` and `seconds`.

    It has an UNSEEN_HOME of its own. It runs below a process that waits for every descendant,
    also for those that outlive their parent.
    """
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.contest", module, *arguments],
            env=os.environ | {"UNSEEN_HOME": home} | environment,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


def _count(module: str, arguments: list[str]) -> Mapping[str, float]:
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], check=True, stdout=subprocess.PIPE, text=True
    )
    while True:
        try:
            os.wait()
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(done.stdout.splitlines()[-1])
    return told | {"cpu_s": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024}


@contextmanager
def newsroom_process(*options: str) -> Iterator[str]:
    """Serve the shared newsroom from a process of its own; yields its base URL."""
    with subprocess.Popen(
        [sys.executable, str(corpus("newsroom/newsroom.py")), "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.kill()


if __name__ == "__main__":
    print(json.dumps(_count(sys.argv[1], sys.argv[2:])))
