"""Tamperings of published weeks, and how each is shown to both verifiers."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from store.releases.rows import jsonl
from tests.store.chains import LAST, Weeks


@dataclass(frozen=True)
class Case:
    """One tampering: what was done, to which week, and what the refusal must say."""

    what: str
    weeks: Weeks
    says: tuple[str, ...]
    asked: str = LAST
    key: str | None = None
    named: str = ""


def all_are_refused(cases: Iterator[Case]) -> None:
    """Show each case to both verifiers, and print how many there were."""
    number = 0
    for case in cases:
        number += 1
        why = case.weeks.refusal(case.asked, case.key, case.named)
        assert why is not None, f"{case.what} is accepted"
        assert any(word in why for word in case.says), f"{case.what}: {why}"
        assert len(why) < 600 and "\n" not in why, f"{case.what}: {why}"
    assert number
    name = sys._getframe(1).f_code.co_name
    sys.stdout.write(f"{name}: {number} tamperings, all refused by both verifiers\n")


def changed(sound: Weeks, week: str, name: str, body: bytes) -> Weeks:
    """Return a copy in which one file is another; a copy of that week's files alone is made."""
    files = {**sound.files, week: {**sound.files[week], name: body}}
    return Weeks(files, sound.old, sound.new)


def encoded(row: dict) -> bytes:
    return jsonl([row])
