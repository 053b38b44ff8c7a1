import json
import sys

import pytest
from sqlmodel import col, delete

from generator.gate import benchmarks as benchmarks_module
from generator.gate import shards
from generator.gate.benchmarks import add_benchmark, remove_benchmark
from generator.gate.gate import open_gate
from generator.gate.manifest import CHECKSUM
from generator.gate.normal import GateQuestion
from generator.gate.readers import HubCard, HubReader
from generator.gate.references import list_benchmarks
from store.database import session
from store.errors import BenchmarkError, IndexUnusable, NotFound
from store.records import content_hash
from store.tables import BenchmarkRow, ReferenceRow
from tests.generator.gate.conftest import NOW, QUESTIONS, HashedEmbedder, write_rows


class Killed(BaseException):
    """Stands for the process being killed."""


def add(engine, index_dir, embedder, origin, **options):
    return add_benchmark(engine, index_dir, embedder, str(origin), now=NOW, **options)


def many(n, start=0):
    return [{"id": f"r{i}", "question": f"Who opened pier number {i} of the harbour {i * 7}?"}
            for i in range(start, start + n)]  # fmt: skip


def test_an_added_benchmark_is_listed_with_its_revision(engine, index_dir, hashed, benchmark_file):
    added = add(engine, index_dir, hashed, benchmark_file, licence="MIT")
    assert list_benchmarks(engine) == [added]
    assert (added.name, added.n_rows, added.text_may_be_shown) == ("tarnbench", 6, True)
    assert len(added.revision) == 64
    assert added.added_at == NOW
    assert len(open_gate(engine, index_dir, hashed).index) == 6


def test_progress_is_told_to_the_end(engine, index_dir, hashed, benchmark_file):
    told = []
    add(engine, index_dir, hashed, benchmark_file, progress=lambda done, n: told.append((done, n)))
    assert told[0] == (0, 7)
    assert told[-1] == (7, 7)


def test_adding_again_embeds_nothing(engine, index_dir, hashed, benchmark_file):
    first = add(engine, index_dir, hashed, benchmark_file)
    hashed.texts.clear()
    assert add(engine, index_dir, hashed, benchmark_file) == first
    assert hashed.texts == []


def test_a_licence_found_later_needs_no_embedding(engine, index_dir, hashed, benchmark_file):
    assert not add(engine, index_dir, hashed, benchmark_file).text_may_be_shown
    hashed.texts.clear()
    assert add(engine, index_dir, hashed, "tarnbench", licence="MIT").text_may_be_shown
    assert hashed.texts == []
    (verdict,) = open_gate(engine, index_dir, hashed).judge(
        [GateQuestion(QUESTIONS[4]["question"])]
    )
    assert verdict.nearest.text == QUESTIONS[4]["question"]


def test_a_changed_file_embeds_only_its_new_rows(engine, index_dir, hashed, benchmark_file):
    add(engine, index_dir, hashed, benchmark_file)
    hashed.texts.clear()
    write_rows(benchmark_file, [*QUESTIONS[1:], {"id": "new", "question": "Who built Quay 7?"}])
    changed = add(engine, index_dir, hashed, benchmark_file)
    assert hashed.texts == ["who built quay 7?"]
    gate = open_gate(engine, index_dir, hashed)
    assert (changed.n_rows, len(gate.index)) == (6, 6)
    (verdict,) = gate.judge([GateQuestion(QUESTIONS[0]["question"])])
    assert verdict.nearest is None or verdict.nearest.row_id != "ferry"


def test_an_interrupted_add_goes_on_where_it_stopped(engine, index_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "CHUNK_TEXTS", 4)
    path = write_rows(tmp_path / "piers.jsonl", many(20))
    dying = HashedEmbedder()

    def die(done, total):
        if done >= 12:
            raise Killed

    with pytest.raises(Killed):
        add(engine, index_dir, dying, path, progress=die)
    with pytest.raises(IndexUnusable, match="no reference index yet"):
        open_gate(engine, index_dir, dying)

    second = HashedEmbedder()
    add(engine, index_dir, second, path)
    assert len(dying.texts) == 12
    assert len(second.texts) == 8
    assert not set(dying.texts) & set(second.texts)
    assert len(open_gate(engine, index_dir, second).index) == 20


def test_a_half_added_second_benchmark_closes_the_gate(engine, index_dir, tmp_path, benchmark_file):
    good, dying = HashedEmbedder(), HashedEmbedder()
    add(engine, index_dir, good, benchmark_file)

    def die(done, total):
        raise Killed

    path = write_rows(tmp_path / "piers.jsonl", many(5))
    with pytest.raises(Killed):
        add(engine, index_dir, dying, path, progress=die)
    with pytest.raises(
        IndexUnusable, match="piers is not indexed to the end: run `unseen benchmarks add piers`"
    ):
        open_gate(engine, index_dir, good)
    add(engine, index_dir, good, "piers")
    assert len(open_gate(engine, index_dir, good).index) == 11


def test_a_checkpoint_that_a_crash_damaged_is_made_again(engine, index_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(shards, "CHUNK_TEXTS", 4)
    path = write_rows(tmp_path / "piers.jsonl", many(8))
    dying = HashedEmbedder()

    def die(done, total):
        if done == 4:
            raise Killed

    with pytest.raises(Killed):
        add(engine, index_dir, dying, path, progress=die)
    (chunk,) = index_dir.rglob("*.npz")
    chunk.write_bytes(chunk.read_bytes()[:40])
    again = HashedEmbedder()
    add(engine, index_dir, again, path)
    assert len(again.texts) == 8
    assert len(open_gate(engine, index_dir, again).index) == 8


def test_removing_embeds_nothing_and_leaves_no_trace(
    engine, index_dir, tmp_path, hashed, benchmark_file
):
    add(engine, index_dir, hashed, benchmark_file)
    add(engine, index_dir, hashed, write_rows(tmp_path / "piers.jsonl", many(5)))
    hashed.texts.clear()
    remove_benchmark(engine, index_dir, hashed, "tarnbench")
    assert hashed.texts == []
    assert [one.name for one in list_benchmarks(engine)] == ["piers"]
    assert len(open_gate(engine, index_dir, hashed).index) == 5
    assert [path.name[:5] for path in index_dir.iterdir() if path.is_dir()] == ["piers"]
    with session(engine) as work:
        assert (
            work.exec(
                delete(ReferenceRow).where(col(ReferenceRow.benchmark) == "tarnbench")
            ).rowcount
            == 0
        )


def test_removing_what_is_not_there_says_so(engine, index_dir, hashed):
    with pytest.raises(NotFound, match="no benchmark is called 'nope'"):
        remove_benchmark(engine, index_dir, hashed, "nope")


def test_an_index_without_benchmarks_is_unusable_never_clean(
    engine, index_dir, hashed, benchmark_file
):
    with pytest.raises(IndexUnusable, match="run `unseen benchmarks add FILE`"):
        open_gate(engine, index_dir, hashed)
    add(engine, index_dir, hashed, benchmark_file)
    remove_benchmark(engine, index_dir, hashed, "tarnbench")
    with pytest.raises(IndexUnusable, match="knows no benchmark"):
        open_gate(engine, index_dir, hashed)


def test_two_origins_cannot_share_a_name(engine, index_dir, hashed, benchmark_file, tmp_path):
    add(engine, index_dir, hashed, benchmark_file)
    other = write_rows(tmp_path / "other.jsonl", many(2))
    with pytest.raises(BenchmarkError, match="'tarnbench' is known already"):
        add(engine, index_dir, hashed, other, name="tarnbench")
    assert add(engine, index_dir, hashed, other, name="second").name == "second"


def test_a_hub_revision_is_resolved_at_the_first_add_and_kept(engine, index_dir, hashed):
    asked = []

    def resolve(name, revision):
        asked.append(revision)
        return HubCard(revision or "a" * 40, "mit")

    hub = HubReader(resolve=resolve, load=lambda name, config, commit: {"test": many(3)})
    first = add(engine, index_dir, hashed, "tarn/piers", hub=hub)
    again = add(engine, index_dir, hashed, "tarn/piers", hub=hub)
    assert first == again
    assert (first.revision, first.licence) == ("a" * 40, "MIT")
    assert asked == [None]
    moved = add(engine, index_dir, hashed, "tarn/piers", revision="b" * 40, hub=hub)
    assert moved.revision == "b" * 40


def damage_manifest(index_dir, **changes):
    path = index_dir / "manifest.json"
    manifest = json.loads(path.read_text())
    changed = {key: value for key, value in (manifest | changes).items() if key != CHECKSUM}
    path.write_text(json.dumps(changed | {CHECKSUM: content_hash(changed)}))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        pytest.param(
            {"weights_sha256": "1" * 64}, "made with weights_sha256 1111", id="other weights"
        ),
        pytest.param({"normaliser": 0}, "made with normaliser 0", id="an older normaliser"),
        pytest.param({"dimensions": 3}, "made with dimensions 3", id="vectors of another length"),
        pytest.param({"benchmarks": []}, "not indexed to the end", id="a benchmark is missing"),
        pytest.param({"benchmarks": None}, "cannot be read", id="no manifest at all"),
    ],
)
def test_a_manifest_that_disagrees_closes_the_gate_and_adding_again_opens_it(
    engine, index_dir, hashed, benchmark_file, changes, why
):
    add(engine, index_dir, hashed, benchmark_file)
    damage_manifest(index_dir, **changes)
    with pytest.raises(IndexUnusable, match=why) as refused:
        open_gate(engine, index_dir, hashed)
    assert "run `unseen benchmarks add" in str(refused.value)
    add(engine, index_dir, hashed, benchmark_file)
    assert len(open_gate(engine, index_dir, hashed).index) == 6


@pytest.mark.parametrize("name", ["views.faiss", "views.faiss.sha256", "rows.json", "words.npz"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_file_closes_the_gate_and_adding_again_repairs_it(
    engine, index_dir, hashed, benchmark_file, name, damage
):
    add(engine, index_dir, hashed, benchmark_file)
    (path,) = index_dir.rglob(name)
    body = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            body[: len(body) // 2] if damage == "cut" else bytes([body[0] ^ 1]) + body[1:]
        )
    with pytest.raises(
        IndexUnusable, match="run `unseen benchmarks add tarnbench` to make it again"
    ):
        open_gate(engine, index_dir, hashed)
    add(engine, index_dir, hashed, "tarnbench")
    assert len(open_gate(engine, index_dir, hashed).index) == 6


def test_a_file_that_was_changed_but_still_reads_closes_the_gate(
    engine, index_dir, hashed, benchmark_file
):
    add(engine, index_dir, hashed, benchmark_file)
    (path,) = index_dir.rglob("rows.json")
    rows = json.loads(path.read_text())
    path.write_text(json.dumps(rows | {"row_ids": rows["row_ids"][::-1]}))
    with pytest.raises(IndexUnusable, match="the index of tarnbench is damaged: run"):
        open_gate(engine, index_dir, hashed)


def test_another_embedder_is_refused_and_never_mixed_in(engine, index_dir, hashed, benchmark_file):
    add(engine, index_dir, hashed, benchmark_file)
    other = HashedEmbedder()
    other.weights_sha256 = "2" * 64
    with pytest.raises(IndexUnusable, match="weights_sha256"):
        open_gate(engine, index_dir, other)
    add(engine, index_dir, other, benchmark_file)
    assert len(other.texts) == 7
    with pytest.raises(IndexUnusable):
        open_gate(engine, index_dir, hashed)


def test_rows_that_left_the_database_close_the_gate(engine, index_dir, hashed, benchmark_file):
    add(engine, index_dir, hashed, benchmark_file)
    with session(engine) as work:
        work.exec(delete(ReferenceRow).where(col(ReferenceRow.row_id) == "ferry"))
    with pytest.raises(IndexUnusable, match="holds 5 rows of tarnbench, not 6"):
        open_gate(engine, index_dir, hashed)


def test_a_benchmark_that_left_the_database_closes_the_gate(
    engine, index_dir, hashed, benchmark_file, tmp_path
):
    add(engine, index_dir, hashed, benchmark_file)
    add(engine, index_dir, hashed, write_rows(tmp_path / "piers.jsonl", many(3)))
    with session(engine) as work:
        work.exec(delete(BenchmarkRow).where(col(BenchmarkRow.name) == "piers"))
    with pytest.raises(IndexUnusable, match="holds piers, which the database does not"):
        open_gate(engine, index_dir, hashed)


def test_a_row_that_was_changed_is_not_taken_for_the_indexed_one(
    engine, index_dir, hashed, benchmark_file
):
    add(engine, index_dir, hashed, benchmark_file)
    gate = open_gate(engine, index_dir, hashed)
    with session(engine) as work:
        row = work.exec(
            benchmarks_module.select(ReferenceRow).where(ReferenceRow.row_id == "ferry")
        ).one()
        row.body = {**row.body, "question": "Something else?"}
        work.add(row)
    with pytest.raises(IndexUnusable, match="row ferry of tarnbench is not in the database as it"):
        gate.judge([GateQuestion(QUESTIONS[0]["question"])])


def test_two_writers_do_not_meet(engine, index_dir, hashed, benchmark_file):
    def second_writer(done, total):
        add(engine, index_dir, HashedEmbedder(), benchmark_file)

    with pytest.raises(BenchmarkError, match="another process is changing the reference index"):
        add(engine, index_dir, hashed, benchmark_file, progress=second_writer)


def test_opening_and_judging_unpickles_nothing(engine, index_dir, hashed, benchmark_file):
    seen = []
    watching = [True]
    sys.addaudithook(
        lambda event, arguments: (
            seen.append(arguments) if watching[0] and event == "pickle.find_class" else None
        )
    )
    add(engine, index_dir, hashed, benchmark_file)
    open_gate(engine, index_dir, hashed).judge([GateQuestion("Who opened Pier Nine?")])
    watching[0] = False
    assert seen == []


def test_the_same_rows_give_the_same_index_hash_on_another_day(
    engine, index_dir, hashed, benchmark_file, tmp_path
):
    from datetime import timedelta

    from store.database import open_engine, upgrade

    add(engine, index_dir, hashed, benchmark_file)
    other = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    upgrade(other)
    add_benchmark(
        other, tmp_path / "second", hashed, str(benchmark_file), now=NOW + timedelta(days=1)
    )
    hashes = {
        open_gate(engine, index_dir, hashed).index.sha256,
        open_gate(other, tmp_path / "second", hashed).index.sha256,
    }
    other.dispose()
    assert len(hashes) == 1
