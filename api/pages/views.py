"""What the pages show, worked out before a template sees it: bars, filters, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from api.lines import JobKind, RunLine
from api.rows import FACETS, WeekRows
from api.schemas import FunnelAnswer, RowsAsked
from store.weeks import week_bounds, week_of


@dataclass(frozen=True)
class Bar:
    """One bar of a chart; `share` of the longest possible one, 0 to 100."""

    name: str
    count: int
    share: float


@dataclass(frozen=True)
class Choice:
    """One value a list can be narrowed to."""

    name: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True)
class Stage:
    """One step of the funnel: how many came through, and what stopped the others."""

    title: str
    meaning: str
    bar: Bar
    stopped: Sequence[Bar] = ()
    parts: Sequence[Bar] = ()


@dataclass(frozen=True)
class RunSection:
    """Runs under one heading; `kind` is None where all kinds are mixed."""

    kind: JobKind | None
    lines: Sequence[RunLine]
    #: Where the earlier ones are.
    next: str | None


def bars(counts: Mapping[str, int], whole: int | None = None) -> list[Bar]:
    """Return counts as bars, longest first; the whole is the largest count unless given."""
    longest = whole or max(counts.values(), default=0) or 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Bar(name, count, round(100 * count / longest, 2)) for name, count in ordered]


@dataclass(frozen=True)
class GateView:
    """What a release was checked against, and how near the nearest known questions were.

    Attributes:
        benchmarks: As the manifest names them, with how many candidates each stopped.
        verdicts: Candidates that were clean, contaminated or unsure.
        nearest: Candidates by the cosine of their nearest known question, a bar a tenth.
    """

    benchmarks: list[tuple[Mapping[str, Any], int]]
    verdicts: Mapping[str, int]
    nearest: list[Bar]


def gate_view(manifest: Mapping[str, Any]) -> GateView | None:
    """Return the view, or None for a release that says nothing of it."""
    told, index = manifest.get("gate"), manifest.get("index")
    if not told or not index:
        return None
    stopped = told["benchmarks"]
    counts = {f"{tenth} to {float(tenth) + 0.1:.1f}": n for tenth, n in told["nearest"].items()}
    return GateView(
        [(one, stopped.get(one["name"], 0)) for one in index["benchmarks"]],
        told["verdicts"],
        sorted(bars(counts), key=lambda bar: bar.name),
    )


def filters(week: str, rows: WeekRows, asked: RowsAsked) -> dict[str, list[Choice]]:
    """Return what a week's list can be narrowed to, with the address of each narrowing."""
    chosen = {name: getattr(asked, name) for name in FACETS if getattr(asked, name) is not None}

    def choice(facet: str, value: str, count: int) -> Choice:
        active = chosen.get(facet) == value
        others = {name: kept for name, kept in chosen.items() if name != facet}
        query = others if active else {**others, facet: value}
        url = f"/sets/{week}{'?' + urlencode(query) if query else ''}#questions"
        return Choice(value, count, url, active)

    return {
        facet: [choice(facet, value, count) for value, count in counts.items()]
        for facet, counts in rows.counts.items()
        if len(counts) > 1 or facet in chosen
    }


def stages(counts: FunnelAnswer, released: Mapping[str, int] | None) -> list[Stage]:
    """Return the funnel as steps; `released` is what the week's release carries, if it exists."""
    kept = max(0, counts.documents - sum(counts.documents_stopped.values()))
    drafted, accepted = sum(counts.drafted.values()), sum(counts.accepted.values())
    n_held = sum(counts.held.values())
    found = [
        Stage(
            "Documents read",
            "Pages fetched, cleaned and dated in the window.",
            _of(counts.documents, counts.documents),
            stopped=bars(counts.documents_stopped, counts.documents),
        ),
        Stage(
            "Documents let through",
            "Nothing a document check found speaks against them.",
            _of(kept, counts.documents),
        ),
        Stage(
            "Candidates drafted",
            "Questions written from them, each with the quote that proves its answer."
            + _drafts_beside(counts),
            _of(drafted, drafted),
            stopped=bars(counts.stopped, drafted),
            parts=bars(counts.drafted),
        ),
        Stage(
            "Questions accepted",
            "Every required check passed. "
            + (f"{n_held} more are held: a check could not decide yet." if n_held else ""),
            _of(accepted, drafted),
            parts=bars(counts.accepted),
        ),
    ]
    if released is not None:
        carried = released["open"] + released["sealed"]
        found.append(
            Stage(
                "In the release",
                f"{released['open']} open and {released['sealed']} sealed, "
                "those carried over from earlier weeks included.",
                _of(carried, max(drafted, carried)),
            )
        )
    return found


def _drafts_beside(counts: FunnelAnswer) -> str:
    """Say what else was drafted: what came to nothing before, and what nobody has examined."""
    n_refused = sum(counts.refused.values())
    refused = f" {n_refused} more drafts came to nothing before." if n_refused else ""
    waiting = f" {counts.waiting} are not examined yet." if counts.waiting else ""
    return refused + waiting


def week_after(week: str, n_weeks: int) -> str:
    """Return the ISO week that begins `n_weeks` later: 2026-W50 and 6 -> 2027-W03."""
    start, _ = week_bounds(week)
    return week_of((start + timedelta(weeks=n_weeks)).date())


def _of(count: int, whole: int) -> Bar:
    return Bar("", count, round(100 * count / whole, 2) if whole else 0.0)
