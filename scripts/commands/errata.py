"""Errata: retire, nullify, dispute or keep a question, and what readers report."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from scripts.commands.options import Json, show
from scripts.wiring import open_house
from store.records import ErratumAction, RetirementReason

QuestionId = Annotated[str, typer.Argument(help="Its id, like q_04f75ea3ed11fd91.")]
Why = Annotated[str, typer.Option("--why", help="The reason, in a sentence; it is public.")]


class Reason(StrEnum):
    """Why a question leaves the set."""

    LEAKED = "leaked"
    SATURATED = "saturated"
    DISPUTED = "disputed"
    STALE = "stale"
    WITHDRAWN = "withdrawn"
    UNHEALTHY = "unhealthy"


def retire(
    question_id: QuestionId,
    why: Why,
    reason: Annotated[
        Reason, typer.Option("--reason", help="The kind of reason.")
    ] = Reason.WITHDRAWN,
    as_json: Json = False,
) -> None:
    """Take a question out of coming releases; its sealed answer is revealed in the next one."""
    _decide(question_id, "retire", reason.value, why, as_json)


def nullify(question_id: QuestionId, why: Why, as_json: Json = False) -> None:
    """Say that a question is wrong: no score counts it any more, in whichever release."""
    _decide(question_id, "nullify", "disputed", why, as_json)


def reports_list(as_json: Json = False) -> None:
    """Show what readers reported and nobody has decided, most keys first."""
    from scripts.correcting import reports_waiting

    waiting = reports_waiting(open_house())

    def for_people() -> None:
        if not waiting:
            print("no report waits")
        for one in waiting:
            state = "out of scoring until decided" if one.disputed else "counts until decided"
            print(f"{one.question_id}  {len(one.reports)} reports, {one.n_keys} keys; {state}")
            for report in one.reports:
                who = report.reporter or "no key"
                print(f"  {report.reported_at:%Y-%m-%d}  {who}: {report.why}")

    rows = [
        {
            "question_id": one.question_id,
            "n_keys": one.n_keys,
            "disputed": one.disputed,
            "reports": [report.model_dump(mode="json") for report in one.reports],
        }
        for one in waiting
    ]
    show(rows, as_json, for_people)


def reports_dispute(question_id: QuestionId, why: Why, as_json: Json = False) -> None:
    """Take a question out of scoring until it is kept or nullified."""
    _decide(question_id, "dispute", "disputed", why, as_json)


def reports_keep(question_id: QuestionId, why: Why, as_json: Json = False) -> None:
    """Find that a disputed question is right after all: it counts again."""
    _decide(question_id, "keep", "disputed", why, as_json)


def _decide(
    question_id: str, action: ErratumAction, reason: RetirementReason, why: str, as_json: bool
) -> None:
    from scripts.correcting import decide

    decision = decide(open_house(), question_id, action, reason, why)
    show(decision.erratum.model_dump(mode="json"), as_json, lambda: print(decision.sentence()))
