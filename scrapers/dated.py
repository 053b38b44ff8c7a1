"""Pages with a day in their address: a source that needs no listing, and dates nobody can doubt.

`…/Events/{yyyy}_{month}_{d}` stands for one page a day. What the source puts under a day's name it
says of that day, so the address is the date.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from scrapers.entries import Entry, Listing
from store.records import Source

#: Days that are looked back to on each visit: a week without a daemon loses none.
LOOK_BACK_DAYS = 7

_PART = re.compile(r"\{(yyyy|mm|dd|month|d)\}")
_MONTHS = (
    "January February March April May June July August September October November December"
).split()


def has_days(source: Source) -> bool:
    """Whether a source's address names a day by its parts."""
    return {"yyyy"} < {match[1] for match in _PART.finditer(source.url)}


def address_of(source: Source, day: datetime) -> str:
    """Return the address of one day's page."""
    parts = {
        "yyyy": f"{day.year:04}",
        "mm": f"{day.month:02}",
        "dd": f"{day.day:02}",
        "d": str(day.day),
        "month": _MONTHS[day.month - 1],
    }
    return _PART.sub(lambda part: parts[part[1]], source.url)


def days_of(source: Source, now: datetime) -> Listing:
    """Return the pages of the last days, newest first, but for the `days_late` newest."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [today - timedelta(days=source.days_late + n) for n in range(LOOK_BACK_DAYS)]
    return Listing(
        tuple(Entry(url, url, "", day) for day in days if (url := address_of(source, day)))
    )
