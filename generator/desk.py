"""A model in one role: asked through a prompt, its replies validated and kept, nothing paid twice.

A reply that does not parse is an error with its raw text kept, never repaired.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from generator.prompts import Prompt
from store.errors import ModelCallError, ModelUnavailable
from store.records import sha256_hex

Reply = TypeVar("Reply", bound=BaseModel)


@dataclass(frozen=True)
class Completion:
    """What came back: the text as it stands, and what it cost where the server says so."""

    text: str
    tokens_in: int | None
    tokens_out: int | None
    seconds: float


class ChatModel(Protocol):
    """Answers one prompt."""

    @property
    def name(self) -> str:
        """The model string, for instance "openai:gpt-5"."""
        ...

    def complete(self, prompt: str, schema: dict[str, Any]) -> Completion:
        """Return the reply.

        Raises:
            ModelCallError: There is no usable reply; `retryable` says if asking again may help.
        """
        ...


@dataclass(frozen=True)
class CallKey:
    """What names one paid call."""

    prompt_sha256: str
    model: str
    input_sha256: str
    attempt: int


class CallBook(Protocol):
    """Remembers replies; the store's table in production."""

    def get(self, key: CallKey) -> str | None:
        """Return the reply that was paid for, if any."""
        ...

    def put(self, key: CallKey, role: str, completion: Completion) -> None:
        """Remember a reply that validated."""
        ...


@dataclass
class Budget:
    """How many calls may still be made; counts down, safe to share between threads."""

    calls_left: int | None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def spend(self, model: str) -> None:
        """Take one call.

        Raises:
            ModelUnavailable: None is left.
        """
        with self._lock:
            if self.calls_left is None:
                return
            if self.calls_left <= 0:
                raise ModelUnavailable(model, "the budget of calls is spent (UNSEEN_BUDGET_CALLS)")
            self.calls_left -= 1


@dataclass
class Fuse:
    """Blows when a model could not be asked several times in a row; safe to share.

    Without it a server that is away costs every passage of the week its tries and its waits.
    """

    #: Five calls with four tries each are minutes of silence; a short outage is over by then.
    failures_allowed: int = 5
    failures_in_a_row: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def check(self, model: str) -> None:
        """Do nothing while the fuse is whole.

        Raises:
            ModelUnavailable: It has blown.
        """
        if self.failures_in_a_row >= self.failures_allowed:
            why = f"it is not asked again after {self.failures_in_a_row} failures in a row"
            raise ModelUnavailable(model, why)

    def note(self, *, answered: bool) -> None:
        """Take down how a call ended."""
        with self._lock:
            self.failures_in_a_row = 0 if answered else self.failures_in_a_row + 1


@dataclass(frozen=True)
class Desk:
    """A model in one role, with its memory, its budget and its fuse."""

    role: str
    model: ChatModel
    book: CallBook
    budget: Budget
    fuse: Fuse = field(default_factory=Fuse)

    def ask(
        self,
        prompt: Prompt,
        reply: type[Reply],
        *,
        passage: str,
        attempt: int = 1,
        **values: object,
    ) -> tuple[Reply, str]:
        """Return the validated reply and its raw text.

        Raises:
            ModelUnavailable: The model could not be asked, or the budget is spent.
            ModelCallError: A refusal, or a reply that is not the JSON that was asked for (its
                raw text is kept in the error).
        """
        rendered = prompt.render(passage=passage, **values)
        key = CallKey(prompt.sha256, self.model.name, sha256_hex(rendered.encode()), attempt)
        raw = self.book.get(key)
        if raw is not None:
            return self._parse(reply, raw), raw
        completion = self._call(rendered, prompt.schema)
        parsed = self._parse(reply, completion.text)
        self.book.put(key, self.role, completion)
        return parsed, completion.text

    def _call(self, rendered: str, schema: dict[str, Any]) -> Completion:
        self.fuse.check(self.model.name)
        self.budget.spend(self.model.name)
        try:
            completion = self.model.complete(rendered, schema)
        except ModelCallError as error:
            self.fuse.note(answered=not isinstance(error, ModelUnavailable))
            raise
        self.fuse.note(answered=True)
        return completion

    def _parse(self, reply: type[Reply], raw: str) -> Reply:
        try:
            return reply.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors()[0]
            why = f"the reply is not the JSON that was asked for: {first['msg']}"
            raise ModelCallError(self.model.name, why, raw=raw) from error
