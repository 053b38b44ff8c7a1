"""Keys are replaced without losing what the old ones signed or sealed, whatever dies in between."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from store.errors import StoreError
from store.releases.key_files import rotate_sealing, rotate_signing
from store.releases.keys import Keys
from store.releases.public_keys import read_public
from tests.building import EARLIER, LATER, World
from tests.dying import at_each_call, dies_at, refuse_at
from tests.store.chains import LAST, WEEKS, Weeks
from tests.store.weeks import pier

NOW = datetime(2026, 8, 19, 12, tzinfo=UTC)
#: Calls that change the disk in one rotation, counted by the two tests of that name.
SIGNING_POINTS, SEALING_POINTS = 11, 5


@pytest.fixture
def folder(tmp_path):
    Keys.load(tmp_path / "keys")
    return tmp_path / "keys"


@pytest.fixture
def before(folder):
    """The keys before anything was replaced."""
    return Keys.load(folder)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def everything(folder):
    return b"".join(path.read_bytes() for path in folder.iterdir())


def test_a_new_signing_key_is_endorsed_by_the_old_one_which_is_gone(folder, before):
    line = rotate_signing(folder, NOW)
    after = Keys.load(folder)
    assert after.line == line == read_public(folder)
    assert line.keys == (before.public_hex, after.public_hex)
    assert before.signing_seed.hex().encode() not in everything(folder)
    assert (after.seal, after.old_seals) == (before.seal, ())
    assert names(folder) == ["endorsements.json", "seal.key", "signing.key", "signing.pub"]
    (word,) = json.loads((folder / "endorsements.json").read_text())
    assert word == {
        "format": "unseen-key/1",
        "public_key": after.public_hex,
        "replaces": before.public_hex,
        "since": "2026-08-19T12:00:00+00:00",
        "signature": word["signature"],
    }


def test_secrets_are_for_their_owner_and_public_files_for_all(folder):
    rotate_signing(folder, NOW)
    rotate_sealing(folder)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {
        "endorsements.json": 0o644,
        "seal-1.key": 0o600,
        "seal.key": 0o600,
        "signing.key": 0o600,
        "signing.pub": 0o644,
    }
    public = (folder / "endorsements.json").read_bytes() + (folder / "signing.pub").read_bytes()
    keys = Keys.load(folder)
    assert keys.signing_seed.hex().encode() not in public and keys.seal.hex().encode() not in public


def test_keys_replaced_again_and_again_are_one_line(folder, before):
    for days in (0, 5, 3):
        rotate_signing(folder, NOW + timedelta(days=days))
    line = read_public(folder)
    assert len(line.keys) == 4 and line.keys[0] == before.public_hex
    # A clock that was put back makes no key end before it began.
    since = [each.since for each in line.endorsements]
    assert since == sorted(since)


def test_a_house_that_never_replaced_a_key_says_nothing_of_it(published):
    assert all("key_history" not in json.loads(published.files(week)["manifest.json"])
               for week in (EARLIER, LATER))  # fmt: skip


# --- dying in between -----------------------------------------------------------------------

CALLS = ("fsync", "replace", "link")


def test_the_points_of_a_signing_rotation_are_all_tried(folder, monkeypatch):
    calls = at_each_call(lambda number: None, monkeypatch, CALLS)
    rotate_signing(folder, NOW)
    assert len(calls) == SIGNING_POINTS
    # The new key is on disk for good, then its endorsement; only then it takes the old one's name.
    written, named = ["fsync", "replace", "fsync"], ["replace", "fsync"]
    assert calls == ["fsync", "link", "fsync", *written, *named, *written]


@pytest.mark.parametrize("number", range(1, SIGNING_POINTS + 1))
def test_killed_at_any_point_the_key_is_the_old_or_the_endorsed_new_one(
    folder, before, monkeypatch, number
):
    assert dies_at(number, lambda: rotate_signing(folder, NOW), monkeypatch, CALLS)
    told = read_public(folder)
    after = Keys.load(folder)
    # Readers of the public files were told the truth before anybody loaded the secrets.
    assert told.newest == after.public_hex
    assert after.seal == before.seal
    if after.line is None:
        assert after == before and not (folder / "endorsements.json").exists()
    else:
        assert after.line.keys == (before.public_hex, after.public_hex)
        assert before.signing_seed.hex().encode() not in everything(folder)
    assert not [name for name in names(folder) if name.startswith(".") or "next" in name]
    assert len(rotate_signing(folder, NOW).keys) == (2 if after.line is None else 3)


@pytest.mark.parametrize("number", range(1, SIGNING_POINTS + 1))
def test_a_disk_that_refuses_is_one_sentence_and_no_lost_key(folder, before, monkeypatch, number):
    with monkeypatch.context() as during:
        at_each_call(refuse_at(number), during, CALLS)
        with pytest.raises(StoreError, match="No space left on device"):
            rotate_signing(folder, NOW)
    after = Keys.load(folder)
    assert after == before or (after.line and after.line.keys[0] == before.public_hex)
    assert read_public(folder).newest == after.public_hex


def test_the_points_of_a_sealing_rotation_are_all_tried(folder, monkeypatch):
    calls = at_each_call(lambda number: None, monkeypatch, CALLS)
    rotate_sealing(folder)
    assert calls == ["link", "fsync", "fsync", "replace", "fsync"]
    assert len(calls) == SEALING_POINTS


@pytest.mark.parametrize("number", range(1, SEALING_POINTS + 1))
def test_killed_at_any_point_no_seal_key_is_lost(folder, before, monkeypatch, number):
    assert dies_at(number, lambda: rotate_sealing(folder), monkeypatch, CALLS)
    after = Keys.load(folder)
    assert before.seal in (after.seal, *after.old_seals)
    assert before.salt("q_1") in after.salts("q_1")
    rotate_sealing(folder)
    again = Keys.load(folder)
    assert before.seal in again.old_seals and again.seal != before.seal
    assert len(set(again.old_seals)) == len(again.old_seals)
    assert not [name for name in names(folder) if name.startswith(".")]


# --- keys that do not fit together ----------------------------------------------------------


def test_a_lost_signing_key_is_not_made_anew_once_it_was_endorsed(folder):
    rotate_signing(folder, NOW)
    (folder / "signing.key").unlink()
    with pytest.raises(StoreError, match=r"signing\.key is missing and cannot be made anew"):
        Keys.load(folder)
    assert not (folder / "signing.key").exists()


def test_another_signing_key_than_the_endorsed_one_is_refused(folder):
    rotate_signing(folder, NOW)
    (folder / "signing.key").write_text("11" * 32)
    with pytest.raises(StoreError, match=r"not the key that endorsements\.json leads to"):
        Keys.load(folder)


def test_a_lost_seal_key_is_not_made_anew_once_there_was_another(folder):
    rotate_sealing(folder)
    (folder / "seal.key").unlink()
    with pytest.raises(StoreError, match=r"seal\.key is missing and cannot be made anew"):
        Keys.load(folder)


def test_an_old_seal_key_that_others_can_read_is_refused(folder):
    rotate_sealing(folder)
    (folder / "seal-1.key").chmod(0o644)
    with pytest.raises(StoreError, match=r"seal-1\.key can be read by others; run: chmod 600"):
        Keys.load(folder)


def test_endorsements_that_were_tampered_with_are_refused(folder):
    rotate_signing(folder, NOW)
    path = folder / "endorsements.json"
    for old, new in (("2026-08-19", "2026-08-18"), ("unseen-key/1", "unseen-key/2"), ("[", "{")):
        text = path.read_text()
        path.write_text(text.replace(old, new))
        with pytest.raises(StoreError, match=r"endorsements\.json is not the list"):
            Keys.load(folder)
        path.write_text(text)
    assert Keys.load(folder)


def test_keys_that_lie_in_order_past_nine_stay_in_order(folder):
    seals = [Keys.load(folder).seal]
    for _ in range(11):
        rotate_sealing(folder)
        seals.append(Keys.load(folder).seal)
    keys = Keys.load(folder)
    assert [keys.seal, *keys.old_seals] == seals[::-1]


# --- releases ---------------------------------------------------------------------------------


def test_a_carried_question_keeps_its_commitment_when_the_seal_key_is_replaced(sound):
    of_week = {week: {r["id"]: r["commitment"] for r in rows(sound, week)} for week in WEEKS}
    carried = set(of_week[WEEKS[0]]) & set(of_week[LAST])
    assert len(carried) == 1
    for question in carried:
        assert len({of_week[week][question] for week in WEEKS}) == 1


def rows(chain: Weeks, week: str) -> list[dict]:
    return [json.loads(line) for line in chain.files[week]["sealed.jsonl"].splitlines()]


@pytest.fixture
def sealed_then_rotated(world: World):
    told = [world.tell(pier(number), EARLIER) for number in range(3)]
    world.release(EARLIER, [told[0]], [told[1], told[2]])
    rotate_sealing(world.home / "keys")
    world.keys = Keys.load(world.home / "keys")
    return world, told


def test_without_the_old_seal_key_nothing_is_carried_on_or_revealed(sealed_then_rotated):
    world, told = sealed_then_rotated
    whole, world.keys = world.keys, replace(world.keys, old_seals=())
    with pytest.raises(StoreError, match=f"{told[1].question.id} cannot be carried on"):
        world.release(LATER, [told[0]], [told[1]])
    with pytest.raises(StoreError, match=f"{told[2].question.id} cannot be revealed"):
        world.release(LATER, [told[0]], [], [(told[2], "stale")])
    assert not (world.home / "releases" / LATER).exists()
    world.keys = whole
    world.release(LATER, [told[0]], [told[1]], [(told[2], "stale")])
    assert (world.home / "releases" / LATER).exists()


def test_where_the_first_week_is_not_at_hand_no_seal_key_is_guessed(sealed_then_rotated):
    world, told = sealed_then_rotated
    (world.home / "releases" / EARLIER).rename(world.home / "elsewhere")
    with pytest.raises(StoreError, match=f"{EARLIER} is not at hand to tell which seal key"):
        world.release(LATER, [told[0]], [told[1]])


def test_a_run_that_read_the_keys_before_they_were_replaced_publishes_nothing(world: World):
    told = [world.tell(pier(number), EARLIER) for number in range(2)]
    rotate_signing(world.home / "keys", NOW)
    with pytest.raises(StoreError, match="was replaced since this run began; run it again"):
        world.release(EARLIER, told)
    assert not (world.home / "releases" / EARLIER).exists()
    world.keys = Keys.load(world.home / "keys")
    world.release(EARLIER, told)
