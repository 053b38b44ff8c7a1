"""Sentences and passages of a document, by offsets; nothing here changes a character."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import regex

from store.records import Document, Exhibit, Span, passage_of

#: A passage shown beside a question holds about this many words: enough for rivals of the
#: answer to stand in it, short enough for every model's window. Judgement.
PASSAGE_WORDS = 180

#: Longer paragraphs are tables, logs and commit lists; they hold no plain sentence.
MAX_PARAGRAPH_CHARS = 4_000

#: Evidence is at most this many words (contract, row `evidence`).
MAX_QUOTE_WORDS = 50


@dataclass(frozen=True)
class Sentence:
    """One sentence of a document, with the paragraph it stands in."""

    text: str
    span: Span
    paragraph: Span


#: Up to a full stop, or any other end of a sentence, before a space or at the end of a line.
_CLAUSE = regex.compile(r"[^.!?\n]+(?:[.!?](?!\s)[^.!?\n]+)*")


def clauses(text: str) -> list[str]:
    """Return what stands between full stops or line ends: finer than sentences, for comparing."""
    return [str(found) for found in _CLAUSE.findall(text)]


@cache
def _segmenter() -> Any:  # noqa: ANN401 - pysbd has no types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        import pysbd
    return pysbd.Segmenter(language="en", clean=False)


def paragraphs(text: str) -> Iterator[Span]:
    """Yield the lines of `text` that hold anything, by offsets."""
    position = 0
    for line in text.split("\n"):
        if line.strip():
            start = position + len(line) - len(line.lstrip())
            yield Span(start=start, end=start + len(line.strip()))
        position += len(line) + 1


def sentences(document: Document) -> tuple[Sentence, ...]:
    """Return the sentences of a document, in order; very long paragraphs are left out."""
    found = []
    for paragraph in paragraphs(document.text):
        if paragraph.end - paragraph.start > MAX_PARAGRAPH_CHARS:
            continue
        line = paragraph.of(document.text)
        position = 0
        for piece in _segmenter().segment(line):
            start = line.index(piece, position)
            position = start + len(piece)
            kept = piece.strip()
            if kept:
                offset = paragraph.start + start + len(piece) - len(piece.lstrip())
                span = Span(start=offset, end=offset + len(kept))
                found.append(Sentence(kept, span, paragraph))
    return tuple(found)


def passage_around(document: Document, sentence: Sentence) -> tuple[Span, ...]:
    """Return the passage shown with a question about `sentence`: whole paragraphs around it."""
    every = list(paragraphs(document.text))
    low = high = every.index(sentence.paragraph)
    n_words = len(sentence.paragraph.of(document.text).split())
    while n_words < PASSAGE_WORDS and (low > 0 or high + 1 < len(every)):
        # Downwards first: what follows explains more often than what precedes.
        down = high + 1 < len(every) and (high - every.index(sentence.paragraph)) <= (
            every.index(sentence.paragraph) - low
        )
        if down or low == 0:
            high += 1
            added = every[high]
        else:
            low -= 1
            added = every[low]
        n_added = len(added.of(document.text).split())
        if n_added > PASSAGE_WORDS:
            low, high = (low, high - 1) if added is every[high] else (low + 1, high)
            break
        n_words += n_added
    return (Span(start=every[low].start, end=every[high].end),)


def exhibit(
    document: Document, sentence: Sentence, spans: tuple[Span, ...] | None = None
) -> Exhibit:
    """Return a sentence as one more quote of a candidate.

    Args:
        document: Where it stands.
        sentence: The quote.
        spans: What is shown with it; None for the passage around it, () where it is shown already.
    """
    return Exhibit(
        document_id=document.id,
        quote=sentence.text,
        quote_span=sentence.span,
        context_spans=passage_around(document, sentence) if spans is None else spans,
    )


def shown(document: Document, spans: tuple[Span, ...]) -> str:
    """Return the passage as a model gets it."""
    return passage_of(document.text, spans)
