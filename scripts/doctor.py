"""`unseen doctor`: what is in order, and for what is not, what to do."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from scripts.source_list import load_sources
from store.database import open_engine, schema_revisions
from store.errors import UnseenError
from store.settings import (
    Settings,
    environment_with_file,
    load_settings,
    shown,
    unknown_settings,
)

#: Less free disk than this does not hold a week of captures with its index.
MIN_FREE_BYTES = 2_000_000_000
_PACKAGES = ("sqlmodel", "fastapi", "trafilatura", "feedparser", "langchain", "torch", "faiss-cpu")


@dataclass(frozen=True)
class Examined:
    """One thing that was looked at."""

    name: str
    ok: bool
    says: str

    def as_json(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return asdict(self)


def examine(environment: Mapping[str, str]) -> list[Examined]:
    """Look at everything; nothing is changed."""
    try:
        environment = environment_with_file(environment)
        settings = load_settings(environment)
    except UnseenError as error:
        return [Examined("settings", False, str(error))]
    findings = [Examined(name, True, value) for name, value in shown(settings).items()]
    findings += [
        Examined("settings", False, sentence) for sentence in unknown_settings(environment)
    ]
    looks: tuple[tuple[str, Callable[[Settings], Iterator[str]]], ...] = (
        ("versions", _versions),
        ("database", _database),
        ("disk", _disk),
        ("clock", _clock),
        ("sources", _sources),
        ("keys", _keys),
        ("model", _model),
        ("index", _index),
    )
    for name, look in looks:
        try:
            findings += [Examined(name, True, sentence) for sentence in look(settings)]
        except UnseenError as error:
            findings.append(Examined(name, False, str(error)))
    return findings


def _versions(settings: Settings) -> Iterator[str]:
    for package in _PACKAGES:
        yield f"{package} {importlib.metadata.version(package)}"


def _database(settings: Settings) -> Iterator[str]:
    engine = open_engine(settings.database)
    try:
        current, newest = schema_revisions(engine)
    except Exception as error:
        raise UnseenError(f"it cannot be reached: {type(error).__name__}") from error
    if current != newest:
        raise UnseenError(f"schema {current}, newest {newest}; run: unseen db upgrade")
    yield f"{engine.dialect.name}, schema {current}"


def _disk(settings: Settings) -> Iterator[str]:
    if not settings.home.exists():
        raise UnseenError(f"{settings.home} does not exist yet; the first command makes it")
    free = shutil.disk_usage(settings.home).free
    if free < MIN_FREE_BYTES:
        raise UnseenError(f"{free / 1e9:.1f} GB free, a week wants {MIN_FREE_BYTES / 1e9:.0f}")
    yield f"{free / 1e9:.0f} GB free"


def _clock(settings: Settings) -> Iterator[str]:
    now = datetime.now(UTC)
    if now.year < 2026:
        raise UnseenError(f"it says {now:%Y-%m-%d}; set the clock, dates decide what is fresh")
    yield f"{now:%Y-%m-%d %H:%M} UTC"


def _sources(settings: Settings) -> Iterator[str]:
    sources = load_sources(settings.sources)
    yield f"{sum(source.enabled for source in sources)} of {len(sources)} enabled"


def _keys(settings: Settings) -> Iterator[str]:
    for name in ("signing.key", "seal.key"):
        path = settings.keys_dir / name
        if not path.exists():
            yield f"{name} is made at the first release"
        elif path.stat().st_mode & 0o077:
            raise UnseenError(f"{name} can be read by others; run: chmod 600 {path}")
        else:
            yield f"{name} is private"


def _model(settings: Settings) -> Iterator[str]:
    if settings.writer == "offline":
        yield "offline: families by rule, no model is asked"
        return
    from generator.llm import build_model, model_family

    key = settings.model_api_key
    build_model(
        settings.writer,
        base_url=settings.model_base_url,
        api_key=key.get_secret_value() if key else None,
        temperature=0.0,
    )
    if settings.verifier == "offline":
        raise UnseenError("a writer is set but no UNSEEN_VERIFIER: what it writes is only held")
    if model_family(settings.writer) == model_family(settings.verifier):
        raise UnseenError("writer and verifier are of one family; choose another UNSEEN_VERIFIER")
    yield f"{settings.writer} writes, {settings.verifier} verifies"


def _index(settings: Settings) -> Iterator[str]:
    from generator.embeddings import build_embedder
    from generator.gate.gate import open_gate

    embedder = build_embedder(settings.embedder, cache=settings.home / "models")
    gate = open_gate(open_engine(settings.database), settings.index_dir, embedder)
    yield f"{len(gate.index)} known questions, {embedder.name}"
