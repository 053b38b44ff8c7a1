"""Model replies in the database, so that a week that was killed pays for no call twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlmodel import select

from generator.llm import CallKey, Completion
from store.database import session
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
        """Store a reply that validated, with what it cost where the server said so."""
        with session(self.engine) as work:
            work.add(
                ModelCallRow(
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
            )
