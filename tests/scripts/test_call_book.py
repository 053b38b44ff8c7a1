"""Replies in the database: paid once, whichever process or week asked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.event import listen
from sqlmodel import select

from generator.budget import Budget
from generator.desk import Call, CallKey, Completion, Desk, Sampling
from generator.llm import Retries, build_model
from generator.loop import run
from generator.prompts import Prompt
from scripts.call_book import StoredCalls, calls_left, usd_left
from store.database import open_engine, session, upgrade
from store.errors import ModelCallError, StoreError
from store.tables import ModelCallRow
from tests.generator.test_desk import Said
from tests.model_server import Answer, ModelServer, in_turn, model_server, saying

NOW = datetime(2026, 8, 10, 6, tzinfo=UTC)
WEEK = "2026-W32"
KEY = CallKey("a" * 64, "openai:test-model", "b" * 64, 1)
PROMPT = Prompt("test", "{schema}<<{nonce}>>{passage}<</{nonce}>>", Said)


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'unseen.db'}")
    upgrade(engine)
    yield engine
    engine.dispose()


def book(engine: Engine, week: str = WEEK) -> StoredCalls:
    return StoredCalls(engine, week, lambda: NOW)


def rows(engine: Engine) -> list[ModelCallRow]:
    with session(engine) as work:
        return list(work.exec(select(ModelCallRow)))


def desk(engine: Engine, server: ModelServer, calls: int | None = None) -> Desk:
    model = build_model(
        "openai:test-model",
        base_url=server.base_url,
        api_key="k",
        temperature=0.0,
        retries=Retries(wait_initial_s=0.0, wait_max_s=0.0),
    )
    return Desk("writer", model, book(engine), Budget(calls))


def ask(desk: Desk, passage: str = "One.", attempt: int = 1) -> str:
    return run(desk.ask(PROMPT, Said, passage=passage, attempt=attempt))[0].word


def call(said: str = "said", key: CallKey = KEY, **changes: Any) -> Call:
    """A call as a desk makes it."""
    made = Call(
        key, "writer", Sampling(0.0, None, 64), Completion(said, 3, 4, 0.5), "used", "", None
    )
    return replace(made, **changes)


def test_a_call_is_found_again_whole_in_any_week(engine: Engine) -> None:
    made = call(ending="unusable", why="it refused", usd=Decimal("0.00000325"))
    run(book(engine).put(made))
    assert run(book(engine, "2026-W33").get(KEY)) == made
    (row,) = rows(engine)
    assert (row.week, row.role, row.called_at) == (WEEK, "writer", NOW)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(CallKey("c" * 64, KEY.model, KEY.input_sha256, 1), id="another prompt"),
        pytest.param(CallKey(KEY.prompt_sha256, "openai:x", KEY.input_sha256, 1), id="model"),
        pytest.param(CallKey(KEY.prompt_sha256, KEY.model, "c" * 64, 1), id="another passage"),
        pytest.param(CallKey(KEY.prompt_sha256, KEY.model, KEY.input_sha256, 2), id="attempt"),
    ],
)
def test_another_call_is_another_reply(engine: Engine, other: CallKey) -> None:
    run(book(engine).put(call()))
    assert run(book(engine).get(other)) is None


def test_the_first_reply_stays_when_two_processes_asked(engine: Engine) -> None:
    for said in ("first", "second"):
        run(book(engine).put(call(said)))
    found = run(book(engine).get(KEY))
    assert found is not None and found.completion.text == "first"
    assert len(rows(engine)) == 1


def test_calls_that_end_together_share_commits_and_none_is_lost(engine: Engine) -> None:
    one = book(engine)
    commits = []
    listen(engine, "commit", lambda connection: commits.append(connection))

    async def put_all() -> None:
        keys = [replace(KEY, attempt=number) for number in range(1, 101)]
        await asyncio.gather(*(one.put(call(key=key)) for key in keys))

    run(put_all())
    assert len(rows(engine)) == 100
    assert len(commits) < 20


def test_a_database_that_refuses_is_not_taken_for_a_reply_that_is_there(engine: Engine) -> None:
    with session(engine) as work:
        work.connection().execute(text("DROP TABLE model_call"))
    one = book(engine)
    for _ in range(2):
        with pytest.raises(StoreError):
            run(one.put(call()))


def test_a_killed_week_pays_for_no_call_twice(engine: Engine) -> None:
    with model_server(saying('{"word": "Wigeon"}')) as server:
        assert ask(desk(engine, server)) == "Wigeon"
        assert ask(desk(engine, server)) == "Wigeon"
    assert len(server.prompts) == 1


def test_half_a_reply_is_kept_raw_and_only_another_attempt_asks_anew(engine: Engine) -> None:
    script = in_turn(Answer('{"word": "Wig'), Answer('{"word": "Wigeon"}'))
    with model_server(script) as server:
        for _ in range(2):
            with pytest.raises(ModelCallError, match="not the JSON"):
                ask(desk(engine, server))
        assert ask(desk(engine, server), attempt=2) == "Wigeon"
    assert len(server.prompts) == 2
    assert [(row.reply, row.ending) for row in rows(engine)] == [
        ('{"word": "Wig', "unusable"),
        ('{"word": "Wigeon"}', "used"),
    ]


def test_usage_that_is_not_stated_is_null(engine: Engine) -> None:
    with model_server(in_turn(Answer('{"word": "Wigeon"}', usage=False))) as server:
        ask(desk(engine, server))
    (row,) = rows(engine)
    assert (row.tokens_in, row.tokens_out) == (None, None)


def test_the_ceiling_is_the_weeks_not_the_processs(engine: Engine) -> None:
    assert calls_left(engine, WEEK, None) is None
    assert calls_left(engine, WEEK, 2) == 2
    with model_server(saying('{"word": "Wigeon"}')) as server:
        ask(desk(engine, server, calls=calls_left(engine, WEEK, 2)))
        assert calls_left(engine, WEEK, 2) == 1
        assert calls_left(engine, "2026-W33", 2) == 2
        again = desk(engine, server, calls=calls_left(engine, WEEK, 1))
        with pytest.raises(ModelCallError, match="UNSEEN_BUDGET_CALLS"):
            ask(again, "Another passage.")
    assert calls_left(engine, WEEK, 0) == 0
    assert len(server.prompts) == 1


def test_a_ceiling_in_dollars_is_the_weeks_too(engine: Engine) -> None:
    assert usd_left(engine, WEEK, None) is None
    spent = (Decimal("0.1"), Decimal("0.25"), None)
    for number, usd in enumerate(spent, start=1):
        run(book(engine).put(call(key=replace(KEY, attempt=number), usd=usd)))
    assert usd_left(engine, WEEK, 1.0) == Decimal("0.65")
    assert usd_left(engine, "2026-W33", 1.0) == Decimal("1.0")
    assert usd_left(engine, WEEK, 0.2) == 0
