"""Whether two questions are the same: a pure rule over their words, facts and cosine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from rapidfuzz import fuzz

from generator.embeddings import Vectors
from generator.gate.facets import Comparison, Facets, Swap, compare, facets_of, numbers_across
from generator.gate.normal import (
    GateQuestion,
    NormalQuestion,
    agreement,
    normal_form,
    normalise,
)
from generator.gate.thresholds import Thresholds
from generator.gate.wording import STOP_WORDS, CaseTable

Verdict = Literal["clean", "unsure", "contaminated"]

#: Bumped when the rule or a threshold changes.
DECISION_VERSION = 2

#: Of signs alone nothing can be said, so nothing good.
NO_WORDS: tuple[Verdict, str] = ("unsure", "there is no word in it that could be compared")

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
        tongues: The highest to an encoder of many languages; None when none of its languages is
            the question's, or the index holds no vectors of it.
    """

    whole: float
    part: float
    best: float
    tongues: float | None = None

    @classmethod
    def alike(cls, cosine: float) -> Cosines:
        """Return one cosine for every view: of short texts, whose views are one."""
        return cls(cosine, cosine, cosine)

    @classmethod
    def between(
        cls, left: Vectors, right: Vectors, tongues: tuple[Vectors, Vectors] | None = None
    ) -> Cosines:
        """Compare the views of two questions: first the whole text's, last the part's.

        Four decimals: what the batch a text was embedded in can move lies below.
        """
        table = np.round((left @ right.T).astype(float), 4)
        across = None if tongues is None else round(float((tongues[0] @ tongues[1].T).max()), 4)
        return cls(float(table[0, 0]), float(table[-1, -1]), float(table.max()), across)


@dataclass(frozen=True)
class Side:
    """One of the two questions, with everything the rule looks at."""

    question: NormalQuestion
    facets: Facets
    answer: str | None = None
    #: ISO 639-1, or "und".
    language: str = "en"

    @property
    def english(self) -> bool:
        """Whether the rules for English words hold."""
        return self.language == "en"


@dataclass(frozen=True)
class Decision:
    """What the rule made of one pair.

    Attributes:
        verdict: `contaminated` for the same question, `unsure` when a judge is needed.
        stage: The part of the rule that decided.
        cosine: The cosine it went by.
        lexical: Share of equal words, whatever their order, 0 to 1.
        swapped: Kinds of fact the two exchanged.
        says: One sentence a stranger can read; `{known}` stands for the known question's name.
    """

    verdict: Verdict
    stage: str
    cosine: float
    lexical: float
    swapped: tuple[str, ...]
    says: str

    def why(self, known: str) -> str:
        """Return the sentence, about the known question of this name."""
        return self.says.replace("{known}", known)


def side_of(question: GateQuestion, cases: CaseTable, normal: NormalQuestion | None = None) -> Side:
    """Return a question with the facts the rule compares; `normal` saves finding it again."""
    normal = normal or normalise(question)
    return Side(
        question=normal,
        facets=facets_of(normal, cases),
        answer=normal_form(question.answer) if question.answer else None,
        language=_language(question.language.casefold().split("-")[0], normal.stem),
    )


def _language(said: str, stem: str) -> str:
    return "und" if said == "en" and is_foreign(stem) else said


def is_foreign(text: str) -> bool:
    """Whether more than a fifth of the letters are of no Latin alphabet."""
    letters = [letter for letter in text if letter.isalpha()]
    return sum(letter > "\u024f" for letter in letters) > len(letters) / 5


def lexical_of(left: NormalQuestion, right: NormalQuestion) -> float:
    """Return the share of equal words of two questions, whatever their order, 0 to 1."""
    return round(fuzz.token_sort_ratio(" ".join(left.words), " ".join(right.words)) / 100, 4)


def decide(left: Side, right: Side, cosines: Cosines, at: Thresholds) -> Decision:
    """Return whether `left` is the question `right` again.

    Of two languages only the encoder of many can tell; a `left` whose language it does not know
    is unsure, but a known question in such a language must not hold every English one.
    """
    one, other = left.question, right.question
    lexical = lexical_of(one, other)
    if one.fingerprint == other.fingerprint:
        return _same_words(one, other, cosines, at)
    if not one.words:
        return Decision(NO_WORDS[0], "empty", cosines.best, lexical, (), NO_WORDS[1])
    if not (left.english and right.english):
        return _across(left, right, cosines, lexical, at)
    if is_generic(one) or is_generic(other):
        return _generic(one, other, cosines, lexical, at)
    if one.code and other.code:
        return _programs(cosines, lexical, at)
    near_verbatim = lexical >= at.near_verbatim
    found = compare(left.facets, right.facets, near_verbatim=near_verbatim)
    if found.swaps:
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


def _across(left: Side, right: Side, cosines: Cosines, lexical: float, at: Thresholds) -> Decision:
    """Decide between two languages, or within one that is not English."""
    cosine = cosines.tongues
    if cosine is None:
        if left.english and cosines.best < at.held:
            why = "{known} is in another language, and nothing else is like it"
            return Decision("clean", "language", cosines.best, lexical, (), why)
        spoken = right.language if left.english else left.language
        why = f"no encoder here compares the language {spoken!r}"
        return Decision("unsure", "language", cosines.best, lexical, (), why)
    if swap := numbers_across(left.question.text, right.question.text):
        why = f"another than {{known}}: {_change(swap)}"
        return Decision("clean", "guard", cosine, lexical, (swap.kind,), why)
    limit, held = at.translated, at.translated_held
    if cosine >= limit:
        why = f"same question as {{known}} in another language (cosine {cosine:.2f}, limit {limit})"
        return Decision("contaminated", "translated", cosine, lexical, (), why)
    if cosine >= held:
        why = f"may be {{known}} in another language (cosine {cosine:.2f}, held from {held})"
        return Decision("unsure", "translated", cosine, lexical, (), why)
    why = f"the nearest, {{known}}, is about something else (cosine {cosine:.2f})"
    return Decision("clean", "translated", cosine, lexical, (), why)


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
        why = f"the stem asks nothing by itself, and {share:.0%} of the options are of {{known}}"
        return Decision(
            "contaminated" if same else "clean", "options", cosines.whole, lexical, (), why
        )
    why = "the stem asks nothing by itself, and this or {known} has no options"
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
            f"the words of {{known}}, but only {share:.0%} of its options",
        )
    return Decision(
        "contaminated", "exact", cosines.whole, 1.0, (), "same question as {known}, word for word"
    )


def _programs(cosines: Cosines, lexical: float, at: Thresholds) -> Decision:
    cosine = cosines.part
    if cosine >= at.code:
        verdict: Verdict = "contaminated"
        why = f"same program as {{known}} (cosine {cosine:.2f}, limit {at.code:.2f})"
    elif cosine >= at.code_held:
        verdict = "unsure"
        why = f"may be the program of {{known}} (cosine {cosine:.2f}, held from {at.code_held:.2f})"
    else:
        verdict, why = "clean", f"another program than {{known}} (cosine {cosine:.2f})"
    return Decision(verdict, "code", cosine, lexical, (), why)


def _exchanged(
    left: Side,
    right: Side,
    found: Comparison,
    cosines: Cosines,
    lexical: float,
    at: Thresholds,
) -> Decision:
    swapped = tuple(swap.kind for swap in found.swaps)
    changes = ", ".join(_change(swap) for swap in found.swaps)
    if cosines.best >= at.held and _telling_answer(left.answer, right.answer):
        why = f"differs from {{known}}, but has the same answer: {changes}"
        return Decision("unsure", "answers", cosines.best, lexical, swapped, why)
    if lexical >= at.near_verbatim:
        why = f"template of {{known}}: {changes}"
    elif cosines.best >= at.held:
        why = f"another than {{known}}: {changes}"
    else:
        why = f"the nearest, {{known}}, is about something else (cosine {cosines.best:.2f})"
    return Decision("clean", "guard", cosines.best, lexical, swapped, why)


def _change(swap: Swap) -> str:
    """Say what of the known question stands as what in this one."""
    if swap.kind == "asked":
        return f"it asks for {swap.left}, not for {swap.right}"
    if swap.kind == "negation":
        return f'"{swap.left}" here, "{swap.right}" there'
    return f"{swap.right} became {swap.left}"


def _telling_answer(left: str | None, right: str | None) -> bool:
    return bool(left) and left == right and len(left or "") > 1 and left not in _COMMON_ANSWERS


def _lacks_passage(one: NormalQuestion, other: NormalQuestion, at: Thresholds) -> bool:
    short, long = sorted((len(one.words), len(other.words)))
    return long > at.passage_words and short < long / 2


def _edited(found: Comparison, cosines: Cosines, lexical: float, at: Thresholds) -> Decision:
    """Decide on two texts of almost the same words."""
    if found.left and found.right:
        if cosines.whole >= at.synonyms and not found.reordered:
            return _by_cosine(
                "synonyms", cosines.whole, at.synonyms, lexical, at, "with some words replaced"
            )
        held = cosines.best >= at.held
        why = f"{', '.join(found.left)} stands where {{known}} has {', '.join(found.right)}"
        return Decision("unsure" if held else "clean", "replaced", cosines.best, lexical, (), why)
    if found.reordered:
        why = "the words of {known}, some of them in each other's place"
        return Decision("unsure", "order", cosines.best, lexical, (), why)
    return Decision(
        "contaminated",
        "edited",
        cosines.best,
        lexical,
        (),
        f"same question as {{known}}; nothing differs but wording ({lexical:.0%} equal words)",
    )


def _by_cosine(
    stage: str, cosine: float, limit: float, lexical: float, at: Thresholds, how: str
) -> Decision:
    verdict: Verdict
    if cosine >= limit:
        verdict = "contaminated"
        why = f"same question as {{known}} {how} (cosine {cosine:.2f}, limit {limit:.2f})"
    elif cosine >= at.held:
        verdict = "unsure"
        why = f"may be {{known}} {how} (cosine {cosine:.2f}, held from {at.held:.2f})"
    else:
        verdict = "clean"
        why = f"the nearest, {{known}}, is about something else (cosine {cosine:.2f})"
    return Decision(verdict, stage, cosine, lexical, (), why)
