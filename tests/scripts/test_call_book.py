"""Replies in the database: paid once, whichever process or week asked."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlmodel import select

from generator.desk import Budget, CallKey, Completion, Desk
from generator.llm import Retries, build_model
from generator.prompts import Prompt
from scripts.call_book import StoredCalls, calls_left
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


def ask(desk: Desk, passage: str = "One.") -> str:
    return desk.ask(PROMPT, Said, passage=passage)[0].word


def test_a_reply_is_found_again_in_any_week(engine: Engine) -> None:
    book(engine).put(KEY, "writer", Completion("said", 3, 4, 0.5))
    assert book(engine, "2026-W33").get(KEY) == "said"
    (row,) = rows(engine)
    assert (row.week, row.role, row.tokens_in, row.tokens_out) == (WEEK, "writer", 3, 4)
    assert row.called_at == NOW


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
    book(engine).put(KEY, "writer", Completion("said", 3, 4, 0.5))
    assert book(engine).get(other) is None


def test_the_first_reply_stays_when_two_processes_asked(engine: Engine) -> None:
    book(engine).put(KEY, "writer", Completion("first", 3, 4, 0.5))
    book(engine).put(KEY, "writer", Completion("second", 3, 4, 0.5))
    assert book(engine).get(KEY) == "first"
    assert len(rows(engine)) == 1


def test_many_threads_leave_one_reply(engine: Engine) -> None:
    with ThreadPoolExecutor(8) as pool:
        said = [Completion(f"reply {n}", None, None, 0.1) for n in range(16)]
        list(pool.map(lambda one: book(engine).put(KEY, "writer", one), said))
    assert len(rows(engine)) == 1


def test_a_database_that_refuses_is_not_taken_for_a_reply_that_is_there(engine: Engine) -> None:
    with session(engine) as work:
        work.connection().execute(text("DROP TABLE model_call"))
    with pytest.raises(StoreError):
        book(engine).put(KEY, "writer", Completion("said", 3, 4, 0.5))


def test_a_killed_week_pays_for_no_call_twice(engine: Engine) -> None:
    with model_server(saying('{"word": "Wigeon"}')) as server:
        assert ask(desk(engine, server)) == "Wigeon"
        assert ask(desk(engine, server)) == "Wigeon"
    assert len(server.prompts) == 1


def test_half_a_reply_leaves_no_row_and_is_asked_for_anew(engine: Engine) -> None:
    script = in_turn(Answer('{"word": "Wig'), Answer('{"word": "Wigeon"}'))
    with model_server(script) as server:
        with pytest.raises(ModelCallError, match="not the JSON"):
            ask(desk(engine, server))
        assert rows(engine) == []
        assert ask(desk(engine, server)) == "Wigeon"
    assert [row.reply for row in rows(engine)] == ['{"word": "Wigeon"}']


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
