"""Model replies in the database, so that a week that was killed pays for no call twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import func, select

from generator.desk import CallKey, Completion
from store.database import session
from store.errors import StoreError
from store.tables import ModelCallRow


@dataclass(frozen=True)
class StoredCalls:
    """The call book of one week."""

    engine: Engine
    week: str
    clock: Callable[[], datetime]

    def get(self, key: CallKey) -> str | None:
        """Return the reply that was paid for, in whichever week."""
        query = select(ModelCallRow.reply).where(
            ModelCallRow.prompt_sha256 == key.prompt_sha256,
            ModelCallRow.model == key.model,
            ModelCallRow.input_sha256 == key.input_sha256,
            ModelCallRow.attempt == key.attempt,
        )
        with session(self.engine) as work:
            return work.exec(query).first()

    def put(self, key: CallKey, role: str, completion: Completion) -> None:
        """Store a reply that validated, with what it cost where the server said so.

        The first reply to a call stays: another process may have asked the same meanwhile.

        Raises:
            StoreError: The database refused.
        """
        row = ModelCallRow(
            week=self.week,
            role=role,
            model=key.model,
            prompt_sha256=key.prompt_sha256,
            input_sha256=key.input_sha256,
            attempt=key.attempt,
            reply=completion.text,
            tokens_in=completion.tokens_in,
            tokens_out=completion.tokens_out,
            seconds=completion.seconds,
            called_at=self.clock(),
        )
        try:
            with session(self.engine) as work:
                work.add(row)
        except StoreError:
            if self.get(key) is None:
                raise


def calls_left(engine: Engine, week: str, ceiling: int | None) -> int | None:
    """Return how much of a week's ceiling is left after the calls it has paid; None is no limit.

    Counted anew for each stage and run: the ceiling is the week's, not one process's. Replies
    that did not validate are not kept, so only the run that made them counts them.
    """
    if ceiling is None:
        return None
    with session(engine) as work:
        query = select(func.count()).select_from(ModelCallRow).where(ModelCallRow.week == week)
        return max(0, ceiling - work.exec(query).one())
