"""The goals of the gate, on the labelled pairs; the numbers of the README come from here."""

from __future__ import annotations

import pytest

from generator.gate.thresholds import Thresholds
from tests.bench.gate_report import CHANGED, NEWS, cases_of, judge, read_rows
from tests.corpora import corpus

#: Rows a kind: enough to see a broken rule in seconds. All of them: tests/bench/gate_report.py.
SAMPLE = 12


@pytest.fixture(scope="module")
def judged(embedder):
    rows = read_rows(corpus("data/near_duplicates/dev.jsonl.gz"))
    kinds: dict[str, list] = {}
    for row in rows:
        kinds.setdefault(row["kind"], []).append(row)
    wanted = (
        *CHANGED,
        *NEWS,
        "exact",
        "edit_",
        "rephrase_en",
        "rephrase_gsm8k",
        "translated_xquad",
    )
    chosen = [row for kind, rows in kinds.items() if kind.startswith(wanted)
              for row in rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]]  # fmt: skip
    return judge(chosen, embedder, cases_of(corpus("data/benchmarks")), Thresholds())


def share(judged, kinds, verdict="contaminated"):
    members = [one for one in judged if one.kind.startswith(kinds)]
    assert members
    return sum(one.decision.verdict == verdict for one in members) / len(members)


def test_copies_and_edits_are_found(judged):
    assert share(judged, ("exact", "edit_")) >= 0.995


def test_news_about_another_date_or_entity_is_never_flagged(judged):
    assert share(judged, NEWS) == 0


@pytest.mark.parametrize(
    ("kind", "limit"), list(zip(CHANGED, (0.02, 0.03, 0.04, 0.04), strict=True))
)
def test_a_changed_fact_is_not_flagged(judged, kind, limit):
    assert share(judged, kind) <= limit


def test_rewordings_are_found(judged):
    assert share(judged, ("rephrase_en", "rephrase_gsm8k")) >= 0.85


def test_translations_are_held(judged):
    assert share(judged, ("translated_xquad",), "unsure") == 1
