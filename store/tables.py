"""The values at rest: one table a noun, built only from validated values.

`table=True` classes are not validated on construction, so a row is made with `RowClass.of(value)`
and read back with `.value()`; nothing else converts.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from pydantic import ConfigDict
from pydantic_core import PydanticSerializationError
from sqlalchemy import JSON, DateTime, Index, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel

from store.bulk import JsonText
from store.records import (
    Benchmark,
    Candidate,
    Capture,
    Document,
    Erratum,
    Fact,
    Finding,
    Heartbeat,
    Question,
    Record,
    Reference,
    ReleaseNote,
    Report,
    Source,
    SourceReport,
    SourceState,
    Visit,
    Withdrawal,
)

Value = TypeVar("Value", bound=Record)


class UtcDateTime(TypeDecorator[datetime]):
    """A timestamp that goes in aware and comes back aware, in UTC, on every database.

    SQLite drops the offset of an aware datetime; this restores it and refuses naive ones.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: object) -> datetime | None:
        """Refuse naive times, store UTC."""
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: object) -> datetime | None:
        """Give UTC back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Row(SQLModel, Generic[Value]):
    """A value at rest: the columns that are searched, and the whole value as JSON.

    Keeping the value whole means a column is an index, never a second truth.
    """

    model_config = ConfigDict(frozen=False)  # type: ignore[assignment]

    #: The value class this row stores.
    stores: ClassVar[type[Record]]

    @declared_attr.directive
    def __tablename__(cls) -> str:
        """Name the table after the value: DocumentRow -> document."""
        return cls.__name__.removesuffix("Row").lower()

    @classmethod
    def of(cls, value: Value, **extra: Any) -> Self:  # noqa: ANN401 - columns beside the value
        """Make the row that stores `value`; `extra` sets columns the value does not have."""
        fields = {name: getattr(value, name) for name in _shared(cls, type(value))}
        return cls(**fields, body=value.model_dump(mode="json"), **extra)

    @classmethod
    def columns(cls, value: Value) -> dict[str, Any]:
        """Return the row's columns for `value`, for statements that insert many at once.

        The body is written as JSON here, in a tenth of the time of values that are then written.
        """
        fields = {name: getattr(value, name) for name in _shared(cls, type(value))}
        try:
            body = value.model_dump_json()
        except PydanticSerializationError:
            # Half a character, as text from the web may hold: it has an escape, but no UTF-8.
            body = json.dumps(value.model_dump(mode="json"))
        return fields | {"body": JsonText(body)}

    def value(self) -> Value:
        """Return the value as it was stored."""
        return cast(Value, self.stores.model_validate(getattr(self, "body")))  # noqa: B009


@cache
def _shared(row: type[SQLModel], value: type[Record]) -> tuple[str, ...]:
    return tuple(name for name in row.model_fields if name in value.model_fields)


def _json() -> Any:  # noqa: ANN401 - a SQLModel field
    return Field(sa_type=JSON, nullable=False)


class CaptureRow(Row[Capture], table=True):
    """A `Capture` at rest; the bytes lie content-addressed on disk."""

    stores = Capture
    __table_args__ = (
        UniqueConstraint("url", "sha256"),
        Index("ix_capture_sha256", "sha256", "number"),
    )

    number: int | None = Field(default=None, primary_key=True)
    sha256: str
    source: str
    url: str = Field(sa_type=Text)
    fetched_at: datetime = Field(sa_type=UtcDateTime)
    body: dict[str, Any] = _json()


class DocumentRow(Row[Document], table=True):
    """A `Document` at rest."""

    stores = Document
    __table_args__ = (
        Index("ix_document_source_published", "source", "published_at"),
        Index("ix_document_published_at", "published_at", "id"),
    )

    id: str = Field(primary_key=True)
    source: str = Field(index=True)
    url: str = Field(sa_type=Text, index=True)
    published_at: datetime = Field(sa_type=UtcDateTime)
    fetched_at: datetime = Field(sa_type=UtcDateTime)
    body: dict[str, Any] = _json()


class VisitRow(Row[Visit], table=True):
    """A `Visit` at rest: the newest one of each URL."""

    stores = Visit

    url: str = Field(sa_type=Text, primary_key=True)
    checked_at: datetime = Field(sa_type=UtcDateTime)
    body: dict[str, Any] = _json()


class SourceReportRow(Row[SourceReport], table=True):
    """A `SourceReport` at rest, one a visit."""

    stores = SourceReport

    number: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    finished_at: datetime = Field(sa_type=UtcDateTime)
    error: str | None = Field(default=None, sa_type=Text)
    body: dict[str, Any] = _json()


class SourceRow(Row[Source], table=True):
    """A `Source` at rest, as the operator's list last gave it."""

    stores = Source

    name: str = Field(primary_key=True)
    #: Whether it is still on the list.
    listed: bool = True
    body: dict[str, Any] = _json()


class SourceStateRow(Row[SourceState], table=True):
    """A `SourceState` at rest."""

    stores = SourceState

    source: str = Field(primary_key=True)
    body: dict[str, Any] = _json()


class WithdrawalRow(Row[Withdrawal], table=True):
    """A `Withdrawal` at rest."""

    stores = Withdrawal

    source: str = Field(primary_key=True)
    body: dict[str, Any] = _json()


class FactRow(Row[Fact], table=True):
    """A `Fact` at rest; one that did not change is not stored again."""

    stores = Fact
    __table_args__ = (UniqueConstraint("source", "subject", "attribute", "captured_at"),)

    number: int | None = Field(default=None, primary_key=True)
    source: str = Field(index=True)
    subject: str = Field(sa_type=Text)
    attribute: str = Field(sa_type=Text)
    captured_at: datetime = Field(sa_type=UtcDateTime)
    body: dict[str, Any] = _json()


class HeartbeatRow(Row[Heartbeat], table=True):
    """A `Heartbeat` at rest: the last one of each name."""

    stores = Heartbeat

    name: str = Field(primary_key=True)
    beat_at: datetime = Field(sa_type=UtcDateTime)
    body: dict[str, Any] = _json()


class RobotsRow(SQLModel, table=True):
    """One host's robots.txt as it was read, so that every process obeys the same copy."""

    __tablename__ = "robots"

    origin: str = Field(primary_key=True)
    user_agent: str = Field(primary_key=True)
    #: The status answered; None when it could not be read, and `why` says so.
    status: int | None = None
    file: bytes | None = None
    why: str | None = Field(default=None, sa_type=Text)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class CandidateRow(Row[Candidate], table=True):
    """A `Candidate` at rest, with where it stands."""

    stores = Candidate
    #: Each ends in what a page is ordered by, so that a page is read and not sorted.
    __table_args__ = (
        Index("ix_candidate_state", "state", "id"),
        Index("ix_candidate_stopped_by", "stopped_by", "id"),
        Index("ix_candidate_topic", "topic", "id"),
        Index("ix_candidate_week", "week", "id"),
        Index("ix_candidate_week_state", "week", "state", "id"),
        Index("ix_candidate_week_stopped_by", "week", "stopped_by", "id"),
    )

    id: str = Field(primary_key=True)
    week: str
    document_id: str = Field(index=True)
    family: str
    topic: str = Field(default="", sa_column_kwargs={"server_default": ""})
    pair: str | None = Field(default=None, index=True)
    #: drafted, held, rejected or accepted.
    state: str = "drafted"
    #: The check that rejected or holds it.
    stopped_by: str | None = None
    body: dict[str, Any] = _json()


class FindingRow(Row[Finding], table=True):
    """A `Finding` at rest; the unique key is what makes a run resumable."""

    stores = Finding
    __table_args__ = (
        UniqueConstraint("subject", "check", "version", "attempt"),
        Index("ix_finding_check_version", "check", "version"),
        Index("ix_finding_subject", "subject", "number"),
    )

    number: int | None = Field(default=None, primary_key=True)
    subject: str
    check: str
    version: int
    attempt: int
    outcome: str
    body: dict[str, Any] = _json()


class QuestionRow(Row[Question], table=True):
    """A `Question` at rest, with the week that first took it."""

    stores = Question

    id: str = Field(primary_key=True)
    candidate_id: str = Field(index=True, unique=True)
    document_id: str = Field(index=True)
    family: str
    pair: str | None = Field(default=None, index=True)
    accepted_week: str = Field(index=True)
    body: dict[str, Any] = _json()


class ReleaseRow(Row[ReleaseNote], table=True):
    """A published week; the unique name is what makes publishing twice impossible."""

    stores = ReleaseNote
    __tablename__ = "release"

    week: str = Field(primary_key=True)
    manifest_sha256: str
    published_at: datetime = Field(sa_type=UtcDateTime)
    body: dict[str, Any] = _json()


class ReleaseItemRow(SQLModel, table=True):
    """That a release carries a question, and whether its answer is sealed there."""

    __tablename__ = "release_item"
    __table_args__ = (Index("ix_release_item_question_id", "question_id", "week"),)

    week: str = Field(primary_key=True)
    question_id: str = Field(primary_key=True)
    sealed: bool
    #: "new" or "anchor".
    role: str = "new"


class RetirementRow(SQLModel, table=True):
    """That a question left the set, in which release, and why; from then on it is revealed."""

    __tablename__ = "retirement"

    question_id: str = Field(primary_key=True)
    week: str = Field(index=True)
    why: str


class ErratumRow(Row[Erratum], table=True):
    """An `Erratum` at rest; whoever signs gives the number, so two writers cannot share it."""

    stores = Erratum

    number: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    question_id: str = Field(index=True)
    action: str
    #: What was said about a sealed question, until it is revealed.
    withheld: str | None = Field(default=None, sa_type=Text)
    body: dict[str, Any] = _json()


class ReportRow(Row[Report], table=True):
    """A `Report` at rest; one reporter has one a question."""

    stores = Report
    __table_args__ = (UniqueConstraint("question_id", "reporter"),)

    number: int | None = Field(default=None, primary_key=True)
    question_id: str = Field(index=True)
    reporter: str | None = None
    reported_at: datetime = Field(sa_type=UtcDateTime)
    #: The erratum that answered it; None while nobody has looked.
    settled_by: int | None = None
    body: dict[str, Any] = _json()


class RunRow(SQLModel, table=True):
    """One run of one job; (job, key) is unique, so nothing is run twice."""

    __tablename__ = "run"
    #: The index finds what is running, and counts runs by state, without reading them all.
    __table_args__ = (UniqueConstraint("job", "key"), Index("ix_run_state_job", "state", "job"))

    number: int | None = Field(default=None, primary_key=True)
    job: str
    #: What the run is for: an ISO week, or a source and its scheduled time.
    key: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    #: running, done, partial or failed.
    state: str
    why: str | None = Field(default=None, sa_type=Text)
    summary: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)


class ModelCallRow(SQLModel, table=True):
    """One paid-for model call, so that none is paid twice."""

    __tablename__ = "model_call"
    __table_args__ = (UniqueConstraint("prompt_sha256", "model", "input_sha256", "attempt"),)

    number: int | None = Field(default=None, primary_key=True)
    week: str = Field(index=True)
    role: str
    model: str
    prompt_sha256: str
    input_sha256: str
    attempt: int
    #: The reply as it came, usable or not.
    reply: str = Field(sa_type=Text)
    #: None when the server did not say.
    tokens_in: int | None = None
    tokens_out: int | None = None
    seconds: float
    #: "used" or "unusable"; then `why` says what was wrong with it.
    ending: str = Field(default="used", sa_column_kwargs={"server_default": "used"})
    why: str = Field(default="", sa_type=Text, sa_column_kwargs={"server_default": ""})
    #: US dollars as a decimal number; None where no price was known.
    usd: str | None = None
    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None
    called_at: datetime = Field(sa_type=UtcDateTime)


class BenchmarkRow(Row[Benchmark], table=True):
    """A `Benchmark` at rest."""

    stores = Benchmark

    name: str = Field(primary_key=True)
    revision: str
    body: dict[str, Any] = _json()


class ReferenceRow(Row[Reference], table=True):
    """A `Reference` at rest."""

    stores = Reference
    __table_args__ = (UniqueConstraint("benchmark", "row_id"),)

    number: int | None = Field(default=None, primary_key=True)
    benchmark: str = Field(index=True)
    row_id: str
    body: dict[str, Any] = _json()
