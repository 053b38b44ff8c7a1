"""What `unseen sources list` shows: where each source stands, in a few lines a source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rich.markup import escape

from api.lines import SourceLine
from api.phrases import ago, ahead, counted, sparkline, verdict, visit_words
from api.standings import source_lines
from scripts.reading import console
from scripts.wiring import House
from store.database import session


def sources(house: House) -> list[SourceLine]:
    """Return the sources of the file, and those no longer listed that gave documents, by name.

    The reasons are whole: this is the operator's terminal, not the API.
    """
    with session(house.engine) as work:
        return source_lines(work, house.clock(), house.sources)


def print_sources(lines: Sequence[SourceLine], now: datetime) -> None:
    """Print sources, a few lines each; what fails comes first."""
    for line in sorted(lines, key=lambda line: line.urgency):
        style = "bold red" if line.fails else "bold"
        console.print(f"[{style}]{escape(line.name)}[/{style}]  {line.standing}")
        for sentence in source_sentences(line, now):
            # A site chooses some of these words: it must not move the terminal's cursor.
            plain = "".join(c if c.isprintable() else "�" for c in sentence)
            console.print(f"  {escape(plain)}", soft_wrap=True)
    console.print(verdict(lines))


def source_sentences(line: SourceLine, now: datetime) -> list[str]:
    """Return what is to be said of a source: troubles, visits, what it gave, its terms."""
    said = []
    if line.fails and line.failing_since:
        visits = counted(line.n_failures, "visit", "visits")
        said.append(f"failing since {_minute(line.failing_since, now)}, {visits}: {line.error}")
    if line.probation_until:
        said.append(f"on probation until {_day(line.probation_until)}: what it gives is held")
    if line.withdrawn_at:
        said.append(f"taken down on {_day(line.withdrawn_at)}: nothing of it is released any more")
    last = _minute(line.succeeded_at, now) if line.succeeded_at else "never"
    seen = f"last visit {_minute(line.visited_at, now)}, " if line.visited_at else ""
    planned = line.next_visit_at
    coming = f"{ahead(planned, now)} ({_clock(planned)})" if planned else "none"
    said.append(f"{seen}last read {last}, next visit {coming}")
    if line.visit:
        said.append(f"newest visit: {visit_words(line.visit)}")
    said.append(_weeks_in_words(line))
    every = f" every {line.interval}" if line.interval and line.listed else ""
    terms = (f"{line.kind}{every}" if line.kind else None, line.topic, line.licence)
    said.append(", ".join(term for term in (*terms, line.attribution) if term))
    return [*said, line.url] if line.url else said


def _weeks_in_words(line: SourceLine) -> str:
    documents = [week.n_documents for week in line.weeks]
    questions = [week.n_questions for week in line.weeks]
    newest = line.newest_document_at
    dated = f", newest of {_day(newest)}" if newest else ""
    return (
        f"{len(line.weeks)} weeks: documents {sparkline(documents)} {sum(documents)}, "
        f"questions {sparkline(questions)} {sum(questions)}; {line.n_documents} in all{dated}"
    )


def _day(at: datetime) -> str:
    return f"{at:%Y-%m-%d}"


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _minute(at: datetime, now: datetime) -> str:
    return f"{_clock(at)} ({ago(at, now)})"
