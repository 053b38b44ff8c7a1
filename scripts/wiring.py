"""The composition root: settings in, working parts out; the only place that knows them all.

Heavy parts (torch, langchain, faiss, trafilatura) are imported inside the functions that need
them, so that a command that only reads starts quickly.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from threading import Event
from typing import TYPE_CHECKING

from sqlalchemy import Engine

from scripts.source_list import list_in_force, load_sources
from store.database import is_newest, open_engine, session, upgrade
from store.documents import languages_of
from store.durable import alone_in, make_folder, sweep_drafts
from store.errors import IndexUnusable, SettingsError, StoreError
from store.records import Source
from store.settings import OFFLINE, Settings, load_settings
from store.weeks import DEFAULT_CUTOFF_AGE, last_finished_week, week_bounds

if TYPE_CHECKING:
    from generator.desk import Desks
    from generator.embeddings import Embedder
    from generator.gate.gate import Gate
    from generator.multilingual import MultilingualEncoder
    from scrapers.base import Collector
    from scrapers.client import Fetcher
    from store.captures import BlobStore
    from store.releases.keys import Keys

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return now, aware, in UTC: the one real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Plan:
    """One week's job: which week, seen from when, from how far back.

    Attributes:
        week: The ISO week.
        as_of: The instant the week is looked at from; nothing dated later is used.
        cutoff: Documents first published before it are not used.
        until: The end of the week: later documents belong to later weeks.
    """

    week: str
    as_of: datetime
    cutoff: datetime
    until: datetime

    @property
    def over(self) -> bool:
        """Whether the week is over, seen from `as_of`; only then it may be released."""
        return self.until <= self.as_of


def plan_week(settings: Settings, week: str | None, as_of: datetime | None, clock: Clock) -> Plan:
    """Settle which week is meant: the last one that is over, unless one is named.

    Raises:
        ValueError: The week is no ISO week, has not begun at `as_of`, or that is in the future.
    """
    moment = as_of or clock()
    name = week or last_finished_week(moment)
    start, end = week_bounds(name)
    if moment > clock():
        raise ValueError(
            f"{moment:%Y-%m-%d %H:%M} UTC is in the future; a week is looked at from now or before"
        )
    if start > moment:
        raise ValueError(f"{name} has not begun on {moment:%Y-%m-%d}")
    cutoff = settings.cutoff or start - DEFAULT_CUTOFF_AGE
    return Plan(name, moment, cutoff.astimezone(UTC), end)


@dataclass(frozen=True)
class House:
    """Everything one process works with."""

    settings: Settings
    engine: Engine
    clock: Clock = utc_now

    @property
    def blobs(self) -> BlobStore:
        """Where bytes are kept."""
        from store.captures import BlobStore

        return BlobStore(self.settings.captures_dir)

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The sources of the file in force."""
        return load_sources(list_in_force(self.settings.sources, self.settings.home))

    @cached_property
    def keys(self) -> Keys:
        """The signing and seal keys, made on first use."""
        from store.releases.keys import Keys

        return Keys.load(self.settings.keys_dir)

    @cached_property
    def embedder(self) -> Embedder:
        """The sentence encoder; takes seconds and half a gigabyte."""
        from generator.embeddings import build_embedder

        return build_embedder(self.settings.embedder, cache=self.settings.home / "models")

    def reference_embedder(self) -> Embedder:
        """The encoder for references: as fast as this processor and its free cores allow."""
        from generator.embeddings import build_embedder, free_cores

        cache = self.settings.home / "models"
        return build_embedder(self.settings.embedder, cache=cache, threads=free_cores(), fast=True)

    @cached_property
    def tongues(self) -> MultilingualEncoder | None:
        """The encoder of many languages, once a writer may ask about texts not in English."""
        from generator.multilingual import build_multilingual
        from store.languages import UNKNOWN

        with session(self.engine) as work:
            spoken = languages_of(work) - {"en", UNKNOWN}
        return build_multilingual() if self.settings.writer != OFFLINE and spoken else None

    def gate(self, note: Callable[[str], None] = lambda sentence: None) -> Gate:
        """The contamination gate over the reference index; a damaged index is made again.

        Args:
            note: Told in a sentence when the index had to be made again.

        Raises:
            IndexUnusable: No benchmark is known; the sentence says what to run.
        """
        from generator.gate.benchmarks import repair_index
        from generator.gate.gate import open_gate

        index = self.settings.index_dir
        try:
            return open_gate(self.engine, index, self.embedder, tongues=self.tongues)
        except IndexUnusable as error:
            repair_index(self.engine, index, self.reference_embedder(), tongues=self.tongues)
            gate = open_gate(self.engine, index, self.embedder, tongues=self.tongues)
            note(f"the reference index was made again from the database, because {error}")
            return gate

    @contextmanager
    def alone(self, *names: str) -> Iterator[None]:
        """Hold locks of this house, in one order; another process waits, a dead one frees them."""
        with ExitStack() as held:
            for name in sorted(names):
                folder = self.settings.home / "locks" / name
                make_folder(folder)
                held.enter_context(alone_in(folder))
            yield

    def fetcher(self) -> Fetcher:
        """The one polite, guarded way out; all processes of this house take turns in it."""
        from scrapers.client import Fetcher, default_user_agent
        from scrapers.fetched import Clock as WebClock
        from scrapers.shelf import Shelf
        from scrapers.turns import Turns

        clock = WebClock(now=self.clock, sleep=time.sleep)
        return Fetcher(
            clock=clock,
            user_agent=default_user_agent(self.settings.reachable_at),
            allowed=self.settings.private_hosts,
            shelf=Shelf(self.engine, self.blobs),
            turns=Turns(clock, self.settings.home / "locks" / "hosts"),
        )

    @contextmanager
    def collector(self, cutoff: datetime, stop: Event | None = None) -> Iterator[Collector]:
        """What visits sources, with a thread that writes and processes that take texts out.

        Args:
            cutoff: Documents first published before it are not kept.
            stop: Set to have the visits under way end after the page they are at.
        """
        from scrapers.base import Collector
        from scrapers.extraction import Pool
        from scrapers.shelf import Shelf

        with (
            ThreadPoolExecutor(1, thread_name_prefix="shelf") as writer,
            closing(Pool()) as extraction,
            closing(self.fetcher()) as fetcher,
        ):
            yield Collector(
                fetcher=fetcher,
                shelf=Shelf(self.engine, self.blobs, writer),
                cutoff=cutoff,
                now=self.clock,
                extraction=extraction,
                stop=stop or Event(),
            )

    def desks(self, week: str, note: Callable[[str], None]) -> Desks:
        """The models of a week by role; one that cannot be set up is noted and left out.

        All of them share the week's budget and the number of calls under way at a time.
        """
        from scripts.models import desks_of

        return desks_of(self.settings, self.engine, week, self.clock, note)


def found_house(settings: Settings | None = None) -> House:
    """Return the house with its folder made and its database named; nothing else is touched.

    Raises:
        UnseenError: A setting or the disk stands in the way; one sentence.
    """
    settings = settings or load_settings()
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"UNSEEN_HOME cannot be made: {error.strerror}") from error
    if settings.executor != "local":
        raise SettingsError(f"UNSEEN_EXECUTOR {settings.executor!r}: only local is there yet")
    return House(settings, open_engine(settings.database))


def open_house(settings: Settings | None = None) -> House:
    """Open the house: folders, database at its newest schema, releases entered.

    Raises:
        UnseenError: A setting, the disk or the database stands in the way; one sentence.
    """
    house = found_house(settings)
    if not is_newest(house.engine):
        upgrade(house.engine)
    from store.releases.publish import reconcile

    reconcile(house.settings.releases_dir, house.engine)
    sweep_drafts(house.settings.captures_dir)
    return house
