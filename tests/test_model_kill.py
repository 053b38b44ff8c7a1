"""A week that is killed while models are asked pays for no answer twice."""

from __future__ import annotations

import subprocess
import threading
from pathlib import Path

from sqlmodel import func, select

from scripts.wiring import House
from store.database import session
from store.tables import ModelCallRow
from tests import poisoned
from tests.houses import add_sample_benchmark
from tests.minds import Mind
from tests.model_server import Answer, model_server
from tests.poisoned import Page
from tests.unseen import home_with, running

#: The first run gets so many answers; then the models fall silent and it is killed.
N_ANSWERED = 12
PAGES = tuple(Page(number) for number in range(2))


def test_what_was_answered_before_a_kill_is_not_asked_again(tmp_path: Path) -> None:
    fell_silent = threading.Event()
    mind = Mind(poisoned.write)

    def script(prompt: str, number: int) -> Answer:
        if number < N_ANSWERED or fell_silent.is_set():
            return Answer(mind(prompt))
        return Answer(silent=True)

    with poisoned.site(PAGES) as base, model_server(script) as server:
        environment, house = home_with(
            tmp_path,
            poisoned.sources(base, PAGES),
            [base.removeprefix("http://")],
            writer="openai:gpt-test-writer",
            verifier="openai:llama-test-verifier",
            model_base_url=server.base_url,
            model_api_key="sk-test",
            # Of 16 calls at a time all might be asked before one is answered.
            model_concurrency="2",
            questions_per_week="20",
        )
        add_sample_benchmark(house)
        mind.keys.engine = house.engine
        week = ("week", "--week", "2026-W12", "--as-of", "2026-03-23T00:00:00Z")
        with running(environment, *week) as first:
            wait_for_calls(house, first)
            first.kill()
        fell_silent.set()
        n_before = len(server.prompts)
        with running(environment, *week) as second:
            said = second.communicate()[0]
        n_later = len(server.prompts) - n_before
    assert second.returncode == 0, said
    assert n_later > N_ANSWERED
    # An answer to a call that was answered before would add no row: the first one stays.
    assert n_calls(house) == N_ANSWERED + n_later


def n_calls(house: House) -> int:
    """Return how many answers are on disk."""
    with session(house.engine) as work:
        return work.exec(select(func.count()).select_from(ModelCallRow)).one()


def wait_for_calls(house: House, process: subprocess.Popen[str]) -> None:
    """Wait until every answer that was given is on disk."""
    waiting = threading.Event()
    while not waiting.wait(0.05):
        assert process.poll() is None, process.communicate()[0]
        if n_calls(house) == N_ANSWERED:
            return
