"""unanswerable – the passage does not say, and the right reply is that it cannot be known.

Made from an accepted kind of question by deleting every sentence that holds the answer, an
alias or the same number; the answerable twin is always released with it.

Bad: a hint left behind, a question that world knowledge answers, nothing left to read.

Invented example: context "The Tarn Council named the new ferry Wigeon." ->
"How many passengers can the ferry Wigeon carry?" – CANNOT BE KNOWN
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

import regex

from generator.english.dateline import without_dateline
from generator.english.dates import days
from generator.english.quantities import amounts, full_value
from generator.families.base import Reading, spans_without, variant
from generator.lots import asked_as, lot_falls
from generator.options import kind_of
from generator.passages import Sentence, shown
from store.records import CANNOT_BE_KNOWN, AnswerKey, Candidate, Span
from store.text import tokens

#: Of the questions that could have such a twin, this share gets one (mix of questions.md §1).
SHARE = 0.35
#: Less than this is no passage.
_MIN_WORDS_LEFT = 25
_SOURCES = ("number", "date", "entity", "fact")


@dataclass(frozen=True)
class Unanswerable:
    """Take the evidence away and ask the same question."""

    name: ClassVar[str] = "unanswerable"
    version: ClassVar[int] = 5

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield a twin for a fixed share of the answerable siblings."""
        for base in siblings:
            if base.family not in _SOURCES or not lot_falls(f"{self.name}/{asked_as(base)}", SHARE):
                continue
            telling = [s for s in reading.sentences if _tells(s, base, reading)]
            if _scarred(telling, reading) or _holds_answer(reading.document.title, base, reading):
                continue
            holes = [_hole(sentence, reading) for sentence in telling]
            left = spans_without(reading.document, base.context_spans, holes)
            if base.family == "entity" and _suggests_another(base, telling, reading):
                continue
            if len(shown(reading.document, left).split()) < _MIN_WORDS_LEFT:
                continue
            yield variant(
                base,
                self,
                "removed",
                key=AnswerKey(answer=CANNOT_BE_KNOWN, kind="abstain"),
                context_spans=left,
            )


#: A paragraph of at most this many words is one entry of a list or one report: it goes whole,
#: with its source in brackets, because half of it would show where it was cut.
_SHORT_PARAGRAPH = 60
#: A paragraph that opens so leans on the one before it.
_PRONOUN = regex.compile(r"(?:He|She|It|They|This|That|These|Those|His|Her|Its|Their|Both)\b")
#: A sentence that opens so leans on the one before it in its paragraph.
_LEANS = regex.compile(
    r"(?:He|She|It|They|This|That|These|Those|His|Her|Its|Their|Both|Such|One|Another|The|Then|So|"
    r"But|And|However|Instead|Two|Three|Only|Some|Most|All|None|Nobody|Afterwards|Later)\b"
)


#: With so many words of the question in common a sentence tells of something like it; judgement.
_ALIKE = 2
#: Words are the same to a reader when they begin alike: "announces" and "announced".
_STEM = 6
_NO_CONTENT = frozenset(
    "which country who that will with from into after over their what when".split()
)


def _suggests_another(base: Candidate, telling: Sequence[Sentence], reading: Reading) -> bool:
    """Whether what is left tells nearly the same of somebody else, whom one would then name."""
    asked = _stems(without_dateline(base.question))
    gone = {sentence.span.start for sentence in telling}
    return any(
        len(asked & _stems(sentence.text)) >= _ALIKE
        for sentence in reading.sentences
        if sentence.span.start not in gone
    )


def _stems(text: str) -> set[str]:
    return {word[:_STEM] for word in tokens(text) if len(word) > 3 and word not in _NO_CONTENT}


def _hole(sentence: Sentence, reading: Reading) -> Span:
    """Return what is cut out with a sentence."""
    words = sentence.paragraph.of(reading.document.text).split()
    return sentence.paragraph if len(words) <= _SHORT_PARAGRAPH else sentence.span


def _scarred(telling: Sequence[Sentence], reading: Reading) -> bool:
    """Whether a cut would leave a sentence behind that leans on what is gone."""
    gone = {sentence.span.start for sentence in telling}
    for before, after in pairwise(reading.sentences):
        if before.span.start not in gone or after.span.start in gone:
            continue
        if before.paragraph == after.paragraph:
            # A whole paragraph takes its next sentence along.
            cut_through = _hole(before, reading) != before.paragraph
            if cut_through and _LEANS.match(after.text):
                return True
        elif _PRONOUN.match(after.text):
            return True
    return False


def _tells(sentence: Sentence, base: Candidate, reading: Reading) -> bool:
    """Whether a sentence is evidence or holds the answer."""
    overlaps = (
        sentence.span.start < base.quote_span.end and base.quote_span.start < sentence.span.end
    )
    return overlaps or _holds_answer(sentence.text, base, reading)


def _holds_answer(text: str, base: Candidate, reading: Reading) -> bool:
    """Whether a text holds the answer, an alias, or a value it follows from."""
    if kind_of(base.key) == "number":
        asked = Decimal(base.key.answer)
        values = {asked, asked * Decimal(str(base.key.spec.get("scale", "1")))}
        return any({a.value, full_value(a)} & values for a in amounts(text))
    if kind_of(base.key) == "date":
        return any(day.day.isoformat() == base.key.answer for day in days(text, reading.published))
    words = tokens(text)
    return any(_holds(words, tokens(answer)) for answer in (base.key.answer, *base.key.aliases))


def _holds(words: Sequence[str], run: Sequence[str]) -> bool:
    return any(list(words[i : i + len(run)]) == list(run) for i in range(len(words) - len(run) + 1))
