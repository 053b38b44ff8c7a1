"""Seconds to publish and to prove a release of 200 and of 10,000 questions, and its size on disk.

Run from the project's folder: `python -m tests.bench.release_report`. The ratio is to what no
release can avoid, measured in the same run: writing the same bytes into as many files and syncing
each (publishing), and reading and hashing them (proving).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from scripts.verifying import verify_release
from store.audit import provenance_line
from store.durable import fsync_folder
from store.releases.publish import Draft, Item, publish
from tests.building import AS_OF, CUTOFF, EARLIER, World
from tests.store.weeks import pier

SIZES = (200, 10_000)
SEALED_OF_TEN = 3


def draft_of(world: World, n_items: int) -> Draft:
    """Return a draft whose rows are as long as a real week's: 1,500 characters of passage."""
    filler = " ".join(f"The clerk of pier {n} wrote the day's numbers down." for n in range(28))
    told = world.tell(replace(pier(1), before=filler), EARLIER)
    items = []
    for n in range(n_items):
        sealed = n % 10 < SEALED_OF_TEN
        named = {"id": f"q_{n:016x}", "question": f"{told.question.question} ({n})"}
        question = told.question.model_copy(update=named)
        line = provenance_line(
            question, told.candidate, told.document, told.capture, told.findings, sealed=sealed
        )
        items.append(Item(question, EARLIER, sealed, line))
    return Draft(EARLIER, AS_OF[EARLIER], CUTOFF, items)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds of one call."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def written_plainly(files: dict[str, bytes], folder: Path) -> None:
    """Write and sync files, and the folder, and nothing else."""
    folder.mkdir()
    for name, body in files.items():
        with open(folder / name, "xb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
    fsync_folder(folder)


def hashed_plainly(folder: Path) -> None:
    """Read and hash files, and nothing else."""
    for path in folder.iterdir():
        hashlib.sha256(path.read_bytes()).hexdigest()


def main() -> None:
    """Print the table."""
    print(f"{'questions':>9} {'publish s':>10} {'× plain':>8} {'verify s':>9} {'× plain':>8} "
          f"{'MB':>7} {'kB a question':>14}")  # fmt: skip
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            world = World.at(Path(folder))
            draft, root = draft_of(world, size), world.home / "releases"
            publishing = timed(lambda d=draft, r=root, w=world: publish(d, r, w.engine, w.keys))
            release = root / EARLIER
            files = {path.name: path.read_bytes() for path in release.iterdir()}
            plain = timed(lambda f=files, r=root: written_plainly(f, r / "plain"))
            key = world.home / "keys" / "signing.pub"
            proving = timed(lambda r=release, k=key: verify_release(str(r), k, None))
            hashing = timed(lambda r=release: hashed_plainly(r))
            n_bytes = sum(len(body) for body in files.values())
            print(
                f"{size:>9} {publishing:>10.2f} {publishing / plain:>8.1f} {proving:>9.2f} "
                f"{proving / hashing:>8.1f} {n_bytes / 1e6:>7.2f} {n_bytes / size / 1e3:>14.2f}"
            )
            world.engine.dispose()


if __name__ == "__main__":
    main()
