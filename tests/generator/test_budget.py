"""Budgets: never overdrawn, in calls or dollars, however many calls are under way."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from generator.budget import Budget, Limit, Price, read_prices
from generator.desk import Completion, Desk, Sampling
from generator.loop import run
from store.errors import ModelCallError, ModelUnavailable, SettingsError
from tests.generator.test_desk import PROMPT, Said
from tests.generator.test_llm import Memory, remembered

#: One dollar a token, so that sums are easy to follow.
A_TOKEN = Price(Decimal(1_000_000), Decimal(1_000_000))


class Counting:
    """A model that notes how many calls are under way, and charges what it is told to."""

    name = "fake:model"

    def __init__(self, tokens_in: int | None, tokens_out: int | None, longest: int = 10) -> None:
        self.tokens = (tokens_in, tokens_out)
        self.sampling = Sampling(max_tokens=longest)
        self.under_way = self.most = self.asked = 0

    async def complete(self, prompt: str, schema: dict[str, Any]) -> Completion:
        self.asked += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(5):
            await asyncio.sleep(0)
        self.under_way -= 1
        return Completion('{"word": "x"}', *self.tokens, 0.1)


def ask_all(desk: Desk, n: int) -> list[object]:
    """Ask n times at once; returns replies and errors."""

    async def gathered() -> list[object]:
        asks = (
            desk.ask(PROMPT, Said, passage="", question="?", attempt=i) for i in range(1, n + 1)
        )
        return list(await asyncio.gather(*asks, return_exceptions=True))

    return run(gathered())


def desk_of(model: Counting, budget: Budget, *, at_a_time: int = 16, price: Price | None) -> Desk:
    return Desk("writer", model, Memory(), budget, limit=Limit(at_a_time), price=price)


def refused(outcomes: list[object]) -> list[str]:
    return [one.why for one in outcomes if isinstance(one, ModelUnavailable)]


@pytest.mark.parametrize("at_a_time", [1, 3, 16])
def test_no_more_calls_are_under_way_than_allowed(at_a_time: int) -> None:
    model = Counting(1, 1)
    ask_all(desk_of(model, Budget(), at_a_time=at_a_time, price=None), 40)
    assert (model.asked, model.most) == (40, at_a_time)


def test_a_budget_of_calls_is_never_overdrawn_by_calls_at_the_same_time() -> None:
    model = Counting(1, 1)
    outcomes = ask_all(desk_of(model, Budget(calls_left=7), price=None), 40)
    assert model.asked == 7
    assert len(refused(outcomes)) == 33


def test_a_budget_of_dollars_is_never_overdrawn_and_waits_for_what_is_under_way() -> None:
    prompt_bytes = len(PROMPT.render(passage="", question="?").encode())
    model = Counting(tokens_in=2, tokens_out=3)
    # Room for one call at its dearest; each costs five, so seven fit before one more might not.
    budget = Budget(usd_left=Decimal(prompt_bytes + 10 + 30))
    outcomes = ask_all(desk_of(model, budget, price=A_TOKEN), 40)
    assert model.asked == 7
    assert budget.usd_left == Decimal(prompt_bytes + 10 + 30 - 35)
    assert set(refused(outcomes)) == {"the budget of dollars is spent (UNSEEN_BUDGET_USD)"}


def test_what_the_server_does_not_count_is_counted_in_bytes_never_too_few() -> None:
    model = Counting(None, None)
    budget = Budget(usd_left=Decimal(10_000))
    desk = desk_of(model, budget, price=A_TOKEN)
    ask_all(desk, 1)
    (call,) = remembered(desk)
    prompt_bytes = len(PROMPT.render(passage="", question="?").encode())
    assert call.usd == prompt_bytes + len('{"word": "x"}')
    assert (call.completion.tokens_in, call.completion.tokens_out) == (None, None)


def test_a_model_without_a_price_is_not_asked_on_a_budget_of_dollars() -> None:
    model = Counting(1, 1)
    outcomes = ask_all(desk_of(model, Budget(usd_left=Decimal(1)), price=None), 2)
    assert (model.asked, len(refused(outcomes))) == (0, 2)
    assert "its price is not known" in refused(outcomes)[0]


def test_a_call_that_fails_gives_back_what_was_set_aside() -> None:
    class Away(Counting):
        async def complete(self, prompt: str, schema: dict[str, Any]) -> Completion:
            raise ModelUnavailable("fake:model", "the server failed")

    budget = Budget(usd_left=Decimal(1_000))
    outcomes = ask_all(desk_of(Away(1, 1), budget, price=A_TOKEN), 3)
    assert all(isinstance(one, ModelCallError) for one in outcomes)
    assert budget.usd_left == 1_000


def test_prices_are_read_by_model_string() -> None:
    prices = read_prices("openai:gpt-5=1.25/10, ollama:llama3:8b=0/0")
    assert prices["openai:gpt-5"].of(1_000_000, 100_000) == Decimal("2.25")
    assert prices["ollama:llama3:8b"].of(5, 5) == 0


@pytest.mark.parametrize(
    "written",
    ["openai:gpt-5", "openai:gpt-5=1", "=1/2", "m=one/two", "m=-1/2", "m=nan/1", "m=1/2/3"],
)
def test_a_price_that_is_none_is_named(written: str) -> None:
    with pytest.raises(SettingsError, match="UNSEEN_PRICES"):
        read_prices(written)
