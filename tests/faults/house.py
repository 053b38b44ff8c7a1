"""A small real house in two weeks: the first is released, the second is made stage by stage."""

from __future__ import annotations

import html
import os
import shutil
import signal
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import generator.pipeline
import scrapers.extraction
import scripts.invented
import scripts.wiring
from generator import families
from scripts import weekly
from scripts.source_list import write_sources
from scripts.wiring import House, Plan, open_house, plan_week
from store.errors import ReleaseExists
from store.records import Source
from store.releases.keys import Keys
from store.settings import Settings
from tests.houses import add_sample_benchmark, silent
from tests.poisoned import paragraphs

#: Seven weeks apart: what the first sealed, the second reveals.
EARLIER, WEEK = "2026-W05", "2026-W12"
CLOSED = {
    EARLIER: datetime(2026, 2, 2, 6, tzinfo=UTC),
    WEEK: datetime(2026, 3, 23, 6, tzinfo=UTC),
}
#: The day of each article, by number.
ARTICLES = {
    EARLIER: {8: "2026-01-27", 9: "2026-01-28", 10: "2026-01-29", 11: "2026-01-30"},
    WEEK: {4: "2026-03-17", 5: "2026-03-18", 6: "2026-03-19", 7: "2026-03-20"},
}
STAGES = ("collect", "generate", "check", "release")


class Here(scrapers.extraction.Here):
    """Takes texts out in the process itself: processes of their own cost a second to start."""

    def close(self) -> None:
        """End nothing."""


def make_small() -> None:
    """Make a week small in this process: no pauses between requests, few pages, small batches.

    Batches of 24 leave half-judged states behind, as they are in a large week.
    """
    scripts.wiring.time = types.SimpleNamespace(sleep=lambda seconds: None)  # type: ignore[assignment]
    scrapers.extraction.Pool = Here  # type: ignore[assignment, misc]
    generator.pipeline.BATCH = 24
    # A pair with two passages is never sealed; of so small a week nothing would be.
    families.FAMILIES = tuple(one for one in families.FAMILIES if one.name != "unanswerable")
    all_pages = scripts.invented.pages_of
    scripts.invented.pages_of = lambda week: all_pages(week)[:1]
    # Keys that are the same each time they are made: then so is the release.
    Keys.load.__func__.__defaults__ = (lambda n: bytes(range(n)),)  # type: ignore[attr-defined]


def pages_until(week: str) -> Mapping[str, tuple[str, bytes]]:
    """Return what the site serves when a week is closed, by path."""
    told = {n: day for w, some in ARTICLES.items() if w <= week for n, day in some.items()}
    links = "".join(f'<p><a class="story" href="/news/{n}.html">{n}</a></p>' for n in told)
    figures = [{"id": n, "day": day, "boats": 40 + n} for n, day in told.items()]
    served = {
        "/list.html": ("text/html", f"<html><body>{links}</body></html>"),
        "/figures.json": ("application/json", str(figures).replace("'", '"')),
    }
    for n, day in told.items():
        body = "".join(f"<p>{html.escape(_dated(text, day))}</p>" for text in paragraphs(n))
        served[f"/news/{n}.html"] = (
            "text/html",
            f'<html lang="en"><head><title>Boats of town {n}</title>'
            f'<meta property="article:published_time" content="{day}T09:00:00Z"></head>'
            f"<body><main><article><h1>Boats of town {n}</h1>{body}</article></main></body></html>",
        )
    return {path: (kind, text.encode()) for path, (kind, text) in served.items()}


def _dated(text: str, day: str) -> str:
    """Tell of the months before an article's day."""
    if day > "2026-03":
        return text
    return text.replace("2 March 2026", "2 January 2026").replace("February 2026", "December 2025")


def sources(base: str) -> tuple[Source, ...]:
    """Return the site's sources: articles, and figures whose values are kept."""
    common: dict[str, Any] = {"licence": "CC0-1.0", "attribution": "invented", "topic": "valley"}
    return (
        Source(name="valley", kind="page", url=f"{base}/list.html", links="a.story", **common),
        Source(
            name="figures", kind="json", url=f"{base}/figures.json", items="@", id="id",
            published="day", text="On {day} the port of Tarn counted {boats} boats.", **common,
        ),
    )  # fmt: skip


@contextmanager
def served(pages: Mapping[str, tuple[str, bytes]], port: int = 0) -> Iterator[str]:
    """Serve pages from a process of its own, so that this one has no threads when it forks."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def date_time_string(self, timestamp: float | None = None) -> str:
            """Tell one time: headers are kept, and equal states are to be equal."""
            return "Mon, 23 Mar 2026 06:00:00 GMT"

        def do_GET(self) -> None:
            kind, body = pages.get(self.path, ("", b""))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = HTTPServer(("127.0.0.1", port), Handler)
    child = os.fork()
    if not child:
        with suppress(BaseException):
            server.serve_forever()
        os._exit(0)
    number = server.server_address[1]
    server.socket.close()
    try:
        yield f"http://127.0.0.1:{number}"
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@dataclass(frozen=True)
class Place:
    """Where a house stands: its folder, and a database if it is not in there."""

    home: Path
    base: str
    database_url: str | None = None
    sealed_share: float = 0.5

    @property
    def settings(self) -> Settings:
        """The settings of the house; the environment plays no part."""
        return Settings(
            _env_file=None,
            home=self.home,
            sources=self.home / "sources.toml",
            allow_private_hosts=self.base.removeprefix("http://"),
            database_url=self.database_url,
            questions_per_week=20,
            sealed_share=self.sealed_share,
        )


@dataclass
class Builder:
    """Opens houses that share one sentence encoder, and runs their stages."""

    embedder: Any = None
    _plans: dict[str, Plan] = field(default_factory=dict)

    def open(self, place: Place, week: str = WEEK) -> House:
        """Open a house as a command does, at the instant its week is closed."""
        now = CLOSED[week]
        house = replace(open_house(place.settings), clock=lambda: now)
        if self.embedder is None:
            self.embedder = house.embedder
        house.__dict__["embedder"] = self.embedder
        return house

    def plan(self, house: House, week: str = WEEK) -> Plan:
        """Return the plan of a week."""
        return plan_week(house.settings, week, CLOSED[week], house.clock)

    def run(self, stage: str, house: House, week: str = WEEK) -> None:
        """Run one stage, or the whole week."""
        stages: dict[str, Callable[[], object]] = {
            "collect": lambda: weekly.collect(house, self.plan(house, week), silent),
            "generate": lambda: weekly.generate(house, self.plan(house, week), silent),
            "check": lambda: weekly.check(house, self.plan(house, week), silent),
            "release": lambda: weekly.release(house, self.plan(house, week)),
            "week": lambda: weekly.run_week(house, self.plan(house, week), silent),
        }
        stages[stage]()

    def run_again(self, stage: str, house: House) -> None:
        """Run a stage once more; a week that is out already is no error."""
        with suppress(ReleaseExists):
            self.run(stage, house)


def found(place: Place, builder: Builder) -> None:
    """Make a house whose first week is released, with the benchmark to check against."""
    place.home.mkdir(parents=True)
    write_sources(place.home / "sources.toml", sources(place.base))
    # All of it is sealed, so that the second week has something to reveal.
    house = builder.open(replace(place, sealed_share=1.0), EARLIER)
    add_sample_benchmark(house)
    builder.run("week", house, EARLIER)
    house.engine.dispose()
    # The second week has to make the keys, too; they are the same again.
    shutil.rmtree(place.home / "keys")


def files_under(folder: Path, *, but: Sequence[str] = ()) -> dict[str, bytes]:
    """Return the files of a folder, without the top-level names in `but`."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in but
    }
