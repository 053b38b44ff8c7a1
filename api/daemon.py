"""What the daemon's last sign of life says: visits and weeks come from it, answers do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from store.records import Heartbeat

#: Long enough for a busy machine and a restart, short against the shortest interval (30 min).
SILENT_AFTER = timedelta(minutes=5)


def lives(heartbeat: Heartbeat | None, now: datetime) -> bool:
    """Whether the daemon gave a sign of life lately; one from the future is none."""
    return heartbeat is not None and abs(now - heartbeat.beat_at) <= SILENT_AFTER


def pulse(heartbeat: Heartbeat | None, now: datetime) -> str:
    """Return "ok", "never ran", or since when the daemon is silent."""
    if heartbeat is None:
        return "never ran"
    if lives(heartbeat, now):
        return "ok"
    return f"silent since {heartbeat.beat_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
