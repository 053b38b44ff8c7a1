import csv
import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyarrow as pa
import pytest
from pyarrow import parquet

from generator.gate.readers import HubCard, HubReader, read_benchmark
from store.errors import BenchmarkError

ROWS = [
    {"id": "1", "question": "Who opened Pier Nine?", "answer": "Lind"},
    {"id": "2", "question": "Which gas do mosses take in?", "answer": "Carbon dioxide"},
]


def read(path, columns=None):
    return read_benchmark(str(path), revision=None, columns=columns or {}, hub=HubReader())


def jsonl(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_csv(path, rows):
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.mark.parametrize("kind", ["jsonl", "jsonl.gz", "csv", "csv.gz", "json", "parquet"])
def test_every_kind_of_file_gives_the_same_questions(tmp_path, kind):
    path = tmp_path / f"piers.{kind.removesuffix('.gz')}"
    if kind.startswith("jsonl"):
        jsonl(path, ROWS)
    elif kind.startswith("csv"):
        write_csv(path, ROWS)
    elif kind == "json":
        path.write_text(json.dumps(ROWS))
    else:
        parquet.write_table(pa.Table.from_pylist(ROWS), path)
    if kind.endswith(".gz"):
        packed = path.with_name(path.name + ".gz")
        packed.write_bytes(gzip.compress(path.read_bytes()))
        path = packed
    found = read(path)
    assert found.name == "piers"
    assert [(row.row_id, row.question, row.answer) for row in found.rows] == [
        (row["id"], row["question"], row["answer"]) for row in ROWS
    ]


@pytest.mark.parametrize(
    ("row", "question", "choices", "answer"),
    [
        pytest.param(
            {"Problem": "Who?", "options": ["a1", "b1"], "correct": "a1", "label": 0},
            "Who?", ("a1", "b1"), "0", id="problem, options, label",
        ),
        pytest.param(
            {"prompt": "Who?", "A": "x1", "B": "y1", "target": "B"},
            "Who?", ("x1", "y1"), "B", id="a column an option",
        ),
        pytest.param(
            {"question": "Who?", "choices": {"text": ["x1", "y1"], "label": ["A", "B"]}},
            "Who?", ("x1", "y1"), None, id="texts and labels",
        ),
        pytest.param(
            {"query": "Who?", "choices": "['x1', 'y1']"},
            "Who?", ("x1", "y1"), None, id="a printed list",
        ),
        pytest.param(
            {"input": [{"role": "system", "content": "Hm."}, {"role": "user", "content": "Who?"}]},
            "Who?", None, None, id="a conversation",
        ),
    ],
)  # fmt: skip
def test_columns_are_guessed(tmp_path, row, question, choices, answer):
    (found,) = read(jsonl(tmp_path / "a.jsonl", [row])).rows
    assert (found.question, found.choices, found.answer) == (question, choices, answer)


def test_columns_can_be_named(tmp_path):
    path = jsonl(tmp_path / "a.jsonl", [{"question": "noise", "frage": "Who?"}])
    assert read(path, {"question": "frage"}).rows[0].question == "Who?"
    with pytest.raises(BenchmarkError, match="there is no column 'nope' for the question"):
        read(path, {"question": "nope"})


def test_a_question_twice_is_kept_once_and_equal_ids_are_told_apart(tmp_path):
    rows = [{"id": "1", "question": "Who?"}, {"id": "1", "question": "Who?"},
            {"id": "1", "question": "Where?"}, {"id": "2", "question": ""}]  # fmt: skip
    found = read(jsonl(tmp_path / "a.jsonl", rows)).rows
    assert [(row.row_id, row.question) for row in found] == [("1", "Who?"), ("1#2", "Where?")]


def test_rows_that_agree_on_a_licence_give_it(tmp_path):
    rows = [{**row, "licence": "CC-BY-4.0"} for row in ROWS]
    assert read(jsonl(tmp_path / "a.jsonl", rows)).licence == "CC-BY-4.0"
    rows[1]["licence"] = "MIT"
    assert read(jsonl(tmp_path / "b.jsonl", rows)).licence is None


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        pytest.param("a.jsonl", b'{"question": "Who?"}\n{oops', "line 2: not JSON", id="no JSON"),
        pytest.param("a.jsonl", b'["Who?"]', "a row must be a JSON object", id="no object"),
        pytest.param("a.jsonl", b'{"hue": "red"}', "the columns are hue", id="no question column"),
        pytest.param("a.jsonl", b"", "the table is empty", id="empty"),
        pytest.param("a.jsonl", b'{"question": " "}', "holds no question", id="blank"),
        pytest.param("a.jsonl.gz", b"not gzip", "cannot be read", id="no gzip"),
        pytest.param("a.parquet", b"PAR1", "is no Parquet file", id="no Parquet"),
        pytest.param("a.xlsx", b"", "is no .jsonl", id="another kind"),
        pytest.param("a.csv", b"\xff\xfe\x00", "cannot be read", id="no UTF-8"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_used_says_why(tmp_path, name, body, why):
    path = tmp_path / name
    path.write_bytes(body)
    with pytest.raises(BenchmarkError, match=why):
        read(path)


def test_a_missing_file_is_not_looked_for_on_the_hub(tmp_path):
    with pytest.raises(BenchmarkError, match="is no file that can be read"):
        read(tmp_path / "missing.jsonl")


COMMIT = "c0ffee" + "0" * 34


@pytest.fixture
def hub_server():
    """A loopback server that answers as the hub's API does."""
    asked = []

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            known = "/api/datasets/tarn/piers" in self.path
            reply = {"id": "tarn/piers", "sha": COMMIT, "cardData": {"license": "cc-by-4.0"}}
            body = json.dumps(reply if known else {"error": "not found"}).encode()
            self.send_response(200 if known else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_commit_of_a_hub_dataset_is_asked_for_once_and_recorded(hub_server):
    from generator.gate.readers import resolve_on_hub

    endpoint, asked = hub_server
    loaded = []

    def load(name, config, commit):
        loaded.append((name, config, commit))
        return {"test": ROWS}

    hub = HubReader(
        resolve=lambda name, revision: resolve_on_hub(name, revision, endpoint), load=load
    )
    found = read_benchmark("tarn/piers:old", revision=None, columns={}, hub=hub)
    assert (found.revision, found.licence, found.name) == (COMMIT, "CC-BY-4.0", "piers-old")
    assert loaded == [("tarn/piers", "old", COMMIT)]
    assert [row.row_id for row in found.rows] == ["test/1", "test/2"]
    assert len(asked) == 1


def test_a_dataset_the_hub_does_not_know_is_an_error(hub_server):
    from generator.gate.readers import resolve_on_hub

    endpoint, _ = hub_server
    hub = HubReader(resolve=lambda name, revision: resolve_on_hub(name, revision, endpoint))
    with pytest.raises(BenchmarkError, match="the hub dataset tarn/nothing cannot be read"):
        read_benchmark("tarn/nothing", revision=None, columns={}, hub=hub)


def test_a_dataset_is_read_by_the_datasets_library(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "piers"
    folder.mkdir()
    jsonl(folder / "test.jsonl", ROWS)
    from generator.gate.readers import load_with_datasets

    splits = load_with_datasets(str(folder), None, COMMIT, cache=tmp_path / "cache")
    assert {split: [row["question"] for row in rows] for split, rows in splits.items()} == {
        "test": [row["question"] for row in ROWS]
    }


def test_without_the_datasets_library_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    hub = HubReader(resolve=lambda name, revision: HubCard(COMMIT, None))
    with pytest.raises(BenchmarkError, match=r'needs the package .*pip install "unseen\[hub\]"'):
        read_benchmark("tarn/piers", revision=None, columns={}, hub=hub)
