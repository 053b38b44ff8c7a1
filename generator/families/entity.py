"""entity – which country, body or person did it, among several of the same kind.

Needs a sentence whose whole subject is one name, and at least one other name of that kind in
the passage. The name is the answer; the others are the distractors when there are three.

Bad: pronoun chains, a role that gives the name away, a name that stands elsewhere in the
question.

Invented example: "Lind chaired the inquiry; Okafor wrote its report on 5 August 2026." ->
"Who wrote the report of the harbour inquiry on 5 August 2026?" – Okafor
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from generator.english.clauses import join
from generator.english.names import Name, names
from generator.families.base import Reading, Statement, draft, fronted, with_date
from generator.families.number import shortened, trimmed
from generator.passages import passage_around, shown
from store.records import AnswerKey, Candidate

#: Options are given only when three rivals stand in the passage, and to at most this share of
#: the questions that could have them: free answers cannot be guessed (questions.md §1, options).
OPTIONS_SHARE = 0.6
N_OPTIONS = 4

#: Verbs whose subject is a human being: two capitalised words before them are a person.
_PERSONAL = frozenset(
    {"write", "chair", "design", "resign", "retire", "speak", "study", "discover", "marry",
     "score", "edit", "compose", "paint", "scan"}
)  # fmt: skip


@dataclass(frozen=True)
class Entity:
    """Ask who or which did what a sentence says."""

    name: ClassVar[str] = "entity"
    version: ClassVar[int] = 1

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield a question for each sentence whose subject is one known kind of name."""
        for statement in reading.statements:
            subject = _subject_name(statement)
            if subject is None:
                continue
            passage = shown(reading.document, passage_around(reading.document, statement.sentence))
            rivals = sorted(
                {other.text for other in names(passage) if other.kind == subject.kind}
                - {subject.text}
            )
            rest = shortened(trimmed(statement.clause.rest))
            if not rivals or subject.text in rest or len(rest.split()) < 3:
                continue
            asked = join(f"{subject.wh}", statement.clause.auxiliary, statement.clause.verb, rest)
            question = with_date(fronted(statement, f"{asked}?"), statement, reading.published)
            yield draft(
                self, reading, statement.sentence, question, _key(subject, rivals, question)
            )


def _subject_name(statement: Statement) -> Name | None:
    """Return the subject when it is one whole name of a known kind."""
    subject = statement.clause.subject
    bare = subject.removeprefix("The ").removeprefix("the ")
    found = [name for name in names(subject) if name.text == bare]
    if not found or (found[0].kind == "person" and statement.clause.base not in _PERSONAL):
        return None
    return found[0]


def _key(subject: Name, rivals: Sequence[str], question: str) -> AnswerKey:
    aliases = tuple(alias for alias in subject.aliases if alias not in rivals)
    lot = int(hashlib.sha256(f"options/{question}".encode()).hexdigest()[:8], 16) / 16**8
    fitting = [r for r in rivals if _same_form(r, subject.text) and r not in question]
    if len(fitting) < N_OPTIONS - 1 or lot >= OPTIONS_SHARE:
        return AnswerKey(answer=subject.text, kind="text", aliases=aliases)
    ticket = sorted(fitting, key=lambda rival: _lot(question, rival))[: N_OPTIONS - 1]
    options = tuple(
        sorted([subject.text, *ticket], key=lambda option: _lot("order/" + question, option))
    )
    return AnswerKey(
        answer=subject.text,
        kind="choice",
        aliases=aliases,
        choices=options,
        answer_index=options.index(subject.text),
    )


def _lot(salt: str, option: str) -> str:
    return hashlib.sha256(f"{salt}‖{option}".encode()).hexdigest()


def _same_form(rival: str, answer: str) -> bool:
    """Whether an option of this length stands out beside the answer (§1: at most 1.5 times)."""
    short, long = sorted((len(rival), len(answer)))
    return long <= 2.5 * short and rival not in answer and answer not in rival
