"""A process of its own that reads what is hostile and says what that cost: time, memory, opens.

Run as `python -m tests.scrapers.hostile TASK`, with the task's arguments as JSON on stdin; the
answer is JSON on stdout. The tests judge it.
"""

from __future__ import annotations

import json
import sys
import sysconfig
import tarfile
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import stamina

from scrapers import feeds
from scrapers.base import Collector
from scrapers.client import Fetcher
from scrapers.extract import extract
from scrapers.feed_child import parse
from scrapers.fetched import Clock, FetchLimits
from scrapers.shelf import Shelf
from store.captures import BlobStore
from store.database import open_engine, upgrade
from store.errors import UnseenError
from store.languages import language_of
from store.records import Source

AGENT = "Unseen/0.1 (+https://example.org/unseen)"
NOW = datetime(2026, 8, 25, tzinfo=UTC)
#: Importing a codec or a library's part opens files of the installation; nothing else may.
INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})
WATCHED = ("open", "socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "urllib.")

_opened: list[str] = []
_watching = threading.local()


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if getattr(_watching, "on", False) and event.startswith(WATCHED):
        if event == "open" and str(arguments[0]).startswith(INSTALLED):
            return
        _opened.append(f"{event} {arguments[:1]}")


@contextmanager
def watched() -> Iterator[list[str]]:
    """Yield the files and sockets that this thread opens meanwhile."""
    before = len(_opened)
    found: list[str] = []
    _watching.on = True
    try:
        yield found
    finally:
        _watching.on = False
        found += _opened[before:]


@dataclass(frozen=True)
class Cost:
    """What one hostile thing came to.

    Attributes:
        outcome: "document", "nothing" or the sentence of the refusal.
        kind: The class of the refusal, "" when there is none; no `UnseenError` begins with "!".
        grown: Bytes of memory the process had more at its peak than before.
        opened: Files and sockets that were opened although nothing but parsing was done.
    """

    name: str
    outcome: str
    kind: str
    seconds: float
    grown: int
    opened: list[str]


def _memory(process: str, field: str) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) << 10
    return 0


def _parser_process() -> str | None:
    process = feeds.PARSER._process
    return str(process.pid) if process and process.poll() is None else None


@contextmanager
def grown() -> Iterator[Callable[[], int]]:
    """Yield a function that says how much more memory was used at the peak, parser included."""
    processes = [p for p in ("self", _parser_process()) if p]
    before = {}
    for process in processes:
        # The kernel forgets the peak so far (proc(5), clear_refs).
        Path(f"/proc/{process}/clear_refs").write_text("5")
        before[process] = _memory(process, "VmRSS")

    def more() -> int:
        alive = [p for p in processes if Path(f"/proc/{p}").exists()]
        return max((_memory(p, "VmHWM") - before[p] for p in alive), default=0)

    yield more


def measured(name: str, act: Callable[[], object], *, parsing: bool = False) -> Cost:
    """Do something and return what it came to."""
    started, kind = time.monotonic(), ""
    opened: list[str] = []
    with grown() as more:
        try:
            if parsing:
                with watched() as opened:
                    found = act()
            else:
                found = act()
            outcome = "document" if found else "nothing"
        except UnseenError as error:
            outcome, kind = str(error), type(error).__name__
        except Exception as error:
            outcome, kind = str(error), f"!{type(error).__name__}"
        return Cost(name, outcome, kind, time.monotonic() - started, more(), opened)


def _source(name: str, kind: str, url: str) -> Source:
    links = "li a" if kind == "page" else None
    return Source(name=name, kind=kind, url=url, licence="MIT", attribution="Newsroom", links=links)  # type: ignore[arg-type]


@contextmanager
def _collector(allowed: list[str], timeout_s: float) -> Iterator[Collector]:
    clock = Clock(lambda: NOW, lambda seconds: None)
    limits = FetchLimits(timeout_s=timeout_s)
    fetcher = Fetcher(
        clock, AGENT, limits, frozenset(allowed), resolve=lambda host, port: ["127.0.0.1"]
    )
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{folder}/unseen.db")
        upgrade(engine)
        shelf = Shelf(engine, BlobStore(Path(folder) / "captures"))
        try:
            yield Collector(fetcher, shelf, datetime(2020, 1, 1, tzinfo=UTC), clock.now)
        finally:
            engine.dispose()


def collect(
    sources: list[list[str]],
    good: list[list[str]],
    allowed: list[str],
    timeout_s: float,
    hanging: list[str],
) -> dict[str, object]:
    """Visit faulty sources, good ones among them, eight at a time.

    Args:
        sources: Name, kind and URL of each faulty one.
        good: The same of the good ones.
        allowed: `host:port` pairs of both.
        timeout_s: The deadline of one fetch from those that hang; others get what all get.
        hanging: The names of those.
    """
    with _collector(allowed, 20.0) as patient, ThreadPoolExecutor(8) as pool:
        # What is loaded once is not what a fault costs: the language classifier is 100 MB.
        language_of("a text that nobody said the language of")
        patient.collect(_source("first", *good[0][1:]))
        limits = FetchLimits(timeout_s=timeout_s)
        hasty = replace(patient, fetcher=replace(patient.fetcher, limits=limits))  # type: ignore[type-var]

        def visit(name: str, kind: str, url: str) -> dict[str, object]:
            started = time.monotonic()
            report = (hasty if name in hanging else patient).collect(_source(name, kind, url))
            return {
                "name": name, "n_documents": report.n_documents, "error": report.error,
                "refusals": list(report.refusals), "seconds": time.monotonic() - started,
            }  # fmt: skip

        with grown() as more:
            each = len(sources) // len(good[1:]) + 1
            mixed = [
                one
                for number, honest in enumerate(good[1:])
                for one in [*sources[number * each : (number + 1) * each], honest]
            ]
            visits = [pool.submit(visit, *one) for one in mixed]
            reports = [one.result() for one in visits]
            return {"reports": reports, "grown": more()}


def fetch(urls: list[list[str]], allowed: list[str], timeout_s: float) -> list[dict[str, object]]:
    """Fetch one URL after the other, each with its name."""
    with _collector(allowed, timeout_s) as collector:
        fetcher = collector.fetcher
        fetcher.fetch(urls[0][1])
        return [asdict(measured(name, lambda url=url: fetcher.fetch(url))) for name, url in urls]  # type: ignore[misc]


def read(archive: str) -> list[dict[str, object]]:
    """Read every file of an archive as a feed, in both processes, and as a page."""
    sys.addaudithook(_watch)
    url = "http://news.example.net/x"
    with tarfile.open(archive) as files:
        bodies = {m.name: files.extractfile(m).read() for m in files if m.isfile()}  # type: ignore[union-attr]
    honest = (
        b"<html><body><article>" + b"<p>The council approved it.</p>" * 9 + b"</article></html>"
    )
    language_of("a text that nobody said the language of")
    extract(honest, "text/html", url)
    feeds.read_feed(b"<rss version='2.0'><channel/></rss>", "application/rss+xml", url)
    acts: dict[str, Callable[[bytes], object]] = {
        "feed": lambda body: feeds.read_feed(body, "application/xml", url),
        "parser": lambda body: parse(body, "application/xml", url)["entries"],
        "page": lambda body: extract(body, "text/html", url),
        "text": lambda body: extract(body, "text/plain", url),
    }
    for act in acts.values():
        measured("warm", lambda act=act: act(honest))  # type: ignore[misc]
    return [
        asdict(measured(f"{role} {name}", lambda act=act, body=body: act(body), parsing=True))  # type: ignore[misc]
        for name, body in bodies.items()
        for role, act in acts.items()
    ]


def main() -> None:
    """Do the task named on the command line."""
    stamina.instrumentation.set_on_retry_hooks(())
    tasks: dict[str, Callable[..., object]] = {"collect": collect, "fetch": fetch, "read": read}
    answer = tasks[sys.argv[1]](**json.load(sys.stdin))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
