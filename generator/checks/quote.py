"""6 quote – the evidence exists: found again in the capture's text, at its offsets, whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.passages import MAX_QUOTE_WORDS
from store.records import Document, sha256_hex


@dataclass(frozen=True)
class Quote:
    """Fail unless the captured bytes give the document's text and the text gives the quote."""

    #: Takes the text out of the capture again; raises CaptureDamaged or ExtractError.
    reread: Callable[[Document], str]
    #: Names the extractor that `reread` uses.
    extractor: str

    name: ClassVar[str] = "quote"
    version: ClassVar[int] = 2

    def __call__(self, case: Case) -> Verdict:
        """Slice the text at the offsets and compare."""
        candidate, document = case.candidate, case.document
        stored, again = document.text, self.reread(document)
        if sha256_hex(stored.encode()) != document.text_sha256:
            return failed("the document's text is not the one that was stored")
        if again != stored:
            if document.extractor == self.extractor:
                return failed("the document's text is not what its capture gives")
            # Re-extraction changes offsets, so a document keeps to the extractor that made it;
            # the quote must still stand in what the capture gives now.
            if candidate.quote not in again:
                return unsure("the capture no longer gives the quote: its extractor was another")
        span = candidate.quote_span
        if span.of(stored) != candidate.quote:
            return failed(
                f"characters {span.start}:{span.end} of the stored text are not the quote"
            )
        if any(shown.end > len(stored) for shown in candidate.context_spans):
            return failed("the passage ends after the text")
        n_words = len(candidate.quote.split())
        if n_words > MAX_QUOTE_WORDS:
            return failed(f"the quote has {n_words} words, at most {MAX_QUOTE_WORDS}", n_words)
        before, after = stored[: span.start].rstrip(" "), stored[span.end :].lstrip(" ")
        whole = (not before or before[-1] in '\n.!?:"”’)') and (
            candidate.quote[-1] in '.!?"”’)' or not after or after[0] == "\n"
        )
        if not whole:
            return failed("the quote is not made of whole sentences")
        where = "the text that its capture gives"
        if again != stored:
            where = f"the text of {document.extractor}, and in what its capture gives now"
        return passed(f"found again at {span.start}:{span.end} of {where}")
