"""6 quote – the evidence exists: found again in the stored text, at its offsets, whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from generator.checks.base import Case, Verdict, failed, passed
from generator.passages import MAX_QUOTE_WORDS
from store.records import sha256_hex


@dataclass(frozen=True)
class Quote:
    """Fail unless the stored bytes give the stored text and the text gives the quote."""

    #: Returns stored bytes by SHA-256; raises CaptureDamaged.
    read: Callable[[str], bytes]

    name: ClassVar[str] = "quote"
    version: ClassVar[int] = 1

    def __call__(self, case: Case) -> Verdict:
        """Slice the stored text at the offsets and compare."""
        candidate, document = case.candidate, case.document
        stored = self.read(document.text_sha256).decode("utf-8")
        self.read(document.capture_sha256)
        if stored != document.text or sha256_hex(document.text.encode()) != document.text_sha256:
            return failed("the document's text is not the one that was stored")
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
        return passed(f"found again at {span.start}:{span.end} of the stored text")
