"""Who pinned one key of an operator can check what the others signed, and no thief's word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from store.errors import ReleaseInvalid
from store.records import sha256_hex
from store.releases.endorsements import endorse, line_of
from store.releases.keys import Keys
from tests.store.chains import LAST, ROTATED_AT, SIGNED_ANEW, WEEKS, Weeks

NOW = datetime(2026, 8, 19, 12, tzinfo=UTC)


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


def test_who_pinned_the_first_key_can_check_what_the_newest_signed(sound):
    for week in WEEKS:
        proved = sound.verify(week, sound.old.public_hex)
        assert proved.public_key == sound.keys_of(week).public_hex
    alone = Weeks({LAST: sound.files[LAST]}, sound.old, sound.new)
    assert alone.refusal(key=sound.old.public_hex) is None


def test_a_key_that_came_later_holds_for_what_it_signed_and_not_for_what_came_before(
    sound,
):
    newer = sound.new.public_hex
    for week in WEEKS:
        why = sound.refusal(week, newer)
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


def test_what_a_stolen_old_key_signs_is_refused_where_its_successor_is_known(sound):
    weeks = stolen(sound, previous=sound.manifest(WEEKS[2])["previous"])
    why = weeks.refusal("2026-W36")
    assert why and "which was replaced on 2026-08-19" in why
    why = weeks.refusal("2026-W36", sound.old.public_hex)
    assert why and "which was replaced on 2026-08-19" in why
    why = weeks.refusal("2026-W36", sound.new.public_hex)
    assert why and "is not a signature" in why
    # Dated back to the old key's time it is not in the chain of those that lie beside it.
    early = stolen(sound, as_of="2026-08-18T06:00:00+00:00", previous=None)
    why = early.refusal("2026-W36")
    assert why and "is not in its chain" in why


def test_an_earlier_week_that_is_dated_after_its_key_was_replaced_is_refused(sound):
    weeks = sound.copy()
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
    sound,
):
    weeks = sound.copy()
    before = sha256_hex(weeks.files[WEEKS[1]]["manifest.json"])
    link = {"week": WEEKS[1], "manifest_sha256": before}
    weeks.fit(WEEKS[3], lambda m: m.update(previous=link))
    weeks.sign(WEEKS[3])
    for key in (None, sound.old.public_hex, sound.new.public_hex):
        assert f"{WEEKS[2]} lies beside {WEEKS[3]}" in (weeks.refusal(WEEKS[3], key) or "")


def test_alone_nobody_can_know_that_a_key_was_replaced(sound):
    weeks = stolen(sound, previous=None)
    weeks.files = {"2026-W36": weeks.files["2026-W36"]}
    assert weeks.refusal("2026-W36", sound.old.public_hex) is None


def test_a_thief_who_endorses_a_key_of_his_own_is_found_out(sound):
    weeks = sound.copy()
    thief = Keys(b"t" * 32, b"")
    weeks.files["2026-W36"] = dict(sound.files[LAST])
    forged = endorse(sound.old.sign, sound.old.public_hex, thief.public_hex, ROTATED_AT)
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
        assert "endorses two keys" in (weeks.refusal(asked, sound.old.public_hex) or "")
    # Who pins the right successor is not misled, and not held up either.
    assert weeks.refusal(LAST, sound.new.public_hex) is None
    assert "under key" in (weeks.refusal("2026-W36", sound.new.public_hex) or "")


def test_a_week_by_a_stranger_is_not_of_the_chain_even_where_the_operator_follows_it(sound):
    weeks = sound.copy()
    weeks.sign_by_stranger(WEEKS[3])
    link = {
        "week": WEEKS[3],
        "manifest_sha256": sha256_hex(weeks.files[WEEKS[3]]["manifest.json"]),
    }
    weeks.fit(LAST, lambda m: m.update(previous=link))
    weeks.sign(LAST)
    for key in (None, sound.old.public_hex, sound.new.public_hex):
        assert "not of the line of keys" in (weeks.refusal(LAST, key) or "")


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(lambda old, new: [word(old, key(3)), word(key(4), new)], id="with a gap"),
        pytest.param(lambda old, new: [word(old, key(3))], id="to another key"),
        pytest.param(lambda old, new: [word(old, old), word(old, new)], id="of itself"),
        pytest.param(
            lambda old, new: [word(old, key(3), days=2), word(key(3), new, days=1)],
            id="back in time",
        ),
    ],
)
def test_both_verifiers_refuse_a_signed_week_whose_keys_do_not_lead_to_its_own(sound, history):
    weeks = sound.copy()
    weeks.files = {LAST: weeks.files[LAST]}
    weeks.fit(LAST, lambda m: m.update(key_history=history(sound.old, sound.new)))
    weeks.sign(LAST)
    assert "key_history does not lead" in (weeks.refusal(LAST, sound.old.public_hex) or "")
