"""fact, by rule – to which version a release takes one of its parts.

Needs a release note whose title names the release, and a line "update PART to VERSION" for a
part that the note updates once. Free-worded facts are the model's work; this is the one shape
that a rule reads for certain.

Bad: a part updated twice, a title without a version, the release's own number.

Invented example: title "Brell 2.4.1", line "deps: update tarnlib to 3.1.0" ->
"To which version does the release Brell 2.4.1 update tarnlib?" – 3.1.0
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import regex

from generator.families.base import Reading, draft
from generator.options import with_options
from generator.passages import MAX_QUOTE_WORDS
from store.records import AnswerKey, Candidate, passage_of

_TITLE = regex.compile(
    r"\b(?P<release>\p{Lu}[\p{L}.+-]*(?:\s\p{L}[\p{L}.+-]*)?\sv?\d+(?:\.\d+)+)\b"
)
_UPDATE = regex.compile(
    r"\b(?:update|upgrade|bump)s?\s(?P<part>[\p{L}\d@/_.+-]{2,40})\sto\s"
    # "1.3.2.1-motley": what follows a dash or a plus belongs to the version.
    r"v?(?P<version>\d+(?:\.\d+)++)\b(?![-+]\w)"
)
#: More from one note would only vary the part's name.
_MAX_A_DOCUMENT = 3


@dataclass(frozen=True)
class Version:
    """Ask for the version that a release note gives a part."""

    name: ClassVar[str] = "fact"
    version: ClassVar[int] = 2

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield questions about parts that the note updates exactly once."""
        title = _TITLE.search(reading.document.title)
        if title is None:
            return
        found = [
            (sentence, match)
            for sentence in reading.sentences
            for match in _UPDATE.finditer(sentence.text)
            if len(sentence.text.split()) <= MAX_QUOTE_WORDS
        ]
        once = {part for part, n in Counter(match["part"] for _, match in found).items() if n == 1}
        kept = [(sentence, match) for sentence, match in found if match["part"] in once]
        for sentence, match in kept[:_MAX_A_DOCUMENT]:
            free = draft(
                self,
                reading,
                sentence,
                f"To which version does the release {title['release']} update {match['part']}?",
                AnswerKey(answer=match["version"], kind="version"),
            )
            yield with_options(
                free,
                passage=passage_of(reading.document.text, free.context_spans),
                same_document=[other["version"] for _, other in found],
            )
