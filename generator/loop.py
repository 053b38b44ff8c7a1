"""The one event loop of a process, and what is open only while something runs on it.

A model's connections belong to the loop they were made in; they are closed when the run ends.
"""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol, TypeVar, cast

Result = TypeVar("Result")


class Closable(Protocol):
    """What must be closed on the loop it was used on."""

    async def aclose(self) -> None:
        """Close it."""
        ...


Thing = TypeVar("Thing", bound=Closable)


@dataclass
class _Run:
    """What is open while one coroutine runs, by the name it was opened under."""

    stack: AsyncExitStack
    opened: dict[object, Closable] = field(default_factory=dict)


_RUN: ContextVar[_Run | None] = ContextVar("run", default=None)


@cache
def _runner() -> asyncio.Runner:
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Return what a coroutine returns; one at a time, from one thread."""
    return _runner().run(_then_close(main))


def opened(name: object, make: Callable[[], Thing]) -> Thing | None:
    """Return what was opened under a name in this run, opening it first; None outside of a run."""
    current = _RUN.get()
    if current is None:
        return None
    if name not in current.opened:
        thing = make()
        current.stack.push_async_callback(thing.aclose)
        current.opened[name] = thing
    return cast(Thing, current.opened[name])


async def _then_close(main: Coroutine[Any, Any, Result]) -> Result:
    async with AsyncExitStack() as stack:
        # Sockets are let go in the loop's next round, after everything pushed here is closed.
        stack.push_async_callback(asyncio.sleep, 0)
        _RUN.set(_Run(stack))
        return await main
