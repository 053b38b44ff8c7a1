"""What may still be asked of models: how many calls at a time, how many in all, for how much.

Everything here belongs to one event loop at a time and is shared by all roles of a week.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from store.errors import ModelUnavailable, SettingsError

Thing = TypeVar("Thing")

#: Calls under way at a time unless UNSEEN_MODEL_CONCURRENCY says otherwise; judgement: what
#: hosted models allow a new account.
CONCURRENCY = 16
#: A token is at least one byte, so bytes are never too few where a server does not count.
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class PerLoop(Generic[Thing]):
    """One thing for each event loop: asyncio's own locks may not be shared between two."""

    make: Callable[[], Thing]
    _made: WeakKeyDictionary[asyncio.AbstractEventLoop, Thing] = field(
        default_factory=WeakKeyDictionary, repr=False
    )

    def here(self) -> Thing:
        """Return the running loop's."""
        loop = asyncio.get_running_loop()
        if loop not in self._made:
            self._made[loop] = self.make()
        return self._made[loop]


class Limit:
    """How many calls may be under way at a time."""

    def __init__(self, calls: int = CONCURRENCY) -> None:
        self.calls = calls
        self._slots = PerLoop(lambda: asyncio.Semaphore(calls))

    def slot(self) -> AbstractAsyncContextManager[None]:
        """Return what holds a place while it is open."""
        return self._slots.here()


@dataclass(frozen=True)
class Price:
    """US dollars for a million tokens."""

    tokens_in: Decimal
    tokens_out: Decimal

    def of(self, tokens_in: int, tokens_out: int) -> Decimal:
        """Return what so many tokens cost, in US dollars."""
        return (self.tokens_in * tokens_in + self.tokens_out * tokens_out) / _MILLION


def read_prices(written: str) -> Mapping[str, Price]:
    """Return the prices of models by model string.

    >>> read_prices("openai:gpt-5=1.25/10")["openai:gpt-5"].of(1_000_000, 0)
    Decimal('1.25')

    Raises:
        SettingsError: An entry is not MODEL=IN/OUT.
    """
    prices = {}
    for entry in filter(None, (part.strip() for part in written.split(","))):
        model, _, amounts = entry.rpartition("=")
        try:
            asked, told = (Decimal(amount) for amount in amounts.split("/"))
        except ArithmeticError as error:
            raise _no_price(entry) from error
        except ValueError as error:
            raise _no_price(entry) from error
        if not model or not (asked.is_finite() and told.is_finite() and min(asked, told) >= 0):
            raise _no_price(entry)
        prices[model.strip()] = Price(asked, told)
    return prices


def _no_price(entry: str) -> SettingsError:
    return SettingsError(
        f"UNSEEN_PRICES: {entry!r} is not MODEL=IN/OUT, US dollars for a million tokens"
    )


@dataclass
class Budget:
    """What may still be spent: calls and US dollars, both counted down, never overdrawn.

    A call reserves the most it can cost; while others under way may turn out cheaper, the next
    one waits for them rather than being refused.
    """

    calls_left: int | None = None
    usd_left: Decimal | None = None
    _reserved: Decimal = Decimal(0)
    _settled: PerLoop[asyncio.Condition] = field(
        default_factory=lambda: PerLoop(asyncio.Condition), repr=False
    )

    async def reserve(self, model: str, most_usd: Decimal | None) -> None:
        """Take one call, and set aside the most it can cost.

        Args:
            model: Who is asked, for the reason.
            most_usd: The most the call can cost; None where its price is not known.

        Raises:
            ModelUnavailable: Nothing is left.
        """
        if self.calls_left is not None:
            if self.calls_left <= 0:
                raise ModelUnavailable(model, "the budget of calls is spent (UNSEEN_BUDGET_CALLS)")
            self.calls_left -= 1
        if self.usd_left is None:
            return
        try:
            await self._set_aside(model, most_usd)
        except ModelUnavailable:
            # It was not made, so it does not count.
            self.calls_left = None if self.calls_left is None else self.calls_left + 1
            raise

    async def _set_aside(self, model: str, most_usd: Decimal | None) -> None:
        if most_usd is None:
            raise ModelUnavailable(model, "UNSEEN_BUDGET_USD is set and its price is not known")
        settled = self._settled.here()
        async with settled:
            while self.usd_left is not None and self._reserved + most_usd > self.usd_left:
                if not self._reserved:
                    why = "the budget of dollars is spent (UNSEEN_BUDGET_USD)"
                    raise ModelUnavailable(model, why)
                await settled.wait()
            self._reserved += most_usd

    async def settle(self, most_usd: Decimal | None, usd: Decimal) -> None:
        """Give back what was set aside and take what the call did cost."""
        if self.usd_left is None or most_usd is None:
            return
        settled = self._settled.here()
        async with settled:
            self._reserved -= most_usd
            self.usd_left -= usd
            settled.notify_all()


@dataclass
class Fuse:
    """Blows when a model could not be asked several times in a row.

    Without it a server that is away costs every passage of the week its tries and its waits.
    """

    #: Five calls with four tries each are minutes of silence; a short outage is over by then.
    failures_allowed: int = 5
    failures_in_a_row: int = 0

    def check(self, model: str) -> None:
        """Do nothing while the fuse is whole.

        Raises:
            ModelUnavailable: It has blown.
        """
        if self.failures_in_a_row >= self.failures_allowed:
            why = f"it is not asked again after {self.failures_in_a_row} failures in a row"
            raise ModelUnavailable(model, why)

    def note(self, *, answered: bool) -> None:
        """Take down how a call ended."""
        self.failures_in_a_row = 0 if answered else self.failures_in_a_row + 1
