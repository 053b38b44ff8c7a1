"""Lots: chance that falls alike on every machine, and for every copy of a text."""

from __future__ import annotations

import hashlib

from store.records import Candidate


def ticket(*parts: str) -> str:
    """Return what to sort by to draw from several: as good as random, and always the same."""
    return hashlib.sha256("‖".join(parts).encode()).hexdigest()


def lot(name: str) -> float:
    """Return the lot of a name, from 0 to below 1: the same on every machine."""
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 16**8


def lot_falls(name: str, share: float) -> bool:
    """Whether the lot of `name` falls below `share`."""
    return lot(name) < share


def asked_as(candidate: Candidate) -> str:
    """Return the name under which a question draws its lots: what is asked, and the answer.

    Not its id, which holds every character of its document: then a word planted elsewhere on a
    page would decide which twins its questions get.
    """
    return f"{candidate.question}‖{candidate.key.answer}"
