"""One warm child process that answers frames, killed and started anew when it does not."""

from __future__ import annotations

import atexit
import json
import os
import select
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast


class ChildFailed(Exception):
    """The child gave no answer: it was too slow, or a limit ended it."""


@dataclass(eq=False)
class LimitedChild:
    """A script that is started on the first question and kept for the next.

    One question at a time; asking from several threads is safe.

    Attributes:
        script: Run by path in isolated mode, so that it sees nothing of ours.
        wall_s: An answer later than this is none.
        max_reply: An answer larger than this is none.
    """

    script: Path
    wall_s: float = 10.0
    max_reply: int = 64 << 20
    _process: subprocess.Popen[bytes] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, question: Mapping[str, str], body: bytes) -> dict[str, Any]:
        """Return the child's answer.

        Raises:
            ChildFailed: There was none; the child is gone and the next question starts another.
        """
        with self._lock:
            deadline = time.monotonic() + self.wall_s
            process = self._running()
            frame = json.dumps(dict(question)).encode()
            message = struct.pack(">I", len(frame)) + frame + struct.pack(">I", len(body)) + body
            try:
                self._write(process, message, deadline)
                (size,) = struct.unpack(">I", self._read(process, 4, deadline))
                if size > self.max_reply:
                    raise ChildFailed(f"an answer of {size} bytes")
                return cast(dict[str, Any], json.loads(self._read(process, size, deadline)))
            except (ChildFailed, OSError, ValueError) as error:
                self._end()
                raise ChildFailed(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """End the child, if there is one."""
        with self._lock:
            self._end()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._end()
            self._process = subprocess.Popen(
                [sys.executable, "-I", str(self.script)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
            )
            for pipe in (self._process.stdin, self._process.stdout):
                assert pipe is not None  # both are PIPE
                os.set_blocking(pipe.fileno(), False)
            atexit.register(self.close)
        return self._process

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None
        atexit.unregister(self.close)

    def _write(self, process: subprocess.Popen[bytes], message: bytes, deadline: float) -> None:
        assert process.stdin is not None  # it is PIPE
        view = memoryview(message)
        while view:
            _wait([], [process.stdin.fileno()], deadline)
            view = view[os.write(process.stdin.fileno(), view[: 1 << 16]) :]

    def _read(self, process: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        assert process.stdout is not None  # it is PIPE
        found = bytearray()
        while len(found) < size:
            _wait([process.stdout.fileno()], [], deadline)
            chunk = os.read(process.stdout.fileno(), min(size - len(found), 1 << 20))
            if not chunk:
                raise ChildFailed("a limit on memory or processor time ended it")
            found += chunk
        return bytes(found)


def _wait(readable: list[int], writable: list[int], deadline: float) -> None:
    left = deadline - time.monotonic()
    poll = select.poll()
    for descriptor in readable:
        poll.register(descriptor, select.POLLIN)
    for descriptor in writable:
        poll.register(descriptor, select.POLLOUT)
    if left <= 0 or not poll.poll(left * 1000):
        raise ChildFailed("it took too long")
