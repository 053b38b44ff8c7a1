"""Prompt files, hashed: changing a comma is a new version."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from pydantic import BaseModel

from store.protocol import PROTOCOL_VERSION
from store.records import content_hash, sha256_hex


@dataclass(frozen=True)
class Prompt:
    """A template with the schema its reply must have."""

    name: str
    template: str
    reply: type[BaseModel]

    @cached_property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the reply."""
        return self.reply.model_json_schema()

    @cached_property
    def sha256(self) -> str:
        """Hash of template, schema and protocol version."""
        return content_hash([self.template, self.schema, PROTOCOL_VERSION])

    @cached_property
    def _written_schema(self) -> str:
        # Titles say again what names say; every call pays for them.
        return json.dumps(_untitled(self.schema), sort_keys=True, separators=(",", ":"))

    def render(self, *, passage: str | None = None, **values: object) -> str:
        """Return the prompt for one passage; None where the role is shown none.

        The passage stands between marks it cannot contain: they are made of its own hash, so a
        text that held them would have to hold its own hash.
        """
        passage = passage or ""
        nonce = sha256_hex(f"{self.sha256}/{passage}".encode())[:16]
        schema = self._written_schema
        # The other values count as strangers, too: a question is what a model made of a passage.
        filled = {name: unmarked(str(value)) for name, value in values.items()}
        return self.template.format(nonce=nonce, passage=unmarked(passage), schema=schema, **filled)


def _untitled(schema: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Return a JSON schema without the titles that a class gives its fields."""
    if isinstance(schema, dict):
        return {
            name: _untitled(value)
            for name, value in schema.items()
            if name != "title" or not isinstance(value, str)
        }
    return [_untitled(one) for one in schema] if isinstance(schema, list) else schema


def unmarked(text: str) -> str:
    """Return `text` with nothing in it that could be read as a mark."""
    return text.replace("<<", "‹‹").replace(">>", "››")


@cache
def load_prompt(name: str, reply: type[BaseModel]) -> Prompt:
    """Return the prompt in `NAME.md` of this folder."""
    template = (resources.files(__package__) / f"{name}.md").read_text(encoding="utf-8")
    return Prompt(name, template, reply)
