"""Keys are made once, whole, for their owner only, and never shown."""

from __future__ import annotations

import os

import pytest

from store.errors import StoreError
from store.releases.endorsements import signature_holds
from store.releases.keys import Keys


@pytest.fixture
def keys(tmp_path):
    return Keys.load(tmp_path)


def test_keys_are_made_once_and_then_read_back(tmp_path, keys):
    assert Keys.load(tmp_path) == keys
    assert keys.signing_seed != keys.seal
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "seal.key",
        "signing.key",
        "signing.pub",
    ]


def test_only_their_owner_may_read_them(tmp_path, keys):
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("seal.key", "signing.key")] == [
        0o600,
        0o600,
    ]
    assert (tmp_path / "signing.pub").read_text() == keys.public_hex + "\n"


def test_a_key_that_others_can_read_is_refused(tmp_path, keys):
    (tmp_path / "seal.key").chmod(0o644)
    with pytest.raises(StoreError, match=r"seal\.key can be read by others; run: chmod 600"):
        Keys.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param("xyzzy", "signing.key holds no usable key: it is not hex", id="not hex"),
        pytest.param("ab" * 31, "signing.key holds 31 bytes, a key has 32", id="too short"),
        pytest.param("", "signing.key holds 0 bytes, a key has 32", id="empty"),
    ],
)
def test_a_damaged_key_is_refused_and_not_replaced_or_printed(tmp_path, keys, text, why):
    (tmp_path / "signing.key").write_text(text)
    with pytest.raises(StoreError, match=why) as caught:
        Keys.load(tmp_path)
    assert (tmp_path / "signing.key").read_text() == text
    assert not text or text not in str(caught.value)


def test_a_crash_while_a_key_is_made_leaves_none(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"signing\.key .*No space left"):
        Keys.load(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_of_two_who_make_the_keys_at_once_one_wins(tmp_path):
    def make(n):
        if not (tmp_path / "signing.key").exists():
            (tmp_path / "signing.key").write_text("11" * n)
            (tmp_path / "signing.key").chmod(0o600)
        return bytes(n)

    assert Keys.load(tmp_path, make).signing_seed == b"\x11" * 32


def test_keys_are_never_printed(keys):
    shown = repr(keys) + str(keys) + f"{keys}"
    assert keys.signing_seed.hex() not in shown and repr(keys.seal) not in shown


def test_a_signature_holds_for_its_message_and_key_only(keys, tmp_path):
    other = Keys.load(tmp_path / "other")
    signed = keys.sign(b"week")
    assert signature_holds(b"week", signed, keys.public_hex)
    assert not signature_holds(b"weak", signed, keys.public_hex)
    assert not signature_holds(b"week", signed, other.public_hex)
    for nonsense in ("", "zz", signed[:-2], signed + "00", "é"):
        assert not signature_holds(b"week", nonsense, keys.public_hex)
        assert not signature_holds(b"week", signed, nonsense)


def test_ed25519_is_the_one_of_rfc_8032():
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    keys = Keys(seed, b"")
    assert keys.public_hex == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert keys.sign(b"").startswith("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065")


def test_salts_and_lots_differ_by_question_week_and_key(keys, tmp_path):
    other = Keys.load(tmp_path / "other")
    salts = {k.salt(name) for k in (keys, other) for name in ("q_1", "q_2")}
    lots = {
        k.seal_ticket(week, unit)
        for k in (keys, other)
        for week in ("2026-W33", "2026-W34")
        for unit in ("u1", "u2")
    }
    assert (len(salts), len(lots)) == (4, 8)
    assert all(len(salt) == 32 for salt in salts)
    assert keys.salt("q_1") == keys.salt("q_1")
