"""What outlives a power cut: names on disk for good, one writer at a time, and no old drafts."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DRAFTS = ".drafts"


def fsync_folder(folder: Path) -> None:
    """Put the names in a folder on disk for good; a file's own fsync does not do that."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, whose names are on disk for good."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        fsync_folder(folder.parent)


@contextmanager
def alone_in(folder: Path, *, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of a folder; yields whether it was free, if not to wait for it.

    The system frees the lock of a process that dies.
    """
    with _locked(folder, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB)) as free:
        yield free


@contextmanager
def drafts_in(root: Path) -> Iterator[Path]:
    """Yield the folder for drafts of files in `root`, which is not swept in the meantime."""
    make_folder(root)
    folder = root / _DRAFTS
    folder.mkdir(exist_ok=True)
    with _locked(folder, fcntl.LOCK_SH):
        yield folder


def sweep_drafts(root: Path) -> None:
    """Remove the drafts in `root` that killed processes left, unless somebody is writing one."""
    folder = root / _DRAFTS
    if not folder.exists():
        return
    with alone_in(folder, wait=False) as free:
        for draft in folder.iterdir() if free else ():
            draft.unlink(missing_ok=True)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[bool]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, how)
            free = True
        except BlockingIOError:
            free = False
        yield free
    finally:
        os.close(descriptor)
