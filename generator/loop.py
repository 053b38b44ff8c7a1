"""The one event loop of a process: a model's connections belong to the loop they were made in."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import Coroutine
from functools import cache
from typing import Any, TypeVar

Result = TypeVar("Result")


@cache
def _runner() -> asyncio.Runner:
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Return what a coroutine returns; one at a time, from one thread."""
    return _runner().run(main)
