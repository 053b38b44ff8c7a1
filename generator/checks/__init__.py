"""Checks: one file each, one line in a table; cheapest first, stop at the first that fails."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any

from generator.checks.as_of import AsOf
from generator.checks.base import AnyCheck, DocumentCheck
from generator.checks.choices_only import ChoicesOnly
from generator.checks.contamination import Contamination
from generator.checks.copying import Copying
from generator.checks.corroboration import Corroboration
from generator.checks.date import Date
from generator.checks.difficulty import Difficulty
from generator.checks.duplicate import Duplicate
from generator.checks.entailed import Entailed
from generator.checks.first_seen import FirstSeen
from generator.checks.guessable import Guessable
from generator.checks.harm import Harm
from generator.checks.injection import Injection
from generator.checks.leak import Leak
from generator.checks.machine_written import MachineWritten
from generator.checks.needs_all import NeedsAll
from generator.checks.options import Options
from generator.checks.other_answers import OtherAnswers
from generator.checks.personal_data import PersonalData
from generator.checks.quote import Quote
from generator.checks.schema import Schema
from generator.checks.self_contained import SelfContained
from generator.checks.single_answer import SingleAnswer
from generator.checks.source import StandingSentence, TrustedSource
from generator.checks.supported import Supported
from generator.desk import Desks
from generator.embeddings import Embedder
from generator.gate.gate import Gate
from store.records import Document, Question, Source, Withdrawal


def document_checks(
    *,
    cutoff: datetime,
    until: datetime,
    sources: Mapping[str, Source],
    first_visits: Mapping[str, datetime],
    now: datetime,
    withdrawals: Mapping[str, Withdrawal],
) -> tuple[DocumentCheck, ...]:
    """Return checks 1 to 4, in order."""
    return (
        Date(cutoff, until),
        TrustedSource(sources, first_visits, now, withdrawals),
        Injection(),
        MachineWritten(),
    )


def candidate_checks(
    *,
    standing: StandingSentence,
    reread: Callable[[Document], str],
    extractor: str,
    embedder: Embedder,
    earlier: Sequence[Question],
    gate: Gate,
    desks: Desks,
    today: date,
    older: Callable[[], Iterable[Document]],
    window: Callable[[], Iterable[Document]],
    now: datetime,
) -> tuple[AnyCheck, ...]:
    """Return the checks of a candidate, in order; numbers as in the specification."""
    return (
        standing,  # 2, for what needs the quote
        Schema(),  # 5
        Quote(reread, extractor),  # 6
        Supported(),  # 7
        SelfContained(desks.verifier, today),  # 8
        Leak(),  # 9
        AsOf(),  # 10
        Options(desks.verifier, today),  # 11
        Copying(),  # 12
        PersonalData(),  # 13
        Harm(),  # 14
        Duplicate(embedder, earlier),  # 15
        Contamination(gate, desks.judge),  # 16
        FirstSeen(older, now),  # 17
        Corroboration(window, now),  # 18
        SingleAnswer(desks.verifier, today, desks.second),  # 19
        OtherAnswers(desks.verifier, today),  # 20
        Entailed(desks.verifier),  # 21
        Guessable(desks.guessers, today),  # 22
        ChoicesOnly(desks.guessers, today),  # 23
        NeedsAll(desks.verifier, today),  # 24
        Difficulty(),  # 25
    )


def _as_check(named: object) -> type[Any] | None:
    """Return what this file imports, if it is a check."""
    if not isinstance(named, type) or not is_dataclass(named):
        return None
    return named if hasattr(named, "name") and hasattr(named, "version") else None


def thresholds() -> dict[str, dict[str, float]]:
    """Return the numbers that decide, by check and version; each has its origin in its file."""
    numbers = {
        f"{check.name} {check.version}": {
            field.name: float(field.default)
            for field in fields(check)
            if isinstance(field.default, int | float)
        }
        for check in map(_as_check, globals().values())
        if check is not None
    }
    return {name: found for name, found in sorted(numbers.items()) if found}
