"""Recognise "it cannot be known", in a closed list of phrases, and a guess smuggled in after it.

The list never holds a bare "no X" or "is wrong": "found no evidence of fraud" is an answer.
"""

from __future__ import annotations

import regex

from store.records import CANNOT_BE_KNOWN, FALSE_PREMISE
from store.scoring.span import Reply
from store.scoring.text_answers import equals_any
from store.scoring.verdict import Verdict

_NOT = r"(?:cannot|can't|can not|could not|couldn't)"
_DOES_NOT = r"(?:does not|doesn't|do not|don't|did not|didn't)"
_TEXT = (
    r"(?:(?:the|this|that|these|given|provided|supplied) ){0,2}(?:(?:given|provided|supplied) )?"
    r"(?:text|passage|article|notice|document|documents|source|sources|context|page|report|"
    r"statement|table|list|story|excerpt|information|material|it)"
)
_PHRASES = (
    rf"{_NOT} be (?:known|determined|established|answered|inferred|ascertained|said|told|derived|"
    r"deduced|concluded)",
    r"(?:is|it's|was)? ?(?:impossible|not possible) to (?:know|tell|say|determine|answer)",
    r"(?:no way (?:to know|to tell|of knowing)|unable to (?:know|tell|say|determine|answer))",
    rf"{_TEXT} {_DOES_NOT} (?:\p{{L}}+ly )?(?:say|state|mention|specify|give|provide|tell|indicate|"
    r"disclose|reveal|contain|include|identify)",
    r"the (?:\p{L}+ ){1,3}(?:does not|doesn't|do not|don't) (?:\p{L}+ly )?"
    r"(?:say|state|mention|specify|tell|indicate|disclose|reveal)",
    r"not (?:\p{L}+ly )?(?:stated|mentioned|specified|given|provided|known|disclosed|available|"
    r"indicated|answerable)(?=$|[\s,;.:!)]*$|[,;.:!)]| (?:in|by|here|anywhere|from) )",
    r"(?:unanswerable|unstated|unspecified)$",
    r"(?:i )?(?:do not|don't) know",
    r"i(?:'m| am) not sure|(?:i have )?no idea",
    rf"(?:i )?{_NOT} (?:know|tell|say|determine|answer|be sure)",
    r"(?:there is )?(?:not enough|insufficient) "
    r"(?:information|context|data|detail|details|evidence)",
    r"(?:there is )?no information (?:is )?(?:given|provided|available)",
    r"^(?:it is |it's |this is |the answer is |answer )?unknown$|^n/a$",
)
_ABSTENTION = regex.compile(
    r"(?i)(?<![\p{L}'])(?:" + "|".join(f"(?:{phrase})" for phrase in _PHRASES) + r")(?![\p{L}'])"
)
_CLAUSE_END = regex.compile(
    r"(?i)[;:,()/]\s*|[.!?](?:\s+|$)|\s-+\s|\s(?:but|however|although|though|yet|or|and)\b"
)
_GUESS = regex.compile(
    r"(?i)\b(?:probably|perhaps|maybe|possibly|likely|presumably|guess|guessing|estimate|"
    r"i think|i believe|i'd say|i would say|approximately|roughly|might be|may be|could be|"
    r"should be|would be)\b"
)
_EXPLAINS = regex.compile(
    r"(?i)^(?:because|since|as|for|given|based|from|according|only|sorry|unfortunately|"
    r"i'm afraid|i am afraid|so|therefore|thus|hence|nor|neither|"
    r"which|who|where|when|how|what|whether|why|"
    r"(?:it|this|that|the|these|no)\b.*\b(?:only|text|passage|article|notice|document|source|"
    r"context|information|question|table|report|list|material|mentions?|states?|says?))\b"
)
_NAMES_ANSWER = regex.compile(r"(?i)\banswer (?:is|was|would|must)\b")
_COURTESY = regex.compile(
    r"(?i)^(?:sorry|unfortunately|i'm afraid|i am afraid|(?:based on|from|according to|given) .*)$"
)
_DIGIT = regex.compile(r"\p{N}")


def abstains(span: str) -> bool:
    """Whether the first clause of an answer says that it cannot be known."""
    if equals_any(span, [CANNOT_BE_KNOWN]):
        return True
    clauses = clauses_of(span)
    openers = [clause for clause in clauses if not _is_courtesy(clause)][:1]
    return any(_ABSTENTION.search(clause) for clause in openers)


def grade_abstention(reply: Reply, expected: str) -> Verdict:
    """Judge an item whose right answer is an abstention: no value may be committed beside it."""
    if equals_any(reply.span, [expected, CANNOT_BE_KNOWN]):
        return "right"
    if equals_any(reply.span, [FALSE_PREMISE]):
        return "wrong"
    clauses = clauses_of(reply.span)
    abstaining = [clause for clause in clauses if _ABSTENTION.search(clause)]
    others = [clause for clause in clauses if not _ABSTENTION.search(clause)]
    commits = any(map(_commits, abstaining)) or not all(map(_is_explanation, others))
    guesses = any(_GUESS.search(clause) for clause in clauses)
    return "right" if abstaining and not commits and not guesses else "wrong"


def clauses_of(span: str) -> list[str]:
    """Split an answer at punctuation and at "but", "or", "and"; empty parts are dropped."""
    parts = _CLAUSE_END.split(span)
    return [part.strip() for part in parts if part and part.strip(" \"'-.")]


def _is_courtesy(clause: str) -> bool:
    """Whether a clause says nothing itself: "sorry", "based on the passage"."""
    return _COURTESY.match(clause) is not None


def _is_explanation(clause: str) -> bool:
    """Whether a clause says why it cannot be known, and names no answer after all."""
    return _EXPLAINS.match(clause) is not None and _NAMES_ANSWER.search(clause) is None


def _commits(clause: str) -> bool:
    """Whether a value follows the phrase in its own clause: "not stated 45"."""
    found = _ABSTENTION.search(clause)
    after = clause[found.end() :].split() if found else []
    return bool(after) and _DIGIT.match(after[0]) is not None
