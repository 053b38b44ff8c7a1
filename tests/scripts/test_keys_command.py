"""`unseen keys`: the public keys in words and as JSON, and replacing them by hand."""

from __future__ import annotations

import json

import pytest

from scripts.cli import main
from store.releases.keys import Keys
from store.releases.public_keys import read_public
from tests.building import AS_OF, EARLIER, LATER, World
from tests.store.weeks import pier


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run a command as a person would: (exit code, stdout, stderr)."""
    monkeypatch.setenv("UNSEEN_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def command(*arguments):
        monkeypatch.setattr("sys.argv", ["unseen", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        shown = capsys.readouterr()
        return int(stopped.value.code or 0), shown.out, shown.err

    return command


@pytest.fixture
def world(tmp_path):
    made = World.at(tmp_path)
    yield made
    made.engine.dispose()


def test_before_the_first_key_there_is_none_to_show(run):
    code, _, refusal = run("keys", "public")
    assert code == 1 and refusal == "unseen: no public key is called 'signing.pub'\n"


def test_what_to_replace_must_be_said(run):
    code, _, refusal = run("keys", "rotate")
    assert code == 2 and "--signing, --sealing or both" in refusal


def test_replaced_keys_are_shown_and_releases_of_both_verify_from_the_first(run, world):
    told = [world.tell(pier(number), EARLIER) for number in range(3)]
    world.release(EARLIER, [told[0]], [told[1]])
    first = world.keys.public_hex
    code, shown, _ = run("keys", "rotate", "--signing", "--sealing")
    world.keys = Keys.load(world.home / "keys")
    second = world.keys.public_hex
    assert code == 0 and second in shown and "kept as seal-1.key" in shown
    (word,) = read_public(world.home / "keys").endorsements
    code, shown, _ = run("keys", "public")
    assert (code, shown) == (0, f"{second} signs now\n{first} signed until {word.since}\n")
    code, shown, _ = run("keys", "public", "--json")
    assert json.loads(shown) == {"public_key": second, "key_history": [word.as_json()]}
    world.release(LATER, [told[2]], [told[1]])
    (world.home / "first.pub").write_text(f"{first}\n")
    for week in (EARLIER, LATER):
        folder = str(world.home / "releases" / week)
        code, shown, _ = run("verify", folder, "--key", str(world.home / "first.pub"))
        assert code == 0 and "the key you named" in shown
    code, _, refusal = run(
        "verify", str(world.home / "releases" / EARLIER), "--key",
        str(world.home / "keys" / "signing.pub"),
    )  # fmt: skip
    assert code == 1 and "is checked with an older one" in refusal


def test_what_is_published_stays_in_its_key_s_time_where_the_clock_is_behind(
    run, world, monkeypatch
):
    told = [world.tell(pier(number), EARLIER) for number in range(2)]
    world.release("2026-W36", told)
    monkeypatch.setattr("scripts.commands.keys.utc_now", lambda: AS_OF[EARLIER])
    assert run("keys", "rotate", "--signing")[0] == 0
    (word,) = read_public(world.home / "keys").endorsements
    assert word.since == AS_OF["2026-W36"].isoformat()
    assert run("verify", str(world.home / "releases" / "2026-W36"))[0] == 0


def test_the_secrets_are_in_no_word_of_it(run, world):
    before = Keys.load(world.home / "keys")
    outputs = [run("keys", "rotate", "--signing", "--sealing"), run("keys", "public", "--json")]
    after = Keys.load(world.home / "keys")
    for _, out, err in outputs:
        for keys in (before, after):
            assert keys.seal.hex() not in out + err
            assert keys.signing_seed.hex() not in out + err
