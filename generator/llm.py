"""The one way to a language model: LangChain behind a seam, replies kept, nothing paid twice.

Every failure comes out as `ModelCallError`; a reply that does not parse is an error with its raw
text kept, never repaired.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar

import stamina
from pydantic import BaseModel, ValidationError

from generator.prompts import Prompt
from store.errors import ModelCallError
from store.records import sha256_hex

Reply = TypeVar("Reply", bound=BaseModel)

#: One call may take this long; a longer one is a time-out.
CALL_TIMEOUT_S = 60.0
#: Tries of one call, first included, on rate limits, time-outs and server errors.
MAX_TRIES = 4
#: A server may ask us to wait, but not for longer than this inside one call.
MAX_WAIT_S = 60.0
#: Providers whose API takes an OpenAI `response_format`; others get the schema in the prompt.
_SCHEMA_PROVIDERS = ("openai", "azure_openai", "together", "fireworks", "groq", "mistralai", "xai")


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
            ModelCallError: None is left.
        """
        with self._lock:
            if self.calls_left is None:
                return
            if self.calls_left <= 0:
                raise ModelCallError(model, "the budget of calls is spent (UNSEEN_BUDGET_CALLS)")
            self.calls_left -= 1


@dataclass(frozen=True)
class Desk:
    """A model in one role, with its memory and its budget."""

    role: str
    model: ChatModel
    book: CallBook
    budget: Budget

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
            ModelCallError: No reply, a refusal, a spent budget, or a reply that is not the JSON
                that was asked for (its raw text is kept in the error).
        """
        rendered = prompt.render(passage=passage, **values)
        key = CallKey(prompt.sha256, self.model.name, sha256_hex(rendered.encode()), attempt)
        raw = self.book.get(key)
        if raw is not None:
            return self._parse(reply, raw), raw
        self.budget.spend(self.model.name)
        completion = self.model.complete(rendered, prompt.schema)
        parsed = self._parse(reply, completion.text)
        self.book.put(key, self.role, completion)
        return parsed, completion.text

    def _parse(self, reply: type[Reply], raw: str) -> Reply:
        try:
            return reply.model_validate_json(raw)
        except ValidationError as error:
            first = error.errors()[0]
            why = f"the reply is not the JSON that was asked for: {first['msg']}"
            raise ModelCallError(self.model.name, why, raw=raw) from error


@dataclass(frozen=True)
class LangChainModel:
    """Any chat model LangChain can build from a string."""

    name: str
    #: A LangChain chat model, already bound to its limits.
    chat: Any
    provider: str
    clock: Callable[[], float] = time.monotonic

    def complete(self, prompt: str, schema: dict[str, Any]) -> Completion:
        """Return the reply, asking again on rate limits, time-outs and server errors."""
        bound = self.chat
        if self.provider in _SCHEMA_PROVIDERS:
            shape = {"name": "reply", "schema": schema, "strict": False}
            bound = self.chat.bind(response_format={"type": "json_schema", "json_schema": shape})
        for attempt in stamina.retry_context(
            on=_backoff, attempts=MAX_TRIES, wait_initial=1.0, wait_max=MAX_WAIT_S, timeout=None
        ):
            with attempt:
                return self._once(bound, prompt)
        raise AssertionError("stamina returns or raises")

    def _once(self, bound: Any, prompt: str) -> Completion:  # noqa: ANN401 - a LangChain runnable
        started = self.clock()
        try:
            message = bound.invoke(prompt)
            text = message.text if isinstance(message.text, str) else message.text()
            refusal = message.additional_kwargs.get("refusal")
            usage = message.usage_metadata or {}
        except Exception as error:
            raise _translated(self.name, error) from error
        if refusal:
            raise ModelCallError(self.name, "it refused", raw=str(refusal))
        if not text.strip():
            raise ModelCallError(self.name, "the reply is empty", retryable=False)
        return Completion(
            text, usage.get("input_tokens"), usage.get("output_tokens"), self.clock() - started
        )


def build_model(
    spec: str, *, base_url: str | None, api_key: str | None, temperature: float
) -> LangChainModel:
    """Return the model of a LangChain string such as "openai:gpt-5".

    Raises:
        ModelCallError: The provider's package or the key is missing, or the string is unknown.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {
        "temperature": temperature,
        "max_retries": 0,
        "timeout": CALL_TIMEOUT_S,
    }
    if base_url:
        options["base_url"] = base_url
    if api_key:
        options["api_key"] = api_key
    try:
        chat = init_chat_model(spec, **options)
    except ImportError as error:
        why = f"its LangChain package is not installed ({error.name})"
        raise ModelCallError(spec, why) from error
    except Exception as error:
        first = str(error).strip().splitlines()[0][:200] if str(error).strip() else ""
        hint = "set UNSEEN_MODEL_API_KEY" if "api_key" in str(error).casefold() else first
        raise ModelCallError(spec, f"it cannot be set up: {hint}") from error
    provider = spec.partition(":")[0] if ":" in spec else "openai"
    return LangChainModel(spec, chat, provider)


def _translated(model: str, error: Exception) -> ModelCallError:
    """Turn whatever the provider's package raised into our one error."""
    from langchain_core import exceptions as known

    kind = type(error).__name__
    if isinstance(error, known.ModelAuthenticationError):
        return ModelCallError(model, "the key is not accepted; check UNSEEN_MODEL_API_KEY")
    if isinstance(error, known.ModelRefusalError):
        return ModelCallError(model, "it refused", raw=str(error))
    if isinstance(error, known.ModelError):
        says = {
            known.ModelRateLimitError: "it was asked too often",
            known.ModelTimeoutError: "it did not answer in time",
            known.ModelConnectionError: "the server cannot be reached",
            known.ModelNotFoundError: "the server knows no such model",
            known.ModelInvalidRequestError: "the server does not accept the request",
            known.ModelAPIError: "the server failed",
        }
        what = next((text for cls, text in says.items() if isinstance(error, cls)), "it failed")
        return ModelCallError(model, f"{what} ({_first_line(error)})", retryable=error.is_retryable)
    if kind in {"LengthFinishReasonError", "ContentFilterFinishReasonError"}:
        return ModelCallError(model, f"the reply was cut off ({kind})")
    if kind in {"APIConnectionError", "ConnectError", "ConnectTimeout", "ReadTimeout"}:
        return ModelCallError(model, "the server cannot be reached", retryable=True)
    return ModelCallError(model, f"the reply cannot be read ({kind})")


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else "no reason given"


def _backoff(error: Exception) -> bool | float:
    """Whether to ask again, and after how many seconds when the server says so."""
    if not isinstance(error, ModelCallError) or not error.retryable:
        return False
    response = getattr(error.__cause__, "response", None)
    stated = response.headers.get("retry-after") if response is not None else None
    if not stated:
        return True
    seconds = _retry_after(stated)
    return min(seconds, MAX_WAIT_S) if seconds is not None else True


def _retry_after(stated: str) -> float | None:
    """Return the seconds of a Retry-After header: a number, or a date."""
    if stated.strip().isdigit():
        return float(stated)
    try:
        until = parsedate_to_datetime(stated)
    except (TypeError, ValueError):
        return None
    return max(0.0, (until - datetime.now(until.tzinfo)).total_seconds())


def model_family(spec: str) -> str:
    """Return who made a model, so that nobody grades his own work: "openai", "anthropic"."""
    provider, _, model = spec.partition(":")
    for maker, marks in _MAKERS.items():
        if any(mark in (model or provider).casefold() for mark in marks):
            return maker
    return provider


_MAKERS = {
    "openai": ("gpt", "o1", "o3", "o4"),
    "anthropic": ("claude",),
    "google": ("gemini", "gemma"),
    "meta": ("llama",),
    "mistral": ("mistral", "mixtral"),
    "alibaba": ("qwen",),
    "deepseek": ("deepseek",),
}
