"""`unseen verify URL` proves the errata ledger, too: every entry, and the head a release states."""

from __future__ import annotations

import json

import pytest

from scripts.verifying import verify_release
from scripts.verifying_errata import verify_errata
from store.database import session
from store.errata import append, head_of
from store.errors import ReleaseInvalid
from store.releases.keys import Keys
from tests.api.conftest import serving
from tests.building import EARLIER, LATER, NOW, World
from tests.store.weeks import publish_two_weeks


@pytest.fixture
def weeks(tmp_path):
    return publish_two_weeks(World.at(tmp_path))


def enter(weeks, name, action="retire", keys=None):
    world = weeks.world
    with session(world.engine) as work:
        question = weeks.told[name].question.id
        return append(work, question, action, "stale", "as said", keys or world.keys, NOW)


@pytest.fixture
def served(weeks):
    """What the API of three entries serves, and the entries."""
    entries = [enter(weeks, f"pier{n}") for n in range(3)]
    public = {"public_key": weeks.world.keys.public_hex, "key_history": []}
    rows = [one.model_dump(mode="json") for one in entries]
    return rows, public, entries


def prove(rows, public, stated=None):
    def read(name):
        if name == "keys":
            return json.dumps(public).encode()
        after = int(name.partition("after=")[2])
        page = [row for row in rows if row["number"] > after]
        return json.dumps({"items": page, "next": None}).encode()

    manifest = {"week": LATER} | ({"errata": stated} if stated else {})
    return verify_errata(read, manifest, public["public_key"])


def test_over_http_the_sentence_tells_of_errata(weeks):
    enter(weeks, "pier1")
    with serving(weeks.world) as url:
        proof = verify_release(f"{url}/v1/sets/{LATER}", None, None)
    assert proof.n_errata == 1 and proof.sentence().endswith("; 1 errata hold")
    assert proof.as_json()["n_errata"] == 1


def test_in_a_folder_there_is_no_ledger_and_nothing_is_said_of_it(weeks):
    proof = verify_release(str(weeks.folder(EARLIER)), None, None)
    assert proof.n_errata is None and "errata" not in proof.sentence()


def test_a_ledger_that_holds_with_the_head_a_release_states(served):
    rows, public, entries = served
    assert prove(rows, public) == 3
    assert prove(rows, public, {"entries": 2, "head_sha256": head_of(entries[:2])}) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda r: r[:1], "the first 2 entries are not those", id="cut short"),
        pytest.param(lambda r: [], "the first 2 entries are not those", id="emptied"),
        pytest.param(lambda r: [r[0], r[2]], "entry 3 does not follow", id="one taken out"),
        pytest.param(lambda r: [r[0], r[1] | {"why": "x"}, r[2]], "entry 2 is not", id="edited"),
        pytest.param(lambda r: [{"number": 1}], "not of the form we know", id="no entries"),
    ],
)  # fmt: skip
def test_a_ledger_that_was_changed_is_refused(served, change, said):
    rows, public, entries = served
    with pytest.raises(ReleaseInvalid, match=said):
        prove(change(rows), public, {"entries": 2, "head_sha256": head_of(entries[:2])})


def test_another_operator_s_keys_are_refused(served):
    rows, _, _ = served
    stranger = Keys(b"s" * 32, b"s" * 32).public_hex
    with pytest.raises(ReleaseInvalid, match="entry 1 is not signed by the operator"):
        prove(rows, {"public_key": stranger, "key_history": []})


def test_keys_that_do_not_lead_to_the_release_s_are_refused(served):
    _, public, _ = served
    served_there = {"keys": public, "errata?limit=1000&after=0": {"items": [], "next": None}}
    with pytest.raises(ReleaseInvalid, match="not of the line of"):
        verify_errata(lambda n: json.dumps(served_there[n]).encode(), {"week": LATER}, "0" * 64)
