"""A small OpenAI-compatible server on loopback: scripted replies, real faults, usage included."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
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


Script = Callable[[str, int], Answer]


@dataclass
class ModelServer:
    """A running server: where it is, and what it was asked."""

    base_url: str
    prompts: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


def saying(reply: Prompted | str) -> Script:
    """Answer every prompt with this text, or with what this function makes of it."""
    return lambda prompt, number: Answer(reply if isinstance(reply, str) else reply(prompt))


def in_turn(*answers: Answer) -> Script:
    """Give these answers one after the other, the last for ever."""
    return lambda prompt, number: answers[min(number, len(answers) - 1)]


@contextmanager
def model_server(script: Script) -> Iterator[ModelServer]:
    """Serve /v1/chat/completions; `script` gets the prompt and how many came before it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            prompt = "\n".join(str(message["content"]) for message in asked["messages"])
            with server.lock:
                number = len(server.prompts)
                server.prompts.append(prompt)
                server.bodies.append(asked)
            answer = script(prompt, number)
            if answer.hang_up:
                self.close_connection = True
                return
            body = answer.body if answer.body is not None else _completion(asked, answer)
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in (
                {"Content-Type": "application/json"} | dict(answer.headers)
            ).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = ModelServer(f"http://127.0.0.1:{httpd.server_address[1]}/v1")
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
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
