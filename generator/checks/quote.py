"""6 quote – the evidence exists: found again in the capture's text, at its offsets, whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from generator.checks.base import Case, Verdict, failed, passed, unsure
from generator.passages import MAX_QUOTE_WORDS
from store.records import Document, Exhibit, sha256_hex


@dataclass(frozen=True)
class Quote:
    """Fail unless the captured bytes give the document's text and the text gives the quote."""

    #: Takes the text out of the capture again; raises CaptureDamaged or ExtractError.
    reread: Callable[[Document], str]
    #: Names the extractor that `reread` uses.
    extractor: str

    name: ClassVar[str] = "quote"
    version: ClassVar[int] = 3

    def __call__(self, case: Case) -> Verdict:
        """Slice each document's text at the offsets and compare; the first that fails is told."""
        verdicts = [self._judge(exhibit, document) for exhibit, document in case.evidence]
        told = next((one for one in verdicts if one.outcome != "pass"), verdicts[0])
        if told.outcome == "pass" and len(verdicts) > 1:
            return passed(f"{len(verdicts)} quotes found again; the first {told.why}")
        return told

    def _judge(self, exhibit: Exhibit, document: Document) -> Verdict:
        stored, again, quote = document.text, self.reread(document), exhibit.quote
        if sha256_hex(stored.encode()) != document.text_sha256:
            return failed("the document's text is not the one that was stored")
        if again != stored:
            if document.extractor == self.extractor:
                return failed("the document's text is not what its capture gives")
            # Re-extraction changes offsets, so a document keeps to the extractor that made it;
            # the quote must still stand in what the capture gives now.
            if quote not in again:
                return unsure("the capture no longer gives the quote: its extractor was another")
        span = exhibit.quote_span
        if span.of(stored) != quote:
            return failed(
                f"characters {span.start}:{span.end} of the stored text are not the quote"
            )
        if any(shown.end > len(stored) for shown in exhibit.context_spans):
            return failed("the passage ends after the text")
        n_words = len(quote.split())
        if n_words > MAX_QUOTE_WORDS:
            return failed(
                f"the quote has {n_words} words, at most {MAX_QUOTE_WORDS}",
                n_words,
                threshold=MAX_QUOTE_WORDS,
            )
        before, after = stored[: span.start].rstrip(" "), stored[span.end :].lstrip(" ")
        whole = (not before or before[-1] in '\n.!?:"”’)') and (
            quote[-1] in '.!?"”’)' or not after or after[0] == "\n"
        )
        if not whole:
            return failed("the quote is not made of whole sentences")
        where = "the text that its capture gives"
        if again != stored:
            where = f"the text of {document.extractor}, and in what its capture gives now"
        return passed(f"found again at {span.start}:{span.end} of {where}")
