"""7 supported – the answer follows from the quote, and the question claims no more than it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from generator.checks.base import Case, Verdict, unsure
from generator.checks.replays import OF_FAMILY, OF_KIND, OF_VARIANT
from generator.checks.replays.variants import closed_book
from generator.families.traits import CLOSED_BOOK


@dataclass(frozen=True)
class Supported:
    """Fail unless code derives the answer again from the quote (or finds it is not there)."""

    name: ClassVar[str] = "supported"
    version: ClassVar[int] = 5

    def __call__(self, case: Case) -> Verdict:
        """Derive the answer again by its family, else by its kind.

        A variant that asks what its base asks must be as the base is; then the base's answer is
        derived again.
        """
        candidate = case.candidate
        closed = candidate.pair_role == CLOSED_BOOK
        as_base = closed_book if closed else OF_VARIANT.get(candidate.family)
        if as_base is None:
            return _derived(case)
        alike = as_base(case)
        if alike.outcome != "pass" or case.base is None:
            return alike
        derived = _derived(replace(case, candidate=case.base, base=None))
        return replace(derived, why=f"{alike.why}; of its base: {derived.why}")


def _derived(case: Case) -> Verdict:
    candidate = case.candidate
    replay = OF_FAMILY.get(candidate.family) or OF_KIND.get(candidate.key.kind)
    if replay is None:
        return unsure(f"no rule derives answers of kind {candidate.key.kind}")
    return replay(case)
