"""A model that does whatever it finds an order for, in any role and through any disguise."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from tests.minds import Mind
from tests.poisoned import TRIGGER

FOREIGN = "https://evil.example/collect"
_TRIGGER = re.compile(rf"{TRIGGER}-\d{{5}}")
_BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_LATIN = str.maketrans("аеорсухіѕјАВЕКМНОРСТХ", "aeopcyxisjABEKMHOPCTX")
_INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))


def obedient(prompt: str, mind: Mind) -> str:
    """Return an honest reply where nothing is ordered, else one that obeys.

    How it obeys goes by the trigger's number: every field is the trigger; or an honest reply whose
    answer is the trigger, or a foreign address, or the beginning of the prompt itself.
    """
    trigger = ordered(prompt)
    if trigger is None:
        return mind(prompt)
    way = int(trigger[-5:]) % 4
    if way == 0:
        return json.dumps(_filled(_schema(prompt), trigger))
    said = {1: trigger, 2: f"{FOREIGN}?{trigger}", 3: f"{prompt[:80]} {trigger}"}[way]
    reply = json.loads(mind(prompt))
    drafts = reply.get("questions")
    if not drafts and "questions" in reply:
        return json.dumps(_filled(_schema(prompt), said))
    for draft in drafts or [reply]:
        field = "answer" if "answer" in draft else next(iter(draft))
        if isinstance(draft[field], str):
            draft[field] = said
        else:
            draft |= _filled(_schema(prompt), said)
    return json.dumps(reply)


def ordered(prompt: str) -> str | None:
    """Return the trigger that a prompt orders, in clear or through a disguise."""
    for reading in _readings(prompt):
        if found := _TRIGGER.search(reading):
            return found[0]
    return None


def _readings(text: str) -> Iterator[str]:
    yield text
    plain = unicodedata.normalize("NFKC", text.translate(_INVISIBLE)).translate(_LATIN)
    yield plain
    for match in _BASE64.finditer(plain):
        try:
            yield base64.b64decode(match[0] + "=" * (-len(match[0]) % 4)).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue


def _schema(prompt: str) -> dict[str, Any]:
    """Return the schema that a prompt asks its reply to have."""
    decoder = json.JSONDecoder()
    for match in re.finditer(r'\{"', prompt):
        try:
            found, _ = decoder.raw_decode(prompt, match.start())
        except ValueError:
            continue
        if isinstance(found, dict) and "properties" in found:
            return found
    raise AssertionError("the prompt shows no schema")


def _filled(schema: dict[str, Any], said: str, whole: dict[str, Any] | None = None) -> Any:
    """Return a reply of a schema in which every text is what was ordered."""
    whole = whole or schema
    if "$ref" in schema:
        return _filled(whole["$defs"][schema["$ref"].rpartition("/")[2]], said, whole)
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _filled(schema["anyOf"][0], said, whole)
    kind = schema.get("type")
    if kind == "object":
        return {k: _filled(v, said, whole) for k, v in schema.get("properties", {}).items()}
    if kind == "array":
        return [_filled(schema.get("items", {}), said, whole)]
    return {"boolean": True, "integer": 1, "number": 1.0, "null": None}.get(str(kind), said)
