"""What the checks do with clean items and planted defects, with intervals, as a table."""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

from generator.calibration.clean import (
    CUTOFF,
    NOW,
    SOURCE,
    UNTIL,
    Item,
    clean_items,
    document_of,
    made,
)
from generator.calibration.frames import FRAMES
from generator.calibration.mutants import MUTANTS, Mutant
from generator.checks import candidate_checks, document_checks
from generator.checks.base import AnyCheck, Case, DocumentCheck, judge_cases, judge_document
from generator.checks.source import StandingSentence
from generator.desk import Desks
from generator.embeddings import Embedder
from generator.gate.gate import Gate
from generator.shares import Share
from store.errors import UnseenError
from store.records import Document

#: Of its own mutants a check must catch this share, and of clean items reject at most that
#: (the aims of questions.md §2 and of the calibration).
LEAST_RECALL = 0.95
MOST_REJECTED = 0.05
#: Mutants of a kind (questions.md §2, calibration).
N_MUTANTS = 100

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Row:
    """What became of one kind of mutant, or of the clean items at one check."""

    check: str
    version: int
    what: str
    share: Share
    #: Whether the share is to be high: caught, or kept.
    wants_much: bool
    met: bool

    def as_json(self) -> dict[str, object]:
        """Return it as a JSON object."""
        low, high = self.share.interval
        return {
            "check": self.check, "version": self.version, "what": self.what,
            "hits": self.share.hits, "n": self.share.n, "share": round(self.share.value, 4),
            "interval": [round(low, 4), round(high, 4)], "met": self.met,
        }  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """The checks under measurement, with an index and older texts of the calibration's own."""

    embedder: Embedder
    #: Opens a gate over benchmark items of these questions.
    gate_over: Callable[[Sequence[str]], Gate]
    desks: Desks

    def document_checks(self) -> Mapping[str, DocumentCheck]:
        """Return checks 1 to 4, by name."""
        found = document_checks(
            cutoff=CUTOFF, until=UNTIL, sources={SOURCE.name: SOURCE},
            first_visits={SOURCE.name: CUTOFF}, now=NOW, withdrawals={},
        )  # fmt: skip
        return {one.name: one for one in found}

    def checks(
        self, known: Sequence[str], older: Sequence[Document], window: Sequence[Document]
    ) -> dict[str, AnyCheck]:
        """Return the checks of a question, by name."""
        found = candidate_checks(
            standing=StandingSentence({SOURCE.name: SOURCE}, {}, lambda document: (), NOW),
            reread=lambda document: document.text,
            extractor="calibration/1",
            embedder=self.embedder,
            earlier=(),
            gate=self.gate_over(known),
            desks=self.desks,
            today=NOW.date(),
            older=lambda: older,
            window=lambda: window,
            now=NOW,
        )
        return {one.name: one for one in found}


def calibrate(
    bench: Bench,
    *,
    only: str | None = None,
    n_clean: int = 300,
    n_mutants: int = N_MUTANTS,
    progress: Progress = lambda stage, done, total: None,
) -> list[Row]:
    """Measure every check, or one, on clean items and on its mutants.

    Args:
        bench: The checks and their surroundings.
        only: The check to measure; all when None.
        n_clean: Clean items; each must pass every check.
        n_mutants: Mutants of each kind.
        progress: Told (stage, done, total).
    """
    clean = clean_items(n_clean)
    rows = _clean_rows(bench, clean, only)
    kinds = [
        kind
        for kind in MUTANTS
        if only in (None, kind.check) and (bench.desks.verifier or not kind.asked)
    ]
    for done, kind in enumerate(kinds, start=1):
        progress(kind.name, done, len(kinds))
        rows.append(_mutant_row(bench, kind, _pool(n_mutants), n_mutants))
    return rows


def _pool(n_wanted: int) -> Iterable[Item]:
    """Yield items of other towns than the clean set's, enough for any kind of defect."""
    yield from clean_items(n_wanted * 12, seed=2)
    rng = random.Random(3)
    named = [frame for frame in FRAMES if frame.kind == "text"]
    for number in range(n_wanted * 8):
        yield made(named[number % len(named)], f"Umber{number}quay", rng)


def _clean_rows(bench: Bench, clean: Sequence[Item], only: str | None) -> list[Row]:
    rows: list[Row] = []
    cases = [item.case for item in clean]
    failed: set[int] = set()
    for name, of_document in bench.document_checks().items():
        found = [judge_document(of_document, one.document) for one in cases]
        bad = {n for n, one in enumerate(found) if one.outcome != "pass"}
        failed |= bad
        rows.append(_clean_row(name, of_document.version, bad, cases))
    older = [document_of("Nothing of note.", "Elsewhere", "towns", date(2025, 12, 1))]
    known = [f"What is kept in the store of the Quince Row {n}?" for n in range(20)]
    for name, check in bench.checks(known, older, [one.document for one in cases]).items():
        if name == "source":
            continue
        verdicts = judge_cases(check, cases)
        bad = {n for n, one in enumerate(verdicts) if one.outcome != "pass"}
        failed |= bad
        rows.append(_clean_row(name, check.version, bad, cases))
    rows = [row for row in rows if only in (None, row.check)]
    if only is None:
        share = Share(len(failed), len(cases))
        rows.append(Row("all", 0, "clean rejected", share, False, share.value <= MOST_REJECTED))
    return rows


def _clean_row(name: str, version: int, bad: set[int], cases: Sequence[Case]) -> Row:
    share = Share(len(bad), len(cases))
    return Row(name, version, "clean rejected", share, False, share.value <= MOST_REJECTED)


def _mutant_row(bench: Bench, kind: Mutant, pool: Iterable[Item], n_wanted: int) -> Row:
    spoilt: list[tuple[Item, Case]] = []
    planted = ((item, case) for item in pool if (case := kind.plant(item)) is not None)
    spoilt = list(islice(planted, n_wanted))
    cases = [case for _, case in spoilt]
    if kind.stage == "document":
        document_check = bench.document_checks()[kind.check]
        verdicts = [judge_document(document_check, case.document) for case in cases]
        version = document_check.version
    else:
        check, before = _surroundings(bench, kind, [item for item, _ in spoilt])
        verdicts = judge_cases(check, [*before, *cases])[len(before) :]
        version = check.version
    wanted = {"pass"} if kind.must_pass else {"fail", "unsure"}
    share = Share(sum(one.outcome in wanted for one in verdicts), len(verdicts))
    least = 1.0 if kind.must_pass else LEAST_RECALL
    what = f"{kind.name} {'kept' if kind.must_pass else 'caught'}"
    return Row(kind.check, version, what, share, True, share.value >= least and share.n > 0)


def _surroundings(bench: Bench, kind: Mutant, items: Sequence[Item]) -> tuple[AnyCheck, list[Case]]:
    """Return the check with what the defect is about beside it: known items, older texts."""
    asked = [item.case.candidate.question for item in items]
    of_gate = kind.check == "contamination"
    known = asked if of_gate else ["What is kept in the store of the Quince Row?"]
    older = [_aged(item.case.document) for item in items] if kind.check == "first_seen" else []
    window = [item.case.document for item in items]
    check = bench.checks(known, older, window)[kind.check]
    return check, [item.case for item in items] if kind.check == "duplicate" else []


def _aged(document: Document) -> Document:
    return document.model_copy(
        update={"published_at": CUTOFF - timedelta(days=40), "id": f"{document.id[:-1]}x"}
    )


def table(rows: Sequence[Row], with_models: str) -> str:
    """Return the rows as a Markdown table, a line a check."""
    by_check: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        by_check[row.check, row.version].append(row)
    lines = [
        f"Measured {with_models}; share and Wilson interval of 95 %.",
        "",
        "| check | clean items rejected | planted defects |",
        "|---|---|---|",
    ]
    for (name, version), some in by_check.items():
        clean = "; ".join(str(row.share) for row in some if not row.wants_much)
        told = "<br>".join(
            f"{row.what}: {row.share}{'' if row.met else ' **missed**'}"
            for row in some
            if row.wants_much
        )
        check = f"{name} {version}" if version else name
        lines.append(f"| {check} | {clean} | {told or '–'} |")
    return "\n".join(lines)


def into(path: Path, written: str, mark: str = "calibration") -> None:
    """Put a table between the marks of a Markdown file.

    Raises:
        UnseenError: The file has no such marks.
    """
    first, last = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    text = path.read_text(encoding="utf-8")
    if text.count(first) != 1 or text.count(last) != 1:
        raise UnseenError(f"{path.name} has no place for the table; mark it {first} and {last}")
    before, _, rest = text.partition(first)
    after = rest.partition(last)[2]
    path.write_text(f"{before}{first}\n{written}\n{last}{after}", encoding="utf-8")


def as_json(rows: Sequence[Row]) -> str:
    """Return the rows as JSON."""
    return json.dumps([row.as_json() for row in rows], indent=1)
