"""date – when something happened.

Needs a sentence with one day that is not just the day of publication; a weekday or a day
without its year is resolved from the publication date by code, and the derivation is stored.
Answer: the day as YYYY-MM-DD; the question names month and year.

Bad: a precision nobody asked for, the day of publication, two days in one sentence.

Invented example: "(Published 2026-08-07.) The harbour of Port Mellin reopened on Wednesday." ->
"On which day of August 2026 did the harbour of Port Mellin reopen?" – 2026-08-05
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from generator.english.clauses import Clause, join
from generator.english.dates import MONTHS, Day, days
from generator.families.base import Reading, Statement, draft
from generator.families.number import trimmed
from store.records import AnswerKey, Candidate

#: An older event is no fresh fact, however fresh the page that recalls it (default cutoff).
MAX_AGE_DAYS = 180


@dataclass(frozen=True)
class DateOf:
    """Ask for the one day a sentence names."""

    name: ClassVar[str] = "date"
    version: ClassVar[int] = 1

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield a question for each sentence that says on which day something happened."""
        for statement in reading.statements:
            found = list(days(statement.dated_text, reading.published))
            if len(found) != 1 or found[0].preposition != "on":
                continue
            day = found[0]
            age = (reading.published - day.day).days
            if not 0 < age <= MAX_AGE_DAYS:
                continue
            asked = _without(statement, day)
            if asked is None:
                continue
            month = f"{MONTHS[day.day.month - 1]} {day.day.year}"
            spec: dict[str, object] = {"precision": "day"}
            if statement.derivations:
                spec["derivation"] = statement.derivations[0]
            yield draft(
                self,
                reading,
                statement.sentence,
                f"On which day of {month} {asked}?",
                AnswerKey(answer=day.day.isoformat(), kind="date", spec=spec),
            )


def _without(statement: Statement, day: Day) -> str | None:
    """Return "did the harbour reopen": the clause turned round, its day taken out."""
    clause: Clause = statement.clause
    written = day.written
    if clause.fronted:
        return clause.inverted(trimmed(clause.rest)) if clause.fronted == written else None
    if written not in clause.rest or clause.time != "past":
        return None
    before, _, after = clause.rest.partition(written)
    if trimmed(before) != before.strip(" ,"):
        # The day belongs to a second statement of the sentence, not to this verb.
        return None
    return clause.inverted(trimmed(join(before, after)))
