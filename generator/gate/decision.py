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
from generator.gate.wording import CaseTable

Verdict = Literal["clean", "unsure", "contaminated"]

#: Bumped when the rule or a threshold changes.
DECISION_VERSION = 1

#: Equal answers of these kinds say nothing: half of all such questions share them.
_COMMON_ANSWERS = frozenset({"yes", "no", "true", "false"})


@dataclass(frozen=True)
class Thresholds:
    """Where the rule draws its lines.

    "Design" is the contamination design's own dev-half value (its §3, 5 and 6); "dev" was
    measured by tests/bench/gate_report.py over the 3,248 labelled pairs.
    """

    #: Cosine from which a rewording is a copy. Design: 0.74; dev: at 0.73 the first
    #: news question about another entity is taken for a copy.
    reworded: float = 0.74
    #: The same when exactly one word was replaced. Design.
    one_word: float = 0.85
    #: Cosine from which a copy without its passage is one. Design.
    passage_missing: float = 0.74
    #: A text of more words than this, against one less than half as long, has a passage. Design.
    passage_words: int = 80
    #: Cosine of what two programs say of themselves, from which they are one. Dev: 0.50 finds
    #: 0.98 of the rewritten programs and none of 52 others of the same subject.
    code: float = 0.50
    #: From here a judge is needed on programs. Dev: 5 of the 52 others lie above.
    code_held: float = 0.40
    #: Cosine from which a judge is needed. Design: 95 % of all copies lie above.
    held: float = 0.60
    #: Share of equal words (token_sort_ratio) from which a text was only edited. Design.
    edited: float = 0.85
    #: Share of equal words from which one replaced word weighs more. Design.
    rewritten: float = 0.75
    #: Share of equal words from which a lone negation, an opposite or any capitalised word
    #: counts as an exchanged fact. Dev: rewordings of arithmetic lie at 0.56 to 0.79, changed
    #: facts above 0.8.
    near_verbatim: float = 0.80
    #: Two questions with equal stems are one when this share of their options agrees. Design.
    choices_agree: float = 1 / 3


#: For questions of our own, which are made from the same templates: questions.md, check 15,
#: measured October against November at 0.976, true copies at 0.969; nothing is held.
WITHIN_THE_HOUSE = Thresholds(
    reworded=0.93, one_word=0.93, passage_missing=0.93, held=0.93, code=0.93, code_held=0.93
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
    if one.code or other.code:
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
    if lexical >= at.rewritten and len(found.left) == len(found.right) == 1:
        return _by_cosine(
            "one_word", cosines.whole, at.one_word, lexical, at, "with one word replaced"
        )
    return _by_cosine("reworded", cosines.whole, at.reworded, lexical, at, "in other words")


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
