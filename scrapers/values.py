"""What a value of structured data is, told by its form: number, date, truth, version or text.

A form that can be read in two ways stays text: "3.10" may be a version, "1,234" a fraction.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from store.records import FactKind
from store.text import INVISIBLE, squeeze

#: A longer text is prose, not a value. CISA's catalogue edits texts of up to 485 characters.
MAX_TEXT = 500
#: Longer names of subjects and attributes do not fit the key of a table: Postgres' limit for
#: one is 2,704 bytes, and a character has up to four.
MAX_SUBJECT = 300
MAX_ATTRIBUTE = 200
#: A number of more characters is a key or noise (our choice).
MAX_DIGITS = 40
#: Years before this are zeros in disguise, such as Go's 0001-01-01.
_FIRST_YEAR = 1000

#: What no database or page takes: control characters and halves of characters.
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f\ud800-\udfff]")
_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:?\d{2})?)?"
)
_NUMBER = re.compile(r"[+-]?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d*)", re.ASCII)
_GROUPED = re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
#: What stands in a table where there is no value.
_NOTHING = ("", "-", "–", "—")
#: Languages that write 1,234.5: in others the two marks change places, or a space groups.
_DECIMAL_POINT = ("en", "ja", "ko", "zh")

_VERSION = re.compile(r"[vV]?\d+(?:\.\d+)*(?:[-+.~]?[A-Za-z][A-Za-z0-9.+~-]*)?", re.ASCII)
_THREE_PARTS = re.compile(r"[vV]?\d+\.\d+\.\d+", re.ASCII)
#: Dates and internet addresses have three parts and four, too.
_NO_VERSION = re.compile(
    r"(?:\d{1,2}\.\d{1,2}\.(?:19|20)\d{2}|(?:19|20)\d{2}\.\d{2}\.\d{2}|\d{1,3}(?:\.\d{1,3}){3})"
)
_OF_VERSIONS = re.compile(r"version|(?:^|[._ ])(?:release|latest)$", re.IGNORECASE)


def readable(text: str) -> str:
    """Return `text` in NFC on one line, without what cannot be seen or stored."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    return squeeze(_UNREADABLE.sub(" ", text))


def readable_lines(text: str) -> str:
    """Return `text` with each line as `readable` has it, empty ones left out.

    It is the form of a document's text: cleaning it again changes nothing.
    """
    return "\n".join(line for part in text.splitlines() if (line := readable(part)))


def number_text(value: int | float | Decimal) -> str:
    """Return a number without exponent, padding zeros or a signed zero; "" for no number."""
    exact = Decimal(repr(value) if isinstance(value, float) else value)
    if not exact.is_finite():
        return ""
    if not exact:
        return "0"
    text = f"{exact:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def date_text(text: str) -> str | None:
    """Return an ISO date as such, a time with an offset in UTC, one without as it is.

    None when it is neither, or no day of the calendar.
    """
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day, time, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{time or '00:00'}{zone or ''}")
        if moment.year < _FIRST_YEAR:
            return None
        moment = moment.astimezone(UTC) if zone else moment
    except (ValueError, OverflowError):
        return None
    if time is None:
        return day
    return moment.isoformat().replace("+00:00", "Z")


def are_versions(name: str, texts: Sequence[str]) -> bool:
    """Whether the texts of one field or column are versions; dates among them do not count.

    Two parts are a version only in company: another text has three, or the field's name says so.
    """
    written = [text for text in texts if text and not date_text(text)]
    return (
        bool(written)
        and all(_VERSION.fullmatch(text) and not _NO_VERSION.fullmatch(text) for text in written)
        and any(
            _THREE_PARTS.match(text) or ("." in text and _OF_VERSIONS.search(name))
            for text in written
        )
    )


def typed_column(
    name: str, texts: Sequence[str], language: str = ""
) -> list[tuple[str, FactKind] | None]:
    """Return value and kind of each text of a table's column; None where there is none.

    A value depends on its own text alone, so that an edit of one cell changes no other; only
    what kind it is takes the column: a number is one where at least half are and they do not
    look like versions (3.9, 3.10).
    """
    written = ["" if text in _NOTHING or len(text) > MAX_TEXT else text for text in texts]
    numbers = [_as_number(text, language) for text in written]
    other: FactKind = "version" if are_versions(name, written) else "text"
    of_numbers = other == "text" and _are_numbers(name, numbers, sum(map(bool, written)))
    return [
        _typed(text, number, "number" if number and of_numbers else other) if text else None
        for text, number in zip(written, numbers, strict=True)
    ]


def _typed(text: str, number: str | None, kind: FactKind) -> tuple[str, FactKind]:
    if text.lower() in ("true", "false"):
        return text.lower(), "bool"
    if (day := date_text(text)) is not None:
        return day, "date"
    return number or text, kind


def _are_numbers(name: str, read: Sequence[str | None], n_written: int) -> bool:
    numbers = [number for number in read if number]
    decimals = {len(number.partition(".")[2]) for number in numbers} - {0}
    padded = any("." in number and number.endswith("0") for number in numbers)
    return (
        2 * len(numbers) >= n_written > 0
        and not (padded and len(decimals) > 1)
        and not _OF_VERSIONS.search(name)
    )


def _as_number(text: str, language: str) -> str | None:
    """Return a number as it is written but for grouping and the sign; None for none."""
    text = text.replace("\N{MINUS SIGN}", "-")
    if len(text) > MAX_DIGITS:
        return None
    code = language.strip().lower().partition("-")[0]
    if code and code not in _DECIMAL_POINT:
        return text if _INTEGER.fullmatch(text) else None
    # Said nowhere which language it is, 1,234 may be a little more than one.
    if _GROUPED.fullmatch(text) and (code or text.count(",") > 1):
        return text.replace(",", "")
    return text if _NUMBER.fullmatch(text) else None
