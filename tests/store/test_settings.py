"""Settings come from the environment, secrets from files too, and a wrong one is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from store.errors import SettingsError
from store.settings import (
    SECRETS,
    Settings,
    environment_with_file,
    load_settings,
    shown,
    unknown_settings,
)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch, tmp_path):
    """Only what a test sets is set, and no `.env` is near."""
    import os

    for name in [name for name in os.environ if name.startswith("UNSEEN_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_without_any_the_defaults_of_the_contract_hold():
    settings = load_settings({})
    assert (settings.home, settings.writer, settings.verifier) == (
        Path("var"),
        "offline",
        "offline",
    )
    assert (settings.questions_per_week, settings.sealed_share) == (200, 0.3)
    assert (settings.schedule, settings.timezone) == ("0 6 * * MON", "UTC")
    assert settings.database == "sqlite:///var/unseen.db"
    assert settings.private_hosts == frozenset() and settings.cutoff is None
    for name in ("captures", "releases", "index", "keys"):
        assert getattr(settings, f"{name}_dir") == settings.home / name == Path("var") / name


def test_the_environment_sets_them(monkeypatch, tmp_path):
    for name, value in {
        "HOME": str(tmp_path / "h"), "CUTOFF": "2026-01-01T00:00:00Z", "QUESTIONS_PER_WEEK": "7",
        "ALLOW_PRIVATE_HOSTS": "127.0.0.1:1, 127.0.0.1:2,", "PUBLIC_URL": "http://u.example/",
        "WRITER": "",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"UNSEEN_{name}", value)
    settings = load_settings()
    assert settings.database == f"sqlite:///{tmp_path / 'h' / 'unseen.db'}"
    assert settings.cutoff and settings.cutoff.isoformat() == "2026-01-01T00:00:00+00:00"
    assert settings.private_hosts == {"127.0.0.1:1", "127.0.0.1:2"}
    assert (settings.questions_per_week, settings.public_url) == (7, "http://u.example")
    assert settings.writer == "offline"  # Empty is as good as not set.


def test_a_dotenv_file_sets_them_and_the_environment_wins(monkeypatch, tmp_path):
    (tmp_path / ".env").write_text("UNSEEN_QUESTIONS_PER_WEEK=5\nUNSEEN_TIMEZONE=Asia/Tokyo\n")
    monkeypatch.setenv("UNSEEN_QUESTIONS_PER_WEEK", "6")
    settings = load_settings()
    assert (settings.questions_per_week, settings.timezone) == (6, "Asia/Tokyo")


def test_a_dotenv_file_that_is_no_text_is_one_sentence(tmp_path):
    (tmp_path / ".env").write_bytes(b"UNSEEN_HOME=\xff\xfe")
    with pytest.raises(SettingsError, match=r"^\.env cannot be read$"):
        load_settings({})


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_come_from_a_file(tmp_path, name):
    (tmp_path / "secret").write_text("sesame://open\n")
    settings = load_settings({f"UNSEEN_{name.upper()}_FILE": str(tmp_path / "secret")})
    assert getattr(settings, name).get_secret_value() == "sesame://open"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_set_twice_or_unreadable_is_named(tmp_path, name):
    variable = f"UNSEEN_{name.upper()}"
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for path in ("missing", "binary"):
        with pytest.raises(SettingsError, match=f"{variable}_FILE cannot be read"):
            load_settings({f"{variable}_FILE": str(tmp_path / path)})
    with pytest.raises(SettingsError, match=f"{variable} and {variable}_FILE are both set"):
        load_settings({variable: "sesame", f"{variable}_FILE": "x"})


@pytest.mark.parametrize("name", SECRETS)
def test_secrets_are_never_shown(name):
    settings = Settings(_env_file=None, **{name: "sesame"})
    everywhere = repr(settings) + str(shown(settings)) + settings.model_dump_json()
    assert "sesame" not in everywhere
    assert shown(settings)[f"UNSEEN_{name.upper()}"] == "(set, hidden)"


def test_every_setting_is_shown():
    assert set(shown(Settings(_env_file=None))) == {
        f"UNSEEN_{name.upper()}" for name in Settings.model_fields
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QUESTIONS_PER_WEEK", "0"), ("QUESTIONS_PER_WEEK", "many"), ("SEALED_SHARE", "1.5"),
        ("SEALED_SHARE", "nan"), ("BUDGET_USD", "-1"), ("BUDGET_CALLS", "1.5"),
        ("CUTOFF", "2026-01-01T00:00:00"), ("CUTOFF", "soon"), ("REQUIRE_KEY", "perhaps"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit_is_named_in_one_sentence(monkeypatch, name, value):
    monkeypatch.setenv(f"UNSEEN_{name}", value)
    with pytest.raises(SettingsError, match=f"^UNSEEN_{name} does not fit: ") as caught:
        load_settings()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("UNSEEN_HOEM", "UNSEEN_HOEM is no setting of Unseen; did you mean UNSEEN_HOME?"),
        (
            "UNSEEN_MODEL_API_KEY_FIEL",
            "UNSEEN_MODEL_API_KEY_FIEL is no setting of Unseen; "
            "did you mean UNSEEN_MODEL_API_KEY_FILE?",
        ),
        ("UNSEEN_XQZ", "UNSEEN_XQZ is no setting of Unseen"),
    ],
)
def test_an_unknown_name_is_reported_with_what_was_meant(name, sentence):
    assert unknown_settings({name: "1", "HOME": "x", "UNSEEN_HOME": "y"}) == [sentence]


def test_every_known_name_is_known():
    known = {f"UNSEEN_{name.upper()}": "" for name in Settings.model_fields}
    files = {f"UNSEEN_{name.upper()}_FILE": "" for name in SECRETS}
    assert unknown_settings(known | files) == []


def test_settings_are_frozen():
    with pytest.raises(ValidationError, match=re.escape("frozen")):
        Settings(_env_file=None).home = Path("elsewhere")  # type: ignore[misc]


def test_names_in_the_env_file_are_looked_at_like_the_environment(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "key").write_text("sk-from-file\n")
    (tmp_path / ".env").write_text(
        f"UNSEEN_QESTIONS_PER_WEEK=5\nUNSEEN_MODEL_API_KEY_FILE={tmp_path / 'key'}\n"
    )
    merged = environment_with_file({"UNSEEN_HOME": "x"})
    assert [s.split(" ")[0] for s in unknown_settings(merged)] == ["UNSEEN_QESTIONS_PER_WEEK"]
    settings = load_settings()
    assert settings.model_api_key.get_secret_value() == "sk-from-file"
