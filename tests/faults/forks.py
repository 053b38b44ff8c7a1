"""Forks of this process that say how it went: what dies in one leaves the others alone."""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

#: A try takes a second; one that takes this long hangs.
HANGS_AFTER_S = 90


@dataclass(frozen=True)
class Ended:
    """How a forked process ended.

    Attributes:
        status: Its exit code, or less than 0 for a signal.
        said: What it sent, in order.
    """

    status: int
    said: list[Any]

    def last(self, key: str) -> Any:
        """Return the last thing sent under a key, or None."""
        return next((one[key] for one in reversed(self.said) if key in one), None)


Say = Callable[[dict[str, Any]], None]


def in_child(act: Callable[[Say], None]) -> Ended:
    """Run `act` in a fork of this process; it ends as the process does."""
    readable, writable = os.pipe()
    write = os.write
    child = os.fork()
    if not child:
        os.close(readable)
        signal.alarm(HANGS_AFTER_S)

        def say(what: dict[str, Any]) -> None:
            body = json.dumps(what).encode() + b"\n"
            while body:
                body = body[write(writable, body) :]

        status = 0
        try:
            act(say)
        except BaseException:
            say({"traceback": traceback.format_exc()})
            status = 70
        os._exit(status)
    os.close(writable)
    with open(readable, "rb") as heard:
        said = [json.loads(line) for line in heard]
    return Ended(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said)
