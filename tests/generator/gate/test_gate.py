import json
from dataclasses import asdict

import pytest

from generator.gate.benchmarks import add_benchmark
from generator.gate.decision import side_of
from generator.gate.gate import open_gate
from generator.gate.normal import GateQuestion
from tests.generator.gate.conftest import NOW, QUESTIONS, write_rows

CHATTER = "Quick one before lunch, my cousin keeps asking"
DRIVE = "that pretty place we drove past with the dog"
KNOWN = {row["id"]: row["question"] for row in QUESTIONS}


@pytest.mark.parametrize(
    ("question", "row_id"),
    [
        pytest.param(KNOWN["ferry"], "ferry", id="word for word"),
        pytest.param(
            "<|user|>\n" + KNOWN["ferry"].upper() + "\n<|assistant|>",
            "ferry",
            id="in capitals, tagged",
        ),
        pytest.param(
            "How mnay passengers did the Tarn fery cary in October 2024?", "ferry", id="with typos"
        ),
        pytest.param(
            "In October 2024, what was the number of passengers carried by the Tarn ferry?",
            "ferry",
            id="reworded",
        ),
        pytest.param(
            "Three bridges are painted by a crew in twelve days, and every bridge takes 45 litres "
            "of paint. What amount of paint, in litres, is used by the crew over the 12 days?",
            "bridge",
            id="an arithmetic problem reworded",
        ),
        pytest.param(
            "Which grievance of the fishers is shown most clearly by the record above?",
            "speech",
            id="reworded, its passage left out",
        ),
        pytest.param(
            KNOWN["moss"] + "\nA. Helium\nB. Oxygen\nC. Nitrogen\nD. Carbon dioxide",
            "moss",
            id="options in another order",
        ),
    ],
)
def test_a_known_question_is_found_again(real_gate, question, row_id):
    (verdict,) = real_gate.judge([GateQuestion(question)])
    assert verdict.verdict == "contaminated"
    assert (verdict.nearest.benchmark, verdict.nearest.row_id) == ("tarnbench", row_id)
    assert verdict.nearest.text == KNOWN[row_id]
    assert f"same question as tarnbench/{row_id}" in verdict.why


@pytest.mark.parametrize(
    ("question", "swapped"),
    [
        pytest.param(
            KNOWN["ferry"].replace("October", "November"), ("months",), id="another month"
        ),
        pytest.param(KNOWN["ferry"].replace("2024", "2026"), ("numbers",), id="another year"),
        pytest.param(
            KNOWN["longest"].replace("longest", "shortest"), ("opposites",), id="opposite"
        ),
        pytest.param(
            KNOWN["longest"].replace("Orrinland", "Mellinland"), ("names",), id="elsewhere"
        ),
        pytest.param(
            KNOWN["bridge"].replace("45", "52").replace("3 ", "7 "),
            ("numbers",),
            id="other numbers",
        ),
        pytest.param("Which satellite reached its orbit last week?", (), id="another subject"),
    ],
)
def test_a_question_about_other_facts_is_clean(real_gate, question, swapped):
    (verdict,) = real_gate.judge([GateQuestion(question)])
    assert (verdict.verdict, verdict.swapped) == ("clean", swapped)


def test_october_and_november_are_alike_to_the_model_and_told_apart_by_the_guard(real_gate):
    (verdict,) = real_gate.judge([GateQuestion(KNOWN["ferry"].replace("October", "November"))])
    assert verdict.cosine > 0.95
    assert verdict.verdict == "clean"
    assert verdict.why == "template of tarnbench/ferry: october became november"


def test_a_generic_stem_with_other_options_is_clean(real_gate):
    other = GateQuestion(KNOWN["stem"], ("Owls sing at noon.", "Owls swim.", "Owls are fish."))
    same = GateQuestion(
        KNOWN["stem"], ("Slate is a metal.", "Slate melts in rain.", "Slate splits along planes.")
    )
    assert [one.verdict for one in real_gate.judge([other, same])] == ["clean", "contaminated"]


def test_another_language_is_unsure_never_clean(real_gate):
    asked = GateQuestion("Combien de passagers le bac de Tarn a-t-il portés ?", language="fr")
    (verdict,) = real_gate.judge([asked])
    assert verdict.verdict == "unsure"


def test_a_batch_gives_the_verdicts_of_its_members_alone(real_gate):
    batch = [GateQuestion(text) for text in (*KNOWN.values(), "Who opened Quay 7 in 2026?")]
    assert real_gate.judge(batch) == [real_gate.judge([one])[0] for one in batch]
    assert real_gate.judge([]) == []


def test_the_evidence_names_index_thresholds_and_three_pairs(real_gate):
    (verdict,) = real_gate.judge([GateQuestion(KNOWN["ferry"])])
    assert verdict.index_sha256 == real_gate.index.sha256
    assert len(verdict.pairs) == 5 and len(verdict.as_json()["pairs"]) == 3
    assert verdict.pairs[0] == verdict.nearest
    assert verdict.nearest.revision == real_gate.index.benchmarks[0].revision
    told = json.loads(json.dumps(verdict.as_json()))
    assert told["thresholds"] == asdict(real_gate.calibration.thresholds)
    assert told["calibration_sha256"] == real_gate.calibration.sha256
    assert {"verdict", "nearest", "cosine", "lexical", "swapped", "why"} <= set(told)


def test_a_licence_that_forbids_it_keeps_the_text_out_of_the_evidence(
    engine, index_dir, benchmark_file, hashed
):
    add_benchmark(engine, index_dir, hashed, str(benchmark_file), licence="LicenseRef-NC", now=NOW)
    gate = open_gate(engine, index_dir, hashed)
    (verdict,) = gate.judge([GateQuestion(KNOWN["ferry"])])
    assert verdict.verdict == "contaminated"
    assert verdict.nearest.text is None
    assert len(verdict.nearest.text_sha256) == 64
    for text in KNOWN.values():
        assert text not in json.dumps(verdict.as_json())


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("Which rivver is the longest that flows thru Orrinland?", id="rare words"),
        pytest.param(
            f"{CHATTER} what is the longest river that flows through {DRIVE}?",
            id="a run of eight words",
        ),
    ],
)
def test_words_find_what_vectors_miss(engine, index_dir, tmp_path, hashed, question):
    """The vectors mean nothing here, and a hundred other questions stand in the way."""
    chatter = [{"id": f"c{i}", "question": f"{CHATTER} about {DRIVE} {i}?"} for i in range(8)]
    rivers = [
        {"id": f"r{i}", "question": f"Is river {i} the longest, or what is it that flows through?"}
        for i in range(92)
    ]
    path = write_rows(tmp_path / "all.jsonl", [*chatter, *rivers, QUESTIONS[4]])
    add_benchmark(engine, index_dir, hashed, str(path), now=NOW)
    gate = open_gate(engine, index_dir, hashed)
    sides = [side_of(GateQuestion(question), gate.index.cases)]
    (found,) = gate.retrieve(sides, gate.embed(sides))
    assert "longest" in {one.reference.row_id for one in gate.index.fetch(found).values()}


def test_nothing_in_common_is_clean_in_english_only(engine, index_dir, benchmark_file, hashed):
    add_benchmark(engine, index_dir, hashed, str(benchmark_file), now=NOW)
    gate = open_gate(engine, index_dir, hashed)
    verdicts = gate.judge([GateQuestion("Zebra?"), GateQuestion("Zèbre ?", language="fr")])
    assert [one.verdict for one in verdicts] == ["clean", "unsure"]
