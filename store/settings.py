"""Every setting, from the environment or `.env`; read in `scripts` and at the API's start only."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AwareDatetime, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from store.errors import SettingsError

PREFIX = "UNSEEN_"

#: What a role is set to that asks no model.
OFFLINE = "offline"

#: Settings whose value is never printed and may also come from a file named by NAME_FILE.
SECRETS = ("model_api_key", "database_url")

#: Names read elsewhere: tests and the shell scripts.
_ALSO_KNOWN = frozenset({"UNSEEN_CORPORA"})


class Settings(BaseSettings):
    """The settings of one process, frozen; `UNSEEN_HOME` is field `home`, and so on."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True
    )

    #: Database, captures, releases, index, keys.
    home: Path = Path("var")
    #: SQLAlchemy URL; SQLite in `home` when empty.
    database_url: SecretStr | None = None
    #: TOML file of sources; the built-in list when empty.
    sources: Path | None = None
    #: Documents first published before this instant are not used; 180 days before the week.
    cutoff: AwareDatetime | None = None
    #: A LangChain model string, or "offline".
    writer: str = OFFLINE
    verifier: str = OFFLINE
    #: Reads again where the verifier is in two minds.
    second_verifier: str = OFFLINE
    #: Models that guess without the passage, separated by commas; the verifier and the writer
    #: when empty, "offline" for none.
    guessers: str = ""
    #: Rewords questions; the verifier's model when empty, "offline" for none.
    paraphraser: str = ""
    #: Compares a question with known benchmark items; the verifier's model when empty.
    judge: str = ""
    model_base_url: str | None = None
    model_api_key: SecretStr | None = None
    #: A sentence-transformers name or folder; the packaged MiniLM when empty.
    embedder: str | None = None
    questions_per_week: int = Field(default=200, ge=1)
    sealed_share: float = Field(default=0.3, ge=0, le=1)
    budget_usd: float | None = Field(default=None, ge=0)
    budget_calls: int | None = Field(default=None, ge=0)
    #: US dollars for a million tokens, "MODEL=IN/OUT", separated by commas.
    prices: str = ""
    #: One model call may take so many seconds; a local model may need more.
    model_timeout_s: float = Field(default=60.0, gt=0, le=3_600)
    #: Model calls under way at a time.
    model_concurrency: int = Field(default=16, ge=1, le=256)
    public_url: str = "http://127.0.0.1:8000"
    executor: str = "local"
    #: `host:port` pairs, separated by commas, that may be fetched although not public.
    allow_private_hosts: str = ""
    schedule: str = "0 6 * * MON"
    timezone: str = "UTC"
    #: An e-mail address or page for the User-Agent, so that a site can reach the operator.
    contact: str | None = None
    require_key: bool = False

    @field_validator("public_url", "model_base_url")
    @classmethod
    def _no_trailing_slash(cls, value: str | None) -> str | None:
        return value.rstrip("/") if value else value

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        if self.database_url:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.home / 'unseen.db'}"

    @property
    def reachable_at(self) -> str | None:
        """Where a site reaches the operator: the contact, else a public address of the API."""
        if self.contact:
            return self.contact
        host = urlsplit(self.public_url).hostname or ""
        return None if host in ("127.0.0.1", "localhost", "::1") else self.public_url

    @property
    def captures_dir(self) -> Path:
        """Where captured bytes lie."""
        return self.home / "captures"

    @property
    def releases_dir(self) -> Path:
        """Where published weeks lie."""
        return self.home / "releases"

    @property
    def index_dir(self) -> Path:
        """Where the reference index lies."""
        return self.home / "index"

    @property
    def keys_dir(self) -> Path:
        """Where the signing and seal keys lie."""
        return self.home / "keys"

    @property
    def private_hosts(self) -> frozenset[str]:
        """The `host:port` pairs that may be fetched although not public."""
        return frozenset(
            part.strip() for part in self.allow_private_hosts.split(",") if part.strip()
        )


def environment_with_file(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment over what `.env` says: names of both are looked at alike."""
    try:
        from_file = dotenv_values(".env")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f".env cannot be read: {error}") from error
    return {name: value for name, value in from_file.items() if value is not None} | dict(
        environment
    )


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        environment: Where `NAME_FILE` secrets are looked up; the process's own when None.

    Raises:
        SettingsError: A value does not fit, in one sentence that names it.
    """
    environment = environment_with_file(os.environ) if environment is None else environment
    from_files: dict[str, Any] = {}
    for name in SECRETS:
        variable = f"{PREFIX}{name.upper()}"
        if path := environment.get(f"{variable}_FILE"):
            if variable in environment:
                raise SettingsError(f"{variable} and {variable}_FILE are both set; keep one")
            try:
                from_files[name] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                raise SettingsError(f"{variable}_FILE cannot be read: {path}") from error
    try:
        return Settings(**from_files)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(".env cannot be read") from error
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{PREFIX}{'_'.join(str(part) for part in first['loc']).upper()}"
        raise SettingsError(f"{name} does not fit: {first['msg']}") from error


def unknown_settings(environment: Mapping[str, str]) -> list[str]:
    """Return one sentence for each `UNSEEN_*` name that nothing reads."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | _ALSO_KNOWN
    known |= {f"{PREFIX}{name.upper()}_FILE" for name in SECRETS}
    sentences = []
    for name in sorted(name for name in environment if name.startswith(PREFIX)):
        if name not in known:
            # Without the prefix, which is alike in all of them.
            endings = [one.removeprefix(PREFIX) for one in sorted(known)]
            close = difflib.get_close_matches(name.removeprefix(PREFIX), endings, n=1)
            hint = f"; did you mean {PREFIX}{close[0]}?" if close else ""
            sentences.append(f"{name} is no setting of Unseen{hint}")
    return sentences


def shown(settings: Settings) -> dict[str, str]:
    """Return every setting as text, secrets hidden."""
    return {
        f"{PREFIX}{name.upper()}": "" if value is None else _shown(value)
        for name, value in ((name, getattr(settings, name)) for name in Settings.model_fields)
    }


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set, hidden)"
    return value.isoformat() if isinstance(value, datetime) else str(value)
