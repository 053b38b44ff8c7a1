"""JMESPath expressions over JSON, and templates whose placeholders are such expressions.

Both are the operator's, never the source's: data is looked up, not obeyed. A template is taken
apart once and filled by plain joining; there is no `str.format`, which would reach attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult

from scrapers.values import number_text, readable_lines

_QUOTES = "'\"`"


class ExpressionError(ValueError):
    """An expression or template cannot be read; `str()` says why."""


@lru_cache(maxsize=512)
def expression(written: str) -> ParsedResult:
    """Return a JMESPath expression, ready to search with.

    Raises:
        ExpressionError: It is none, or calls a function that does not exist.
    """
    try:
        compiled = jmespath.compile(written)
    except (JMESPathError, ValueError, RecursionError) as error:
        why = (str(error).splitlines() or [type(error).__name__])[0]
        raise ExpressionError(f"{written!r} is no JMESPath expression: {why}") from error
    for name, n_arguments in _calls(compiled.parsed):
        _check_call(written, name, n_arguments)
    return compiled


def _calls(node: object) -> Iterator[tuple[str, int]]:
    """Yield the functions an expression calls, which JMESPath itself looks up when it runs."""
    if isinstance(node, dict):
        if node.get("type") == "function_expression":
            yield node["value"], len(node["children"])
        for child in node.get("children", ()):
            yield from _calls(child)


def _check_call(written: str, name: str, n_arguments: int) -> None:
    known = Functions.FUNCTION_TABLE.get(name)
    if known is None:
        raise ExpressionError(f"{written!r} calls {name}(), which JMESPath does not have")
    signature = known["signature"]
    wanted, open_ended = len(signature), bool(signature) and signature[-1].get("variadic", False)
    if n_arguments < wanted or (n_arguments > wanted and not open_ended):
        raise ExpressionError(f"{written!r} gives {name}() {n_arguments} arguments, not {wanted}")


def search(written: str, value: object) -> object:
    """Return what an expression finds in a JSON value; None when it does not fit the value."""
    try:
        return expression(written).search(value)
    except (JMESPathError, TypeError, ValueError, ArithmeticError, LookupError, RecursionError):
        # A function met a value it does not take: join() of a null, ceil() of infinity.
        return None


def scalar_text(value: object) -> str:
    """Return a scalar as text, lines kept; "" for null, lists and objects."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, str):
        return readable_lines(value)
    return ""


@dataclass(frozen=True)
class Placeholder:
    """A part of a template that is looked up."""

    expression: str


@lru_cache(maxsize=512)
def parts_of(template: str) -> tuple[str | Placeholder, ...]:
    """Return a template's literal texts and placeholders, in order.

    `{…}` holds a JMESPath expression, whose own braces and quotes are balanced; outside of one,
    `{{` and `}}` stand for a brace.

    Raises:
        ExpressionError: A brace is open or alone, or an expression cannot be read.
    """
    parts: list[str | Placeholder] = []
    literal, at = "", 0
    while at < len(template):
        here = template[at]
        if here in "{}" and template[at : at + 2] == 2 * here:
            literal, at = literal + here, at + 2
        elif here == "{":
            end = _end_of_placeholder(template, at)
            written = template[at + 1 : end].strip()
            expression(written)
            parts += [literal, Placeholder(written)] if literal else [Placeholder(written)]
            literal, at = "", end + 1
        elif here == "}":
            raise ExpressionError(f"the template has a lone '}}' at character {at + 1}; double it")
        else:
            literal, at = literal + here, at + 1
    return (*parts, literal) if literal else tuple(parts)


def _end_of_placeholder(template: str, start: int) -> int:
    depth, at = 0, start
    while at < len(template):
        here = template[at]
        if here in _QUOTES:
            at = _end_of_quote(template, at)
        depth += (here == "{") - (here == "}")
        if depth == 0:
            return at
        at += 1
    raise ExpressionError(f"the template's '{{' at character {start + 1} is never closed")


def _end_of_quote(template: str, start: int) -> int:
    at = start + 1
    while at < len(template) and template[at] != template[start]:
        at += 2 if template[at] == "\\" else 1
    return at


def fill(template: str, item: object) -> tuple[str, str | None]:
    """Return the filled template, or "" and the first expression that found no value."""
    filled = []
    for part in parts_of(template):
        text = scalar_text(search(part.expression, item)) if isinstance(part, Placeholder) else part
        if not text and isinstance(part, Placeholder):
            return "", part.expression
        filled.append(text)
    return readable_lines("".join(filled)), None
