"""The one way to a language model: LangChain behind a seam, its many errors told as ours.

Every failure comes out as `ModelCallError`, or as its kind `ModelUnavailable` where nothing was
said that could be judged.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

import stamina

from generator.desk import Completion, Sampling
from generator.loop import opened
from store.errors import ModelCallError, ModelUnavailable

#: One call may take this long by the clock on the wall; a longer one is a time-out.
CALL_TIMEOUT_S = 60.0
#: Tries of one call, first included, on rate limits, time-outs and server errors.
MAX_TRIES = 4
#: A server may ask us to wait, but not for longer than this inside one call.
MAX_WAIT_S = 60.0
#: The longest reply that is paid for; thinking counts (judgement).
MAX_TOKENS = 8_192
#: Servers have been seen to count wrongly; more tokens than this in one call is no count.
_MAX_COUNT = 10_000_000
#: Three drafts with their quotes are under 5,000 characters; twenty times that is a fault.
MAX_REPLY_CHARS = 100_000
#: Providers whose package takes an OpenAI `response_format`; others get the schema in the prompt.
_SCHEMA_PROVIDERS = ("openai", "together", "fireworks", "groq", "mistralai", "xai")
#: How servers say that a reply stops before its end, or was taken away.
_CUT_OFF = frozenset({"length", "max_tokens", "max_output_tokens", "content_filter"})


@dataclass(frozen=True)
class Retries:
    """How often one call is tried, and how long we wait in between."""

    tries: int = MAX_TRIES
    wait_initial_s: float = 1.0
    #: Caps our own measure and the server's Retry-After alike.
    wait_max_s: float = MAX_WAIT_S


@dataclass(frozen=True)
class LangChainModel:
    """Any chat model LangChain can build from a string."""

    name: str
    #: A LangChain chat model, already bound to its limits.
    chat: Any = field(repr=False)
    sampling: Sampling = field(default_factory=Sampling)
    timeout_s: float = CALL_TIMEOUT_S
    retries: Retries = Retries()
    #: Never shown: a server that says it back is not quoted with it.
    key: str | None = field(default=None, repr=False)
    clock: Callable[[], float] = time.monotonic

    async def complete(self, prompt: str, schema: dict[str, Any]) -> Completion:
        """Return the reply, asking again on rate limits, time-outs and server errors."""
        bound = _on_own_connections(self.chat)
        if _provider(self.chat) in _SCHEMA_PROVIDERS:
            shape = {"name": "reply", "schema": schema, "strict": False}
            bound = bound.bind(response_format={"type": "json_schema", "json_schema": shape})
        async for attempt in stamina.retry_context(
            on=lambda error: backoff(error, self.retries.wait_max_s),
            attempts=self.retries.tries,
            wait_initial=self.retries.wait_initial_s,
            wait_max=self.retries.wait_max_s,
            timeout=None,
        ):
            with attempt:
                return await self._once(bound, prompt)
        raise AssertionError("stamina returns or raises")

    async def _once(self, bound: Any, prompt: str) -> Completion:  # noqa: ANN401 - a LangChain runnable
        started = self.clock()
        try:
            # The client's own time-out is one read's: a space a minute never trips it.
            async with asyncio.timeout(self.timeout_s):
                message = await bound.ainvoke(prompt)
            text = str(message.text)
            refusal, ending = _refusal(message), _ending(message.response_metadata)
            usage = message.usage_metadata or {}
        except Exception as error:
            raise _hiding(self.key, _translated(self.name, error)) from error
        failure = _unusable(self.name, text, refusal, ending)
        if failure:
            raise _hiding(self.key, failure)
        return Completion(
            text,
            _count(usage.get("input_tokens")),
            _count(usage.get("output_tokens")),
            self.clock() - started,
        )


def build_model(
    spec: str,
    *,
    base_url: str | None,
    api_key: str | None,
    temperature: float,
    timeout_s: float = CALL_TIMEOUT_S,
    retries: Retries = Retries(),
) -> LangChainModel:
    """Return the model of a LangChain string such as "openai:gpt-5".

    Raises:
        ModelUnavailable: The provider's package or the key is missing, or the string is unknown.
    """
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {
        "temperature": temperature,
        "max_tokens": MAX_TOKENS,
        # The packages' own retries sleep as long as the server likes, past every time-out.
        "max_retries": 0,
        "timeout": timeout_s,
    }
    if base_url:
        options["base_url"] = base_url
    if api_key:
        options["api_key"] = api_key
    try:
        chat = init_chat_model(spec, **options)
    except ImportError as error:
        why = f"its LangChain package is not installed ({error.name})"
        raise ModelUnavailable(spec, why) from error
    except Exception as error:
        keyless = "api_key" in str(error).casefold() and not api_key
        hint = "set UNSEEN_MODEL_API_KEY" if keyless else _first_line(error)
        failure = ModelUnavailable(spec, f"it cannot be set up: {hint}")
        raise _hiding(api_key, failure) from error
    sampling = Sampling(temperature=temperature, max_tokens=MAX_TOKENS)
    return LangChainModel(spec, chat, sampling, timeout_s, retries, api_key)


def _count(stated: object) -> int | None:
    """Return a count of tokens that can be one, else None: a wrong number is no number."""
    if not isinstance(stated, int) or isinstance(stated, bool):
        return None
    return stated if 0 <= stated <= _MAX_COUNT else None


def _on_own_connections(chat: Any) -> Any:  # noqa: ANN401 - a LangChain chat model
    """Return the model on connections that end with this run.

    langchain-openai keeps one client for the whole process, whose connections nobody closes and
    no second event loop may use. Other packages' clients are left as they are.
    """
    client = getattr(chat, "root_async_client", None)
    if client is None:
        return chat
    from openai import DefaultAsyncHttpxClient

    connections = opened(id(client), DefaultAsyncHttpxClient)
    if connections is None:
        return chat
    own = client.with_options(http_client=connections)
    return chat.model_copy(update={"root_async_client": own, "async_client": own.chat.completions})


def _provider(chat: Any) -> str:  # noqa: ANN401 - a LangChain chat model
    """Return whose package a chat model is of: a string without a prefix has one, too."""
    package: str = type(chat).__module__.partition(".")[0]
    return package.removeprefix("langchain_")


def _refusal(message: Any) -> str | None:  # noqa: ANN401 - a LangChain message
    """Return the words of a refusal: beside the text in chat completions, in it in responses."""
    if beside := message.additional_kwargs.get("refusal"):
        return str(beside)
    blocks = message.content if isinstance(message.content, list) else []
    return next(
        (str(b["refusal"]) for b in blocks if isinstance(b, Mapping) and b.get("refusal")), None
    )


def _ending(metadata: Mapping[str, Any]) -> str | None:
    """Return why the reply ends where it does, in whichever field the provider says so."""
    details = metadata.get("incomplete_details") or {}
    ending = (
        details.get("reason")
        or metadata.get("finish_reason")
        or metadata.get("stop_reason")
        or metadata.get("done_reason")
    )
    return str(ending) if ending else None


def _unusable(
    model: str, text: str, refusal: str | None, ending: str | None
) -> ModelCallError | None:
    """Return what is wrong with a reply before anybody reads it; None when nothing is."""
    if refusal:
        return ModelCallError(model, "it refused", raw=refusal[:MAX_REPLY_CHARS])
    if ending in _CUT_OFF:
        return ModelCallError(model, f"the reply was cut off ({ending})", raw=text)
    if not text.strip():
        return ModelCallError(model, "the reply is empty", raw=text)
    if len(text) > MAX_REPLY_CHARS:
        why = f"the reply has {len(text)} characters, limit {MAX_REPLY_CHARS}"
        return ModelCallError(model, why, raw=text[:MAX_REPLY_CHARS])
    return None


def _translated(model: str, error: Exception) -> ModelCallError:
    """Turn whatever the provider's package raised into our one error."""
    from langchain_core import exceptions as known

    kind = type(error).__name__
    response = getattr(error, "response", None)
    if kind in {"LengthFinishReasonError", "ContentFilterFinishReasonError"}:
        return _cut_off(model, error)
    if isinstance(error, known.ModelRefusalError):
        return ModelCallError(model, "it refused", raw=str(error))
    if isinstance(error, known.ContextOverflowError):
        return ModelCallError(model, f"the prompt is too long for it ({_first_line(error)})")
    if isinstance(error, TimeoutError):
        return ModelUnavailable(model, "it did not answer in time", retryable=True)
    if isinstance(error, known.ModelAuthenticationError):
        return ModelUnavailable(model, "the key is not accepted; check UNSEEN_MODEL_API_KEY")
    if getattr(error, "code", None) == "insufficient_quota":
        return ModelUnavailable(model, f"the account's quota is spent ({_first_line(error)})")
    if isinstance(error, known.ModelError):
        says = {
            known.ModelRateLimitError: "it was asked too often",
            known.ModelTimeoutError: "it did not answer in time",
            known.ModelConnectionError: "the server cannot be reached",
            known.ModelNotFoundError: "the server knows no such model",
            known.ModelPermissionDeniedError: "the key may not use it",
            known.ModelInvalidRequestError: "the server does not accept the request",
            known.ModelAPIError: "the server failed",
        }
        what = next((text for cls, text in says.items() if isinstance(error, cls)), "it failed")
        why = f"{what} ({_first_line(error)})"
        return ModelUnavailable(model, why, retryable=error.is_retryable)
    if response is not None and response.status_code >= 400:
        # 402, 408, 409, 413, 422: LangChain has no class of its own for them.
        late = response.status_code == 408
        what = "it did not answer in time" if late else "the server does not accept the request"
        return ModelUnavailable(model, f"{what} ({_first_line(error)})", retryable=late)
    raw = response.text[:MAX_REPLY_CHARS] if response is not None else None
    return ModelUnavailable(model, f"the reply cannot be read ({kind})", raw=raw)


def _cut_off(model: str, error: Exception) -> ModelCallError:
    """Tell a reply that stops before its end, keeping what there is of it."""
    choices = getattr(getattr(error, "completion", None), "choices", None) or []
    raw = next((choice.message.content for choice in choices), None)
    ending = next((choice.finish_reason for choice in choices), type(error).__name__)
    return ModelCallError(model, f"the reply was cut off ({ending})", raw=raw)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0][:200] if lines else "no reason given"


Failure = TypeVar("Failure", bound=ModelCallError)


def _hiding(key: str | None, error: Failure) -> Failure:
    """Return `error` without the key, should the server have said it back to us."""
    if not key:
        return error
    raw = error.raw.replace(key, "[key]") if error.raw else error.raw
    why = error.why.replace(key, "[key]")
    return type(error)(error.model, why, raw=raw, retryable=error.retryable)


def backoff(error: Exception, wait_max_s: float) -> bool | float:
    """Whether to ask again, and after how many seconds when the server says so."""
    if not isinstance(error, ModelCallError) or not error.retryable:
        return False
    response = getattr(error.__cause__, "response", None)
    if response is None:
        return True
    seconds = retry_after(response.headers.get("retry-after", ""), response.headers.get("date"))
    return True if seconds is None else min(seconds, wait_max_s)


def retry_after(stated: str, answered_at: str | None) -> float | None:
    """Return the seconds of a Retry-After header, or None when it says nothing of use.

    Args:
        stated: The header: seconds, or a date.
        answered_at: The Date header of the same answer: a date is counted from the server's own
            clock, so that neither ours nor the difference of the two matters.
    """
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", stated.strip()):
        return float(stated)
    until, now = _http_date(stated), _http_date(answered_at)
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


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
