"""How long model calls take against the limit, how many are under way, and what one costs us.

    python -m tests.bench.model_report

The limit is ceil(calls / concurrency) × latency: no client can be faster. Every call goes through
the desk, the call book on a SQLite file and the real ChatOpenAI to a server in another process.
"""

from __future__ import annotations

import asyncio
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from generator.budget import Limit
from generator.desk import Desk
from generator.llm import build_model
from generator.loop import run
from generator.prompts import Prompt
from scripts.call_book import StoredCalls
from store.database import open_engine, upgrade

LATENCY_S = 0.3
#: About a passage of 180 words.
PASSAGE = "The council of Port Ellery approved a budget of 41.7 million crowns on Tuesday. " * 14


class Said(BaseModel):
    """What the server says."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    quote: str


PROMPT = Prompt("bench", "{question}\n{schema}\n<<{nonce}>>\n{passage}\n<</{nonce}>>", Said)


@contextmanager
def slow_server(latency_s: float) -> Iterator[str]:
    """Run the server; yields its address."""
    said = json.dumps({"answer": "41.7", "quote": "The council approved a budget."})
    command = [sys.executable, "-m", "tests.bench.slow_model", str(latency_s), said]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.terminate()


def measure(n_calls: int, at_a_time: int, latency_s: float = LATENCY_S) -> dict[str, float]:
    """Return what `n_calls` calls took, `at_a_time` under way."""
    with tempfile.TemporaryDirectory() as folder, slow_server(latency_s) as base:
        engine = open_engine(f"sqlite:///{Path(folder) / 'calls.db'}")
        upgrade(engine)
        model = build_model("openai:slow", base_url=f"{base}/v1", api_key="k", temperature=0.7)
        book = StoredCalls(engine, "2026-W01", lambda: datetime.now(UTC))
        desk = Desk("verifier", model, book, limit=Limit(at_a_time))

        async def ask_all(first: int, n: int) -> None:
            numbers = range(first, first + n)
            await asyncio.gather(
                *(desk.ask(PROMPT, Said, passage=PASSAGE, question=str(i)) for i in numbers)
            )

        # The first call imports the provider's package and opens the first connection.
        run(ask_all(-1, 1))
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        run(ask_all(0, n_calls))
        wall = time.perf_counter() - started
        after = resource.getrusage(resource.RUSAGE_SELF)
        with urllib.request.urlopen(f"{base}/counts") as reply:
            counts = json.loads(reply.read())
        engine.dispose()
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    limit = math.ceil(n_calls / at_a_time) * latency_s
    return {
        "calls": n_calls,
        "at a time": at_a_time,
        "wall s": wall,
        "limit s": limit,
        "wall / limit": wall / limit,
        "mean under way": (counts["busy_s"] - latency_s) / wall,
        "CPU ms a call": 1_000 * cpu / n_calls,
    }


def main() -> None:
    """Print the table."""
    rows = [measure(480, 16), measure(960, 64)]
    print(" | ".join(rows[0]))
    for row in rows:
        print(" | ".join(f"{value:.2f}" for value in row.values()))


if __name__ == "__main__":
    main()
