"""A small OpenAI-compatible server on loopback: scripted replies, real faults, usage included."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from store.records import CANNOT_BE_KNOWN

Prompted = Callable[[str], str]


@dataclass(frozen=True)
class Answer:
    """One HTTP answer; `content` is what the model says, `body` overrides the whole."""

    content: str = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    finish_reason: str = "stop"
    refusal: str | None = None
    usage: bool = True
    #: Close the connection without a word.
    hang_up: bool = False
    #: Say nothing until the server is closed.
    silent: bool = False
    #: Send one space at a time and never come to the point.
    dripping: bool = False


Script = Callable[[str, int], Answer]


@dataclass
class ModelServer:
    """A running server: where it is, and what it was asked."""

    base_url: str
    prompts: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    closing: threading.Event = field(default_factory=threading.Event)


def saying(reply: Prompted | str) -> Script:
    """Answer every prompt with this text, or with what this function makes of it."""
    return lambda prompt, number: Answer(reply if isinstance(reply, str) else reply(prompt))


def in_turn(*answers: Answer) -> Script:
    """Give these answers one after the other, the last for ever."""
    return lambda prompt, number: answers[min(number, len(answers) - 1)]


@contextmanager
def model_server(script: Script) -> Iterator[ModelServer]:
    """Serve /v1/chat/completions and /v1/responses.

    `script` gets the prompt and how many came before it.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            said = asked["messages"] if "messages" in asked else asked["input"]
            prompt = "\n".join(str(message["content"]) for message in said)
            with server.lock:
                number = len(server.prompts)
                server.prompts.append(prompt)
                server.bodies.append(asked)
                server.paths.append(self.path)
                server.headers.append({name.lower(): text for name, text in self.headers.items()})
            answer = script(prompt, number)
            if answer.silent:
                server.closing.wait()
            if answer.dripping:
                self._drip()
            if answer.hang_up or answer.silent or answer.dripping:
                self.close_connection = True
                return
            made = _completion if "messages" in asked else _response
            body = answer.body if answer.body is not None else made(asked, answer)
            self.send_response_only(answer.status)
            usual = {"Content-Type": "application/json", "Date": self.date_time_string()}
            for name, value in (usual | dict(answer.headers)).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

        def _drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            with suppress(ConnectionError):
                while not server.closing.wait(0.02):
                    self.wfile.write(b" ")

    class Server(ThreadingHTTPServer):
        # As many may knock at once as calls are under way at a time.
        request_queue_size = 128

    httpd = Server(("127.0.0.1", 0), Handler)
    server = ModelServer(f"http://127.0.0.1:{httpd.server_address[1]}/v1")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        httpd.shutdown()
        httpd.server_close()
        thread.join()


def _completion(asked: Mapping[str, Any], answer: Answer) -> bytes:
    if answer.status != 200:
        return json.dumps({"error": {"message": "scripted", "type": "scripted"}}).encode()
    message: dict[str, Any] = {"role": "assistant", "content": answer.content}
    if answer.refusal:
        message |= {"content": None, "refusal": answer.refusal}
    reply: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": asked["model"],
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish_reason}],
    }
    if answer.usage:
        reply["usage"] = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    return json.dumps(reply).encode()


def _response(asked: Mapping[str, Any], answer: Answer) -> bytes:
    """Make the body of the newer API, which some models have alone."""
    if answer.status != 200:
        return _completion(asked, answer)
    content: dict[str, Any] = {"type": "output_text", "text": answer.content, "annotations": []}
    if answer.refusal:
        content = {"type": "refusal", "refusal": answer.refusal}
    cut_off = answer.finish_reason != "stop"
    reply: dict[str, Any] = {
        "id": "resp_1",
        "object": "response",
        "created_at": 0,
        "model": asked["model"],
        "status": "incomplete" if cut_off else "completed",
        "incomplete_details": {"reason": answer.finish_reason} if cut_off else None,
        "error": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "output": [
            {
                "type": "message",
                "id": "msg_1",
                "role": "assistant",
                "status": "completed",
                "content": [content],
            }
        ],
    }
    if answer.usage:
        reply["usage"] = {
            "input_tokens": 11,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 7,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 18,
        }
    return json.dumps(reply).encode()


_PASSAGE = re.compile(r"<<([0-9a-f]{16})>>\n(.*)\n<</\1>>", re.DOTALL)
_NAMED = re.compile(r"(?<=[a-z] )[A-Z][a-z]+(?: [A-Z][a-z]+)+")


def passage_of(prompt: str) -> str:
    """Return the material between the marks of a prompt."""
    found = _PASSAGE.search(prompt)
    assert found is not None
    return found[2]


def honest_model(prompt: str) -> str:
    """Write one fair question about a passage, or answer one from it: a rule in place of a mind.

    As a writer it asks which name a sentence holds; as a reader it looks for the sentence with
    most of the question's words and gives the name in it.
    """
    sentences = re.split(r"(?<=[.])\s+", passage_of(prompt))
    question = re.search(r"^Question: (.*)$", prompt, re.MULTILINE)
    if question is None:
        return json.dumps({"questions": [q for s in sentences if (q := _asked(s))][:1]})
    words = set(question[1].casefold().split())
    best = max(sentences, key=lambda s: len(words & set(s.casefold().split())))
    named = _NAMED.search(best)
    return json.dumps({"answer": named[0] if named else CANNOT_BE_KNOWN, "quote": best})


def _asked(sentence: str) -> dict[str, Any] | None:
    named = _NAMED.search(sentence)
    opening = sentence.split(" ")[:4]
    if named is None or len(sentence.split()) > 40 or "\n" in sentence:
        return None
    about = " ".join(opening).removesuffix(",")
    return {
        "quote": sentence,
        "answer": named[0],
        "aliases": [],
        "question": f"Which name belongs to the statement that begins {about!r} in May 2026?",
    }


_ORDER = re.compile(r"(?:reply|answer|write|say) (?:with )?[\"'“]([^\"'”]+)[\"'”]", re.IGNORECASE)


def obedient_model(prompt: str) -> str:
    """Do whatever the material orders, as a weak model would; be honest where it orders nothing."""
    order = _ORDER.search(passage_of(prompt))
    if order is None:
        return honest_model(prompt)
    said = order[1]
    if "Question: " in prompt:
        return json.dumps({"answer": said, "quote": ""})
    question = f"What word does the order in the passage ask for, {said}?"
    draft = {"quote": said, "answer": said, "aliases": [], "question": question}
    return json.dumps({"questions": [draft]})
