"""The funnel of a week: how many went in, where the others stopped, and what models cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func
from sqlalchemy import select as select_columns
from sqlmodel import Session, SQLModel, col, select

from store.tables import CandidateRow, DocumentRow, FindingRow
from store.weeks import week_bounds

#: What families leave on a document, or on a week, when they have written from it.
WRITING_MARKS = ("drafting", "joining", "composing")


@dataclass(frozen=True)
class ModelCost:
    """What the week's model calls came to; sums over what the servers counted.

    Attributes:
        calls: Calls that were answered, by role.
        unusable: Of them, answers that could not be used, by role.
        uncounted: Calls whose server did not count tokens: the sums lack them.
        tokens_in: Tokens asked; None when no server counted any.
        tokens_out: Tokens told.
        seconds: Seconds waited for answers, one call after the other.
        usd: US dollars as a decimal number; None where no price was known.
        unpriced: Calls whose price was not known: the sum lacks them.
    """

    calls: Mapping[str, int]
    unusable: Mapping[str, int]
    uncounted: int
    tokens_in: int | None
    tokens_out: int | None
    seconds: float
    usd: str | None
    unpriced: int


@dataclass(frozen=True)
class Funnel:
    """How many went in, and where the others stopped; counts only.

    Every candidate is counted once: drafted = stopped + waiting + accepted.

    Attributes:
        documents: Documents of the window, and of them those that a document check stopped.
        refused: Drafts that came to nothing before they were candidates, by family.
        drafted: Candidates written, by family.
        stopped: Candidates stopped, by check, rejected and held together.
        held: Candidates held (unsure), by check.
        waiting: Candidates that no check has settled yet.
        accepted: Questions accepted, by family.
        cost: What models cost.
        per_accepted: Calls, tokens, seconds and dollars for each accepted question, rules' among
            them: models read those, too; empty when no model was asked.
    """

    documents: int
    documents_stopped: Mapping[str, int]
    refused: Mapping[str, int]
    drafted: Mapping[str, int]
    stopped: Mapping[str, int]
    held: Mapping[str, int]
    waiting: int
    accepted: Mapping[str, int]
    cost: ModelCost
    per_accepted: Mapping[str, float]


def funnel(session: Session, week: str) -> Funnel:
    """Count one week's candidates by where they stopped."""
    of_week = CandidateRow.week == week

    def counted(column: object, *conditions: object) -> dict[str, int]:
        query = (
            select(column, func.count())  # type: ignore[call-overload]
            .where(of_week, *conditions)
            .group_by(column)
            .order_by(column)
        )
        return {str(name): int(count) for name, count in session.exec(query)}

    stopped_documents, n_documents, refused = _documents_by_fate(session, week)
    cost = model_cost(session, week)
    accepted = counted(CandidateRow.family, CandidateRow.state == "accepted")
    return Funnel(
        documents=n_documents,
        documents_stopped=stopped_documents,
        refused=refused,
        drafted=counted(CandidateRow.family),
        stopped=counted(CandidateRow.stopped_by, col(CandidateRow.state).in_(["held", "rejected"])),
        held=counted(CandidateRow.stopped_by, CandidateRow.state == "held"),
        waiting=sum(counted(CandidateRow.state, CandidateRow.state == "drafted").values()),
        accepted=accepted,
        cost=cost,
        per_accepted=_per_accepted(cost, sum(accepted.values())),
    )


def model_cost(session: Session, week: str) -> ModelCost:
    """Sum up one week's model calls."""
    call = SQLModel.metadata.tables["model_call"].c
    columns = (
        call.role, call.ending, call.tokens_in, call.tokens_out, call.seconds, call.usd,
    )  # fmt: skip
    query = select_columns(*columns).where(call.week == week)
    rows = session.connection().execute(query).all()
    asked = [row.tokens_in for row in rows if row.tokens_in is not None]
    told = [row.tokens_out for row in rows if row.tokens_out is not None]
    prices = [Decimal(row.usd) for row in rows if row.usd is not None]
    return ModelCost(
        calls=_sorted(Counter(row.role for row in rows)),
        unusable=_sorted(Counter(row.role for row in rows if row.ending == "unusable")),
        uncounted=sum(row.tokens_in is None or row.tokens_out is None for row in rows),
        tokens_in=sum(asked) if asked else None,
        tokens_out=sum(told) if told else None,
        seconds=round(sum(row.seconds for row in rows), 3),
        usd=format(sum(prices, Decimal(0)), "f") if prices else None,
        unpriced=len(rows) - len(prices),
    )


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _per_accepted(cost: ModelCost, n_accepted: int) -> dict[str, float]:
    if not n_accepted or not cost.calls:
        return {}
    sums = {
        "calls": sum(cost.calls.values()),
        "tokens_in": cost.tokens_in,
        "tokens_out": cost.tokens_out,
        "seconds": cost.seconds,
        "usd": None if cost.usd is None else float(cost.usd),
    }
    return {name: round(total / n_accepted, 6) for name, total in sums.items() if total is not None}


def _by_attempt(row: FindingRow) -> tuple[int, int]:
    return row.attempt, row.number or 0


def _documents_by_fate(session: Session, week: str) -> tuple[dict[str, int], int, dict[str, int]]:
    """Return how many documents each check stopped, how many there were, and drafts refused.

    A document counts for every week it was young enough to be used in; the newest finding of
    a check counts.
    """
    _, until = week_bounds(week)
    query = (
        select(FindingRow)
        .join(DocumentRow, col(DocumentRow.id) == col(FindingRow.subject))
        .where(DocumentRow.published_at < until)
    )
    newest = {(row.subject, row.check): row for row in sorted(session.exec(query), key=_by_attempt)}
    joined = select(FindingRow).where(FindingRow.subject == f"week:{week}")
    marks = [row for (_, check), row in newest.items() if check in WRITING_MARKS]
    marks += {row.check: row for row in sorted(session.exec(joined), key=_by_attempt)}.values()
    refused = Counter(
        refusal["family"] for row in marks for refusal in row.body["evidence"].get("refusals", ())
    )
    stopped = Counter(
        check
        for (_, check), row in newest.items()
        if row.outcome != "pass" and check not in WRITING_MARKS
    )
    n_documents = len({subject for subject, _ in newest})
    return _sorted(stopped), n_documents, _sorted(refused)
