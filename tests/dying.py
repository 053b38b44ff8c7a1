"""Acting before every call that changes the disk: dying there, or being refused."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence

import pytest

#: How a process of ours ends when it dies on purpose.
KILLED = 9

#: What changes names on disk, or makes them last.
CALLS = ("fsync", "link", "mkdir", "rename", "replace", "sync", "unlink")

Act = Callable[[int], object]


def at_each_call(
    act: Act, monkeypatch: pytest.MonkeyPatch, names: Sequence[str] = CALLS
) -> list[str]:
    """Call `act(number)` before every such call; returns the list of them, which grows."""
    seen: list[str] = []

    def watched(real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            seen.append(real.__name__)
            act(len(seen))
            return real(*args, **options)

        return call

    for name in names:
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    return seen


def refuse_at(number: int) -> Act:
    """Return what refuses the n-th call for want of space."""

    def act(count: int) -> None:
        if count == number:
            raise OSError(errno.ENOSPC, "No space left on device")

    return act


def dies_at(
    number: int,
    work: Callable[[], object],
    monkeypatch: pytest.MonkeyPatch,
    names: Sequence[str] = CALLS,
) -> bool:
    """Do `work` in a process that dies at its n-th call; returns whether it got that far."""
    child = os.fork()
    if not child:
        at_each_call(lambda count: count == number and os._exit(KILLED), monkeypatch, names)
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED
