"""Typed facts of structured sources: what held when, and what changed between two captures.

A fact is stored when it first holds and holds until the next one of its subject and attribute.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, insert
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from store.records import Capture, Fact, FactKind
from store.tables import FactRow

#: Subject and attribute: what a source may say one thing about at a time.
Key = tuple[str, str]


class TypedValue(Protocol):
    """One value as a reader found it: a fact but for where and when it was read."""

    @property
    def subject(self) -> str:
        """The source's own id of what the value is about."""

    @property
    def title(self) -> str:
        """A readable name of the subject."""

    @property
    def attribute(self) -> str:
        """Column or field."""

    @property
    def value(self) -> str:
        """Canonical text."""

    @property
    def kind(self) -> FactKind:
        """What the value is."""

    @property
    def locator(self) -> str:
        """Where it lies in the capture."""


@dataclass(frozen=True)
class Change:
    """Two facts of one subject and attribute, one right after the other.

    A value of None on either side says that the source gave none then.
    """

    earlier: Fact
    later: Fact


def remember_facts(
    session: Session,
    source: str,
    values: Iterable[TypedValue],
    capture: Capture,
    *,
    whole: bool = True,
) -> int:
    """Store what is new or changed since the last reading; doing it again changes nothing.

    A reading older than a fact of the source is left out: what held in between is not known, and
    history is not written again. Of a subject and attribute given twice the first counts.

    Args:
        session: The transaction to write in.
        source: The source's name.
        values: All values of one reading.
        capture: The reading they come from; its `fetched_at` is when they held.
        whole: Whether the reading gave all there are. Then one that is missing has ended, which
            is a fact with the value None.

    Returns:
        How many facts were stored.
    """
    value_of = FactRow.body["value"].as_string()
    columns = (FactRow.subject, FactRow.attribute, FactRow.captured_at, value_of)
    known: dict[Key, tuple[datetime, str | None]] = {
        (subject, attribute): (captured_at, value)
        for subject, attribute, captured_at, value in _newest(session, source, columns)
    }
    if any(captured_at > capture.fetched_at for captured_at, _ in known.values()):
        return 0
    given: dict[Key, TypedValue] = {}
    for value in values:
        given.setdefault((value.subject, value.attribute), value)
    new = [
        _fact(source, value, capture)
        for key, value in given.items()
        if key not in known or _is_news(value.value, known[key], capture)
    ]
    ended = {key for key in known.keys() - given.keys() if _is_news(None, known[key], capture)}
    if whole and ended:
        new += [
            _end(fact, capture)
            for fact in _facts(session, source)
            if (fact.subject, fact.attribute) in ended
        ]
    if new:
        session.connection().execute(insert(FactRow), [FactRow.columns(fact) for fact in new])
    return len(new)


def facts_at(session: Session, source: str, moment: datetime) -> list[Fact]:
    """Return what the source said at `moment`, by subject and attribute; ended facts left out."""
    facts = (fact for fact in _facts(session, source, moment) if fact.value is not None)
    return sorted(facts, key=lambda fact: (fact.subject, fact.attribute))


def subjects(session: Session, source: str, moment: datetime) -> dict[str, str]:
    """Return the subjects the source had something to say about at `moment`: id to title."""
    return {fact.subject: fact.title for fact in facts_at(session, source, moment)}


def changes(session: Session, source: str, since: datetime) -> list[Change]:
    """Return what changed after `since`, by time, subject and attribute.

    What a source said for the first time is no change.
    """
    before = func.lag(FactRow.number).over(
        partition_by=(col(FactRow.subject), col(FactRow.attribute)),
        order_by=col(FactRow.captured_at),
    )
    pairs = (
        select(col(FactRow.number).label("later"), before.label("earlier"))
        .where(FactRow.source == source)
        .subquery()
    )
    earlier, later = aliased(FactRow), aliased(FactRow)
    query = (
        select(earlier.body, later.body)
        .select_from(pairs)
        .join(earlier, col(earlier.number) == pairs.c.earlier)
        .join(later, col(later.number) == pairs.c.later)
        .where(col(later.captured_at) > since)
    )
    found = [Change(_read(old), _read(new)) for old, new in session.exec(query)]
    return sorted(found, key=_when_and_what)


def _when_and_what(change: Change) -> tuple[datetime, str, str]:
    return change.later.captured_at, change.later.subject, change.later.attribute


def _newest(
    session: Session, source: str, columns: Sequence[Any], moment: datetime | None = None
) -> Iterable[Any]:
    """Return columns of the newest fact of every subject and attribute, up to `moment`."""
    key = (col(FactRow.subject), col(FactRow.attribute))
    last = select(*key, func.max(FactRow.captured_at).label("last")).where(FactRow.source == source)
    if moment is not None:
        last = last.where(col(FactRow.captured_at) <= moment)
    newest = last.group_by(*key).subquery()
    same = (
        (key[0] == newest.c.subject)
        & (key[1] == newest.c.attribute)
        & (col(FactRow.captured_at) == newest.c.last)
    )
    found: Iterable[Any] = session.exec(
        select(*columns).join(newest, same).where(FactRow.source == source)
    )
    return found


def _facts(session: Session, source: str, moment: datetime | None = None) -> Iterator[Fact]:
    return (_read(body) for body in _newest(session, source, (FactRow.body,), moment))


def _read(body: Mapping[str, Any]) -> Fact:
    # Checked like model_validate, which takes ten times as long for an SQLModel.
    return Fact(**body)


def _fact(source: str, value: TypedValue, capture: Capture) -> Fact:
    return Fact(
        source=source,
        subject=value.subject,
        title=value.title,
        attribute=value.attribute,
        value=value.value,
        kind=value.kind,
        locator=value.locator,
        url=capture.final_url,
        capture_sha256=capture.sha256,
        captured_at=capture.fetched_at,
    )


def _end(fact: Fact, capture: Capture) -> Fact:
    """Return that the source no longer gives the value of `fact`."""
    gone = {
        "value": None,
        "locator": "",
        "url": capture.final_url,
        "capture_sha256": capture.sha256,
        "captured_at": capture.fetched_at,
    }
    return fact.model_copy(update=gone)


def _is_news(value: str | None, known: tuple[datetime, str | None], capture: Capture) -> bool:
    """Whether a value is another, and of a later reading, than the one that is known."""
    captured_at, before = known
    return value != before and capture.fetched_at > captured_at
