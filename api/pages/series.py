"""Sources as the page shows them: what needs a look first, and each with its weeks as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.lines import FAILING, SourceLine, Stand

#: The drawing's units: a bar and the gap after it are 10 wide, the tallest is 32 high.
STEP, GAP, HEIGHT = 10, 2, 32
#: What is not nothing can be seen.
LEAST = 3.0

_AT_REST: frozenset[Stand] = frozenset({"disabled", "withdrawn", "unlisted"})


@dataclass(frozen=True)
class Column:
    """One week's bar."""

    x: int
    y: float
    height: float
    #: "none" for no count, "now" for the week that is not over, else "past".
    look: str


@dataclass(frozen=True)
class Series:
    """One source's counts, week by week."""

    noun: str
    total: int
    #: The same in words, for who does not see it.
    told: str
    columns: tuple[Column, ...]

    @property
    def width(self) -> int:
        """The drawing's width."""
        return STEP * len(self.columns) - GAP


@dataclass(frozen=True)
class Card:
    """One source with its series."""

    line: SourceLine
    series: tuple[Series, ...]


@dataclass(frozen=True)
class Group:
    """Sources that need the same kind of look."""

    title: str
    cards: tuple[Card, ...]


def series_of(noun: str, weeks: Sequence[str], counts: Sequence[int]) -> Series:
    """Return counts as bars, the largest full height; the last one is of the running week."""
    most = max(counts, default=0)
    last = len(counts) - 1
    told = ", ".join(f"{week}: {count}" for week, count in zip(weeks, counts, strict=True))
    return Series(
        noun,
        sum(counts),
        f"{noun} a week. {told}",
        tuple(_column(n, count, most, running=n == last) for n, count in enumerate(counts)),
    )


def _column(number: int, count: int, most: int, *, running: bool) -> Column:
    height = round(max(LEAST, HEIGHT * count / most), 1) if count else 1.0
    look = "none" if not count else "now" if running else "past"
    return Column(STEP * number, round(HEIGHT - height, 1), height, look)


def groups(lines: Sequence[SourceLine]) -> list[Group]:
    """Return the sources by what they need: a look, nothing, nothing any more."""
    failing = [line for line in lines if line.standing in FAILING]
    resting = [line for line in lines if line.standing in _AT_REST]
    read = [line for line in lines if line.standing not in FAILING | _AT_REST]
    found = (("Failing", failing), ("Read", read), ("Not read any more", resting))
    return [
        Group(title, tuple(_card(line) for line in sorted(some, key=lambda line: line.urgency)))
        for title, some in found
        if some
    ]


def _card(line: SourceLine) -> Card:
    weeks = [each.week for each in line.weeks]
    documents = series_of("documents", weeks, [each.n_documents for each in line.weeks])
    questions = series_of("questions", weeks, [each.n_questions for each in line.weeks])
    return Card(line, (documents, questions))
