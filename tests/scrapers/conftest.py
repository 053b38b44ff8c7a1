"""What these tests share: a clock that waits nowhere, a site with a script, a newsroom."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stamina

from scrapers.client import Fetcher
from scrapers.fetched import Clock, FetchLimits
from tests.corpora import corpus

NOW = datetime(2026, 8, 24, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_retry_messages():
    stamina.instrumentation.set_on_retry_hooks(())
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


@dataclass
class FakeClock:
    """Time that passes only when somebody waits for it."""

    at: datetime = NOW
    waited: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.at += timedelta(seconds=seconds)

    @property
    def clock(self) -> Clock:
        return Clock(self.now, self.sleep)


@pytest.fixture
def fake_clock():
    return FakeClock()


Answer = Callable[[BaseHTTPRequestHandler], None]


class Site(ThreadingHTTPServer):
    """A loopback site whose pages are functions; it remembers what was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        self.pages: dict[str, Answer] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        super().__init__(("127.0.0.1", 0), _Handler)
        self.authority = f"127.0.0.1:{self.server_address[1]}"
        self.base = f"http://{self.authority}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves early is what many tests are about."""

    def page(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        """Serve `body` at `path`; underscores in header names mean hyphens."""

        def answer(handler: BaseHTTPRequestHandler) -> None:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        self.pages[path] = answer
        return self.base + path


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.headers.append({k.lower(): v for k, v in self.headers.items()})
        answer = self.server.pages.get(self.path)
        if answer is None:
            self.send_response(404)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            answer(self)


@pytest.fixture
def site() -> Iterator[Site]:
    server = Site()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def fetcher(site, fake_clock) -> Fetcher:
    """A fetcher that may read the site; it gives up after a second."""
    return Fetcher(
        fake_clock.clock,
        "Unseen/0.1 (+https://example.org/unseen)",
        FetchLimits(timeout_s=1.0, max_bytes=100_000),
        frozenset({site.authority}),
    )


@pytest.fixture(scope="session")
def newsroom() -> Iterator[str]:
    """The base URL of the shared newsroom, in a process of its own."""
    script = corpus("newsroom/newsroom.py")
    with subprocess.Popen(
        [sys.executable, str(script), "--port", "0", "--items", "6"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()
