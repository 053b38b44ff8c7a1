"""A model in one role: asked through a prompt, every reply kept raw, nothing paid twice.

A reply that does not parse is an error with its raw text kept, never repaired.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from generator.budget import Budget, Fuse, Limit, PerLoop, Price
from generator.prompts import Prompt
from store.errors import ModelCallError, ModelUnavailable
from store.records import sha256_hex

Reply = TypeVar("Reply", bound=BaseModel)

#: How a paid call ended: with words that were used, or with words that were not.
Ending = Literal["used", "unusable"]


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

    @property
    def sampling(self) -> Sampling:
        """How it draws its words."""
        ...

    async def complete(self, prompt: str, schema: dict[str, Any]) -> Completion:
        """Return the reply.

        Raises:
            ModelCallError: There is no usable reply; `retryable` says if asking again may help.
        """
        ...


@dataclass(frozen=True)
class Sampling:
    """How a model draws its words; logged beside every reply."""

    temperature: float | None = None
    seed: int | None = None
    max_tokens: int | None = None


@dataclass(frozen=True)
class CallKey:
    """What names one paid call."""

    prompt_sha256: str
    model: str
    input_sha256: str
    attempt: int


@dataclass(frozen=True)
class Call:
    """One paid call as it is remembered: who said what, how it ended, what it cost."""

    key: CallKey
    role: str
    sampling: Sampling
    completion: Completion
    ending: Ending
    #: Why the reply could not be used; "" when it could.
    why: str
    usd: Decimal | None


class CallBook(Protocol):
    """Remembers every paid call; the store's table in production."""

    async def get(self, key: CallKey) -> Call | None:
        """Return the call that was paid for, if any."""
        ...

    async def put(self, call: Call) -> None:
        """Remember a call; when this returns it is on disk."""
        ...


@dataclass(frozen=True)
class Desk:
    """A model in one role, with its memory, its budget and its fuse."""

    role: str
    model: ChatModel
    book: CallBook
    budget: Budget = field(default_factory=Budget)
    fuse: Fuse = field(default_factory=Fuse)
    limit: Limit = field(default_factory=Limit)
    price: Price | None = None
    #: Calls under way: two questions that ask the same words at once pay once.
    flights: PerLoop[dict[CallKey, asyncio.Future[Call]]] = field(
        default_factory=lambda: PerLoop(dict), repr=False
    )

    async def ask(
        self,
        prompt: Prompt,
        reply: type[Reply],
        *,
        passage: str | None = None,
        attempt: int = 1,
        **values: object,
    ) -> tuple[Reply, str]:
        """Return the validated reply and its raw text.

        Args:
            prompt: What is asked.
            reply: What the reply must validate as.
            passage: The material; None where the role sees none.
            attempt: Number of the call among those with the same words: each is asked once.
            **values: What else the prompt's template names.

        Raises:
            ModelUnavailable: The model could not be asked, or the budget is spent.
            ModelCallError: A refusal, or a reply that is not the JSON that was asked for (its
                raw text is kept in the error).
        """
        rendered = prompt.render(passage=passage, **values)
        key = CallKey(prompt.sha256, self.model.name, sha256_hex(rendered.encode()), attempt)
        call = await self.book.get(key)
        if call is None:
            call = await self._once(key, rendered, prompt.schema, reply)
        if call.ending == "unusable":
            raise ModelCallError(self.model.name, call.why, raw=call.completion.text)
        return reply.model_validate_json(call.completion.text), call.completion.text

    async def _once(
        self, key: CallKey, rendered: str, schema: dict[str, Any], reply: type[Reply]
    ) -> Call:
        """Make a call, or wait for the same call that another question is just making."""
        flights = self.flights.here()
        if key in flights:
            return await asyncio.shield(flights[key])
        flights[key] = asyncio.get_running_loop().create_future()
        try:
            async with self.limit.slot():
                call = await self._pay(key, rendered, schema, reply)
        except BaseException as error:
            flights[key].set_exception(error)
            # Nobody may be waiting for it.
            flights.pop(key).exception()
            raise
        flights.pop(key).set_result(call)
        return call

    async def _pay(
        self, key: CallKey, rendered: str, schema: dict[str, Any], reply: type[Reply]
    ) -> Call:
        """Make a call and remember it whatever came back; only silence costs nothing."""
        self.fuse.check(self.model.name)
        most = self._most(rendered)
        await self.budget.reserve(self.model.name, most)
        usd: Decimal | None = None
        try:
            completion, why = await self._said(rendered, schema)
            usd = self._cost(rendered, completion)
        finally:
            await self.budget.settle(most, usd or Decimal(0))
        why = why or _why_unreadable(reply, completion.text)
        ending: Ending = "unusable" if why else "used"
        call = Call(key, self.role, self.model.sampling, completion, ending, why, usd)
        await self.book.put(call)
        return call

    async def _said(self, rendered: str, schema: dict[str, Any]) -> tuple[Completion, str]:
        """Return what the model said, and why that cannot be used if it cannot.

        Raises:
            ModelUnavailable: It said nothing that could be judged.
        """
        try:
            completion = await self.model.complete(rendered, schema)
        except ModelUnavailable:
            self.fuse.note(answered=False)
            raise
        except ModelCallError as error:
            self.fuse.note(answered=True)
            return Completion(error.raw or "", None, None, 0.0), error.why
        self.fuse.note(answered=True)
        return completion, ""

    def _most(self, rendered: str) -> Decimal | None:
        """Return the most a call can cost: every byte a token, and as long a reply as may be."""
        longest = self.model.sampling.max_tokens
        if self.price is None or longest is None:
            return None
        return self.price.of(len(rendered.encode()), longest)

    def _cost(self, rendered: str, completion: Completion) -> Decimal | None:
        """Return what a call did cost; what the server does not count, bytes count."""
        if self.price is None:
            return None
        asked, told = completion.tokens_in, completion.tokens_out
        return self.price.of(
            len(rendered.encode()) if asked is None else asked,
            len(completion.text.encode()) if told is None else told,
        )


def _why_unreadable(reply: type[BaseModel], raw: str) -> str:
    try:
        reply.model_validate_json(raw)
    except ValidationError as error:
        return f"the reply is not the JSON that was asked for: {error.errors()[0]['msg']}"
    return ""


@dataclass(frozen=True)
class Desks:
    """The models of a week by role; None where a role is offline.

    Attributes:
        writer: Words questions.
        verifier: Reads the passage and answers, without the key.
        second: Reads again where the verifier is in two minds.
        guessers: Answer without the passage; of different families where they can be had.
        paraphraser: Rewords questions.
        judge: Says whether two questions ask the same.
    """

    writer: Desk | None = None
    verifier: Desk | None = None
    second: Desk | None = None
    guessers: tuple[Desk, ...] = ()
    paraphraser: Desk | None = None
    judge: Desk | None = None
