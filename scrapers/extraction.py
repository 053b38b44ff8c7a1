"""Taking texts out of pages, here or in processes of their own that a hostile page cannot hold up.

Extraction is a pure function of bytes and most of a collector's work, so it is handed out some
pages at a time. A page that takes too long, or its process down, is refused by name; the others
of its batch are done again without it.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import resource
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Protocol

from pebble import ProcessExpired, ProcessPool

from scrapers.entries import Entry
from scrapers.extract import Extracted, extract, extract_entry
from store.errors import ExtractError

#: Pages handed over at a time: 20 to 50 make the hand-over cost nothing (issue of the executor,
#: measured there too); fewer keep the first documents of a visit from waiting.
BATCH = 24
#: The slowest page of the article benchmark takes a tenth of a second.
PAGE_TIMEOUT_S = 10.0
#: What each further page of a batch adds: many slow honest pages are no hang.
BATCH_ALLOWANCE_S = 0.5
#: Address space of one process: libraries take a third of it.
MAX_MEMORY = 2 << 30


@dataclass(frozen=True)
class Page:
    """What a text is taken out of: a page as it came, or an entry of a listing.

    Attributes:
        entry: The entry whose own text is meant; None when the page is.
    """

    url: str
    body: bytes = b""
    content_type: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    entry: Entry | None = None


_FIRST_PAGE = b"<html><body><p>" + b"A page that is read before any other is. " * 9
#: What trafilatura cannot read is a refusal with its reason; it need not be logged, too.
logging.getLogger("trafilatura").setLevel(logging.CRITICAL)

#: The text, or why there is none.
Result = Extracted | ExtractError


class Extraction(Protocol):
    """Takes texts out of pages, wherever it is done."""

    def submit(self, pages: Sequence[Page]) -> Future[list[Result]]:
        """Return the results to come, in the order of the pages."""
        ...


def read_pages(pages: Sequence[Page]) -> list[Extracted | tuple[str, str]]:
    """Return each page's text, or the URL and the reason of its refusal."""
    return [_read(page) for page in pages]


def _read(page: Page) -> Extracted | tuple[str, str]:
    try:
        if page.entry is not None:
            return extract_entry(page.entry, page.url)
        return extract(page.body, page.content_type, page.url, page.headers)
    except ExtractError as refusal:
        return refusal.url, refusal.why


def _results(read: Sequence[Extracted | tuple[str, str]]) -> list[Result]:
    # An error's own pickle would need its arguments; two strings need nothing.
    return [ExtractError(*one) if isinstance(one, tuple) else one for one in read]


class Here:
    """Takes texts out in the process it is asked in, before it answers."""

    def submit(self, pages: Sequence[Page]) -> Future[list[Result]]:
        """Return the results, which are there already."""
        done: Future[list[Result]] = Future()
        done.set_result(_results(read_pages(pages)))
        return done


@dataclass
class Pool:
    """Takes texts out in processes of their own; they start with the first page.

    Attributes:
        n_processes: One a core; the fetching process itself mostly waits.
    """

    n_processes: int = field(default_factory=lambda: os.cpu_count() or 1)
    page_timeout_s: float = PAGE_TIMEOUT_S

    @cached_property
    def _pool(self) -> ProcessPool:
        context = multiprocessing.get_context("forkserver")
        # What the libraries load is loaded once and shared by the processes.
        context.set_forkserver_preload(["scrapers.preloaded"])
        return ProcessPool(self.n_processes, initializer=_set_up_process, context=context)

    def submit(self, pages: Sequence[Page]) -> Future[list[Result]]:
        """Return the results to come."""
        done: Future[list[Result]] = Future()
        self._send(list(pages), done)
        return done

    def close(self) -> None:
        """End the processes."""
        if "_pool" in self.__dict__:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            del self.__dict__["_pool"]

    def _send(self, pages: list[Page], done: Future[list[Result]]) -> None:
        timeout_s = self.page_timeout_s + BATCH_ALLOWANCE_S * (len(pages) - 1)
        task = self._pool.schedule(read_pages, args=[pages], timeout=timeout_s)
        task.add_done_callback(lambda ended: self._settle(pages, ended, done))

    def _settle(
        self,
        pages: list[Page],
        ended: Future[list[Extracted | tuple[str, str]]],
        done: Future[list[Result]],
    ) -> None:
        try:
            done.set_result(_results(ended.result()))
        except (TimeoutError, ProcessExpired, MemoryError) as error:
            if len(pages) == 1:
                done.set_result([ExtractError(pages[0].url, _why(error, self.page_timeout_s))])
            else:
                self._one_by_one(pages, done)
        except BaseException as error:
            done.set_exception(error)

    def _one_by_one(self, pages: list[Page], done: Future[list[Result]]) -> None:
        """Find the page that held the others up, by doing each alone."""
        found: dict[int, Result] = {}

        def note(number: int, alone: Future[list[Result]]) -> None:
            if error := alone.exception():
                if not done.done():
                    done.set_exception(error)
                return
            found[number] = alone.result()[0]
            if len(found) == len(pages):
                done.set_result([found[n] for n in range(len(pages))])

        for number, page in enumerate(pages):
            alone: Future[list[Result]] = Future()
            alone.add_done_callback(partial(note, number))
            self._send([page], alone)


def _why(error: BaseException, timeout_s: float) -> str:
    if isinstance(error, TimeoutError):
        return f"its text could not be taken out within {timeout_s:g} seconds"
    return "taking its text out ended the process it was done in"


def read_first_page() -> None:
    """Have the libraries load what they load late."""
    read_pages([Page("about:blank", _FIRST_PAGE, "text/html; charset=utf-8")])


def _set_up_process() -> None:
    """Limit this process; that all is loaded before time counts is made sure of."""
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    read_pages([Page("about:blank", _FIRST_PAGE, "text/html; charset=utf-8")])
