"""entity – which country, body or person did it, among several of the same kind.

Needs a sentence whose whole subject is one name, and at least one other name of that kind in
the passage. The name is the answer; the others are the distractors when there are three.

Bad: somebody the whole passage is about, pronoun chains, a role that gives the name away, a
name that stands elsewhere in the question.

Invented example: "Lind chaired the inquiry; Okafor wrote its report on 5 August 2026." ->
"Who wrote the report of the harbour inquiry on 5 August 2026?" – Okafor
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

from generator.english.clauses import join
from generator.english.names import Name, names
from generator.english.past import in_past
from generator.english.trimming import shortened, trimmed
from generator.families.base import STATES, Reading, Statement, draft, fronted, with_date
from generator.options import with_options
from generator.passages import passage_around, shown
from store.records import AnswerKey, Candidate
from store.text import tokens

#: Names have spellings ("the US"), so options are given more often than elsewhere; judgement.
OPTIONS_SHARE = 0.6

#: Verbs whose subject is a human being: two capitalised words before them are a person.
_PERSONAL = frozenset(
    {"write", "chair", "design", "resign", "retire", "speak", "study", "discover", "marry",
     "score", "edit", "compose", "paint", "scan"}
)  # fmt: skip


#: Fewer words of content ("launches an attack on Iran") fit several at once; judgement.
MIN_CONTENT = 3
#: From this share of common words on, two statements may tell of the same deed; judgement.
SAME_DEED = 0.6
_EMPTY = frozenset("the a an of and in on at for to by with from that it its as be will".split())


@dataclass(frozen=True)
class Entity:
    """Ask who or which did what a sentence says."""

    name: ClassVar[str] = "entity"
    version: ClassVar[int] = 4

    def write(self, reading: Reading, siblings: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield a question for each sentence whose subject is one known kind of name."""
        for statement in reading.statements:
            subject = _subject_name(statement)
            if subject is None:
                continue
            passage = shown(reading.document, passage_around(reading.document, statement.sentence))
            times = Counter(other.text for other in names(passage) if other.kind == subject.kind)
            rivals = sorted(times.keys() - {subject.text})
            # Whom the passage is about anyway is whom one would guess.
            if 1 < times[subject.text] == max(times.values()):
                continue
            kept = trimmed(statement.clause.rest)
            rest = shortened(kept) if kept is not None else ""
            if not rivals or subject.text in rest or not _tells_apart(rest):
                continue
            if _said_of_another(reading, statement, subject, rest):
                continue
            clause, rest = in_past(statement.clause, rest, STATES)
            asked = join(f"{subject.wh}", clause.auxiliary, clause.verb, rest)
            question = with_date(fronted(statement, f"{asked}?"), statement, reading.published)
            free = draft(self, reading, statement.sentence, question, _key(subject, rivals))
            # Two capitalised words are a person by guess: good enough to ask, not to offer.
            offered = () if subject.kind == "person" else rivals
            yield with_options(free, passage=passage, same_document=offered, share=OPTIONS_SHARE)


def _subject_name(statement: Statement) -> Name | None:
    """Return the subject when it is one whole name of a known kind."""
    subject = statement.clause.subject
    bare = subject.removeprefix("The ").removeprefix("the ")
    found = [name for name in names(subject) if name.text == bare]
    if not found or (found[0].kind == "person" and statement.clause.base not in _PERSONAL):
        return None
    return found[0]


def _content(text: str) -> frozenset[str]:
    return frozenset(tokens(text)) - _EMPTY


def _tells_apart(rest: str) -> bool:
    """Whether what is asked has enough words of content to fit one name only."""
    return len(rest.split()) >= MIN_CONTENT and len(_content(rest)) >= MIN_CONTENT


def _said_of_another(reading: Reading, asked: Statement, subject: Name, rest: str) -> bool:
    """Whether a second name of the kind does nearly the same elsewhere in the document."""
    wanted = _content(rest)
    for other in reading.statements:
        name = _subject_name(other)
        if other is asked or name is None or name.text == subject.text:
            continue
        if other.clause.base == asked.clause.base:
            shared = len(wanted & _content(other.clause.rest))
            if shared >= SAME_DEED * len(wanted):
                return True
    return False


def _key(subject: Name, rivals: Sequence[str]) -> AnswerKey:
    aliases = tuple(alias for alias in subject.aliases if alias not in rivals)
    return AnswerKey(answer=subject.text, kind="text", aliases=aliases)
