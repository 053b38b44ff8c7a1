"""Why a sealed question leaves the set before or at the end of its life (questions.md §5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from store.records import Question
from store.text import shingles, tokens

#: Sealed answers live this long, then they are revealed (questions.md §5, judgement).
SEALED_WEEKS = 6
#: Words in a run that two texts share by copying, seldom by chance (gate.md §3, 3).
RUN_WORDS = 8
#: From this many retirements for one cause on, a document's other questions wait.
RETIREMENTS_IN_DOUBT = 2


@dataclass(frozen=True)
class Text:
    """A text that was seen after a question was sealed: a page, or a benchmark's row."""

    name: str
    words: str
    seen_at: datetime


class LeakSearch:
    """Finds sealed questions in other texts: a run of eight of their words, or their id.

    Runs that stand in a question's own documents are no leak: the question was made from them.
    """

    def __init__(
        self,
        questions: Mapping[str, Question],
        own_texts: Mapping[str, str],
        sealed_at: Mapping[str, datetime],
    ) -> None:
        """Index the questions.

        Args:
            questions: Sealed questions by id.
            own_texts: The texts of each one's documents, by its id.
            sealed_at: When each was sealed; what was seen before is no leak of it.
        """
        self._sealed_at = sealed_at
        self._ids = tuple(sorted(questions))
        self._holders: dict[tuple[str, ...], list[str]] = {}
        for name in self._ids:
            own = set(shingles(tokens(own_texts.get(name, "")), RUN_WORDS))
            for run in set(shingles(tokens(questions[name].question), RUN_WORDS)) - own:
                self._holders.setdefault(run, []).append(name)

    def found_in(self, text: Text) -> Iterator[str]:
        """Yield the ids of the questions that a text holds, some more than once."""
        for run in shingles(tokens(text.words), RUN_WORDS):
            yield from self._holders.get(run, ())
        if "q_" in text.words:
            yield from (name for name in self._ids if name in text.words)

    def leaks(self, texts: Iterable[Text]) -> dict[str, str]:
        """Return where each leaked question was first found, by its id."""
        found: dict[str, str] = {}
        for text in texts:
            for name in self.found_in(text):
                if self._sealed_at[name] < text.seen_at:
                    found.setdefault(name, text.name)
        return found


def stale_since(question: Question, day: date, newest_text: str | None) -> str | None:
    """Say why an answer does not hold any more on `day`; None while it does.

    Args:
        question: The question.
        day: The day that is asked about.
        newest_text: What its page said when it was last read, where that was after the question
            was written; None where it was not read again.
    """
    if question.valid_until is not None and question.valid_until < day:
        return f"its answer held until {question.valid_until}"
    if newest_text is not None and question.evidence not in newest_text:
        return "its page does not say so any more"
    return None


def documents_in_doubt(retirements: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the pages of which two or more questions were retired for one cause.

    Args:
        retirements: A page's address and the reason, one a retired unit; the end of a life is no
            cause.
    """
    counts = Counter(retirements)
    return frozenset(document for (document, _), n in counts.items() if n >= RETIREMENTS_IN_DOUBT)
