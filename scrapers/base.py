"""A source's visit from first request to last document; a failing source stops nobody.

Everything is stored when it is had, pages some at a time: bytes before anything speaks of them,
a page's visit with its document or its refusal. Run again after a crash, a visit does the rest.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Protocol

from scrapers.dated import days_of, has_days
from scrapers.dates import choose_date, plausible, why_undated
from scrapers.entries import Entry, Listing
from scrapers.extract import EXTRACTOR, Extracted, clean, entry_locator
from scrapers.extraction import BATCH, Extraction, Here, Page, Result
from scrapers.feeds import FeedReader
from scrapers.fetched import Fetched, Fetching
from scrapers.page import PageReader
from scrapers.shelf import Finds, Kept, Reading, Shelf
from scrapers.sitemap import SitemapReader
from scrapers.structured import JsonReader
from store.errors import (
    CaptureDamaged,
    ExtractError,
    FetchError,
    ForbiddenAddress,
    RetryLater,
    RobotsRefused,
    StoreUnavailable,
    UnseenError,
)
from store.languages import language_of
from store.records import Capture, Dates, Document, Source, SourceReport, Visit, sha256_hex
from store.timetable import back_off

log = logging.getLogger("unseen.collector")


class SourceReader(Protocol):
    """Lists what a source published; one for each kind."""

    def read(self, fetched: Fetched, source: Source) -> Listing:
        """Return what a source's body lists, entries in its own order.

        Raises:
            ExtractError: The body is not of this kind.
        """
        ...


#: Every kind of source. A new kind is a file with a reader and a line here.
READERS: Mapping[str, SourceReader] = {
    "feed": FeedReader(),
    "sitemap": SitemapReader(),
    "page": PageReader(),
    "json": JsonReader(),
}

#: Pages of one visit; the rest waits for the next (style.md, FetchLimits).
MAX_DOCUMENTS = 200
#: A visit that takes longer leaves the rest to the next: a slow site gets its turn, not the day.
MAX_VISIT = timedelta(minutes=15)
#: Listings that a listing points to, read on one visit (our choice: two years of monthly maps).
MAX_FURTHER = 24
#: A known article is looked at once more after this: an unchanged sentence in two looks 72 hours
#: apart is what check `source` asks for (questions.md §2, 2).
RECHECK_AFTER = timedelta(hours=72)


#: A page that fails is asked for again after this, then after twice that (our choice: the
#: interval of most sources).
FIRST_PAGE_BACK_OFF = timedelta(hours=1)
#: After so many tries, three days on, a page is as good as gone; its source is not given up.
MAX_PAGE_FAILURES = 7


@dataclass(frozen=True)
class Collector:
    """Visits sources: what it needs, and no more than that.

    Attributes:
        fetcher: The way out.
        shelf: Where everything found is kept.
        cutoff: Texts first published before this are neither fetched nor kept.
        now: The clock.
        readers: What reads which kind of source.
        max_documents: Pages of one visit that are fetched; the rest waits for the next.
        max_visit: The time after which a visit begins no further page.
        extraction: What takes texts out of pages.
        stop: When it is set, no visit begins a further page.
    """

    fetcher: Fetching
    shelf: Shelf
    cutoff: datetime
    now: Callable[[], datetime]
    readers: Mapping[str, SourceReader] = field(default_factory=lambda: READERS)
    max_documents: int = MAX_DOCUMENTS
    max_visit: timedelta = MAX_VISIT
    extraction: Extraction = field(default_factory=Here)
    stop: Event = field(default_factory=Event)

    def collect(self, source: Source) -> SourceReport:
        """Visit one source and return how that went; it never raises what a source can cause.

        A database that is gone is no source's fault: were it told as one, a week would go on
        without what the source gave.

        `n_unchanged` counts the listing when it did not change, else its entries that are known
        and unchanged. `n_refused` counts refusals, one sentence each. `n_too_old` counts entries
        dated before the cutoff: they are neither tried nor refused.
        """
        started_at, error, retry_at = self.now(), None, None
        visit = _SourceVisit(self, source, started_at)
        try:
            visit.run()
        except StoreUnavailable:
            raise
        except UnseenError as failure:
            error = str(failure)
            retry_at = failure.until if isinstance(failure, RetryLater) else None
            visit.tally.unfinished = True
        tally = visit.tally
        report = SourceReport(
            source=source.name,
            started_at=started_at,
            finished_at=max(self.now(), started_at),
            n_listed=tally.n_listed,
            n_documents=tally.n_documents,
            n_unchanged=tally.n_unchanged,
            n_refused=len(tally.refusals),
            n_too_old=tally.n_too_old,
            n_facts=tally.n_facts,
            error=error,
            refusals=tuple(tally.refusals),
            retry_at=retry_at,
        )
        kept = self.shelf.keep(Finds(visits=visit.last_words(), outcome=(source, report)))
        if tally.n_listed or error:
            kept.result()
        else:
            # Of a source that did not change nothing is lost that the next visit would miss, so a
            # poll does not wait for the disk.
            kept.add_done_callback(_tell_failure)
        return report


@dataclass
class _Tally:
    """What a visit has come to so far."""

    n_listed: int = 0
    n_tried: int = 0
    n_documents: int = 0
    n_unchanged: int = 0
    n_too_old: int = 0
    n_facts: int = 0
    refusals: list[str] = field(default_factory=list)
    #: Whether the listing must be read again next time, though it may not have changed.
    unfinished: bool = False


@dataclass(frozen=True)
class _Body:
    """A listing's body as it was read on this visit, and where it is kept."""

    fetched: Fetched
    capture: Capture
    recipe: str = ""


@dataclass(frozen=True)
class _Work:
    """One entry whose text is being taken out.

    Attributes:
        body: Where the text is from: the entry's page, or the listing.
        visit: What to remember of the page; None when the text is the listing's.
    """

    entry: Entry
    body: _Body
    page: Page
    visit: Visit | None = None


@dataclass
class _SourceVisit:
    """One visit under way. Pages are fetched while the texts of those before are taken out."""

    collector: Collector
    source: Source
    started_at: datetime
    tally: _Tally = field(default_factory=_Tally)
    #: What to remember of the listings, kept at the end: by then it is known what was left.
    _listings: list[Visit] = field(default_factory=list)
    _unchanged: list[Visit] = field(default_factory=list)
    _known: dict[str, Visit] = field(default_factory=dict)
    _collected: list[_Work] = field(default_factory=list)
    _under_way: deque[tuple[list[_Work], Future[list[Result]]]] = field(default_factory=deque)
    _keeping: deque[tuple[int, Future[Kept]]] = field(default_factory=deque)

    def run(self) -> None:
        """Read the listing and make documents of its entries."""
        if has_days(self.source):
            self._take_days()
            return
        self._know([self.source.url])
        listings = self._read_listings()
        if listings is None:
            self.tally.n_unchanged = 1
            return
        try:
            self._take_all(listings)
        finally:
            self._finish()

    def _take_days(self) -> None:
        """Read the pages whose addresses name the last days.

        Raises:
            ExtractError: None of them could be read, which a listing would have told.
        """
        try:
            self._take_all([(None, days_of(self.source, self.started_at))])
        finally:
            self._finish()
        tally = self.tally
        if tally.refusals and not (tally.n_documents or tally.n_unchanged):
            raise ExtractError(self.source.url, f"no day of it can be read: {tally.refusals[0]}")

    def last_words(self) -> tuple[Visit, ...]:
        """Return what to remember beside the pages' own visits."""
        read = (
            each.model_copy(update={"unfinished": each.unfinished or self.tally.unfinished})
            for each in self._listings
        )
        return (*self._unchanged, *read)

    # --- listings ---------------------------------------------------------------------------

    def _read_listings(self) -> list[tuple[_Body, Listing]] | None:
        """Return the source's listing and those it points to; None when nothing changed."""
        body = self._fetch_listing(self.source.url)
        if body is None:
            return None
        first = self._read(body)
        found = [(replace(body, recipe=first.recipe), first)]
        if first.further:
            # An index may stay the same while what it leads to changes.
            self._listings = [
                each.model_copy(update={"unfinished": True}) for each in self._listings
            ]
        further = first.further[:MAX_FURTHER]
        self.tally.unfinished |= len(further) < len(first.further)
        self._know(further)
        for url in further:
            if self._must_stop():
                self.tally.unfinished = True
                break
            try:
                if (one := self._fetch_listing(url)) is not None:
                    found.append((one, self._read(one)))
                else:
                    self.tally.n_unchanged += 1
            except RetryLater as refusal:
                self.tally.refusals.append(str(refusal))
                self.tally.unfinished = True
                break
            except (FetchError, ExtractError) as refusal:
                self.tally.refusals.append(str(refusal))
                self.tally.unfinished |= _may_pass(refusal)
        return found

    def _fetch_listing(self, url: str) -> _Body | None:
        known = self._known.get(url)
        fetched = self._fetch(url)
        if fetched is None:
            return self._unfinished_body(known) if known and known.unfinished else None
        body = _Body(fetched, _capture(fetched, self.source.name))
        self._keep(Finds(bodies=(fetched.body,), captures=(body.capture,)))
        self._listings.append(_visit_after(fetched, body.capture.sha256))
        return body

    def _unfinished_body(self, known: Visit) -> _Body | None:
        """Return a listing that did not change, as it was captured, to do the rest of it.

        Raises:
            CaptureDamaged: The bytes are gone; the next visit asks for them again.
        """
        self._listings.append(self._unchanged.pop())
        try:
            capture, body = self.collector.shelf.captured(known.url, known.body_sha256 or "")
        except CaptureDamaged:
            self._listings[-1] = Visit(url=known.url, status=0, checked_at=known.checked_at)
            raise
        fetched = Fetched(
            known.url, capture.final_url, capture.status, capture.headers, body, capture.fetched_at
        )
        return _Body(fetched, capture)

    def _read(self, body: _Body) -> Listing:
        listing = self.collector.readers[self.source.kind].read(body.fetched, self.source)
        self.tally.refusals.extend(listing.notes)
        if listing.cells:
            self._keep(Finds(reading=Reading(body.capture, listing.cells, listing.whole)))
        return listing

    # --- entries ----------------------------------------------------------------------------

    def _take_all(self, listings: Sequence[tuple[_Body | None, Listing]]) -> None:
        """Make documents of entries, newest first; a refused one stops no other."""
        listed = [(entry, body) for body, listing in listings for entry in listing.entries]
        self.tally.n_listed = len(listed)
        entries = [each for each in listed if not self._is_too_old(each[0])]
        self.tally.n_too_old = len(listed) - len(entries)
        self._take_items([(one, body) for one, body in entries if body and one.text is not None])
        pages = [each for each in entries if each[0].text is None]
        self._know(entry.url for entry, _ in pages if entry.url is not None)
        for entry, body in sorted(pages, key=lambda each: _newest_first(each[0])):
            self._settle_those_done()
            if entry.url is not None and self._is_fresh(entry):
                self.tally.n_unchanged += 1
            elif entry.url is not None and self._is_backing_off(entry.url):
                self.tally.unfinished = True
            elif self.tally.n_tried >= self.collector.max_documents or self._must_stop():
                self.tally.unfinished = True
                return
            else:
                try:
                    self._take(entry, body)
                except RetryLater as refusal:
                    self.tally.refusals.append(f"{refusal}; the entries behind it wait too")
                    self.tally.unfinished = True
                    return
                except (FetchError, ExtractError) as refusal:
                    self._refuse(refusal)

    def _take(self, entry: Entry, listing: _Body | None) -> None:
        """Have the text of an entry's page taken out, else that which the listing carries.

        Where the site says no – robots.txt, a forbidden address – its feed is no way round.
        """
        self._check_date(entry)
        self.tally.n_tried += 1
        if entry.url is None:
            if listing is not None:
                self._hand_out(self._own_text(entry, listing))
            return
        try:
            answer = self._fetch(entry.url)
        except (RetryLater, ForbiddenAddress, RobotsRefused):
            raise
        except FetchError:
            # That the page failed is the reason, and one that may pass.
            if not entry.content_html or listing is None:
                raise
            self._hand_out(self._own_text(entry, listing))
            return
        if answer is None:
            self.tally.n_unchanged += 1
            return
        capture = _capture(answer, self.source.name)
        page = Page(answer.final_url, answer.body, answer.content_type, answer.headers)
        visit = _visit_after(answer, capture.sha256)
        self._hand_out(_Work(entry, _Body(answer, capture), page, visit))

    def _own_text(self, entry: Entry, listing: _Body) -> _Work:
        url = entry.url or listing.fetched.final_url
        return _Work(entry, listing, Page(url, entry=entry))

    def _take_items(self, items: Sequence[tuple[Entry, _Body]]) -> None:
        """Make documents of items of structured data, whose texts are there already."""
        texts = [(entry, body, clean(entry.text or "")) for entry, body in items]
        ids = {
            entry.id: Document.id_of(entry.url or body.fetched.final_url, text)
            for entry, body, text in texts
        }
        known = self.collector.shelf.known(ids.values())
        self.tally.n_unchanged += len(known)
        documents = []
        for entry, body, text in texts:
            if ids[entry.id] in known:
                continue
            try:
                self._check_date(entry)
                documents.append(self._of_item(entry, body, text))
            except ExtractError as refusal:
                self._refuse(refusal)
        if documents:
            self._keep(Finds(documents=tuple(documents)))

    def _of_item(self, entry: Entry, body: _Body, text: str) -> Document:
        found = Extracted(text, entry.title, language_of(text), None, "")
        dates = Dates(feed=entry.published, first_seen=body.fetched.fetched_at)
        url = entry.url or body.fetched.final_url
        return self._document(found, entry, url, body, dates, f"item:{entry.id}")

    def _is_too_old(self, entry: Entry) -> bool:
        """Whether the listing says that an entry is from before the cutoff.

        What was last changed before it cannot have been published after it.
        """
        at = entry.published or entry.modified
        return at is not None and at < self.collector.cutoff

    def _check_date(self, entry: Entry) -> None:
        now = self.collector.now()
        if entry.published is not None and not plausible(entry.published, now):
            raise ExtractError(entry.url or entry.id, why_undated(Dates(feed=entry.published), now))

    # --- texts ------------------------------------------------------------------------------

    def _hand_out(self, work: _Work) -> None:
        self._collected.append(work)
        if len(self._collected) >= BATCH:
            self._send()

    def _send(self) -> None:
        if not self._collected:
            return
        works, self._collected = self._collected, []
        self._under_way.append(
            (works, self.collector.extraction.submit([work.page for work in works]))
        )
        # Pages that wait for their turn lie in memory: not more than a few batches of them.
        while len(self._under_way) > 4:
            self._settle(*self._under_way.popleft())

    def _settle_those_done(self) -> None:
        while self._under_way and self._under_way[0][1].done():
            self._settle(*self._under_way.popleft())

    def _finish(self) -> None:
        """Wait for every text and for the disk."""
        self._send()
        while self._under_way:
            self._settle(*self._under_way.popleft())
        while self._keeping:
            self._count(*self._keeping.popleft())

    def _settle(self, works: Sequence[_Work], results: Future[list[Result]]) -> None:
        """Keep the pages of a batch, and their documents."""
        pages = [work for work in works if work.visit is not None]
        seen = self.collector.shelf.first_seen(work.body.fetched.url for work in pages)
        documents = []
        for work, result in zip(works, results.result(), strict=True):
            try:
                if isinstance(result, ExtractError):
                    raise result
                documents.append(self._of_work(work, result, seen))
            except ExtractError as refusal:
                # The same bytes would be refused again, so the page counts as looked at.
                self._refuse(refusal)
        self._keep(
            Finds(
                bodies=tuple(work.body.fetched.body for work in pages),
                captures=tuple(work.body.capture for work in pages),
                documents=tuple(documents),
                visits=tuple(work.visit for work in pages if work.visit),
            )
        )

    def _of_work(self, work: _Work, found: Extracted, seen: Mapping[str, datetime]) -> Document:
        fetched = work.body.fetched
        if work.visit is None:
            # The feed's own Last-Modified and first sight say nothing about one entry.
            dates = Dates(feed=work.entry.published, first_seen=fetched.fetched_at)
            locator, url = entry_locator(work.entry), work.page.url
        else:
            dates = Dates(
                feed=work.entry.published,
                page=found.page_date,
                http=_http_date(fetched.headers.get("last-modified", "")),
                first_seen=seen.get(fetched.url) or fetched.fetched_at,
            )
            locator, url = "", fetched.final_url
        return self._document(found, work.entry, url, work.body, dates, locator)

    def _document(
        self,
        found: Extracted,
        entry: Entry,
        url: str,
        body: _Body,
        dates: Dates,
        locator: str,
    ) -> Document:
        """Make the document, if it has a date we can defend and is not too old.

        Raises:
            ExtractError: It has none, or was published before the cutoff.
        """
        now, cutoff = self.collector.now(), self.collector.cutoff
        chosen = choose_date(dates, now)
        if chosen is None:
            raise ExtractError(url, why_undated(dates, now))
        published_at, basis = chosen
        if published_at < cutoff:
            why = f"published on {published_at:%Y-%m-%d}, before the cutoff {cutoff:%Y-%m-%d}"
            raise ExtractError(url, why)
        source = self.source
        return Document(
            id=Document.id_of(url, found.text),
            source=source.name,
            url=url,
            title=found.title or entry.title or url,
            text=found.text,
            text_sha256=sha256_hex(found.text.encode()),
            capture_sha256=body.capture.sha256,
            locator=locator,
            extractor=EXTRACTOR,
            hidden_text=found.hidden_text,
            language=found.language,
            topic=source.topic,
            licence=source.licence,
            attribution=source.attribution,
            published_at=published_at,
            date_basis=basis,
            dates=dates,
            fetched_at=body.capture.fetched_at,
            recipe=body.recipe if entry.text is not None else "",
        )

    # --- asking and keeping -----------------------------------------------------------------

    def _must_stop(self) -> bool:
        collector = self.collector
        return collector.stop.is_set() or collector.now() - self.started_at > collector.max_visit

    def _know(self, urls: Iterable[str]) -> None:
        """Have the last visits to URLs at hand, asked for together."""
        self._known |= self.collector.shelf.visits(urls)

    def _is_fresh(self, entry: Entry) -> bool:
        """Whether a page was looked at so lately, or so often, that it is left alone."""
        visit = self._known.get(entry.url or "")
        if visit is None:
            return False
        if visit.n_failures >= MAX_PAGE_FAILURES:
            return True
        if visit.retry_at is not None:
            return False
        if entry.modified is not None and entry.modified > visit.checked_at:
            return False
        seen_twice = (
            visit.captured_at is not None and visit.checked_at - visit.captured_at >= RECHECK_AFTER
        )
        return seen_twice or self.collector.now() - visit.checked_at < RECHECK_AFTER

    def _is_backing_off(self, url: str) -> bool:
        """Whether a page failed lately, so that it is not asked for yet."""
        visit = self._known.get(url)
        held = visit and visit.n_failures and visit.retry_at
        return bool(held and self.collector.now() < held)

    def _fetch(self, url: str) -> Fetched | None:
        """Return what `url` answers, or None when it is what we have."""
        known, now = self._known.get(url), self.collector.now()
        if known and known.retry_at and now < known.retry_at:
            why = f"it asked to be left alone until {known.retry_at:%Y-%m-%d %H:%M:%S} UTC"
            raise RetryLater(url, why, known.retry_at)
        try:
            fetched = self.collector.fetcher.fetch(
                url,
                etag=known.etag if known else None,
                last_modified=known.last_modified if known else None,
                user_agent=self.source.user_agent,
            )
        except RetryLater as later:
            base = known or Visit(url=url, status=429, checked_at=now)
            self._unchanged.append(base.model_copy(update={"retry_at": later.until}))
            raise
        except FetchError as error:
            if url != self.source.url:
                self._unchanged.append(_failed_visit(url, known, error, now))
            raise
        if known and (fetched.not_modified or known.body_sha256 == sha256_hex(fetched.body)):
            self._unchanged.append(_visit_after(fetched, known.body_sha256, known))
            return None
        return fetched

    def _refuse(self, refusal: FetchError | ExtractError) -> None:
        self.tally.refusals.append(str(refusal))
        self.tally.unfinished |= _may_pass(refusal)

    def _keep(self, finds: Finds) -> None:
        self._keeping.append((len(finds.documents), self.collector.shelf.keep(finds)))
        while self._keeping and self._keeping[0][1].done():
            self._count(*self._keeping.popleft())

    def _count(self, n_documents: int, keeping: Future[Kept]) -> None:
        kept = keeping.result()
        self.tally.n_documents += len(kept.new)
        self.tally.n_unchanged += n_documents - len(kept.new)
        self.tally.n_facts += kept.n_facts


def _tell_failure(kept: Future[Kept]) -> None:
    if failure := kept.exception():
        log.warning("a visit without news was not written down: %s", failure)


def _newest_first(entry: Entry) -> float:
    """Sort by date, or else by the hint; those without either come last, in the listing's order."""
    at = entry.published or entry.modified or datetime.min.replace(tzinfo=UTC)
    return -(at - datetime.min.replace(tzinfo=UTC)).total_seconds()


def _http_date(written: str) -> datetime | None:
    """Return the instant of an HTTP header, which has one form; another says nothing."""
    try:
        found = parsedate_to_datetime(written)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _may_pass(refusal: FetchError | ExtractError) -> bool:
    """Whether the same entry may be had another time, though its listing does not change.

    A page that is gone, forbidden or no article stays so; a network or a robots.txt that could
    not be read does not.
    """
    if isinstance(refusal, ExtractError | ForbiddenAddress):
        return False
    if isinstance(refusal, RobotsRefused):
        return refusal.unread
    return refusal.status is None or refusal.status >= 500


def _capture(fetched: Fetched, source: str) -> Capture:
    return Capture(
        sha256=sha256_hex(fetched.body),
        source=source,
        url=fetched.url,
        final_url=fetched.final_url,
        status=fetched.status,
        content_type=fetched.content_type,
        headers=dict(fetched.headers),
        n_bytes=len(fetched.body),
        fetched_at=fetched.fetched_at,
    )


def _failed_visit(url: str, known: Visit | None, error: FetchError, now: datetime) -> Visit:
    """Return the visit to remember of a page that could not be had; its next try comes later."""
    if not _may_pass(error):
        return Visit(url=url, status=error.status or 0, checked_at=now)
    base = known or Visit(url=url, status=error.status or 0, checked_at=now)
    n_failures = base.n_failures + 1
    retry_at = now + back_off(FIRST_PAGE_BACK_OFF, n_failures)
    return base.model_copy(update={"n_failures": n_failures, "retry_at": retry_at})


def _visit_after(fetched: Fetched, body_sha256: str | None, known: Visit | None = None) -> Visit:
    """Return the visit to remember; a 304 need not repeat the tag it confirms."""
    return Visit(
        url=fetched.url,
        etag=fetched.headers.get("etag") or (known.etag if known else None),
        last_modified=fetched.headers.get("last-modified")
        or (known.last_modified if known else None),
        body_sha256=body_sha256,
        status=fetched.status,
        checked_at=fetched.fetched_at,
        captured_at=known.captured_at if known else fetched.fetched_at,
    )
