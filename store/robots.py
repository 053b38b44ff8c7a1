"""Copies of hosts' robots.txt files, so that every process obeys the same one for its lifetime."""

from __future__ import annotations

from sqlmodel import Session

from store.tables import RobotsRow


def robots_of(session: Session, origin: str, user_agent: str) -> RobotsRow | None:
    """Return the copy that was made for a User-Agent, maybe one that is too old."""
    return session.get(RobotsRow, (origin, user_agent))


def remember_robots(session: Session, copy: RobotsRow) -> None:
    """Store a copy in place of the last."""
    session.merge(copy)
