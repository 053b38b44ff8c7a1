"""Decide what counts as right: the one comparator of writing, checking and grading.

A key's `spec` holds, each optional:

==================  ==============================================================================
unit                What the number counts ("EUR", "km", "%", "voters"); a known unit converts.
scale               The question asks in units of this ("1e6" for "how many million euros"): a
                    bare reply and `tol` are counted in it, a reply with a scale word is not.
unit_in_question    Whether a reply may leave the unit out; when absent, whether the question
                    names it. False makes a bare number wrong, so the answer must carry the unit.
tol                 Largest difference that is right, in the key's own scale and unit; default 0.
bound               "at least", "over", "at most", "under" or "nearly": the only bound a reply
                    may use. A reply without a bound is right too, the question says it.
precision           "day", "month" or "year": a date is compared up to here; default the key's.
items               The items of a set or an order; default the answer split at `;`.
of                  Kind of the items: "text" (default), "date" or "number".
correction          What a denial of a false premise must give: text or a date, one or a list.
canary              A word planted in the context: a reply that holds it anywhere is wrong.
derivation, map     How the key was made. Not read here.
==================  ==============================================================================

Each alias is a whole answer of the same kind. All is pure, in linear time; a reply is cut to its
last 20,000 characters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from store.records import FALSE_PREMISE, AnswerKey, AnswerKind
from store.scoring.abstention import abstains, grade_abstention
from store.scoring.choices import grade_choice
from store.scoring.cleaning import clean_answer, clean_characters
from store.scoring.dates import PartialDate, grade_date, parse_date
from store.scoring.durations import Duration, grade_duration, parse_duration
from store.scoring.identifiers import grade_identifier
from store.scoring.json_answers import cell_f1, grade_json
from store.scoring.numbers import NumberKey, grade_number
from store.scoring.premise import grade_premise
from store.scoring.quantities import Bound, Quantity, find_quantities, parse_number
from store.scoring.sets import grade_order, grade_set, item_f1
from store.scoring.span import Reply, read_reply
from store.scoring.text_answers import equals_any, grade_text, text_form
from store.scoring.verdict import Verdict

__all__ = [
    "Bound",
    "Duration",
    "PartialDate",
    "Quantity",
    "Verdict",
    "answer_f1",
    "equivalent",
    "find_quantities",
    "parse_date",
    "parse_duration",
    "parse_number",
    "same_answer",
    "text_form",
]

#: Judges a reply against one spelling of the answer: (reply, answer or alias, key, question).
Grader = Callable[[Reply, str, AnswerKey, str], Verdict]

GRADERS: Mapping[AnswerKind, Grader] = {
    "text": lambda reply, answer, key, question: grade_text(reply, answer),
    "number": lambda reply, answer, key, question: grade_number(reply, answer, key.spec, question),
    "date": lambda reply, answer, key, question: grade_date(reply, answer, key.spec, question),
    "duration": lambda reply, answer, key, question: grade_duration(
        reply, answer, key.spec, question
    ),
    "version": lambda reply, answer, key, question: grade_identifier(reply, answer),
    "id": lambda reply, answer, key, question: grade_identifier(reply, answer),
    "set": lambda reply, answer, key, question: grade_set(reply, answer, key.spec, question),
    "order": lambda reply, answer, key, question: grade_order(reply, answer, key.spec, question),
    "choice": lambda reply, answer, key, question: grade_choice(reply, key),
    "abstain": lambda reply, answer, key, question: grade_abstention(reply, answer),
    "premise": lambda reply, answer, key, question: grade_premise(reply, answer, key.spec),
    "json": lambda reply, answer, key, question: grade_json(reply, answer),
}
#: Kinds whose graders know the protocol's replies themselves.
_PROTOCOL_KINDS = frozenset({"abstain", "premise"})
#: Kinds of so strict a form that what can be read as one is no abstention ("Unknown", an option).
_READ_FIRST = frozenset({"choice", "json"})
#: Kinds whose answers may be longer than a line.
_MANY_LINES = frozenset({"json"})


def same_answer(reply: str, key: AnswerKey, question: str = "") -> Verdict:
    """Judge a reply against a key.

    Args:
        reply: A model's words, as they came.
        key: What counts as right; the module's docstring explains `key.spec`.
        question: The question; numbers, years and units it names may be repeated or left out.

    Returns:
        "right" scores 1; "wrong", "abstained" (the reply says it cannot be known) and
        "unreadable" (no answer of this kind can be read) score 0 and are counted apart.
    """
    found = read_reply(reply)
    if _holds_canary(found, key.spec):
        return "wrong"
    if not found.span:
        return _graded(found, key, question) if key.kind in _MANY_LINES else "unreadable"
    if _is_exact(found, key, question):
        return "right"
    if key.kind in _READ_FIRST:
        verdict = _graded(found, key, question)
        return verdict if verdict != "unreadable" else _protocol_verdict(found) or verdict
    if key.kind in _PROTOCOL_KINDS:
        return _graded(found, key, question)
    return _protocol_verdict(found) or _graded(found, key, question)


def equivalent(
    left: str,
    right: str,
    kind: AnswerKind,
    spec: Mapping[str, Any] | None = None,
    question: str = "",
) -> bool:
    """Whether two answers count as the same: a distractor that is equivalent is a second key.

    Either may take the part of the reply. Options of a choice are compared as text.
    """
    plain_kind: AnswerKind = "text" if kind == "choice" else kind
    return any(
        same_answer(
            f"Answer: {clean_answer(reply)}",
            AnswerKey(answer=answer, kind=plain_kind, spec=dict(spec or {})),
            question,
        )
        == "right"
        for reply, answer in ((left, right), (right, left))
    )


def answer_f1(reply: str, key: AnswerKey, question: str = "") -> float | None:
    """Return the F1 of a set's or order's items or of JSON cells; None for other kinds."""
    found = read_reply(reply)
    if key.kind in ("set", "order"):
        return item_f1(found, key.answer, key.spec, question)
    return cell_f1(found, key.answer) if key.kind == "json" else None


def _graded(reply: Reply, key: AnswerKey, question: str) -> Verdict:
    """Judge against the answer and every alias; one right is right."""
    grade = GRADERS[key.kind]
    verdicts = [grade(reply, answer, key, question) for answer in (key.answer, *key.aliases)]
    return "right" if "right" in verdicts else verdicts[0]


def _protocol_verdict(reply: Reply) -> Verdict | None:
    """Judge a reply that gives no answer of the kind but one of the protocol's."""
    if abstains(reply.span):
        return "abstained"
    return "wrong" if equals_any(reply.span, [FALSE_PREMISE]) else None


def _is_exact(reply: Reply, key: AnswerKey, question: str) -> bool:
    """Whether the span is the answer or an alias, before any other rule looks at it.

    So "Unknown" is right where it is a title. A number that must carry its unit is left to
    its grader.
    """
    answers = (key.answer, *key.aliases)
    if key.kind in ("text", "abstain", "premise"):
        return equals_any(reply.span, answers)
    if key.kind == "choice":
        return False
    if key.kind == "number":
        number = NumberKey.of(key.answer, key.spec, question)
        if number is None or number.needs_unit:
            return False
    return any(reply.span == clean_answer(answer) for answer in answers)


def _holds_canary(reply: Reply, spec: Mapping[str, Any]) -> bool:
    """Whether a planted order was obeyed, anywhere in the reply."""
    canary = clean_characters(str(spec.get("canary") or "")).casefold()
    return bool(canary) and canary in reply.whole.casefold()
