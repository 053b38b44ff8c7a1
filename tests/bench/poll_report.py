"""Polling a thousand unchanged feeds: polls a second and CPU a poll against lemon24/reader.

    python -m tests.bench.poll_report [ROUNDS]

One loopback server answers 304 to both; 20 feeds on each of 50 addresses. Each contender reads all
of them once and is timed on the second time. Both write down that they looked. Wants the extra
`bench`. The CPU column counts the timed polls alone, threads and children included.
"""

from __future__ import annotations

import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.contest import Measured, run_contender

HOSTS, FEEDS = 50, 20
_FEED = """<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom">
<id>urn:feed:{path}</id><title>Feed {path}</title><updated>2026-08-17T09:30:00Z</updated>
<entry><id>urn:{path}:1</id><title>The first</title><updated>2026-08-17T09:30:00Z</updated>
<link href="http://127.0.0.1:{port}/articles{path}"/></entry></feed>"""
_ROBOTS = b"User-agent: *\nAllow: /\n"


class _Feeds(asyncio.Protocol):
    """As much of a web server as two pollers need: it costs them a twentieth of a millisecond."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.received = transport, b""

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            self.transport.write(self.answer(head))

    def answer(self, head: bytes) -> bytes:
        path = head.split(b" ", 2)[1].decode()
        if path == "/robots.txt":
            return _answer(b"200 OK", _ROBOTS, b"text/plain")
        if path.startswith("/articles"):
            return _answer(b"404 Not Found", b"", b"text/plain")
        if b'"unchanged"' in head:
            return b'HTTP/1.1 304 Not Modified\r\nETag: "unchanged"\r\n\r\n'
        port = self.transport.get_extra_info("sockname")[1]
        return _answer(
            b"200 OK", _FEED.format(path=path, port=port).encode(), b"application/atom+xml"
        )


def _answer(status: bytes, body: bytes, kind: bytes) -> bytes:
    head = b'HTTP/1.1 %b\r\nETag: "unchanged"\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n'
    return head % (status, kind, len(body)) + body


async def serve() -> None:
    """Serve on every loopback address until killed; prints the port."""
    server = await asyncio.get_running_loop().create_server(_Feeds, "0.0.0.0", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def server() -> Iterator[str]:
    """Run the server in a process of its own; yields its port."""
    command = [sys.executable, "-m", "tests.bench.poll_report", "serve", "-"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def urls(port: str) -> list[str]:
    """Return the feeds' addresses."""
    return [
        f"http://127.0.1.{host}:{port}/{feed}.atom"
        for host in range(1, HOSTS + 1)
        for feed in range(FEEDS)
    ]


def ours(port: str) -> dict[str, float]:
    """Visit all sources twice; the second time is timed."""
    from datetime import UTC, datetime

    from scrapers.lanes import run_lanes
    from scripts.wiring import open_house
    from store.records import Source

    sources = [
        Source(name=url, kind="feed", url=url, licence="MIT", attribution="x") for url in urls(port)
    ]
    os.environ["UNSEEN_ALLOW_PRIVATE_HOSTS"] = ",".join(
        f"127.0.1.{host}:{port}" for host in range(1, HOSTS + 1)
    )
    house = open_house()
    with house.collector(datetime(2020, 1, 1, tzinfo=UTC)) as collector:
        for _ in range(2):
            before = _used()
            began = time.perf_counter()
            reports = list(run_lanes(sources, collector.collect))
            seconds = time.perf_counter() - began
    wrong = [report for report in reports if report.error or report.n_unchanged != 1]
    assert not wrong, wrong[:3]
    return {"n": len(reports), "seconds": seconds, "cpu": _used() - before}


def reader(port: str) -> dict[str, float]:
    """Update all feeds twice; the second time is timed."""
    from reader import make_reader

    with make_reader(str(Path(os.environ["UNSEEN_HOME"]) / "reader.db")) as found:
        for url in urls(port):
            found.add_feed(url)
        for _ in range(2):
            before = _used()
            began = time.perf_counter()
            done = list(found.update_feeds_iter(scheduled=False, workers=16))
            seconds = time.perf_counter() - began
    wrong = [one for one in done if one.updated_feed is not None]
    assert len(done) == HOSTS * FEEDS and not wrong, (len(done), wrong[:3])
    return {"n": len(done), "seconds": seconds, "cpu": _used() - before}


def _used() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


CONTENDERS = {"reader": reader, "ours": ours}


def main(rounds: int) -> None:
    runs: dict[str, list[Measured]] = {name: [] for name in CONTENDERS}
    with server() as port:
        for _ in range(rounds):
            for name, found in runs.items():
                found.append(run_contender("tests.bench.poll_report", name, port))
    print(f"{'':8} {'feeds':>6} {'feeds/s':>8} {'CPU ms/feed':>12} {'peak MiB':>9}")
    for name, found in runs.items():
        print(
            f"{name:8} {found[0].n:6} {_median(found, 'rate'):8.0f} "
            f"{_median(found, 'cpu') / found[0].n * 1e3:12.2f} {_median(found, 'peak_mib'):9.0f}"
        )
    rate = _median(runs["ours"], "rate") / _median(runs["reader"], "rate")
    cpu = _median(runs["reader"], "cpu") / _median(runs["ours"], "cpu")
    print(f"ours: {rate:.2f} x reader's feeds a second, CPU a feed {cpu:.2f} x less")


def _median(found: list[Measured], name: str) -> float:
    return statistics.median(getattr(one, name) for one in found)


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        asyncio.run(serve())
    elif len(sys.argv) == 3:
        print(json.dumps(CONTENDERS[sys.argv[1]](sys.argv[2])))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
