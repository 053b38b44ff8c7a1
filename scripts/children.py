"""The daemon's children: our own commands as processes, one of a kind at a time."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scripts.notify import without_notices

log = logging.getLogger("unseen.daemon")

#: A child that is told to stop has this long; what it committed is kept, the rest is done later.
GRACE_S = 8.0
#: After a child that crashed the next is started after this, doubled with each up to the longest.
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 300.0

Start = Callable[[Sequence[str]], "subprocess.Popen[bytes]"]


def start_child(arguments: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start one of our own commands with this interpreter."""
    return subprocess.Popen(
        [sys.executable, "-m", "scripts.cli", *arguments],
        env=without_notices(os.environ),
        stdin=subprocess.DEVNULL,
    )


@dataclass
class Child:
    """One kind of child, of which one runs at a time.

    Attributes:
        start: Starts `unseen` with arguments.
        ticks: A clock that nobody sets.
        good_codes: Exit codes that are no failure.
        n_crashes: How many in a row ended otherwise.
    """

    name: str
    start: Start
    ticks: Callable[[], float]
    good_codes: frozenset[int] = frozenset({0})
    process: subprocess.Popen[bytes] | None = None
    n_crashes: int = 0
    _not_before: float = 0.0

    @property
    def is_running(self) -> bool:
        """Whether it runs, as far as we have looked."""
        return self.process is not None

    @property
    def pause_s(self) -> float:
        """The seconds until it may be started; 0 when it may."""
        return max(self._not_before - self.ticks(), 0.0)

    def wake(self, *arguments: str) -> None:
        """Start it, unless it runs or has just crashed."""
        if self.process is None and not self.pause_s:
            log.info("starts: unseen %s", " ".join(arguments))
            self.process = self.start(arguments)

    def reap(self) -> int | None:
        """Return its exit code when it has ended since we last looked."""
        code = self.process.poll() if self.process else None
        if code is None:
            return None
        self.process = None
        self.n_crashes = 0 if code in self.good_codes else self.n_crashes + 1
        if self.n_crashes:
            pause = FIRST_PAUSE_S * 2.0 ** min(self.n_crashes - 1, 16)
            self._not_before = self.ticks() + min(pause, LONGEST_PAUSE_S)
            log.warning("%s ended with code %d", self.name, code)
        else:
            log.info("%s ended", self.name)
        return code


def stop_children(children: Sequence[Child], ticks: Callable[[], float]) -> None:
    """Ask all children to end, and end those that do not within the grace time they share."""
    running = [child.process for child in children if child.process]
    for process in running:
        process.terminate()
    deadline = ticks() + GRACE_S
    for process in running:
        try:
            process.wait(max(deadline - ticks(), 0.0))
        except subprocess.TimeoutExpired:
            # What it committed is kept, and its run is given up at the next start.
            process.kill()
            process.wait()
