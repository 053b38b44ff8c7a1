"""A process that tells stories and publishes weeks without a pause, and notes what it committed."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from store.database import open_engine
from store.releases.keys import Keys
from tests.building import Told, World
from tests.store.weeks import pier

#: Every so many stories a week is published: this many but one open, the last one sealed.
A_WEEK = 4


def week_of(number: int) -> str:
    """Return the name of the n-th week: real ones, in order, without an end."""
    return f"{2026 + number // 52}-W{number % 52 + 1:02d}"


def _note(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def write_on(home: Path, url: str) -> None:
    """Write until killed; a line is printed when what it names is committed."""
    world = World(home, open_engine(url), Keys.load(home / "keys"))
    waiting: list[Told] = []
    sealed: Told | None = None
    for number in itertools.count():
        week = week_of(number // A_WEEK)
        waiting.append(world.tell(pier(number), week))
        _note(f"told {number}")
        if len(waiting) == A_WEEK:
            *opened, sealing = waiting
            world.release(week, opened, [sealing], [(sealed, "its time is over")] if sealed else [])
            _note(f"released {week}")
            sealed, waiting = sealing, []


if __name__ == "__main__":
    write_on(Path(sys.argv[1]), sys.argv[2])
