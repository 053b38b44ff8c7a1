"""Versions and identifiers: the same characters or wrong; only a leading "v" is dropped."""

from __future__ import annotations

import regex

from store.scoring.cleaning import clean_answer
from store.scoring.span import Reply, without_lead_in
from store.scoring.verdict import Verdict

_LEADING_V = regex.compile(r"^(?:[Vv]ersion\s+|[Vv]er\.?\s+)?[Vv]?\.?\s?(?=\d)")
_WRAPPING = "\"'()[]<>,;: "


def identifier_form(text: str) -> str:
    """Return the form in which versions and ids are compared; case counts."""
    bare = without_lead_in(clean_answer(text))
    inner = bare.strip(_WRAPPING).rstrip(".").strip(_WRAPPING)
    return _LEADING_V.sub("", inner, count=1) or bare


def grade_identifier(reply: Reply, expected: str) -> Verdict:
    """Judge a version or an id: 1.85 is not 1.85.0."""
    return "right" if identifier_form(reply.span) == identifier_form(expected) else "wrong"
