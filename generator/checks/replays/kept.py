"""Words of the quote that change its claim must stand in the question, too."""

from __future__ import annotations

import regex

from generator.checks.base import Case, Verdict, failed, passed

#: Words that change what a sentence claims: when they stand before the answer in the quote,
#: the question must carry them too.
_MUST_KEEP = regex.compile(
    r"\b(?:not|never|no longer|nobody|without|reportedly|allegedly|alleged|claims?|claimed|says?|"
    r"said|denies|denied|according to|estimates?|estimated|expected|expects|plans to|planned|"
    r"could|may|might|would|should|if|unless|hypothetical|forecasts?|predicted)\b",
    regex.IGNORECASE,
)


def kept(case: Case, answer_at: int, why: str) -> Verdict:
    """Pass unless a word that changes the claim stands before the answer and was dropped."""
    question = case.candidate.question.casefold()
    for match in _MUST_KEEP.finditer(case.candidate.quote[:answer_at]):
        stem = match.group().casefold()[:5].strip()
        if stem not in question:
            return failed(
                f"the quote says {match.group()!r} before the answer, the question does not"
            )
    return passed(why)
