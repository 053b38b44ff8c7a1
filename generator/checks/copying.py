"""12 copying – the question is not the source's own words, and its passage may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import regex

from generator.checks.base import Case, Verdict, failed, passed
from store.licences import text_may_be_shown
from store.text import longest_common_run

_WORD = regex.compile(r"[\p{L}\p{M}\d][\p{L}\p{M}\d'’.,-]*")


@dataclass(frozen=True)
class Copying:
    """Fail on a long run of the source's words; names and numbers cannot be said otherwise."""

    #: One below the 13 words by which copies are customarily found (questions.md §2, check 12).
    max_run: int = 12

    name: ClassVar[str] = "copying"
    version: ClassVar[int] = 2

    def __call__(self, case: Case) -> Verdict:
        """Measure the longest run that question and evidence share, names left out."""
        closed = [
            document.licence
            for document in case.documents.values()
            if not text_may_be_shown(document.licence)
        ]
        if closed and case.candidate.setting == "open_book":
            return failed(f"licence {closed[0]} lets no passage be shown")
        asked = _own_words(case.candidate.question)
        quotes = dict.fromkeys(exhibit.quote for exhibit in case.candidate.quotes)
        run = max(longest_common_run(asked, _own_words(quote)) for quote in quotes)
        if run > self.max_run:
            return failed(
                f"{run} words in a row are the source's, at most {self.max_run}",
                run,
                threshold=self.max_run,
            )
        return passed(f"the longest shared run has {run} words", run, threshold=self.max_run)


def _own_words(text: str) -> list[str]:
    """Return the words of `text` that are neither names nor numbers, in order."""
    words = [match.group().strip(".,'’-") for match in _WORD.finditer(text)]
    return [
        w
        for i, w in enumerate(words)
        if w and not w[0].isdigit() and (i == 0 or not w[0].isupper())
    ]
