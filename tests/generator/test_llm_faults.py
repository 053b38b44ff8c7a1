"""Faults of model servers, one by one: what is said, what is kept, what is asked again."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
import stamina.instrumentation
from stamina.instrumentation import RetryDetails

from generator.desk import Completion
from generator.llm import MAX_REPLY_CHARS, MAX_TRIES, LangChainModel, Retries, build_model
from generator.loop import run
from store.errors import ModelCallError, ModelUnavailable
from tests.model_server import Answer, ModelServer, Script, in_turn, model_server, saying

KEY = "sk-never-shown-1234"
SCHEMA = {"type": "object", "properties": {"word": {"type": "string"}}}
GOOD = '{"word": "Wigeon"}'
AT_ONCE = Retries(wait_initial_s=0.0, wait_max_s=0.0)
#: A model that langchain-openai asks through the newer API by itself.
RESPONSES_ONLY = "openai:test-codex"
#: The server asks for two seconds by its own clock: enough to tell a cap that does not hold.
NOON = {"Date": "Tue, 24 Nov 2026 12:00:00 GMT", "Retry-After": "Tue, 24 Nov 2026 12:00:02 GMT"}


def model_at(
    server: ModelServer,
    spec: str = "openai:test-model",
    timeout_s: float = 5.0,
    retries: Retries = AT_ONCE,
) -> LangChainModel:
    return build_model(
        spec,
        base_url=server.base_url,
        api_key=KEY,
        temperature=0.0,
        timeout_s=timeout_s,
        retries=retries,
    )


def reply_of(script: Script, **options: Any) -> Completion:
    with model_server(script) as server:
        return run(model_at(server, **options).complete("hello", SCHEMA))


def failure_of(script: Script, **options: Any) -> tuple[ModelCallError, int]:
    """Return the error a script leads to, and how often the server was asked."""
    with model_server(script) as server:
        with pytest.raises(ModelCallError) as failed:
            run(model_at(server, **options).complete("hello", SCHEMA))
        return failed.value, len(server.prompts)


def told(code: str, message: str = "as scripted") -> bytes:
    """An error body as OpenAI writes them."""
    return json.dumps({"error": {"message": message, "type": "t", "code": code}}).encode()


@pytest.fixture
def waits() -> Iterator[list[float]]:
    """Collect how long each pause before another try is."""
    seconds: list[float] = []

    def take(details: RetryDetails) -> None:
        seconds.append(details.wait_for)

    before = stamina.instrumentation.get_on_retry_hooks()
    stamina.instrumentation.set_on_retry_hooks([take])
    yield seconds
    stamina.instrumentation.set_on_retry_hooks(before)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer(status=429), "it was asked too often", id="429"),
        pytest.param(Answer(status=500), "the server failed", id="500"),
        pytest.param(Answer(status=529), "the server failed", id="529, overloaded"),
        pytest.param(Answer(status=408), "did not answer in time", id="408"),
        pytest.param(Answer(hang_up=True), "cannot be reached", id="a closed connection"),
    ],
)
def test_what_may_pass_is_tried_to_the_limit_and_stays_retryable(
    answer: Answer, words: str
) -> None:
    error, n_asked = failure_of(in_turn(answer))
    assert isinstance(error, ModelUnavailable)
    assert words in error.why
    assert (error.retryable, n_asked) == (True, MAX_TRIES)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(Answer(status=400), "does not accept the request", id="400"),
        pytest.param(Answer(status=401), "the key is not accepted", id="401"),
        pytest.param(Answer(status=402), "does not accept the request", id="402, no money"),
        pytest.param(Answer(status=403), "the key may not use it", id="403"),
        pytest.param(Answer(status=404), "knows no such model", id="404"),
        pytest.param(Answer(status=413), "does not accept the request", id="413, too large"),
        pytest.param(Answer(status=422), "does not accept the request", id="422"),
        pytest.param(
            Answer(status=429, body=told("insufficient_quota")), "quota is spent", id="no quota"
        ),
    ],
)
def test_what_will_not_pass_is_asked_once(answer: Answer, words: str) -> None:
    error, n_asked = failure_of(in_turn(answer, Answer(GOOD)))
    assert isinstance(error, ModelUnavailable)
    assert words in error.why
    assert (error.retryable, n_asked) == (False, 1)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<html>Log in</html>", id="a web page called JSON"),
        pytest.param(b'{"choices": [{"mess', id="half an envelope"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"choices": null}', id="no choices"),
        pytest.param(told("overloaded"), id="an error with status 200"),
    ],
)
def test_an_envelope_that_cannot_be_read_is_kept_as_it_came(body: bytes) -> None:
    error, n_asked = failure_of(in_turn(Answer(body=body), Answer(GOOD)))
    assert isinstance(error, ModelUnavailable)
    assert "cannot be read" in error.why
    assert error.raw == body.decode()
    assert (error.retryable, n_asked) == (False, 1)


def test_an_envelope_without_any_choice_cannot_be_read() -> None:
    error, _ = failure_of(in_turn(Answer(body=b'{"choices": []}')))
    assert "cannot be read" in error.why


either_api = pytest.mark.parametrize(
    ("spec", "path"),
    [
        pytest.param("openai:test-model", "/v1/chat/completions", id="chat completions"),
        pytest.param(RESPONSES_ONLY, "/v1/responses", id="responses"),
    ],
)


@either_api
def test_a_good_reply_comes_with_its_text_and_its_cost(spec: str, path: str) -> None:
    with model_server(saying(GOOD)) as server:
        reply = run(model_at(server, spec).complete("hello", SCHEMA))
    assert (reply.text, reply.tokens_in, reply.tokens_out) == (GOOD, 11, 7)
    assert server.paths == [path]
    assert "word" in json.dumps(server.bodies[0].get("response_format") or server.bodies[0]["text"])


@either_api
def test_usage_that_is_not_stated_is_unknown(spec: str, path: str) -> None:
    reply = reply_of(in_turn(Answer(GOOD, usage=False)), spec=spec)
    assert (reply.text, reply.tokens_in, reply.tokens_out) == (GOOD, None, None)


@either_api
@pytest.mark.parametrize(
    ("answer", "words", "raw"),
    [
        pytest.param(Answer(refusal="I will not."), "it refused", "I will not.", id="a refusal"),
        pytest.param(Answer(" \n"), "the reply is empty", " \n", id="white space"),
        pytest.param(
            Answer("x" * (MAX_REPLY_CHARS + 1)),
            f"the reply has {MAX_REPLY_CHARS + 1} characters, limit {MAX_REPLY_CHARS}",
            "x" * MAX_REPLY_CHARS,
            id="one character too many",
        ),
    ],
)
def test_words_that_are_no_reply_are_kept_and_not_asked_for_again(
    spec: str, path: str, answer: Answer, words: str, raw: str
) -> None:
    error, n_asked = failure_of(in_turn(answer, Answer(GOOD)), spec=spec)
    assert not isinstance(error, ModelUnavailable)
    assert (error.why, error.raw) == (words, raw)
    assert (error.retryable, n_asked) == (False, 1)


@pytest.mark.parametrize(
    ("spec", "ending"),
    [
        pytest.param("openai:test-model", "length", id="chat, length"),
        pytest.param("openai:test-model", "content_filter", id="chat, filter"),
        pytest.param(RESPONSES_ONLY, "max_output_tokens", id="responses, length"),
        pytest.param(RESPONSES_ONLY, "content_filter", id="responses, filter"),
    ],
)
def test_a_reply_that_was_cut_off_is_no_reply_even_when_it_parses(spec: str, ending: str) -> None:
    error, n_asked = failure_of(in_turn(Answer(GOOD, finish_reason=ending)), spec=spec)
    assert not isinstance(error, ModelUnavailable)
    assert error.why == f"the reply was cut off ({ending})"
    assert n_asked == 1
    if spec != RESPONSES_ONLY or ending != "content_filter":
        assert error.raw == GOOD


def test_ten_megabytes_are_refused_and_a_beginning_kept() -> None:
    error, _ = failure_of(saying(lambda prompt: "y" * 10_000_000))
    assert "10000000 characters" in error.why
    assert error.raw == "y" * MAX_REPLY_CHARS


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(silent=True), id="silence"),
        pytest.param(Answer(dripping=True), id="a byte now and then, for ever"),
    ],
)
def test_no_call_takes_longer_than_its_limit(answer: Answer) -> None:
    started = time.monotonic()
    error, n_asked = failure_of(
        in_turn(answer), timeout_s=0.15, retries=Retries(2, wait_initial_s=0.0, wait_max_s=0.0)
    )
    assert time.monotonic() - started < 3.0
    assert isinstance(error, ModelUnavailable)
    assert "did not answer in time" in error.why
    assert (error.retryable, n_asked) == (True, 2)


def test_a_server_that_wakes_up_is_heard() -> None:
    assert reply_of(in_turn(Answer(silent=True), Answer(GOOD)), timeout_s=0.3).text == GOOD


@pytest.mark.parametrize(
    ("headers", "longest", "waited"),
    [
        pytest.param({"Retry-After": "0.02"}, 60.0, 0.02, id="as the server asks"),
        pytest.param({"Retry-After": "2"}, 0.01, 0.01, id="capped, seconds"),
        pytest.param(NOON, 0.01, 0.01, id="capped, a date"),
        pytest.param({"Retry-After": "soon"}, 0.01, 0.01, id="nonsense: our own measure, capped"),
        pytest.param({}, 0.01, 0.01, id="silence: our own measure, capped"),
    ],
)
def test_the_pause_is_the_servers_and_never_longer_than_ours(
    waits: list[float], headers: dict[str, str], longest: float, waited: float
) -> None:
    script = in_turn(Answer(status=429, headers=headers), Answer(GOOD))
    reply = reply_of(script, retries=Retries(wait_max_s=longest))
    assert reply.text == GOOD
    assert waits == [pytest.approx(waited)]


def test_the_providers_package_does_not_retry_behind_our_back() -> None:
    _, n_asked = failure_of(in_turn(Answer(status=500)), retries=Retries(tries=1))
    assert n_asked == 1


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(Answer(status=400, body=told("bad", f"Bearer {KEY} sent x")), id="an error"),
        pytest.param(Answer(status=401, body=told("key", f"wrong key {KEY}")), id="a wrong key"),
        pytest.param(Answer(status=500, body=told("oops", f"key={KEY}")), id="a server error"),
        pytest.param(Answer(body=f"<p>{KEY}</p>".encode()), id="a web page"),
        pytest.param(Answer(refusal=f"Not with {KEY}."), id="a refusal"),
        pytest.param(Answer(GOOD + KEY, finish_reason="length"), id="half a reply"),
        pytest.param(Answer(hang_up=True), id="a closed connection"),
    ],
)
def test_the_key_is_sent_and_never_shown(answer: Answer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with model_server(in_turn(answer)) as server:
        model = model_at(server, retries=Retries(2, 0.0, 0.0))
        with pytest.raises(ModelCallError) as failed:
            run(model.complete("hello", SCHEMA))
    error = failed.value
    assert server.headers[0]["authorization"] == f"Bearer {KEY}"
    ours = [r.getMessage() for r in caplog.records if r.name.startswith(("stamina", "generator"))]
    shown = [str(error), repr(error), str(error.raw), repr(model), str(model), *ours]
    assert not [text for text in shown if KEY in text]


def test_a_name_without_its_provider_is_asked_like_one_with_it() -> None:
    with model_server(saying(GOOD)) as server:
        run(model_at(server, "gpt-4o-test").complete("hello", SCHEMA))
        run(model_at(server, "openai:org:custom").complete("hello", SCHEMA))
    assert all("response_format" in body for body in server.bodies)
    assert [body["model"] for body in server.bodies] == ["gpt-4o-test", "org:custom"]
    assert {body["temperature"] for body in server.bodies} == {0.0}


def test_without_a_key_the_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ModelUnavailable, match="set UNSEEN_MODEL_API_KEY"):
        build_model("openai:test-model", base_url=None, api_key=None, temperature=0.0)
