"""Keys are replaced without losing what the old ones signed or sealed, whatever dies in between."""

from __future__ import annotations

import errno
import json
import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from store.errors import ReleaseInvalid, StoreError
from store.records import sha256_hex
from store.releases.endorsements import endorse, line_of
from store.releases.key_files import rotate_sealing, rotate_signing
from store.releases.keys import Keys
from store.releases.public_keys import read_public
from tests.building import EARLIER, LATER, World
from tests.store.chains import LAST, ROTATED_AT, SIGNED_ANEW, WEEKS, Weeks
from tests.store.weeks import pier

NOW = datetime(2026, 8, 19, 12, tzinfo=UTC)
KILLED = 9
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


def at_each_call(act, monkeypatch):
    """Call `act(number)` before every call that changes the disk; returns the list of them."""
    seen = []

    def watched(real):
        def call(*args, **options):
            seen.append(real.__name__)
            act(len(seen))
            return real(*args, **options)

        return call

    for name in ("fsync", "replace", "link"):
        monkeypatch.setattr(os, name, watched(getattr(os, name)))
    return seen


def dies_at(number, act, monkeypatch):
    """Run `act` in a process that dies at one call; whether it died."""
    child = os.fork()
    if not child:
        at_each_call(lambda count: count == number and os._exit(KILLED), monkeypatch)
        act()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def test_the_points_of_a_signing_rotation_are_all_tried(folder, monkeypatch):
    calls = at_each_call(lambda number: None, monkeypatch)
    rotate_signing(folder, NOW)
    assert len(calls) == SIGNING_POINTS
    # The new key is on disk for good, then its endorsement; only then it takes the old one's name.
    written, named = ["fsync", "replace", "fsync"], ["replace", "fsync"]
    assert calls == ["fsync", "link", "fsync", *written, *named, *written]


@pytest.mark.parametrize("number", range(1, SIGNING_POINTS + 1))
def test_killed_at_any_point_the_key_is_the_old_or_the_endorsed_new_one(
    folder, before, monkeypatch, number
):
    assert dies_at(number, lambda: rotate_signing(folder, NOW), monkeypatch)
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
    def refuse(count):
        if count == number:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as during:
        at_each_call(refuse, during)
        with pytest.raises(StoreError, match="No space left on device"):
            rotate_signing(folder, NOW)
    after = Keys.load(folder)
    assert after == before or (after.line and after.line.keys[0] == before.public_hex)
    assert read_public(folder).newest == after.public_hex


def test_the_points_of_a_sealing_rotation_are_all_tried(folder, monkeypatch):
    calls = at_each_call(lambda number: None, monkeypatch)
    rotate_sealing(folder)
    assert calls == ["link", "fsync", "fsync", "replace", "fsync"]
    assert len(calls) == SEALING_POINTS


@pytest.mark.parametrize("number", range(1, SEALING_POINTS + 1))
def test_killed_at_any_point_no_seal_key_is_lost(folder, before, monkeypatch, number):
    assert dies_at(number, lambda: rotate_sealing(folder), monkeypatch)
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


# --- the line -------------------------------------------------------------------------------


def key(number: int) -> Keys:
    return Keys(bytes([number]) * 32, b"")


def word(old: Keys, new: Keys, days: int = 0, by: Keys | None = None) -> dict:
    since = NOW + timedelta(days=days)
    return endorse((by or old).sign, old.public_hex, new.public_hex, since).as_json()


@pytest.mark.parametrize(
    ("history", "why"),
    [
        pytest.param([word(key(1), key(2), by=key(3))], "is not endorsed by", id="by a stranger"),
        pytest.param([word(key(1), key(3))], "does not lead", id="to another key"),
        pytest.param(
            [word(key(1), key(3)), word(key(4), key(2))], "does not lead", id="with a gap"
        ),
        pytest.param(
            [word(key(3), key(2)), word(key(1), key(3))], "does not lead", id="in another order"
        ),
        pytest.param(
            [word(key(2), key(1)), word(key(1), key(2))], "does not lead", id="in a circle"
        ),
        pytest.param([word(key(2), key(2))], "does not lead", id="of itself"),
        pytest.param(
            [word(key(1), key(3), days=2), word(key(3), key(2), days=1)],
            "does not lead",
            id="back in time",
        ),
        pytest.param([word(key(1), key(2)) | {"more": "x"}], "no endorsement", id="one key more"),
        pytest.param([word(key(1), key(2)) | {"since": 1}], "no endorsement", id="a number"),
        pytest.param([word(key(1), key(2)) | {"since": "soon"}], "no RFC 3339", id="no time"),
        pytest.param(
            [word(key(1), key(2)) | {"since": "2026-08-19"}], "names no offset", id="no offset"
        ),
        pytest.param(
            [word(key(1), key(2)) | {"replaces": key(1).public_hex.upper()}],
            "not a key of 64 hex digits",
            id="in capitals",
        ),
        pytest.param(["x"], "no endorsement", id="a word"),
        pytest.param({}, "no list of endorsements", id="an object"),
    ],
)
def test_a_line_of_keys_that_does_not_hold_is_refused(history, why):
    with pytest.raises(ReleaseInvalid, match=why):
        line_of(history, key(2).public_hex)


# --- releases -------------------------------------------------------------------------------


def test_who_pinned_the_first_key_can_check_what_the_newest_signed(published_chain):
    for week in WEEKS:
        proved = published_chain.verify(week, published_chain.old.public_hex)
        assert proved.public_key == published_chain.keys_of(week).public_hex
    alone = Weeks({LAST: published_chain.files[LAST]}, published_chain.old, published_chain.new)
    assert alone.refusal(key=published_chain.old.public_hex) is None


def test_a_key_that_came_later_holds_for_what_it_signed_and_not_for_what_came_before(
    published_chain,
):
    newer = published_chain.new.public_hex
    for week in WEEKS:
        why = published_chain.refusal(week, newer)
        if week >= SIGNED_ANEW:
            assert why is None
        else:
            assert "is checked with an older one" in (why or "")


def stolen(chain: Weeks, **changes: object) -> Weeks:
    """Return the chain with a week 36 that a thief of the old key signed."""
    weeks = chain.copy()
    weeks.files["2026-W36"] = dict(chain.files[LAST])

    def forge(manifest: dict) -> None:
        manifest.pop("key_history")
        manifest.update(week="2026-W36", public_key=chain.old.public_hex, **changes)

    weeks.fit("2026-W36", forge)
    weeks.sign("2026-W36", chain.old)
    return weeks


def test_what_a_stolen_old_key_signs_is_refused_where_its_successor_is_known(published_chain):
    weeks = stolen(published_chain, previous=published_chain.manifest(WEEKS[2])["previous"])
    why = weeks.refusal("2026-W36")
    assert why and "which was replaced on 2026-08-19" in why
    why = weeks.refusal("2026-W36", published_chain.old.public_hex)
    assert why and "which was replaced on 2026-08-19" in why
    why = weeks.refusal("2026-W36", published_chain.new.public_hex)
    assert why and "is not a signature" in why
    # Dated back to the old key's time it is not in the chain of those that lie beside it.
    early = stolen(published_chain, as_of="2026-08-18T06:00:00+00:00", previous=None)
    why = early.refusal("2026-W36")
    assert why and "is not in its chain" in why


def test_an_earlier_week_that_is_dated_after_its_key_was_replaced_is_refused(published_chain):
    weeks = published_chain.copy()
    late = "2026-08-20T06:00:00+00:00"
    weeks.fit(WEEKS[2], lambda m: m.update(as_of=late))
    weeks.sign(WEEKS[2])
    for at in (3, 4):
        before = sha256_hex(weeks.files[WEEKS[at - 1]]["manifest.json"])
        link = {"week": WEEKS[at - 1], "manifest_sha256": before}
        weeks.fit(WEEKS[at], lambda m, link=link: m.update(previous=link))
        weeks.sign(WEEKS[at])
    assert f"{WEEKS[2]} is dated {late} and signed by key" in (weeks.refusal() or "")


def test_a_week_of_the_old_key_speaks_against_one_of_the_new_key_that_leaves_it_out(
    published_chain,
):
    weeks = published_chain.copy()
    before = sha256_hex(weeks.files[WEEKS[1]]["manifest.json"])
    link = {"week": WEEKS[1], "manifest_sha256": before}
    weeks.fit(WEEKS[3], lambda m: m.update(previous=link))
    weeks.sign(WEEKS[3])
    for key in (None, published_chain.old.public_hex, published_chain.new.public_hex):
        assert f"{WEEKS[2]} lies beside {WEEKS[3]}" in (weeks.refusal(WEEKS[3], key) or "")


def test_alone_nobody_can_know_that_a_key_was_replaced(published_chain):
    weeks = stolen(published_chain, previous=None)
    weeks.files = {"2026-W36": weeks.files["2026-W36"]}
    assert weeks.refusal("2026-W36", published_chain.old.public_hex) is None


def test_a_thief_who_endorses_a_key_of_his_own_is_found_out(published_chain):
    weeks = published_chain.copy()
    thief = Keys(b"t" * 32, b"")
    weeks.files["2026-W36"] = dict(published_chain.files[LAST])
    forged = endorse(
        published_chain.old.sign, published_chain.old.public_hex, thief.public_hex, ROTATED_AT
    )
    weeks.fit(
        "2026-W36",
        lambda m: m.update(
            week="2026-W36",
            public_key=thief.public_hex,
            key_history=[forged.as_json()],
            previous=None,
        ),
    )
    weeks.sign("2026-W36", thief)
    for asked in (LAST, "2026-W36"):
        assert "endorses two keys" in (weeks.refusal(asked) or "")
        assert "endorses two keys" in (weeks.refusal(asked, published_chain.old.public_hex) or "")
    # Who pins the right successor is not misled, and not held up either.
    assert weeks.refusal(LAST, published_chain.new.public_hex) is None
    assert "under key" in (weeks.refusal("2026-W36", published_chain.new.public_hex) or "")


def test_a_carried_question_keeps_its_commitment_when_the_seal_key_is_replaced(published_chain):
    of_week = {
        week: {r["id"]: r["commitment"] for r in rows(published_chain, week)} for week in WEEKS
    }
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
