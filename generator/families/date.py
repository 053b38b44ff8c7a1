"""date – when something happened.

Needs a sentence with one day that is not just the day of publication; a weekday or a day
without its year is resolved from the publication date by code, and the derivation is stored.
Answer: the day as YYYY-MM-DD; the question names month and year.

Bad: a precision nobody asked for, the day of publication, two days in one sentence, a state
("had 642 drivers") that held on other days, too.

Invented example: "(Published 2026-08-07.) The harbour of Port Mellin reopened on Wednesday." ->
"On which day of August 2026 did the harbour of Port Mellin reopen?" – 2026-08-05
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from generator.english.clauses import Clause, join
from generator.english.dates import MONTHS, Day, days
from generator.english.trimming import trimmed
from generator.families.base import STATES, Reading, Statement, draft
from generator.options import with_options
from store.records import AnswerKey, Candidate, passage_of


@dataclass(frozen=True)
class DateOf:
    """Ask for the one day a sentence names."""

    name: ClassVar[str] = "date"
    version: ClassVar[int] = 3

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield a question for each sentence that says on which day something happened."""
        for statement in reading.statements:
            found = list(days(statement.dated_text, reading.published))
            if len(found) != 1 or found[0].preposition != "on":
                continue
            day = found[0]
            age = (reading.published - day.day).days
            if age <= 0:
                continue
            asked = _without(statement, day)
            if asked is None:
                continue
            month = f"{MONTHS[day.day.month - 1]} {day.day.year}"
            spec: dict[str, object] = {"precision": "day"}
            if statement.derivations:
                spec["derivation"] = statement.derivations[0]
            free = draft(
                self,
                reading,
                statement.sentence,
                f"On which day of {month} {asked}?",
                AnswerKey(answer=day.day.isoformat(), kind="date", spec=spec),
            )
            named = (d for s in reading.sentences for d in days(s.text, reading.published))
            yield with_options(
                free,
                passage=passage_of(reading.document.text, free.context_spans),
                same_document=[other.day.isoformat() for other in named],
                not_after=reading.published,
            )


def _without(statement: Statement, day: Day) -> str | None:
    """Return "did the harbour reopen": the clause turned round, its day taken out."""
    clause: Clause = statement.clause
    written = day.written
    passive = clause.auxiliary in ("was", "were") and clause.verb
    if clause.time != "past" or (clause.base in STATES and not passive):
        # A state holds on many days; only an event has one.
        return None
    if clause.fronted:
        rest = trimmed(clause.rest) if clause.fronted == written else None
    elif written not in clause.rest:
        return None
    else:
        before, _, after = clause.rest.partition(written)
        if before.strip() and trimmed(before) != before.strip(" ,"):
            # The day belongs to a second statement of the sentence, not to this verb.
            return None
        rest = trimmed(join(before, after))
    return clause.inverted(rest) if rest is not None else None
