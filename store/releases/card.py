"""The dataset card of a release: what it is, where it comes from, how to load it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from store.releases.changes import FIRST, Changes, changelog

if TYPE_CHECKING:
    from store.releases.publish import Item


def _table(counts: Mapping[str, int], head: str) -> str:
    lines = [f"| {head} | questions |", "|---|--:|"]
    return "\n".join(lines + [f"| {name} | {count} |" for name, count in sorted(counts.items())])


def dataset_card(week: str, items: Sequence[Item], changes: Changes = FIRST) -> str:
    """Return the README of a release: YAML that dataset hubs read, then prose."""
    opened = [item.question for item in items if not item.sealed]
    # In quotes: YAML reads a bare `no` (Norwegian) as false.
    languages = sorted({f'"{item.question.language}"' for item in items})
    licences = Counter(f"{q.source_licence} ({q.attribution})" for q in opened)
    return f"""---
pretty_name: Unseen {week}
language: [{", ".join(languages)}]
license: other
license_name: per-row
task_categories: [question-answering]
tags: [benchmark, contamination, fresh]
configs:
- config_name: "{week}"
  default: true
  data_files:
  - split: test
    path: questions.parquet
---

# Unseen {week}

{len(opened)} open and {len(items) - len(opened)} sealed questions about things first published
after the cutoff, each with the quote that proves its answer. The release never changes:
`manifest.json` hashes every file and `manifest.sig` signs the manifest (Ed25519, RFC 8785).

    from datasets import load_dataset
    load_dataset("parquet", data_files={{"test": "questions.parquet"}}, split="test")

Sealed questions carry a commitment instead of an answer: SHA-256(salt ‖ answer). When one
retires, `retired.jsonl` of a later release reveals answer and salt.

## Families

{_table(Counter(q.family for q in opened), "family")}

Someone who answers every question "CANNOT BE KNOWN" or "FALSE PREMISE" earns no more than the
share of `unanswerable` or `false_premise` above.

## Where the text comes from

Every row keeps the licence and attribution of its own source; the release as a whole has none.

{_table(licences, "licence and attribution")}

{changelog(changes)}"""
