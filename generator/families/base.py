"""What a question family is, and the pieces that all rule families share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar, Protocol, runtime_checkable

import regex

from generator.english.clauses import Clause, parse
from generator.english.dateline import with_dateline
from generator.english.dates import days, long_form
from generator.english.vocabulary import Vocabulary
from generator.passages import Sentence, passage_around, sentences
from generator.publishers import publisher_of
from store.records import AnswerKey, Candidate, Document, Grid, Span, content_hash, utc_date

#: An older event is no fresh fact, however fresh the page that recalls it (default cutoff).
MAX_AGE_DAYS = 180


@dataclass(frozen=True)
class Refusal:
    """A draft that came to nothing, with the reason and the model's words."""

    family: str
    why: str
    raw: str | None = None
    #: The writer could not be asked at all: the document is read again in the next run.
    unanswered: bool = False


class Family(Protocol):
    """Writes candidates of one kind from one document by rule."""

    name: ClassVar[str]
    version: ClassVar[int]

    def write(
        self, reading: Reading, siblings: Sequence[Candidate]
    ) -> Iterator[Candidate | Refusal]:
        """Yield candidates; `siblings` is what earlier families of the table wrote.

        A draft that came to nothing is a `Refusal`, so that it is counted.
        """
        ...


@runtime_checkable
class WritingFamily(Protocol):
    """Writes candidates of one kind with the help of a model; many documents at a time."""

    name: ClassVar[str]
    version: ClassVar[int]

    async def compose(
        self, reading: Reading, siblings: Sequence[Candidate]
    ) -> Sequence[Candidate | Refusal]:
        """Return what the model's drafts came to; one that came to nothing is a `Refusal`."""
        ...


@runtime_checkable
class JoiningFamily(Protocol):
    """Writes candidates that rest on several documents."""

    name: ClassVar[str]
    version: ClassVar[int]

    def join(self, library: Library) -> Iterator[Candidate | Refusal]:
        """Yield candidates from all documents of the window; the same library, the same ones.

        Its time must not grow faster than n log n with the number of documents.
        """
        ...


@dataclass(frozen=True)
class Statement:
    """A sentence whose shape is known: every day in it is written out with its year."""

    sentence: Sentence
    #: The sentence with "on Wednesday" and "on 5 August" turned into full days.
    dated_text: str
    clause: Clause
    #: How days that were left open were resolved, in order.
    derivations: tuple[str, ...]


#: Reads the tables and lists of a document.
Structure = Callable[[Document], Sequence[Grid]]
#: A line of a list or of a table, as texts are taken out of pages.
_LISTED = regex.compile(r"^(?:-|\|)\s", regex.MULTILINE)
_MIN_LISTED = 4


def no_structure(document: Document) -> Sequence[Grid]:
    """Know of no markup."""
    return ()


@dataclass(frozen=True)
class Reading:
    """One document read once, for all families."""

    document: Document
    #: Reads tables and lists out of the document's markup; asked only where its text has some.
    structure: Structure = field(default=no_structure, repr=False, compare=False)

    @property
    def published(self) -> date:
        """The day the document was published, UTC."""
        return utc_date(self.document.published_at)

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The document's sentences, in order."""
        return sentences(self.document)

    @cached_property
    def statements(self) -> tuple[Statement, ...]:
        """The sentences of known shape, in order."""
        vocabulary = Vocabulary.of(self.document.text)
        return tuple(
            statement
            for sentence in self.sentences
            if (statement := _statement(sentence, self.published, vocabulary))
        )

    @cached_property
    def grids(self) -> tuple[Grid, ...]:
        """The tables and lists of the document, as its markup has them."""
        listed = len(_LISTED.findall(self.document.text)) >= _MIN_LISTED
        return tuple(self.structure(self.document)) if listed else ()


@dataclass(frozen=True)
class Library:
    """All documents of a week's window that may be used, read once for all joining families."""

    #: By publication and id.
    readings: tuple[Reading, ...]
    #: What the document families wrote, by document id.
    drafts: Mapping[str, tuple[Candidate, ...]] = field(default_factory=dict)
    #: What the joining families before this one of the table wrote.
    joined: tuple[Candidate, ...] = ()
    #: Who publishes a document: two of one publisher are one witness.
    publisher: Callable[[Document], str] = publisher_of


def _statement(sentence: Sentence, published: date, vocabulary: Vocabulary) -> Statement | None:
    text, derivations = write_out_days(sentence.text, published)
    if _recalls(text, published):
        return None
    clause = parse(text, vocabulary)
    return Statement(sentence, text, clause, derivations) if clause else None


_IN_YEAR = regex.compile(r"\b[Ii]n\s(?P<year>(?:18|19|20)\d\d)\b")


def _recalls(text: str, published: date) -> bool:
    """Whether a sentence tells of a day or year that lies before every cutoff."""
    if any((published - day.day).days > MAX_AGE_DAYS for day in days(text, published)):
        return True
    newest = published - timedelta(days=MAX_AGE_DAYS)
    return any(int(match["year"]) < newest.year for match in _IN_YEAR.finditer(text))


def write_out_days(text: str, published: date) -> tuple[str, tuple[str, ...]]:
    """Return `text` with every day in full ("on 5 August 2026"), and how each was resolved."""
    derivations = []
    for day in reversed(sorted(days(text, published), key=lambda one: one.start)):
        preposition = (
            f"{text[day.start : day.start + len(day.preposition)]} " if day.preposition else ""
        )
        text = f"{text[: day.start]}{preposition}{long_form(day.day)}{text[day.end :]}"
        if day.derivation:
            derivations.append(day.derivation)
    return text, tuple(reversed(derivations))


#: Verbs that say how things stand, not what happened.
STATES = frozenset(
    {"have", "be", "support", "contain", "cost", "employ", "own", "hold", "include", "serve",
     "cover", "operate", "live", "use", "offer", "equal", "require", "remain"}
)  # fmt: skip


def with_date(question: str, statement: Statement, published: date) -> str:
    """Return the question with the day its answer holds for, unless it names one already.

    >>> # "How many people are killed …?" -> "As reported on 21 March 2026, how many …?"
    """
    if any(day.derivation is None for day in days(question, published)):
        return question
    state = statement.clause.time == "present" and statement.clause.base in STATES
    return with_dateline(question, published, state=state, at_end=bool(statement.clause.fronted))


def fronted(statement: Statement, question: str) -> str:
    """Put the clause's fronted part before the question: "In Ecuador, how many …?"."""
    opening = statement.clause.fronted
    if not opening:
        return question[0].upper() + question[1:]
    return f"{opening}, {question[0].lower()}{question[1:]}"


class Named(Protocol):
    """What a candidate's writer is named by."""

    name: ClassVar[str]
    version: ClassVar[int]


def draft(
    family: Named,
    reading: Reading,
    statement_sentence: Sentence,
    question: str,
    key: AnswerKey,
    **extra: Any,  # noqa: ANN401 - further fields of Candidate
) -> Candidate:
    """Return a rule-made candidate about one sentence of the document."""
    document = reading.document
    fields: dict[str, Any] = {
        "document_id": document.id,
        "family": family.name,
        "question": question,
        "key": key,
        "quote": statement_sentence.text,
        "quote_span": statement_sentence.span,
        "context_spans": passage_around(document, statement_sentence),
        "as_of": reading.published,
        "language": document.language,
        "topic": document.topic,
        "writer": f"rule:{family.name}/{family.version}",
        "prompt_sha256": content_hash(["rule", family.name, family.version]),
    }
    return Candidate.draft(**(fields | extra))


def pair_id(base: Candidate) -> str:
    """Return the id that a candidate and its variants share."""
    return "p_" + base.id.removeprefix("c_")


def variant(base: Candidate, family: Named, role: str, **changes: Any) -> Candidate:  # noqa: ANN401
    """Return a candidate made from `base`: same evidence, other words or other passage."""
    fields = base.model_dump(exclude={"id", "raw_reply"}) | {
        "family": family.name,
        "pair": pair_id(base),
        "pair_role": role,
        "writer": f"rule:{family.name}/{family.version}",
        "prompt_sha256": content_hash(["rule", family.name, family.version]),
    }
    return Candidate.draft(**(fields | changes))


def spans_without(
    document: Document, spans: Sequence[Span], gone: Sequence[Span]
) -> tuple[Span, ...]:
    """Return `spans` cut so that nothing of `gone` is left, white space at the cuts dropped."""
    kept = list(spans)
    for hole in gone:
        pieces = []
        for span in kept:
            for start, end in (
                (span.start, min(span.end, hole.start)),
                (max(span.start, hole.end), span.end),
            ):
                inside = document.text[start:end] if start < end else ""
                if inside.strip():
                    left = start + len(inside) - len(inside.lstrip())
                    pieces.append(Span(start=left, end=left + len(inside.strip())))
        kept = pieces
    return tuple(kept)
