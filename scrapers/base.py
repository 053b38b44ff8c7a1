"""A source's visit from first request to last document; a failing source stops nobody.

Everything is stored when it is had: bytes before anything reads them, each document in its own
transaction. Run again after a crash, a visit does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from scrapers.dates import choose_date, parse_date, plausible, why_undated
from scrapers.entries import Entry, Listing
from scrapers.extract import EXTRACTOR, Extracted, entry_locator, extract, extract_entry
from scrapers.feeds import FeedReader
from scrapers.fetched import Fetched, Fetching
from scrapers.page import PageReader
from scrapers.shelf import Shelf
from store.errors import (
    ExtractError,
    FetchError,
    ForbiddenAddress,
    RetryLater,
    RobotsRefused,
    UnseenError,
)
from store.records import Capture, Dates, Document, Source, SourceReport, Visit, sha256_hex


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
    "page": PageReader(),
}

#: Documents of one visit; the rest waits for the next (style.md, FetchLimits).
MAX_DOCUMENTS = 200
#: A known article is looked at again after this: an unchanged sentence in two captures 72 hours
#: apart is what check `source` asks for (questions.md §2, 2).
RECHECK_AFTER = timedelta(hours=72)
#: Sources read at the same time; a host's turn keeps each host's requests apart.
PARALLEL_SOURCES = 8


@dataclass
class _Tally:
    """What a visit has come to so far."""

    n_listed: int = 0
    n_tried: int = 0
    n_documents: int = 0
    n_unchanged: int = 0
    refusals: list[str] = field(default_factory=list)
    #: Whether the listing must be read again next time, though it may not have changed.
    unfinished: bool = False


@dataclass(frozen=True)
class _Body:
    """A source's body as it was read on this visit, and where it is kept."""

    fetched: Fetched
    capture: Capture


@dataclass(frozen=True)
class Collector:
    """Visits sources: what it needs, and no more than that.

    Attributes:
        fetcher: The way out.
        shelf: Where everything found is kept.
        cutoff: Texts first published before this are neither fetched nor kept.
        now: The clock.
        max_documents: Entries of one visit that are tried; the rest waits for the next.
    """

    fetcher: Fetching
    shelf: Shelf
    cutoff: datetime
    now: Callable[[], datetime]
    readers: Mapping[str, SourceReader] = field(default_factory=lambda: READERS)
    max_documents: int = MAX_DOCUMENTS

    def collect(self, source: Source) -> SourceReport:
        """Visit one source and return how that went; it never raises what a source can cause.

        `n_unchanged` counts the listing when it did not change, else its entries that are known
        and unchanged. `n_refused` counts refusals, one sentence each. Entries older than the
        cutoff are listed, and neither tried nor refused.
        """
        started_at, tally, error = self.now(), _Tally(), None
        try:
            self._visit(source, tally)
        except UnseenError as failure:
            error = str(failure)
        report = SourceReport(
            source=source.name,
            started_at=started_at,
            finished_at=self.now(),
            n_listed=tally.n_listed,
            n_documents=tally.n_documents,
            n_unchanged=tally.n_unchanged,
            n_refused=len(tally.refusals),
            error=error,
            refusals=tuple(tally.refusals),
        )
        self.shelf.keep_report(report)
        return report

    def _visit(self, source: Source, tally: _Tally) -> None:
        fetched = self._fetch(source, source.url)
        if fetched is None:
            tally.n_unchanged = 1
            return
        listing = _Body(fetched, self.shelf.keep_capture(fetched, source.name))
        entries = self.readers[source.kind].read(fetched, source).entries
        tally.n_listed = len(entries)
        self._take_all(source, _newest_first(entries), listing, tally)
        # Its tag is kept only when all entries are done, so that what is left is seen again.
        if not tally.unfinished:
            self.shelf.keep_visit(_visit_after(fetched, listing.capture.sha256))

    def _take_all(
        self, source: Source, entries: Sequence[Entry], listing: _Body, tally: _Tally
    ) -> None:
        """Make documents of entries one after the other; a refused one stops no other."""
        for entry in entries:
            if entry.published is not None and entry.published < self.cutoff:
                continue
            if entry.url is not None and self._is_fresh(entry.url):
                tally.n_unchanged += 1
                continue
            if tally.n_tried >= self.max_documents:
                tally.unfinished = True
                return
            tally.n_tried += 1
            try:
                self._take(source, entry, listing, tally)
            except RetryLater as refusal:
                tally.refusals.append(f"{refusal}; the entries behind it wait too")
                tally.unfinished = True
                return
            except (FetchError, ExtractError) as refusal:
                tally.refusals.append(str(refusal))
                tally.unfinished |= _may_pass(refusal)

    def _take(self, source: Source, entry: Entry, listing: _Body, tally: _Tally) -> None:
        """Make a document of an entry: of its page, else of the text the listing carries.

        Where the site says no – robots.txt, a forbidden address – its feed is no way round.
        """
        now = self.now()
        if entry.published is not None and not plausible(entry.published, now):
            raise ExtractError(entry.url or entry.id, why_undated(Dates(feed=entry.published), now))
        if entry.url is None:
            self._keep(self._from_entry(source, entry, listing), tally)
            return
        try:
            answer = self._fetch(source, entry.url)
        except (RetryLater, ForbiddenAddress, RobotsRefused):
            raise
        except FetchError as failure:
            try:
                document = self._from_entry(source, entry, listing)
            except ExtractError:
                # That the page failed is the reason, and one that may pass.
                raise failure from None
            self._keep(document, tally)
            return
        if answer is None:
            tally.n_unchanged += 1
            return
        capture = self.shelf.keep_capture(answer, source.name)
        visit = _visit_after(answer, capture.sha256)
        try:
            document = self._from_page(source, entry, answer, capture)
        except ExtractError:
            # The same bytes would be refused again.
            self.shelf.keep_visit(visit)
            raise
        self._keep(document, tally)
        self.shelf.keep_visit(visit)

    def _is_fresh(self, url: str) -> bool:
        """Whether a page was looked at so lately that it is left alone."""
        visit = self.shelf.visit(url)
        return (
            visit is not None
            and visit.retry_at is None
            and self.now() - visit.checked_at < RECHECK_AFTER
        )

    def _fetch(self, source: Source, url: str) -> Fetched | None:
        """Return what `url` answers, or None when it is what we have."""
        known, now = self.shelf.visit(url), self.now()
        if known and known.retry_at and now < known.retry_at:
            why = f"it asked to be left alone until {known.retry_at:%Y-%m-%d %H:%M:%S} UTC"
            raise RetryLater(url, why, known.retry_at)
        try:
            fetched = self.fetcher.fetch(
                url,
                etag=known.etag if known else None,
                last_modified=known.last_modified if known else None,
                user_agent=source.user_agent,
            )
        except RetryLater as later:
            base = known or Visit(url=url, status=429, checked_at=now)
            self.shelf.keep_visit(base.model_copy(update={"retry_at": later.until}))
            raise
        except FetchError as error:
            if url != source.url and not _may_pass(error) and error.status is not None:
                self.shelf.keep_visit(Visit(url=url, status=error.status, checked_at=now))
            raise
        if known and (fetched.not_modified or known.body_sha256 == sha256_hex(fetched.body)):
            self.shelf.keep_visit(_visit_after(fetched, known.body_sha256, known))
            return None
        return fetched

    def _from_page(
        self, source: Source, entry: Entry, answer: Fetched, capture: Capture
    ) -> Document:
        found = extract(answer.body, answer.content_type, answer.final_url, answer.headers)
        dates = Dates(
            feed=entry.published,
            page=found.page_date,
            http=parse_date(answer.headers.get("last-modified", "")),
            first_seen=self.shelf.first_seen(answer.url) or answer.fetched_at,
        )
        return self._document(source, found, entry, answer.final_url, capture, dates, "")

    def _from_entry(self, source: Source, entry: Entry, listing: _Body) -> Document:
        # The feed's own Last-Modified and first sight say nothing about one entry.
        dates = Dates(feed=entry.published, first_seen=listing.fetched.fetched_at)
        url = entry.url or listing.fetched.final_url
        found = extract_entry(entry, url)
        return self._document(
            source, found, entry, url, listing.capture, dates, entry_locator(entry)
        )

    def _document(
        self,
        source: Source,
        found: Extracted,
        entry: Entry,
        url: str,
        capture: Capture,
        dates: Dates,
        locator: str,
    ) -> Document:
        """Make the document, if it has a date we can defend and is not too old.

        Raises:
            ExtractError: It has none, or was published before the cutoff.
        """
        chosen = choose_date(dates, self.now())
        if chosen is None:
            raise ExtractError(url, why_undated(dates, self.now()))
        published_at, basis = chosen
        if published_at < self.cutoff:
            why = f"published on {published_at:%Y-%m-%d}, before the cutoff {self.cutoff:%Y-%m-%d}"
            raise ExtractError(url, why)
        return Document(
            id=Document.id_of(url, found.text),
            source=source.name,
            url=url,
            title=found.title or entry.title or url,
            text=found.text,
            text_sha256=sha256_hex(found.text.encode()),
            capture_sha256=capture.sha256,
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
            fetched_at=capture.fetched_at,
        )

    def _keep(self, document: Document, tally: _Tally) -> None:
        if self.shelf.keep_document(document):
            tally.n_documents += 1
        else:
            tally.n_unchanged += 1


def collect_all(
    collector: Collector, sources: Iterable[Source], parallel: int = PARALLEL_SOURCES
) -> list[SourceReport]:
    """Visit all enabled sources, some at a time; reports come in the order of the sources.

    A programming error in one is raised after all others are done.
    """
    with ThreadPoolExecutor(max_workers=parallel, thread_name_prefix="source") as pool:
        visits = [pool.submit(collector.collect, source) for source in sources if source.enabled]
    return [visit.result() for visit in visits]


def _newest_first(entries: Sequence[Entry]) -> list[Entry]:
    """Sort by date, undated ones last, otherwise in the listing's order."""
    oldest = datetime.min.replace(tzinfo=UTC)
    return sorted(entries, key=lambda entry: entry.published or oldest, reverse=True)


def _may_pass(refusal: FetchError | ExtractError) -> bool:
    """Whether the same entry may be had another time, though its listing does not change.

    A page that is gone, forbidden or no article stays so; a network or a robots.txt that could
    not be read does not.
    """
    if isinstance(refusal, ExtractError | ForbiddenAddress):
        return False
    return refusal.status is None or refusal.status >= 500


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
    )
