"""An honest model for every role: it knows the keys of the questions that a week made itself.

A rule in place of a mind: what it is asked for it reads from the prompt's opening, what is right
from the store of the week under test. So a test can have a reader who is right, and spoil him.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from threading import Lock

from sqlalchemy import Engine
from sqlmodel import func, select

from generator import prompts
from generator.options import free_key
from store.contexts import context_of
from store.database import session
from store.records import CANNOT_BE_KNOWN, AnswerKey
from store.scoring.answers import same_answer
from store.tables import CandidateRow, DocumentRow
from tests.model_server import passage_of

#: What a prompt is for, by the name of its file.
NAMES = (
    "fact", "answer", "lookup", "other_answers", "entailed", "option", "guess", "choices", "same",
    "reword",
)  # fmt: skip


@cache
def openings() -> dict[str, str]:
    """The first line of each prompt file, which no other has."""
    folder = resources.files(prompts)
    lines = {(folder / f"{name}.md").read_text().split("\n", 1)[0]: name for name in NAMES}
    assert len(lines) == len(NAMES)
    return lines


def asked_for(prompt: str) -> str:
    """The name of the prompt file that a prompt was made from."""
    return openings()[prompt.split("\n", 1)[0]]


@dataclass
class Keys:
    """The keys of all candidates in a store, by question and what is shown with it."""

    engine: Engine | None = None
    _known: dict[tuple[str, str], AnswerKey] = field(default_factory=dict)
    _n_read: int = 0
    #: The server asks from many threads: one reads the store, the others wait for what it read.
    _reading: Lock = field(default_factory=Lock, repr=False)

    def learn(self, question: str, passage: str, key: AnswerKey) -> None:
        """Know one key that no store holds."""
        self._known[question, passage] = free_key(key)

    def of(self, question: str, passage: str) -> AnswerKey | None:
        """What is right, or None when no candidate asks that of that passage."""
        if (question, passage) not in self._known:
            self._read()
        return self._known.get((question, passage))

    def all_of(self, question: str) -> list[AnswerKey]:
        """What is right for a question, whatever is shown with it."""
        self._read()
        return [key for (asked, _), key in self._known.items() if asked == question]

    def _read(self) -> None:
        if self.engine is None:
            return
        with self._reading, session(self.engine) as work:
            n_there = work.exec(select(func.count()).select_from(CandidateRow)).one()
            if n_there == self._n_read:
                return
            documents = {row.id: row.value() for row in work.exec(select(DocumentRow))}
            candidates = [row.value() for row in work.exec(select(CandidateRow))]
            known = dict(self._known)
            for one in candidates:
                if {quote.document_id for quote in one.quotes} <= documents.keys():
                    shown = context_of(one, documents).replace("<<", "‹‹").replace(">>", "››")
                    known[one.question, shown] = free_key(one.key)
            self._known, self._n_read = known, n_there


@dataclass(frozen=True)
class Mind:
    """A model that is right in every role, and guesses nothing."""

    #: Makes the writer's reply of a prompt.
    write: Callable[[str], str]
    keys: Keys = field(default_factory=Keys)

    def __call__(self, prompt: str) -> str:
        """Reply as the prompt's role has to."""
        name = asked_for(prompt)
        if name == "fact":
            return self.write(prompt)
        reply: object = getattr(self, f"_{name}")(prompt)
        return json.dumps(reply)

    def _answer(self, prompt: str) -> object:
        passage = passage_of(prompt)
        key = self.keys.of(_line(prompt, "Question"), passage)
        return {"answer": key.answer if key else CANNOT_BE_KNOWN, "quote": ""}

    def _lookup(self, prompt: str) -> object:
        return {"look_up": []}

    def _other_answers(self, prompt: str) -> object:
        passage = passage_of(prompt)
        key = self.keys.of(_line(prompt, "Question"), passage)
        quote = passage.strip().split("\n", 1)[0]
        return {"answers": [{"answer": key.answer, "quote": quote}] if key else []}

    def _entailed(self, prompt: str) -> object:
        return {
            name.casefold(): self._is_right(_line(prompt, name)) for name in ("First", "Second")
        }

    def _is_right(self, told: str) -> str:
        question, _, answer = told.rpartition(" – ")
        keys = self.keys.all_of(question)
        right = any(same_answer(f"Answer: {answer}", key, question) == "right" for key in keys)
        return "yes" if right else "no"

    def _option(self, prompt: str) -> object:
        told = f"{_line(prompt, 'Question')} – {_line(prompt, 'Proposed answer')}"
        return {"right": self._is_right(told)}

    def _guess(self, prompt: str) -> object:
        return {"answer": "no idea", "basis": "guessed"}

    def _choices(self, prompt: str) -> object:
        return {"letter": "A"}

    def _same(self, prompt: str) -> object:
        first, second = _line(prompt, "First question"), _line(prompt, "Second question")
        said = [word for word in second.split() if word.casefold() not in first.casefold()]
        return {"verdict": "different", "difference": next(iter(said), "")}

    def _reword(self, prompt: str) -> object:
        question = _line(prompt, "Question")
        asked = question[0].lower() + question[1:] if question.startswith(_SMALL) else question
        return {"rewordings": [f"I should like to know: {asked}", f"Please answer this: {asked}"]}


_SMALL = ("How", "Which", "Who", "When", "What", "As ", "In ", "On ", "By ", "At ")


def _line(prompt: str, name: str) -> str:
    found = re.findall(rf"^{name}: (.*)$", prompt, re.MULTILINE)
    return found[0] if found else ""
