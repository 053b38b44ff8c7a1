"""Telling in the past what news tell in the present: "a bus overturns" -> "a bus overturned".

A news wire writes "Six people are killed when a bus overturns"; a question asked months later
reads well only in the past. What cannot be turned for certain stays as it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import regex

from generator.english.clauses import Clause
from generator.english.verbs import bases, finite_forms, gerunds, participles, past_of

_AUXILIARIES: Final = {
    "is": "was", "are": "were", "has": "had", "have": "had", "will": "would", "can": "could",
    "does": "did", "do": "did",
}  # fmt: skip
#: Words that a clause with a verb of its own follows.
_OPENS_CLAUSE: Final = frozenset(
    "when after while before because that which who where until once".split()
)
_WORD = regex.compile(r"[\p{L}\p{M}\d][\p{L}\p{M}\d'’.-]*")
#: Before these a word in -s is a noun.
_NO_VERB_AFTER: Final = frozenset(
    "the a an of in and to by for with from on at its their his her our".split()
)
#: Plural subjects without an -s.
_PLURALS: Final = frozenset("people police forces troops men women children personnel".split())
#: "A missile fired by …": the verb of the clause may still come.
_AFTER_PARTICIPLE: Final = frozenset("by in on at from to with as for of near".split())
#: Bases that are verbs after a plural whatever follows: "forces launch strikes".
_CLEAR_PLURALS: Final = frozenset({"attack", "launch", "kill", "injure", "seize", "fire"})
_AFTER_VERB: Final = frozenset(
    "a an the its their his her that to at in on by for from with off over against into onto near "
    "down out through across under between after before head-on and up".split()
)
#: What follows a verb in -s that the lexicon does not know.
_MAYBE_VERB = regex.compile(
    r"\b\p{Ll}+s\s(?:into|onto|off|on|in|at|down|over|to|from|out|through|a|an|the|its|their)\b"
)
#: Things do not happen, they are so: such verbs keep their present.
_UNTOLD: Final = frozenset({"may", "might", "must", "shall"})


#: What somebody does again and again: "pays 19 euros an hour" is no event.
_HABITS: Final = frozenset(
    {"pay", "earn", "charge", "run", "operate", "produce", "make", "sell", "need", "want", "weigh"}
)


def in_past(clause: Clause, rest: str, states: frozenset[str]) -> tuple[Clause, str]:
    """Return a clause and what is kept of its rest in the past, or both unchanged.

    Args:
        clause: A statement; only one in the present that tells an event is turned.
        rest: What is kept of what follows its verb.
        states: Base forms of verbs that say how things stand.
    """
    if clause.time != "present" or not _is_event(clause, states):
        return clause, rest
    told_rest = _rest_in_past(rest)
    if told_rest is None or clause.auxiliary in ("will", "can", *_UNTOLD):
        return clause, rest
    if clause.auxiliary:
        told = replace(clause, auxiliary=_AUXILIARIES[clause.auxiliary], time="past")
    else:
        told = replace(clause, verb=past_of(clause.base), time="past")
    return told, told_rest


def _is_event(clause: Clause, states: frozenset[str]) -> bool:
    if clause.auxiliary and clause.verb:
        return True
    return clause.base not in states | _HABITS | {"be"}


def _rest_in_past(rest: str) -> str | None:
    """Return a predicate's rest with every finite present in it turned, None when in doubt."""
    words = [(m.start(), m.end(), m.group()) for m in _WORD.finditer(rest)]
    turned: list[tuple[int, int, str]] = []
    sought_from: int | None = None
    found_one = False
    for position, (start, end, word) in enumerate(words):
        before = words[position - 1][2] if position else ""
        if word in _UNTOLD:
            return None
        if word in _AUXILIARIES and before not in ("to", "not"):
            turned.append((start, end, _AUXILIARIES[word]))
            sought_from, found_one = None, True
        elif word in _OPENS_CLAUSE and not (word == "that" and before in _NO_VERB_AFTER):
            if sought_from is not None and _left_open(rest[:start], sought_from):
                return None
            sought_from = end
        elif sought_from is not None and word in gerunds() and not rest[sought_from:start].strip():
            # "After defeating Morocco": no clause.
            sought_from = None
        elif sought_from is not None:
            after = words[position + 1][2] if position + 1 < len(words) else ""
            several = " and " in rest[sought_from:start]
            past = _finite_in_past(word, before, after, several=several)
            if past and not (word in participles() and after in _AFTER_PARTICIPLE):
                turned.append((start, end, past))
                sought_from, found_one = None, True
        elif before == "and" and found_one and _present_of(word):
            turned.append((start, end, past_of(_present_of(word))))
    if sought_from is not None and _left_open(rest, sought_from):
        return None
    for start, end, past in reversed(turned):
        rest = f"{rest[:start]}{past}{rest[end:]}"
    return rest


def _present_of(word: str) -> str:
    """Return the base of a third person singular ("sinks" -> "sink"), or ""."""
    form = finite_forms().get(word)
    return form.base if form and form.tense == "present_s" else ""


def _left_open(rest: str, sought_from: int) -> bool:
    """Whether a clause was opened whose verb was not found; "after a fire" is none."""
    opener = rest[:sought_from].split()[-1]
    return opener == "when" or _MAYBE_VERB.search(rest[sought_from:]) is not None


def _finite_in_past(word: str, before: str, after: str, *, several: bool) -> str | None:
    """Return the past of a word that is the verb of a clause; None when it is no verb."""
    form = finite_forms().get(word)
    if form and form.tense == "past":
        return word
    plural_before = (
        before in _PLURALS
        or (before.endswith("s") and before[:1].islower())
        # "A bus and a lorry collide in …".
        or (several and after.casefold() in _AFTER_VERB)
    )
    verb_follows = (
        after.casefold() in _AFTER_VERB or not after[:1].islower() or word in _CLEAR_PLURALS
    )
    if _present_of(word) and before not in bases() and before.casefold() not in _NO_VERB_AFTER:
        return past_of(_present_of(word)) if verb_follows or not plural_before else None
    bare = word in bases() and before not in _NO_VERB_AFTER
    return past_of(word) if bare and plural_before and verb_follows else None
