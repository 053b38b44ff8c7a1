"""When a text was published: reading dates as they are written, and choosing one to defend.

A reader of dates never guesses: what can be read in two ways is unknown, and so is what lies
before the web.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

from dateutil import parser, tz

from store.records import DateBasis, Dates

#: A clock may run ahead and a date may mean "today, somewhere east"; further is the future.
MAX_AHEAD = timedelta(hours=24)
#: Before the web there are no feeds: Go's 0001-01-01, Unix' 1970-01-01 and other zeros.
FIRST_YEAR = 1990

_ISO = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ]+(\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?) ?"
    r"(Z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?",
    re.IGNORECASE,
)

#: Abbreviations of zones as RFC 822 and American news write them, by hours from UTC.
_ZONES = {
    name: tz.tzoffset(name, hours * 3600)
    for hours, names in {
        0: "UT UTC GMT Z WET",
        1: "CET MET BST WEST",
        2: "CEST MEST EET",
        3: "EEST MSK",
        9: "JST KST",
        -3: "ADT",
        -4: "EDT AST AT",
        -5: "EST CDT ET",
        -6: "CST MDT CT",
        -7: "MST PDT MT",
        -8: "PST PT",
    }.items()
    for name in names.split()
}

#: Month names in the languages of our sources (sources.md), where not spelt as in English.
_MONTHS = {
    name: english
    for english, names in {
        "jan": "januar janvier enero janeiro januari janv ene jän",
        "feb": "februar février febrero fevereiro februari févr fév fev",
        "mar": "märz mars marzo março maart mär mrz mrt",
        "apr": "avril abril avr abr",
        "may": "mai mayo maio mei",
        "jun": "juni juin junio junho",
        "jul": "juli juillet julio julho juil",
        "aug": "août agosto augustus aout ago",
        "sep": "septembre septiembre setembro sept",
        "oct": "oktober octobre octubre outubro okt",
        "nov": "novembre noviembre novembro",
        "dec": "dezember décembre diciembre dezembro dez déc dic",
    }.items()
    for name in names.split()
}
_RFC_822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?\d{1,2} "
    r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4})"
)
_MONTH = re.compile(
    r"\b(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sep(?:tember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b"
)
#: RFC 822 wrote two digits; only in its own order, with a time behind, are they a year.
_SHORT_YEAR = re.compile(r"(\b\d{1,2} [a-z]{3}) (\d{2})(?= \d{2}:\d{2})")
_WORD = re.compile(r"[^\W\d_]+")
_YEAR = re.compile(r"(?<![\d:+-])(?:19|20)\d{2}(?![\d:])")
#: A weekday in any language leads: it says nothing the date does not.
_WEEKDAY = re.compile(r"^[^\W\d_]+\.?,?\s*(?=\d|[^\W\d_]+\.? \d)")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_HALF_DAY = re.compile(r"(?<=\d)\s*([ap])\.?m\b\.?")
_GLUE = re.compile(r"\bat\b(?=\s*\d)|(?<=\s)-(?=\s)|(?<=[^\W\d_])\.(?!\w)|(?<=\d)\.(?=\s)")
#: dateutil reads "GMT-07:00" the POSIX way, the wrong way round for feeds.
_GMT_OFFSET = re.compile(r"\b(?:gmt|utc)(?=[+-]\d)")


def parse_date(written: str) -> datetime | None:
    """Return the instant a feed or page wrote, in UTC, or None when it cannot be told for sure.

    A date without a time is its first instant; a time without a zone is in UTC. Numbers alone
    are read in ISO order only, because 04/05/2026 is two dates.
    """
    text = " ".join(unicodedata.normalize("NFC", written).split())
    if not text or len(text) > 100:
        return None
    try:
        found = _iso(text) or _rfc_822(text) or _named(text.lower())
        found = found and found.astimezone(UTC)
    except (ValueError, ArithmeticError):
        # Seconds of thirty digits are too many for a decimal, years of ten for a calendar.
        return None
    return found if found and found.year >= FIRST_YEAR else None


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if not match:
        return None
    day, time, zone = match[1], match[2] or "00:00", (match[3] or "Z").upper()
    return _on_earth(parser.isoparse(f"{day}T{time}{zone.replace('UTC', 'Z')}"))


def _rfc_822(text: str) -> datetime | None:
    """Read the form of most feeds, which leaves no doubt; a fiftieth of the general way's time."""
    if not _RFC_822.fullmatch(text):
        return None
    found = parsedate_to_datetime(text)
    # "-0000" says UTC without knowing the zone (RFC 2822, 3.3).
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _named(text: str) -> datetime | None:
    """Read a date whose month is a word and whose year has four digits."""
    text = _WORD.sub(lambda word: _MONTHS.get(word.group(), word.group()), text)
    text = _SHORT_YEAR.sub(lambda part: f"{part[1]} {_full_year(int(part[2]))}", text)
    if len(_MONTH.findall(text)) != 1 or len(_YEAR.findall(text)) != 1:
        return None
    if not _MONTH.match(text):
        text = _WEEKDAY.sub("", text, count=1)
    text = _GLUE.sub(" ", _HALF_DAY.sub(r" \1m", _ORDINAL.sub(r"\1", text)))
    # Zone names are names to dateutil in capitals only.
    text = _GMT_OFFSET.sub("", text).upper()
    # What the text leaves out is taken from the default: two defaults show what that was.
    first, second = (
        parser.parse(text, default=datetime(year, 1, day), tzinfos=_zone)  # noqa: DTZ001
        for year, day in ((2000, 1), (2004, 2))
    )
    if first != second:
        return None
    return _on_earth(first if first.tzinfo else first.replace(tzinfo=UTC))


def _full_year(short: int) -> int:
    """Return the year two digits mean (RFC 2822, 4.3)."""
    return short + (2000 if short < 50 else 1900)


def _zone(name: str | None, offset_s: int | None) -> tzinfo | None:
    """Return the zone dateutil asks for; a name we do not know makes the date unknown."""
    if name is None and offset_s is None:
        return None
    if offset_s is not None:
        return tz.tzoffset(None, offset_s)
    known = _ZONES.get((name or "").upper())
    if known is None:
        raise ValueError(f"zone {name!r} is not known")
    return known


def _on_earth(moment: datetime) -> datetime | None:
    """Return `moment` unless its offset exists nowhere: zones reach from -12 to +14 hours."""
    offset = moment.utcoffset()
    if offset is None or not timedelta(hours=-12) <= offset <= timedelta(hours=14):
        return None
    return moment


def plausible(moment: datetime, now: datetime) -> bool:
    """Whether a text can have been published then: on the web, and not in the future."""
    return moment.year >= FIRST_YEAR and moment <= now + MAX_AHEAD


def choose_date(dates: Dates, now: datetime) -> tuple[datetime, DateBasis] | None:
    """Return when the text was published at the latest, and who says so; None when nobody may.

    Only feed and page say when a text was *published*: one of them must speak, or there is no
    date to defend. Last-Modified and our own first sight prove that the text existed by then,
    so they may make the date earlier, never give one. A feed or page that claims the future is
    not believed about anything.
    """
    published: tuple[tuple[datetime | None, DateBasis], ...] = (
        (dates.feed, "feed"),
        (dates.page, "page"),
    )
    claims = [(moment, basis) for moment, basis in published if moment is not None]
    if not claims or not all(plausible(moment, now) for moment, _ in claims):
        return None
    existed: tuple[tuple[datetime | None, DateBasis], ...] = (
        (dates.http, "http"),
        (dates.first_seen, "first_seen"),
    )
    claims += [
        (moment, basis)
        for moment, basis in existed
        if moment is not None and plausible(moment, now)
    ]
    # On a tie the publisher's own word is named: min keeps the first.
    return min(claims, key=lambda claim: claim[0])


def why_undated(dates: Dates, now: datetime) -> str:
    """Return the sentence that says why `choose_date` found nothing."""
    claimed = [moment for moment in (dates.feed, dates.page) if moment is not None]
    if not claimed:
        return "neither the feed nor the page says when it was published"
    return f"it claims to be published on {max(claimed):%Y-%m-%d}, in the future"
