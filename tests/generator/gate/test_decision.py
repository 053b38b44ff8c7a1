import pytest

from generator.gate.decision import Cosines, decide, side_of
from generator.gate.facets import numbers_across, scattered
from generator.gate.normal import GateQuestion
from generator.gate.thresholds import WITHIN_THE_HOUSE, Thresholds
from generator.gate.wording import CaseTable

#: As alike as two texts can be: only the facts are left to decide.
ALIKE = Cosines(0.976, 0.976, 0.976)


def judged(candidate, known, cosines=ALIKE, **fields):
    left = side_of(GateQuestion(candidate, **fields), CaseTable())
    return decide(left, side_of(GateQuestion(known), CaseTable()), cosines, Thresholds())


@pytest.mark.parametrize(
    ("candidate", "known", "swapped", "why"),
    [
        pytest.param(
            "How many people did the ferry carry in October 2026?",
            "How many people did the ferry carry in November 2026?",
            ("months",),
            "template of tarn/1: november became october",
            id="another month",
        ),
        pytest.param(
            "How many people did the ferry carry on 2026-10-04?",
            "How many people did the ferry carry on 2026-11-04?",
            ("months",),
            "template of tarn/1: november became october",
            id="another month in digits",
        ),
        pytest.param(
            "Which pier reopened on the first Monday of the month?",
            "Which pier reopened on the first Friday of the month?",
            ("weekdays",),
            "template of tarn/1: friday became monday",
            id="another weekday",
        ),
        pytest.param(
            "Who chaired the harbour inquiry in 2025?",
            "Who chaired the harbour inquiry in 2026?",
            ("numbers",),
            "template of tarn/1: 2026 became 2025",
            id="another year",
        ),
        pytest.param(
            "A crew of twelve paints 3 bridges. How long for nine?",
            "A crew of fourteen paints 3 bridges. How long for nine?",
            ("numbers",),
            "template of tarn/1: 14 became 12",
            id="another number in words",
        ),
        pytest.param(
            "Which port did the ferry Wigeon leave in the storm?",
            "Which port did the ferry Garganey leave in the storm?",
            ("names",),
            "template of tarn/1: garganey became wigeon",
            id="another name",
        ),
        pytest.param(
            "What is the longest river that flows through the valley?",
            "What is the shortest river that flows through the valley?",
            ("opposites",),
            "template of tarn/1: shortest became longest",
            id="the opposite",
        ),
        pytest.param(
            "Which of these is a cause of low wages in ports?",
            "Which of these is NOT a cause of low wages in ports?",
            ("negation",),
            'template of tarn/1: "nothing" here, "not" there',
            id="the denial",
        ),
    ],
)
def test_one_exchanged_fact_makes_another_question(candidate, known, swapped, why):
    decision = judged(candidate, known)
    assert (decision.verdict, decision.swapped) == ("clean", swapped)
    assert decision.why("tarn/1") == why
    assert judged(known, candidate).verdict == "clean"


@pytest.mark.parametrize(
    "candidate",
    [
        pytest.param("How many people did the Tarn ferry carry in October 2026?", id="itself"),
        pytest.param("HOW MANY PEOPLE DID THE TARN FERRY CARRY IN OCTOBER 2026", id="capitals"),
        pytest.param("How mnay peolpe did the Tarn fery carry in October 2026?", id="typos"),
        pytest.param(
            "In October 2026, how many people did the Tarn ferry carry?", id="a clause moved"
        ),
        pytest.param(
            "Q: How many people did the Tarn ferry carry in October 2026?\nA:", id="labels"
        ),
    ],
)
def test_an_edit_is_the_same_question(candidate):
    known = "How many people did the Tarn ferry carry in October 2026?"
    assert judged(candidate, known).verdict == "contaminated"


def test_a_rewording_is_the_same_question_by_its_cosine():
    candidate = "What was the number of travellers aboard the boat that autumn?"
    known = "How many people did the ferry carry in the last months of the year?"
    for cosine, verdict in ((0.80, "contaminated"), (0.74, "contaminated"), (0.73, "unsure"),
                            (0.60, "unsure"), (0.59, "clean")):  # fmt: skip
        assert judged(candidate, known, Cosines(cosine, cosine, cosine)).verdict == verdict


def test_who_did_what_to_whom_needs_a_judge():
    decision = judged(
        "The mayor of the town thanked the keeper of the lighthouse twice.",
        "The keeper of the town thanked the mayor of the lighthouse twice.",
    )
    assert (decision.verdict, decision.stage) == ("unsure", "order")


@pytest.mark.parametrize(
    ("left", "right", "moved"),
    [
        pytest.param("tarn beat lull", "lull beat tarn", True, id="turned round"),
        pytest.param("spring tarn beat lull", "tarn beat lull spring", False, id="a clause moved"),
        pytest.param(
            "ash birch cedar dogwood elm",
            "elm birch ash dogwood cedar",
            True,
            id="words everywhere",
        ),
        pytest.param("the tarn of a lull", "a tarn the lull of", False, id="only grammar moved"),
    ],
)
def test_one_moved_clause_is_told_from_words_that_stand_elsewhere(left, right, moved):
    assert scattered(left.split(), right.split()) is moved


@pytest.mark.parametrize(
    ("candidate", "known", "verdict"),
    [
        pytest.param(
            "Who wrote of the ferries to Lull, Tarn and Orrin in the spring?",
            "Who wrote of the ferries to Orrin, Lull and Tarn in the spring?",
            "contaminated",
            id="a list in another order",
        ),
        pytest.param(
            "Who built the long quay of stone in Brell in spring?",
            "Who built the long quay of stone in spring in Brell?",
            "contaminated",
            id="place and time in another order",
        ),
        pytest.param(
            "Who sailed the boat of stone from Tarn to Lull in spring?",
            "Who sailed the boat of stone from Lull to Tarn in spring?",
            "unsure",
            id="from and to exchanged",
        ),
        pytest.param(
            "The keeper of the town taught the mayor of the lighthouse about storms.",
            "The mayor of the town told the keeper of the lighthouse about storms.",
            "unsure",
            id="another word, and two in each other's place",
        ),
    ],
)
def test_what_an_order_of_words_says(candidate, known, verdict):
    assert judged(candidate, known).verdict == verdict


def test_a_swapped_fact_with_the_same_telling_answer_needs_a_judge():
    left = GateQuestion("Who chaired the inquiry of 2025?", answer="Ines Baptiste")
    right = GateQuestion("Who chaired the inquiry of 2026?", answer="ines baptiste")
    sides = [side_of(one, CaseTable()) for one in (left, right)]
    assert decide(*sides, ALIKE, Thresholds()).verdict == "unsure"


def test_a_shared_stem_with_other_options_is_another_question():
    stem = "Which of the following is true?"
    known = side_of(GateQuestion(stem, ("Slate is soft.", "Slate is a metal.")), CaseTable())
    other = side_of(GateQuestion(stem, ("Owls sing.", "Owls swim.")), CaseTable())
    same = side_of(GateQuestion(stem, ("Slate is a metal.", "Slate is soft.")), CaseTable())
    assert decide(other, known, ALIKE, Thresholds()).verdict == "clean"
    assert decide(same, known, ALIKE, Thresholds()).verdict == "contaminated"


def test_a_stem_that_asks_nothing_is_judged_by_its_options():
    known = side_of(
        GateQuestion("Which of these statements is true?", ("Slate is soft.", "Slate is a metal.")),
        CaseTable(),
    )
    asked = "Which one of the following is correct?"
    verdicts = [
        decide(side_of(GateQuestion(asked, options), CaseTable()), known, ALIKE, Thresholds())
        for options in (("Slate is a metal.", "Slate is soft."), ("Owls sing.", "Owls swim."), None)
    ]
    assert [one.verdict for one in verdicts] == ["contaminated", "clean", "unsure"]


def test_a_template_with_other_words_in_it_needs_more_than_a_rewording():
    candidate = "Which drug did the regulator approve for sickle cell disease in the spring?"
    known = "Which drug did the regulator approve for migraine in the spring?"
    near, nearer = Cosines(0.80, 0.80, 0.80), Cosines(0.86, 0.86, 0.86)
    assert judged(candidate, known, near).verdict == "unsure"
    assert judged(candidate, known, nearer).verdict == "contaminated"


def test_questions_that_ask_for_different_things_need_more_than_a_rewording():
    candidate = "Which satellite did Marlow Aerospace put into orbit that week?"
    known = "Which company said it would take over Marlow Aerospace by the end of the year?"
    near, nearer = Cosines(0.83, 0.83, 0.83), Cosines(0.86, 0.86, 0.86)
    assert judged(candidate, known, near).verdict == "unsure"
    assert judged(candidate, known, nearer).verdict == "contaminated"


def test_a_task_in_words_is_not_compared_with_a_program_as_two_programs_are():
    program = 'def apples(basket):\n    """Return the number of apples in a basket."""\n'
    decision = judged("How many apples are in the basket?", program, Cosines(0.5, 0.55, 0.55))
    assert decision.verdict == "clean"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        pytest.param("Combien de passagers le bac a-t-il portés ?", "fr", id="by its label"),
        pytest.param("Сколько пассажиров перевёз паром?", "en", id="by its letters"),
    ],
)
def test_a_question_in_another_language_is_never_clean(question, language):
    decision = judged(question, "Who?", Cosines(0.0, 0.0, 0.0), language=language)
    assert decision.verdict == "unsure"


def test_a_known_question_in_another_language_does_not_hold_english_ones():
    far, near = Cosines(0.1, 0.1, 0.1), Cosines(0.6, 0.6, 0.6)
    assert judged("Who paid the toll?", "谁付了港口的通行费？", far).verdict == "clean"
    assert judged("Who paid the toll?", "谁付了港口的通行费？", near).verdict == "unsure"


def test_a_capital_makes_no_name_of_a_common_word():
    candidate, known = (
        "Do Harbour tolls help the town in a bad year?",
        ("Do Fishing rights help the town in a bad year?"),
    )
    plain = CaseTable(lower=frozenset({"harbour", "tolls", "fishing", "rights"}))
    far = Cosines(0.5, 0.5, 0.5)
    sides = [side_of(GateQuestion(text), plain) for text in (candidate, known)]
    assert "names" not in decide(*sides, far, Thresholds()).swapped


@pytest.mark.parametrize(
    ("left", "right", "cosine", "verdict"),
    [
        pytest.param(
            "What was the toll in October 2026?",
            "What was the toll in November 2026?",
            0.976,
            "clean",
            id="October is not November, however alike",
        ),
        pytest.param(
            "What was the toll in October 2026?",
            "How high was the harbour's charge in October 2026?",
            0.95,
            "contaminated",
            id="a close rewording is a duplicate",
        ),
        pytest.param(
            "To which version does the release Orrin 25.8.0 update quill?",
            "To which version does the release Orrin 25.8.0 update mast?",
            0.93,
            "clean",
            id="another thing in the same words",
        ),
        pytest.param(
            "To which version does the release Orrin 25.8.0 update quill?",
            "To which version does the release Orrin 25.8.0 upgrade quill?",
            0.98,
            "contaminated",
            id="another word for the same thing",
        ),
        pytest.param(
            "What was the toll in October 2026?",
            "How high was the harbour's charge in October 2026?",
            0.80,
            "clean",
            id="sisters of one template are not",
        ),
    ],
)
def test_duplicates_within_the_house(left, right, cosine, verdict):
    sides = [side_of(GateQuestion(text), CaseTable()) for text in (left, right)]
    assert decide(*sides, Cosines.alike(cosine), WITHIN_THE_HOUSE).verdict == verdict


@pytest.mark.parametrize(
    ("left", "right", "differ"),
    [
        pytest.param("23 786 inhabitants", "23786 inhabitants", False, id="a space for thousands"),
        pytest.param("20.000 euros", "20000 euros", False, id="a point for thousands"),
        pytest.param("1,5 miles", "1.5 miles", False, id="a comma for decimals"),
        pytest.param("am 3. Mai", "on May 4", False, id="what may be a day or an hour"),
        pytest.param("im Jahr 2024", "in 2026", True, id="another year"),
        pytest.param("48 amigos", "52 friends", True, id="another number"),
    ],
)
def test_figures_of_two_languages(left, right, differ):
    assert (numbers_across(left, right) is not None) is differ


def test_a_list_without_end_is_read_in_time():
    asked = "Who met " + "Ab Cd, " * 20_000 + "and Ef?"
    assert judged(asked, "Who met Ab Cd?").verdict in ("clean", "unsure", "contaminated")
