"""Small loopback sites with a feed each; one can be told to stall, and all say who asked for what.

Each has an address of its own in 127.0.0.0/8, so that it is a host of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from store.records import Source

FEED = b"""<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>x</title>
<id>x</id><updated>2026-01-01T00:00:00Z</updated></feed>"""


@dataclass
class Site:
    """One site while it is served.

    Attributes:
        stalls: Whether its feed is begun and never ended.
        asked: The paths that were asked for, in order.
        feed_asked: Set when the feed is asked for.
        release: Set to let stalled answers end.
    """

    name: str
    stalls: bool = False
    address: str = ""
    asked: list[str] = field(default_factory=list)
    feed_asked: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)

    def source(self, interval: str = "1h") -> Source:
        """The site's feed as a source."""
        return Source(
            name=self.name,
            kind="feed",
            url=f"http://{self.address}/feed",
            licence="MIT",
            attribution="x",
            interval=interval,
        )

    @property
    def n_visits(self) -> int:
        """How often the feed was asked for."""
        return self.asked.count("/feed")


class _Handler(BaseHTTPRequestHandler):
    site: Site

    def do_GET(self) -> None:
        site = self.site
        site.asked.append(self.path)
        if self.path != "/feed":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/atom+xml")
        self.send_header("Content-Length", str(len(FEED)))
        self.end_headers()
        site.feed_asked.set()
        if site.stalls:
            self.wfile.write(FEED[:10])
            self.wfile.flush()
            site.release.wait(120)
            return
        self.wfile.write(FEED)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving_sites(*sites: Site) -> Iterator[None]:
    """Serve sites on 127.0.0.2, 127.0.0.3 and so on."""
    servers = []
    for number, site in enumerate(sites, start=2):
        handler = type("Handler", (_Handler,), {"site": site})
        server = ThreadingHTTPServer((f"127.0.0.{number}", 0), handler)
        # What stalls is left behind.
        server.daemon_threads, server.block_on_close = True, False
        site.address = f"127.0.0.{number}:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
    try:
        yield
    finally:
        for site in sites:
            site.release.set()
        for server in servers:
            server.shutdown()
            server.server_close()
