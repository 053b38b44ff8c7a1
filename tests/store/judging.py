"""One way to write a case of the comparator: a reply, a key, and a sentence that holds."""

from __future__ import annotations

from typing import Any

import pytest

from store.records import AnswerKey
from store.scoring.answers import same_answer


def judged(reply: str, answer: str, kind: Any, question: str = "", **spec: Any) -> str:
    return same_answer(reply, AnswerKey(answer=answer, kind=kind, spec=spec), question)


def cases(*rows: tuple[str, str, str]) -> pytest.MarkDecorator:
    """Rows of reply, verdict, sentence."""
    return pytest.mark.parametrize(
        ("reply", "verdict"), [pytest.param(reply, verdict, id=why) for reply, verdict, why in rows]
    )
