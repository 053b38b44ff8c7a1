"""5 schema – the candidate is well formed for its family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import regex

from generator.checks.base import Case, Verdict, failed, passed
from generator.families.traits import TRAITS
from store.languages import spoken_otherwise
from store.records import CANNOT_BE_KNOWN, FALSE_PREMISE
from store.scoring.answers import same_answer

#: How a key's answer is written, by kind. The comparator takes the key's own words before it
#: reads them, so it would not notice a number that is none.
_ANY_FORM = regex.compile(r"(?=.*[\p{L}\p{N}]).+")
_FORMS: dict[str, regex.Pattern[str]] = {
    "number": regex.compile(r"-?\d+(?:\.\d+)?"),
    "date": regex.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?"),
    "abstain": regex.compile(CANNOT_BE_KNOWN),
    "premise": regex.compile(FALSE_PREMISE),
}


@dataclass(frozen=True)
class Schema:
    """Fail on a missing part, a wrong kind of answer, or a length nobody can use."""

    #: Shorter questions name nothing, longer ones are passages (questions.md §2, check 5).
    min_question: int = 20
    max_question: int = 400
    max_answer: int = 120
    #: A list of forty rows with three cells each (§1, document).
    max_list: int = 6_000

    name: ClassVar[str] = "schema"
    version: ClassVar[int] = 3

    def __call__(self, case: Case) -> Verdict:
        """Look at lengths, form and the kind of the answer."""
        candidate = case.candidate
        length = len(candidate.question)
        if not self.min_question <= length <= self.max_question:
            return failed(
                f"the question has {length} characters",
                length,
                threshold=self.max_question if length > self.max_question else self.min_question,
            )
        traits = TRAITS.get(candidate.family)
        if traits is None:
            return failed(f"{candidate.family} is no known family")
        one_line = candidate.question.endswith(("?", ".")) and "\n" not in candidate.question
        if not one_line and not (traits.lines or TRAITS[case.asked_as].lines):
            return failed("the question is not one line that ends in a question mark or stop")
        longest = self.max_list if candidate.key.kind == "json" else self.max_answer
        if len(candidate.key.answer) > longest:
            n_characters = len(candidate.key.answer)
            return failed(
                f"the answer has {n_characters} characters", n_characters, threshold=longest
            )
        if candidate.key.kind not in traits.kinds:
            return failed(
                f"a {candidate.family} question has no answer of kind {candidate.key.kind}"
            )
        if candidate.language != case.document.language:
            return failed(f"asked in {candidate.language} of a text in {case.document.language}")
        if other := spoken_otherwise(case.wording, candidate.language):
            return failed(f"the question is in {other}, its text in {candidate.language}")
        if not candidate.context_spans:
            return failed("no passage is shown")
        if not _FORMS.get(candidate.key.kind, _ANY_FORM).fullmatch(candidate.key.answer):
            return failed(f"{candidate.key.answer!r} is no answer of kind {candidate.key.kind}")
        graded = same_answer(f"Answer: {candidate.key.answer}", candidate.key, candidate.question)
        if graded != "right":
            return failed(f"the key itself, given as a reply, is graded {graded}")
        return passed("well formed")
