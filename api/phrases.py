"""Times, lengths and counts in words: short ones, the same on the pages and in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from api.lines import SourceLine, VisitLine

#: A unit is left for the next when its number has grown too long to be read at a glance.
_UNITS = ((1, 90, "s"), (60, 90, "min"), (3600, 36, "h"))
_DAY = 86_400
_BARS = "▁▂▃▄▅▆▇█"


def lasting(seconds: float) -> str:
    """Return a length of time for people: 40 s, 12 min, 5 h, 3 days."""
    for unit, most, name in _UNITS:
        if seconds < unit * most:
            return f"{round(seconds / unit)} {name}"
    return f"{round(seconds / _DAY)} days"


def between(start: datetime, end: datetime) -> str:
    """Return how long it is from one instant to another."""
    return lasting((end - start).total_seconds())


def ago(at: datetime, now: datetime) -> str:
    """Return how long ago an instant was."""
    return "just now" if (now - at).total_seconds() < 60 else f"{between(at, now)} ago"


def ahead(at: datetime, now: datetime) -> str:
    """Return in how long an instant comes; what is past is due."""
    return f"in {between(now, at)}" if at > now else "due now"


def counted(n: int, one: str, many: str) -> str:
    """Return a count with its noun."""
    return f"{n} {one if n == 1 else many}"


def came_to(counts: Mapping[str, int]) -> str:
    """Return what a visit or a week's run came to; "" when it did not say."""
    if not counts:
        return ""
    n = dict(counts)
    if "n_open" in n or "n_sealed" in n:
        n_open, n_sealed = n.get("n_open", 0), n.get("n_sealed", 0)
        return f"{counted(n_open, 'open question', 'open questions')}, {n_sealed} sealed"
    if n.get("n_unchanged") and not any(n[name] for name in n if name != "n_unchanged"):
        return "unchanged since the visit before"
    if not any(n.values()):
        return "nothing listed"
    said = [
        f"{n.get('n_listed', 0)} listed",
        counted(n.get("n_documents", 0), "new document", "new documents"),
    ]
    if n.get("n_facts"):
        said.append(counted(n["n_facts"], "new fact", "new facts"))
    rest = {"n_unchanged": "unchanged", "n_refused": "refused", "n_too_old": "too old"}
    said += [f"{n[name]} {word}" for name, word in rest.items() if n.get(name)]
    return ", ".join(said)


def visit_words(visit: VisitLine) -> str:
    """Return what a visit came to."""
    return came_to(visit.model_dump(exclude={"finished_at"}))


def verdict(lines: Sequence[SourceLine]) -> str:
    """Return in a sentence whether all sources are read."""
    visited = [line for line in lines if line.listed and line.standing not in _AT_REST]
    failing = [line for line in visited if line.fails]
    waiting = sum(line.standing == "not visited" for line in visited)
    if not visited:
        return "No source is read: none is on the list and enabled."
    if failing:
        return f"{len(failing)} of {counted(len(visited), 'source', 'sources')} cannot be read."
    if waiting:
        return f"{waiting} of {counted(len(visited), 'source', 'sources')} not visited yet."
    if len(visited) == 1:
        return "The one source was read at its last visit."
    return f"All {len(visited)} sources were read at their last visit."


_AT_REST = frozenset({"disabled", "withdrawn"})


def sparkline(counts: Sequence[int]) -> str:
    """Return counts as little bars of text, the largest one full."""
    most = max(counts, default=0)
    if not most:
        return _BARS[0] * len(counts)
    # Something is never drawn like nothing.
    return "".join(_BARS[-(-count * (len(_BARS) - 1) // most)] for count in counts)
