"""The table of benchmarks by name: whole, sourced, readable in the shapes the hub has."""

from __future__ import annotations

import pytest

from generator.gate.benchmarks import add_benchmark
from generator.gate.known import known_benchmarks
from generator.gate.readers import HubCard, HubReader, load_with_datasets
from generator.gate.references import list_benchmarks, open_index
from store.errors import BenchmarkError
from tests.generator.gate.conftest import NOW

COMMIT = "c" * 40
ASKED = "Which quay did the ferry Wigeon leave"
NAMED = ("mmlu", "mmlu_pro", "gsm8k", "math", "arc_challenge", "hellaswag", "truthfulqa",
         "humaneval", "mbpp", "bbh", "simpleqa", "gpqa", "nq_open", "triviaqa", "hotpotqa", "squad",
         "boolq", "winogrande", "commonsenseqa", "openbookqa", "piqa", "ifeval", "mgsm", "drop",
         "strategyqa")  # fmt: skip

#: A row as each dataset's card shows it, with our own words in it; options expected; answer.
ROWS = {
    "mmlu": ({"question": ASKED, "subject": "ports", "choices": ["one", "two"], "answer": 1},
             ("one", "two"), "1"),
    "arc_easy": ({"id": "A_1", "question": ASKED,
                  "choices": {"text": ["one", "two"], "label": ["A", "B"]}, "answerKey": "B"},
                 ("one", "two"), "B"),
    "winogrande": ({"sentence": f"{ASKED} _", "option1": "one", "option2": "two", "answer": "1"},
                   ("one", "two"), "1"),
    "gpqa": ({"Record ID": "r1", "Question": ASKED, "Correct Answer": "one",
              "Incorrect Answer 1": "two", "Incorrect Answer 2": "three",
              "Incorrect Answer 3": "four"}, ("one", "two", "three", "four"), "one"),
    "svamp": ({"ID": "s1", "Body": "Two ferries left.", "Question": ASKED, "Answer": 2.0},
              None, "2.0"),
    "squad": ({"id": "q1", "title": "Ports", "context": "A ferry left quay two.",
               "question": ASKED, "answers": {"text": ["two"], "answer_start": [18]}},
              None, "two"),
    "triviaqa": ({"question": ASKED, "question_id": "t1",
                  "answer": {"value": "two", "aliases": ["2"]}}, None, "two"),
    "nq_open": ({"question": ASKED, "answer": ["two"]}, None, "two"),
    "hellaswag": ({"ind": 4, "ctx": ASKED, "endings": ["one", "two"], "label": "1"},
                  ("one", "two"), "1"),
    "medqa": ({"sent1": ASKED, "ending0": "one", "ending1": "two", "ending2": "three",
               "ending3": "four", "label": 2}, ("one", "two", "three", "four"), "2"),
    "boolq": ({"question": ASKED, "passage": "It left quay two.", "answer": True}, None, "True"),
    "ifeval": ({"key": 7, "prompt": ASKED, "instruction_id_list": ["x"]}, None, None),
}  # fmt: skip


def test_the_table_has_the_benchmarks_people_report():
    known = known_benchmarks()
    assert set(NAMED) <= known.keys() and len(known) >= 25
    assert sum(one.recommended for one in known.values()) >= 20


def test_every_fact_names_where_it_was_read_or_is_marked_unverified():
    for name, one in known_benchmarks().items():
        for read in (one.columns_read, one.licence_read):
            assert not read or (len(read) >= 2 and all(read)), name
        assert one.licence != "unknown" or not one.may_be_shown, name
        if one.recommended:
            assert one.shown, name
    assert not known_benchmarks()["gpqa"].may_be_shown


def hub(tmp_path, rows):
    """A hub with one dataset: a Parquet file a part, read by the real library."""
    import pyarrow as pa
    from pyarrow import parquet

    def load(name, config, commit):
        folder = tmp_path / name.replace("/", "-") / (config or "default")
        folder.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.Table.from_pylist(rows), folder / "test.parquet")
        return load_with_datasets(str(folder), None, commit, tmp_path / "cache")

    return HubReader(lambda name, revision: HubCard(COMMIT, None), load)


@pytest.mark.parametrize("name", ROWS)
def test_rows_of_the_hubs_shape_are_read(tmp_path, engine, index_dir, hashed, name):
    row, choices, answer = ROWS[name]
    known = known_benchmarks()[name]
    benchmark = add_benchmark(
        engine, index_dir, hashed, known.origin, now=NOW, name=name, licence=known.licence,
        columns=known.columns, shown=known.shown, hub=hub(tmp_path, [row]),
    )  # fmt: skip
    assert (benchmark.name, benchmark.revision, benchmark.n_rows) == (name, COMMIT, 1)
    assert benchmark.text_may_be_shown == known.may_be_shown
    index = open_index(engine, index_dir, hashed)
    (found,) = index.fetch([0]).values()
    assert ASKED in found.reference.question
    assert (found.reference.choices, found.reference.answer) == (choices, answer)


def test_parts_are_read_one_after_the_other_and_name_their_rows(
    tmp_path, engine, index_dir, hashed
):
    rows = [{"input": f"{ASKED} on day {number}?", "target": "two"} for number in (1, 2)]
    loaded = []
    one_hub = hub(tmp_path, rows)

    def load(name, config, commit):
        loaded.append(config)
        return one_hub.load(name, config, commit)

    add_benchmark(
        engine, index_dir, hashed, "lukaemon/bbh:dyck_languages+navigate", now=NOW, name="bbh",
        hub=HubReader(one_hub.resolve, load),
    )  # fmt: skip
    assert loaded == ["dyck_languages", "navigate"]
    # The same question in two parts is one reference.
    assert [one.n_rows for one in list_benchmarks(engine)] == [2]


def test_a_column_that_the_hub_no_longer_has_is_named(tmp_path, engine, index_dir, hashed):
    with pytest.raises(BenchmarkError, match="no column 'question_stem' for the question"):
        add_benchmark(
            engine, index_dir, hashed, "allenai/openbookqa:main", now=NOW,
            columns=known_benchmarks()["openbookqa"].columns,
            hub=hub(tmp_path, [{"stem": ASKED, "id": "1"}]),
        )  # fmt: skip
