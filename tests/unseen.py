"""Our commands as processes of their own, in a home of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from scripts.source_list import write_sources
from scripts.wiring import House, open_house
from store.records import Source
from store.settings import Settings

#: No week is ever closed by this line in the years of these tests: 29 February.
NEVER = "0 6 29 2 *"


def home_with(
    home: Path, sources: Sequence[Source], allowed: Sequence[str], **more: str
) -> tuple[dict[str, str], House]:
    """Make a home with sources; returns the environment that means it, and the house.

    Args:
        home: The folder.
        sources: What is read.
        allowed: The loopback addresses that may be fetched.
        more: Further settings, without their prefix.
    """
    home.mkdir(parents=True, exist_ok=True)
    write_sources(home / "sources.toml", sources)
    settings = {
        "home": str(home),
        "sources": str(home / "sources.toml"),
        "allow_private_hosts": ",".join(allowed),
        "schedule": NEVER,
        **more,
    }
    outside = {name: value for name, value in os.environ.items() if not name.startswith("UNSEEN_")}
    named = {f"UNSEEN_{name.upper()}": value for name, value in settings.items()}
    return outside | named, open_house(Settings(_env_file=None, **settings))


@contextmanager
def running(environment: dict[str, str], *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run `unseen ARGUMENTS`, its log readable; it is killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "scripts.cli", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def read_until(process: subprocess.Popen[str], words: str) -> list[str]:
    """Read a process's log up to the line with `words`; returns the lines."""
    lines = []
    assert process.stdout
    for line in process.stdout:
        lines.append(line)
        if words in line:
            return lines
    raise AssertionError(f"it ended without {words!r}: {''.join(lines)}")
