from generator.gate.lexical import GRAM_REFERENCES, LexicalIndex

RUN = "the old harbour toll of port mellin was".split()


def words(text):
    return text.split()


def test_a_shared_run_of_eight_words_is_found_wherever_it_stands():
    index = LexicalIndex([words("other words here"), [*words("so"), *RUN, *words("weighed")]], "ab")
    assert index.sharing_grams([*words("in short"), *RUN, *words("high")]) == {1}
    assert index.sharing_grams([*RUN[:7], "raised"]) == set()


def test_a_run_does_not_reach_from_one_reference_into_the_next():
    index = LexicalIndex([RUN[:4], RUN[4:]], "ab")
    assert index.sharing_grams(RUN) == set()


def test_a_run_that_many_references_share_is_boilerplate():
    texts = [[*RUN, f"case{n}"] for n in range(GRAM_REFERENCES)]
    names = [str(n) for n in range(GRAM_REFERENCES)]
    assert LexicalIndex(texts, names).sharing_grams(RUN) == set()
    assert LexicalIndex(texts[1:], names[1:]).sharing_grams(RUN) == set(range(GRAM_REFERENCES - 1))


def test_rare_words_weigh_more_than_common_ones():
    texts = [words("who opened the pier"), words("who opened the wigeon"), words("who sang")]
    index = LexicalIndex(texts, "abc")
    assert index.best([words("who saw the wigeon"), [], words("zebra")], 2) == [[1, 0], [], []]


def test_equal_fingerprints_are_found():
    assert list(LexicalIndex([["a"], ["a"], ["b"]], ["x", "x", "y"]).same_words("x")) == [0, 1]


def test_references_without_words_are_no_trouble():
    index = LexicalIndex([[], []], ["x", "y"])
    assert index.best([["a"]], 5) == [[]]
    assert index.sharing_grams(RUN) == set()
