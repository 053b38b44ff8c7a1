"""Serve the sample site on loopback, with the manners of a real web server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import ClassVar, Self
from urllib.parse import urlsplit

from scrapers.sample.content import load_articles
from scrapers.sample.pages import Page, render_site


class SampleSite:
    """The sample site of one week, reachable while the context is open.

    Every page is rendered when the context opens; a request changes nothing.
    """

    def __init__(self, week: str, host: str = "127.0.0.1", port: int = 0) -> None:
        """Prepare the site.

        Args:
            week: The ISO week the articles are dated for, like '2026-W34'.
            host: The loopback address to listen on.
            port: The port; 0 takes a free one.

        Raises:
            ValueError: `week` is no ISO week.
        """
        self._articles = load_articles(week)
        self._address = (host, port)
        self._server: _Server | None = None
        self._thread: Thread | None = None

    @property
    def base_url(self) -> str:
        """Where the site is reached, without a slash at the end.

        Raises:
            RuntimeError: The site is not being served.
        """
        if self._server is None:
            raise RuntimeError("the sample site is not being served")
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        """Listen and serve in a thread of its own.

        Raises:
            OSError: The port is taken.
        """
        self._server = _Server(self._address, _Handler)
        # Requests that arrive meanwhile wait in the socket's queue.
        self._server.pages = render_site(self._articles, self.base_url)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving and free the port."""
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
        self._server = self._thread = None


@contextmanager
def serve_sample(week: str, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve the sample site of `week` and give its base URL.

    Raises:
        ValueError: `week` is no ISO week.
        OSError: The port is taken.
    """
    with SampleSite(week, host, port) as site:
        yield site.base_url


class _Server(ThreadingHTTPServer):
    """A server that knows its pages."""

    daemon_threads = True
    pages: Mapping[str, Page]


class _Handler(BaseHTTPRequestHandler):
    """Answer GET and HEAD from the rendered pages."""

    protocol_version = "HTTP/1.1"
    server_version = "UnseenSample"
    sys_version = ""
    #: Seconds an idle connection is kept, so that a forgotten one ends by itself.
    timeout: ClassVar[float] = 10.0
    server: _Server

    def do_GET(self) -> None:
        """Answer with the page, or with 304 when the reader has it."""
        page = self.server.pages.get(urlsplit(self.path).path)
        if page is None:
            self._send(HTTPStatus.NOT_FOUND, b"no such page\n", {"Content-Type": "text/plain"})
            return
        zipped = _accepts_gzip(self.headers.get("Accept-Encoding", ""))
        etag = f'{page.etag[:-1]}-gzip"' if zipped else page.etag
        headers = {
            "ETag": etag,
            "Last-Modified": format_datetime(page.modified, usegmt=True),
            "Cache-Control": "no-cache",
            "Vary": "Accept-Encoding",
        }
        if self._reader_has(etag, page.modified):
            self._send(HTTPStatus.NOT_MODIFIED, b"", headers)
            return
        headers["Content-Type"] = page.content_type
        if zipped:
            headers["Content-Encoding"] = "gzip"
        self._send(HTTPStatus.OK, page.gzipped if zipped else page.body, headers)

    # http.server looks for methods of these two names.
    do_HEAD = do_GET

    def _reader_has(self, etag: str, modified: datetime) -> bool:
        """Compare validators; If-None-Match, when sent, is the only one that counts."""
        if tags := self.headers.get("If-None-Match"):
            known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
            return "*" in known or etag in known
        since = _http_date(self.headers.get("If-Modified-Since", ""))
        return since is not None and modified <= since

    def _send(self, status: HTTPStatus, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status is not HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent: the reader of the site keeps the record."""


def _accepts_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding header asks for gzip: named, and not with quality zero."""
    for offer in accepted.lower().split(","):
        coding, _, parameters = offer.partition(";")
        if coding.strip() == "gzip":
            return parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
