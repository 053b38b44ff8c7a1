"""Arithmetic over quoted numbers, kept as text that anyone can evaluate again; never by `eval`.

An expression holds decimals, `+ - * /`, brackets and `days_between("2026-08-03", "2026-08-05")`.
"""

from __future__ import annotations

import ast
import operator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import regex
from simpleeval import InvalidExpression, SimpleEval

_LITERAL = regex.compile(r'"[^"]*"|\d+(?:\.\d+)?')
_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


def value_of(expression: str) -> Decimal:
    """Return what an expression comes to, in decimal arithmetic throughout.

    Raises:
        ValueError: It is no expression of this kind, or divides by zero.
    """
    names: dict[str, Decimal] = {}

    def named(match: regex.Match[str]) -> str:
        # A literal would be a float to the library; a name stands for its decimal.
        if match.group().startswith('"'):
            return match.group()
        name = f"n{len(names)}"
        names[name] = Decimal(match.group())
        return name

    text = _LITERAL.sub(named, expression)
    reader = SimpleEval(
        operators=_OPERATORS, functions={"days_between": _days_between}, names=names
    )
    try:
        value = reader.eval(text)
    except (InvalidExpression, SyntaxError, ArithmeticError, TypeError, ValueError) as error:
        raise ValueError(f"{expression!r} cannot be evaluated: {error}") from error
    if not isinstance(value, Decimal):
        raise ValueError(f"{expression!r} gives no number")
    return value


def literals(expression: str) -> list[str]:
    """Return the numbers and days of an expression, in order, days without their quotes."""
    return [match.group().strip('"') for match in _LITERAL.finditer(expression)]


def rounded(value: Decimal, decimals: int) -> str:
    """Return a number with so many decimals, halves away from zero: 21.875 -> '21.9'."""
    return format(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP), "f")


def _days_between(first: str, last: str) -> Decimal:
    return Decimal(abs((date.fromisoformat(last) - date.fromisoformat(first)).days))
