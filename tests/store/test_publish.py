"""What a published week says: the same bytes for the same draft, counts that add up, no leak."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import rfc8785
import yaml
from sqlmodel import select

from store.database import open_engine, session, upgrade
from store.errors import ReleaseExists, ReleaseInvalid, ReleaseOutOfOrder, StoreError
from store.records import sha256_hex
from store.releases import merkle
from store.releases.card import dataset_card
from store.releases.chain import Beside
from store.releases.endorsements import signature_holds
from store.releases.keys import Keys
from store.releases.publish import (
    Draft,
    Item,
    Retired,
    manifest_of,
    newest_release,
    publish,
    question_leaves,
    release_files,
)
from store.releases.verify import verify
from store.tables import ReleaseItemRow, RetirementRow
from tests.building import AS_OF, CUTOFF, EARLIER, LATER
from tests.store.weeks import SECRET, pier

FILES = {
    "README.md", "manifest.json", "manifest.sig", "provenance.jsonl", "questions.jsonl",
    "questions.parquet", "retired.jsonl", "sealed.jsonl",
}  # fmt: skip


def rows(body):
    return [json.loads(line) for line in body.splitlines()]


@pytest.fixture
def draft(world):
    items = [
        Item(world.tell(pier(number), EARLIER).question, EARLIER, number == 0, {"id": number})
        for number in range(4)
    ]
    return Draft(EARLIER, AS_OF[EARLIER], CUTOFF, items, statement={"policy": {"target": 4}})


def test_a_week_has_exactly_its_files(published):
    assert set(published.files(EARLIER)) == set(published.files(LATER)) == FILES


def test_the_manifest_is_canonical_signed_and_hashes_every_other_file(published):
    files = published.files(LATER)
    manifest = json.loads(files["manifest.json"])
    assert rfc8785.dumps(manifest) == files["manifest.json"]
    signature = files["manifest.sig"].decode().strip()
    assert signature_holds(files["manifest.json"], signature, published.world.keys.public_hex)
    assert manifest["files"] == {
        name: {"sha256": sha256_hex(body), "bytes": len(body)}
        for name, body in files.items()
        if not name.startswith("manifest.")
    }


def test_the_tree_is_over_the_canonical_rows_open_and_sealed_by_id(published):
    files = published.files(EARLIER)
    every = rows(files["questions.jsonl"]) + rows(files["sealed.jsonl"])
    leaves = [rfc8785.dumps(row) for row in sorted(every, key=lambda row: row["id"])]
    assert question_leaves(files["questions.jsonl"], files["sealed.jsonl"]) == leaves
    stated = json.loads(files["manifest.json"])["merkle"]
    assert (stated["root"], stated["size"]) == (merkle.root(leaves).hex(), 7)


def test_a_week_names_the_one_before_by_its_hash(published):
    first, second = (json.loads(published.files(w)["manifest.json"]) for w in (EARLIER, LATER))
    assert first["previous"] is None
    assert second["previous"] == {
        "week": EARLIER,
        "manifest_sha256": sha256_hex(published.files(EARLIER)["manifest.json"]),
    }


def test_the_counts_add_up_and_tell_no_family_of_a_sealed_question(published):
    counts = json.loads(published.files(EARLIER)["manifest.json"])["counts"]
    assert counts == {"open": 5, "sealed": 2, "retired": 0, "families": {"number": 5}}


def test_rows_are_sorted_by_id(published):
    for week in (EARLIER, LATER):
        for name in ("questions.jsonl", "sealed.jsonl", "retired.jsonl", "provenance.jsonl"):
            ids = [row["id"] for row in rows(published.files(week)[name])]
            assert ids == sorted(ids)


def test_the_sealed_answer_is_in_no_file_of_any_week(published):
    for week in (EARLIER, LATER):
        for name, body in published.files(week).items():
            assert SECRET.encode() not in body, f"{week}/{name}"


def test_the_retired_answer_is_sealed_in_the_first_week_and_revealed_in_the_second(published):
    retiring = published.told["retiring"].question
    spelt = retiring.aliases[0].encode()
    assert not [name for name, body in published.files(EARLIER).items() if spelt in body]
    assert [name for name, body in published.files(LATER).items() if spelt in body] == [
        "retired.jsonl"
    ]
    (sealed,) = (
        row for row in rows(published.files(EARLIER)["sealed.jsonl"]) if row["id"] == retiring.id
    )
    (revealed,) = rows(published.files(LATER)["retired.jsonl"])
    assert (revealed["id"], revealed["commitment"]) == (retiring.id, sealed["commitment"])


def test_a_carried_question_keeps_its_id_commitment_and_first_release(published):
    before, after = (
        {row["id"]: row for row in rows(published.files(week)["sealed.jsonl"])}
        for week in (EARLIER, LATER)
    )
    carried = published.told["sealed"].question.id
    assert before[carried] | {"release": LATER} == after[carried]


def test_the_database_knows_what_each_week_carries(published):
    with session(published.world.engine) as work:
        items = {(i.week, i.question_id): i for i in work.exec(select(ReleaseItemRow))}
        gone = work.exec(select(RetirementRow)).one()
    sealed, retiring = (published.told[name].question.id for name in ("sealed", "retiring"))
    assert len(items) == 7 + 2
    assert (items[EARLIER, sealed].role, items[LATER, sealed].role) == ("new", "anchor")
    assert {key for key, item in items.items() if item.sealed} == {
        (EARLIER, sealed), (EARLIER, retiring), (LATER, sealed)
    }  # fmt: skip
    assert (gone.question_id, gone.week, gone.why) == (retiring, LATER, "end of its six weeks")


def test_the_order_of_a_draft_does_not_matter(draft, world):
    turned = replace(draft, items=draft.items[::-1])
    files, again = release_files(draft, world.keys), release_files(turned, world.keys)
    assert {k: v for k, v in files.items() if k != "provenance.jsonl"} == {
        k: v for k, v in again.items() if k != "provenance.jsonl"
    }
    assert manifest_of(draft, files, None, "k") == manifest_of(turned, files, None, "k")


def test_the_same_draft_gives_the_same_bytes_in_another_house(draft, world, database_url, tmp_path):
    other = open_engine(database_url)
    upgrade(other)
    publish(draft, tmp_path / "one", world.engine, world.keys)
    publish(draft, tmp_path / "two", other, world.keys)
    other.dispose()
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / place / EARLIER).iterdir()}
        for place in ("one", "two")
    )
    assert one == two


def test_a_statement_cannot_replace_what_is_counted(draft, world):
    lying = replace(draft, statement={"counts": {"open": 999}, "week": "2030-W01", "note": "x"})
    manifest = manifest_of(lying, release_files(lying, world.keys), None, "k")
    assert (manifest["week"], manifest["counts"]["open"], manifest["note"]) == (EARLIER, 3, "x")


def test_a_week_is_published_once(draft, world):
    root = world.home / "releases"
    note = publish(draft, root, world.engine, world.keys)
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    with pytest.raises(ReleaseExists, match=f"release {EARLIER} is already published and never"):
        publish(replace(draft, items=draft.items[:1]), root, world.engine, world.keys)
    assert before == {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    assert newest_release(world.engine) == note


def test_a_week_is_never_put_before_one_that_is_published(draft, world):
    root = world.home / "releases"
    publish(replace(draft, week=LATER), root, world.engine, world.keys)
    with pytest.raises(ReleaseOutOfOrder, match=f"{EARLIER} cannot be published after {LATER}"):
        publish(draft, root, world.engine, world.keys)
    assert [path.name for path in root.iterdir() if path.is_dir()] == [LATER]


def test_a_draft_that_names_a_question_twice_is_refused_before_anything_is_written(draft, world):
    root = world.home / "releases"
    twice = replace(draft, items=[*draft.items, replace(draft.items[0], sealed=False)])
    gone = replace(draft, retired=[Retired(draft.items[0].question, EARLIER, "stale")])
    for wrong in (twice, gone):
        with pytest.raises(StoreError, match=f"release {EARLIER} names a question twice"):
            publish(wrong, root, world.engine, world.keys)
    assert not root.exists()


def test_another_seal_key_gives_other_commitments_and_nothing_else(draft, world):
    others = Keys(world.keys.signing_seed, b"x" * 32)
    mine, theirs = release_files(draft, world.keys), release_files(draft, others)
    assert [name for name in mine if mine[name] != theirs[name]] == ["sealed.jsonl"]


def test_the_card_is_yaml_that_hubs_read_norwegian_included(draft):
    items = [
        replace(item, question=item.question.model_copy(update={"language": language}))
        for item, language in zip(draft.items, ["en", "no", "en", "de"], strict=True)
    ]
    _, head, text = dataset_card(EARLIER, items).split("---\n", 2)
    front = yaml.safe_load(head)
    assert front["language"] == ["de", "en", "no"]
    assert front["configs"][0]["data_files"] == [{"split": "test", "path": "questions.parquet"}]
    assert "3 open and 1 sealed" in text and "| CC-BY-4.0 (Tarn Gazette) | 3 |" in text


def test_an_answer_that_is_not_the_sealed_one_is_never_revealed(draft, world):
    root = world.home / "releases"
    publish(draft, root, world.engine, world.keys)
    (sealed,) = [item.question for item in draft.items if item.sealed]
    changed = sealed.model_copy(update={"answer": "999", "target": "999"})
    later = replace(
        draft, week=LATER, items=draft.items[1:], retired=[Retired(changed, EARLIER, "x")]
    )
    with pytest.raises(StoreError, match=f"{sealed.id} cannot be revealed"):
        publish(later, root, world.engine, world.keys)
    other_key = replace(world.keys, seal=bytes(32))
    honest = replace(later, retired=[Retired(sealed, EARLIER, "x")])
    with pytest.raises(StoreError, match="the seal key is not the one"):
        publish(honest, root, world.engine, other_key)
    assert not (root / LATER).exists()
    publish(honest, root, world.engine, world.keys)


def test_a_revealed_answer_is_compared_with_what_the_earlier_week_sealed(draft, world):
    root = world.home / "releases"
    publish(draft, root, world.engine, world.keys)
    (sealed,) = [item.question for item in draft.items if item.sealed]
    later = replace(
        draft, week=LATER, items=draft.items[1:], retired=[Retired(sealed, EARLIER, "x")]
    )
    publish(later, root, world.engine, world.keys)

    def read(name):
        return (root / LATER / name).read_bytes()

    def forged(name):
        body = (root / EARLIER / name).read_bytes()
        return (
            body if name != "sealed.jsonl" else body.replace(b'"commitment":"', b'"commitment":"0')
        )

    def beside(change):
        return Beside(lambda week: change if week == EARLIER else None, [EARLIER])

    assert verify(read, beside=beside(lambda name: (root / EARLIER / name).read_bytes()))
    with pytest.raises(ReleaseInvalid, match=f"{EARLIER}/sealed.jsonl is not the file that was"):
        verify(read, beside=beside(forged))
