"""Whether two questions are the same: a pure rule over their words, facts and cosine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from rapidfuzz import fuzz

from generator.embeddings import Vectors
from generator.gate.facets import Comparison, Facets, compare, facets_of
from generator.gate.normal import (
    GateQuestion,
    NormalQuestion,
    agreement,
    normal_form,
    normalise,
)
from generator.gate.thresholds import WITHIN_THE_HOUSE, Thresholds
from generator.gate.wording import STOP_WORDS, CaseTable

Verdict = Literal["clean", "unsure", "contaminated"]

#: Bumped when the rule or a threshold changes.
DECISION_VERSION = 1

#: Equal answers of these kinds say nothing: half of all such questions share them.
_COMMON_ANSWERS = frozenset({"yes", "no", "true", "false"})

#: A stem of these and grammar only is told from others by its options alone.
_GENERIC_WORDS = STOP_WORDS | frozenset(
    """statement statements true false correct incorrect right wrong accurate best option options
    answer choice question above below""".split()
)


@dataclass(frozen=True)
class Cosines:
    """How alike two questions are to the embedder, each from -1 to 1.

    Attributes:
        whole: Between the two whole texts.
        part: Between what is asked at their ends; of programs what they say of themselves.
        best: The highest of these two and the two across.
    """

    whole: float
    part: float
    best: float

    @classmethod
    def between(cls, left: Vectors, right: Vectors) -> Cosines:
        """Compare the views of two questions: first the whole text's, last the part's.

        Four decimals: what the batch a text was embedded in can move lies below.
        """
        table = np.round((left @ right.T).astype(float), 4)
        return cls(float(table[0, 0]), float(table[-1, -1]), float(table.max()))


@dataclass(frozen=True)
class Side:
    """One of the two questions, with everything the rule looks at."""

    question: NormalQuestion
    facets: Facets
    answer: str | None = None
    english: bool = True


@dataclass(frozen=True)
class Decision:
    """What the rule made of one pair.

    Attributes:
        verdict: `contaminated` for the same question, `unsure` when a judge is needed.
        stage: The part of the rule that decided.
        cosine: The cosine it went by.
        lexical: Share of equal words, whatever their order, 0 to 1.
        swapped: Kinds of fact the two exchanged.
        why: One sentence a stranger can read, about "the question" and "the known question".
    """

    verdict: Verdict
    stage: str
    cosine: float
    lexical: float
    swapped: tuple[str, ...]
    why: str


def side_of(question: GateQuestion, cases: CaseTable, normal: NormalQuestion | None = None) -> Side:
    """Return a question with the facts the rule compares; `normal` saves finding it again."""
    normal = normal or normalise(question)
    return Side(
        question=normal,
        facets=facets_of(normal, cases),
        answer=normal_form(question.answer) if question.answer else None,
        english=question.language.casefold().split("-")[0] == "en" and not is_foreign(normal.stem),
    )


def is_foreign(text: str) -> bool:
    """Whether more than a fifth of the letters are of no Latin alphabet."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter > "\u024f" for letter in letters) > len(letters) / 5


def same_question(
    left: GateQuestion,
    right: GateQuestion,
    cosine: float,
    *,
    thresholds: Thresholds = WITHIN_THE_HOUSE,
    cases: CaseTable = CaseTable(),  # noqa: B008 - frozen and empty
) -> Decision:
    """Return whether two questions are the same one; for duplicates within the house.

    Args:
        left: One question.
        right: The other.
        cosine: Between the normal forms of the two (`normalise(question).text`).
        thresholds: Stricter than the gate's: our own questions share their templates.
        cases: How words are usually written, where that is known.
    """
    return decide(
        side_of(left, cases), side_of(right, cases), Cosines(cosine, cosine, cosine), thresholds
    )


def lexical_of(left: NormalQuestion, right: NormalQuestion) -> float:
    """Return the share of equal words of two questions, whatever their order, 0 to 1."""
    return round(fuzz.token_sort_ratio(" ".join(left.words), " ".join(right.words)) / 100, 4)


def decide(left: Side, right: Side, cosines: Cosines, at: Thresholds) -> Decision:
    """Return whether `left` is the question `right` again.

    Only a `left` that is not in English is unsure whatever the cosine: a known question in
    another language must not hold every English one.
    """
    one, other = left.question, right.question
    lexical = lexical_of(one, other)
    if one.fingerprint == other.fingerprint:
        return _same_words(one, other, cosines, at)
    if not left.english or (not right.english and cosines.best >= at.held):
        return Decision(
            "unsure",
            "language",
            cosines.best,
            lexical,
            (),
            "one of the two is not in English, and nothing here can compare other languages",
        )
    if is_generic(one) or is_generic(other):
        return _generic(one, other, cosines, lexical, at)
    if one.code and other.code:
        return _programs(cosines, lexical, at)
    near_verbatim = lexical >= at.near_verbatim
    found = compare(left.facets, right.facets, near_verbatim=near_verbatim)
    if found.swapped:
        return _exchanged(left, right, found, cosines, lexical, at)
    if _lacks_passage(one, other, at):
        return _by_cosine(
            "passage", cosines.best, at.passage_missing, lexical, at, "without its passage"
        )
    if lexical >= at.edited:
        return _edited(found, cosines, lexical, at)
    if lexical >= at.rewritten and found.left and found.right:
        return _by_cosine(
            "replaced", cosines.whole, at.replaced, lexical, at, "with some words replaced"
        )
    limit = at.replaced if found.other_thing else at.reworded
    return _by_cosine("reworded", cosines.whole, limit, lexical, at, "in other words")


def is_generic(question: NormalQuestion) -> bool:
    """Whether a stem asks nothing by itself: "Which of these statements is true?"."""
    return all(word in _GENERIC_WORDS for word in question.words)


def _generic(
    one: NormalQuestion, other: NormalQuestion, cosines: Cosines, lexical: float, at: Thresholds
) -> Decision:
    """Decide by the options where the stem says nothing."""
    if one.choices and other.choices:
        share = agreement(one.choices, other.choices)
        same = share >= at.choices_agree
        why = f"the stem asks nothing by itself, and {share:.0%} of the options are known"
        return Decision(
            "contaminated" if same else "clean", "options", cosines.whole, lexical, (), why
        )
    why = "the stem asks nothing by itself, and one of the two has no options"
    verdict: Verdict = "unsure" if cosines.best >= at.held else "clean"
    return Decision(verdict, "options", cosines.best, lexical, (), why)


def _same_words(
    one: NormalQuestion, other: NormalQuestion, cosines: Cosines, at: Thresholds
) -> Decision:
    share = agreement(one.choices, other.choices)
    if one.choices and other.choices and share < at.choices_agree:
        return Decision(
            "clean",
            "exact",
            cosines.whole,
            1.0,
            ("choices",),
            f"the words are a known question's, but only {share:.0%} of the options are",
        )
    return Decision(
        "contaminated", "exact", cosines.whole, 1.0, (), "it is a known question word for word"
    )


def _programs(cosines: Cosines, lexical: float, at: Thresholds) -> Decision:
    cosine = cosines.part
    if cosine >= at.code:
        verdict: Verdict = "contaminated"
        why = f"it describes the same program (cosine {cosine:.2f}, limit {at.code:.2f})"
    elif cosine >= at.code_held:
        verdict = "unsure"
        why = f"it describes a similar program (cosine {cosine:.2f}, {at.code_held:.2f} is held)"
    else:
        verdict, why = "clean", f"it describes another program (cosine {cosine:.2f})"
    return Decision(verdict, "code", cosine, lexical, (), why)


def _exchanged(
    left: Side,
    right: Side,
    found: Comparison,
    cosines: Cosines,
    lexical: float,
    at: Thresholds,
) -> Decision:
    facts = ", ".join(found.swapped)
    if cosines.best >= at.held and _telling_answer(left.answer, right.answer):
        return Decision(
            "unsure",
            "answers",
            cosines.best,
            lexical,
            found.swapped,
            f"it differs from a known question in its {facts}, but has the same answer",
        )
    return Decision(
        "clean",
        "guard",
        cosines.best,
        lexical,
        found.swapped,
        f"it differs from the nearest known question in its {facts}",
    )


def _telling_answer(left: str | None, right: str | None) -> bool:
    return bool(left) and left == right and len(left or "") > 1 and left not in _COMMON_ANSWERS


def _lacks_passage(one: NormalQuestion, other: NormalQuestion, at: Thresholds) -> bool:
    short, long = sorted((len(one.words), len(other.words)))
    return long > at.passage_words and short < long / 2


def _edited(found: Comparison, cosines: Cosines, lexical: float, at: Thresholds) -> Decision:
    """Decide on two texts of almost the same words."""
    if found.left and found.right:
        held = cosines.best >= at.held
        why = f"{', '.join(found.left)} stands where a known question has {', '.join(found.right)}"
        return Decision("unsure" if held else "clean", "replaced", cosines.best, lexical, (), why)
    if found.reordered:
        why = "it has a known question's words, some of them in each other's place"
        return Decision("unsure", "order", cosines.best, lexical, (), why)
    return Decision(
        "contaminated",
        "edited",
        cosines.best,
        lexical,
        (),
        f"{lexical:.0%} of its words are a known question's, and no fact differs",
    )


def _by_cosine(
    stage: str, cosine: float, limit: float, lexical: float, at: Thresholds, how: str
) -> Decision:
    verdict: Verdict
    if cosine >= limit:
        verdict = "contaminated"
        why = f"it asks a known question {how} (cosine {cosine:.2f}, limit {limit:.2f})"
    elif cosine >= at.held:
        verdict = "unsure"
        why = f"it may ask a known question {how} (cosine {cosine:.2f}, {at.held:.2f} is held)"
    else:
        verdict = "clean"
        why = f"the nearest known question is about something else (cosine {cosine:.2f})"
    return Decision(verdict, stage, cosine, lexical, (), why)
