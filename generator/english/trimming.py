"""What follows a verb, cut to what belongs to it – or refused where the cut is in doubt."""

from __future__ import annotations

from typing import Final

import regex

from generator.english.quantities import word_value
from generator.english.verbs import bases, finite_forms

_ASIDE: Final = regex.compile(r",\sincluding\s[^,]+(?:,\s|$)")
#: Words after which a clause only adds to what was said.
_ADDS: Final = regex.compile(
    r"(?:,\s(?:with|marking|citing|winning|surpassing|securing|describing|calling|making|bringing|"
    r"becoming|according|prompting|following|"
    r"raising|causing|leaving|killing|injuring|wounding|destroying|in\sresponse|"
    r"accusing|allowing|as\spart|amid|after|while|although|despite|because|where|which|who|"
    r"against|not\sfar|far\sfrom|but|the\sfirst|the\slargest|saying|ending|forcing|damaging|disrupting)\b|"
    r"\samid\s|"
    r",\s(?:\p{L}+|\d+)\sof\s(?:them|which|whom)\b|\sof\s(?:which|whom)\b|"
    r",\s(?:most|some|all|none|half)\sof\s|"
    r",\s\p{Lu}\p{L}+\s(?=\p{Ll})|"
    r",\s(?:(?:s?he|they|it|\p{Lu}\p{L}+)\s(?:said|says)|\d)|"
    r"\saccording\sto\s|\s(?:so|just)\sas\s).*$"
)
_AND: Final = regex.compile(r"(?:^|,?\s)(?:and|but|while)\s(?:then\s|later\s|also\s)?")
#: A verb this many words after "and" has a subject of its own before it.
_REACH: Final = 5
_FINITE: Final = frozenset("has have had is are was were do does did".split())
#: What a cut leaves behind when it was wrong: "and surpasses Jay-Z", "of it", a bare gerund,
#: "and Rowan Achterberg in the Mission" (its verb is understood), "throughout" without a place.
_DOUBTFUL: Final = tuple(
    regex.compile(pattern)
    for pattern in (
        r"^(?:and|or|but|nor)\b",
        r"^\p{Ll}+ing\b",
        r"\b(?:and|but)\s\p{Ll}+(?:s|ed)\s(?:a|an|the|its|his|her|their|it|them|\p{Lu}|\d)",
        r"\band\s(?:\p{Lu}[\p{L}'’-]*\s){2,}(?:\d|in|at|on|to|for|with|from|by)\b",
        r"^(?:it|them|him|her)\b(?!\s\p{Ll}+s\b)",
        r"\b(?:of|to|for|with|from|on|in|by|at|into|about|over)\s(?:it|them|him|her)\b",
        r"\b(?:of|to)\stheir\b",
        r"^(?:throughout|together|alone|again|combined|instead|too|so)$",
    )
)


#: A relative clause this short was cut in its middle: "the Council that assumed authority".
_CUT_RELATIVE: Final = regex.compile(r"\s(?:that|which|who)\s\S+(?:\s\S+){0,3}$")
_SUBORDINATE: Final = regex.compile(r"\b(?:when|after|while)\s")


def without_asides(rest: str) -> str:
    """Return `rest` without what is merely included: "killed, including a child, in Brell"."""
    return _ASIDE.sub(" ", rest)


def trimmed(rest: str) -> str | None:
    """Return what follows a verb without asides and without clauses that only add to it.

    None when a list would be cut in the middle, when a comma follows at once, or when what is
    left points at something said before.
    """
    text = _ADDS.sub("", without_asides(rest))
    for match in _AND.finditer(text):
        following, before = text[match.end() :], text[: match.start()]
        if _goes_on(before, following):
            continue
        if match.group().startswith(","):
            if "," in before and not _opens_verb(following):
                # "A, B, and C": a list, or a place with a second object behind it.
                return None
            text = before
            break
        if _opens_another(following) and "between " not in before:
            text = before
            break
    text = text.strip()
    if text.startswith(",") and text.strip(" ,"):
        return None
    text = text.strip(" ,")
    if text != rest.strip(" ,") and _CUT_RELATIVE.search(text):
        return None
    return None if any(pattern.search(text) for pattern in _DOUBTFUL) else text


def _goes_on(before: str, following: str) -> bool:
    """Whether "and" goes on with the clause that "when" or "after" opened, not with a new one.

    "… when a ferry strikes rocks | and sinks", "… when a bus | and a lorry collide".
    """
    opened = [match.end() for match in _SUBORDINATE.finditer(before)]
    if not opened or before.rstrip().endswith(","):
        return False
    inner = before[opened[-1] :].split()
    has_verb = any(word.strip(",") in finite_forms() or word in _FINITE for word in inner)
    return _opens_verb(following) if has_verb else not _opens_verb(following)


def _opens_verb(text: str) -> bool:
    first = text.split()[0].strip(",.") if text.split() else ""
    return first in finite_forms() or first in bases() or first in _FINITE


def _opens_another(text: str) -> bool:
    """Whether what follows "and" is another statement or another object, not part of this one."""
    words = text.split()[:_REACH]
    if not words:
        return True
    if words[0] in {"a", "an", "the"} or words[0][0].isdigit() or word_value(words[0]):
        return True
    return any(word.strip(",.") in finite_forms() or word in _FINITE for word in words)


def shortened(rest: str, max_words: int = 14) -> str:
    """Return `rest` cut where a further circumstance begins, when it is long without it."""
    if len(rest.split()) <= max_words:
        return rest
    cuts = [match.start() for match in _CIRCUMSTANCE.finditer(rest)]
    fitting = [cut for cut in cuts if 5 <= len(rest[:cut].split()) <= max_words]
    short = rest[: fitting[-1]].rstrip(" ,") if fitting else rest
    return rest if short != rest and _CUT_RELATIVE.search(short) else short


_CIRCUMSTANCE: Final = regex.compile(
    r",\s|\s(?=(?:after|before|during|while|as|because|since|when|under|in\sresponse|following|"
    r"saying|calling|over|due\sto|for\sthe\sfirst|which|where|who)\b)"
)
