"""What one verdict costs, and that hostile replies cost in proportion to their length.

Not collected by default: `pytest tests/bench/bench_answers.py -p no:xdist`.
"""

from __future__ import annotations

import time
from typing import get_args

import pytest

from store.records import AnswerKey, AnswerKind
from store.scoring.answers import same_answer
from store.scoring.cleaning import LONGEST_REPLY

KINDS: list[AnswerKind] = list(get_args(AnswerKind))
PROSE = "The council met in Turku and spoke of the lift, which had cost 6.4 million euros by then. "
FOREIGN = "Der Rat tagte – „früh“ – in Zürich und sprach über den Lift, der 6,4 Mio. € kostete. "
HOSTILE = [
    " ", "a", "1", "(", "[", "*", "_", "\\boxed{", "$", "$a", "Answer: ", "Answer:\n", "\n", "1,",
    "1 ", "111 ", "1.", "1/", "1-", "- ", ". ", "a.", "A ", "{", '{"a":', "```", "not ", "one ",
    "one and ", "1 or ", "May ", "1 May ", "Turku ", "é", "\u0301", "\u0301\u0316", "\ufdfa",
    "\u200b", "a; ", "it is ", "the ", "the text does not say ", "the question false premise ",
    "= ", "at least ", "$1 ", "5 km ", "12:00 ", "1²", "answer", "\\frac{", "\\", "[a](", "Mr. ",
    "2026-", "1h", "P1Y", '"',
]  # fmt: skip


def key_of(kind: AnswerKind) -> AnswerKey:
    if kind == "choice":
        return AnswerKey(answer="Turku", kind=kind, choices=("Porto", "Turku"), answer_index=1)
    spec = {"correction": ["Turku"]} if kind == "premise" else {}
    return AnswerKey(answer="Turku" if kind == "text" else "[1]", kind=kind, spec=spec)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prose", [PROSE, FOREIGN], ids=["ascii", "foreign"])
def test_the_time_of_one_verdict(benchmark, kind, prose):
    reply = (prose * 300)[: LONGEST_REPLY - 40] + "\nAnswer: 6.4 million euros in Turku"
    benchmark(same_answer, reply, key_of(kind), "How many million euros?")


@pytest.mark.parametrize("opening", ["", "Answer: "], ids=["unmarked", "marked"])
@pytest.mark.parametrize("piece", HOSTILE, ids=repr)
def test_twice_the_length_costs_about_twice_the_time(piece, opening):
    def seconds(length: int) -> float:
        reply = opening + (piece * length)[: length - len(opening)]
        rounds = []
        for _ in range(5):
            start = time.process_time()
            for kind in KINDS:
                same_answer(reply, key_of(kind))
            rounds.append(time.process_time() - start)
        return min(rounds)

    # Linear time gives 2, quadratic 4; the millisecond keeps noise out of tiny times.
    assert seconds(LONGEST_REPLY) + 1e-3 < 3 * (seconds(LONGEST_REPLY // 2) + 1e-3)
