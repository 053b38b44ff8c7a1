"""Errata: what an operator decides about a question, and what that settles."""

from __future__ import annotations

from dataclasses import dataclass

from scripts.wiring import House
from store.database import session
from store.errata import append
from store.records import Erratum, ErratumAction, RetirementReason
from store.reports import Waiting, settle_reports, waiting_reports


@dataclass(frozen=True)
class Decision:
    """What was entered, and how many reports that answered."""

    erratum: Erratum
    n_settled: int

    def sentence(self) -> str:
        """Say what holds from now on."""
        one = self.erratum
        where = ", ".join(one.releases) or "no release yet"
        reports = f"; {self.n_settled} reports answered" if self.n_settled else ""
        said = {
            "retire": "is in no release from now on; where it was released it still counts",
            "nullify": "counts in no score, and is in no release from now on",
            "dispute": "counts in no score until it is kept or nullified",
            "keep": "stands, and counts again",
        }[one.action]
        return f"erratum {one.number}: {one.question_id} ({where}) {said}{reports}"


def decide(
    house: House, question_id: str, action: ErratumAction, reason: RetirementReason, why: str
) -> Decision:
    """Enter a decision into the ledger; all reports that waited are answered by it.

    Raises:
        NotFound: There is no such question.
        ErratumRefused: The ledger does not take it.
        StoreError: The database refused, or the key cannot be read.
    """
    # A week that is being drawn has read what is barred: it is published first, or afterwards.
    with house.alone("line"), session(house.engine) as work:
        erratum = append(work, question_id, action, reason, why, house.keys, house.clock())
        settled = 0
        if action != "dispute":
            settled = settle_reports(work, question_id, erratum.number)
    return Decision(erratum, settled)


def reports_waiting(house: House) -> list[Waiting]:
    """Return what readers reported and nobody has looked at."""
    with session(house.engine) as work:
        return waiting_reports(work)
