"""Take-down of a source: off the list, never used again, its text out of the store."""

from __future__ import annotations

from contextlib import AbstractContextManager

from sqlmodel import select

from scripts.source_list import disable_source, list_in_force, list_to_write, load_sources
from scripts.wiring import House
from store.database import session
from store.errors import NotFound
from store.sources import withdraw_source, withdrawals
from store.tables import CaptureRow, DocumentRow, SourceRow
from store.withdrawals import Removed, blobs_left, remove_blobs, remove_rows, remove_text


def take_down(house: House, name: str, why: str) -> Removed:
    """Take a source down: what was interrupted is finished when this is run again.

    From the first step on nothing of it is used. Its text is removed even when the list cannot
    be written; then the error says so after that.

    Args:
        house: The house.
        name: The source, on the list or once on it.
        why: What the operator notes down about it.

    Raises:
        NotFound: No source of that name is or was known.
        SourceFileError: The list of sources cannot be written.
        StoreError: The database or the disk refused.
    """
    settings = house.settings
    sources = load_sources(list_in_force(settings.sources, settings.home))
    listed = {source.name: source for source in sources}
    if name not in listed and not _was_known(house, name):
        raise NotFound("source", name)
    with session(house.engine) as work:
        withdraw_source(work, name, house.clock(), why)
    try:
        if name in listed and listed[name].enabled:
            disable_source(list_to_write(settings.sources, settings.home), name)
    finally:
        with _nobody_collects(house, name, "line"):
            removed = remove_text(house.engine, house.blobs, name, house.clock())
    return removed


def finish_take_downs(house: House) -> None:
    """Remove what came in after a take-down, or was left when one was interrupted."""
    with session(house.engine) as work:
        names = sorted(withdrawals(work))
    for name in names:
        remove_rows(house.engine, name, house.clock())
        # Only where there is something to remove do the visits under way have to be waited for.
        if blobs_left(house.engine, house.blobs, name):
            with _nobody_collects(house, name):
                remove_blobs(house.engine, house.blobs, name)


def _was_known(house: House, name: str) -> bool:
    with session(house.engine) as work:
        return any(
            work.exec(query.limit(1)).first() is not None
            for query in (
                select(SourceRow.name).where(SourceRow.name == name),
                select(DocumentRow.source).where(DocumentRow.source == name),
                select(CaptureRow.source).where(CaptureRow.source == name),
            )
        )


def _nobody_collects(house: House, name: str, *more: str) -> AbstractContextManager[None]:
    """Hold the locks of all sources.

    The same bytes may be just about to be stored for another source; were they unlinked between
    that and its row, the row would point at nothing.
    """
    names = {name, *(source.name for source in house.sources)}
    return house.alone(*more, *(f"source-{one}" for one in names))
