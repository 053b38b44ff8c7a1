"""The nouns of the system, frozen and validated; they know nothing of the database.

Source → Capture → Document → Candidate → Finding → Question → Release
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import pairwise, zip_longest
from typing import Any, Literal

import rfc8785
from pydantic import AwareDatetime, ConfigDict, field_validator, model_validator
from sqlmodel import Field, SQLModel

SourceKind = Literal["feed", "sitemap", "page", "json"]
FactKind = Literal["number", "date", "bool", "version", "text"]
DateBasis = Literal["feed", "page", "http", "first_seen"]
Outcome = Literal["pass", "fail", "unsure"]
Setting = Literal["open_book", "closed_book"]
AnswerKind = Literal[
    "text",
    "number",
    "date",
    "duration",
    "version",
    "id",
    "set",
    "order",
    "choice",
    "abstain",
    "premise",
    "json",
]
CandidateState = Literal["drafted", "held", "rejected", "accepted"]

CANNOT_BE_KNOWN = "CANNOT BE KNOWN"
FALSE_PREMISE = "FALSE PREMISE"


def sha256_hex(payload: bytes) -> str:
    """Return the SHA-256 of `payload` as 64 lower-case hex digits."""
    return hashlib.sha256(payload).hexdigest()


def content_hash(value: object) -> str:
    """Return the SHA-256 of a JSON value in its canonical form (RFC 8785)."""
    return sha256_hex(rfc8785.dumps(value))  # type: ignore[arg-type]


class Record(SQLModel):
    """A value: validated, frozen, equal by content."""

    model_config = ConfigDict(frozen=True, extra="forbid")  # type: ignore[assignment]


class Source(Record):
    """One place we may read, and on what terms; a row of the source file."""

    name: str = Field(min_length=1, max_length=80)
    kind: SourceKind
    url: str = Field(min_length=1)
    #: SPDX id where one exists, or LicenseRef-…; decides whether text may be shown.
    licence: str = Field(min_length=1)
    attribution: str = Field(min_length=1)
    topic: str = Field(default="general", min_length=1)
    #: Time between two visits, for instance "1h"; the daemon reads it.
    interval: str = "1h"
    user_agent: str | None = None
    #: CSS selector of a list page's article links (kind `page`); without it a page that has
    #: tables is read for their cells.
    links: str | None = None
    #: JMESPath expressions of kind `json`: where the items are in the body, and what is what in
    #: one item. `item_url` is the contract's `url` of an item; the source's own has that name.
    items: str | None = None
    id: str | None = None
    title: str | None = None
    item_url: str | None = None
    published: str | None = None
    #: A template over an item, `{name}` or `{JMESPath}`, that gives the document's text.
    text: str | None = None
    #: Days that a page with a day in its address is left to settle before it is read.
    days_late: int = Field(default=0, ge=0, le=30)
    #: Whether anybody may edit its pages: then a sentence counts once it stood for 72 hours.
    openly_edited: bool = False
    enabled: bool = True


class Capture(Record):
    """Bytes as they came, with what was asked and answered; evidence, never edited."""

    sha256: str = Field(min_length=64, max_length=64)
    source: str
    url: str
    final_url: str
    status: int
    content_type: str
    #: Response headers, names in lower case.
    headers: dict[str, str]
    n_bytes: int = Field(ge=0)
    fetched_at: AwareDatetime


class Dates(Record):
    """When a text says it was published, by witness; each None when it says nothing."""

    feed: AwareDatetime | None = None
    page: AwareDatetime | None = None
    http: AwareDatetime | None = None
    first_seen: AwareDatetime | None = None


class Document(Record):
    """One text as one source published it: clean, dated, with how the date is known."""

    #: `d_` + 16 hex of the hash of (url, text).
    id: str
    source: str
    url: str
    title: str = Field(min_length=1)
    #: Empty only when it was removed from the store on request.
    text: str
    text_removed_at: AwareDatetime | None = None
    text_sha256: str
    #: The bytes the text was extracted from.
    capture_sha256: str
    #: Where in the capture: "" is the whole page, "entry:ID" one entry of a feed.
    locator: str = ""
    #: Name, version and options of the extractor: offsets hold for this one only.
    extractor: str
    #: Sentences a reader of the page would not see; check `injection` looks at them.
    hidden_text: str = ""
    language: str
    topic: str
    licence: str
    attribution: str
    published_at: AwareDatetime
    date_basis: DateBasis
    dates: Dates
    fetched_at: AwareDatetime
    #: How the text is made from the capture where that is the source's choice: canonical JSON of
    #: the expressions and template of a `json` source; "" elsewhere.
    recipe: str = ""

    @model_validator(mode="after")
    def _has_its_text(self) -> Document:
        if bool(self.text) is (self.text_removed_at is not None):
            raise ValueError("a document has its text, or says when that was removed")
        return self

    @staticmethod
    def id_of(url: str, text: str) -> str:
        """Return the id of the document with this URL and text."""
        return "d_" + content_hash([url, text])[:16]


class Fact(Record):
    """One value of structured data, from the first capture that gave it.

    A fact holds until the next one with the same (source, subject, attribute); two of them are a
    change, and their captures its proof.
    """

    source: str
    #: The source's own id of what the value is about; distinct within the source.
    subject: str = Field(min_length=1)
    #: A readable name of the subject.
    title: str
    #: Column or field, as the source names it; nested fields are joined by dots.
    attribute: str = Field(min_length=1)
    #: The value as canonical text; None when the source no longer gives one.
    value: str | None
    kind: FactKind
    #: Where the value lies in the capture: "items[3].dueDate", "table[0] row 4 column 2".
    locator: str
    url: str
    capture_sha256: str
    captured_at: AwareDatetime


class Span(Record):
    """Half-open character offsets into a document's text."""

    start: int = Field(ge=0)
    end: int = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Span:
        if self.end <= self.start:
            raise ValueError(f"empty span {self.start}:{self.end}")
        return self

    def of(self, text: str) -> str:
        """Return what the span covers in `text`."""
        return text[self.start : self.end]


class Exhibit(Record):
    """One more quote that a question rests on, and what is shown of its document."""

    document_id: str
    quote: str
    quote_span: Span
    #: The passage shown of this document; empty when the document is shown already.
    context_spans: tuple[Span, ...] = ()


class Insertion(Record):
    """Words of ours put into the copy of a passage: never into the evidence."""

    #: Where, as an offset into the main document's text.
    at: int = Field(ge=0)
    text: str = Field(min_length=1)


class Grid(Record):
    """A table of a page as its markup has it; a list is a table of one column without a name."""

    #: The names of the columns; empty for a list.
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def passage_of(text: str, spans: Sequence[Span]) -> str:
    """Return the spans as one passage; where a line break was cut out between two, one stays."""
    pieces = [span.of(text) for span in spans]
    gaps = [text[left.end : right.start] for left, right in pairwise(spans)]
    joints = ["\n" if "\n" in gap else " " for gap in gaps]
    return "".join(part for pair in zip_longest(pieces, joints, fillvalue="") for part in pair)


class AnswerKey(Record):
    """What counts as right; `scoring.answers.same_answer` is its only reader."""

    answer: str = Field(min_length=1)
    kind: AnswerKind
    aliases: tuple[str, ...] = ()
    choices: tuple[str, ...] | None = None
    answer_index: int | None = None
    #: unit, scale, unit_in_question, tol, bound, precision, items, of, correction, derivation …
    spec: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _choice_is_complete(self) -> AnswerKey:
        if (self.choices is None) != (self.answer_index is None):
            raise ValueError("choices and answer_index come together")
        if self.choices is not None and self.answer_index is not None:
            if not 0 <= self.answer_index < len(self.choices):
                raise ValueError(f"answer_index {self.answer_index} is no option")
            if self.choices[self.answer_index] != self.answer:
                raise ValueError("the option at answer_index is not the answer")
        return self


class Candidate(Record):
    """A question that may become part of the set, with the quote that proves it."""

    #: `c_` + 16 hex of the hash of everything a model sees plus the answer key.
    id: str
    document_id: str
    family: str
    setting: Setting = "open_book"
    question: str
    key: AnswerKey
    #: The verbatim proof, by offsets into the document's text.
    quote: str
    quote_span: Span
    #: The passage shown, as spans of the document's text joined by a space.
    context_spans: tuple[Span, ...]
    #: Further quotes, of this document or of others, in the order the derivation takes them.
    also: tuple[Exhibit, ...] = ()
    insertion: Insertion | None = None
    as_of: date | None = None
    valid_until: date | None = None
    #: Id shared by the variants of one question, and this one's role in it.
    pair: str | None = None
    pair_role: str | None = None
    level: int = Field(default=0, ge=0, le=3)
    language: str
    topic: str
    #: "rule:FAMILY/VERSION" or a model string.
    writer: str
    #: Hash of template, schema, examples and protocol version; of the rule's name for rules.
    prompt_sha256: str
    #: The model's reply that this came from, word for word.
    raw_reply: str | None = None

    @classmethod
    def draft(cls, **fields: Any) -> Candidate:  # noqa: ANN401 - the fields of this class
        """Make a candidate and name it by its content."""
        probe = cls(id="c_", **fields)
        seen = probe.model_dump(mode="json", exclude={"id", "raw_reply", "pair"})
        return probe.model_copy(update={"id": "c_" + content_hash(seen)[:16]})

    @property
    def by_rule(self) -> bool:
        """Whether a rule wrote it, not a model."""
        return self.writer.startswith("rule:")

    @property
    def quotes(self) -> tuple[Exhibit, ...]:
        """Every quote, the main one first."""
        main = Exhibit(
            document_id=self.document_id,
            quote=self.quote,
            quote_span=self.quote_span,
            context_spans=self.context_spans,
        )
        return (main, *self.also)


class Finding(Record):
    """What one check concluded about one candidate or document; kept for ever."""

    #: A candidate's id (`c_…`) or a document's (`d_…`).
    subject: str
    check: str
    version: int
    outcome: Outcome
    score: float | None = None
    #: What the score was held against; None where no one number decides.
    threshold: float | None = None
    why: str = Field(min_length=1)
    #: Structured proof: nearest neighbours, thresholds, swapped facts.
    evidence: dict[str, Any] = Field(default_factory=dict)
    #: Counts retries of an unsure finding, from 1.
    attempt: int = Field(default=1, ge=1)
    found_at: AwareDatetime


class FurtherSource(Record):
    """A second document that a question's context shows, with its own licence."""

    url: str
    title: str
    licence: str
    attribution: str
    published_at: AwareDatetime
    fetched_at: AwareDatetime


class Question(Record):
    """An accepted candidate in the form it is released in: one row of `questions.jsonl`.

    Field meanings: contract of the release, README › One row. `release` and `first_release`
    are set when a week takes the question.
    """

    id: str
    input: str
    question: str
    context: str | None
    choices: tuple[str, ...] | None
    target: str
    answer: str
    answer_index: int | None
    aliases: tuple[str, ...]
    answer_kind: AnswerKind
    answer_spec: dict[str, Any]
    as_of: date | None
    valid_until: date | None
    family: str
    setting: Setting
    topic: str
    language: str
    difficulty: float = Field(ge=0, le=1)
    pair: str | None
    pair_role: str | None
    cluster: str
    level: int
    source_url: str
    source_title: str
    source_licence: str
    attribution: str
    source_published_at: AwareDatetime
    fetched_at: AwareDatetime
    #: Where the other passages of `context` are from; empty when there is one source.
    further_sources: tuple[FurtherSource, ...] = ()
    evidence: str
    writer: str
    prompt_sha256: str
    content_sha256: str

    @field_validator("id")
    @classmethod
    def _named_by_content(cls, value: str) -> str:
        if not (value.startswith("q_") and len(value) == 18):
            raise ValueError(f"{value!r} is no question id")
        return value

    @property
    def key(self) -> AnswerKey:
        """What counts as right."""
        return AnswerKey(
            answer=self.answer,
            kind=self.answer_kind,
            aliases=self.aliases,
            choices=self.choices,
            answer_index=self.answer_index,
            spec=self.answer_spec,
        )


class Visit(Record):
    """What we remember of a URL between two visits: enough to ask only for news."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_sha256: str | None = None
    status: int
    checked_at: AwareDatetime
    #: When these bytes were first read: since then each look found them unchanged.
    captured_at: AwareDatetime | None = None
    #: No request before this instant: Retry-After, or a page's own back-off.
    retry_at: AwareDatetime | None = None
    #: Failures in a row that may pass.
    n_failures: int = Field(default=0, ge=0)
    #: Of a listing: whether entries were left, so that it is read again though it did not change.
    unfinished: bool = False


class SourceState(Record):
    """Where a source stands: what its visits have come to so far."""

    source: str
    first_visit_at: AwareDatetime | None = None
    visited_at: AwareDatetime | None = None
    succeeded_at: AwareDatetime | None = None
    #: When the present run of failures began; None while it is read.
    failing_since: AwareDatetime | None = None
    n_failures: int = Field(default=0, ge=0)
    #: Why the last visit failed; None when it did not.
    why: str | None = None
    #: No visit before this instant: back-off, or what the site asked for (Retry-After).
    hold_until: AwareDatetime | None = None


class Withdrawal(Record):
    """That a source's text was taken down: nothing of it is released any more."""

    source: str
    withdrawn_at: AwareDatetime
    why: str = Field(min_length=1)

    @property
    def note(self) -> str:
        """What stands where its text stood."""
        return removal_note(utc_date(self.withdrawn_at))


class Heartbeat(Record):
    """That a process of ours was alive."""

    name: str
    pid: int
    host: str
    started_at: AwareDatetime
    beat_at: AwareDatetime


class SourceReport(Record):
    """How one visit to one source ended; a failing source stops nobody."""

    source: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    n_listed: int = 0
    n_documents: int = 0
    n_unchanged: int = 0
    n_refused: int = 0
    #: Why the source as a whole failed; None when it was read.
    error: str | None = None
    #: Entries whose listing dates them before the cutoff: neither tried nor refused.
    n_too_old: int = 0
    #: Values of structured data that are new or changed.
    n_facts: int = 0
    #: One sentence per entry that gave no document.
    refusals: tuple[str, ...] = ()
    #: Before when the site asked not to be visited again (Retry-After).
    retry_at: AwareDatetime | None = None


class Benchmark(Record):
    """One known public benchmark in the reference index."""

    name: str
    #: A hub dataset id or a file name.
    origin: str
    #: Commit of the hub dataset, or SHA-256 of the file.
    revision: str
    licence: str
    #: Whether the benchmark's own words may be shown as evidence.
    text_may_be_shown: bool
    n_rows: int
    added_at: AwareDatetime


class Reference(Record):
    """One question of a known public benchmark."""

    benchmark: str
    row_id: str
    question: str
    choices: tuple[str, ...] | None = None
    answer: str | None = None


#: Why a question leaves the set (questions.md §5).
RetirementReason = Literal[
    "end of life",
    "leaked",
    "saturated",
    "disputed",
    "stale",
    "withdrawn",
    "unhealthy",
]
ErratumAction = Literal["dispute", "keep", "retire", "nullify"]


class Erratum(Record):
    """One entry of the errata ledger: what was found about a released question."""

    #: Place in the ledger, from 1 without gaps.
    number: int = Field(ge=1)
    at: AwareDatetime
    question_id: str
    #: The weeks that carried it when the entry was made, oldest first.
    releases: tuple[str, ...]
    action: ErratumAction
    reason: RetirementReason
    why: str = Field(min_length=1, max_length=2_000)
    #: SHA-256 of the entry before without its signature; None of the first.
    previous_sha256: str | None
    #: Ed25519 key that signed, 64 hex digits.
    public_key: str
    #: Over the RFC 8785 form of all other fields, 128 hex digits.
    signature: str


class Report(Record):
    """That somebody says a question is wrong."""

    question_id: str
    #: The name of the key it came with; None without one. Two of one key count once.
    reporter: str | None
    why: str = Field(min_length=1, max_length=2_000)
    reported_at: AwareDatetime


class ReleaseNote(Record):
    """That a week is published: its manifest's hash and when."""

    week: str
    manifest_sha256: str
    merkle_root: str
    published_at: AwareDatetime
    n_open: int
    n_sealed: int


#: Roles of the question that the others of its pair are made from or shown beside: the allowed
#: half of a privacy pair is one, too (questions.md §1).
BASE_ROLES = frozenset({"base", "allowed"})


def utc_date(moment: datetime) -> date:
    """Return the UTC calendar day of an aware moment."""
    return moment.astimezone(UTC).date()


def removal_note(day: date) -> str:
    """Return the sentence that stands where a text stood that was taken down on `day`."""
    return f"text removed on request on {day.isoformat()}"
