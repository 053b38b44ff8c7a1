"""A layer round everything that changes disk or database: it counts, and breaks the k-th point.

It is put round the calls from outside, in a process of its own, so the code that is tested knows
nothing of it. Points are the calls of `os` that change something, each write of a file opened in
Python at the level of the system call, and each statement and commit of SQLAlchemy. Files that C
code writes itself are reached round their call: SQLite's at the statement and at both ends of the
commit, faiss' at both ends of `write_index`; pyarrow writes to memory here.
"""

from __future__ import annotations

import builtins
import errno
import io
import os
import re
import signal
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import faiss
import psycopg
from sqlalchemy.engine import default

#: What may happen at a point. A full disk stays full, an I/O error happens once.
KILL, ENOSPC, EIO = "kill", "enospc", "eio"
FAULTS = (KILL, ENOSPC, EIO)
#: What takes no room goes on where there is none; what is done already cannot be refused.
_FREEING = ("unlink", "rmdir")
_DONE = ("db committed", "faiss written")
_CHANGES = ("insert", "update", "delete", "create", "alter", "drop")
_WRITING = re.compile("[wax+]")
_VARYING = re.compile(r"[0-9a-f]{16,}|\d{3,}[\d-]*|(?<=\.key-)\w+")
_REAL_OPEN = io.open
_transaction = threading.local()


@dataclass(frozen=True)
class Op:
    """One change as it was done, for replays.

    Attributes:
        call: The call, or "create" and "truncate" for what opening a file does.
        path: The path it was done to; empty for the database.
        to: Where it came to lie, for link and rename.
    """

    call: str
    path: str = ""
    to: str = ""
    body: bytes = b""


@dataclass
class Layer:
    """Counts points, and lets one of them go wrong.

    Attributes:
        home: Only what lies under it counts.
        at: The point, from 1, that goes wrong; 0 for none.
        fault: What happens there.
        heard: Told the name of each point as it comes.
        broke: Told the name of the one that goes wrong.
        did: Told each change of files when it is done.
    """

    home: Path
    at: int = 0
    fault: str = KILL
    heard: Callable[[str], None] = lambda name: None
    broke: Callable[[str], None] = lambda name: None
    did: Callable[[Op], None] = lambda op: None
    n: int = 0
    _full: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def point(self, call: str, what: str) -> str | None:
        """Count a point; returns the fault that is due, having died of a kill."""
        name = f"{call} {what}"
        with self._lock:
            self.heard(name)
            if not self.counts(name):
                return None
            self.n += 1
            if self.n == self.at:
                self.broke(name)
                if self.fault == KILL:
                    os.kill(os.getpid(), signal.SIGKILL)
                    signal.pause()
                self._full = self.fault == ENOSPC
                return self.fault
            return ENOSPC if self._full else None

    def counts(self, name: str) -> bool:
        """Whether the fault may come at a point of this name."""
        if self.fault == KILL:
            return True
        return not name.startswith(_DONE) and not (
            name.startswith(_FREEING) and self.fault == ENOSPC
        )

    def refuse(self, call: str, path: object) -> None:
        """Count a point on a file, and refuse it when its fault is due."""
        if (what := self.name_of(path)) is not None:
            self.refuse_if(self.point(call, what), path)

    def refuse_if(self, fault: str | None, path: object) -> None:
        """Raise what the system would raise."""
        if fault:
            number = errno.ENOSPC if fault == ENOSPC else errno.EIO
            where = None if isinstance(path, int) else os.fspath(path)  # type: ignore[call-overload]
            raise OSError(number, os.strerror(number), where)

    def name_of(self, path: object) -> str | None:
        """Return a file's name under the home, what varies left out; None outside of it."""
        if isinstance(path, int):
            path = _path_of(path)
        where = Path(os.path.abspath(os.fsdecode(path)))  # type: ignore[call-overload]
        if not where.is_relative_to(self.home):
            return None
        return _VARYING.sub("*", str(where.relative_to(self.home)))


class _Raw(io.FileIO):
    """A file whose every write is a point; a refused one has written half."""

    layer: Layer
    named: str | None = None

    def write(self, body: Any) -> int:
        fault = self.layer.point("write", self.named) if self.named else None
        if fault:
            super().write(memoryview(body).cast("B")[: len(body) // 2])
            self.layer.refuse_if(fault, self.name)
        n_written = super().write(body)
        if self.named:
            written = bytes(memoryview(body).cast("B")[:n_written])
            self.layer.did(Op("write", _path_of(self.fileno()), body=written))
        return n_written


def _path_of(descriptor: int) -> str:
    return os.readlink(f"/proc/self/fd/{descriptor}")


def install(layer: Layer) -> None:
    """Put a layer round this process, for good."""
    for name in ("mkdir", "unlink", "rmdir", "fsync", "link", "rename", "replace", "truncate"):
        _watch_os(layer, name, by_last=name in ("link", "rename", "replace"))
    _watch_open(layer)
    _watch_pwrite(layer)
    _watch_database(layer)
    _watch_faiss(layer)


def _watch_os(layer: Layer, name: str, *, by_last: bool) -> None:
    real = getattr(os, name)

    def call(*args: Any, dir_fd: int | None = None, **more: Any) -> Any:
        path = args[1 if by_last else 0]
        inside = dir_fd is not None and not os.path.isabs(path)
        where = os.path.join(os.readlink(f"/proc/self/fd/{dir_fd}"), path) if inside else path
        layer.refuse(name, where)
        done = real(*args, **more) if dir_fd is None else real(*args, dir_fd=dir_fd, **more)
        if layer.name_of(where) is not None:
            first = args[0] if by_last else where
            path = _path_of(first) if isinstance(first, int) else os.fspath(first)
            layer.did(Op(name, path, os.fspath(where) if by_last else ""))
        return done

    setattr(os, name, call)


def _watch_pwrite(layer: Layer) -> None:
    for name in ("write", "pwrite"):
        real = getattr(os, name)

        def call(descriptor: int, *args: Any, real: Any = real, name: str = name) -> Any:
            if os.readlink(f"/proc/self/fd/{descriptor}").startswith(str(layer.home)):
                layer.refuse(name, descriptor)
            return real(descriptor, *args)

        setattr(os, name, call)


def _watch_open(layer: Layer) -> None:
    real_open = os.open

    def opened(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        makes = flags & os.O_CREAT and layer.name_of(path) and not os.path.exists(path)
        if makes:
            layer.refuse("open", path)
        descriptor = real_open(path, flags, mode, dir_fd=dir_fd)
        if makes:
            layer.did(Op("create", _path_of(descriptor)))
        return descriptor

    def watched(
        file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None,
        errors: str | None = None, newline: str | None = None, closefd: bool = True,
        opener: Any = None,
    ) -> Any:  # fmt: skip
        if not _WRITING.search(mode) or not layer.name_of(file):
            return _REAL_OPEN(file, mode, buffering, encoding, errors, newline, closefd, opener)
        # What was opened before, or is by the opener, is counted there.
        by_name = opener is None and not isinstance(file, int)
        was_there = by_name and os.path.exists(file)
        if by_name:
            layer.refuse("open", file)
        raw = _Raw(file, mode.replace("b", "").replace("t", ""), closefd, opener)
        raw.layer, raw.named = layer, layer.name_of(raw.fileno())
        if by_name and (not was_there or "w" in mode):
            layer.did(Op("truncate" if was_there else "create", _path_of(raw.fileno())))
        if buffering == 0:
            return raw
        both = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return both if "b" in mode else io.TextIOWrapper(both, encoding, errors, newline)

    os.open = opened
    builtins.open = io.open = watched  # type: ignore[assignment]


def _database_refuses(fault: str | None, connection: object) -> None:
    full = fault == ENOSPC
    if fault and "psycopg" in type(connection).__module__:
        if full:
            raise psycopg.errors.DiskFull("could not extend file: No space left on device")
        raise psycopg.errors.IoError("could not write block: Input/output error")
    if fault:
        raise sqlite3.OperationalError("database or disk is full" if full else "disk I/O error")


def _changed() -> set[str]:
    """Return the tables that this thread's transaction changed so far."""
    if not hasattr(_transaction, "tables"):
        _transaction.tables = set()
    tables: set[str] = _transaction.tables
    return tables


def _watch_database(layer: Layer) -> None:
    dialect = default.DefaultDialect

    def execute(real: Any) -> Any:
        def call(self: Any, cursor: Any, statement: str, *args: Any, **more: Any) -> Any:
            words = statement.split(None, 3)
            if words and words[0].lower() in _CHANGES:
                table = words[2] if words[0].lower() in ("insert", "delete") else words[1]
                fault = layer.point(f"db {words[0].lower()}", table.strip('"'))
                _changed().add(table.strip('"'))
                _database_refuses(fault, cursor)
            return real(self, cursor, statement, *args, **more)

        return call

    def commit(self: Any, connection: Any, real: Any = dialect.do_commit) -> None:
        # A transaction that read only writes nothing: its end is no point.
        what = ",".join(sorted(_changed()))
        if what:
            inner = getattr(connection, "dbapi_connection", connection)
            _database_refuses(layer.point("db commit", what), inner)
        real(self, connection)
        if what:
            _changed().clear()
            layer.did(Op("committed", body=what.encode()))
            layer.point("db committed", what)

    def rollback(self: Any, connection: Any, real: Any = dialect.do_rollback) -> None:
        _changed().clear()
        real(self, connection)

    for name in ("do_execute", "do_executemany"):
        setattr(dialect, name, execute(getattr(dialect, name)))
    dialect.do_commit, dialect.do_rollback = commit, rollback  # type: ignore[method-assign]


def _watch_faiss(layer: Layer) -> None:
    real = faiss.write_index

    def write_index(index: Any, path: str) -> None:
        layer.refuse("faiss write", path)
        real(index, path)
        layer.point("faiss written", str(layer.name_of(path)))

    faiss.write_index = write_index
