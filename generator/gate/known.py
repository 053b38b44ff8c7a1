"""Public benchmarks by name: where they lie, in which columns, under which licence."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from store.licences import text_may_be_shown

FILE = "known.toml"


class KnownBenchmark(BaseModel):
    """One public benchmark on the hub.

    Attributes:
        hub: Its dataset id.
        configs: Parts that are read, one after the other; none for the only one.
        question: Column of the question, or columns whose texts follow each other.
        choices: Column of the options, or a column an option.
        answer: Column of the answer.
        id: Column of the row's name.
        licence: Of its questions; SPDX where there is an id, "unknown" where nobody states one.
        shown: False where its authors ask that no example be shown.
        recommended: Whether `--recommended` adds it.
        read_on: The day on which columns and licence were looked up.
        columns_read: Where: repository, path, commit; empty when that is unverified.
        licence_read: The same of the licence.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    hub: str
    configs: tuple[str, ...] = ()
    question: str | tuple[str, ...]
    choices: str | tuple[str, ...] | None = None
    answer: str | None = None
    id: str | None = None
    licence: str
    shown: bool = True
    recommended: bool = False
    read_on: date
    columns_read: tuple[str, ...] = ()
    licence_read: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """The hub dataset with its parts, as `benchmarks add` takes it."""
        return f"{self.hub}:{'+'.join(self.configs)}" if self.configs else self.hub

    @property
    def columns(self) -> dict[str, str | tuple[str, ...]]:
        """Which column holds what, of what is known."""
        named = {
            "question": self.question,
            "choices": self.choices,
            "answer": self.answer,
            "id": self.id,
        }
        return {part: column for part, column in named.items() if column is not None}

    @property
    def may_be_shown(self) -> bool:
        """Whether a question of it may stand beside a candidate as evidence."""
        return self.shown and text_may_be_shown(self.licence)


@cache
def known_benchmarks() -> Mapping[str, KnownBenchmark]:
    """Return the table, by name."""
    text = (resources.files("generator.gate") / FILE).read_text(encoding="utf-8")
    return {name: KnownBenchmark(**row) for name, row in tomllib.loads(text).items()}
