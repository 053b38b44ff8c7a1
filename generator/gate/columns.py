"""Which column of a stranger's table holds the question, the options, the answer and the id."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.errors import BenchmarkError

#: Names seen in public benchmarks, the likeliest first.
_QUESTION = (
    "question", "prompt", "input", "problem", "query", "question_text", "question_stem", "stem",
    "instruction", "instructions", "text", "sentence", "goal", "ctx", "body", "turns", "messages",
    "conversation", "code",
)  # fmt: skip
_CHOICES = ("choices", "options", "endings", "answer_choices", "mc1_targets", "candidates")
_ANSWER = (
    "answer", "target", "answers", "correct_answer", "best_answer", "label", "answerkey",
    "answer_key", "gold", "solution", "output", "response", "canonical_solution", "code",
)  # fmt: skip
_ID = ("id", "task_id", "question_id", "qid", "uid", "_id", "idx", "key")

#: Options that lie in columns of their own.
_CHOICE_COLUMNS = (
    ("a", "b", "c", "d", "e", "f"),
    ("option_a", "option_b", "option_c", "option_d", "option_e"),
    ("opa", "opb", "opc", "opd", "ope"),
    ("choice_a", "choice_b", "choice_c", "choice_d", "choice_e"),
    ("option1", "option2", "option3", "option4", "option5"),
    ("choice1", "choice2", "choice3", "choice4", "choice5"),
    ("sol1", "sol2"),
)


#: Columns named by a user or the table of known benchmarks, by what they hold.
Given = Mapping[str, str | tuple[str, ...]]


@dataclass(frozen=True)
class Columns:
    """The columns of one table; `choices` are one column or one for each option."""

    question: tuple[str, ...]
    choices: tuple[str, ...] = ()
    answer: str | None = None
    row_id: str | None = None


@dataclass(frozen=True)
class ReadRow:
    """One row's question."""

    question: str
    choices: tuple[str, ...] | None
    answer: str | None
    row_id: str | None


def guess_columns(rows: Sequence[Mapping[str, Any]], given: Given) -> Columns:
    """Return which columns to read.

    Args:
        rows: The table; its first hundred rows are looked at.
        given: Columns that are named, by what they hold: question, choices, answer, id.

    Raises:
        BenchmarkError: No column looks like the question, or a given one does not exist.
    """
    names = list(dict.fromkeys(name for row in rows[:100] for name in row if isinstance(name, str)))
    if unknown := set(given) - {"question", "choices", "answer", "id"}:
        raise BenchmarkError(
            f"{sorted(unknown)[0]!r} is no part of a question: question, choices, answer or id is"
        )
    for part in given:
        for column in _named(given, part):
            if column not in names:
                raise BenchmarkError(
                    f"there is no column {column!r} for the {part}: {_listed(names)}"
                )
    folded = {name.casefold(): name for name in reversed(names)}

    def first(candidates: Sequence[str]) -> str | None:
        return next((folded[name] for name in candidates if name in folded), None)

    def one(part: str, candidates: Sequence[str]) -> str | None:
        return next(iter(_named(given, part)), None) or first(candidates)

    question = _named(given, "question") or tuple(filter(None, [first(_QUESTION)]))
    if not question:
        raise BenchmarkError(f"no column looks like the question: {_listed(names)}")
    choices = _named(given, "choices") or tuple(filter(None, [first(_CHOICES)]))
    answer = one("answer", _ANSWER)
    return Columns(
        question=question,
        choices=choices or _option_columns(folded),
        answer=answer if answer not in question else None,
        row_id=one("id", _ID),
    )


def _named(given: Given, part: str) -> tuple[str, ...]:
    column = given.get(part, ())
    return (column,) if isinstance(column, str) else tuple(column)


def _option_columns(folded: Mapping[str, str]) -> tuple[str, ...]:
    for names in _CHOICE_COLUMNS:
        if names[0] in folded and names[1] in folded:
            return tuple(folded[name] for name in names if name in folded)
    return ()


def _listed(names: Sequence[str]) -> str:
    return "the columns are " + ", ".join(names[:12]) if names else "the table is empty"


def read_row(row: Mapping[str, Any], columns: Columns) -> ReadRow | None:
    """Return one row's question, or None when the row has none."""
    question = "\n".join(text for name in columns.question if (text := _text(row.get(name))))
    if not question:
        return None
    identity = _text(row.get(columns.row_id)) if columns.row_id else None
    split = _text(row.get("split"))
    return ReadRow(
        question=question,
        choices=_choices([row.get(name) for name in columns.choices]),
        answer=_text(row.get(columns.answer)) if columns.answer else None,
        row_id=f"{split}/{identity}" if split and identity else identity,
    )


def _text(value: Any) -> str | None:  # noqa: ANN401 - a cell of a stranger's table
    """Return what a cell says: text, a number, or the user's turns of a conversation."""
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, Mapping):
        said = next((value[key] for key in ("text", "content", "value") if key in value), None)
        return _text(said) if said is not None else json.dumps(value, default=str)
    if isinstance(value, list | tuple):
        parts = [
            part
            for item in value
            if not (isinstance(item, Mapping) and item.get("role") in ("assistant", "system"))
            and (part := _text(item))
        ]
        return "\n\n".join(parts) or None
    return str(value)


def _choices(cells: list[Any]) -> tuple[str, ...] | None:
    """Return the options: a list, a dictionary with its texts, a printed list, or cells."""
    if not cells:
        return None
    value = cells[0] if len(cells) == 1 else cells
    if isinstance(value, str):
        value = _printed(value)
    if isinstance(value, Mapping):
        value = next(
            (
                value[key]
                for key in ("text", "choices", "label")
                if isinstance(value.get(key), list)
            ),
            list(value.values()),
        )
    if not isinstance(value, list | tuple):
        return None
    options = tuple(text for item in value if (text := _text(item)))
    return options or None


def _printed(text: str) -> Any:  # noqa: ANN401 - a literal
    """Return a list that was printed as JSON or Python; lines otherwise."""
    for parse in (json.loads, ast.literal_eval):
        try:
            value = parse(text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
        if isinstance(value, list | tuple | dict):
            return value
    return [line for line in text.splitlines() if line.strip()]
