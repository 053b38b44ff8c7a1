"""Progress for people: a bar on a terminal, a line a minute elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

Report = Callable[[str, int, int], None]

#: Elsewhere than on a terminal one line in this time is enough for a log.
QUIET_S = 60.0


@contextmanager
def show_progress() -> Iterator[Report]:
    """Yield what takes (stage, done, total); everything goes to stderr."""
    if sys.stderr.isatty():
        with _bars() as report:
            yield report
    else:
        yield _lines(time.monotonic)


@contextmanager
def _bars() -> Iterator[Report]:
    columns = (
        TextColumn("{task.description:>14}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


def _lines(clock: Callable[[], float]) -> Report:
    last: list[float] = [clock()]

    def report(stage: str, done: int, total: int) -> None:
        if clock() - last[0] >= QUIET_S:
            last[0] = clock()
            print(f"{stage}: {done} of {total}", file=sys.stderr, flush=True)

    return report
