"""A week whose models fail: each fault drops its item with the reason, and the week is made."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import stamina
from sqlmodel import select

from scripts.weekly import WeekReport, run_week
from scripts.wiring import House, plan_week
from store.database import session
from store.records import Candidate
from store.tables import CandidateRow, FindingRow, ModelCallRow
from tests import poisoned
from tests.houses import add_sample_benchmark, house_at, silent
from tests.minds import Mind, asked_for
from tests.model_server import Answer, Script, model_server
from tests.poisoned import Page

WEEK, AS_OF = "2026-W12", datetime(2026, 3, 23, tzinfo=UTC)
WRITER, VERIFIER = "openai:gpt-test-writer", "openai:llama-test-verifier"
PAGES = tuple(Page(number) for number in range(4))


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    stamina.set_testing(True, attempts=2)
    yield
    stamina.set_testing(False)


def _half(reply: str) -> Answer:
    return Answer(reply[: len(reply) // 2])


def _in_german(reply: str) -> Answer:
    said = json.loads(reply)
    for draft in said.get("questions", ()):
        draft["question"] = "Welche Werft verkaufte der Stadt im März 2026 die neuen Kähne?"
    return Answer(json.dumps(said))


def _three_times(reply: str) -> Answer:
    said = json.loads(reply)
    return Answer(json.dumps({key: value * 3 for key, value in said.items()}))


def _miscounted(reply: str) -> Answer:
    said = {"role": "assistant", "content": reply}
    body = {
        "id": "x", "object": "chat.completion", "created": 0, "model": "x",
        "choices": [{"index": 0, "message": said, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": -5, "completion_tokens": 10**12, "total_tokens": 3},
    }  # fmt: skip
    return Answer(body=json.dumps(body).encode())


#: What goes wrong, by the honest reply it spoils, and words of the reason that is kept.
FAULTS = {
    "a time-out": (lambda reply: Answer(silent=True), "did not answer in time"),
    "429 with Retry-After": (
        lambda reply: Answer(status=429, headers={"Retry-After": "1"}),
        "asked too often",
    ),
    "429 without": (lambda reply: Answer(status=429), "asked too often"),
    "a server error": (lambda reply: Answer(status=503), "the server failed"),
    "half JSON": (_half, "not the JSON"),
    "another schema": (lambda reply: Answer('{"verdict": "fine"}'), "not the JSON"),
    "prose round it": (lambda reply: Answer(f"Sure! {reply}"), "not the JSON"),
    "nothing": (lambda reply: Answer(""), "empty"),
    "ten megabytes": (lambda reply: Answer("y" * 10_000_000), "10000000 characters"),
    "a refusal": (lambda reply: Answer(refusal="I cannot help with that."), "refused"),
    "a closed connection": (lambda reply: Answer(hang_up=True), "cannot be reached"),
    "a reply cut off": (lambda reply: Answer(reply, finish_reason="length"), "cut off"),
    "a web page": (lambda reply: Answer(body=b"<html>Log in</html>"), "cannot be read"),
}


@dataclass(frozen=True)
class Made:
    house: House
    report: WeekReport

    @property
    def by_model(self) -> list[tuple[Candidate, str]]:
        """What the writer wrote, with the state it is in."""
        with session(self.house.engine) as work:
            rows = [(row.value(), row.state) for row in work.exec(select(CandidateRow))]
        return [(candidate, state) for candidate, state in rows if candidate.writer == WRITER]

    def reasons(self) -> str:
        """Everything that was written down about drafts, candidates and calls."""
        with session(self.house.engine) as work:
            found = [json.dumps(row.body) for row in work.exec(select(FindingRow))]
            called = [row.why for row in work.exec(select(ModelCallRow))]
        return "\n".join(found + called)


def week_with(
    made_of: Callable[[Mind], Script],
    home: Path,
    timeout_s: float = 30.0,
    pages: Sequence[Page] = PAGES,
) -> Made:
    """Make a week of a few invented pages with a model that answers by a script."""
    mind = Mind(poisoned.write)
    with poisoned.site(pages) as base, model_server(made_of(mind)) as server:
        house = house_at(
            home,
            poisoned.sources(base, pages),
            base,
            writer=WRITER,
            verifier=VERIFIER,
            model_base_url=server.base_url,
            model_api_key="sk-test",
            model_timeout_s=timeout_s,
        )
        add_sample_benchmark(house)
        mind.keys.engine = house.engine
        plan = plan_week(house.settings, WEEK, AS_OF, house.clock)
        return Made(house, run_week(house, plan, silent))


def spoiling(spoil: Callable[[str], Answer], *, writers: bool) -> Callable[[Mind], Script]:
    """Answer honestly, but spoil the writer's replies, or all the others'."""

    def made_of(mind: Mind) -> Script:
        def script(prompt: str, number: int) -> Answer:
            reply = mind(prompt)
            return spoil(reply) if (asked_for(prompt) == "fact") is writers else Answer(reply)

        return script

    return made_of


def timeout_of(fault: str) -> float:
    """Return how long a call may take: silence is waited for no longer than it must be.

    Long enough to connect on a busy machine: anyio leaks a socket that is given up just then.
    """
    return 2.0 if fault == "a time-out" else 30.0


def pages_of(fault: str) -> Sequence[Page]:
    """Return which pages a week is made of: of one a verifier says ten megabytes often enough."""
    return PAGES[:1] if fault == "ten megabytes" else PAGES


@pytest.mark.parametrize("name", FAULTS)
def test_a_writer_that_fails_costs_its_drafts_and_nothing_else(name: str, tmp_path: Path) -> None:
    spoil, words = FAULTS[name]
    made = week_with(spoiling(spoil, writers=True), tmp_path, timeout_of(name))
    assert made.report.release is not None and made.report.release.n_open > 0
    assert made.by_model == []
    assert words in made.reasons()
    assert made.report.funnel.refused["fact"] == len(PAGES)


@pytest.mark.parametrize("name", FAULTS)
def test_a_verifier_that_fails_passes_nothing(name: str, tmp_path: Path) -> None:
    spoil, words = FAULTS[name]
    made = week_with(spoiling(spoil, writers=False), tmp_path, timeout_of(name), pages_of(name))
    assert made.report.release is not None and made.report.release.n_open > 0
    assert made.by_model and "accepted" not in {state for _, state in made.by_model}
    assert words in made.reasons()


def test_a_writer_in_another_language_is_not_taken(tmp_path: Path) -> None:
    made = week_with(spoiling(_in_german, writers=True), tmp_path)
    assert {state for _, state in made.by_model} == {"rejected"}
    assert "the question is in de" in made.reasons()


def test_a_writer_that_repeats_itself_is_taken_once(tmp_path: Path) -> None:
    made = week_with(spoiling(_three_times, writers=True), tmp_path)
    assert len(made.by_model) == len(PAGES)


def test_a_server_that_counts_wrongly_is_not_believed(tmp_path: Path) -> None:
    made = week_with(lambda mind: lambda prompt, number: _miscounted(mind(prompt)), tmp_path)
    cost = made.report.funnel.cost
    assert (cost.tokens_in, cost.tokens_out) == (None, None)
    assert cost.uncounted == sum(cost.calls.values()) > 0
    assert made.by_model
