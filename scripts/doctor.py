"""`unseen doctor`: what is in order, and for what is not, what to do."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine
from sqlmodel import col, select

from api.daemon import lives, pulse
from api.lines import SourceLine
from api.phrases import ago, ahead, between, counted
from api.standings import source_lines
from scripts.source_list import list_in_force, load_sources
from scripts.wiring import Clock, utc_now
from store.database import open_engine, schema_revisions, session
from store.errors import UnseenError
from store.runs import DAEMON, GAP, WEEK, heartbeat_of
from store.settings import (
    Settings,
    environment_with_file,
    load_settings,
    shown,
    unknown_settings,
)
from store.tables import RunRow

#: Less free disk than this does not hold a week of captures with its index.
MIN_FREE_BYTES = 2_000_000_000
#: Gaps further back are history: what they left out is released or lost.
GAPS_OF = timedelta(days=30)
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


def examine(environment: Mapping[str, str], clock: Clock = utc_now) -> list[Examined]:
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
        ("clock", lambda settings: _clock(clock())),
        ("sources", _sources),
        ("contact", _contact),
        ("keys", _keys),
        ("model", _model),
        ("index", _index),
        ("check", _checks),
    )
    for name, look in looks:
        try:
            findings += [Examined(name, True, sentence) for sentence in look(settings)]
        except UnseenError as error:
            findings.append(Examined(name, False, str(error)))
    return [*findings, *_work(settings, clock())]


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


def _clock(now: datetime) -> Iterator[str]:
    if now.year < 2026:
        raise UnseenError(f"it says {now:%Y-%m-%d}; set the clock, dates decide what is fresh")
    yield f"{now:%Y-%m-%d %H:%M} UTC"


def _sources(settings: Settings) -> Iterator[str]:
    sources = load_sources(list_in_force(settings.sources, settings.home))
    yield f"{sum(source.enabled for source in sources)} of {len(sources)} enabled"


def _contact(settings: Settings) -> Iterator[str]:
    if settings.reachable_at is None:
        raise UnseenError(
            "no site can reach you: set UNSEEN_CONTACT to an e-mail address or a page, as several "
            "publishers require of programs"
        )
    yield f"sites reach you at {settings.reachable_at}"


def _keys(settings: Settings) -> Iterator[str]:
    old = sorted(path.name for path in settings.keys_dir.glob("seal-*.key"))
    for name in ("signing.key", "seal.key", *old):
        path = settings.keys_dir / name
        if not path.exists():
            yield f"{name} is made at the first release"
        elif path.stat().st_mode & 0o077:
            raise UnseenError(f"{name} can be read by others; run: chmod 600 {path}")
        else:
            yield f"{name} is private"


def _model(settings: Settings) -> Iterator[str]:
    from scripts.models import models_by_role

    roles = models_by_role(settings)
    asked = {spec for specs in roles.values() for spec in specs}
    if not asked:
        yield "offline: families by rule, no model is asked"
        return
    from generator.budget import read_prices
    from generator.llm import build_model, model_family

    unpriced = asked - read_prices(settings.prices).keys()
    if settings.budget_usd is not None and unpriced:
        names = ", ".join(sorted(unpriced))
        raise UnseenError(f"UNSEEN_BUDGET_USD is set: say what {names} costs in UNSEEN_PRICES")
    key = settings.model_api_key
    for spec in sorted(asked):
        build_model(
            spec,
            base_url=settings.model_base_url,
            api_key=key.get_secret_value() if key else None,
            temperature=0.0,
        )
    if roles["writer"] and not roles["verifier"]:
        raise UnseenError("a writer is set but no UNSEEN_VERIFIER: what it writes is only held")
    if roles["writer"] and model_family(settings.writer) == model_family(settings.verifier):
        raise UnseenError("writer and verifier are of one family; choose another UNSEEN_VERIFIER")
    yield "; ".join(
        f"{role.replace('_', ' ')}: {', '.join(specs)}" for role, specs in roles.items() if specs
    )


def _checks(settings: Settings) -> Iterator[str]:
    from generator.checks import thresholds

    for check, limits in thresholds().items():
        yield check + ": " + ", ".join(f"{name} {value:g}" for name, value in limits.items())


def _index(settings: Settings) -> Iterator[str]:
    from generator.embeddings import build_embedder
    from generator.gate.gate import open_gate

    embedder = build_embedder(settings.embedder, cache=settings.home / "models")
    gate = open_gate(open_engine(settings.database), settings.index_dir, embedder)
    if not gate.calibration.fits(embedder):
        raise UnseenError(
            f"the gate's lines were not drawn with the embedder {embedder.name}: "
            "run `unseen calibrate --pairs FILE` with labelled pairs"
        )
    yield (
        f"{len(gate.index)} known questions of {len(gate.index.benchmarks)} benchmarks, "
        f"{embedder.name}, lines of calibration {gate.calibration.sha256[:12]}"
    )


# --- what the database says of the work that was done --------------------------------------


def _work(settings: Settings, now: datetime) -> Iterator[Examined]:
    """Look at daemon, weeks, sources and gaps, if there is a database that can tell."""
    try:
        engine = open_engine(settings.database)
        current, newest = schema_revisions(engine)
    except UnseenError:
        current, newest = None, ""
    if current != newest:
        # Why, and what to do, was said of the database already.
        return
    looks: tuple[tuple[str, Callable[[], list[Examined]]], ...] = (
        ("daemon", lambda: [_daemon(engine, now)]),
        ("week", lambda: [_week(engine, now)]),
        ("source", lambda: _read(engine, settings, now)),
        ("gap", lambda: _gaps(engine, now)),
    )
    for name, look in looks:
        try:
            yield from look()
        except UnseenError as error:
            yield Examined(name, False, str(error))


def _daemon(engine: Engine, now: datetime) -> Examined:
    sign = heartbeat_of(engine, DAEMON)
    if sign is None:
        return Examined("daemon", True, "it never ran here; start it with: unseen daemon")
    if lives(sign, now):
        where = f"process {sign.pid} on {sign.host}"
        said = f"alive {ago(sign.beat_at, now)}, {where}, for {between(sign.started_at, now)}"
        return Examined("daemon", True, said)
    return Examined("daemon", False, f"{pulse(sign, now)} on {sign.host}; run: unseen daemon")


def _week(engine: Engine, now: datetime) -> Examined:
    """Tell of the week that ran last."""
    query = select(RunRow).where(RunRow.job == WEEK).order_by(col(RunRow.number).desc()).limit(1)
    with session(engine) as work:
        row = work.exec(query).first()
    if row is None:
        return Examined("week", True, "none has run yet; run: unseen week")
    week = row.key.split(" ")[0]
    if row.finished_at is None:
        return Examined("week", True, f"{week} runs for {between(row.started_at, now)}")
    why = f": {row.why}" if row.why else ""
    said = f"{week} {row.state} {ago(row.finished_at, now)}{why}"
    if row.state == "failed":
        return Examined("week", False, f"{said}; run again: unseen week --week {week}")
    return Examined("week", True, said)


def _read(engine: Engine, settings: Settings, now: datetime) -> list[Examined]:
    """Tell of each source that cannot be read, and of the others together."""
    listed = load_sources(list_in_force(settings.sources, settings.home))
    with session(engine) as work:
        lines = source_lines(work, now, listed)
    seen = [line for line in lines if line.listed and line.visited_at]
    failing = sorted((line for line in seen if line.fails), key=lambda line: line.urgency)
    read = len(seen) - len(failing)
    return [
        *(Examined("source", False, _trouble(line, now)) for line in failing),
        Examined("source", True, f"{read} of {counted(len(seen), 'source', 'sources')} read"),
    ]


def _trouble(line: SourceLine, now: datetime) -> str:
    since = f"{line.failing_since:%Y-%m-%d %H:%M} UTC" if line.failing_since else "its first visit"
    visits = counted(line.n_failures, "visit", "visits")
    coming = f", next visit {ahead(line.next_visit_at, now)}" if line.next_visit_at else ""
    return (
        f"{line.name} is failing since {since}, {visits}{coming}: {line.error}; "
        f"look: unseen sources test {line.url}, or leave it: unseen sources disable {line.name}"
    )


def _gaps(engine: Engine, now: datetime) -> list[Examined]:
    """Tell of the times in which nothing ran; they are past, so there is nothing to do."""
    # By their end: the gap of who was away for long began long ago.
    query = select(RunRow).where(RunRow.job == GAP, col(RunRow.finished_at) >= now - GAPS_OF)
    with session(engine) as work:
        rows = list(work.exec(query.order_by(col(RunRow.number))))
    if not rows:
        return [Examined("gaps", True, f"none in the last {GAPS_OF.days} days")]
    return [Examined("gap", True, _gap(row)) for row in rows]


def _gap(row: RunRow) -> str:
    end = f" to {row.finished_at:%Y-%m-%d %H:%M}" if row.finished_at else ""
    return f"{row.started_at:%Y-%m-%d %H:%M}{end} UTC: {row.why or 'no reason was written down'}"
