"""Whatever a source does, the week is made of the others, and the reason is written down."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import select

from scripts.cli import main
from scripts.weekly import WeekReport, check, collect, generate, run_week
from scripts.wiring import House, plan_week
from store.captures import BlobStore
from store.database import session
from store.errors import IndexUnusable, StoreError
from store.records import Source, SourceReport
from store.tables import RunRow
from tests.houses import add_sample_benchmark, house_at, silent
from tests.newsroom import feeds, newsroom

AS_OF = datetime(2026, 3, 23, tzinfo=UTC)
BAD_PAGES = ("future-date", "empty", "no-date", "binary")


def _bad(base: str, name: str, path: str, **extra: str) -> Source:
    fields = {"kind": "feed", "licence": "CC0-1.0", "attribution": "nobody"} | extra
    url = path if path.startswith("http") else base + path
    return Source.model_validate({"name": name, "url": url} | fields)


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass(frozen=True)
class Made:
    house: House
    report: WeekReport

    def of(self, source: str) -> SourceReport:
        return next(report for report in self.report.reports if report.source == source)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    closed = _closed_port()
    with newsroom(date(2026, 3, 23), items=12) as base, pytest.MonkeyPatch.context() as patch:
        patch.delenv("OPENAI_API_KEY", raising=False)
        selector = ", ".join(f'a[href$="{name}.html"]' for name in BAD_PAGES)
        sources = (
            _bad(base, "gone", f"http://127.0.0.1:{closed}/feed.xml"),
            _bad(base, "html", "/faults/not-xml"),
            _bad(base, "bomb", "/faults/entity-bomb.xml"),
            _bad(base, "broken", "/faults/500"),
            _bad(base, "metadata", "/faults/to-metadata"),
            _bad(base, "pages", "/faults/", kind="page", links=selector),
            *(source for source in feeds(base) if source.name in ("wire", "node")),
        )
        hosts = f"{base.removeprefix('http://')},127.0.0.1:{closed}"
        # A writer without a key, and an index with a byte of its vectors turned over.
        house = house_at(tmp_path_factory.mktemp("bad"), sources, hosts, writer="openai:gpt-x")
        add_sample_benchmark(house)
        for path in house.settings.index_dir.rglob("*.faiss"):
            path.write_bytes(path.read_bytes()[:-1] + b"?")
        plan = plan_week(house.settings, "2026-W12", AS_OF, house.clock)
        yield Made(house, run_week(house, plan, silent))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        pytest.param("gone", "cannot read", id="an unreachable site"),
        pytest.param("html", "HTML", id="a feed that is a web page"),
        pytest.param("bomb", "entit", id="a feed full of entities"),
        pytest.param("broken", "500", id="a server that is broken"),
        pytest.param("metadata", "169.254.169.254", id="a redirect into the machine's network"),
    ],
)
def test_a_failing_source_is_recorded_with_its_reason(made: Made, source: str, words: str) -> None:
    error = made.of(source).error
    assert error is not None
    assert words in error
    assert "\n" not in error
    assert "Traceback" not in error


def test_a_page_that_gives_no_document_is_refused_with_a_sentence(made: Made) -> None:
    refusals = made.of("pages").refusals
    assert len(refusals) == len(BAD_PAGES)
    for name in BAD_PAGES:
        assert any(name in sentence for sentence in refusals), name
    assert any("2199" in sentence for sentence in refusals)


def test_the_week_is_made_of_the_sources_that_could_be_read(made: Made) -> None:
    note = made.report.release
    assert note is not None
    assert note.n_open > 10
    assert {report.source for report in made.report.failed} == {
        "gone",
        "html",
        "bomb",
        "broken",
        "metadata",
    }


def test_a_writer_without_a_key_is_noted_and_the_rules_write_alone(made: Made) -> None:
    (note,) = [sentence for sentence in made.report.notes if "writer" in sentence]
    assert "UNSEEN_MODEL_API_KEY" in note


def test_a_damaged_index_is_made_again_and_noted(made: Made) -> None:
    (note,) = [sentence for sentence in made.report.notes if "index" in sentence]
    assert "damaged" in note


def test_the_run_keeps_every_reason(made: Made) -> None:
    with session(made.house.engine) as work:
        row = work.exec(select(RunRow)).one()
    assert row.state == "partial"
    for words in ("gone: cannot read", "UNSEEN_MODEL_API_KEY", "damaged"):
        assert words in str(row.why)


def test_without_a_reference_index_nothing_is_called_clean(tmp_path: Path) -> None:
    with newsroom(date(2026, 3, 23), items=2) as base:
        sources = [source for source in feeds(base) if source.name == "wire"]
        house = house_at(tmp_path, sources, base)
        plan = plan_week(house.settings, "2026-W12", AS_OF, house.clock)
        collect(house, plan, silent)
        generate(house, plan, silent)
        with pytest.raises(IndexUnusable, match="benchmarks add"):
            check(house, plan, silent)


def test_a_full_disk_fails_the_source_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: BlobStore, bodies: Sequence[bytes]) -> list[str]:
        # An empty batch asks nothing of a disk.
        if not bodies:
            return []
        raise StoreError("a capture cannot be stored: No space left on device")

    with newsroom(date(2026, 3, 23), items=2) as base:
        house = house_at(tmp_path, feeds(base)[:1], base)
        monkeypatch.setattr(BlobStore, "put_all", full)
        plan = plan_week(house.settings, "2026-W12", AS_OF, house.clock)
        (report,) = collect(house, plan, silent)
    assert report.error == "a capture cannot be stored: No space left on device"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param("[[source]\n", "is not TOML", id="broken TOML"),
        pytest.param("x = 1\n", "lists no [[source]]", id="no source in it"),
        pytest.param('[[source]]\nname = "a"\n', "source 'a', kind", id="a source without a kind"),
    ],
)
def test_a_broken_source_file_is_one_sentence_and_exit_code_1(
    text: str,
    sentence: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    monkeypatch.setenv("UNSEEN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("sys.argv", ["unseen", "sources", "list", "--sources", str(path)])
    with pytest.raises(SystemExit) as stopped:
        main()
    shown = capsys.readouterr().err
    assert stopped.value.code == 1
    assert sentence in shown
    assert shown.count("\n") == 1
