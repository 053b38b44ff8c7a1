"""The forms of requests and answers that are ours to shape; rows keep the release's own form."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
)

from api.limits import MAX_FACET, MAX_IDS, MAX_PAGE, PAGE
from api.lines import Answer, JobKind, RunLine, SourceLine
from api.rows import FACETS, Wanted
from store.records import ErratumAction, RetirementReason

WEEK = r"^\d{4}-W\d{2}$"
QUESTION_ID = r"^q_[0-9a-f]{16}$"

Facet = Annotated[str | None, Field(max_length=MAX_FACET)]


class Asked(BaseModel):
    """Query parameters; one that nobody knows is an error, not silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int = Field(default=PAGE, ge=1, le=MAX_PAGE, description="Rows on one page.")


class SetsAsked(Asked):
    """Which releases are wanted."""

    after: str | None = Field(
        default=None, pattern=WEEK, description="Only weeks before this one; newest first."
    )


class RowsAsked(Asked):
    """Which questions of a week are wanted."""

    after: str = Field(default="", max_length=40, description="Only ids after this one.")
    topic: Facet = None
    family: Facet = Field(default=None, description="Sealed rows do not tell their family.")
    setting: Facet = None
    language: Facet = None
    published_after: AwareDatetime | date | None = Field(
        default=None, description="Only evidence first published after this RFC 3339 time or date."
    )
    ids: str = Field(
        default="", max_length=MAX_IDS * 19, description="Only these ids, separated by commas."
    )

    @field_validator("ids")
    @classmethod
    def _few(cls, value: str) -> str:
        if value.count(",") >= MAX_IDS:
            raise ValueError(f"at most {MAX_IDS} ids")
        return value

    def wanted(self) -> Wanted:
        """Return the filter these parameters describe."""
        after = self.published_after
        if after is not None and not isinstance(after, datetime):
            after = datetime.combine(after, time(), UTC)
        facets = {name: getattr(self, name) for name in FACETS}
        return Wanted(
            facets={name: value for name, value in facets.items() if value is not None},
            published_after=after,
            ids=frozenset(part.strip() for part in self.ids.split(",") if part.strip()),
        )


class RunsAsked(Asked):
    """Which runs are wanted."""

    after: int | None = Field(
        default=None, ge=1, le=2**63 - 1, description="Only runs before this number."
    )
    job: JobKind | None = Field(
        default=None, description="Only weeks, visits to sources, or times nothing could run in."
    )


class FunnelAsked(BaseModel):
    """Whose funnel is wanted, and which of its rejected candidates."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    week: str | None = Field(default=None, pattern=WEEK, description="The newest by default.")
    check: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_FACET,
        description="List the candidates that this check rejected.",
    )
    limit: int = Field(default=20, ge=1, le=MAX_PAGE)
    after: str | None = Field(default=None, pattern="^c_[0-9a-f]{16}$")


class SetSummary(Answer):
    """One release in a list."""

    week: str
    published_at: datetime
    cutoff: datetime
    n_open: int
    n_sealed: int
    n_retired: int
    manifest_sha256: str
    merkle_root: str
    #: Address of the manifest; the files lie below it.
    url: str


class SetsPage(Answer):
    """Releases, newest first."""

    items: list[SetSummary]
    #: Address of the next page; None on the last.
    next: str | None


class RowsPage(Answer):
    """Rows of one release by id, each as in its files; a sealed row has a `commitment`."""

    items: list[dict[str, Any]]
    next: str | None


class Gone(Answer):
    """A question that retired between two weeks, and why."""

    id: str
    week: str
    why: str


class Diff(Answer):
    """What changed from one week to another."""

    week: str
    other: str
    added: list[str]
    carried: list[str]
    #: In `week` and not in `other`; open questions count in one release only.
    left: list[str]
    retired: list[Gone]
    #: Questions of either that no score counts any more; `week` is their first release.
    nullified: list[Gone]


class ErrataAsked(Asked):
    """Which errata are wanted."""

    after: int = Field(default=0, ge=0, le=2**31 - 1, description="Only entries after this one.")


class ErrataPage(Answer):
    """Errata, oldest first: each names the one before by its hash, and is signed."""

    items: list[ErratumLine]
    next: str | None


class ErratumLine(Answer):
    """One entry of the ledger, as it was signed."""

    number: int
    at: str
    question_id: str
    releases: list[str]
    action: ErratumAction
    reason: RetirementReason
    why: str
    previous_sha256: str | None
    public_key: str
    signature: str


class ReportAsked(BaseModel):
    """That somebody says a question is wrong."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    why: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]


class ReportTaken(Answer):
    """That a report waits for the operator."""

    question_id: str
    state: Literal["waiting"] = "waiting"


class SourcesPage(Answer):
    """Every source that is on the list or gave a document, by name."""

    items: list[SourceLine]


class RunsPage(Answer):
    """Runs, newest first."""

    items: list[RunLine]
    next: str | None


class CostAnswer(Answer):
    """What one week's model calls came to; sums over what the servers counted."""

    calls: dict[str, int]
    unusable: dict[str, int]
    uncounted: int
    tokens_in: int | None
    tokens_out: int | None
    seconds: float
    usd: str | None
    unpriced: int


class RejectedLine(Answer):
    """One candidate that a check rejected, and why."""

    id: str
    family: str
    check: str
    #: None while another question on the same sentence may be sealed.
    question: str | None
    why: str
    score: float | None
    threshold: float | None


class FunnelAnswer(Answer):
    """Where the candidates of one week stopped: drafted = stopped + waiting + accepted."""

    week: str
    documents: int
    documents_stopped: dict[str, int]
    #: Drafts that came to nothing before they were candidates; earlier releases do not say.
    refused: dict[str, int] = Field(default_factory=dict)
    drafted: dict[str, int]
    stopped: dict[str, int]
    held: dict[str, int]
    waiting: int = 0
    accepted: dict[str, int]
    cost: CostAnswer | None = None
    per_accepted: dict[str, float] = Field(default_factory=dict)
    #: What one check rejected, where that is asked for, and the address of the next page.
    rejected: list[RejectedLine] = Field(default_factory=list)
    next: str | None = None


class EndorsementLine(Answer):
    """A signing key's word for the one that follows it, signed by it."""

    format: str
    public_key: str
    replaces: str
    #: As it was signed, letter for letter.
    since: str
    signature: str


class PublicKeys(Answer):
    """The key that signs releases now, and how earlier ones led to it, oldest first."""

    public_key: str
    key_history: list[EndorsementLine]


class Health(Answer):
    """Whether the process lives or can serve."""

    status: str
    checks: dict[str, str] = Field(default_factory=dict)


def to_json(answer: Answer) -> bytes:
    """Return an answer as JSON; times come out in RFC 3339 with a Z."""
    return answer.model_dump_json().encode()
