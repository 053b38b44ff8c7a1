"""Model replies in the database, so that a week that was killed pays for no call twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import Engine, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import SQLModel, func, select

from generator.budget import PerLoop
from generator.desk import Call, CallKey, Completion, Sampling
from store.bulk import add_new
from store.database import session
from store.tables import ModelCallRow

_CALL = SQLModel.metadata.tables["model_call"].c
#: Made once, of columns and not of row objects: this is asked before every call.
_FIND = select_columns(
    _CALL.role, _CALL.reply, _CALL.tokens_in, _CALL.tokens_out, _CALL.seconds, _CALL.ending,
    _CALL.why, _CALL.usd, _CALL.temperature, _CALL.seed, _CALL.max_tokens,
).where(
    _CALL.prompt_sha256 == bindparam("prompt_sha256"),
    _CALL.model == bindparam("model"),
    _CALL.input_sha256 == bindparam("input_sha256"),
    _CALL.attempt == bindparam("attempt"),
)  # fmt: skip


@dataclass
class _Waiting:
    """Calls that wait to be written, and whether somebody is writing."""

    calls: list[tuple[Call, asyncio.Future[None]]] = field(default_factory=list)
    writing: bool = False


@dataclass(frozen=True)
class StoredCalls:
    """The call book of one week; calls that end at the same time share one commit."""

    engine: Engine
    week: str
    clock: Callable[[], datetime]
    _waiting: PerLoop[_Waiting] = field(default_factory=lambda: PerLoop(_Waiting), repr=False)

    async def get(self, key: CallKey) -> Call | None:
        """Return the call that was paid for, in whichever week."""
        with session(self.engine) as work:
            row = work.connection().execute(_FIND, vars(key)).first()
        if row is None:
            return None
        return Call(
            key,
            row.role,
            Sampling(row.temperature, row.seed, row.max_tokens),
            Completion(row.reply, row.tokens_in, row.tokens_out, row.seconds),
            row.ending,
            row.why,
            None if row.usd is None else Decimal(row.usd),
        )

    async def put(self, call: Call) -> None:
        """Store a call, with what it cost where the server said so; on return it is on disk.

        The first reply to a call stays: another process may have asked the same meanwhile.

        Raises:
            StoreError: The database refused.
        """
        waiting = self._waiting.here()
        written = asyncio.get_running_loop().create_future()
        waiting.calls.append((call, written))
        if not waiting.writing:
            waiting.writing = True
            await self._write_all(waiting)
        await written

    async def _write_all(self, waiting: _Waiting) -> None:
        """Write what waits until nothing does: while one batch is on its way, others gather."""
        try:
            while waiting.calls:
                batch, waiting.calls = waiting.calls, []
                try:
                    await asyncio.to_thread(self._write, [call for call, _ in batch])
                except Exception as error:
                    for _, written in batch:
                        if not written.done():
                            written.set_exception(error)
                    continue
                for _, written in batch:
                    if not written.done():
                        written.set_result(None)
        finally:
            waiting.writing = False

    def _write(self, calls: Sequence[Call]) -> None:
        now = self.clock()
        with session(self.engine) as work:
            add_new(work, ModelCallRow, [_row(call, self.week, now) for call in calls])


def _row(call: Call, week: str, now: datetime) -> dict[str, object]:
    return {
        "week": week,
        "role": call.role,
        "reply": call.completion.text,
        "tokens_in": call.completion.tokens_in,
        "tokens_out": call.completion.tokens_out,
        "seconds": call.completion.seconds,
        "ending": call.ending,
        "why": call.why,
        "usd": None if call.usd is None else format(call.usd, "f"),
        "called_at": now,
        **vars(call.key),
        **vars(call.sampling),
    }


def calls_left(engine: Engine, week: str, ceiling: int | None) -> int | None:
    """Return how much of a week's ceiling is left after the calls it has paid; None is no limit.

    Counted anew for each stage and run: the ceiling is the week's, not one process's.
    """
    if ceiling is None:
        return None
    with session(engine) as work:
        query = select(func.count()).select_from(ModelCallRow).where(ModelCallRow.week == week)
        return max(0, ceiling - work.exec(query).one())


def usd_left(engine: Engine, week: str, ceiling: float | None) -> Decimal | None:
    """Return how many US dollars of a week's ceiling are left; None is no limit.

    A call whose price was not known when it was made counts nothing.
    """
    if ceiling is None:
        return None
    with session(engine) as work:
        spent = work.exec(select(ModelCallRow.usd).where(ModelCallRow.week == week))
        total = sum((Decimal(usd) for usd in spent if usd is not None), Decimal(0))
    return max(Decimal(0), Decimal(str(ceiling)) - total)
