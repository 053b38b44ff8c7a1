"""Judge a multiple-choice reply: a lone letter, a letter with its text, or an option's text."""

from __future__ import annotations

import string

import regex

from store.records import AnswerKey
from store.scoring.cleaning import clean_answer
from store.scoring.span import Reply, without_lead_in
from store.scoring.text_answers import text_form
from store.scoring.verdict import Verdict

#: Options of a key that lists none: ten letters, as the task files offer (A to J).
_UNLISTED = 10

_LONE = regex.compile(
    r"(?i)^(?:(?:option|choice|answer)\s+)?[(\[{\"']{0,3}(\p{L})[)\]}\"'.:,]{0,4}$"
)
_WITH_TEXT = regex.compile(
    r"(?i)^(?:(?:option|choice|answer)\s+)?[(\[]?(\p{L})(?:[)\]]?\s*[).:\],=]\s*|\s*-\s+|\s+)(\S.*)$"
)
_BULLET = regex.compile(r"^-\s+")
#: Cyrillic and Greek letters that look like Latin ones.
_LOOK_ALIKE = str.maketrans(
    "АВСЕНІЈКМОРЅТХавсеіјорѕхΑΒΕΖΗΙΚΜΝΟΡΤΧΥ", "ABCEHIJKMOPSTXabceijopsxABEZHIKMNOPTXY"
)


def grade_choice(reply: Reply, key: AnswerKey) -> Verdict:
    """Judge a choice.

    Letter and text must agree. "A or B", a letter out of range and a letter inside prose are
    unreadable: no choice was made that a program can be sure of.
    """
    span = without_lead_in(_BULLET.sub("", reply.span))
    lone = _LONE.match(span)
    if lone:
        index = _index(lone[1])
        if index is None or index >= _n_options(key):
            return "unreadable"
        return "right" if index == _right_index(key) else "wrong"
    named = _option_index(span, key)
    if named is not None:
        return "right" if named == _right_index(key) else "wrong"
    return _grade_letter_with_text(span, key)


def _grade_letter_with_text(span: str, key: AnswerKey) -> Verdict:
    """Judge "B) Lima": right only when both say the same."""
    match = _WITH_TEXT.match(span)
    if match is None or key.choices is None:
        return "unreadable"
    index = _index(match[1])
    named = _option_index(match[2], key)
    if named is None:
        return _grade_unknown_text(span, match, index, key)
    if index is None or index >= len(key.choices):
        return "unreadable"
    return "right" if index == named == _right_index(key) else "wrong"


def _grade_unknown_text(
    span: str, match: regex.Match[str], index: int | None, key: AnswerKey
) -> Verdict:
    """Judge a letter before text that is no option: wrong after a bracket, prose after a space."""
    after = span[match.end(1) : match.start(2)].strip()
    several = _LONE.match(match[2]) or regex.match(r"(?i)(?:or|and)\b", match[2])
    if not after or after == "," or several or index is None or index >= _n_options(key):
        return "unreadable"
    return "wrong"


def _index(letter: str) -> int | None:
    """Return 0 for A, 1 for B …; a look-alike of another alphabet counts as its Latin twin."""
    latin = letter.translate(_LOOK_ALIKE).upper()
    return string.ascii_uppercase.index(latin) if latin in set(string.ascii_uppercase) else None


def _n_options(key: AnswerKey) -> int:
    return len(key.choices) if key.choices is not None else _UNLISTED


def _right_index(key: AnswerKey) -> int | None:
    """Return the right option's index; a key without options names its letter."""
    if key.answer_index is not None:
        return key.answer_index
    lone = _LONE.match(clean_answer(key.answer))
    return _index(lone[1]) if lone else None


def _option_index(text: str, key: AnswerKey) -> int | None:
    """Return the one option that `text` is, None when it is none or several."""
    form = text_form(text)
    if key.choices is None:
        return _right_index(key) if form == text_form(key.answer) else None
    hits = [n for n, option in enumerate(key.choices) if text_form(option) == form]
    if len(hits) != 1 and any(form == text_form(alias) for alias in key.aliases):
        return key.answer_index
    return hits[0] if len(hits) == 1 else None
