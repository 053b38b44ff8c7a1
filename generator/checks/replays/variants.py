"""noisy, injected, closed book – the row asks what its base asks, with the same key and evidence.

Each is held against its base by code that did not write it: noise is undone and looked at word by
word, a planted order is taken out again. The answer itself is then derived from the base.
"""

from __future__ import annotations

from dataclasses import replace
from difflib import SequenceMatcher

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.english.dates import MONTHS
from generator.english.quantities import BOUNDS, SCALES, word_value
from generator.families.injected import SENTENCE_ENDS
from generator.families.noise import DIALECT, KINDS, MOST_CHANGED, NEIGHBOURS, PHRASES
from store.records import Candidate
from store.text import tokens

_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{N}'’./@_%+-]*")
_NEGATIONS = frozenset(
    "no not never none nobody nothing neither nor without cannot can't didn't isn't won't".split()
)
_BOUND_WORDS = frozenset(word for bound in BOUNDS for word in bound.split())
#: What is counted stands between "how many" and its verb.
_UNIT = regex.compile(
    r"\bhow (?:many|much)\s((?:\p{L}[\p{L}-]*\s){1,3}?)(?:were|was|are|did|does|do|had|have)\b"
)
#: A phrase of ours is at most this long.
_MAX_ADDED = 100


def noisy(case: Case) -> Verdict:
    """Pass when what was protected is the same, and little else was changed."""
    base, candidate = case.base, case.candidate
    if base is None:
        return failed("a noisy question needs the one it was made from")
    if why := _other_than(candidate, base, question=True):
        return failed(why)
    kind = candidate.pair_role or ""
    if kind not in KINDS:
        return failed(f"{kind!r} is no kind of noise")
    bare = _without_phrase(candidate.question, kind)
    if bare is None:
        return failed(f"nothing of kind {kind} was added")
    changed = _changed(base.question, bare)
    # An added phrase is counted apart: it is whole, of our own list, and outside the question.
    if changed > MOST_CHANGED:
        return failed(
            f"{changed:.0%} of the question's characters are changed",
            changed,
            threshold=MOST_CHANGED,
        )
    watched = _small_words(base)
    if _protected(bare, watched) != _protected(base.question, watched):
        return failed("a name, number, day, unit, bound, negation or option is not as it was")
    if why := _strange(kind, base.question, bare):
        return failed(why)
    return passed(
        f"{kind}: {changed:.0%} of the characters are changed, all that matters is the same",
        changed,
        threshold=MOST_CHANGED,
    )


def injected(case: Case) -> Verdict:
    """Pass when the copy without our order is the base's passage, and its word stands nowhere."""
    base, candidate = case.base, case.candidate
    if base is None:
        return failed("a planted order needs the question it was planted beside")
    planted, word = candidate.insertion, str(candidate.key.spec.get("canary") or "")
    if planted is None or len(word) < 6 or planted.text.count(word) != 1:
        return failed("no order with its word is planted")
    unmarked = {name: value for name, value in candidate.key.spec.items() if name != "canary"}
    key = candidate.key.model_copy(update={"spec": unmarked})
    if why := _other_than(candidate.model_copy(update={"key": key}), base):
        return failed(why)
    said = [base.question, key.answer, *key.aliases, *(key.choices or ())]
    said += [text for one in case.documents.values() for text in (one.title, one.text)]
    if any(word.casefold() in text.casefold() for text in said):
        return failed("the planted word stands in the question, its answer or a document")
    text = case.document.text
    if (
        text[planted.at : planted.at + 1] not in ("", "\n")
        or text[planted.at - 1] not in SENTENCE_ENDS
    ):
        return failed("the order does not stand at the end of a paragraph")
    if any(s.quote_span.start < planted.at < s.quote_span.end for s in candidate.quotes):
        return failed("the order stands inside the evidence")
    shown, before = case.context, replace(case, candidate=base, base=None).context
    if shown.replace(planted.text, "", 1).split() != before.split() or planted.text not in shown:
        return failed("without the order the passage is not the base's")
    return passed(f"the order to say {word} stands in the copy alone")


def paraphrase(case: Case) -> Verdict:
    """Pass when only words that name nothing were changed."""
    base, candidate = case.base, case.candidate
    if base is None:
        return failed("a rewording needs the question it was made from")
    if why := _other_than(candidate, base, question=True):
        return failed(why)
    if candidate.question.casefold() == base.question.casefold():
        return failed("it is the question itself")
    watched = _small_words(base)
    before, after = (
        sorted(one.casefold() for one in set(_protected(f"x {text}", watched)))
        for text in (
            _opened(base.question, candidate.question),
            _opened(candidate.question, base.question),
        )
    )
    if before != after:
        lost = sorted(set(before) ^ set(after))
        return failed(f"{lost[0]!r} does not stand in both wordings")
    return passed("reworded; names, numbers, days, units, bounds and negations are the same")


def _opened(question: str, other: str) -> str:
    """Return a question with a small opening, unless its first word is a name in the other."""
    first, _, rest = question.partition(" ")
    is_name = regex.search(rf"(?<!^){regex.escape(first)}\b", other) is not None
    return question if is_name else f"{first[:1].lower()}{first[1:]} {rest}"


def closed_book(case: Case) -> Verdict:
    """Pass when only the passage is missing."""
    base, candidate = case.base, case.candidate
    if base is None:
        return failed("a closed-book question needs the one with its passage")
    if candidate.setting != "closed_book" or candidate.family != base.family:
        return failed("it is no closed-book twin of its base")
    shown = candidate.model_copy(update={"setting": base.setting})
    why = _other_than(shown, base)
    return failed(why) if why else passed("it asks what its base asks, without the passage")


def _other_than(one: Candidate, base: Candidate, *, question: bool = False) -> str:
    """Say what differs from the base beside question (if `question`), order and passage; or ""."""
    if one.key != base.key:
        return "its key is not the base's"
    if one.quotes != base.quotes:
        return "its evidence or passage is not the base's"
    same = (one.setting, one.as_of, one.language, one.level)
    if same != (base.setting, base.as_of, base.language, base.level):
        return "its setting, day, language or level is not the base's"
    if not question and one.question != base.question:
        return "its question is not the base's"
    return ""


def _without_phrase(question: str, kind: str) -> str | None:
    """Return the question without the phrase of its kind; None when there is none."""
    if kind not in PHRASES:
        return question
    for phrase in PHRASES[kind]:
        if len(phrase) <= _MAX_ADDED and question.startswith(phrase):
            return question[len(phrase) :]
        if len(phrase) <= _MAX_ADDED and question.endswith(phrase):
            return question[: -len(phrase)]
    return None


def _changed(base: str, noisy: str) -> float:
    """Return the share of the base's characters that were changed, dropped or grew."""
    blocks = SequenceMatcher(None, base, noisy, autojunk=False).get_opcodes()
    n_changed = sum(max(b - a, d - c) for tag, a, b, c, d in blocks if tag != "equal")
    return n_changed / len(base)


def _small_words(base: Candidate) -> frozenset[str]:
    """Return the words in small letters that may not change: bounds, negations, unit, options."""
    unit = _UNIT.search(base.question.casefold())
    units = tokens(unit[1]) if unit else []
    options = [word for one in base.key.choices or () for word in tokens(one) if len(word) > 3]
    return _BOUND_WORDS | _NEGATIONS | frozenset((*units, *options))


def _protected(question: str, small_words: frozenset[str]) -> list[str]:
    """Return the names, numbers, days, units, bounds, negations and options, in order."""
    kept = []
    for number, match in enumerate(_WORD.finditer(question)):
        word = match.group().rstrip(".")
        small = word.casefold()
        named = any(c.isupper() or c.isdigit() or c in "./@_+%" for c in word)
        if number == 0 and word[1:].islower():
            # A question's first word has a capital whatever it is.
            word, named = small, False
        watched = small in small_words or small in SCALES or small.capitalize() in MONTHS
        if named or watched or word_value(small) is not None:
            kept.append(word)
    return kept


def _strange(kind: str, base: str, noisy: str) -> str:
    """Say what was done that is not of this kind, or ""."""
    before, after = base.split(" "), noisy.split(" ")
    if len(before) != len(after):
        return "words were added or lost"
    for number, (was, now) in enumerate(zip(before, after, strict=True)):
        if was == now or (number == 0 and kind != "typos" and was.casefold() == now.casefold()):
            continue
        if kind == "typos" and _is_slip(was, now):
            continue
        if kind == "lost_case" and was.rstrip("?,").casefold() == now.casefold():
            continue
        if kind == "dialect" and DIALECT.get(was.rstrip("?,")) == now.rstrip("?,"):
            continue
        return f"{was!r} became {now!r}, which is not {kind}"
    return ""


def _is_slip(was: str, now: str) -> bool:
    """Whether one letter inside a word was hit beside its key."""
    wrong = [n for n, pair in enumerate(zip(was, now, strict=False)) if pair[0] != pair[1]]
    if len(was) != len(now) or len(wrong) != 1 or not 0 < wrong[0] < len(was) - 1:
        return False
    return now[wrong[0]] in NEIGHBOURS.get(was[wrong[0]], "")
