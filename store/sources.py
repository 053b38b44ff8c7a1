"""The operator's list as the database knows it: sources, where they stand, what was taken down."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import bindparam
from sqlmodel import Session, SQLModel, select

from store.bulk import add_new, batched, put
from store.records import Source, SourceReport, SourceState, Withdrawal
from store.tables import SourceReportRow, SourceRow, SourceStateRow, WithdrawalRow
from store.timetable import after_visit

#: Made once, of columns and not of row objects: this is asked at every poll.
_STATE = SQLModel.metadata.tables["sourcestate"].c
_STATES = select(_STATE.body).where(_STATE.source.in_(bindparam("names", expanding=True)))


def enter_sources(session: Session, sources: Iterable[Source]) -> None:
    """Write down the list in force; what is no longer on it stays, marked as such."""
    listed = {source.name: source for source in sources}
    known = {row.name: row for row in session.exec(select(SourceRow))}
    for name, row in known.items():
        if name not in listed and row.listed:
            row.listed = False
            session.add(row)
    for name, source in listed.items():
        row = SourceRow.of(source, listed=True)
        if name not in known or (known[name].body, known[name].listed) != (row.body, True):
            session.merge(row)


def known_sources(session: Session, *, listed: bool = True) -> list[Source]:
    """Return the sources by name: those on the list, or also those that once were."""
    rows = session.exec(select(SourceRow).order_by(SourceRow.name))
    return [row.value() for row in rows if row.listed or not listed]


def source_states(session: Session) -> dict[str, SourceState]:
    """Return where every source that was ever visited stands, by name."""
    return {row.source: row.value() for row in session.exec(select(SourceStateRow))}


def remember_outcomes(session: Session, outcomes: Iterable[tuple[Source, SourceReport]]) -> None:
    """Store how visits ended, and where their sources stand after them."""
    ended = list(outcomes)
    states = {}
    for names in batched({source.name for source, _ in ended}):
        for (body,) in session.connection().execute(_STATES, {"names": names}):
            states[body["source"]] = SourceState.model_validate(body)
    for source, report in ended:
        before = states.get(source.name) or SourceState(source=source.name)
        states[source.name] = after_visit(source, before, report)
    add_new(session, SourceReportRow, [SourceReportRow.columns(report) for _, report in ended])
    rows = [SourceStateRow.columns(state) for state in states.values()]
    put(session, SourceStateRow, ["source"], rows)


def withdraw_source(session: Session, name: str, at: datetime, why: str) -> None:
    """Write down that a source's text was taken down; doing it again changes nothing."""
    if session.get(WithdrawalRow, name) is None:
        session.add(WithdrawalRow.of(Withdrawal(source=name, withdrawn_at=at, why=why)))


def withdrawals(session: Session) -> dict[str, Withdrawal]:
    """Return the sources whose text was taken down, by name."""
    return {row.source: row.value() for row in session.exec(select(WithdrawalRow))}


def readable(session: Session, sources: Iterable[Source]) -> list[Source]:
    """Return the sources that may be visited: enabled, and not taken down."""
    gone = withdrawals(session)
    return [source for source in sources if source.enabled and source.name not in gone]
